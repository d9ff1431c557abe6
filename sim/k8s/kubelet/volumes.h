// sim/k8s/kubelet/volumes.h: the volumes that a pod's containers mount.
//
// Concept: volumes of a pod are made before its first container and stay with its sandbox; those by
// a claim's volume or a path of the machine belong to the world, so they survive the pod and its
// moves. What comes from ConfigMaps, Secrets and the pod itself is written anew when it changes.
// Source: Kubernetes' documentation, "Volumes"; the kubelet's volume manager.
// Not modelled: that tokens are renewed; attaching and detaching; sizes; modes of files; ephemeral,
// CSI and image volumes; subPath, which mounts all of the volume.

#pragma once

#include <string>
#include <vector>

#include "engine/task/task.h"
#include "sim/k8s/kubelet/environment.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

/// What a node's pods may have, as the downward API gives it for a missing limit.
NodeAmounts allocatable_of(const Kubelet& kubelet);

/// Makes what `spec.volumes` says and puts it in the sandbox. Suspends for what the API server has
/// to say. The error is an event's text: `MountVolume.SetUp failed for volume "x" : ...`.
engine::Task<engine::Error> make_volumes(engine::Ref<Kubelet> kubelet, engine::Ref<Sandbox> sandbox,
                                         Value pod, Sources sources);
/// Brings what the kubelet has written into the sandbox's volumes up to date. A volume of which a
/// source is missing keeps what it has; the error is the first one's, as of make_volumes().
engine::Task<engine::Error> refresh_volumes(engine::Ref<Kubelet> kubelet,
                                            engine::Ref<Sandbox> sandbox, Value pod,
                                            Sources sources);
/// Where a container has them.
std::vector<container::Mount> mounts_of(const Sandbox& sandbox, const Value& container);

}  // namespace sim::k8s::kubelet
