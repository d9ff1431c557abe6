// sim/k8s/controllers/node_health.h: whether a node's kubelet still gives signs of life.
//
// Concept: pure functions. A node lives as long as the heartbeat in its condition Ready or the time
// in its Lease moves on. When that was is measured by the controller's own monotonic clock from
// when it saw the change, so the clocks of nodes need not be right. After the grace period all its
// conditions become Unknown.
// Source: kube-controller-manager, node-lifecycle-controller (tryUpdateNodeHealth).

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/world/time.h"
#include "sim/k8s/api/object.h"

namespace sim::k8s {

/// Source: --node-monitor-period, --node-monitor-grace-period (1.32), --node-startup-grace-period.
inline constexpr engine::Duration kNodeMonitorPeriod = 5 * engine::kSecond;
inline constexpr engine::Duration kNodeMonitorGrace = 50 * engine::kSecond;
inline constexpr engine::Duration kNodeStartupGrace = 60 * engine::kSecond;

/// What is remembered of a node.
struct NodeHealth {
  /// Its condition Ready when it was looked at last; absent if it had none.
  Value ready;
  /// The latest renewTime of its Lease, in nanoseconds since 1970; 0 if none was seen.
  int64_t lease_renewed_ns = 0;
  /// When it gave its last sign of life.
  engine::Instant probed;
};

struct NodeLook {
  Value node;
  Value lease;  // absent if there is none
  engine::Instant now;
  int64_t now_unix_ns = 0;
};

/// What is known after a look; `before` is nothing for a node that is new.
NodeHealth observed_health(const std::optional<NodeHealth>& before, const NodeLook& look);

/// How long a node may be silent.
engine::Duration node_grace(const Value& node);

/// The node as it should be recorded: with its conditions Unknown if it has been silent for too
/// long, else unchanged. `now` is the time as API objects write it.
Value judged_node(const NodeHealth& health, const NodeLook& look, std::string_view now);

/// The status of its condition Ready; "Unknown" if it has none.
std::string_view ready_status(const Value& node);

}  // namespace sim::k8s
