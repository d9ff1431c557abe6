// tests/k8s/scheduler_decision_test.cpp: how many nodes are looked at, who wins a tie, what is said
// and explained.

#include <set>
#include <string>

#include "tests/k8s/scheduler_objects.h"

namespace {

using namespace scheduler_test;

// Where `pods` go one after the other with a seed.
std::string placements(uint64_t seed, int nodes, int pods) {
  std::array<char, 4096> out{};
  engine::WorldOptions options;
  options.seed = seed;
  engine::World world(options);
  {
    const engine::World::Scope scope(world);
    Bench bench;
    for (int i = 0; i < nodes; ++i) {
      bench.cluster.set_node(zoned_node("n" + std::to_string(i), i % 3 == 0 ? "a" : "b"));
    }
    std::string text;
    for (int i = 0; i < pods; ++i) {
      const Value each = asking(pod("p" + std::to_string(i)), "100m", "64Mi");
      const std::string where = bench.place(each);
      bench.cluster.set_pod(on_node(each, where));
      text += where + " ";
    }
    text.copy(out.data(), out.size() - 1);
  }
  return out.data();
}

}  // namespace

// Source: "Scheduler Performance Tuning": 50 % for 100 nodes, 10 % for 5,000, 5 % at least.
TEST_CASE("The larger the cluster, the smaller the share of nodes that must fit") {
  CHECK(feasible_nodes_to_find(1, 0) == 1);
  CHECK(feasible_nodes_to_find(99, 0) == 99);
  CHECK(feasible_nodes_to_find(100, 0) == 100);
  CHECK(feasible_nodes_to_find(250, 0) == 120);  // 48 %
  CHECK(feasible_nodes_to_find(1000, 0) == 420);
  CHECK(feasible_nodes_to_find(5000, 0) == 500);
  CHECK(feasible_nodes_to_find(6000, 0) == 300);
  CHECK(feasible_nodes_to_find(20000, 0) == 1000);
  CHECK(feasible_nodes_to_find(1000, 30) == 300);
  CHECK(feasible_nodes_to_find(1000, 1) == 100);
  CHECK(feasible_nodes_to_find(1000, 100) == 1000);
}

TEST_CASE("Each search begins where the one before stopped") {
  const support::InWorld world;
  Bench bench;
  for (int i = 0; i < 1000; ++i) bench.cluster.set_node(node("n" + std::to_string(i)));
  const Decision first = bench.decide(pod("p1"));
  CHECK(first.examined == 420);
  CHECK(first.feasible == 420);
  CHECK(bench.decider.next_start() == 420);
  bench.decide(pod("p2"));
  CHECK(bench.decider.next_start() == 840);
  bench.decide(pod("p3"));
  CHECK(bench.decider.next_start() == 260);
  // Nodes that do not fit are looked at on the way.
  for (int i = 260; i < 360; ++i) {
    bench.cluster.set_node(node("n" + std::to_string(i), R"({"spec":{"unschedulable":true}})"));
  }
  const Decision fourth = bench.decide(pod("p4"));
  CHECK(fourth.examined == 520);
  CHECK(fourth.feasible == 420);
  CHECK(bench.decider.next_start() == 780);
}

TEST_CASE("Nodes take turns by zone") {
  const support::InWorld world;
  Cluster cluster;
  for (const char* name : {"a1", "a2", "a3"}) cluster.set_node(zoned_node(name, "a"));
  cluster.set_node(zoned_node("b1", "b"));
  cluster.set_node(node("c1"));
  const auto order = [&] {
    std::string names;
    for (const NodeInfo* each : cluster.nodes()) names += std::string(each->name.text()) + " ";
    return names;
  };
  CHECK(order() == "a1 b1 c1 a2 a3 ");
  cluster.remove_node("a1");
  CHECK(order() == "a2 b1 c1 a3 ");
  cluster.set_node(zoned_node("a3", "b"));
  CHECK(order() == "a2 b1 c1 a3 ");
  cluster.set_node(zoned_node("a2", "b"));
  CHECK(order() == "b1 c1 a3 a2 ");
}

TEST_CASE("One of the best is taken, each now and then") {
  const support::InWorld world;
  Bench bench;
  for (const char* name : {"n1", "n2", "n3"}) bench.cluster.set_node(node(name));
  bench.cluster.set_pod(on_node(asking(pod("old"), "2", "4Gi"), "n2"));
  std::set<std::string> seen;
  for (int i = 0; i < 40; ++i) {
    const Value each = pod("p" + std::to_string(i));
    const Decision decision = bench.decide(each);
    CHECK(decision.ties == 2);
    seen.insert(std::string(decision.node->name.text()));
    bench.cluster.remove_pod(each);
  }
  CHECK(seen == std::set<std::string>{"n1", "n3"});
}

TEST_CASE("The same seed decides the same, another one something else") {
  const std::string first = placements(7, 60, 80);
  CHECK(first == placements(7, 60, 80));
  CHECK(first != placements(8, 60, 80));
}

