// sim/k8s/kubelet/pod_worker.h: brings one pod to where its object says.
//
// Concept: a goroutine for each pod, which acts when the object changes, when a container of it
// does, when a probe has found something, or when a back-off is over. It never does two things at
// once, so a pull or a hook that takes long delays the pod's own news only.
// Source: the kubelet's `podWorkers`, `syncPod`, `computePodActions`.
// Not modelled: a grace period that is shortened while the pod ends, but for the one of a forced
// deletion, which kills at once.

#pragma once

#include "engine/task/task.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

/// The pod is there, or has changed. Never suspends.
void pod_changed(engine::Ref<Kubelet> kubelet, const Value& pod);
/// The API server has it no more.
void pod_deleted(engine::Ref<Kubelet> kubelet, const Value& pod);
/// Removes what belongs to no pod that is known, as after the kubelet was away.
void remove_orphans(Kubelet& kubelet);

}  // namespace sim::k8s::kubelet
