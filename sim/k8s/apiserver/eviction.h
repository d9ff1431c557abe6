// sim/k8s/apiserver/eviction.h: taking a pod away without breaking its disruption budget.
//
// Source: Kubernetes' documentation, "API-initiated Eviction".

#pragma once

#include "engine/task/task.h"
#include "sim/k8s/apiserver/registry.h"

namespace sim::k8s {

/// Deletes the pod that `info` names, unless a PodDisruptionBudget says no (429). Takes one from
/// the budget's allowance in the same moment. REQUIRES: the arguments outlive the call.
engine::Task<Answer> evict(Registry& registry, const KindInfo& pods, const RequestInfo& info,
                           const Value& eviction);

}  // namespace sim::k8s
