// sim/k8s/controllers/pods.h: what controllers ask about pods, and which of them go first.
//
// Determinism: ranking is a total order, pods that nothing tells apart go by their unique ids.
// Source: Kubernetes' documentation, "Pod Lifecycle" and "ReplicaSet", scaling down; the order of
// kube-controller-manager (ActivePodsWithRanks, with logarithmic scale-down).

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/k8s/api/object.h"

namespace sim::k8s {

inline std::string_view phase_of(const Value& pod) {
  return pod["status"]["phase"].text();
}
/// Its containers have ended and will not start again.
inline bool is_pod_terminal(const Value& pod) {
  return phase_of(pod) == "Succeeded" || phase_of(pod) == "Failed";
}
/// Counts for its controller: it has not ended and is not about to be deleted.
inline bool is_pod_active(const Value& pod) {
  return !is_pod_terminal(pod) && !is_being_deleted(pod);
}
/// Is about to be deleted and has not ended yet.
inline bool is_pod_terminating(const Value& pod) {
  return !is_pod_terminal(pod) && is_being_deleted(pod);
}
inline bool is_pod_ready(const Value& pod) {
  return condition_is_true(pod, "Ready");
}
/// Ready for longer than that at `now_ns` (nanoseconds since 1970).
bool is_pod_available(const Value& pod, int64_t min_ready_seconds, int64_t now_ns);

std::vector<Value> active_pods(std::span<const Value> pods);

/// The highest restart count of its containers.
int64_t max_restarts(const Value& pod);

/// The first to be deleted first. Pods that share their node with more of `related` go earlier;
/// `related` may be empty. The order: without a node, pending, unknown, not ready, cheaper by the
/// annotation controller.kubernetes.io/pod-deletion-cost, doubled up on a node, ready for a
/// shorter time, restarted more often, younger. Lengths of time are compared by their power of
/// two of nanoseconds before `now_ns`: the longer ago, the less a difference counts.
std::vector<Value> ranked_for_deletion(std::span<const Value> pods, std::span<const Value> related,
                                       int64_t now_ns);

/// A time of an object in nanoseconds since 1970; 0 if it is missing.
int64_t time_of(const Value& text);
inline int64_t creation_of(const Value& object) {
  return time_of(metadata(object)["creationTimestamp"]);
}
/// Older first; of one second, by name.
bool is_older(const Value& a, const Value& b);

}  // namespace sim::k8s
