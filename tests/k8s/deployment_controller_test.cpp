// tests/k8s/deployment_controller_test.cpp: how a Deployment moves pods between its ReplicaSets.

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

#include "sim/json/parse.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/deployment.h"
#include "tests/support/in_world.h"

namespace {

using namespace sim::k8s;
using namespace sim::k8s::deployment;

Value json(std::string_view text) {
  const sim::json::Parsed parsed = sim::json::parse(text);
  REQUIRE(parsed.error.empty());
  return parsed.value;
}

const int64_t kNow = *parse_time("2026-01-01T01:00:00Z");
constexpr std::string_view kNowText = "2026-01-01T01:00:00Z";

Value web(int64_t replicas) {
  return json(R"({"apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "default", "uid": "d1", "generation": 2,
      "annotations": {"team": "shop", "deployment.kubernetes.io/revision": "1"}},
    "spec": {"revisionHistoryLimit": 2, "progressDeadlineSeconds": 600,
      "selector": {"matchLabels": {"app": "web"}},
      "strategy": {"type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
      "template": {"metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "web:2"}]}}}})")
      .with_in({"spec", "replicas"}, replicas);
}

struct Pods {
  int64_t wanted = 0;
  int64_t available = 0;
};
// A set of the image `web:N`, the more recent the higher N.
Value set_of(int64_t n, Pods pods) {
  const std::string number = std::to_string(n);
  const std::string name = "web-" + number;
  return new_object({"apps/v1", "ReplicaSet"}, "default", name)
      .with_in({"metadata", "uid"}, name)
      .with_in({"metadata", "creationTimestamp"}, "2026-01-01T00:0" + number + ":00Z")
      .with_in({"metadata", "annotations", kRevision}, number)
      .with_in({"spec", "replicas"}, pods.wanted)
      .with_in({"spec", "template"},
               json(R"({"metadata": {"labels": {"app": "web", "pod-template-hash": "x"}},
                 "spec": {"containers": [{"name": "web", "image": "web:)" +
                    number + R"("}]}})"))
      .with_in({"status", "replicas"}, pods.wanted)
      .with_in({"status", "readyReplicas"}, pods.available)
      .with_in({"status", "availableReplicas"}, pods.available);
}

std::string text(const std::vector<Scale>& steps) {
  std::string out;
  for (const Scale& step : steps) {
    if (!out.empty()) out += ' ';
    out += step.set + "=" + std::to_string(step.to);
  }
  return out;
}

std::string names(const std::vector<Value>& objects) {
  std::string out;
  for (const Value& object : objects) out += std::string(name_of(object)) + " ";
  return out;
}

}  // namespace

TEST_CASE("The newest set is the one with the deployment's template, the hash aside") {
  const support::InWorld world;
  const std::vector<Value> sets = {set_of(2, {}), set_of(1, {}), set_of(3, {})};
  const Value newest = new_set_of(web(3), sets);
  CHECK(name_of(newest) == "web-2");
  CHECK(names(old_sets_of(sets, newest)) == "web-1 web-3 ");
  CHECK_FALSE(new_set_of(web(3), std::vector<Value>{set_of(1, {})}));
}

TEST_CASE("A new set is named by its template's hash, and selects only its own pods") {
  const support::InWorld world;
  const Value set = make_new_set(web(3), {}, 1);
  const std::string_view hash = labels_of(set)["pod-template-hash"].text();
  CHECK(hash.size() > 3);
  CHECK(name_of(set) == "web-" + std::string(hash));
  CHECK(set["spec"]["selector"]["matchLabels"]["pod-template-hash"].text() == hash);
  CHECK(set["spec"]["selector"]["matchLabels"]["app"].text() == "web");
  CHECK(set["spec"]["template"]["metadata"]["labels"]["pod-template-hash"].text() == hash);
  CHECK(controller_of(set)["uid"].text() == "d1");
  CHECK(replicas_of(set) == 3);
  CHECK(metadata(set)["annotations"].to_json() ==
        R"({"deployment.kubernetes.io/desired-replicas":"3",)"
        R"("deployment.kubernetes.io/max-replicas":"4",)"
        R"("deployment.kubernetes.io/revision":"1","team":"shop"})");
  const Value again = make_new_set(web(3).with_in({"status", "collisionCount"}, 1), {}, 1);
  CHECK(name_of(again) != name_of(set));
}

TEST_CASE("A rollout of ten pods goes up by three and never below eight") {
  const support::InWorld world;
  const Value deployment = web(10);
  const std::vector<Value> old = {set_of(1, {10, 10})};
  // 25 % of ten are three too many, and two too few.
  CHECK(max_surge(deployment) == 3);
  CHECK(max_unavailable(deployment) == 2);
  CHECK(replicas_of(make_new_set(deployment, old, 2)) == 3);
  // Nothing new is available yet: two old ones may go.
  CHECK(text(shrink_old_sets(deployment, old, set_of(2, {3, 0}))) == "web-1=8");
  const std::vector<Value> less = {set_of(1, {8, 8})};
  CHECK(text(shrink_old_sets(deployment, less, set_of(2, {3, 0}))).empty());
  const std::vector<Value> both = {less[0], set_of(2, {3, 0})};
  CHECK(new_set_replicas(deployment, both, both[1]) == 5);
  // Five new ones run: five old ones may go.
  CHECK(text(shrink_old_sets(deployment, less, set_of(2, {5, 5}))) == "web-1=3");
}

TEST_CASE("Old pods that are not available go first, whichever set has them") {
  const support::InWorld world;
  const std::vector<Value> old = {set_of(1, {4, 4}), set_of(3, {6, 1})};
  // 12 pods, 8 have to be available, one new one is not: three that do not run may go. Of those
  // that do there are none to spare.
  CHECK(text(shrink_old_sets(web(10), old, set_of(2, {2, 1}))) == "web-3=3");
}

TEST_CASE("Pods that an old set no longer wants do not count, though its status still has them") {
  const support::InWorld world;
  // Found by k8s_explore, seed 15: web-1 went from 3 to 2, and its status had not followed.
  const std::vector<Value> old = {set_of(1, {.wanted = 2, .available = 3})};
  const Value newest = set_of(2, {.wanted = 3, .available = 2});
  const Value deployment =
      web(5).with_in({"spec", "strategy", "rollingUpdate", "maxUnavailable"}, "50%");
  CHECK(text(shrink_old_sets(deployment, old, newest)).empty());
}

TEST_CASE("A new set never wants more than the deployment") {
  const support::InWorld world;
  const std::vector<Value> all = {set_of(1, {1, 1}), set_of(2, {9, 9})};
  CHECK(new_set_replicas(web(10), all, all[1]) == 10);
  const Value recreate = web(10).with_in({"spec", "strategy"}, json(R"({"type": "Recreate"})"));
  CHECK(new_set_replicas(recreate, all, all[1]) == 10);
  CHECK(max_surge(recreate) == 0);
}

TEST_CASE("A deployment whose number changes scales its one set") {
  const support::InWorld world;
  const Value set = with_replica_annotations(web(3), set_of(2, {3, 3}));
  const std::vector<Value> sets = {set};
  CHECK_FALSE(is_scaling_event(web(3), sets));
  CHECK(is_scaling_event(web(5), sets));
  CHECK(text(scale_sets(web(5), set, {})) == "web-2=5");
  CHECK(text(scale_sets(web(3), set, {})).empty());
}

TEST_CASE("During a rollout all sets grow in proportion") {
  const support::InWorld world;
  // The example of the documentation: 10 replicas, surge 3, unavailable 2, from 10 to 15 while the
  // old set has 8 and the new one 5: the new 5 pods are shared 3 to 2.
  const auto limits = json(R"({"maxSurge": 3, "maxUnavailable": 2})");
  const Value before = web(10).with_in({"spec", "strategy", "rollingUpdate"}, limits);
  const Value after = before.with_in({"spec", "replicas"}, 15);
  const std::vector<Value> old = {with_replica_annotations(before, set_of(1, {8, 8}))};
  const Value fresh = with_replica_annotations(before, set_of(2, {5, 0}));
  CHECK(text(scale_sets(after, fresh, old)) == "web-1=11 web-2=7");
  const Value none = before.with_in({"spec", "replicas"}, 0);
  CHECK(text(scale_sets(none, fresh, old)) == "web-1=0 web-2=0");
}

TEST_CASE("A rollout that is through loses its old sets when it is scaled") {
  const support::InWorld world;
  const Value fresh = with_replica_annotations(web(3), set_of(2, {3, 3}));
  const std::vector<Value> old = {set_of(1, {1, 1})};
  CHECK(text(scale_sets(web(3), fresh, old)) == "web-1=0");
}

TEST_CASE("Going back gives an old set a new revision, and notes the old one") {
  const support::InWorld world;
  const Value set = set_of(2, {});
  const Value back = with_deployment_annotations(web(3), set, 7, true);
  CHECK(annotation_of(back, kRevision) == "7");
  CHECK(annotation_of(back, kRevisionHistory) == "2");
  const Value again = with_deployment_annotations(web(3), back, 9, true);
  CHECK(annotation_of(again, kRevisionHistory) == "2,7");
  CHECK(with_deployment_annotations(web(3), again, 9, true) == again);
  CHECK(with_deployment_annotations(web(3), again, 8, true) == again);
}

TEST_CASE("Old sets beyond the history go, oldest revision first, if they are empty") {
  const support::InWorld world;
  const std::vector<Value> old = {set_of(5, {}), set_of(1, {}), set_of(3, {1, 1}), set_of(4, {}),
                                  set_of(6, {})};
  // Three are too many; the third revision still has a pod.
  CHECK(names(sets_to_clean_up(web(3), old)) == "web-1 web-4 ");
  CHECK(sets_to_clean_up(web(3).with_in({"spec", "revisionHistoryLimit"}, 10), old).empty());
}

TEST_CASE("The status tells of all pods, of new ones, and whether enough are available") {
  const support::InWorld world;
  const std::vector<Value> all = {set_of(1, {2, 2}), set_of(2, {3, 1})};
  const Value status = status_of(web(4), all, all[1], kNowText);
  CHECK(status.without("conditions").to_json() ==
        R"({"availableReplicas":3,"observedGeneration":2,"readyReplicas":3,"replicas":5,)"
        R"("unavailableReplicas":2,"updatedReplicas":3})");
  CHECK(status["conditions"][0].to_json() ==
        R"({"lastTransitionTime":"2026-01-01T01:00:00Z","lastUpdateTime":"2026-01-01T01:00:00Z",)"
        R"("message":"Deployment has minimum availability.","reason":"MinimumReplicasAvailable",)"
        R"("status":"True","type":"Available"})");
  const std::vector<Value> fewer = {set_of(2, {4, 2})};
  const Value short_of = status_of(web(4), fewer, fewer[0], kNowText);
  CHECK(short_of["conditions"][0]["reason"].text() == "MinimumReplicasUnavailable");
}

TEST_CASE("Progress is reported until the rollout is through") {
  const support::InWorld world;
  const Value before =
      web(2).with("status", json(R"({"replicas": 2, "updatedReplicas": 1, "conditions": [
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetCreated",
         "lastUpdateTime": "2026-01-01T00:50:00Z",
         "lastTransitionTime": "2026-01-01T00:40:00Z"}]})"));
  const auto progress = [](const Value& status) {
    return condition_of(Value::empty_object().with("status", status), "Progressing");
  };
  const std::vector<Value> moving = {set_of(1, {1, 1}), set_of(2, {2, 1})};
  const Value further = progress(rollout_status_of(before, moving, moving[1], kNow));
  CHECK(further["reason"].text() == "ReplicaSetUpdated");
  CHECK(further["message"].text() == R"(ReplicaSet "web-2" is progressing.)");
  CHECK(further["lastUpdateTime"].text() == kNowText);
  CHECK(further["lastTransitionTime"].text() == "2026-01-01T00:40:00Z");
  const std::vector<Value> through = {set_of(1, {}), set_of(2, {2, 2})};
  const Value done = progress(rollout_status_of(before, through, through[1], kNow));
  CHECK(done["reason"].text() == "NewReplicaSetAvailable");
  CHECK(done["message"].text() == R"(ReplicaSet "web-2" has successfully progressed.)");
}

