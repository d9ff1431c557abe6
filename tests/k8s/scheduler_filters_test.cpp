// tests/k8s/scheduler_filters_test.cpp: which nodes a pod fits on, with the examples of Kubernetes'
// documentation where it has some.

#include <string>

#include "tests/k8s/scheduler_objects.h"

namespace {

using namespace scheduler_test;

constexpr std::string_view kZone = "topology.kubernetes.io/zone";

Value tolerating(const Value& pod, std::string_view tolerations) {
  return pod.with_in({"spec", "tolerations"}, json(tolerations));
}
Value with_affinity(const Value& pod, std::string_view affinity) {
  return pod.with_in({"spec", "affinity"}, json(affinity));
}
Value spread_by(const Value& pod, std::string_view constraints) {
  return pod.with_in({"spec", "topologySpreadConstraints"}, json(constraints));
}
void add_nodes(Bench& bench, const NodeNames& names) {
  for (const std::string& name : names) bench.cluster.set_node(node(name));
}
std::string spread_term(std::string_view key, std::string_view more = "") {
  return R"({"maxSkew":1,"topologyKey":")" + std::string(key) +
         R"(","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"foo":"bar"}})" +
         std::string(more) + "}";
}

}  // namespace

TEST_CASE("A cordoned node takes only pods that tolerate it") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1", R"({"spec":{"unschedulable":true}})"));
  CHECK(bench.why_not(pod("p"), "n1") == "node(s) were unschedulable");
  const std::string_view exists =
      R"([{"key":"node.kubernetes.io/unschedulable","operator":"Exists","effect":"NoSchedule"}])";
  CHECK(bench.fits(tolerating(pod("q"), exists)) == NodeNames{"n1"});
}

// Source: "Taints and Tolerations": a node with three taints, a pod with two tolerations.
TEST_CASE("A pod must tolerate every taint that keeps pods away") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("node1", R"({"spec":{"taints":[
      {"key":"key1","value":"value1","effect":"NoSchedule"},
      {"key":"key1","value":"value1","effect":"NoExecute"},
      {"key":"key2","value":"value2","effect":"NoSchedule"}]}})"));
  constexpr std::string_view kTwo = R"([
      {"key":"key1","operator":"Equal","value":"value1","effect":"NoSchedule"},
      {"key":"key1","operator":"Equal","value":"value1","effect":"NoExecute"}])";
  CHECK(bench.why_not(tolerating(pod("p"), kTwo), "node1") ==
        "node(s) had untolerated taint {key2: value2}");
  CHECK(bench.why_not(pod("q"), "node1") == "node(s) had untolerated taint {key1: value1}");
  CHECK(bench.fits(tolerating(pod("r"), R"([{"operator":"Exists"}])")) == NodeNames{"node1"});
  CHECK(bench.fits(tolerating(pod("s"), R"([{"key":"key1","operator":"Exists"},
                                            {"key":"key2","value":"value2"}])")) ==
        NodeNames{"node1"});
}

TEST_CASE("A taint without a value is tolerated by an empty one") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("cp", R"({"spec":{"taints":[
      {"key":"node-role.kubernetes.io/control-plane","effect":"NoSchedule"}]}})"));
  CHECK(bench.why_not(pod("p"), "cp") ==
        "node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }");
  CHECK(bench.fits(tolerating(pod("q"), R"([{"key":"node-role.kubernetes.io/control-plane",
                                             "effect":"NoSchedule"}])")) == NodeNames{"cp"});
}

