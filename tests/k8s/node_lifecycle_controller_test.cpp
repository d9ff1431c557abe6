// tests/k8s/node_lifecycle_controller_test.cpp: silent nodes, failing zones, taints and evictions.

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/node_health.h"
#include "sim/k8s/controllers/node_zones.h"
#include "sim/k8s/controllers/taint_eviction.h"
#include "sim/k8s/controllers/taints.h"
#include "tests/support/in_world.h"

using namespace sim::k8s;
using engine::Instant;
using engine::kMillisecond;
using engine::kSecond;
using sim::json::parse;

namespace {

constexpr std::string_view kNow = "2026-01-01T01:00:00Z";
constexpr int64_t kUnix = 1'767'225'600;

Instant at(int64_t seconds) {
  return Instant{} + seconds * kSecond;
}

Value node(std::string_view ready, std::string_view heartbeat = "2026-01-01T00:00:00Z") {
  const Value plain =
      parse(R"({"metadata": {"name": "n1", "creationTimestamp": "2026-01-01T00:00:00Z"},
                "status": {"conditions": [
                  {"type": "MemoryPressure", "status": "False"},
                  {"type": "Ready", "reason": "KubeletReady"}]}})")
          .value;
  const Value conditions = sim::json::Array()
                               .add(plain["status"]["conditions"][0])
                               .add(plain["status"]["conditions"][1]
                                        .with("status", ready)
                                        .with("lastHeartbeatTime", heartbeat))
                               .build();
  return plain.with_in({"status", "conditions"}, conditions);
}

Value lease(std::string_view renewed) {
  return Value::empty_object().with_in({"spec", "renewTime"}, renewed);
}

NodeLook look(const Value& of, int64_t seconds, const Value& with_lease = {}) {
  NodeLook made;
  made.node = of;
  made.lease = with_lease;
  made.now = at(seconds);
  made.now_unix_ns = (kUnix + seconds) * kSecond.ns;
  return made;
}

Value taint(std::string_view key, std::string_view effect) {
  return Value::empty_object().with("key", key).with("effect", effect);
}

}  // namespace

TEST_CASE("A node that was heard of is silent fifty seconds later, not before") {
  const support::InWorld world;
  const NodeHealth health = observed_health(std::nullopt, look(node("True"), 100));
  CHECK(judged_node(health, look(node("True"), 149), kNow) == node("True"));
  const Value silent = judged_node(health, look(node("True"), 150), kNow);
  CHECK(ready_status(silent) == "Unknown");
  const Value& ready = condition_of(silent, "Ready");
  CHECK(ready["reason"].text() == "NodeStatusUnknown");
  CHECK(ready["message"].text() == "Kubelet stopped posting node status.");
  CHECK(ready["lastTransitionTime"].text() == kNow);
  CHECK(ready["lastHeartbeatTime"].text() == "2026-01-01T00:00:00Z");
  CHECK(condition_of(silent, "MemoryPressure")["status"].text() == "Unknown");
  // What it never reported.
  CHECK(condition_of(silent, "PIDPressure")["reason"].text() == "NodeStatusNeverUpdated");
  CHECK(condition_of(silent, "PIDPressure")["message"].text() ==
        "Kubelet never posted node status.");
}

TEST_CASE("Either a heartbeat or a renewed lease is a sign of life") {
  const support::InWorld world;
  const Value early = lease("2026-01-01T00:00:00.000000Z");
  const Value later = lease("2026-01-01T00:00:10.000000Z");
  const NodeHealth first = observed_health(std::nullopt, look(node("True"), 100, early));
  CHECK(observed_health(first, look(node("True"), 140, early)).probed == at(100));
  CHECK(observed_health(first, look(node("True"), 140, later)).probed == at(140));
  const Value beat = node("True", "2026-01-01T00:05:00Z");
  CHECK(observed_health(first, look(beat, 140, early)).probed == at(140));
}

TEST_CASE("A node whose clock is wrong is judged by when its word was seen") {
  const support::InWorld world;
  const Value old = node("True", "2020-01-01T00:00:00Z");
  const NodeHealth health = observed_health(std::nullopt, look(old, 100));
  CHECK(health.probed == at(100));
}

TEST_CASE("A node that was never heard of has a minute from its creation") {
  const support::InWorld world;
  const Value fresh = node("True").with("status", {});
  const NodeHealth health = observed_health(std::nullopt, look(fresh, 20));
  CHECK(health.probed == at(0));
  CHECK(judged_node(health, look(fresh, 59), kNow) == fresh);
  const Value silent = judged_node(health, look(fresh, 60), kNow);
  CHECK(condition_of(silent, "Ready")["reason"].text() == "NodeStatusNeverUpdated");
}