TEST_CASE("A rollout without progress exceeds its deadline") {
  const support::InWorld world;
  const std::vector<Value> stuck = {set_of(1, {2, 2}), set_of(2, {1, 0})};
  const Value condition = json(R"({"type": "Progressing", "status": "True",
    "reason": "ReplicaSetUpdated", "lastUpdateTime": "2026-01-01T00:49:59Z"})");
  const Value status = status_of(web(2), stuck, stuck[1], kNowText);
  const Value late =
      web(2).with("status", status.with("conditions", status["conditions"].appended(condition)));
  const Value after = rollout_status_of(late, stuck, stuck[1], kNow);
  const Value& failed = after["conditions"][1];
  CHECK(failed["status"].text() == "False");
  CHECK(failed["reason"].text() == "ProgressDeadlineExceeded");
  CHECK(failed["message"].text() == R"(ReplicaSet "web-2" has timed out progressing.)");
  // A second before that it is only looked at again.
  CHECK(rollout_status_of(late, stuck, stuck[1], kNow - 1'000'000'000) == late["status"]);
  CHECK(recheck_after(late, late["status"], kNow - 60'000'000'000) == 60'000'000'000);
  CHECK(recheck_after(late, late["status"], kNow) == 0);
  CHECK_FALSE(recheck_after(late.with("status", after), after, kNow).has_value());
}

TEST_CASE("A failure of the newest set is the deployment's") {
  const support::InWorld world;
  const Value failing = with_condition(
      set_of(2, {3, 0}), {"ReplicaFailure", "True", "FailedCreate", "quota"}, kNowText);
  const std::vector<Value> all = {failing};
  const Value status = rollout_status_of(web(3), all, failing, kNow);
  const Value holder = Value::empty_object().with("status", status);
  CHECK(condition_of(holder, "ReplicaFailure")["message"].text() == "quota");
}

TEST_CASE("A pause is told, and ends the deadline") {
  const support::InWorld world;
  const Value paused = web(3).with_in({"spec", "paused"}, true);
  const Value held = paused.with("status", pause_status(paused, kNowText));
  CHECK(condition_of(held, "Progressing")["reason"].text() == "DeploymentPaused");
  CHECK(condition_of(held, "Progressing")["status"].text() == "Unknown");
  CHECK(pause_status(held, kNowText) == held["status"]);
  const Value resumed = held.with_in({"spec", "paused"}, false);
  const Value after = resumed.with("status", pause_status(resumed, kNowText));
  CHECK(condition_of(after, "Progressing")["reason"].text() == "DeploymentResumed");
  CHECK(pause_status(web(3), kNowText) == web(3)["status"]);
}