// Source: "Assigning Pods to Nodes": pods/pod-with-node-affinity.yaml.
TEST_CASE("Node affinity's terms are alternatives, their expressions are not") {
  const support::InWorld world;
  Bench bench;
  const auto in_zone = [](const std::string& name, const std::string& zone) {
    return zoned_node(name, zone);
  };
  bench.cluster.set_node(in_zone("n1", "antarctica-east1"));
  bench.cluster.set_node(in_zone("n2", "antarctica-west1"));
  bench.cluster.set_node(in_zone("n3", "elsewhere"));
  bench.cluster.set_node(node("n4", R"({"metadata":{"labels":{"disktype":"ssd","cores":"8"}}})"));
  const auto required = [](std::string_view terms) {
    return with_affinity(pod("p"), R"({"nodeAffinity":{"requiredDuringSchedulingIgnoredDuring)" +
                                       std::string(R"(Execution":{"nodeSelectorTerms":)") +
                                       std::string(terms) + "}}}");
  };
  CHECK(bench.fits(required(R"([{"matchExpressions":[{"key":"topology.kubernetes.io/zone",
      "operator":"In","values":["antarctica-east1","antarctica-west1"]}]}])")) ==
        NodeNames{"n1", "n2"});
  CHECK(bench.fits(required(R"([{"matchExpressions":[{"key":"disktype","operator":"Exists"}]},
      {"matchExpressions":[{"key":"topology.kubernetes.io/zone","operator":"In",
                            "values":["elsewhere"]}]}])")) == NodeNames{"n3", "n4"});
  CHECK(bench.fits(required(R"([{"matchExpressions":[
      {"key":"disktype","operator":"DoesNotExist"},
      {"key":"topology.kubernetes.io/zone","operator":"NotIn","values":["elsewhere"]}]}])")) ==
        NodeNames{"n1", "n2"});
  CHECK(bench.fits(required(R"([{"matchExpressions":[{"key":"cores","operator":"Gt",
      "values":["4"]}]}])")) == NodeNames{"n4"});
  CHECK(bench.fits(required("[]")).empty());
  CHECK(bench.fits(required("[{}]")).empty());
  CHECK(bench.fits(pod("q", R"({"spec":{"nodeSelector":{"disktype":"ssd"}}})")) == NodeNames{"n4"});
  CHECK(bench.why_not(pod("q", R"({"spec":{"nodeSelector":{"disktype":"ssd"}}})"), "n1") ==
        "node(s) didn't match Pod's node affinity/selector");
}

TEST_CASE("A pod that names its node looks at no other") {
  const support::InWorld world;
  Bench bench;
  for (int i = 0; i < 200; ++i) bench.cluster.set_node(node("n" + std::to_string(i)));
  const auto to = [](std::string_view name) {
    return with_affinity(
        pod("daemon"),
        R"({"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[
           {"matchFields":[{"key":"metadata.name","operator":"In","values":[")" +
            std::string(name) + R"("]}]}]}}})");
  };
  const Decision decision = bench.decide(to("n150"));
  REQUIRE(decision.node != nullptr);
  CHECK(decision.node->name.text() == "n150");
  CHECK(decision.examined == 1);
  bench.cluster.remove_pod(to("n150"));
  CHECK(bench.message(to("gone")) ==
        "0/200 nodes are available: 200 node(s) didn't satisfy plugin(s) [NodeAffinity]. "
        "preemption: 0/200 nodes are available: 200 Preemption is not helpful for scheduling.");
}

TEST_CASE("Host ports clash on one address, or if one of them means all") {
  const support::InWorld world;
  Bench bench;
  add_nodes(bench, {"n1"});
  const auto port = [](const std::string& name, std::string_view what) {
    return pod(name, R"({"spec":{"containers":[{"name":"c","image":"a","ports":[)" +
                         std::string(what) + "]}]}}");
  };
  bench.cluster.set_pod(on_node(port("old", R"({"hostPort":80,"hostIP":"10.0.0.1"})"), "n1"));
  CHECK(bench.fits(port("a", R"({"hostPort":81})")).size() == 1);
  CHECK(bench.fits(port("b", R"({"hostPort":80,"hostIP":"10.0.0.2"})")).size() == 1);
  CHECK(bench.fits(port("c", R"({"hostPort":80,"hostIP":"10.0.0.1","protocol":"UDP"})")).size() ==
        1);
  CHECK(bench.why_not(port("d", R"({"hostPort":80})"), "n1") ==
        "node(s) didn't have free ports for the requested pod ports");
  CHECK(bench.fits(port("e", R"({"hostPort":80,"hostIP":"10.0.0.1","protocol":"TCP"})")).empty());
  bench.cluster.remove_pod(port("old", "{}"));
  CHECK(bench.fits(port("d", R"({"hostPort":80})")).size() == 1);
}

