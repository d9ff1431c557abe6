// The types of the group apps.
// Source: the Kubernetes API reference, version 1.33; the words are ours.

#include "sim/k8s/schema/table.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s::types {

constexpr std::string_view kApps = "io.k8s.api.apps.v1";

constexpr Field kRollingUpdateDeploymentFields[] = {
    {"maxSurge", &kIntOrString,
     "How many pods there may be beyond the wanted number, or which percentage; 25% by default."},
    {"maxUnavailable", &kIntOrString,
     "How many pods may be missing, or which percentage; 25% by default."},
};
constexpr Schema kRollingUpdateDeployment =
    object(kApps, "RollingUpdateDeployment", "Settings of a rolling update.",
           kRollingUpdateDeploymentFields);

constexpr Field kDeploymentStrategyFields[] = {
    {"rollingUpdate", &kRollingUpdateDeployment, "Settings for the type RollingUpdate."},
    {"type", &kDeploymentStrategyType, "RollingUpdate, or Recreate to end all old pods first."},
};
constexpr Schema kDeploymentStrategy =
    object(kApps, "DeploymentStrategy", "How old pods are replaced by new ones.",
           kDeploymentStrategyFields);

constexpr Field kDeploymentSpecFields[] = {
    {"minReadySeconds", &kInt32,
     "For how many seconds a new pod must have been ready to count as available."},
    {"paused", &kBool, "Whether changes of the template wait."},
    pointer({"progressDeadlineSeconds", &kInt32,
             "After how many seconds without progress the deployment has failed; 600 by default."}),
    pointer({"replicas", &kInt32, "How many pods there should be; 1 by default."}),
    pointer({"revisionHistoryLimit", &kInt32,
             "How many old replica sets are kept for going back; 10 by default."}),
    required(
        {"selector", &kLabelSelector,
         "Selects the deployment's pods. It must match the template's labels and cannot change."}),
    retain_keys({"strategy", &kDeploymentStrategy, "How old pods are replaced by new ones."}),
    required({"template", &kPodTemplateSpec, "What the pods look like."}),
};
constexpr Schema kDeploymentSpec =
    object(kApps, "DeploymentSpec", "What a deployment is to keep.", kDeploymentSpecFields);

constexpr Field kDeploymentConditionFields[] = {
    {"lastTransitionTime", &kTime, "When the status of the condition last changed."},
    {"lastUpdateTime", &kTime, "When the condition was last written."},
    {"message", &kText, "An explanation of the last change, for people."},
    {"reason", &kText, "A CamelCase word for programs that says why the condition last changed."},
    required({"status", &kConditionStatus, "True, False or Unknown."}),
    required({"type", &kDeploymentConditionType, "Available, Progressing or ReplicaFailure."}),
};
constexpr Schema kDeploymentCondition =
    object(kApps, "DeploymentCondition", "One aspect of a deployment's state.",
           kDeploymentConditionFields);

constexpr Schema kDeploymentConditionList = list_of(kDeploymentCondition);
constexpr Field kDeploymentStatusFields[] = {
    {"availableReplicas", &kInt32, "How many pods have been ready for minReadySeconds."},
    pointer(
        {"collisionCount", &kInt32, "How often the name of a new replica set was taken already."}),
    merge_by("type", {"conditions", &kDeploymentConditionList,
                      "Aspects of the current state, one item for each type."}),
    {"observedGeneration", &kInt64, "The generation of the object that the status was made from."},
    {"readyReplicas", &kInt32, "How many pods are ready."},
    {"replicas", &kInt32, "How many pods there are."},
    pointer({"terminatingReplicas", &kInt32, "How many pods are ending."}),
    {"unavailableReplicas", &kInt32, "How many pods are still missing or not available."},
    {"updatedReplicas", &kInt32, "How many pods are made from the current template."},
};
constexpr Schema kDeploymentStatus =
    object(kApps, "DeploymentStatus", "What is known of a deployment.", kDeploymentStatusFields);

