// sim/k8s/cluster/addons.h: what a cluster runs in kube-system, as manifests.
//
// Source: kubeadm's manifests of CoreDNS and of metrics-server; their names, labels, priorities,
// requests and addresses. Not modelled: their probes and roles; CoreDNS's configuration.

#pragma once

#include <string_view>

namespace sim::k8s {

/// CoreDNS: two replicas, and the Service kube-dns at 10.96.0.10.
extern const std::string_view kDnsManifest;
/// metrics-server, which measures pods and nodes.
extern const std::string_view kMetricsManifest;

}  // namespace sim::k8s