TEST_CASE("A node must have what a pod asks for, down to the last thousandth") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1", R"({"status":{"allocatable":{"cpu":"2","memory":"1Gi",
      "pods":3,"ephemeral-storage":"10Gi","example.com/gpu":"2"}}})"));
  bench.cluster.set_pod(on_node(asking(pod("old"), "1500m", "512Mi"), "n1"));
  CHECK(bench.fits(asking(pod("a"), "500m", "512Mi")).size() == 1);
  CHECK(bench.why_not(asking(pod("b"), "501m", "512Mi"), "n1") == "Insufficient cpu");
  CHECK(bench.why_not(asking(pod("c"), "3", "2Gi"), "n1") ==
        "Insufficient cpu + Insufficient memory");
  CHECK(bench.fits(asking(pod("d"), "0", "0")).size() == 1);
  const auto wants = [](const std::string& name, std::string_view requests) {
    return pod(name, R"({"spec":{"containers":[{"name":"c","image":"a","resources":{"requests":)" +
                         std::string(requests) + "}}]}}");
  };
  CHECK(bench.fits(wants("e", R"({"example.com/gpu":2,"ephemeral-storage":"10Gi"})")).size() == 1);
  CHECK(bench.why_not(wants("f", R"({"example.com/gpu":3,"ephemeral-storage":"11Gi"})"), "n1") ==
        "Insufficient ephemeral-storage + Insufficient example.com/gpu");
  bench.cluster.set_pod(on_node(pod("old-2"), "n1"));
  bench.cluster.set_pod(on_node(wants("old-3", R"({"example.com/gpu":1})"), "n1"));
  CHECK(bench.why_not(wants("g", R"({"example.com/gpu":2})"), "n1") ==
        "Too many pods + Insufficient example.com/gpu");
}

// Source: "Pod Overhead", "Init Containers" and "Sidecar Containers" (resource sharing).
TEST_CASE("Init containers count by the largest, sidecars and overhead in addition") {
  const support::InWorld world;
  Cluster cluster;
  const auto request_of = [&](std::string_view spec) {
    return cluster.set_pod(pod("p" + std::to_string(cluster.pods()), spec)).spec->requests;
  };
  const Resources with_overhead = request_of(R"({"spec":{
      "overhead":{"memory":"120Mi","cpu":"250m"},
      "containers":[{"name":"a","resources":{"requests":{"cpu":"500m","memory":"100Mi"}}},
                    {"name":"b","resources":{"requests":{"cpu":"1500m","memory":"100Mi"}}}]}})");
  CHECK(with_overhead == Resources{2250, int64_t{320} << 20, 0});
  const Resources with_init = request_of(R"({"spec":{
      "initContainers":[{"name":"i","resources":{"requests":{"cpu":"2","memory":"1Gi"}}},
                        {"name":"j","resources":{"requests":{"cpu":"2","memory":"3Gi"}}}],
      "containers":[{"name":"a","resources":{"requests":{"cpu":"2","memory":"1Gi"}}},
                    {"name":"b","resources":{"requests":{"cpu":"1","memory":"1Gi"}}}]}})");
  CHECK(with_init == Resources{3000, int64_t{3} << 30, 0});
  // The sidecar runs beside the init container that follows it, and beside the containers.
  const Resources with_sidecar = request_of(R"({"spec":{
      "initContainers":[{"name":"s","restartPolicy":"Always",
                         "resources":{"requests":{"cpu":"500m"}}},
                        {"name":"i","resources":{"requests":{"cpu":"2"}}}],
      "containers":[{"name":"a","resources":{"requests":{"cpu":"1"}}}]}})");
  CHECK(with_sidecar == Resources{2500, 0, 0});
}

