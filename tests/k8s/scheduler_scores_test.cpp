// tests/k8s/scheduler_scores_test.cpp: what each plugin gives a node, and the logarithm they use.

#include <cmath>
#include <string>

#include "sim/k8s/scheduler/logarithm.h"
#include "tests/k8s/scheduler_objects.h"

namespace {

using namespace scheduler_test;

Value with_affinity(const Value& pod, std::string_view affinity) {
  return pod.with_in({"spec", "affinity"}, json(affinity));
}

}  // namespace

TEST_CASE("Fewer taints that would rather not have the pod are better") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n0"));
  bench.cluster.set_node(node("n1", R"({"spec":{"taints":[
      {"key":"a","effect":"PreferNoSchedule"}]}})"));
  bench.cluster.set_node(node("n2", R"({"spec":{"taints":[
      {"key":"a","effect":"PreferNoSchedule"},{"key":"b","effect":"PreferNoSchedule"},
      {"key":"c","effect":"PreferNoSchedule"}]}})"));
  const Value plain = pod("p");
  CHECK(bench.score(plain, "n0", kTaintScore).normalized == 100);
  CHECK(bench.score(plain, "n1", kTaintScore).raw == 1);
  CHECK(bench.score(plain, "n1", kTaintScore).normalized == 67);
  CHECK(bench.score(plain, "n2", kTaintScore).normalized == 0);
  CHECK(bench.score(plain, "n1", kTaintScore).weighted == 201);
  const Value tolerant =
      plain.with_in({"spec", "tolerations"}, json(R"([{"operator":"Exists","effect":"NoSchedule"},
                                                {"key":"b","operator":"Exists"}])"));
  CHECK(bench.score(tolerant, "n2", kTaintScore).raw == 2);
}

// Source: "Assigning Pods to Nodes": weights 1 and 50 of two preferences.
TEST_CASE("Preferred node affinity adds the weights of what matches") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1", R"({"metadata":{"labels":{"label-1":"key-1"}}})"));
  bench.cluster.set_node(node("n2", R"({"metadata":{"labels":{"label-2":"key-2"}}})"));
  bench.cluster.set_node(node("n3"));
  const Value wishes = with_affinity(pod("p"), R"({"nodeAffinity":
      {"preferredDuringSchedulingIgnoredDuringExecution":[
       {"weight":1,"preference":{"matchExpressions":[
        {"key":"label-1","operator":"In","values":["key-1"]}]}},
       {"weight":50,"preference":{"matchExpressions":[
        {"key":"label-2","operator":"In","values":["key-2"]}]}}]}})");
  CHECK(bench.score(wishes, "n1", kNodeAffinityScore).raw == 1);
  CHECK(bench.score(wishes, "n1", kNodeAffinityScore).normalized == 2);
  CHECK(bench.score(wishes, "n2", kNodeAffinityScore).normalized == 100);
  CHECK(bench.score(wishes, "n3", kNodeAffinityScore).normalized == 0);
  CHECK(bench.score(pod("q"), "n3", kNodeAffinityScore).skipped);
}

TEST_CASE("Least allocated counts what containers are taken to need") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1"));
  bench.cluster.set_node(node("n2"));
  bench.cluster.set_pod(on_node(asking(pod("old"), "3", "6Gi"), "n2"));
  // 1 of 4 CPUs and 2 of 8 Gi: 75 and 75.
  CHECK(bench.score(asking(pod("a"), "1", "2Gi"), "n1", kFitScore).raw == 75);
  // 4 of 4 and 8 of 8.
  CHECK(bench.score(asking(pod("a"), "1", "2Gi"), "n2", kFitScore).raw == 0);
  // Nothing asked for: 100m of 4000m is 97, 200Mi of 8192Mi is 97.
  CHECK(bench.score(pod("b"), "n1", kFitScore).raw == 97);
  // 3100m leaves 22, 6344Mi leaves 22.
  CHECK(bench.score(pod("b"), "n2", kFitScore).raw == 22);
}

TEST_CASE("Balanced allocation likes CPU and memory used alike, and skips pods that ask nothing") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1"));
  bench.cluster.set_node(node("n2"));
  bench.cluster.set_pod(on_node(asking(pod("old"), "2", "0"), "n2"));
  // 1/4 and 1/4; 3/4 and 1/4, whose deviation is 1/4.
  CHECK(bench.score(asking(pod("a"), "1", "2Gi"), "n1", kBalanceScore).raw == 100);
  CHECK(bench.score(asking(pod("a"), "1", "2Gi"), "n2", kBalanceScore).raw == 75);
  CHECK(bench.score(pod("b"), "n2", kBalanceScore).skipped);
  CHECK(bench.score(pod("b"), "n2", kBalanceScore).normalized == 0);
}

TEST_CASE("Images that are there count by their size and by how many nodes have them") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1", R"({"status":{"images":[
      {"names":["app:1","app@sha256:00"],"sizeBytes":1048576000}]}})"));
  bench.cluster.set_node(node("n2"));
  // 1000 Mi on half of the nodes are 500 Mi; (500 - 23) of (1000 - 23).
  CHECK(bench.score(pod("p"), "n1", kImageScore).raw == 48);
  CHECK(bench.score(pod("p"), "n2", kImageScore).raw == 0);
  // A name without a tag means latest.
  const Value untagged =
      pod("q", R"({"spec":{"containers":[{"name":"c","image":"reg:5000/app"}]}})");
  CHECK(bench.score(untagged, "n1", kImageScore).raw == 0);
  bench.cluster.set_node(node("n2", R"({"status":{"images":[
      {"names":["reg:5000/app:latest"],"sizeBytes":1048576000}]}})"));
  CHECK(bench.score(untagged, "n2", kImageScore).raw == 48);
  bench.cluster.set_node(node("n1"));
  CHECK(bench.score(pod("p"), "n1", kImageScore).raw == 0);
}

