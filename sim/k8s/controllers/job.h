// sim/k8s/controllers/job.h: what is to be done about a Job.
//
// Concept: pure functions. A sync assesses the pods, creates or deletes some, and then counts those
// that have ended. No pod is counted twice or missed: its unique id is first written to
// status.uncountedTerminatedPods, then its finalizer is taken away, and only then it is counted and
// its id dropped. An Indexed job counts indexes instead. Before a job is Complete or Failed it says
// SuccessCriteriaMet or FailureTarget, and waits until its pods are gone.
// Source: Kubernetes' documentation, "Jobs"; kube-controller-manager (job: pods back off from 10 s
// to 10 min, 500 pods at most a sync).
// Not modelled: podFailurePolicy, successPolicy, backoffLimitPerIndex and maxFailedIndexes,
// managedBy. While new pods back off Kubernetes reports none active; here those that run are.

#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/api/object.h"
#include "sim/k8s/controllers/job_indexes.h"

namespace sim::k8s::job {

inline constexpr std::string_view kTracking = "batch.kubernetes.io/job-tracking";
inline constexpr std::string_view kCompletionIndex = "batch.kubernetes.io/job-completion-index";
/// At most so many pods are created, deleted or counted in one sync.
inline constexpr int64_t kMostPods = 500;
inline constexpr int64_t kFirstBackoffNs = 10'000'000'000;
inline constexpr int64_t kLastBackoffNs = 600'000'000'000;

inline bool is_suspended(const Value& job) {
  return job["spec"]["suspend"].truth();
}
inline bool is_indexed(const Value& job) {
  return job["spec"]["completionMode"].text() == "Indexed";
}
/// "Complete", "Failed", or empty while it is neither.
std::string_view finished_as(const Value& job);

/// What a pod's failures have earned its successors.
struct Backoff {
  int64_t failures = 0;  // since the last success
  int64_t last_failure_ns = 0;
  bool operator==(const Backoff&) const = default;
};
/// With pods that have ended since.
Backoff backoff_after(Backoff before, std::span<const Value> succeeded,
                      std::span<const Value> failed);
/// How long no pod is to be created yet; 0: one may be.
int64_t backoff_left(const Backoff& backoff, int64_t now_ns);
/// When a pod ended: as its containers say, else as best is known.
int64_t end_of(const Value& pod);

/// How a job ends.
struct Finish {
  bool success = false;
  bool announced = false;  // as SuccessCriteriaMet or FailureTarget
  std::string reason;
  std::string message;
};

struct Input {
  Value job;
  std::vector<Value> pods;
  /// Pods whose finalizers are taken away, though the cache does not show it yet.
  std::set<std::string, std::less<>> released;
  Backoff backoff;
  int64_t now_ns = 0;
};

/// What is known at the beginning of a sync, and what changes in it.
struct Assessment {
  Value status;  // to be reported
  std::vector<Value> active;
  int64_t ready = 0;
  int64_t terminating = 0;
  int64_t succeeded = 0;
  Indexes counted_indexes;  // as the status has them
  Indexes succeeded_indexes;
  Backoff backoff;
  std::optional<Finish> finish;
  /// When to look again, for the active deadline may have passed.
  std::optional<int64_t> recheck_ns;
};
Assessment assess(const Input& input);

struct PodPlan {
  std::vector<Value> remove;
  std::vector<Value> create;
  int64_t wait_ns = 0;  // until there may be new pods
};
/// How many pods run at a time, of how many that are needed.
PodPlan plan_pods(const Input& input, const Assessment& assessment);

/// What has come of that.
struct Outcome {
  int64_t active = 0;
  int64_t ready = 0;
  int64_t terminating = 0;
  bool managed = false;  // plan_pods() was carried out
};
/// "Suspended" or "Resumed", for an event; empty if neither.
std::string_view conclude(const Input& input, const Outcome& outcome, Assessment& assessment);

struct Tracking {
  std::vector<Value> release;  // whose finalizers go once the status is written
  bool complete = true;        // no more than kMostPods were to be counted
};
/// Notes pods that have ended in the status.
Tracking track(const Input& input, Assessment& assessment);
/// Counts the pods whose finalizers are gone.
Value counted(const Value& status, const std::set<std::string, std::less<>>& with_finalizer);
/// The unique ids of pods that still have theirs.
std::set<std::string, std::less<>> uids_with_finalizer(const Input& input);
/// Finishes the job if all is counted and gone; whether it did.
bool finish(const Finish& how, int64_t terminating, int64_t now_ns, Value& status);

bool is_tracked(const Value& pod);
/// The strategic merge patch that takes a pod's finalizer away.
Value release_patch();

}  // namespace sim::k8s::job
