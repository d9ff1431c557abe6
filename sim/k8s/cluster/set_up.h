// sim/k8s/cluster/set_up.h: what brings the first objects into a cluster.
//
// Concept: as someone who runs `kubectl apply` as soon as the API server answers; objects carry the
// annotation that apply leaves, so that a later apply changes them without a warning.

#pragma once

#include <string>
#include <vector>

#include "engine/sync/context.h"
#include "sim/k8s/client/rest.h"

namespace sim::k8s {

/// Waits for the API server, then creates the objects of `manifests` (YAML of one or more
/// documents, in order). What is there already stays. Prints what could not be made, and goes on.
/// A pod whose service account is not there yet is tried again for half a minute. Suspends.
engine::Task<> create_manifests(RestClient client, std::vector<std::string> manifests,
                                engine::Context context);

}  // namespace sim::k8s
