// tests/k8s/pods_controller_test.cpp: what controllers share: pods, expectations, claims, hashes.

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

#include "engine/sync/timer.h"
#include "sim/json/parse.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/batch.h"
#include "sim/k8s/controllers/claim.h"
#include "sim/k8s/controllers/expectations.h"
#include "sim/k8s/controllers/pod_control.h"
#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/revision_hash.h"
#include "sim/k8s/controllers/rollout_math.h"
#include "tests/support/in_world.h"
#include "tests/support/simulate.h"

namespace {

using namespace sim::k8s;

Value json(std::string_view text) {
  const sim::json::Parsed parsed = sim::json::parse(text);
  REQUIRE(parsed.error.empty());
  return parsed.value;
}

const int64_t kNow = *parse_time("2026-01-01T01:00:00Z");

Value pod(std::string_view name, std::string_view node, std::string_view phase) {
  return new_object({"v1", "Pod"}, "default", name)
      .with_in({"metadata", "uid"}, "uid-" + std::string(name))
      .with_in({"metadata", "creationTimestamp"}, "2026-01-01T00:30:00Z")
      .with_in({"spec", "nodeName"}, node)
      .with_in({"status", "phase"}, phase);
}
Value ready(const Value& object, std::string_view since) {
  return with_condition(object, {"Ready", "True"}, since);
}

std::string names(const std::vector<Value>& objects) {
  std::string out;
  for (const Value& object : objects) {
    if (!out.empty()) out += ' ';
    out += name_of(object);
  }
  return out;
}

}  // namespace

TEST_CASE("A pod is available once it has been ready for longer than it must") {
  const support::InWorld world;
  const Value young = ready(pod("a", "n1", "Running"), "2026-01-01T00:59:50Z");
  CHECK(is_pod_available(young, 0, kNow));
  CHECK(is_pod_available(young, 9, kNow));
  CHECK_FALSE(is_pod_available(young, 10, kNow));
  CHECK_FALSE(is_pod_available(pod("b", "n1", "Running"), 0, kNow));
}

TEST_CASE("Ended and marked pods count no more") {
  const support::InWorld world;
  const Value runs = pod("runs", "n1", "Running");
  const Value marked = with_meta(runs, "deletionTimestamp", "2026-01-01T00:59:50Z");
  CHECK(is_pod_active(runs));
  CHECK_FALSE(is_pod_active(marked));
  CHECK(is_pod_terminating(marked));
  CHECK_FALSE(is_pod_active(pod("done", "n1", "Succeeded")));
  CHECK_FALSE(is_pod_active(pod("bad", "n1", "Failed")));
}

TEST_CASE("Pods that nobody misses are deleted first") {
  const support::InWorld world;
  const Value settled = ready(pod("settled", "n1", "Running"), "2026-01-01T00:31:00Z");
  const Value restless =
      settled.with_in({"metadata", "name"}, "restless")
          .with_in({"metadata", "uid"}, "uid-restless")
          .with_in({"status", "containerStatuses"}, json(R"([{"restartCount": 3}])"));
  const std::vector<Value> pods = {
      settled,
      restless,
      ready(pod("fresh", "n1", "Running"), "2026-01-01T00:59:58Z"),
      with_annotation(ready(pod("cheap", "n1", "Running"), "2026-01-01T00:31:00Z"),
                      "controller.kubernetes.io/pod-deletion-cost", "-10"),
      pod("unready", "n1", "Running"),
      pod("unknown", "n1", "Unknown"),
      pod("pending", "n1", "Pending"),
      pod("unplaced", "", "Pending"),
  };
  CHECK(names(ranked_for_deletion(pods, {}, kNow)) ==
        "unplaced pending unknown unready cheap fresh restless settled");
}

