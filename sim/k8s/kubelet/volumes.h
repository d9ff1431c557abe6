// sim/k8s/kubelet/volumes.h: sandboxes of pods, and the volumes that their containers mount.
//
// Concept: a sandbox is made once for a pod and kept for the machine, as containerd keeps it; only
// a crash of the machine loses it. Volumes of a pod are made before its first container and stay
// with the sandbox; those by a claim's volume or a path of the machine belong to the world, so they
// survive the pod and its moves.
// Source: Kubernetes' documentation, "Volumes"; the kubelet's volume manager.
// Not modelled: that ConfigMaps and Secrets are followed after they have been mounted, and tokens
// renewed; attaching and detaching; sizes; ephemeral, CSI and image volumes; subPath, which mounts
// all of the volume.

#pragma once

#include <string>
#include <vector>

#include "engine/task/task.h"
#include "sim/k8s/kubelet/environment.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

/// Null: it has none, or has lost it.
engine::Ref<Sandbox> find_sandbox(const Kubelet& kubelet, std::string_view uid);
/// With a new address. Null: the node's range has none left.
engine::Ref<Sandbox> make_sandbox(Kubelet& kubelet, const Value& pod);
/// REQUIRES: none of its containers runs.
void remove_sandbox(Kubelet& kubelet, std::string_view uid);

struct Fetched {
  Sources sources;
  engine::Error error;
};
/// Asks for all Sources of a pod; one that does not exist is missing. Suspends.
engine::Task<Fetched> fetch_sources(engine::Ref<Kubelet> kubelet, Value pod);

/// Makes what `spec.volumes` says and puts it in the sandbox. Suspends for what the API server has
/// to say. The error is an event's text: `MountVolume.SetUp failed for volume "x" : ...`.
engine::Task<engine::Error> make_volumes(engine::Ref<Kubelet> kubelet, engine::Ref<Sandbox> sandbox,
                                         Value pod, Sources sources);
/// Where a container has them.
std::vector<container::Mount> mounts_of(const Sandbox& sandbox, const Value& container);

}  // namespace sim::k8s::kubelet
