// sim/k8s/controllers/pod_gc.h: removes pods that nobody else will.
//
// Concept: every 20 s. Pods whose node is gone (not seen for 40 s, and the API server confirms it),
// pods that are being deleted and never got a node, and of those that have ended the oldest beyond
// 12,500.
// Source: kube-controller-manager, pod-garbage-collector-controller.
// Not modelled: the taint node.kubernetes.io/out-of-service.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/k8s/controllers/controller.h"

namespace sim::k8s {

inline constexpr engine::Duration kPodGcPeriod = 20 * engine::kSecond;
inline constexpr engine::Duration kNodeQuarantine = 40 * engine::kSecond;
/// Source: --terminated-pod-gc-threshold.
inline constexpr int64_t kEndedPodsMost = 12'500;

/// The ended pods beyond `most`: evicted ones first, then the oldest.
std::vector<Value> ended_pods_to_remove(const Informer::Objects& pods, int64_t most);

/// Pods that are being deleted and are on no node.
std::vector<Value> unscheduled_to_remove(const Informer::Objects& pods);

/// Nodes that pods name and that are not there.
class MissingNodes {
 public:
  /// Takes note of what is missing now; gives the nodes that have been for the whole quarantine.
  std::vector<std::string> update(const std::set<std::string>& missing, engine::Instant now);

 private:
  std::map<std::string, engine::Instant> since_;
};

/// The pod as it ends with its node: phase Failed, condition DisruptionTarget. Unchanged if it has
/// ended already.
Value lost_pod(const Value& pod, std::string_view now);

/// Starts a goroutine and returns; it ends with `context`. Asks for its informers before it
/// suspends.
engine::Task<> run_pod_gc(ControllerContext controllers, engine::Context context);

}  // namespace sim::k8s
