// sim/k8s/controllers/volume_protection.h: claims and volumes stay as long as they are in use.
//
// Concept: a finalizer on each. It goes when the object is being deleted and no pod on a node uses
// the claim, or no claim is bound to the volume. Before a claim goes the API server is asked for
// pods, because the copy may lag behind.
// Source: kube-controller-manager, persistentvolumeclaim-protection-controller and
// persistentvolume-protection-controller.

#pragma once

#include <string_view>

#include "sim/k8s/controllers/controller.h"

namespace sim::k8s {

inline constexpr std::string_view kClaimFinalizer = "kubernetes.io/pvc-protection";
inline constexpr std::string_view kVolumeFinalizer = "kubernetes.io/pv-protection";

/// Whether the pod holds that claim of its namespace: it is on a node, and has not ended.
bool pod_uses_claim(const Value& pod, std::string_view claim);
/// The names of the claims that a pod mounts; those of its ephemeral volumes are "POD-VOLUME".
std::vector<std::string> claims_of(const Value& pod);

/// Starts the workers and returns; they end with `context`. Asks for its informers before it
/// suspends.
engine::Task<> run_volume_protection(ControllerContext controllers, engine::Context context);

}  // namespace sim::k8s