TEST_CASE("Of two pods the one that shares its node with more goes first") {
  const support::InWorld world;
  const Value alone = ready(pod("alone", "n1", "Running"), "2026-01-01T00:59:58Z");
  const Value crowded = ready(pod("crowded", "n2", "Running"), "2026-01-01T00:31:00Z");
  const std::vector<Value> pods = {alone, crowded};
  const std::vector<Value> related = {alone, crowded, pod("other", "n2", "Running")};
  CHECK(names(ranked_for_deletion(pods, related, kNow)) == "crowded alone");
  CHECK(names(ranked_for_deletion(pods, {}, kNow)) == "alone crowded");
}

TEST_CASE("A younger pod goes before one that is more than twice as old") {
  const support::InWorld world;
  const Value old = pod("old", "n1", "Running");
  const Value young =
      with_meta(pod("young", "n1", "Running"), "creationTimestamp", "2026-01-01T00:59:00Z");
  const std::vector<Value> pods = {old, young};
  CHECK(names(ranked_for_deletion(pods, {}, kNow)) == "young old");
}

TEST_CASE("A controller waits until it has seen what it asked for") {
  const support::InWorld world;
  const Expectations expectations;
  const engine::Instant begin{};
  CHECK(expectations.satisfied("a/web", begin));
  expectations.expect("a/web", 2, {}, begin);
  expectations.created("a/web");
  CHECK_FALSE(expectations.satisfied("a/web", begin));
  CHECK(expectations.pending_creations("a/web") == 1);
  expectations.created("a/web");
  CHECK(expectations.satisfied("a/web", begin));
}

TEST_CASE("One pod's end counts once, however often it is told") {
  const support::InWorld world;
  const Expectations expectations;
  const std::vector<std::string> uids = {"u1", "u2"};
  expectations.expect("a/web", 0, uids, {});
  expectations.deleted("a/web", "u1");
  expectations.deleted("a/web", "u1");
  expectations.deleted("a/web", "other");
  CHECK(expectations.pending_deletions("a/web") == 1);
  CHECK_FALSE(expectations.satisfied("a/web", {}));
  expectations.deleted("a/web", "u2");
  CHECK(expectations.satisfied("a/web", {}));
}

TEST_CASE("What does not come within five minutes is expected no more") {
  const support::InWorld world;
  const Expectations expectations;
  expectations.expect("a/web", 1, {}, {});
  CHECK_FALSE(expectations.satisfied("a/web", engine::Instant{} + 300 * engine::kSecond));
  CHECK(expectations.satisfied("a/web", engine::Instant{} + 301 * engine::kSecond));
}

TEST_CASE("Orphans that match are adopted, children that no longer do are released") {
  const support::InWorld world;
  const Value set =
      new_object({"apps/v1", "ReplicaSet"}, "default", "web").with_in({"metadata", "uid"}, "set-1");
  const Value owner = controller_reference(set, {"apps/v1", "ReplicaSet"});
  const auto owned = [&](std::string_view name, std::string_view app, const Value& reference) {
    return with_label(pod(name, "n1", "Running"), "app", app)
        .with_in({"metadata", "ownerReferences"}, sim::json::Array().add(reference).build());
  };
  const std::vector<Value> pods = {
      owned("mine", "web", owner),
      owned("left", "other", owner),
      owned("theirs", "web", owner.with("uid", "set-2")),
      with_label(pod("orphan", "n1", "Running"), "app", "web"),
      with_label(pod("stranger", "n1", "Running"), "app", "db"),
  };
  const LabelSelector selector = LabelSelector::from(json(R"({"matchLabels": {"app": "web"}})"));
  const Claims claims = claims_of(set, selector, pods);
  CHECK(names(claims.owned) == "mine");
  CHECK(names(claims.to_adopt) == "orphan");
  CHECK(names(claims.to_release) == "left");
  CHECK(adoption_patch(pods[3], owner, "f").to_json() ==
        R"({"metadata":{"finalizers":["f"],"ownerReferences":[{"apiVersion":"apps/v1",)"
        R"("blockOwnerDeletion":true,"controller":true,"kind":"ReplicaSet","name":"web",)"
        R"("uid":"set-1"}],"uid":"uid-orphan"}})");
  CHECK(release_patch(pods[1], set, "").to_json() ==
        R"({"metadata":{"ownerReferences":[{"$patch":"delete","uid":"set-1"}],)"
        R"("uid":"uid-left"}})");

  const Value leaving = with_meta(set, "deletionTimestamp", "2026-01-01T00:59:50Z");
  const Claims at_end = claims_of(leaving, selector, pods);
  CHECK(names(at_end.owned) == "mine");
  CHECK(at_end.to_adopt.empty());
  CHECK(at_end.to_release.empty());
}