TEST_CASE("What is Unknown already stays as it is") {
  const support::InWorld world;
  const NodeHealth health = observed_health(std::nullopt, look(node("True"), 0));
  const Value once = judged_node(health, look(node("True"), 60), kNow);
  CHECK(judged_node(health, look(once, 65), "2026-01-01T02:00:00Z") == once);
}

TEST_CASE("A zone is disrupted from three unhealthy nodes that are 55 percent") {
  CHECK(zone_state({.ready = 5, .not_ready = 2}) == ZoneState::kNormal);
  CHECK(zone_state({.ready = 1, .not_ready = 2}) == ZoneState::kNormal);
  CHECK(zone_state({.ready = 3, .not_ready = 3}) == ZoneState::kNormal);
  CHECK(zone_state({.ready = 9, .not_ready = 11}) == ZoneState::kPartialDisruption);
  CHECK(zone_state({.ready = 0, .not_ready = 1}) == ZoneState::kFullDisruption);
  CHECK(zone_state({}) == ZoneState::kNormal);
}

TEST_CASE("A disrupted zone evicts slowly if it is large, and not at all if it is small") {
  CHECK(eviction_pace(ZoneState::kNormal, 10) == 10 * kSecond);
  CHECK(eviction_pace(ZoneState::kPartialDisruption, 51) == 100 * kSecond);
  CHECK(eviction_pace(ZoneState::kPartialDisruption, 50) == std::nullopt);
  CHECK(eviction_pace(ZoneState::kFullDisruption, 10) == 10 * kSecond);
}

TEST_CASE("When all zones fail at once nobody is driven out, until they recover") {
  const support::InWorld world;
  ZoneModes modes;
  const std::map<std::string, ZoneCounts> well = {{"a", {3, 0}}, {"b", {3, 0}}};
  const std::map<std::string, ZoneCounts> one = {{"a", {0, 3}}, {"b", {3, 0}}};
  const std::map<std::string, ZoneCounts> none = {{"a", {0, 3}}, {"b", {0, 3}}};
  CHECK(modes.update(well).paces.size() == 2);
  CHECK(modes.update(well).paces.empty());
  const ZoneModes::Change lost_one = modes.update(one);
  CHECK(lost_one.paces.at("a") == 10 * kSecond);
  CHECK_FALSE(lost_one.forgive_all);
  const ZoneModes::Change lost_all = modes.update(none);
  CHECK(lost_all.forgive_all);
  CHECK(lost_all.paces.at("a") == std::nullopt);
  CHECK(lost_all.paces.at("b") == std::nullopt);
  CHECK_FALSE(modes.update(none).forgive_all);
  const ZoneModes::Change back = modes.update(one);
  CHECK(back.restart_grace);
  CHECK(back.paces.at("a") == 10 * kSecond);
  CHECK(back.paces.at("b") == 10 * kSecond);
}

TEST_CASE("Nodes of a zone get their taint one every ten seconds") {
  const support::InWorld world;
  EvictionQueue queue;
  CHECK(queue.add("n1"));
  CHECK(queue.add("n2"));
  CHECK_FALSE(queue.add("n1"));
  CHECK(queue.take(at(100)) == "n1");
  CHECK(queue.take(at(100)) == std::nullopt);
  CHECK(queue.take(at(109)) == std::nullopt);
  CHECK(queue.take(at(110)) == "n2");
  // It has had its turn, until it is well again.
  CHECK_FALSE(queue.add("n1"));
  queue.remove("n1");
  CHECK(queue.add("n1"));
}

TEST_CASE("A zone whose evictions are stopped starts anew at its next pace") {
  const support::InWorld world;
  EvictionQueue queue;
  queue.add("n1");
  queue.set_pace(std::nullopt, at(0));
  CHECK(queue.take(at(1000)) == std::nullopt);
  queue.set_pace(100 * kSecond, at(1000));
  CHECK(queue.take(at(1099)) == std::nullopt);
  CHECK(queue.take(at(1100)) == "n1");
}

TEST_CASE("Conditions become taints that keep new pods away") {
  const support::InWorld world;
  Value ill = with_condition(node("Unknown"), {"MemoryPressure", "True"}, kNow);
  ill = ill.with_in({"spec", "unschedulable"}, true);
  const TaintChange change = condition_taints(ill);
  CHECK(change.add == std::vector<std::string_view>{kTaintUnreachable, kTaintMemoryPressure,
                                                    kTaintUnschedulable});
  const Value tainted = with_taints(ill, change, kNow);
  CHECK(tainted["spec"]["taints"][0] ==
        taint(kTaintUnreachable, "NoSchedule").with("timeAdded", kNow));
  CHECK(condition_taints(tainted).empty());
  const Value well =
      tainted.with("status", node("True")["status"]).with_in({"spec", "unschedulable"}, {});
  const TaintChange back = condition_taints(well);
  CHECK(back.add.empty());
  CHECK_FALSE(with_taints(well, back, kNow)["spec"].contains("taints"));
}

