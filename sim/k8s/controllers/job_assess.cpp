// How a Job stands: what has ended, what runs, and whether it has failed.

#include <algorithm>
#include <utility>

#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/job.h"
#include "sim/k8s/controllers/job_pods.h"
#include "sim/k8s/controllers/pods.h"

namespace sim::k8s::job {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

bool lists(const Value& list, std::string_view uid) {
  for (const Value& item : list.items()) {
    if (item.text() == uid) return true;
  }
  return false;
}

// Whether a pod that has ended is neither counted nor about to be.
bool is_new(const Input& input, const Value& pod, const Value& uncounted) {
  if (!is_tracked(pod) || input.released.contains(uid_of(pod))) return false;
  if (lists(uncounted, uid_of(pod))) return false;
  return !is_indexed(input.job) || has_valid_index(input.job, pod);
}

// Of pods that restart their containers themselves: whether they have done so too often.
bool restarts_too_often(const Input& input) {
  const Value& spec = input.job["spec"];
  if (spec["template"]["spec"]["restartPolicy"].text() != "OnFailure") return false;
  int64_t restarts = 0;
  for (const Value& pod : input.pods) {
    if (phase_of(pod) != "Running" && phase_of(pod) != "Pending") continue;
    for (const std::string_view list : {"initContainerStatuses", "containerStatuses"}) {
      for (const Value& container : pod["status"][list].items()) {
        restarts += container["restartCount"].integer();
      }
    }
  }
  const int64_t limit = spec["backoffLimit"].integer();
  return limit == 0 ? restarts > 0 : restarts >= limit;
}

// Nanoseconds that are left of its active deadline; nothing if it has none, or it does not run.
std::optional<int64_t> deadline_left(const Input& input, const Value& status) {
  const Value& seconds = input.job["spec"]["activeDeadlineSeconds"];
  if (!seconds.is_integer() || is_suspended(input.job) || !status["startTime"]) return std::nullopt;
  return time_of(status["startTime"]) + seconds.integer() * kSecondNs - input.now_ns;
}

Finish from_condition(const Value& condition, bool success) {
  Finish finish;
  finish.success = success;
  finish.announced = true;
  finish.reason = condition["reason"].text();
  finish.message = condition["message"].text();
  return finish;
}

Finish failed_for(std::string_view reason, std::string_view message) {
  Finish finish;
  finish.reason = reason;
  finish.message = message;
  return finish;
}

std::optional<Finish> finish_of(const Input& input, int64_t failed,
                                std::optional<int64_t> deadline) {
  for (const bool success : {true, false}) {
    const std::string_view type = success ? "SuccessCriteriaMet" : "FailureTarget";
    const Value& condition = condition_of(input.job, type);
    if (condition["status"].text() == "True") return from_condition(condition, success);
  }
  if (failed > input.job["spec"]["backoffLimit"].integer() || restarts_too_often(input)) {
    return failed_for("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  }
  if (deadline && *deadline <= 0) {
    return failed_for("DeadlineExceeded", "Job was active longer than specified deadline");
  }
  return std::nullopt;
}

}  // namespace

std::string_view finished_as(const Value& job) {
  for (const std::string_view type : {"Complete", "Failed"}) {
    if (condition_is_true(job, type)) return type;
  }
  return {};
}

int64_t end_of(const Value& pod) {
  int64_t end = 0;
  bool all = pod["status"]["containerStatuses"].size() > 0;
  for (const Value& container : pod["status"]["containerStatuses"].items()) {
    const int64_t ended = time_of(container["state"]["terminated"]["finishedAt"]);
    all = all && ended != 0;
    end = std::max(end, ended);
  }
  if (all) return end;
  const Value& ready = condition_of(pod, "Ready");
  if (ready["status"].text() == "False" && ready.contains("lastTransitionTime")) {
    return time_of(ready["lastTransitionTime"]);
  }
  if (is_being_deleted(pod)) {
    const int64_t grace = metadata(pod)["deletionGracePeriodSeconds"].integer();
    return time_of(metadata(pod)["deletionTimestamp"]) - grace * kSecondNs;
  }
  return creation_of(pod);
}

Backoff backoff_after(Backoff before, std::span<const Value> succeeded,
                      std::span<const Value> failed) {
  int64_t last_success = 0;
  for (const Value& pod : succeeded) last_success = std::max(last_success, end_of(pod));
  Backoff after = succeeded.empty() ? before : Backoff();
  for (const Value& pod : failed) {
    const int64_t end = end_of(pod);
    if (!succeeded.empty() && end <= last_success) continue;
    ++after.failures;
    after.last_failure_ns = std::max(after.last_failure_ns, end);
  }
  return after;
}

int64_t backoff_left(const Backoff& backoff, int64_t now_ns) {
  if (backoff.failures == 0) return 0;
  int64_t delay = kFirstBackoffNs;
  for (int64_t i = 1; i < backoff.failures && delay < kLastBackoffNs; ++i) delay *= 2;
  delay = std::min(delay, kLastBackoffNs);
  return std::max<int64_t>(0, backoff.last_failure_ns + delay - now_ns);
}

Assessment assess(const Input& input) {
  const Value& job = input.job;
  Assessment made;
  made.status = job["status"];
  if (!made.status["uncountedTerminatedPods"]) {
    made.status = made.status.with("uncountedTerminatedPods", Value::empty_object());
  }
  if (!made.status["startTime"] && !is_suspended(job)) {
    made.status = made.status.with("startTime", time_text(input.now_ns));
  }
  const Value& uncounted = made.status["uncountedTerminatedPods"];
  std::vector<Value> succeeded;
  std::vector<Value> failed;
  const int64_t completions = job["spec"]["completions"].integer();
  made.counted_indexes = Indexes::parse(made.status["completedIndexes"].text(), completions);
  made.succeeded_indexes = made.counted_indexes;
  for (const Value& pod : input.pods) {
    if (is_pod_active(pod)) {
      made.active.push_back(pod);
      if (is_pod_ready(pod)) ++made.ready;
    }
    if (is_pod_terminating(pod)) ++made.terminating;
    const bool done = phase_of(pod) == "Succeeded";
    if (done && is_new(input, pod, uncounted["succeeded"])) succeeded.push_back(pod);
    if (is_pod_failed(job, pod) && is_new(input, pod, uncounted["failed"])) failed.push_back(pod);
    if (done && is_indexed(job) && is_tracked(pod) && has_valid_index(job, pod)) {
      made.succeeded_indexes.add(index_of(pod));
    }
  }
  made.backoff = backoff_after(input.backoff, succeeded, failed);
  const auto sum = [](const Value& before, size_t more, const Value& waiting) {
    return before.integer() + static_cast<int64_t>(more + waiting.size());
  };
  made.succeeded = is_indexed(job)
                       ? made.succeeded_indexes.total()
                       : sum(made.status["succeeded"], succeeded.size(), uncounted["succeeded"]);
  const int64_t failures = sum(made.status["failed"], failed.size(), uncounted["failed"]);
  const std::optional<int64_t> deadline = deadline_left(input, made.status);
  made.finish = finish_of(input, failures, deadline);
  if (!made.finish) made.recheck_ns = deadline;
  return made;
}

}  // namespace sim::k8s::job
