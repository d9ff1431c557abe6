// tests/k8s/replica_set_controller_test.cpp: how many pods a ReplicaSet creates and deletes.

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

#include "sim/json/parse.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/replica_set.h"
#include "tests/support/in_world.h"

namespace {

using namespace sim::k8s;

Value json(std::string_view text) {
  const sim::json::Parsed parsed = sim::json::parse(text);
  REQUIRE(parsed.error.empty());
  return parsed.value;
}

const int64_t kNow = *parse_time("2026-01-01T01:00:00Z");

Value replica_set(int64_t replicas) {
  return json(R"({"apiVersion": "apps/v1", "kind": "ReplicaSet",
    "metadata": {"name": "web", "namespace": "default", "uid": "set-1", "generation": 3},
    "spec": {"selector": {"matchLabels": {"app": "web"}},
      "template": {"metadata": {"labels": {"app": "web", "tier": "front"}}}},
    "status": {"replicas": 0}})")
      .with_in({"spec", "replicas"}, replicas);
}

std::vector<Value> pods(int count, std::string_view phase = "Running") {
  std::vector<Value> all;
  for (int i = 0; i < count; ++i) {
    const std::string name = "web-" + std::to_string(i);
    all.push_back(new_object({"v1", "Pod"}, "default", name)
                      .with_in({"metadata", "uid"}, name)
                      .with_in({"metadata", "labels"}, json(R"({"app": "web"})"))
                      .with_in({"spec", "nodeName"}, "n1")
                      .with_in({"status", "phase"}, phase));
  }
  return all;
}

}  // namespace

TEST_CASE("A ReplicaSet creates what is missing, 500 at a time") {
  const support::InWorld world;
  CHECK(plan_replicas(replica_set(3), pods(1), {}, kNow).create == 2);
  CHECK(plan_replicas(replica_set(3), pods(3), {}, kNow).create == 0);
  CHECK(plan_replicas(replica_set(1200), {}, {}, kNow).create == 500);
}

TEST_CASE("A ReplicaSet deletes the pods that are missed least") {
  const support::InWorld world;
  std::vector<Value> all = pods(3);
  all[0] = with_condition(all[0], {"Ready", "True"}, "2026-01-01T00:30:00Z");
  all[2] = with_condition(all[2], {"Ready", "True"}, "2026-01-01T00:30:00Z");
  const ReplicaChange change = plan_replicas(replica_set(2), all, all, kNow);
  CHECK(change.create == 0);
  REQUIRE(change.remove.size() == 1);
  CHECK(name_of(change.remove[0]) == "web-1");
  CHECK(plan_replicas(replica_set(0), all, all, kNow).remove.size() == 3);
}

TEST_CASE("A ReplicaSet counts pods that have all labels, are ready, and are available") {
  const support::InWorld world;
  std::vector<Value> all = pods(3);
  all[0] = with_condition(all[0], {"Ready", "True"}, "2026-01-01T00:30:00Z");
  all[1] = with_label(with_condition(all[1], {"Ready", "True"}, "2026-01-01T00:59:55Z"), "tier",
                      "front");
  const Value set = replica_set(3).with_in({"spec", "minReadySeconds"}, 10);
  CHECK(replica_set_status(set, all, "", kNow).to_json() ==
        R"({"availableReplicas":1,"fullyLabeledReplicas":1,"observedGeneration":3,)"
        R"("readyReplicas":2,"replicas":3})");
}

TEST_CASE("A ReplicaSet says why it cannot create pods, until it can") {
  const support::InWorld world;
  const Value set = replica_set(3);
  const Value status = replica_set_status(set, pods(1), "exceeded quota", kNow);
  const Value failing = set.with("status", status);
  CHECK(condition_of(failing, "ReplicaFailure").to_json() ==
        R"({"lastTransitionTime":"2026-01-01T01:00:00Z","message":"exceeded quota",)"
        R"("reason":"FailedCreate","status":"True","type":"ReplicaFailure"})");
  CHECK(replica_set_status(failing, pods(1), "another reason", kNow + 1) == status);
  CHECK_FALSE(replica_set_status(failing, pods(3), "", kNow).contains("conditions"));
}
