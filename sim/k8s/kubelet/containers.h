// sim/k8s/kubelet/containers.h: making a pod's containers run.
//
// Concept: each start is a new container of the runtime; the one before stays, for its log and its
// end, and older ones go. A start pulls the image if it must. What cannot be started says why in
// the worker's facts, and when to try again. Source: the kubelet's package kuberuntime
// (`startContainer`). Not modelled: termination messages.

#pragma once

#include <string>

#include "engine/task/task.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

/// A container of the pod's spec.
struct ContainerSpec {
  Value spec;
  bool is_init = false;
  [[nodiscard]] std::string name() const { return std::string(spec["name"].text()); }
};
/// "1234_web_nginx", as back-offs are kept by.
std::string backoff_key(const Value& pod, std::string_view name);

/// Starts a container, with its hook and its probes. Suspends while it pulls, and while the hook
/// runs. Gives when to try again; kEndOfTime if it has started.
engine::Task<engine::Instant> start_container(engine::Ref<Kubelet> kubelet,
                                              engine::Ref<PodWorker> worker, ContainerSpec what);

}  // namespace sim::k8s::kubelet
