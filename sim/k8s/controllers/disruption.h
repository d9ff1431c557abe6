// sim/k8s/controllers/disruption.h: keeps count of how many pods of a budget may be evicted.
//
// Concept: a PodDisruptionBudget's status says how many of its pods are healthy, how many must be,
// and so how many evictions the API server may allow. Evictions that it has allowed are in
// disruptedPods until the pod is seen to go, two minutes at most.
// Source: Kubernetes' documentation, "Disruptions"; kube-controller-manager,
// disruption-controller. Not modelled: taking back the condition DisruptionTarget of pods that
// were marked and not deleted.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/controllers/controller.h"

namespace sim::k8s {

inline constexpr engine::Duration kDisruptionTimeout = 120 * engine::kSecond;

/// Whether it takes the owners' numbers of replicas to know what the budget demands: of a
/// maxUnavailable, or a percentage.
bool needs_scale(const Value& budget);

struct BudgetDemand {
  int64_t expected = 0;  // pods
  int64_t desired = 0;   // healthy ones at least
  bool operator==(const BudgetDemand&) const = default;
};
/// `pods` match the budget; `scale` is the sum of their owners' replicas.
BudgetDemand budget_demand(const Value& budget, int64_t pods, int64_t scale);

/// The evicted pods that are still expected to go.
struct DisruptedPods {
  std::map<std::string, std::string, std::less<>> times;  // as in status.disruptedPods
  /// Pods that should have gone by now.
  std::vector<Value> overdue;
  /// When the next one is overdue, in nanoseconds since 1970.
  std::optional<int64_t> recheck_ns;
};
DisruptedPods disrupted_pods(const Value& budget, const std::vector<Value>& pods, int64_t now_ns);

/// Pods that are ready, and neither on their way out nor evicted.
int64_t healthy_pods(const std::vector<Value>& pods, const DisruptedPods& disrupted);

/// The budget with its new status; unchanged if it says that already.
Value with_budget_status(const Value& budget, const BudgetDemand& demand, int64_t healthy,
                         const DisruptedPods& disrupted, std::string_view now);
/// Nothing may be evicted, because the count failed. Source: failSafe.
Value with_failed_status(const Value& budget, std::string_view error, std::string_view now);

/// Starts the workers and returns; they end with `context`. Asks for its informers before it
/// suspends.
engine::Task<> run_disruption(ControllerContext controllers, engine::Context context);

}  // namespace sim::k8s