constexpr Field kDeploymentFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kDeploymentSpec, "The state that is wanted."},
    {"status", &kDeploymentStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kDeployment = object(
    kApps, "Deployment",
    "Keeps so many pods of one template running, and replaces them step by step when it changes.",
    kDeploymentFields);

constexpr Field kReplicaSetSpecFields[] = {
    {"minReadySeconds", &kInt32,
     "For how many seconds a new pod must have been ready to count as available."},
    pointer({"replicas", &kInt32, "How many pods there should be; 1 by default."}),
    required(
        {"selector", &kLabelSelector,
         "Selects the replica set's pods. It must match the template's labels and cannot change."}),
    {"template", &kPodTemplateSpec, "What the pods look like."},
};
constexpr Schema kReplicaSetSpec =
    object(kApps, "ReplicaSetSpec", "What a replica set is to keep.", kReplicaSetSpecFields);

constexpr Field kReplicaSetConditionFields[] = {
    {"lastTransitionTime", &kTime, "When the status of the condition last changed."},
    {"message", &kText, "An explanation of the last change, for people."},
    {"reason", &kText, "A CamelCase word for programs that says why the condition last changed."},
    required({"status", &kConditionStatus, "True, False or Unknown."}),
    required({"type", &kReplicaSetConditionType, "ReplicaFailure is the only one."}),
};
constexpr Schema kReplicaSetCondition =
    object(kApps, "ReplicaSetCondition", "One aspect of a replica set's state.",
           kReplicaSetConditionFields);

constexpr Schema kReplicaSetConditionList = list_of(kReplicaSetCondition);
constexpr Field kReplicaSetStatusFields[] = {
    {"availableReplicas", &kInt32, "How many pods have been ready for minReadySeconds."},
    merge_by("type", {"conditions", &kReplicaSetConditionList,
                      "Aspects of the current state, one item for each type."}),
    {"fullyLabeledReplicas", &kInt32, "How many pods have all labels of the template."},
    {"observedGeneration", &kInt64, "The generation of the object that the status was made from."},
    {"readyReplicas", &kInt32, "How many pods are ready."},
    required({"replicas", &kInt32, "How many pods there are."}),
    pointer({"terminatingReplicas", &kInt32, "How many pods are ending."}),
};
constexpr Schema kReplicaSetStatus =
    object(kApps, "ReplicaSetStatus", "What is known of a replica set.", kReplicaSetStatusFields);

constexpr Field kReplicaSetFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kReplicaSetSpec, "The state that is wanted."},
    {"status", &kReplicaSetStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kReplicaSet =
    object(kApps, "ReplicaSet", "Keeps so many pods of one template running.", kReplicaSetFields);

constexpr Field kStatefulSetOrdinalsFields[] = {
    pointer({"start", &kInt32, "The first number; 0 by default."}),
};
constexpr Schema kStatefulSetOrdinals =
    object(kApps, "StatefulSetOrdinals", "How pods of a stateful set are numbered.",
           kStatefulSetOrdinalsFields);

constexpr Field kStatefulSetPersistentVolumeClaimRetentionPolicyFields[] = {
    {"whenDeleted", &kPersistentVolumeClaimRetentionPolicyType,
     "Retain or Delete, when the set is deleted."},
    {"whenScaled", &kPersistentVolumeClaimRetentionPolicyType,
     "Retain or Delete, when the set is made smaller."},
};
constexpr Schema kStatefulSetPersistentVolumeClaimRetentionPolicy =
    object(kApps, "StatefulSetPersistentVolumeClaimRetentionPolicy",
           "When claims of a stateful set are deleted.",
           kStatefulSetPersistentVolumeClaimRetentionPolicyFields);

constexpr Field kRollingUpdateStatefulSetStrategyFields[] = {
    {"maxUnavailable", &kIntOrString,
     "How many pods may be missing, or which percentage; 1 by default."},
    pointer({"partition", &kInt32, "The number from which pods are updated; 0 by default."}),
};
constexpr Schema kRollingUpdateStatefulSetStrategy =
    object(kApps, "RollingUpdateStatefulSetStrategy", "Settings of a rolling update.",
           kRollingUpdateStatefulSetStrategyFields);

constexpr Field kStatefulSetUpdateStrategyFields[] = {
    {"rollingUpdate", &kRollingUpdateStatefulSetStrategy, "Settings for the type RollingUpdate."},
    {"type", &kStatefulSetUpdateStrategyType,
     "RollingUpdate, or OnDelete to wait until pods are deleted."},
};
constexpr Schema kStatefulSetUpdateStrategy =
    object(kApps, "StatefulSetUpdateStrategy", "How old pods of a stateful set are replaced.",
           kStatefulSetUpdateStrategyFields);

constexpr Schema kPersistentVolumeClaimList = list_of(kPersistentVolumeClaim);
constexpr Field kStatefulSetSpecFields[] = {
    {"minReadySeconds", &kInt32,
     "For how many seconds a new pod must have been ready to count as available."},
    {"ordinals", &kStatefulSetOrdinals, "How the pods are numbered."},
    {"persistentVolumeClaimRetentionPolicy", &kStatefulSetPersistentVolumeClaimRetentionPolicy,
     "What becomes of claims when pods or the set go."},
    {"podManagementPolicy", &kPodManagementPolicyType,
     "OrderedReady to make pods one after the other, or Parallel."},
    pointer({"replicas", &kInt32, "How many pods there should be; 1 by default."}),
    pointer({"revisionHistoryLimit", &kInt32, "How many old revisions are kept; 10 by default."}),
    required({"selector", &kLabelSelector,
              "Selects the set's pods. It must match the template's labels."}),
    pointer({"serviceName", &kText, "The headless service that gives the pods their names."}),
    required({"template", &kPodTemplateSpec, "What the pods look like."}),
    {"updateStrategy", &kStatefulSetUpdateStrategy, "How old pods are replaced by new ones."},
    {"volumeClaimTemplates", &kPersistentVolumeClaimList,
     "Claims that every pod gets, and keeps under its name."},
};
constexpr Schema kStatefulSetSpec =
    object(kApps, "StatefulSetSpec", "What a stateful set is to keep.", kStatefulSetSpecFields);

constexpr Field kStatefulSetConditionFields[] = {
    {"lastTransitionTime", &kTime, "When the status of the condition last changed."},
    {"message", &kText, "An explanation of the last change, for people."},
    {"reason", &kText, "A CamelCase word for programs that says why the condition last changed."},
    required({"status", &kConditionStatus, "True, False or Unknown."}),
    required({"type", &kStatefulSetConditionType, "Which aspect the condition is about."}),
};
constexpr Schema kStatefulSetCondition =
    object(kApps, "StatefulSetCondition", "One aspect of a stateful set's state.",
           kStatefulSetConditionFields);

constexpr Schema kStatefulSetConditionList = list_of(kStatefulSetCondition);
constexpr Field kStatefulSetStatusFields[] = {
    pointer({"availableReplicas", &kInt32, "How many pods have been ready for minReadySeconds."}),
    pointer({"collisionCount", &kInt32, "How often the name of a new revision was taken already."}),
    merge_by("type", {"conditions", &kStatefulSetConditionList,
                      "Aspects of the current state, one item for each type."}),
    {"currentReplicas", &kInt32, "How many pods are of the current revision."},
    {"currentRevision", &kText, "The revision of pods that are not updated yet."},
    {"observedGeneration", &kInt64, "The generation of the object that the status was made from."},
    {"readyReplicas", &kInt32, "How many pods are ready."},
    required({"replicas", &kInt32, "How many pods there are."}),
    {"updateRevision", &kText, "The revision that pods are updated to."},
    {"updatedReplicas", &kInt32, "How many pods are of the update revision."},
};
constexpr Schema kStatefulSetStatus = object(
    kApps, "StatefulSetStatus", "What is known of a stateful set.", kStatefulSetStatusFields);

constexpr Field kStatefulSetFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kStatefulSetSpec, "The state that is wanted."},
    {"status", &kStatefulSetStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kStatefulSet =
    object(kApps, "StatefulSet",
           "Keeps pods with lasting names, numbered from 0, each with storage of its own.",
           kStatefulSetFields);

constexpr Field kRollingUpdateDaemonSetFields[] = {
    {"maxSurge", &kIntOrString,
     "On how many nodes a new pod may run beside the old one; 0 by default."},
    {"maxUnavailable", &kIntOrString,
     "On how many nodes the pod may be missing, or on which percentage; 1 by default."},
};
constexpr Schema kRollingUpdateDaemonSet =
    object(kApps, "RollingUpdateDaemonSet", "Settings of a rolling update.",
           kRollingUpdateDaemonSetFields);

constexpr Field kDaemonSetUpdateStrategyFields[] = {
    {"rollingUpdate", &kRollingUpdateDaemonSet, "Settings for the type RollingUpdate."},
    {"type", &kDaemonSetUpdateStrategyType,
     "RollingUpdate, or OnDelete to wait until pods are deleted."},
};
constexpr Schema kDaemonSetUpdateStrategy =
    object(kApps, "DaemonSetUpdateStrategy", "How old pods of a daemon set are replaced.",
           kDaemonSetUpdateStrategyFields);

constexpr Field kDaemonSetSpecFields[] = {
    {"minReadySeconds", &kInt32,
     "For how many seconds a new pod must have been ready to count as available."},
    pointer({"revisionHistoryLimit", &kInt32, "How many old revisions are kept; 10 by default."}),
    required({"selector", &kLabelSelector,
              "Selects the set's pods. It must match the template's labels and cannot change."}),
    required({"template", &kPodTemplateSpec, "What the pods look like."}),
    {"updateStrategy", &kDaemonSetUpdateStrategy, "How old pods are replaced by new ones."},
};
constexpr Schema kDaemonSetSpec =
    object(kApps, "DaemonSetSpec", "What a daemon set is to keep.", kDaemonSetSpecFields);

constexpr Field kDaemonSetConditionFields[] = {
    {"lastTransitionTime", &kTime, "When the status of the condition last changed."},
    {"message", &kText, "An explanation of the last change, for people."},
    {"reason", &kText, "A CamelCase word for programs that says why the condition last changed."},
    required({"status", &kConditionStatus, "True, False or Unknown."}),
    required({"type", &kDaemonSetConditionType, "Which aspect the condition is about."}),
};
constexpr Schema kDaemonSetCondition = object(
    kApps, "DaemonSetCondition", "One aspect of a daemon set's state.", kDaemonSetConditionFields);

constexpr Schema kDaemonSetConditionList = list_of(kDaemonSetCondition);
constexpr Field kDaemonSetStatusFields[] = {
    pointer({"collisionCount", &kInt32, "How often the name of a new revision was taken already."}),
    merge_by("type", {"conditions", &kDaemonSetConditionList,
                      "Aspects of the current state, one item for each type."}),
    required({"currentNumberScheduled", &kInt32, "How many nodes that should run the pod do."}),
    required({"desiredNumberScheduled", &kInt32, "How many nodes should run the pod."}),
    {"numberAvailable", &kInt32, "On how many of them a pod is available."},
    required({"numberMisscheduled", &kInt32, "How many nodes run the pod but should not."}),
    required({"numberReady", &kInt32, "On how many of them a pod is ready."}),
    {"numberUnavailable", &kInt32, "On how many of them no pod is available."},
    {"observedGeneration", &kInt64, "The generation of the object that the status was made from."},
    {"updatedNumberScheduled", &kInt32, "How many nodes run a pod of the current template."},
};
constexpr Schema kDaemonSetStatus =
    object(kApps, "DaemonSetStatus", "What is known of a daemon set.", kDaemonSetStatusFields);

constexpr Field kDaemonSetFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kDaemonSetSpec, "The state that is wanted."},
    {"status", &kDaemonSetStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kDaemonSet =
    object(kApps, "DaemonSet", "Keeps one pod on every node that fits.", kDaemonSetFields);

constexpr Field kControllerRevisionFields[] = {
    kApiVersionField,
    {"data", &kRawExtension, "The template."},
    kKindField,
    kMetadataField,
    required({"revision", &kInt64, "Its number; more is newer."}),
};
constexpr Schema kControllerRevision =
    object(kApps, "ControllerRevision", "A past template of a stateful set or daemon set.",
           kControllerRevisionFields);

}  // namespace sim::k8s::types
