// sim/k8s/check/convergence.h: whether a cluster that was left alone has become what was asked for.
//
// Rules: nodes are ready. Deployments, StatefulSets and DaemonSets have all their pods, updated and
// ready; Jobs have completed. Nothing is still being deleted. The ready endpoints of each service
// are the addresses of the ready pods that it selects. Each pod that is bound and has not ended
// runs all its containers on its node, and no machine runs a container that no pod of its wants.
// Source: Kubernetes' documentation, "Controllers" (desired versus current state).

#pragma once

#include "sim/k8s/check/checker.h"
#include "sim/net/cluster.h"

namespace sim::k8s::check {

void check_convergence(const Objects& objects, const net::Cluster& cluster, Findings& findings);

}  // namespace sim::k8s::check
