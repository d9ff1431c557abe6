// How a Job counts its pods, each once, and how it ends.

#include <algorithm>
#include <utility>

#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/job.h"
#include "sim/k8s/controllers/job_pods.h"
#include "sim/k8s/controllers/pods.h"

namespace sim::k8s::job {
namespace {

using Uids = std::set<std::string, std::less<>>;

struct ConditionText {
  std::string_view type;
  std::string_view status;
  std::string_view reason;
  std::string_view message;
};

// With that condition; what is not there and would be False is left out.
Value with_job_condition(const Value& status, const ConditionText& text, std::string_view now) {
  const Value made = json::Object()
                         .set("type", text.type)
                         .set("status", text.status)
                         .set("lastProbeTime", now)
                         .set("lastTransitionTime", now)
                         .set_nonzero("reason", text.reason)
                         .set_nonzero("message", text.message)
                         .build();
  json::Array all;
  bool there = false;
  for (const Value& condition : status["conditions"].items()) {
    if (condition["type"].text() != text.type) {
      all.add(condition);
      continue;
    }
    there = true;
    const bool same = condition["status"].text() == text.status &&
                      condition["reason"].text() == text.reason &&
                      condition["message"].text() == text.message;
    all.add(same ? condition : made);
  }
  if (!there && text.status == "False") return status;
  if (!there) all.add(made);
  return status.with("conditions", all.build());
}

Value nonzero(int64_t number) {
  return number == 0 ? Value() : Value(number);
}

bool lists(const Value& list, std::string_view uid) {
  for (const Value& item : list.items()) {
    if (item.text() == uid) return true;
  }
  return false;
}

// Takes the unique ids of pods without finalizer out of one of the lists, and counts them.
Value counted_in(const Value& status, std::string_view field, const Uids& with_finalizer) {
  const Value& listed = status["uncountedTerminatedPods"][field];
  json::Array kept;
  for (const Value& uid : listed.items()) {
    if (with_finalizer.contains(uid.text())) kept.add(uid);
  }
  if (kept.size() == listed.size()) return status;
  const auto gone = static_cast<int64_t>(listed.size() - kept.size());
  const Value left = kept.size() == 0 ? Value() : kept.build();
  return status.with(field, status[field].integer() + gone)
      .with_in({"uncountedTerminatedPods", field}, left);
}

bool may_release(const Input& input, const Assessment& assessment, const Value& pod) {
  return is_being_deleted(input.job) || assessment.finish || phase_of(pod) == "Succeeded" ||
         is_pod_failed(input.job, pod);
}

Value with_uncounted(const Value& status, std::string_view field, const Value& pod) {
  const Value& list = status["uncountedTerminatedPods"][field];
  return status.with_in({"uncountedTerminatedPods", field}, list.appended(uid_of(pod)));
}

int64_t uncounted_in(const Value& status) {
  const Value& uncounted = status["uncountedTerminatedPods"];
  return static_cast<int64_t>(uncounted["succeeded"].size() + uncounted["failed"].size());
}

// Says how the job will end, once: before finalizers go, for then the reason might be lost.
void announce(Assessment& assessment, int64_t now_ns) {
  if (!assessment.finish || assessment.finish->announced) return;
  Finish& how = *assessment.finish;
  const std::string_view type = how.success ? "SuccessCriteriaMet" : "FailureTarget";
  assessment.status = with_job_condition(assessment.status, {type, "True", how.reason, how.message},
                                         time_text(now_ns));
  how.announced = true;
}

bool is_complete(const Input& input, const Assessment& assessment, int64_t active) {
  const Value& completions = input.job["spec"]["completions"];
  if (active > 0) return false;
  return completions.is_integer() ? assessment.succeeded >= completions.integer()
                                  : assessment.succeeded > 0;
}

}  // namespace

std::string_view conclude(const Input& input, const Outcome& outcome, Assessment& assessment) {
  Value& status = assessment.status;
  status = status.with("active", nonzero(outcome.active))
               .with("ready", outcome.ready)
               .with("terminating", outcome.terminating);
  if (assessment.finish) return {};
  if (is_complete(input, assessment, outcome.active)) {
    Finish how;
    how.success = true;
    how.reason = "CompletionsReached";
    how.message = "Reached expected number of succeeded pods";
    assessment.finish = how;
    return {};
  }
  if (!outcome.managed) return {};
  const Value before = status;
  const std::string now = time_text(input.now_ns);
  if (is_suspended(input.job)) {
    status =
        with_job_condition(status, {"Suspended", "True", "JobSuspended", "Job suspended"}, now);
    return status == before ? "" : "Suspended";
  }
  status = with_job_condition(status, {"Suspended", "False", "JobResumed", "Job resumed"}, now);
  if (status == before) return {};
  // Its deadline does not run while it is suspended.
  status = status.with("startTime", now);
  return "Resumed";
}

Uids uids_with_finalizer(const Input& input) {
  Uids uids;
  for (const Value& pod : input.pods) {
    if (is_tracked(pod) && !input.released.contains(uid_of(pod))) uids.emplace(uid_of(pod));
  }
  return uids;
}

Value counted(const Value& status, const Uids& with_finalizer) {
  return counted_in(counted_in(status, "succeeded", with_finalizer), "failed", with_finalizer);
}

Tracking track(const Input& input, Assessment& assessment) {
  Tracking tracking;
  const bool indexed = is_indexed(input.job);
  const Uids with_finalizer = uids_with_finalizer(input);
  Value& status = assessment.status;
  status = counted(status, with_finalizer);
  std::vector<Value> pods = input.pods;
  if (indexed) {
    std::stable_sort(pods.begin(), pods.end(),
                     [](const Value& a, const Value& b) { return index_of(a) < index_of(b); });
  }
  int64_t new_indexes = 0;
  for (const Value& pod : pods) {
    if (!with_finalizer.contains(uid_of(pod)) || !may_release(input, assessment, pod)) continue;
    tracking.release.push_back(pod);
    const Value uncounted = status["uncountedTerminatedPods"];
    const bool valid = !indexed || has_valid_index(input.job, pod);
    const bool fails = is_pod_failed(input.job, pod) ||
                       (assessment.finish.has_value() && !assessment.finish->success);
    const bool known_failed = lists(uncounted["failed"], uid_of(pod));
    if (phase_of(pod) == "Succeeded" && !known_failed) {
      if (indexed) {
        if (valid && !assessment.counted_indexes.contains(index_of(pod))) ++new_indexes;
      } else if (!lists(uncounted["succeeded"], uid_of(pod))) {
        status = with_uncounted(status, "succeeded", pod);
      }
    } else if (fails && !known_failed && valid) {
      status = with_uncounted(status, "failed", pod);
    }
    if (new_indexes + uncounted_in(status) >= kMostPods) {
      tracking.complete = false;
      break;
    }
  }
  if (indexed) {
    const std::string text = assessment.succeeded_indexes.text();
    status = status.with("succeeded", nonzero(assessment.succeeded_indexes.total()))
                 .with("completedIndexes", text.empty() ? Value() : Value(text));
  }
  announce(assessment, input.now_ns);
  return tracking;
}

bool finish(const Finish& how, int64_t terminating, int64_t now_ns, Value& status) {
  if (uncounted_in(status) > 0 || terminating > 0) return false;
  const std::string now = time_text(now_ns);
  const std::string_view type = how.success ? "Complete" : "Failed";
  status = with_job_condition(status, {type, "True", how.reason, how.message}, now);
  if (how.success) status = status.with("completionTime", now);
  return true;
}

Value release_patch() {
  const Value finalizers = json::Array().add(kTracking).build();
  return json::Object()
      .set("metadata",
           json::Object().set("$deleteFromPrimitiveList/finalizers", finalizers).build())
      .build();
}

}  // namespace sim::k8s::job
