// tests/k8s/daemon_set_controller_test.cpp: one pod on each node that is fit for it.

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

#include "sim/json/parse.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/daemon_nodes.h"
#include "sim/k8s/controllers/daemon_set.h"
#include "sim/k8s/controllers/revisions.h"
#include "tests/support/in_world.h"

namespace {

using namespace sim::k8s;
using namespace sim::k8s::daemon;

Value json(std::string_view text) {
  const sim::json::Parsed parsed = sim::json::parse(text);
  REQUIRE(parsed.error.empty());
  return parsed.value;
}

Value agent() {
  return json(R"({"apiVersion": "apps/v1", "kind": "DaemonSet",
    "metadata": {"name": "agent", "namespace": "default", "uid": "set-1", "generation": 1},
    "spec": {"selector": {"matchLabels": {"app": "agent"}}, "revisionHistoryLimit": 10,
      "updateStrategy": {"type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
      "template": {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": []}}}})");
}
Value node(std::string_view name) {
  return new_object({"v1", "Node"}, "", name);
}
Value tainted(const Value& object, std::string_view key, std::string_view effect) {
  const Value taint = sim::json::Object().set("key", key).set("effect", effect).build();
  return object.with_in({"spec", "taints"}, object["spec"]["taints"].appended(taint));
}

// A pod on its node that is available.
Value pod(std::string_view on, std::string_view hash, std::string_view name = {}) {
  const std::string own = name.empty() ? "agent-" + std::string(on) : std::string(name);
  const Value made = with_meta(with_meta(make_pod(agent(), on, hash), "name", own), "uid", own)
                         .with_in({"metadata", "creationTimestamp"}, "2026-01-01T00:30:00Z")
                         .with_in({"spec", "nodeName"}, on)
                         .with_in({"status", "phase"}, "Running");
  return with_condition(made, {"Ready", "True"}, "2026-01-01T00:30:00Z");
}
Value unready(const Value& object) {
  return with_condition(object, {"Ready", "False"}, "2026-01-01T00:59:00Z");
}

Input input(const Value& set, std::vector<Value> nodes, const std::vector<Value>& pods) {
  Input in;
  in.daemon_set = set;
  in.nodes = std::move(nodes);
  in.pods = pods_by_node(pods, true);
  in.hash = "new";
  in.now_ns = *parse_time("2026-01-01T01:00:00Z");
  return in;
}

std::string text(const Change& change) {
  std::string out;
  for (const std::string& name : change.nodes) out += "+" + name + " ";
  for (const Value& each : change.remove) out += "-" + std::string(name_of(each)) + " ";
  return out;
}
std::string placed(const Input& in) {
  return text(plan_placement(in, [](std::string_view) { return false; }));
}

}  // namespace

TEST_CASE("Each fit node gets a pod, and has no two") {
  const support::InWorld world;
  CHECK(placed(input(agent(), {node("a"), node("b")}, {pod("b", "new")})) == "+a ");
  const Value second =
      with_meta(pod("b", "new", "second"), "creationTimestamp", "2026-01-01T00:31:00Z");
  CHECK(placed(input(agent(), {node("b")}, {second, pod("b", "new")})) == "-second ");
}

TEST_CASE("A daemon pod is tied to its node and tolerates what goes wrong with nodes") {
  const support::InWorld world;
  const Value made = make_pod(agent(), "a", "new");
  CHECK(metadata(made)["generateName"].text() == "agent-");
  CHECK(labels_of(made)[revisions::kPodLabel].text() == "new");
  CHECK(made["spec"]["affinity"].to_json() ==
        R"({"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":)"
        R"({"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","operator":"In",)"
        R"("values":["a"]}]}]}}})");
  CHECK(daemon::node_of(made) == "a");
  CHECK(made["spec"]["tolerations"].size() == 6);
  CHECK(made["spec"]["tolerations"][0].to_json() ==
        R"({"effect":"NoExecute","key":"node.kubernetes.io/not-ready","operator":"Exists"})");
  const Value on_host = agent().with_in({"spec", "template", "spec", "hostNetwork"}, true);
  CHECK(make_pod(on_host, "a", "new")["spec"]["tolerations"].size() == 7);
}

TEST_CASE("Other terms of node affinity keep their expressions") {
  const support::InWorld world;
  const Value pod_template = json(R"({"spec": {"affinity": {"nodeAffinity": {
    "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
      {"matchExpressions": [{"key": "disk", "operator": "Exists"}]}]}}}}})");
  const Value tied = with_node(pod_template, "a");
  CHECK_FALSE(matches_node(tied["spec"], node("a")));
  CHECK(matches_node(tied["spec"], with_label(node("a"), "disk", "ssd")));
  CHECK_FALSE(matches_node(tied["spec"], with_label(node("b"), "disk", "ssd")));
}

