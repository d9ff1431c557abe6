// sim/k8s/check/budgets.h: evictions keep to the disruption budgets.
//
// Rules:
// - A budget's disruptionsAllowed is never negative, and an eviction is granted (its pod enters
//   disruptedPods) only out of one that was positive.
// - Once it is granted, desiredHealthy pods are left: selected, ready, not evicted. A pod that
//   ceased to be ready otherwise within kCacheLag still counts, as the budget's status could not
//   yet know; neither do evictions have a say in what a controller deletes.
// - A pod that runs and is selected by one budget is evicted only after a grant. Who evicts for the
//   check says so by a grace period of kEvictionGrace seconds, which the pod's deletion shows.
// Source: Kubernetes' documentation, "Disruptions", "API-initiated Eviction".

#pragma once

#include "sim/k8s/check/checker.h"

namespace sim::k8s::check {

inline constexpr int64_t kEvictionGrace = 29;

class Budgets final : public Checker {
 public:
  using Checker::Checker;
  void written(const StoreEvent& event, const Objects& objects) override;

 private:
  struct Pod {
    Value last;
    Recent healthy;  // 1 or 0
    bool is_granted = false;
    engine::Instant granted_at;
    [[nodiscard]] bool counts_as_evicted() const;
  };
  void note_pod(const StoreEvent& event, const Objects& objects);
  void note_budget(const StoreEvent& event, const Objects& objects);
  void check_grant(const Value& budget, const Pod& granted);

  std::map<std::string, Pod, std::less<>> pods_;  // by uid; also those that are gone
};

}  // namespace sim::k8s::check
