// sim/k8s/check/stateful_order.h: a StatefulSet's pods are created one after the other.
//
// Rule, for sets with OrderedReady: a pod is created only if all pods with lower numbers have been
// running and ready at one time, now or lately. Source: Kubernetes' documentation, "StatefulSets",
// "Deployment and Scaling Guarantees".

#pragma once

#include "sim/k8s/check/checker.h"

namespace sim::k8s::check {

class StatefulOrder final : public Checker {
 public:
  using Checker::Checker;
  void written(const StoreEvent& event, const Objects& objects) override;

 private:
  // How many pods from the first on are well, by the set's uid.
  std::map<std::string, Recent, std::less<>> well_;
};

}  // namespace sim::k8s::check
