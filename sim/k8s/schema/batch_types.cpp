// The types of the group batch.
// Source: the Kubernetes API reference, version 1.33; the words are ours.

#include "sim/k8s/schema/table.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s::types {

constexpr std::string_view kBatch = "io.k8s.api.batch.v1";

constexpr Schema kInt32List = list_of(kInt32);
constexpr Field kPodFailurePolicyOnExitCodesRequirementFields[] = {
    pointer({"containerName", &kText, "The container to look at; all by default."}),
    required({"operator", &kPodFailurePolicyOnExitCodesOperator, "In or NotIn."}),
    required({"values", &kInt32List, "The exit codes. 0 cannot be among them for In."}),
};
constexpr Schema kPodFailurePolicyOnExitCodesRequirement =
    object(kBatch, "PodFailurePolicyOnExitCodesRequirement",
           "Matches pods by exit codes of their containers.",
           kPodFailurePolicyOnExitCodesRequirementFields);

constexpr Field kPodFailurePolicyOnPodConditionsPatternFields[] = {
    required({"status", &kConditionStatus, "The condition's status; True by default."}),
    required({"type", &kPodConditionType, "The condition's type."}),
};
constexpr Schema kPodFailurePolicyOnPodConditionsPattern =
    object(kBatch, "PodFailurePolicyOnPodConditionsPattern", "Matches pods by a condition.",
           kPodFailurePolicyOnPodConditionsPatternFields);

constexpr Schema kPodFailurePolicyOnPodConditionsPatternList =
    list_of(kPodFailurePolicyOnPodConditionsPattern);
constexpr Field kPodFailurePolicyRuleFields[] = {
    required({"action", &kPodFailurePolicyAction, "FailJob, FailIndex, Ignore or Count."}),
    {"onExitCodes", &kPodFailurePolicyOnExitCodesRequirement,
     "Matches by exit codes of containers."},
    {"onPodConditions", &kPodFailurePolicyOnPodConditionsPatternList,
     "Matches by conditions of the pod."},
};
constexpr Schema kPodFailurePolicyRule = object(
    kBatch, "PodFailurePolicyRule", "What to do about some failures.", kPodFailurePolicyRuleFields);

constexpr Schema kPodFailurePolicyRuleList = list_of(kPodFailurePolicyRule);
constexpr Field kPodFailurePolicyFields[] = {
    required({"rules", &kPodFailurePolicyRuleList,
              "The rules, in order; the first that matches decides."}),
};
constexpr Schema kPodFailurePolicy =
    object(kBatch, "PodFailurePolicy", "What to do about failures of a job's pods.",
           kPodFailurePolicyFields);

constexpr Field kSuccessPolicyRuleFields[] = {
    pointer({"succeededCount", &kInt32, "How many of the indexes must have succeeded."}),
    pointer({"succeededIndexes", &kText, "The indexes that count, such as 1,3-5."}),
};
constexpr Schema kSuccessPolicyRule =
    object(kBatch, "SuccessPolicyRule", "One way for a job to have succeeded early.",
           kSuccessPolicyRuleFields);

constexpr Schema kSuccessPolicyRuleList = list_of(kSuccessPolicyRule);
constexpr Field kSuccessPolicyFields[] = {
    required(
        {"rules", &kSuccessPolicyRuleList, "The rules, in order; the first that matches decides."}),
};
constexpr Schema kSuccessPolicy = object(
    kBatch, "SuccessPolicy", "When an Indexed job has succeeded early.", kSuccessPolicyFields);

constexpr Field kJobSpecFields[] = {
    pointer({"activeDeadlineSeconds", &kInt64,
             "How many seconds the job may be active before it is made to fail."}),
    pointer({"backoffLimit", &kInt32,
             "How many failures are made up for before the job fails; 6 by default."}),
    pointer({"backoffLimitPerIndex", &kInt32,
             "How many failures of one index are made up for before the index fails."}),
    pointer({"completionMode", &kCompletionMode,
             "NonIndexed, or Indexed to give every completion a number."}),
    pointer({"completions", &kInt32, "How many pods must succeed."}),
    pointer({"managedBy", &kText,
             "The controller that manages the job, if it is not the built-in one."}),
    pointer({"manualSelector", &kBool,
             "Whether the selector is yours to choose; seldom what you want."}),
    pointer({"maxFailedIndexes", &kInt32, "How many indexes may fail before the job fails."}),
    pointer({"parallelism", &kInt32, "How many pods may run at once."}),
    {"podFailurePolicy", &kPodFailurePolicy,
     "What to do about failures, by exit code and condition."},
    pointer(
        {"podReplacementPolicy", &kPodReplacementPolicy,
         "TerminatingOrFailed, or Failed to wait until a pod has ended before another is made."}),
    {"selector", &kLabelSelector, "Selects the job's pods. Set by the system."},
    {"successPolicy", &kSuccessPolicy,
     "When an Indexed job has succeeded before all indexes have."},
    pointer({"suspend", &kBool, "Whether the job makes no pods; setting it ends those that run."}),
    required({"template", &kPodTemplateSpec,
              "What the pods look like. Their restart policy is Never or OnFailure."}),
    pointer({"ttlSecondsAfterFinished", &kInt32,
             "After how many seconds the finished job is deleted; never by default."}),
};
constexpr Schema kJobSpec = object(kBatch, "JobSpec", "What a job is to run.", kJobSpecFields);

