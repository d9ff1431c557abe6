#include "sim/k8s/controllers/taints.h"

#include <algorithm>

namespace sim::k8s {
namespace {

struct ConditionTaint {
  std::string_view condition;
  std::string_view status;
  std::string_view key;
};

constexpr ConditionTaint kConditionTaints[] = {
    {"Ready", "False", kTaintNotReady},
    {"Ready", "Unknown", kTaintUnreachable},
    {"MemoryPressure", "True", kTaintMemoryPressure},
    {"DiskPressure", "True", kTaintDiskPressure},
    {"NetworkUnavailable", "True", kTaintNetworkUnavailable},
    {"PIDPressure", "True", kTaintPidPressure},
};

bool is_among(std::string_view key, const std::vector<std::string_view>& keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

bool has_taint(const Value& node, std::string_view key, std::string_view effect) {
  for (const Value& taint : node["spec"]["taints"].items()) {
    if (taint["key"].text() == key && taint["effect"].text() == effect) return true;
  }
  return false;
}

Value with_taints(const Value& node, const TaintChange& change, std::string_view now) {
  json::Array taints;
  for (const Value& taint : node["spec"]["taints"].items()) {
    const bool goes =
        taint["effect"].text() == change.effect && is_among(taint["key"].text(), change.remove);
    if (!goes) taints.add(taint);
  }
  for (const std::string_view key : change.add) {
    if (has_taint(node, key, change.effect)) continue;
    taints.add(
        json::Object().set("key", key).set("effect", change.effect).set("timeAdded", now).build());
  }
  return node.with_in({"spec", "taints"}, taints.size() == 0 ? Value() : taints.build());
}

TaintChange condition_taints(const Value& node) {
  TaintChange change;
  change.effect = kNoSchedule;
  const auto want = [&](std::string_view key, bool wanted) {
    const bool has = has_taint(node, key, kNoSchedule);
    if (wanted && !has) change.add.push_back(key);
    if (!wanted && has) change.remove.push_back(key);
  };
  for (const ConditionTaint& each : kConditionTaints) {
    want(each.key, condition_of(node, each.condition)["status"].text() == each.status);
  }
  want(kTaintUnschedulable, node["spec"]["unschedulable"].truth());
  return change;
}

bool toleration_matches(const Value& toleration, const Value& taint) {
  const std::string_view effect = toleration["effect"].text();
  if (!effect.empty() && effect != taint["effect"].text()) return false;
  const std::string_view key = toleration["key"].text();
  if (!key.empty() && key != taint["key"].text()) return false;
  const std::string_view how = toleration["operator"].text();
  if (how == "Exists") return true;
  return (how.empty() || how == "Equal") && toleration["value"].text() == taint["value"].text();
}

std::vector<Value> executing_taints(const Value& node) {
  std::vector<Value> taints;
  for (const Value& taint : node["spec"]["taints"].items()) {
    if (taint["effect"].text() == kNoExecute) taints.push_back(taint);
  }
  return taints;
}

Toleration tolerated_for(const Value& tolerations, const std::vector<Value>& taints) {
  Toleration result;
  for (const Value& taint : taints) {
    const std::span<const Value> all = tolerations.items();
    const auto used = std::find_if(all.begin(), all.end(), [&](const Value& toleration) {
      return toleration_matches(toleration, taint);
    });
    if (used == all.end()) return {Toleration::Kind::kNone, {}};
    const Value& seconds = (*used)["tolerationSeconds"];
    if (!seconds.is_integer()) continue;
    const engine::Duration length = std::max<int64_t>(0, seconds.integer()) * engine::kSecond;
    if (result.kind == Toleration::Kind::kForever || length < result.length) {
      result = {Toleration::Kind::kForSeconds, length};
    }
  }
  return result;
}

}  // namespace sim::k8s
