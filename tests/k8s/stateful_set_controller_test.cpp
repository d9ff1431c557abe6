// tests/k8s/stateful_set_controller_test.cpp: pods with names that stay, one after the other.

#include <catch_amalgamated.hpp>

#include <map>
#include <string>
#include <vector>

#include "sim/json/parse.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/revisions.h"
#include "sim/k8s/controllers/stateful_set.h"
#include "tests/support/in_world.h"

namespace {

using namespace sim::k8s;
using namespace sim::k8s::stateful;

Value json(std::string_view text) {
  const sim::json::Parsed parsed = sim::json::parse(text);
  REQUIRE(parsed.error.empty());
  return parsed.value;
}

Value db(int64_t replicas) {
  return json(R"({"apiVersion": "apps/v1", "kind": "StatefulSet",
    "metadata": {"name": "db", "namespace": "default", "uid": "set-1", "generation": 4},
    "spec": {"serviceName": "dbs", "podManagementPolicy": "OrderedReady",
      "selector": {"matchLabels": {"app": "db"}},
      "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
      "revisionHistoryLimit": 10,
      "template": {"metadata": {"labels": {"app": "db"}},
        "spec": {"containers": [{"name": "db", "image": "db:2"}]}}}})")
      .with_in({"spec", "replicas"}, replicas);
}
Value with_storage(const Value& set) {
  return set.with_in({"spec", "volumeClaimTemplates"}, json(R"([{"metadata": {"name": "data"},
                               "spec": {"accessModes": ["ReadWriteOnce"]}}])"));
}

// One cluster: the set, its revisions, its pods and claims.
struct Fixture {
  Value set;
  Value old_revision;
  Value new_revision;
  std::vector<Value> pods;
  std::map<std::string, Value, std::less<>> claims;

  explicit Fixture(Value s) : set(std::move(s)) {
    pods.reserve(8);  // so that what add() gives stays
    old_revision = make_set_revision(
        set.with_in({"spec", "template", "spec"}, json(R"({"containers": [{"image": "db:1"}]})")),
        1, 0);
    new_revision = make_set_revision(set, 2, 0);
  }
  // A pod of a revision that is as it should be.
  Value& add(int64_t ordinal, const Value& revision) {
    Value pod = make_pod(revisions::restored(set, revision), ordinal);
    pod = with_label(pod, revisions::kPodLabel, name_of(revision));
    pod = with_meta(pod, "uid", "uid-" + std::to_string(ordinal));
    pod = with_condition(pod.with_in({"status", "phase"}, "Running"), {"Ready", "True"},
                         "2026-01-01T00:30:00Z");
    pods.push_back(pod);
    return pods.back();
  }
  [[nodiscard]] Input input() const {
    Input in;
    in.set = set;
    in.current = old_revision;
    in.update = new_revision;
    in.pods = pods;
    in.now_ns = *parse_time("2026-01-01T01:00:00Z");
    in.claim = [this](std::string_view name) {
      const auto found = claims.find(name);
      return found == claims.end() ? Value() : found->second;
    };
    return in;
  }
  // "create db-0, delete db-2": what is to be done.
  [[nodiscard]] std::string steps() const {
    constexpr std::string_view kVerbs[] = {"create ", "delete ", "update ", "claims of "};
    std::string out;
    for (const std::vector<Step>& phase : plan_stateful_set(input()).phases) {
      for (const Step& step : phase) {
        if (!out.empty()) out += ", ";
        out += kVerbs[static_cast<size_t>(step.kind)];
        out += name_of(step.pod);
      }
    }
    return out;
  }
};

Value marked(const Value& pod) {
  return with_meta(pod, "deletionTimestamp", "2026-01-01T00:59:00Z");
}
Value unready(const Value& pod) {
  return with_condition(pod, {"Ready", "False"}, "2026-01-01T00:59:00Z");
}

}  // namespace

TEST_CASE("A pod of a StatefulSet has a name, a host name and labels that stay") {
  const support::InWorld world;
  const Value pod = make_pod(with_storage(db(3)), 2);
  CHECK(name_of(pod) == "db-2");
  CHECK(labels_of(pod)[kPodNameLabel].text() == "db-2");
  CHECK(labels_of(pod)[kPodIndexLabel].text() == "2");
  CHECK(pod["spec"]["hostname"].text() == "db-2");
  CHECK(pod["spec"]["subdomain"].text() == "dbs");
  CHECK(pod["spec"]["volumes"].to_json() ==
        R"([{"name":"data","persistentVolumeClaim":{"claimName":"data-db-2"}}])");
  CHECK(is_member(db(3), pod));
  CHECK_FALSE(is_member(db(3), with_meta(pod, "name", "db-2-1")));
  CHECK_FALSE(identity_of(with_meta(pod, "name", "db-x")).has_value());
}