constexpr Field kJobConditionFields[] = {
    {"lastProbeTime", &kTime, "When the condition was last checked."},
    {"lastTransitionTime", &kTime, "When the status of the condition last changed."},
    {"message", &kText, "An explanation of the last change, for people."},
    {"reason", &kText, "A CamelCase word for programs that says why the condition last changed."},
    required({"status", &kConditionStatus, "True, False or Unknown."}),
    required({"type", &kJobConditionType,
              "Suspended, Complete, Failed, FailureTarget or SuccessCriteriaMet."}),
};
constexpr Schema kJobCondition =
    object(kBatch, "JobCondition", "One aspect of a job's state.", kJobConditionFields);

constexpr Schema kUidList = list_of(kUid);
constexpr Field kUncountedTerminatedPodsFields[] = {
    {"failed", &kUidList, "Those that failed."},
    {"succeeded", &kUidList, "Those that succeeded."},
};
constexpr Schema kUncountedTerminatedPods =
    object(kBatch, "UncountedTerminatedPods",
           "Pods that have ended but are not counted yet, by UID.", kUncountedTerminatedPodsFields);

constexpr Schema kJobConditionList = list_of(kJobCondition);
constexpr Field kJobStatusFields[] = {
    {"active", &kInt32, "How many pods have neither succeeded nor failed."},
    {"completedIndexes", &kText, "The indexes that have succeeded, such as 1,3-5."},
    {"completionTime", &kTime, "When the job succeeded."},
    merge_by("type", {"conditions", &kJobConditionList,
                      "Aspects of the current state, one item for each type."}),
    {"failed", &kInt32, "How many pods have failed."},
    pointer({"failedIndexes", &kText, "The indexes that have failed, such as 1,3-5."}),
    pointer({"ready", &kInt32, "How many active pods are ready."}),
    {"startTime", &kTime, "When the job was started, or resumed last."},
    {"succeeded", &kInt32, "How many pods have succeeded."},
    pointer({"terminating", &kInt32, "How many pods are ending."}),
    {"uncountedTerminatedPods", &kUncountedTerminatedPods,
     "Pods that have ended but are not counted yet."},
};
constexpr Schema kJobStatus =
    object(kBatch, "JobStatus", "What is known of a job.", kJobStatusFields);

constexpr Field kJobFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kJobSpec, "The state that is wanted."},
    {"status", &kJobStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kJob =
    object(kBatch, "Job", "Runs pods until so many have succeeded.", kJobFields);

constexpr Field kJobTemplateSpecFields[] = {
    {"metadata", &kObjectMeta, "Labels and annotations of the jobs."},
    {"spec", &kJobSpec, "The state that is wanted of the jobs."},
};
constexpr Schema kJobTemplateSpec = object(
    kBatch, "JobTemplateSpec", "What jobs made from a template look like.", kJobTemplateSpecFields);

constexpr Field kCronJobSpecFields[] = {
    {"concurrencyPolicy", &kConcurrencyPolicy,
     "Allow, Forbid or Replace: what to do while a job still runs."},
    pointer({"failedJobsHistoryLimit", &kInt32, "How many failed jobs are kept; 1 by default."}),
    required({"jobTemplate", &kJobTemplateSpec, "What the jobs look like."}),
    required({"schedule", &kText, "When to make them, in the format of cron."}),
    pointer({"startingDeadlineSeconds", &kInt64,
             "By how many seconds a job may be late before it is left out."}),
    pointer({"successfulJobsHistoryLimit", &kInt32,
             "How many successful jobs are kept; 3 by default."}),
    pointer({"suspend", &kBool, "Whether no more jobs are made."}),
    pointer({"timeZone", &kText, "The time zone of the schedule, such as Etc/UTC."}),
};
constexpr Schema kCronJobSpec =
    object(kBatch, "CronJobSpec", "What jobs to make, and when.", kCronJobSpecFields);

constexpr Schema kObjectReferenceList = list_of(kObjectReference);
constexpr Field kCronJobStatusFields[] = {
    {"active", &kObjectReferenceList, "The jobs that run."},
    {"lastScheduleTime", &kTime, "When a job was last made."},
    {"lastSuccessfulTime", &kTime, "When a job last succeeded."},
};
constexpr Schema kCronJobStatus =
    object(kBatch, "CronJobStatus", "What is known of a cron job.", kCronJobStatusFields);

constexpr Field kCronJobFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kCronJobSpec, "The state that is wanted."},
    {"status", &kCronJobStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kCronJob =
    object(kBatch, "CronJob", "Makes a job at times that a schedule gives.", kCronJobFields);

}  // namespace sim::k8s::types
