// sim/k8s/controllers/replica_set.h: what is to be done about a ReplicaSet.
//
// Concept: pure functions: from the ReplicaSet and its pods to how many pods to create, which to
// delete, and what to report. Source: Kubernetes' documentation, "ReplicaSet";
// kube-controller-manager (replicaset: burst of 500).
// Not modelled: status.terminatingReplicas, which is behind a feature gate in 1.33.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/api/object.h"

namespace sim::k8s {

inline constexpr int64_t kReplicaSetBurst = 500;

struct ReplicaChange {
  int64_t create = 0;
  std::vector<Value> remove;
};
/// `active` are its pods that count; `related` the pods of all ReplicaSets of the same owner, which
/// decide who is doubled up on a node.
ReplicaChange plan_replicas(const Value& replica_set, std::span<const Value> active,
                            std::span<const Value> related, int64_t now_ns);

/// The status to report. `error` is what creating or deleting pods failed with, empty if nothing.
Value replica_set_status(const Value& replica_set, std::span<const Value> active,
                         std::string_view error, int64_t now_ns);

}  // namespace sim::k8s