TEST_CASE("Taints keep daemon pods away, but those of a node in trouble do not") {
  const support::InWorld world;
  CHECK(eligibility(agent(), tainted(node("a"), "node.kubernetes.io/unschedulable", "NoSchedule"))
            .should_run);
  CHECK(eligibility(agent(), tainted(node("a"), "node.kubernetes.io/not-ready", "NoExecute"))
            .should_run);
  const Eligibility soft = eligibility(agent(), tainted(node("a"), "dedicated", "NoSchedule"));
  CHECK_FALSE(soft.should_run);
  CHECK(soft.may_stay);  // what runs already stays
  const Eligibility hard = eligibility(agent(), tainted(node("a"), "dedicated", "NoExecute"));
  CHECK_FALSE(hard.may_stay);
  const Value selects =
      agent().with_in({"spec", "template", "spec", "nodeSelector"}, json(R"({"disk": "ssd"})"));
  CHECK_FALSE(eligibility(selects, node("a")).may_stay);
  CHECK(eligibility(selects, with_label(node("a"), "disk", "ssd")).should_run);
}

TEST_CASE("Pods go from nodes where they may not stay, and from nodes that are gone") {
  const support::InWorld world;
  const Value hard = tainted(node("a"), "dedicated", "NoExecute");
  CHECK(placed(input(agent(), {hard}, {pod("a", "new")})) == "-agent-a ");
  const Value soft = tainted(node("a"), "dedicated", "NoSchedule");
  CHECK(placed(input(agent(), {soft}, {pod("a", "new")})).empty());
  const Value unplaced = pod("gone", "new").with_in({"spec", "nodeName"}, {});
  CHECK(placed(input(agent(), {}, {unplaced})) == "-agent-gone ");
  CHECK(placed(input(agent(), {}, {pod("gone", "new")})).empty());
}

TEST_CASE("A failed pod is replaced, but not too often") {
  const support::InWorld world;
  const Value failed = pod("a", "new").with_in({"status", "phase"}, "Failed");
  const Input in = input(agent(), {node("a")}, {failed});
  const Change now = plan_placement(in, [](std::string_view) { return false; });
  CHECK(text(now) == "-agent-a ");
  CHECK(now.failed_on == std::vector<std::string>{"a"});
  REQUIRE(now.notes.size() == 1);
  CHECK(now.notes[0].reason == "FailedDaemonPod");
  CHECK(now.notes[0].message ==
        "Found failed daemon pod default/agent-a on node a, will try to kill it");
  const Change later = plan_placement(in, [](std::string_view) { return true; });
  CHECK(text(later).empty());
  CHECK(later.backed_off == std::vector<std::string>{"a"});
}