TEST_CASE("Pods are created in order, each when the one before it is ready") {
  const support::InWorld world;
  Fixture cluster(db(3));
  CHECK(cluster.steps() == "create db-0");
  Value& first = cluster.add(0, cluster.new_revision);
  first = unready(first);
  CHECK(cluster.steps().empty());
  first = with_condition(first, {"Ready", "True"}, "2026-01-01T00:59:30Z");
  CHECK(cluster.steps() == "create db-1");
  // Ready is not enough if it has to be so for a while.
  cluster.set = cluster.set.with_in({"spec", "minReadySeconds"}, 60);
  CHECK(cluster.steps().empty());
}

TEST_CASE("In parallel all are created at once, whatever the others do") {
  const support::InWorld world;
  Fixture cluster(db(3).with_in({"spec", "podManagementPolicy"}, "Parallel"));
  Value& only = cluster.add(1, cluster.new_revision);
  only = unready(only);
  CHECK(cluster.steps() == "create db-0, create db-2");
  CHECK_FALSE(plan_stateful_set(cluster.input()).in_order);
}

TEST_CASE("A name is used again only when its pod is gone") {
  const support::InWorld world;
  Fixture cluster(db(2));
  Value& first = cluster.add(0, cluster.new_revision);
  cluster.add(1, cluster.new_revision);
  first = first.with_in({"status", "phase"}, "Failed");
  CHECK(cluster.steps() == "delete db-0");
  first = marked(first);
  CHECK(cluster.steps().empty());
  cluster.pods.erase(cluster.pods.begin());
  CHECK(cluster.steps() == "create db-0");
}

TEST_CASE("A pod that is being deleted holds up those behind it, in order") {
  const support::InWorld world;
  Fixture cluster(db(2));
  Value& first = cluster.add(0, cluster.new_revision);
  first = marked(first);
  CHECK(cluster.steps().empty());
  cluster.set = cluster.set.with_in({"spec", "podManagementPolicy"}, "Parallel");
  CHECK(cluster.steps() == "create db-1");
}

TEST_CASE("A StatefulSet shrinks from its highest number, one at a time") {
  const support::InWorld world;
  Fixture cluster(db(1));
  for (int64_t i = 0; i < 4; ++i) cluster.add(i, cluster.new_revision);
  CHECK(cluster.steps() == "delete db-3");
  cluster.pods[3] = marked(cluster.pods[3]);
  CHECK(cluster.steps().empty());
  cluster.pods.pop_back();
  // Nothing goes while another surplus pod is not well, but for that pod itself.
  cluster.pods[1] = unready(cluster.pods[1]);
  CHECK(cluster.steps() == "delete db-2");
  cluster.pods[2] = unready(cluster.pods[2]);
  CHECK(cluster.steps() == "delete db-2");
  cluster.pods[0] = unready(cluster.pods[0]);
  CHECK(cluster.steps().empty());
  cluster.set = cluster.set.with_in({"spec", "podManagementPolicy"}, "Parallel");
  CHECK(cluster.steps() == "delete db-2, delete db-1");
}

TEST_CASE("An update goes from the highest number down to the partition") {
  const support::InWorld world;
  Fixture cluster(db(3));
  for (int64_t i = 0; i < 3; ++i) cluster.add(i, cluster.old_revision);
  const Plan plan = plan_stateful_set(cluster.input());
  CHECK(cluster.steps() == "delete db-2");
  CHECK(plan.status["currentReplicas"].integer() == 2);
  cluster.pods.pop_back();
  CHECK(cluster.steps() == "create db-2");
  Value& newest = cluster.add(2, cluster.new_revision);
  newest = unready(newest);
  CHECK(cluster.steps().empty());  // it has to be well before the next one goes
  newest = with_condition(newest, {"Ready", "True"}, "2026-01-01T00:59:30Z");
  CHECK(cluster.steps() == "delete db-1");
  cluster.set = cluster.set.with_in({"spec", "updateStrategy", "rollingUpdate", "partition"}, 2);
  CHECK(cluster.steps().empty());
}

TEST_CASE("Below the partition pods are made of the revision before the update") {
  const support::InWorld world;
  Fixture cluster(db(3));
  cluster.set = cluster.set.with_in({"spec", "updateStrategy", "rollingUpdate", "partition"}, 1);
  const auto created = [&](size_t phase) {
    const Plan plan = plan_stateful_set(cluster.input());
    REQUIRE(plan.phases[phase].size() == 1);
    const Value& pod = plan.phases[phase][0].pod;
    return std::string(name_of(pod)) + " " +
           std::string(pod["spec"]["containers"][0]["image"].text());
  };
  CHECK(created(0) == "db-0 db:1");
  cluster.add(0, cluster.old_revision);
  CHECK(created(0) == "db-1 db:2");
}

