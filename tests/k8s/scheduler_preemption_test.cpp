// tests/k8s/scheduler_preemption_test.cpp: who is pushed away for whom, and what is said if nobody
// can be.

#include <string>

#include "tests/k8s/scheduler_objects.h"

namespace {

using namespace scheduler_test;

// Runs on a node since so many seconds.
Value running(const Value& pod, std::string_view where, int since = 0) {
  std::string start = "2026-01-01T00:00:";
  start += static_cast<char>('0' + since / 10);
  start += static_cast<char>('0' + since % 10);
  return on_node(pod, where).with_in({"status", "startTime"}, start + "Z");
}
Value asking_cpu(const std::string& name, std::string_view cpu, int64_t priority) {
  return with_priority(asking(pod(name), cpu, "0"), priority);
}
NodeNames victims_of(const Decision& decision) {
  NodeNames names;
  for (const PodInfo* victim : decision.preempts.victims) {
    names.emplace_back(victim->name().text());
  }
  return names;
}
std::string nominated_by(const Decision& decision) {
  return decision.preempts.node == nullptr ? "" : std::string(decision.preempts.node->name.text());
}
void budget(Bench& bench, std::string_view labels, int64_t allowed) {
  const Value selector = sim::json::Object().set("matchLabels", json(labels)).build();
  bench.cluster.set_disruption_budget("default", "pdb",
                                      json(R"({"metadata":{"name":"pdb","namespace":"default"}})")
                                          .with_in({"spec", "selector"}, selector)
                                          .with_in({"status", "disruptionsAllowed"}, allowed));
}

}  // namespace

TEST_CASE("As few as possible are pushed away, the least important ones") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1"));
  bench.cluster.set_pod(running(asking_cpu("low-old", "1", 1), "n1", 1));
  bench.cluster.set_pod(running(asking_cpu("low-new", "1", 1), "n1", 9));
  bench.cluster.set_pod(running(asking_cpu("middle", "1", 5), "n1", 2));
  bench.cluster.set_pod(running(asking_cpu("high", "1", 50), "n1", 3));
  const Decision decision = bench.decide(asking_cpu("p", "1", 10));
  CHECK(decision.node == nullptr);
  CHECK(decision.nomination == Decision::Nomination::kSet);
  CHECK(nominated_by(decision) == "n1");
  CHECK(victims_of(decision) == NodeNames{"low-new"});
  CHECK(decision.message == "0/1 nodes are available: 1 Insufficient cpu.");
  CHECK(victims_of(bench.decide(asking_cpu("q", "2", 10))) == NodeNames{"low-old", "low-new"});
  CHECK(victims_of(bench.decide(asking_cpu("r", "3", 10))) ==
        NodeNames{"middle", "low-old", "low-new"});
  const Decision too_much = bench.decide(asking_cpu("s", "4", 10));
  CHECK(nominated_by(too_much).empty());
  CHECK(too_much.nomination == Decision::Nomination::kCleared);
  CHECK(too_much.message ==
        "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: "
        "1 Insufficient cpu.");
}

TEST_CASE("The pod that a disruption budget protects is kept if another one will do") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1"));
  const auto web = [](const std::string& name, int64_t priority) {
    return with_labels(asking_cpu(name, "2", priority), R"({"app":"web"})");
  };
  bench.cluster.set_pod(running(web("protected", 1), "n1"));
  bench.cluster.set_pod(running(asking_cpu("other", "2", 5), "n1"));
  CHECK(victims_of(bench.decide(asking_cpu("p", "2", 10))) == NodeNames{"protected"});
  budget(bench, R"({"app":"web"})", 0);
  CHECK(victims_of(bench.decide(asking_cpu("p", "2", 10))) == NodeNames{"other"});
  // It is only a wish.
  const Decision both = bench.decide(asking_cpu("p", "4", 10));
  CHECK(both.preempts.violations == 1);
  CHECK(victims_of(both) == NodeNames{"other", "protected"});
  budget(bench, R"({"app":"web"})", 1);
  CHECK(bench.decide(asking_cpu("p", "4", 10)).preempts.violations == 0);
}

