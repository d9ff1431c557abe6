// sim/k8s/kubelet/stop.h: stopping a pod's containers.
//
// Concept: the preStop hook, then SIGTERM, then SIGKILL when the grace period is over, which the
// hook uses up; 2 s after the hook there are always. When a whole pod ends, hooks begin at once;
// sidecars get their SIGTERM when all that started after them has ended, or the period is over.
// Source: the kubelet's package kuberuntime (`killContainer`, `terminationOrdering`).
// Not modelled: lifecycle.stopSignal, which is alpha.

#pragma once

#include <string>
#include <vector>

#include "engine/task/task.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

struct Stop {
  engine::Duration grace;
  std::string message;                                   // of the event Killing
  std::vector<engine::Ref<container::Container>> after;  // that are to end first
};
/// Suspends until it has ended.
engine::Task<> stop_container(engine::Ref<Kubelet> kubelet, engine::Ref<PodWorker> worker,
                              engine::Ref<container::Container> container, Stop stop);
/// All that runs of the pod.
engine::Task<> stop_pod(engine::Ref<Kubelet> kubelet, engine::Ref<PodWorker> worker,
                        engine::Duration grace);
/// What is still running of a pod that ends is killed after `grace`, 2 s at least.
void hurry(engine::Ref<Kubelet> kubelet, std::string_view uid, engine::Duration grace);

/// spec.terminationGracePeriodSeconds, or 30 s.
engine::Duration grace_period_of(const Value& pod);

}  // namespace sim::k8s::kubelet
