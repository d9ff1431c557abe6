// sim/k8s/kubelet/node_status.h: the Node that stands for the machine, and its lease.
//
// Concept: what the machine is gives the object; conditions follow from what is under pressure. The
// status is looked at every 10 s, and sent when it has changed or after 5 minutes; the lease is
// renewed every 10 s. The Node is read again only after the server could not be reached, for then
// others may have changed its conditions. Determinism: node_object() and node_status() are pure.
// Source: the kubelet's nodestatus setters, `tryUpdateNodeStatus`; component-helpers' lease
// controller. Not modelled: images in the status, devices, cloud providers, swap.

#pragma once

#include <string>

#include "engine/task/task.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

/// What a status is made of.
struct NodeFacts {
  std::string name;
  std::string zone;
  std::string ip;
  int64_t cores = 1;
  int64_t memory_bytes = 0;
  int64_t disk_bytes = 0;
  int64_t reserved_memory_bytes = 0;
  int64_t pods_max = 110;
  int64_t port = 10250;
  bool memory_pressure = false;
  bool disk_pressure = false;
  bool operator==(const NodeFacts&) const = default;
};
/// The Node as it is registered, without a status.
Value node_object(const NodeFacts& facts, const KubeletOptions& options);
/// `node` with its status; times of conditions that stay are kept, heartbeats are `now`.
Value with_node_status(const Value& node, const NodeFacts& facts, std::string_view now);
NodeFacts node_facts(const Kubelet& kubelet);

/// Registers the node once, and tells of it until the context is done. A Node that is removed stays
/// away until another kubelet comes. Run as a goroutine.
engine::Task<> run_node_status(engine::Ref<Kubelet> kubelet);
/// Renews the lease until the context is done. Run as a goroutine.
engine::Task<> run_lease(engine::Ref<Kubelet> kubelet);

}  // namespace sim::k8s::kubelet