TEST_CASE("Of several nodes the one is taken where it hurts least") {
  const support::InWorld world;
  const auto chosen = [](const std::vector<Value>& pods, bool with_budget = false) {
    Bench bench;
    for (const char* name : {"n1", "n2"}) bench.cluster.set_node(node(name));
    for (const Value& pod : pods) bench.cluster.set_pod(pod);
    if (with_budget) budget(bench, R"({"app":"web"})", 0);
    return nominated_by(bench.decide(asking_cpu("p", "4", 100)));
  };
  const auto with_app = [](const Value& pod) { return with_labels(pod, R"({"app":"web"})"); };
  // Fewer violations, though the victim is more important.
  CHECK(chosen({running(with_app(asking_cpu("a", "4", 1)), "n1"),
                running(asking_cpu("b", "4", 50), "n2")},
               true) == "n2");
  // The highest priority among the victims, though they are more.
  CHECK(chosen({running(asking_cpu("a", "4", 9), "n1"), running(asking_cpu("b", "2", 8), "n2"),
                running(asking_cpu("c", "2", 8), "n2")}) == "n2");
  // Then the sum of priorities, all counted from the least.
  CHECK(chosen({running(asking_cpu("a", "2", 9), "n1"), running(asking_cpu("b", "2", 8), "n1"),
                running(asking_cpu("c", "2", 9), "n2"), running(asking_cpu("d", "2", 7), "n2")}) ==
        "n2");
  CHECK(chosen({running(asking_cpu("a", "2", -9), "n1"), running(asking_cpu("b", "2", -9), "n1"),
                running(asking_cpu("c", "4", -9), "n2")}) == "n2");
  // Then the one whose most important victim has run the shortest.
  CHECK(chosen({running(asking_cpu("a", "4", 9), "n1", 5),
                running(asking_cpu("b", "4", 9), "n2", 20)}) == "n2");
}

TEST_CASE("Who may not preempt, or waits for somebody to go, does not") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1"));
  bench.cluster.set_pod(running(asking_cpu("low", "4", 1), "n1"));
  const Value never = asking_cpu("never", "1", 10).with_in({"spec", "preemptionPolicy"}, "Never");
  CHECK(bench.message(never) ==
        "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to "
        "preemptionPolicy=Never.");
  // The victim is on its way out: nobody else is pushed away meanwhile.
  bench.cluster.set_pod(
      running(asking_cpu("low", "4", 1), "n1")
          .with_in({"metadata", "deletionTimestamp"}, "2026-01-01T00:00:00Z")
          .with_in({"status", "conditions"}, json(R"([{"type":"DisruptionTarget","status":"True",
                    "reason":"PreemptionByScheduler"}])")));
  const Value waits = asking_cpu("waits", "1", 10).with_in({"status", "nominatedNodeName"}, "n1");
  const Decision decision = bench.decide(waits);
  CHECK(decision.message ==
        "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to a "
        "terminating pod on the nominated node.");
  CHECK(decision.nomination == Decision::Nomination::kKept);
}

TEST_CASE("Pushing away helps against ports, anti-affinity and spreading, not against taints") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1"));
  const Value port = pod("old", R"({"spec":{"priority":1,"containers":[{"name":"c","image":"a",
      "ports":[{"hostPort":80}]}]}})");
  bench.cluster.set_pod(running(port, "n1"));
  const Value wants = merged(port, json(R"({"metadata":{"name":"p","uid":"p"},
      "spec":{"priority":9}})"));
  CHECK(victims_of(bench.decide(wants)) == NodeNames{"old"});
  bench.cluster.remove_pod(port);
  const auto hermit = [](const std::string& name, int64_t priority) {
    return with_priority(with_labels(pod(name), R"({"app":"hermit"})"), priority)
        .with_in({"spec", "affinity"}, json(R"({"podAntiAffinity":
            {"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":{"matchLabels":
            {"app":"hermit"}},"topologyKey":"kubernetes.io/hostname"}]}})"));
  };
  bench.cluster.set_pod(running(hermit("old-hermit", 1), "n1"));
  bench.cluster.set_pod(running(asking_cpu("bystander", "1", 1), "n1"));
  CHECK(victims_of(bench.decide(hermit("new-hermit", 9))) == NodeNames{"old-hermit"});
  bench.cluster.set_node(node("n1", R"({"spec":{"taints":[{"key":"k","effect":"NoSchedule"}]}})"));
  CHECK(bench.message(hermit("new-hermit", 9)) ==
        "0/1 nodes are available: 1 node(s) had untolerated taint {k: }. preemption: 0/1 nodes "
        "are available: 1 Preemption is not helpful for scheduling.");
}