TEST_CASE("An overridden choice decides a tie") {
  const auto with_override = [](uint32_t value) {
    std::array<char, 16> out{};
    const support::InWorld world;
    Bench bench;
    for (const char* name : {"n1", "n2", "n3"}) bench.cluster.set_node(node(name));
    engine::ChoiceOverride chosen;
    chosen.kind = static_cast<uint32_t>(engine::ChoiceKind::kProgram);
    chosen.value = value;
    engine::here().choices.override_with({chosen});
    const std::string where = bench.place(pod("p"));
    where.copy(out.data(), out.size() - 1);
    return out;
  };
  CHECK(std::string_view(with_override(0).data()) == "n1");
  CHECK(std::string_view(with_override(2).data()) == "n3");
}

TEST_CASE("What is said of a pod that fits nowhere counts the nodes by reason") {
  const support::InWorld world;
  Bench bench;
  CHECK(bench.message(pod("p")) == "no nodes available to schedule pods");
  bench.cluster.set_node(node("n1"));
  for (const char* name : {"n2", "n3"}) {
    bench.cluster.set_node(
        node(name, R"({"spec":{"taints":[{"key":"k","value":"v","effect":"NoSchedule"}]}})"));
  }
  bench.cluster.set_pod(on_node(asking(pod("old"), "3", "1Gi"), "n1"));
  CHECK(bench.message(asking(pod("p"), "2", "1Gi")) ==
        "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {k: v}. "
        "preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, "
        "2 Preemption is not helpful for scheduling.");
  CHECK(bench.message(pod("q", R"({"spec":{"nodeSelector":{"a":"b"},
                                  "tolerations":[{"operator":"Exists"}]}})")) ==
        "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. "
        "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.");
}

// Source: framework.FitError sorts texts, numbers included.
TEST_CASE("Reasons are ordered as texts, so ten comes before two") {
  const support::InWorld world;
  Bench bench;
  for (int i = 0; i < 10; ++i) {
    bench.cluster.set_node(
        node("full-" + std::to_string(i), R"({"status":{"allocatable":{"pods":0}}})"));
  }
  for (int i = 0; i < 2; ++i) {
    bench.cluster.set_node(node("off-" + std::to_string(i), R"({"spec":{"unschedulable":true}})"));
  }
  CHECK(bench.message(pod("p")).starts_with(
      "0/12 nodes are available: 10 Too many pods, 2 node(s) were unschedulable. preemption: "));
}

TEST_CASE("A pod that fits nowhere remembers who refused it") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1", R"({"spec":{"unschedulable":true}})"));
  bench.cluster.set_node(node("n2", R"({"status":{"allocatable":{"pods":0}}})"));
  CHECK(bench.decide(pod("p")).refused_by ==
        (set_of(Plugin::kNodeUnschedulable) | set_of(Plugin::kNodeResourcesFit)));
}

TEST_CASE("An explanation tells of every node, and its sums are those that decide") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1"));
  bench.cluster.set_node(node("n2"));
  bench.cluster.set_node(node("off", R"({"spec":{"unschedulable":true}})"));
  const Value old = on_node(asking(pod("old"), "1", "1Gi"), "n2");
  bench.cluster.set_pod(old);
  const Explanation told = bench.explain(asking(pod("p"), "1", "2Gi"));
  REQUIRE(told.nodes.size() == 3);
  CHECK(told.pod == "default/p");
  CHECK(told.ties == 1);
  CHECK(told.nodes[0].best);
  CHECK_FALSE(told.nodes[1].best);
  CHECK(told.nodes[2].refused_by == Plugin::kNodeUnschedulable);
  int64_t sum = 0;
  for (int i = 0; i < kScorePlugins; ++i) {
    const PluginScore& score = told.nodes[0].scores[i];
    CHECK(score.weighted == score.normalized * kScores[i].weight);
    sum += score.weighted;
  }
  CHECK(told.nodes[0].total == sum);
  // 300 for no taints; 75 of least allocated; 100 of balance.
  CHECK(sum == 475);
  // A pod that has a node is explained as if it had none, and stays where it is.
  const Explanation again = bench.explain(old);
  CHECK(again.nodes[1].total == again.nodes[0].total);
  CHECK(bench.cluster.find_pod(old)->node == bench.cluster.find_node("n2")->id);
  CHECK(bench.cluster.find_node("n2")->requested.milli_cpu == 1000);
}

TEST_CASE("The latest decisions are kept if somebody wants them") {
  const support::InWorld world;
  Cluster cluster;
  DeciderOptions options;
  options.explanations = 2;
  Decider decider(cluster, options);
  for (int i = 0; i < 150; ++i) cluster.set_node(node("n" + std::to_string(i)));
  for (int i = 0; i < 3; ++i) decider.decide(cluster.set_pod(pod("p" + std::to_string(i))), i);
  REQUIRE(decider.explanations().size() == 2);
  const Explanation& last = decider.explanations().back();
  CHECK(last.pod == "default/p2");
  CHECK(last.at_ns == 2);
  CHECK_FALSE(last.chosen.empty());
  int examined = 0;
  for (const NodeExplanation& row : last.nodes) examined += row.examined ? 1 : 0;
  CHECK(examined == 100);
}
