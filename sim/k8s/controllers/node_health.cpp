#include "sim/k8s/controllers/node_health.h"

#include "sim/k8s/api/time.h"

namespace sim::k8s {
namespace {

// Those a kubelet reports.
constexpr std::string_view kReported[] = {"Ready", "MemoryPressure", "DiskPressure", "PIDPressure"};

int64_t nanoseconds(const Value& time) {
  return parse_time(time.text()).value_or(0);
}

Value unknown_condition(const Value& before, std::string_view type, const Value& created,
                        std::string_view now) {
  json::Object made(before);
  made.set("type", type).set("status", "Unknown").set("lastTransitionTime", now);
  if (before) {
    made.set("reason", "NodeStatusUnknown").set("message", "Kubelet stopped posting node status.");
  } else {
    made.set("reason", "NodeStatusNeverUpdated")
        .set("message", "Kubelet never posted node status.")
        .set("lastHeartbeatTime", created);
  }
  return made.build();
}

}  // namespace

std::string_view ready_status(const Value& node) {
  return condition_of(node, "Ready")["status"].text("Unknown");
}

engine::Duration node_grace(const Value& node) {
  return condition_of(node, "Ready") ? kNodeMonitorGrace : kNodeStartupGrace;
}

NodeHealth observed_health(const std::optional<NodeHealth>& before, const NodeLook& look) {
  const Value ready = condition_of(look.node, "Ready");
  NodeHealth health;
  if (before) {
    health = *before;
    const bool moved = before->ready["lastHeartbeatTime"] != ready["lastHeartbeatTime"];
    if (moved || bool(before->ready) != bool(ready)) health.probed = look.now;
  } else if (ready) {
    health.probed = look.now;
  } else {
    // It has never been heard of: its life begins with its object.
    const int64_t created_ns = nanoseconds(metadata(look.node)["creationTimestamp"]);
    health.probed = look.now - engine::Duration{look.now_unix_ns - created_ns};
  }
  health.ready = ready;
  const int64_t renewed_ns = nanoseconds(look.lease["spec"]["renewTime"]);
  if (renewed_ns > health.lease_renewed_ns) {
    health.lease_renewed_ns = renewed_ns;
    health.probed = look.now;
  }
  return health;
}

Value judged_node(const NodeHealth& health, const NodeLook& look, std::string_view now) {
  const Value& node = look.node;
  // A real clock never meets the end of the grace period to the nanosecond.
  if (look.now < health.probed + node_grace(node)) return node;
  Value judged = node;
  for (const std::string_view type : kReported) {
    const Value before = condition_of(judged, type);
    if (before["status"].text() == "Unknown") continue;
    const Value after = unknown_condition(before, type, metadata(node)["creationTimestamp"], now);
    json::Array conditions;
    for (const Value& each : judged["status"]["conditions"].items()) {
      conditions.add(each == before ? after : each);
    }
    if (!before) conditions.add(after);
    judged = judged.with_in({"status", "conditions"}, conditions.build());
  }
  return judged;
}

}  // namespace sim::k8s
