// sim/k8s/check/identities.h: never two containers at once of pods with one name.
//
// Rule: containers that run at the same time and carry the same namespace and name of a pod are
// those of one pod (one uid) on one machine. It holds for StatefulSets, whose names return; others
// draw new ones. REQUIRES: nobody deletes pods by force (a grace period of 0), which waives it.
// Source: Kubernetes' documentation, "Force Delete StatefulSet Pods" (at most one).

#pragma once

#include "sim/k8s/check/checker.h"
#include "sim/net/cluster.h"

namespace sim::k8s::check {

class Identities {
 public:
  explicit Identities(Findings& findings) : findings_(findings) {}
  /// Looks at the machines' containers, if any changed since the last look.
  void look(const net::Cluster& cluster);

 private:
  Findings& findings_;
  uint64_t changes_ = 0;
};

}  // namespace sim::k8s::check