TEST_CASE("Updates on deletion wait for somebody to delete") {
  const support::InWorld world;
  Fixture cluster(db(1).with_in({"spec", "updateStrategy"}, json(R"({"type": "OnDelete"})")));
  cluster.add(0, cluster.old_revision);
  CHECK(cluster.steps().empty());
}

TEST_CASE("The status counts pods by state and revision") {
  const support::InWorld world;
  Fixture cluster(db(3));
  cluster.add(0, cluster.old_revision);
  cluster.add(1, cluster.old_revision);
  Value& newest = cluster.add(2, cluster.new_revision);
  newest = unready(newest);
  const Value status = status_of(cluster.input());
  CHECK(status["replicas"].integer() == 3);
  CHECK(status["readyReplicas"].integer() == 2);
  CHECK(status["currentReplicas"].integer() == 2);
  CHECK(status["updatedReplicas"].integer() == 1);
  CHECK(status["currentRevision"].text() == name_of(cluster.old_revision));
  CHECK(status["updateRevision"].text() == name_of(cluster.new_revision));
  CHECK(status["observedGeneration"].integer() == 4);
}

TEST_CASE("When all pods are updated the update is what is current") {
  const support::InWorld world;
  Fixture cluster(db(2));
  cluster.add(0, cluster.new_revision);
  cluster.add(1, cluster.new_revision);
  const Value status = status_of(cluster.input());
  CHECK(status["currentRevision"].text() == name_of(cluster.new_revision));
  CHECK(status["currentReplicas"].integer() == 2);
}

TEST_CASE("A pod's claims are created before it, and stay when it goes") {
  const support::InWorld world;
  Fixture cluster(with_storage(db(1)));
  const Plan plan = plan_stateful_set(cluster.input());
  const Step& step = plan.phases[0][0];
  REQUIRE(step.new_claims.size() == 1);
  const Value& claim = step.new_claims[0];
  CHECK(name_of(claim) == "data-db-0");
  CHECK(labels_of(claim)["app"].text() == "db");
  CHECK_FALSE(metadata(claim).contains("ownerReferences"));
  cluster.claims["data-db-0"] = claim;
  CHECK(plan_stateful_set(cluster.input()).phases[0][0].new_claims.empty());
  cluster.claims["data-db-0"] = marked(claim);
  CHECK(plan_stateful_set(cluster.input()).phases[0][0].problem ==
        "pvc data-db-0 is being deleted");
}

TEST_CASE("Claims that go with the set belong to it, those that go with a pod to the pod") {
  const support::InWorld world;
  const Value set =
      with_storage(db(1)).with_in({"spec", "persistentVolumeClaimRetentionPolicy"},
                                  json(R"({"whenDeleted": "Delete", "whenScaled": "Delete"})"));
  Fixture cluster(set);
  cluster.add(0, cluster.new_revision);
  cluster.add(1, cluster.new_revision);
  const Value kept = claims_of_pod(set, cluster.pods[0])[0];
  const Value surplus = claims_of_pod(set, cluster.pods[1])[0];
  const Value of_set = with_claim_owners(set, cluster.pods[0], kept);
  CHECK(controller_of(of_set)["uid"].text() == "set-1");
  const Value of_pod = with_claim_owners(set, cluster.pods[1], surplus);
  CHECK(controller_of(of_pod)["uid"].text() == "uid-1");
  CHECK(metadata(of_pod)["ownerReferences"].size() == 1);
  cluster.claims["data-db-0"] = of_set;
  cluster.claims["data-db-1"] = surplus;
  CHECK(cluster.steps() == "claims of db-1, delete db-1");
  cluster.claims["data-db-1"] = of_pod;
  CHECK(cluster.steps() == "delete db-1");
  // A new pod of that name waits until the claim has gone with the old one.
  cluster.set = set.with_in({"spec", "replicas"}, 2);
  cluster.pods.pop_back();
  CHECK(cluster.steps().empty());
  cluster.claims.erase("data-db-1");
  CHECK(cluster.steps() == "create db-1");
}

TEST_CASE("A template that was there before is its old revision with a new number") {
  const support::InWorld world;
  const Value set = db(1);
  const Value other = set.with_in({"spec", "template", "spec"}, json(R"({"containers": []})"));
  const std::vector<Value> none;
  CHECK(plan_revision(set, none).create == 1);
  const std::vector<Value> both = {make_set_revision(set, 1, 0), make_set_revision(other, 2, 0)};
  CHECK(plan_revision(other, both).existing == both[1]);
  CHECK(plan_revision(other, both).renumber == 0);
  CHECK(plan_revision(set, both).existing == both[0]);
  CHECK(plan_revision(set, both).renumber == 3);
  CHECK(revisions::restored(other, both[0])["spec"]["template"] == set["spec"]["template"]);
  CHECK(name_of(make_set_revision(set, 1, 0)) != name_of(make_set_revision(set, 1, 1)));
}
