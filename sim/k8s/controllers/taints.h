// sim/k8s/controllers/taints.h: what keeps pods off a node, as controllers set and read it.
//
// Concept: pure functions over a node's spec.taints and a pod's spec.tolerations.
// Source: Kubernetes' documentation, "Taints and Tolerations"; the node lifecycle controller's
// nodeConditionToTaintKeyStatusMap; the taint eviction controller.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/world/time.h"
#include "sim/k8s/api/object.h"

namespace sim::k8s {

inline constexpr std::string_view kTaintNotReady = "node.kubernetes.io/not-ready";
inline constexpr std::string_view kTaintUnreachable = "node.kubernetes.io/unreachable";
inline constexpr std::string_view kTaintUnschedulable = "node.kubernetes.io/unschedulable";
inline constexpr std::string_view kTaintMemoryPressure = "node.kubernetes.io/memory-pressure";
inline constexpr std::string_view kTaintDiskPressure = "node.kubernetes.io/disk-pressure";
inline constexpr std::string_view kTaintPidPressure = "node.kubernetes.io/pid-pressure";
inline constexpr std::string_view kTaintNetworkUnavailable =
    "node.kubernetes.io/network-unavailable";
inline constexpr std::string_view kNoExecute = "NoExecute";
inline constexpr std::string_view kNoSchedule = "NoSchedule";

bool has_taint(const Value& node, std::string_view key, std::string_view effect);

/// Some of a node's taints with one effect, by key.
struct TaintChange {
  std::string_view effect;
  std::vector<std::string_view> add;
  std::vector<std::string_view> remove;
  [[nodiscard]] bool empty() const { return add.empty() && remove.empty(); }
};
/// The node with them; those added say `now` as timeAdded, those it has already stay as they are.
Value with_taints(const Value& node, const TaintChange& change, std::string_view now);

/// What brings the NoSchedule taints in line with the node's conditions and spec.unschedulable.
TaintChange condition_taints(const Value& node);

bool toleration_matches(const Value& toleration, const Value& taint);

/// The NoExecute taints of a node.
std::vector<Value> executing_taints(const Value& node);

/// How long a pod with those tolerations stays on a node with those NoExecute taints.
struct Toleration {
  enum class Kind : uint8_t { kNone, kForSeconds, kForever };
  Kind kind = Kind::kForever;
  engine::Duration length;
};
Toleration tolerated_for(const Value& tolerations, const std::vector<Value>& taints);

}  // namespace sim::k8s
