// sim/k8s/kubelet/sources.h: the ConfigMaps and Secrets that a node's pods refer to.
//
// Concept: each object is followed by a watch of its own while some pod refers to it, so what is
// known outlives an API server that cannot be reached. A pod whose volumes show a changed object is
// brought up to date at its next sync: each pod has one a minute, of which nothing but that is left
// here, so nothing is armed while nothing changes. Determinism: in the order of keys and uids.
// Source: the kubelet's configMapAndSecretChangeDetectionStrategy "Watch", its syncFrequency 1m.
// Not modelled: the root certificate of each namespace (kube-root-ca.crt) is asked for once and not
// followed; immutable objects are followed as others are.

#pragma once

#include <string>
#include <vector>

#include "engine/task/task.h"
#include "sim/k8s/kubelet/environment.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

struct Fetched {
  Sources sources;
  engine::Error error;
};
/// The objects of some of the pod's source keys; one that does not exist is missing. Suspends while
/// one is not known yet, a second at most, and to ask for those that are not followed.
engine::Task<Fetched> fetch_sources(engine::Ref<Kubelet> kubelet, Value pod,
                                    std::vector<std::string> keys);
/// Nobody but other pods needs what the pod has asked for.
void forget_sources(Kubelet& kubelet, std::string_view uid);

}  // namespace sim::k8s::kubelet