TEST_CASE("A pod takes over its template and is named after its owner") {
  const support::InWorld world;
  const Value set =
      new_object({"apps/v1", "ReplicaSet"}, "shop", "web-7d").with_in({"metadata", "uid"}, "set-1");
  const Value made = pod_from_template(
      json(R"({"metadata": {"labels": {"app": "web"}}, "spec": {"restartPolicy": "Always"}})"), set,
      kReplicaSets);
  CHECK(metadata(made)["generateName"].text() == "web-7d-");
  CHECK(namespace_of(made) == "shop");
  CHECK(labels_of(made)["app"].text() == "web");
  CHECK(controller_of(made)["name"].text() == "web-7d");
  CHECK(made["spec"]["restartPolicy"].text() == "Always");
}

TEST_CASE("Hashes are written with letters that make no words") {
  const support::InWorld world;
  // Each byte picks a letter: '0' is 48, and 48 mod 27 is 21.
  CHECK(safe_encode("0123456789") == "456789bcdf");
  const Value a = json(R"({"spec": {"a": 1, "b": 2}})");
  const Value same = json(R"({"spec": {"b": 2, "a": 1}})");
  const Value other = json(R"({"spec": {"a": 1, "b": 3}})");
  CHECK(template_hash(a, {}) == template_hash(same, {}));
  CHECK(template_hash(a, {}) != template_hash(other, {}));
  CHECK(template_hash(a, {}) != template_hash(a, 1));
  CHECK(template_hash(a, 1) != template_hash(a, 2));
  const std::string hash = template_hash(a, {});
  CHECK(hash.size() <= 10);
  CHECK(hash.find_first_not_of("bcdfghjklmnpqrstvwxz2456789") == std::string::npos);
}

TEST_CASE("Shares are rounded up for surge and down for what may be missing") {
  const support::InWorld world;
  using namespace rollout;
  CHECK(share_of("25%", 10, Round::kUp) == 3);
  CHECK(share_of("25%", 10, Round::kDown) == 2);
  CHECK(share_of(4, 10, Round::kUp) == 4);
  CHECK_FALSE(share_of("x%", 10, Round::kUp).has_value());
  CHECK_FALSE(share_of({}, 10, Round::kUp).has_value());
  const Limits nothing = limits_of(json(R"({"maxSurge": 0, "maxUnavailable": "10%"})"), 5);
  CHECK(nothing.surge == 0);
  CHECK(nothing.unavailable == 1);  // else it would never end
  CHECK(rounded(5, 2) == 3);
  CHECK(rounded(-5, 2) == -3);
  CHECK(rounded(4, 3) == 1);
}

namespace {

engine::Task<engine::Error> fails_from(int64_t bad, int64_t index) {
  engine::println("request", index, "at", engine::now().ns / engine::kSecond.ns);
  co_await engine::sleep_for(engine::kSecond);
  if (index < bad) co_return nullptr;
  co_return engine::errors_new("exceeded quota");
}

engine::Task<> slow_start() {
  const IndexedAction action = [](int64_t index) { return fails_from(4, index); };
  const BatchResult result = co_await run_slow_start(20, action);
  engine::println(result.succeeded, result.error);
}

}  // namespace

TEST_CASE("Batches double until one fails") {
  CHECK(support::simulate(slow_start).out ==
        "request 0 at 0\n"
        "request 1 at 1\n"
        "request 2 at 1\n"
        "request 3 at 2\n"
        "request 4 at 2\n"
        "request 5 at 2\n"
        "request 6 at 2\n"
        "4 exceeded quota\n");
}