TEST_CASE("A bound volume keeps its pod near") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(zoned_node("n1", "a"));
  bench.cluster.set_node(zoned_node("n2", "b"));
  bench.cluster.set_node(node("n3"));
  const auto with_claim = [](const std::string& claim) {
    return pod("p", R"({"spec":{"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":")" +
                        claim + R"("}}]}})");
  };
  const auto bind = [&](const std::string& claim, std::string_view volume) {
    bench.cluster.set_claim(
        "default", Value(claim),
        json(R"({"metadata":{"name":")" + claim +
             R"(","namespace":"default"},"spec":{"volumeName":"pv-)" + claim + R"("}})"));
    bench.cluster.set_volume(Value("pv-" + claim), json(volume));
  };
  CHECK(bench.message(with_claim("nothing"))
            .starts_with("0/3 nodes are available: persistentvolumeclaim \"nothing\" not found. "
                         "preemption: "));
  bind("zoned", R"({"metadata":{"labels":{"topology.kubernetes.io/zone":"a__c"}}})");
  // A node that tells no zone is taken to be in the only one.
  CHECK(bench.fits(with_claim("zoned")) == NodeNames{"n1", "n3"});
  CHECK(bench.why_not(with_claim("zoned"), "n2") == "node(s) had no available volume zone");
  bind("local", R"({"spec":{"nodeAffinity":{"required":{"nodeSelectorTerms":[{"matchExpressions":
      [{"key":"kubernetes.io/hostname","operator":"In","values":["n2"]}]}]}}}})");
  CHECK(bench.fits(with_claim("local")) == NodeNames{"n2"});
  CHECK(bench.why_not(with_claim("local"), "n1") == "node(s) had volume node affinity conflict");
}

TEST_CASE("An unbound claim waits for its pod, or the pod for it") {
  const support::InWorld world;
  Bench bench;
  add_nodes(bench, {"n1"});
  const Value waiting = pod("p", R"({"spec":{"volumes":[{"name":"v",
      "persistentVolumeClaim":{"claimName":"c"}}]}})");
  bench.cluster.set_claim("default", "c", json(R"({"spec":{"storageClassName":"fast"}})"));
  const std::string text = "pod has unbound immediate PersistentVolumeClaims";
  CHECK(bench.message(waiting) ==
        "0/1 nodes are available: " + text +
            ". preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.");
  bench.cluster.set_storage_class("fast", json(R"({"volumeBindingMode":"Immediate"})"));
  CHECK(bench.fits(waiting).empty());
  bench.cluster.set_storage_class("fast", json(R"({"volumeBindingMode":"WaitForFirstConsumer"})"));
  CHECK(bench.fits(waiting) == NodeNames{"n1"});
}

// Source: "Pod Topology Spread Constraints": one constraint, two, and two that conflict.
TEST_CASE("Pods are spread over zones and nodes as the documentation's examples") {
  const support::InWorld world;
  Bench bench;
  for (const char* name : {"node1", "node2"}) bench.cluster.set_node(zoned_node(name, "zoneA"));
  for (const char* name : {"node3", "node4"}) bench.cluster.set_node(zoned_node(name, "zoneB"));
  const Value labelled = with_labels(pod("mypod"), R"({"foo":"bar"})");
  const auto old = [&](const std::string& name, std::string_view where) {
    bench.cluster.set_pod(on_node(with_labels(pod(name), R"({"foo":"bar"})"), where));
  };
  old("a", "node1");
  old("b", "node2");
  old("c", "node3");
  const std::string zone = spread_term(kZone);
  const std::string host = spread_term("kubernetes.io/hostname");
  CHECK(bench.fits(spread_by(labelled, "[" + zone + "]")) == NodeNames{"node3", "node4"});
  CHECK(bench.fits(spread_by(labelled, "[" + zone + "," + host + "]")) == NodeNames{"node4"});
  CHECK(bench.why_not(spread_by(labelled, "[" + zone + "]"), "node1") ==
        "node(s) didn't match pod topology spread constraints");
  // A pod that is not of the kind itself adds no skew.
  const Value other = with_labels(pod("other"), R"({"foo":"other"})");
  CHECK(bench.fits(spread_by(other, "[" + zone + "]")).size() == 4);
  // Pods on their way out do not count.
  bench.cluster.set_pod(on_node(with_labels(pod("b"), R"({"foo":"bar"})"), "node2")
                            .with_in({"metadata", "deletionTimestamp"}, "2026-01-01T00:00:00Z"));
  CHECK(bench.fits(spread_by(labelled, "[" + zone + "]")).size() == 4);
}

