// sim/k8s/kubelet/admission.h: whether the kubelet takes in a pod that is bound to its node.
//
// Concept: who binds a pod may not have known all: the kubelet looks itself whether the node is
// under pressure, and has the resources, labels and ports that the pod wants. A pod that is refused
// has failed. Determinism: pods are looked at in the order in which they come.
// Source: the kubelet's package lifecycle (predicateAdmitHandler), the eviction manager's Admit.
// Not modelled: making room for critical pods; extended resources; operating systems; taints, of
// which the controllers take care.

#pragma once

#include <string>

#include "engine/task/task.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

struct Rejection {
  std::string reason;  // empty: the pod is taken in
  std::string message;
};
/// Of what needs no Node: pressure, resources, host ports.
Rejection check_admission(const Kubelet& kubelet, const PodWorker& worker);

/// Takes the pod in, or makes it fail. Suspends to ask for the Node if the pod wants labels.
engine::Task<> admit(engine::Ref<Kubelet> kubelet, engine::Ref<PodWorker> worker);

}  // namespace sim::k8s::kubelet
