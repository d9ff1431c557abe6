#include "sim/k8s/controllers/disruption.h"

#include <algorithm>

#include "sim/k8s/api/int_or_percent.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/pod_state.h"

namespace sim::k8s {
namespace {

using json::Object;

bool is_percent(const Value& value) {
  return value.is_string();
}

// Percentages are rounded up. Source: GetScaledValueFromIntOrPercent.
int64_t scaled_up(const Value& value, int64_t total) {
  return scaled(value, total, Rounding::kUp);
}

// A metav1.Condition: with the generation it was made from, and a message even if empty.
Value with_allowed_condition(const Value& budget, const Condition& condition,
                             std::string_view now) {
  const Value changed = with_condition(budget, condition, now);
  json::Array conditions;
  for (const Value& each : changed["status"]["conditions"].items()) {
    if (each["type"].text() != condition.type) {
      conditions.add(each);
      continue;
    }
    conditions.add(Object(each)
                       .set("message", condition.message)
                       .set("observedGeneration", metadata(budget)["generation"])
                       .build());
  }
  return changed.with_in({"status", "conditions"}, conditions.build());
}

constexpr std::string_view kAllowed = "DisruptionAllowed";

}  // namespace

bool needs_scale(const Value& budget) {
  const Value& spec = budget["spec"];
  return spec.contains("maxUnavailable") || is_percent(spec["minAvailable"]);
}

BudgetDemand budget_demand(const Value& budget, int64_t pods, int64_t scale) {
  const Value& spec = budget["spec"];
  BudgetDemand demand;
  if (spec.contains("maxUnavailable")) {
    demand.expected = scale;
    demand.desired = std::max<int64_t>(0, scale - scaled_up(spec["maxUnavailable"], scale));
  } else if (is_percent(spec["minAvailable"])) {
    demand.expected = scale;
    demand.desired = scaled_up(spec["minAvailable"], scale);
  } else if (spec.contains("minAvailable")) {
    demand.expected = pods;
    demand.desired = spec["minAvailable"].integer();
  }
  return demand;
}

DisruptedPods disrupted_pods(const Value& budget, const std::vector<Value>& pods, int64_t now_ns) {
  DisruptedPods disrupted;
  const Value& known = budget["status"]["disruptedPods"];
  for (const Value& pod : pods) {
    if (is_being_deleted(pod)) continue;
    const Value& time = known[name_of(pod)];
    if (!time) continue;
    const int64_t until_ns = parse_time(time.text()).value_or(0) + kDisruptionTimeout.ns;
    if (until_ns < now_ns) {
      disrupted.overdue.push_back(pod);
      continue;
    }
    disrupted.times.emplace(name_of(pod), time.text());
    disrupted.recheck_ns = std::min(disrupted.recheck_ns.value_or(until_ns), until_ns);
  }
  return disrupted;
}

int64_t healthy_pods(const std::vector<Value>& pods, const DisruptedPods& disrupted) {
  return std::count_if(pods.begin(), pods.end(), [&](const Value& pod) {
    return !is_being_deleted(pod) && !disrupted.times.contains(name_of(pod)) && pod_is_ready(pod);
  });
}

Value with_budget_status(const Value& budget, const BudgetDemand& demand, int64_t healthy,
                         const DisruptedPods& disrupted, std::string_view now) {
  const int64_t allowed = demand.expected <= 0 ? 0 : std::max<int64_t>(0, healthy - demand.desired);
  Object times;
  for (const auto& [name, time] : disrupted.times) times.set(name, time);
  const Value made = Object(budget["status"])
                         .set("currentHealthy", healthy)
                         .set("desiredHealthy", demand.desired)
                         .set("expectedPods", demand.expected)
                         .set("disruptionsAllowed", allowed)
                         .set("observedGeneration", metadata(budget)["generation"])
                         .set("disruptedPods", disrupted.times.empty() ? Value() : times.build())
                         .build();
  const Condition condition{kAllowed, allowed > 0 ? "True" : "False",
                            allowed > 0 ? "SufficientPods" : "InsufficientPods"};
  return with_allowed_condition(budget.with("status", made), condition, now);
}

Value with_failed_status(const Value& budget, std::string_view error, std::string_view now) {
  const Value closed = budget.with_in({"status", "disruptionsAllowed"}, 0);
  return with_allowed_condition(closed, {kAllowed, "False", "SyncFailed", error}, now);
}

}  // namespace sim::k8s
