// sim/k8s/network/cluster_dns.h: the names of a cluster: what CoreDNS answers.
//
// Concept: follows Services and EndpointSlices and keeps the zone cluster.local: a Service's name
// gives its virtual address, that of a headless one the addresses of its ready endpoints; named
// ports have SRV records; a pod with a host name and a subdomain has a name of its own.
// Source: Kubernetes' specification, "DNS for Services and Pods" 1.1.0.
// Not modelled: records of pods by address, names outside of the cluster.

#pragma once

#include <string>

#include "sim/k8s/client/informer_factory.h"

namespace sim::k8s {

/// Where pods ask for names. Source: kubeadm, the tenth address of the range of services.
inline constexpr std::string_view kClusterDns = "10.96.0.10";
inline constexpr std::string_view kClusterDomain = "cluster.local";

/// Serves at `address` (":53") until the process ends.
engine::Task<> run_cluster_dns(RestClient client, std::string address, engine::Context context);

}  // namespace sim::k8s
