// sim/k8s/check/capacity.h: no node is promised more than it has.
//
// Rule: when a pod is bound to a node, what all pods there ask for that have not ended is at most
// what the node says can be allocated, of each resource and of pods. Source: Kubernetes'
// documentation, "Resource Management for Pods and Containers".

#pragma once

#include "sim/k8s/check/checker.h"

namespace sim::k8s::check {

class Capacity final : public Checker {
 public:
  using Checker::Checker;
  void written(const StoreEvent& event, const Objects& objects) override;
};

}  // namespace sim::k8s::check