TEST_CASE("Pod affinity attracts and repels by weight, and pods that run have a say") {
  const support::InWorld world;
  Bench bench;
  for (const char* name : {"n1", "n2", "n3"}) bench.cluster.set_node(node(name));
  bench.cluster.set_pod(on_node(with_labels(pod("db"), R"({"app":"db"})"), "n1"));
  const Value likes_web = with_affinity(pod("fan"), R"({"podAffinity":
      {"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":{"matchLabels":
       {"app":"web"}},"topologyKey":"kubernetes.io/hostname"}],
       "preferredDuringSchedulingIgnoredDuringExecution":[{"weight":19,"podAffinityTerm":
       {"labelSelector":{"matchLabels":{"app":"web"}},
        "topologyKey":"kubernetes.io/hostname"}}]}})");
  bench.cluster.set_pod(on_node(likes_web, "n2"));
  const Value web = with_affinity(
      with_labels(pod("web"), R"({"app":"web"})"),
      R"({"podAntiAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":60,
         "podAffinityTerm":{"labelSelector":{"matchLabels":{"app":"db"}},
         "topologyKey":"kubernetes.io/hostname"}}]}})");
  CHECK(bench.score(web, "n1", kPodAffinityScore).raw == -60);
  // 19 that it likes it, and 1 that it needs it.
  CHECK(bench.score(web, "n2", kPodAffinityScore).raw == 20);
  CHECK(bench.score(web, "n3", kPodAffinityScore).raw == 0);
  CHECK(bench.score(web, "n1", kPodAffinityScore).normalized == 0);
  CHECK(bench.score(web, "n2", kPodAffinityScore).normalized == 100);
  CHECK(bench.score(web, "n3", kPodAffinityScore).normalized == 75);
  CHECK(bench.score(pod("other"), "n3", kPodAffinityScore).skipped);
}

TEST_CASE("Pods of a Service are spread softly without being told") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(zoned_node("a1", "a"));
  bench.cluster.set_node(zoned_node("a2", "a"));
  bench.cluster.set_node(zoned_node("b1", "b"));
  const auto web = [](const std::string& name) {
    return with_labels(pod(name), R"({"app":"web"})");
  };
  CHECK(bench.score(web("p"), "a1", kSpreadScore).skipped);
  bench.cluster.spread_defaults().set_service("default", "web",
                                              json(R"({"spec":{"selector":{"app":"web"}}})"));
  bench.cluster.set_pod(on_node(web("old-1"), "a1"));
  bench.cluster.set_pod(on_node(web("old-2"), "a1"));
  // By node: ln 5 for each pod and 2; by zone: ln 4 for each pod and 4.
  CHECK(bench.score(web("p"), "a1", kSpreadScore).raw ==
        std::lround(2 * std::log(5.0) + 2 + 2 * std::log(4.0) + 4));
  CHECK(bench.score(web("p"), "a2", kSpreadScore).raw == std::lround(2 + 2 * std::log(4.0) + 4));
  CHECK(bench.score(web("p"), "b1", kSpreadScore).raw == 6);
  CHECK(bench.score(web("p"), "b1", kSpreadScore).normalized == 100);
  CHECK(bench.score(web("p"), "a1", kSpreadScore).normalized == 100 * 6 / 12);
  bench.cluster.spread_defaults().set_service("default", "web", {});
  CHECK(bench.score(web("p"), "a1", kSpreadScore).skipped);
}

TEST_CASE("Pods of a controller are spread by its selector") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1"));
  bench.cluster.set_node(node("n2"));
  const auto replica = [](const std::string& name) {
    return with_labels(pod(name), R"({"app":"web","pod-template-hash":"x"})")
        .with_in({"metadata", "ownerReferences"},
                 json(R"([{"kind":"ReplicaSet","name":"web-x","controller":true}])"));
  };
  bench.cluster.spread_defaults().set_controller(
      "default", "ReplicaSet", "web-x",
      json(R"({"spec":{"selector":{"matchLabels":{"pod-template-hash":"x"}}}})"));
  bench.cluster.set_pod(on_node(replica("old"), "n1"));
  CHECK(bench.score(replica("new"), "n1", kSpreadScore).raw >
        bench.score(replica("new"), "n2", kSpreadScore).raw);
  CHECK(bench.place(replica("new")) == "n2");
}

TEST_CASE("The logarithm is libm's, or one bit beside it") {
  int beside = 0;
  for (int64_t number = 1; number <= 1'000'000; ++number) {
    const double wanted = std::log(static_cast<double>(number));
    const double got = sim::k8s::scheduler::natural_log(number);
    if (got == wanted) continue;
    ++beside;
    REQUIRE((got == std::nextafter(wanted, 100) || got == std::nextafter(wanted, -100)));
  }
  CHECK(beside < 250'000);
  CHECK(sim::k8s::scheduler::natural_log(1) == 0);
  CHECK(sim::k8s::scheduler::natural_log(2) == 0x1.62e42fefa39efp-1);
}
