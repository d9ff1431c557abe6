// sim/k8s/kubelet/pod_worker.h: brings one pod to where its object says.
//
// Concept: a goroutine for each pod, which acts when the object changes, when a container of it
// does, when a probe has found something, or when a back-off is over. It never does two things at
// once, so a pull or a hook that takes long delays the pod's own news only.
// A pod that must end waits for neither. Source: the kubelet's `podWorkers`, `syncPod`,
// `computePodActions`.

#pragma once

#include "engine/task/task.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

/// What the API server has of the pod now. Whoever works on it looks again if that says anything
/// new; its status does not. Never suspends.
void take_pod(engine::Ref<Kubelet> kubelet, engine::Ref<PodWorker> worker, const Value& pod);
/// The pod is there, or has changed. Never suspends.
void pod_changed(engine::Ref<Kubelet> kubelet, const Value& pod);
/// The API server has it no more.
void pod_deleted(engine::Ref<Kubelet> kubelet, const Value& pod);
/// Removes what belongs to no pod that is known, as after the kubelet was away.
void remove_orphans(Kubelet& kubelet);

}  // namespace sim::k8s::kubelet