TEST_CASE("Taints of other effects and keys are left alone") {
  const support::InWorld world;
  Value mine =
      node("True").with_in({"spec", "taints"}, sim::json::Array()
                                                   .add(taint("dedicated", "NoSchedule"))
                                                   .add(taint(kTaintUnreachable, "NoExecute"))
                                                   .build());
  CHECK(condition_taints(mine).empty());
  TaintChange change;
  change.effect = kNoExecute;
  change.add = {kTaintNotReady};
  change.remove = {kTaintUnreachable};
  mine = with_taints(mine, change, kNow);
  CHECK(mine["spec"]["taints"].size() == 2);
  CHECK(has_taint(mine, "dedicated", kNoSchedule));
  CHECK(has_taint(mine, kTaintNotReady, kNoExecute));
}

TEST_CASE("A toleration matches by key, value and effect, each of which may be any") {
  const support::InWorld world;
  const Value red = parse(R"({"key": "colour", "value": "red", "effect": "NoExecute"})").value;
  const auto matches = [&](std::string_view text) {
    return toleration_matches(parse(text).value, red);
  };
  CHECK(matches(R"({"operator": "Exists"})"));
  CHECK(matches(R"({"key": "colour", "operator": "Exists"})"));
  CHECK(matches(R"({"key": "colour", "value": "red"})"));
  CHECK(
      matches(R"({"key": "colour", "operator": "Equal", "value": "red", "effect": "NoExecute"})"));
  CHECK_FALSE(matches(R"({"key": "colour", "value": "blue"})"));
  CHECK_FALSE(matches(R"({"key": "colour", "value": "red", "effect": "NoSchedule"})"));
  CHECK_FALSE(matches(R"({"key": "size", "operator": "Exists"})"));
}

TEST_CASE("A pod is evicted when its shortest toleration has run out") {
  const support::InWorld world;
  const std::vector<Value> taints = {taint(kTaintUnreachable, "NoExecute")};
  const Value usual = parse(R"([{"key": "node.kubernetes.io/unreachable", "operator": "Exists",
                                 "effect": "NoExecute", "tolerationSeconds": 300}])")
                          .value;
  EvictionPlan plan;
  const EvictionPlan::Outcome outcome = plan.consider("a/p", usual, taints, at(10));
  CHECK(outcome.evict_at == at(310));
  CHECK_FALSE(outcome.evict_now);
  // The same again changes nothing.
  CHECK(plan.consider("a/p", usual, taints, at(50)).evict_at == std::nullopt);
  CHECK_FALSE(plan.take_due("a/p", at(309)));
  CHECK(plan.take_due("a/p", at(310)));
  CHECK(plan.size() == 0);
}

TEST_CASE("A taint that goes cancels the eviction") {
  const support::InWorld world;
  const std::vector<Value> taints = {taint(kTaintUnreachable, "NoExecute")};
  const Value patient = parse(R"([{"operator": "Exists", "tolerationSeconds": 60}])").value;
  EvictionPlan plan;
  CHECK_FALSE(plan.consider("a/p", patient, {}, at(0)).cancelled);
  plan.consider("a/p", patient, taints, at(0));
  CHECK(plan.consider("a/p", patient, {}, at(30)).cancelled);
  CHECK_FALSE(plan.take_due("a/p", at(60)));
}

TEST_CASE("A pod without a toleration goes at once, one with an endless one never") {
  const support::InWorld world;
  const std::vector<Value> taints = {taint(kTaintNotReady, "NoExecute")};
  EvictionPlan plan;
  CHECK(plan.consider("a/p", {}, taints, at(5)).evict_now);
  CHECK(plan.take_due("a/p", at(5)));
  const Value endless = parse(R"([{"operator": "Exists"}])").value;
  const EvictionPlan::Outcome outcome = plan.consider("a/q", endless, taints, at(5));
  CHECK_FALSE(outcome.evict_now);
  CHECK(outcome.evict_at == std::nullopt);
  // Every taint must be tolerated.
  const std::vector<Value> two = {taints[0], taint("dedicated", "NoExecute")};
  const Value one = parse(R"([{"key": "dedicated", "operator": "Exists"}])").value;
  CHECK(plan.consider("a/r", one, two, at(5)).evict_now);
}
