// sim/scenario/kubernetes.h: what a Kubernetes cluster runs on its machines.
//
// Concept: the control plane's and the nodes' programs are units of their machines, started again
// when they end. One machine of the control plane has the API server, which all others reach over
// the network. Every node has a kubelet and kube-proxy. Source: kubeadm: names, labels and taints;
// RestartSec of its kubelet.service. Not modelled: static pods (kubectl does not show the control
// plane's programs), TLS, several API servers, roles.

#pragma once

#include <string>
#include <vector>

#include "sim/scenario/scenario.h"

namespace sim::scenario {

/// The programs of `scenario.kubernetes`, in the order in which they start; none if it has none.
std::vector<Workload> kubernetes_workloads(const Scenario& scenario);

/// What is wrong with the manifests: YAML that cannot be read, unknown kinds and fields, objects
/// without a name. Kinds of groups that are not built in may be defined by other objects.
std::vector<Problem> manifest_problems(const Scenario& scenario);

}  // namespace sim::scenario
