// sim/k8s/controllers/daemon_nodes.h: on which nodes a DaemonSet's pods run.
//
// Concept: the scheduler places daemon pods as it does others; each is tied to its node by an
// affinity for the node's name, and tolerates what goes wrong with nodes. The controller asks
// beforehand whether the node would take the pod, so that it creates none that waits for ever.
// Source: Kubernetes' documentation, "DaemonSet", taints and tolerations, and "Assigning Pods to
// Nodes"; kube-controller-manager (daemon, its util), component-helpers (nodeaffinity).

#pragma once

#include <string_view>

#include "sim/k8s/api/object.h"

namespace sim::k8s::daemon {

/// The pod template with the tolerations that all daemon pods have.
Value with_daemon_tolerations(const Value& pod_template);
/// The template tied to a node: its terms of node affinity ask for the node's name instead of
/// fields of their own.
Value with_node(const Value& pod_template, std::string_view node);
/// The node that a pod runs on, or that it is tied to; empty if neither.
std::string_view node_of(const Value& pod);

/// Whether a toleration is for that taint.
bool tolerates(const Value& toleration, const Value& taint);
/// The first of the node's taints with such an effect that none of a pod's tolerations is for;
/// absent if there is none. `soft`: NoSchedule counts as well as NoExecute.
const Value& untolerated_taint(const Value& pod_spec, const Value& node, bool soft);
/// Whether the node has the labels that a pod specification requires (nodeSelector and the
/// required node affinity).
bool matches_node(const Value& pod_spec, const Value& node);

struct Eligibility {
  bool should_run = false;
  /// A pod that is there may stay, though none would be created.
  bool may_stay = false;
};
/// What a DaemonSet asks of nodes, made once for many of them.
class NodeFitness {
 public:
  explicit NodeFitness(const Value& daemon_set);
  [[nodiscard]] Eligibility of(const Value& node) const;

 private:
  Value pod_spec_;
};
inline Eligibility eligibility(const Value& daemon_set, const Value& node) {
  return NodeFitness(daemon_set).of(node);
}

}  // namespace sim::k8s::daemon
