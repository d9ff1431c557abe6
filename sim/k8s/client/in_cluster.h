// sim/k8s/client/in_cluster.h: how a program in a pod finds the API server.
//
// Source: client-go's documentation, `rest.InClusterConfig`.

#pragma once

#include "sim/k8s/client/rest.h"

namespace sim::k8s {

inline constexpr engine::Sentinel kNotInCluster(
    "unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and "
    "KUBERNETES_SERVICE_PORT must be defined");

/// From the environment and the service account's token that the kubelet gave this process's
/// container. Never suspends.
ConfigResult in_cluster_config();

}  // namespace sim::k8s
