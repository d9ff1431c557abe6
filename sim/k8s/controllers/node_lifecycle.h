// sim/k8s/controllers/node_lifecycle.h: notices nodes that have failed, and marks them.
//
// Concept: every 5 s all nodes are looked at (node_health.h). One that is silent becomes Unknown,
// its pods not ready; a NoExecute taint follows at the pace of its zone (node_zones.h), and the
// taint eviction controller does the rest. NoSchedule taints follow conditions at once.
// Source: kube-controller-manager, node-lifecycle-controller (8 and 4 workers, a taint pass every
// 100 ms). Not modelled: labels for the operating system, which kubelets set.

#pragma once

#include "sim/k8s/controllers/controller.h"

namespace sim::k8s {

/// Starts its goroutines and returns; they end with `context`. Asks for its informers before it
/// suspends.
engine::Task<> run_node_lifecycle(ControllerContext controllers, engine::Context context);

}  // namespace sim::k8s