TEST_CASE("Spreading that a victim's going would even out is evened out") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(zoned_node("a1", "a"));
  bench.cluster.set_node(node("b1", R"({"metadata":{"labels":{"topology.kubernetes.io/zone":"b"}},
      "spec":{"unschedulable":true}})"));
  const auto web = [](const std::string& name, int64_t priority) {
    return with_priority(with_labels(pod(name), R"({"app":"web"})"), priority)
        .with_in({"spec", "topologySpreadConstraints"}, json(R"([{"maxSkew":1,
            "topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"DoNotSchedule",
            "labelSelector":{"matchLabels":{"app":"web"}}}])"));
  };
  bench.cluster.set_pod(running(web("old", 1), "a1"));
  CHECK(victims_of(bench.decide(web("new", 9))) == NodeNames{"old"});
  CHECK(bench.message(web("same", 1)) ==
        "0/2 nodes are available: 1 node(s) didn't match pod topology spread constraints, "
        "1 node(s) were unschedulable. preemption: 0/2 nodes are available: 1 No preemption "
        "victims found for incoming pod, 1 Preemption is not helpful for scheduling.");
}

TEST_CASE("Room that a more important pod waits for is not given away") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1"));
  PodInfo& waits = bench.cluster.set_pod(asking_cpu("waits", "3", 50));
  bench.cluster.nominate(waits, "n1");
  CHECK(bench.fits(asking_cpu("low", "2", 10)).empty());
  CHECK(bench.fits(asking_cpu("small", "1", 10)).size() == 1);
  // One that is more important need not care, and gets the other off its waiting place.
  CHECK(bench.fits(asking_cpu("high", "2", 60)).size() == 1);
  CHECK(bench.decide(asking_cpu("waits", "3", 50)).node != nullptr);
  // An update of the pod that says nothing of it does not undo it.
  bench.cluster.set_pod(with_labels(asking_cpu("waits", "3", 50), R"({"a":"b"})"));
  CHECK(bench.fits(asking_cpu("low", "2", 10)).empty());
  bench.cluster.nominate(waits, {});
  CHECK(bench.fits(asking_cpu("low", "2", 10)).size() == 1);
}

TEST_CASE("A pod does not count on one that only waits for its place") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1"));
  const auto labelled = [](const std::string& name, int64_t priority) {
    return with_labels(with_priority(pod(name), priority), R"({"app":"db"})");
  };
  bench.cluster.nominate(bench.cluster.set_pod(labelled("waits", 50)), "n1");
  const Value beside = with_priority(pod("p"), 10).with_in({"spec", "affinity"}, json(R"({
      "podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":
      {"matchLabels":{"app":"db"}},"topologyKey":"kubernetes.io/hostname"}]}})"));
  CHECK(bench.why_not(beside, "n1") == "node(s) didn't match pod affinity rules");
  bench.cluster.set_pod(running(labelled("runs", 50), "n1"));
  CHECK(bench.fits(beside).size() == 1);
}

TEST_CASE("Who pushes others away takes their waiting places, too") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1"));
  bench.cluster.set_pod(running(asking_cpu("victim", "4", 1), "n1"));
  PodInfo& waits = bench.cluster.set_pod(asking_cpu("waits", "1", 10));
  bench.cluster.nominate(waits, "n1");
  const Decision decision = bench.decide(asking_cpu("p", "4", 50));
  REQUIRE(decision.pushed_out.size() == 1);
  CHECK(decision.pushed_out[0] == &waits);
}

TEST_CASE("The node that a pod made room on is tried first, and alone") {
  const support::InWorld world;
  Bench bench;
  for (int i = 0; i < 300; ++i) bench.cluster.set_node(node("n" + std::to_string(i)));
  const uint32_t before = bench.decider.next_start();
  const Decision decision = bench.decide(pod("p").with_in({"status", "nominatedNodeName"}, "n250"));
  REQUIRE(decision.node != nullptr);
  CHECK(decision.node->name.text() == "n250");
  CHECK(decision.examined == 1);
  CHECK(bench.decider.next_start() == before);
}

TEST_CASE("A tenth of the nodes is tried, but a hundred at least") {
  CHECK(Preemption::candidates_wanted(30) == 30);
  CHECK(Preemption::candidates_wanted(100) == 100);
  CHECK(Preemption::candidates_wanted(999) == 100);
  CHECK(Preemption::candidates_wanted(5000) == 500);
}