TEST_CASE("Constraints that conflict leave no node") {
  const support::InWorld world;
  Bench bench;
  for (const char* name : {"node1", "node2"}) bench.cluster.set_node(zoned_node(name, "zoneA"));
  bench.cluster.set_node(zoned_node("node3", "zoneB"));
  const Value labelled = with_labels(pod("mypod"), R"({"foo":"bar"})");
  int count = 0;
  for (const char* where : {"node1", "node1", "node2", "node3", "node3"}) {
    const std::string name = "old-" + std::to_string(count++);
    bench.cluster.set_pod(on_node(with_labels(pod(name), R"({"foo":"bar"})"), where));
  }
  const std::string both =
      "[" + spread_term(kZone) + "," + spread_term("kubernetes.io/hostname") + "]";
  CHECK(bench.fits(spread_by(labelled, both)).empty());
}

TEST_CASE("Spreading leaves out nodes that the pod could not use, and those without the key") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(zoned_node("node1", "zoneA"));
  bench.cluster.set_node(zoned_node("node2", "zoneB"));
  bench.cluster.set_node(zoned_node("node3", "zoneC"));
  bench.cluster.set_node(node("node4"));
  for (const char* where : {"node1", "node2"}) {
    const std::string name = "old-" + std::string(where);
    bench.cluster.set_pod(on_node(with_labels(pod(name), R"({"foo":"bar"})"), where));
  }
  const Value labelled = with_labels(pod("mypod"), R"({"foo":"bar"})");
  const Value spread = spread_by(labelled, "[" + spread_term(kZone) + "]");
  CHECK(bench.fits(spread) == NodeNames{"node3"});
  CHECK(bench.why_not(spread, "node4") ==
        "node(s) didn't match pod topology spread constraints (missing required label)");
  const Value not_c = with_affinity(spread, R"({"nodeAffinity":
      {"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":
      [{"key":"topology.kubernetes.io/zone","operator":"NotIn","values":["zoneC"]}]}]}}})");
  CHECK(bench.fits(not_c) == NodeNames{"node1", "node2"});
  const Value ignores =
      spread_by(not_c, "[" + spread_term(kZone, R"(,"nodeAffinityPolicy":"Ignore")") + "]");
  CHECK(bench.fits(ignores).empty());
  // Fewer domains than wanted: the least is taken to be 0.
  const Value four = spread_by(not_c, "[" + spread_term(kZone, R"(,"minDomains":4)") + "]");
  CHECK(bench.fits(four).empty());
}

