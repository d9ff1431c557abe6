// sim/k8s/kubelet/kubelet.h: the kubelet: makes what the API server says of its node's pods so.
//
// Concept: a process on its machine that registers a Node, follows the pods that are bound to it
// and drives the machine's container runtime by direct calls. One goroutine for each pod compares
// what should run with what does. What runs belongs to the machine's runtime: it outlives the
// kubelet, which finds it again by its labels. Nothing is armed while nothing changes, but three
// looks each 10 s: at the node's status, its lease, and what it runs out of.
// Determinism: pods are in the order of their uids; the only choices are those of what it calls.
// Lifetime: as its process; sandboxes and shared volumes as the world.
// Source: Kubernetes 1.33, documentation and behaviour of the kubelet.
// Not modelled: the CRI as a protocol, static pods, device and CPU managers, in-place resizing,
// ephemeral containers, graceful shutdown of the node, seccomp and other security contexts.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/sync/context.h"
#include "engine/task/task.h"
#include "sim/k8s/client/rest.h"
#include "sim/net/address.h"

namespace sim::k8s {

struct KubeletOptions {
  /// Of its Node; empty: the machine's.
  std::string node_name;
  /// On the Node, beside the usual ones.
  std::map<std::string, std::string> labels;
  /// `{key, value, effect}` on the Node when it is registered.
  std::vector<Value> taints;
  net::Ip cluster_dns{0x0a60000a};  // 10.96.0.10
  std::string cluster_domain = "cluster.local";
  /// The service `kubernetes`, as pods see it.
  std::string service_host = "10.96.0.1";
  std::string service_port = "443";
  /// Addresses of its pods ("10.244.3.0/24"); empty: the Node's spec.podCIDR if there is one when
  /// the kubelet starts, else 10.128.0.0/9 in parts of 256 by the machine's number.
  std::string pod_cidr;
  int64_t pods_max = 110;
  int64_t reserved_memory_bytes = int64_t{100} << 20;
  uint16_t port = 10250;
};

/// Runs a kubelet for the machine of the running process until `context` is done. Suspends as long.
/// REQUIRES: a running goroutine on a machine with a network.
engine::Task<> run_kubelet(RestClient client, KubeletOptions options, engine::Context context);

}  // namespace sim::k8s
