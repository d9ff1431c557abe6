#include "sim/k8s/controllers/replica_set.h"

#include <algorithm>
#include <utility>

#include "sim/k8s/api/selector.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/pods.h"

namespace sim::k8s {
namespace {

constexpr std::string_view kReplicaFailure = "ReplicaFailure";

// The conditions with or without the one of failure.
Value conditions_after(const Value& replica_set, int64_t surplus, std::string_view error,
                       int64_t now_ns) {
  const Value& before = replica_set["status"]["conditions"];
  const bool had = bool(condition_of(replica_set, kReplicaFailure));
  if (error.empty() && had) {
    json::Array others;
    for (const Value& condition : before.items()) {
      if (condition["type"].text() != kReplicaFailure) others.add(condition);
    }
    return others.build();
  }
  if (error.empty() || had) return before;
  const std::string_view reason = surplus < 0   ? "FailedCreate"
                                  : surplus > 0 ? "FailedDelete"
                                                : std::string_view();
  return before.appended(json::Object()
                             .set("type", kReplicaFailure)
                             .set("status", "True")
                             .set("lastTransitionTime", time_text(now_ns))
                             .set_nonzero("reason", reason)
                             .set("message", error)
                             .build());
}

}  // namespace

ReplicaChange plan_replicas(const Value& replica_set, std::span<const Value> active,
                            std::span<const Value> related, int64_t now_ns) {
  ReplicaChange change;
  const int64_t wanted = replica_set["spec"]["replicas"].integer();
  const int64_t surplus = static_cast<int64_t>(active.size()) - wanted;
  if (surplus < 0) change.create = std::min(-surplus, kReplicaSetBurst);
  if (surplus <= 0) return change;
  const auto count = static_cast<size_t>(std::min(surplus, kReplicaSetBurst));
  // If all go there is nothing to choose.
  change.remove = count == active.size() ? std::vector<Value>(active.begin(), active.end())
                                         : ranked_for_deletion(active, related, now_ns);
  change.remove.resize(count);
  return change;
}

Value replica_set_status(const Value& replica_set, std::span<const Value> active,
                         std::string_view error, int64_t now_ns) {
  const Value& spec = replica_set["spec"];
  const Value& labels = spec["template"]["metadata"]["labels"];
  const LabelSelector whole = LabelSelector::from_map(labels);
  const int64_t min_ready = spec["minReadySeconds"].integer();
  int64_t labeled = 0;
  int64_t ready = 0;
  int64_t available = 0;
  for (const Value& pod : active) {
    if (labels.size() == 0 || whole.matches(labels_of(pod))) ++labeled;
    if (!is_pod_ready(pod)) continue;
    ++ready;
    if (is_pod_available(pod, min_ready, now_ns)) ++available;
  }
  const auto count = static_cast<int64_t>(active.size());
  const int64_t surplus = count - spec["replicas"].integer();
  const auto nonzero = [](int64_t number) { return number == 0 ? Value() : Value(number); };
  const Value conditions = conditions_after(replica_set, surplus, error, now_ns);
  return json::Object(replica_set["status"])
      .set("replicas", count)
      .set("fullyLabeledReplicas", nonzero(labeled))
      .set("readyReplicas", nonzero(ready))
      .set("availableReplicas", nonzero(available))
      .set("observedGeneration", nonzero(metadata(replica_set)["generation"].integer()))
      .set("conditions", conditions.size() == 0 ? Value() : conditions)
      .build();
}

}  // namespace sim::k8s