TEST_CASE("A rolling update takes away as many as may be missing") {
  const support::InWorld world;
  const std::vector<Value> nodes = {node("a"), node("b"), node("c")};
  const std::vector<Value> old = {pod("a", "old"), pod("b", "old"), pod("c", "old")};
  CHECK(text(plan_update(input(agent(), nodes, old))) == "-agent-a ");
  // While the new one is not available the next has to wait.
  const std::vector<Value> first = {unready(pod("a", "new")), pod("b", "old"), pod("c", "old")};
  CHECK(text(plan_update(input(agent(), nodes, first))).empty());
  const std::vector<Value> gone = {pod("b", "old"), pod("c", "old")};
  CHECK(text(plan_update(input(agent(), nodes, gone))).empty());
  // An old one that is not available is replaced whatever the others do, and counts.
  const std::vector<Value> bad = {pod("a", "old"), unready(pod("b", "old")), pod("c", "old")};
  CHECK(text(plan_update(input(agent(), nodes, bad))) == "-agent-b ");
  const Value half =
      agent().with_in({"spec", "updateStrategy", "rollingUpdate", "maxUnavailable"}, "50%");
  CHECK(text(plan_update(input(half, nodes, old))) == "-agent-a -agent-b ");
  const Value manual = agent().with_in({"spec", "updateStrategy"}, json(R"({"type": "OnDelete"})"));
  CHECK(text(plan_update(input(manual, nodes, old))).empty());
}

TEST_CASE("A surge creates new pods beside old ones, which go when the new are available") {
  const support::InWorld world;
  const Value set = agent().with_in({"spec", "updateStrategy", "rollingUpdate"},
                                    json(R"({"maxSurge": 1, "maxUnavailable": 0})"));
  const std::vector<Value> nodes = {node("a"), node("b")};
  const std::vector<Value> old = {pod("a", "old", "old-a"), pod("b", "old", "old-b")};
  CHECK(text(plan_update(input(set, nodes, old))) == "+a ");
  std::vector<Value> both = old;
  both.push_back(unready(pod("a", "new", "new-a")));
  CHECK(text(plan_update(input(set, nodes, both))).empty());
  CHECK(placed(input(set, nodes, both)).empty());
  both[2] = pod("a", "new", "new-a");
  CHECK(text(plan_update(input(set, nodes, both))) == "+b -old-a ");
  CHECK(placed(input(set, nodes, both)) == "-old-a ");
  // Without a surge two are one too many.
  CHECK(placed(input(agent(), nodes, both)) == "-old-a ");
}

TEST_CASE("The status counts nodes") {
  const support::InWorld world;
  const Value dedicated = tainted(node("d"), "dedicated", "NoSchedule");
  const std::vector<Value> pods = {pod("a", "new"), unready(pod("b", "old")), pod("d", "new")};
  const Input in = input(agent(), {node("a"), node("b"), node("c"), dedicated}, pods);
  CHECK(status_of(in).to_json() ==
        R"({"currentNumberScheduled":2,"desiredNumberScheduled":3,"numberAvailable":1,)"
        R"("numberMisscheduled":1,"numberReady":1,"numberUnavailable":2,"observedGeneration":1,)"
        R"("updatedNumberScheduled":1})");
}

TEST_CASE("Revisions that no pod is of any more go when there are too many") {
  const support::InWorld world;
  const Value set = agent().with_in({"spec", "revisionHistoryLimit"}, 1);
  std::vector<Value> all;
  for (int64_t i = 1; i <= 3; ++i) {
    all.push_back(make_set_revision(set.with_in({"spec", "template", "spec", "priority"}, i), i));
  }
  all.push_back(make_set_revision(set, 4));
  const History history = history_of(set, all);
  REQUIRE(history.current.size() == 1);
  CHECK(history.current[0] == all[3]);
  REQUIRE(history.old.size() == 3);
  const std::string_view hash = labels_of(all[0])[revisions::kPodLabel].text();
  CHECK(name_of(all[0]) == "agent-" + std::string(hash));
  const std::vector<Value> pods = {pod("a", hash)};
  const std::vector<Value> surplus = surplus_history(set, history.old, pods);
  REQUIRE(surplus.size() == 2);
  CHECK(surplus[0] == all[1]);
  CHECK(surplus[1] == all[2]);
}