// Source: "Assigning Pods to Nodes": a cache on each of three nodes, a web server beside each.
TEST_CASE("Web servers go beside caches, and no two of a kind share a node") {
  const support::InWorld world;
  Bench bench;
  add_nodes(bench, {"n1", "n2", "n3"});
  constexpr std::string_view kApart =
      R"({"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":
         {"matchExpressions":[{"key":"app","operator":"In","values":["store"]}]},
         "topologyKey":"kubernetes.io/hostname"}]}})";
  constexpr std::string_view kBeside =
      R"({"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":
         {"matchExpressions":[{"key":"app","operator":"In","values":["web-store"]}]},
         "topologyKey":"kubernetes.io/hostname"}]},
         "podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":
         {"matchExpressions":[{"key":"app","operator":"In","values":["store"]}]},
         "topologyKey":"kubernetes.io/hostname"}]}})";
  const auto cache = [&](int i) {
    return with_affinity(with_labels(pod("cache-" + std::to_string(i)), R"({"app":"store"})"),
                         kApart);
  };
  const auto web = [&](int i) {
    return with_affinity(with_labels(pod("web-" + std::to_string(i)), R"({"app":"web-store"})"),
                         kBeside);
  };
  CHECK(bench.why_not(web(0), "n1") == "node(s) didn't match pod affinity rules");
  bench.cluster.remove_pod(web(0));
  for (int i = 0; i < 2; ++i) {
    const std::string where = bench.place(cache(i));
    REQUIRE(!where.empty());
    bench.cluster.set_pod(on_node(cache(i), where));
  }
  CHECK(bench.fits(web(0)).size() == 2);
  for (int i = 0; i < 2; ++i) {
    const std::string where = bench.place(web(i));
    REQUIRE(!where.empty());
    bench.cluster.set_pod(on_node(web(i), where));
  }
  CHECK(bench.fits(web(2)).empty());
  CHECK(bench.fits(cache(2)).size() == 1);
  CHECK(bench.message(web(2)) ==
        "0/3 nodes are available: 1 node(s) didn't match pod affinity rules, "
        "2 node(s) didn't match pod anti-affinity rules. preemption: 0/3 nodes are available: "
        "1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming "
        "pod.");
}

TEST_CASE("Anti-affinity works both ways, and the first of a group may begin it") {
  const support::InWorld world;
  Bench bench;
  add_nodes(bench, {"n1", "n2"});
  const Value loner = with_affinity(
      with_labels(pod("loner"), R"({"app":"loner"})"),
      R"({"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":
         {"matchLabels":{"app":"web"}},"topologyKey":"kubernetes.io/hostname"}]}})");
  bench.cluster.set_pod(on_node(loner, "n1"));
  const Value web = with_labels(pod("web"), R"({"app":"web"})");
  CHECK(bench.fits(web) == NodeNames{"n2"});
  CHECK(bench.why_not(web, "n1") == "node(s) didn't satisfy existing pods anti-affinity rules");
  const Value herd = with_affinity(
      with_labels(pod("herd"), R"({"app":"herd"})"),
      R"({"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":
         {"matchLabels":{"app":"herd"}},"topologyKey":"kubernetes.io/hostname"}]}})");
  CHECK(bench.fits(herd).size() == 2);
  bench.cluster.set_pod(on_node(with_labels(pod("h1"), R"({"app":"herd"})"), "n2"));
  CHECK(bench.fits(herd) == NodeNames{"n2"});
}

TEST_CASE("Affinity looks into other namespaces only if it says so") {
  const support::InWorld world;
  Bench bench;
  add_nodes(bench, {"n1", "n2"});
  bench.cluster.set_namespace("prod", json(R"({"metadata":{"labels":{"env":"prod"}}})"));
  const Value there = on_node(
      with_labels(pod("db"), R"({"app":"db"})").with_in({"metadata", "namespace"}, "prod"), "n1");
  bench.cluster.set_pod(there);
  const auto wants = [](std::string_view more) {
    return with_affinity(pod("p"),
                         R"({"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[
                         {"labelSelector":{"matchLabels":{"app":"db"}},
                          "topologyKey":"kubernetes.io/hostname")" +
                             std::string(more) + "}]}}");
  };
  CHECK(bench.fits(wants("")).empty());
  CHECK(bench.fits(wants(R"(,"namespaces":["prod"])")) == NodeNames{"n1"});
  CHECK(bench.fits(wants(R"(,"namespaceSelector":{})")) == NodeNames{"n1"});
  const Value by_label = wants(R"(,"namespaceSelector":{"matchLabels":{"env":"prod"}})");
  CHECK(bench.fits(by_label) == NodeNames{"n1"});
  bench.cluster.set_namespace("prod", json(R"({"metadata":{"labels":{"env":"test"}}})"));
  CHECK(bench.fits(by_label).empty());
}
