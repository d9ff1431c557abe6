// sim/k8s/kubelet/status_manager.h: tells the API server what has become of the pods.
//
// Concept: what is to be told waits by pod, the latest only; one goroutine sends, one patch at a
// time. A pod of which nothing runs any more and that is being deleted is removed after its last
// status. What fails is tried again after 10 s. Determinism: in the order of uids.
// Source: the kubelet's package status (manager, `syncPod`, `canBeDeleted`).

#pragma once

#include "engine/task/task.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

/// What is known of the pod's containers now.
PodFacts facts_of(const Kubelet& kubelet, const PodWorker& worker);
/// Works the pod's status out, and has it sent if it is another one than the server has. Never
/// suspends.
void queue_status(Kubelet& kubelet, PodWorker& worker);
/// Sends until the kubelet's context is done. Run as a goroutine.
engine::Task<> run_status_manager(engine::Ref<Kubelet> kubelet);

}  // namespace sim::k8s::kubelet
