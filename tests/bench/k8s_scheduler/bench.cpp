// What a scheduling cycle costs: pods a second in the pure core, and bytes for each pod and node.
//
// A cluster of NODES nodes in three zones. Each kind of pod is scheduled PODS times in a fresh
// cluster, each pod assumed as soon as it has its node, as the scheduler does; reading the pod's
// object is part of it. Memory is what the world's arena has in use, without the objects
// themselves.
//
// bench [NODES [PODS]]

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/world/world.h"
#include "sim/json/parse.h"
#include "sim/k8s/scheduler/cluster.h"
#include "sim/k8s/scheduler/decision.h"

namespace {

using sim::json::Value;
using namespace sim::k8s::scheduler;

Value json(const std::string& text) {
  return sim::json::parse(text).value;
}

Value node_number(int i) {
  const std::string name = "node-" + std::to_string(i);
  const std::string zone(1, static_cast<char>('a' + i % 3));
  return json(R"({"apiVersion":"v1","kind":"Node","metadata":{"name":")" + name +
              R"(","labels":{"kubernetes.io/hostname":")" + name +
              R"(","kubernetes.io/os":"linux","kubernetes.io/arch":"amd64",)" +
              R"("topology.kubernetes.io/zone":")" + zone +
              R"("}},"status":{"allocatable":{"cpu":"16","memory":"64Gi","pods":110}}})");
}

struct Kind {
  const char* name;
  const char* spec;   // what a pod has besides its container
  bool with_service;  // so that it is spread by default
};

Value pod_number(const Kind& kind, int i) {
  const std::string name = "pod-" + std::to_string(i);
  Value pod = json(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" + name +
                   R"(","namespace":"default","uid":"uid-)" + name +
                   R"(","labels":{"app":"web"}},"spec":{"schedulerName":"default-scheduler",)" +
                   R"("containers":[{"name":"c","image":"app:1","resources":{"requests":)" +
                   R"({"cpu":"100m","memory":"128Mi"}}}]}})");
  const Value more = json(kind.spec);
  for (const auto& member : more.members()) {
    pod = pod.with_in({"spec", member.name()}, member.value);
  }
  return pod;
}

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

void run(const Kind& kind, int nodes, int pods) {
  engine::WorldOptions options;
  options.arena.reserve_bytes = size_t{4} << 30;
  options.arena.limit_bytes = size_t{3} << 30;
  engine::World world(options);
  const engine::World::Scope scope(world);
  std::vector<Value> node_objects;
  std::vector<Value> pod_objects;
  for (int i = 0; i < nodes; ++i) node_objects.push_back(node_number(i));
  for (int i = 0; i < pods; ++i) pod_objects.push_back(pod_number(kind, i));
  const size_t empty = world.arena().live_bytes();
  Cluster cluster;
  Decider decider(cluster, DeciderOptions());
  for (const Value& node : node_objects) cluster.set_node(node);
  if (kind.with_service) {
    cluster.spread_defaults().set_service("default", "web",
                                          json(R"({"spec":{"selector":{"app":"web"}}})"));
  }
  decider.decide(cluster.set_pod(pod_objects[0]), 0);
  cluster.remove_pod(pod_objects[0]);
  const size_t with_nodes = world.arena().live_bytes();
  const auto began = std::chrono::steady_clock::now();
  int placed = 0;
  for (const Value& object : pod_objects) {
    PodInfo& pod = cluster.set_pod(object);
    const Decision decision = decider.decide(pod, 0);
    if (decision.node == nullptr) continue;
    cluster.assume(pod, decision.node->id);
    ++placed;
  }
  const double seconds = seconds_since(began);
  const size_t full = world.arena().live_bytes();
  std::printf("| %-28s | %7d | %7d | %9.0f | %8.2f | %6zu | %6zu |\n", kind.name, nodes, placed,
              pods / seconds, seconds / pods * 1e6, (full - with_nodes) / static_cast<size_t>(pods),
              (with_nodes - empty) / static_cast<size_t>(nodes));
  std::fflush(stdout);
}

constexpr Kind kPlain{"plain", "{}", false};
constexpr Kind kKinds[] = {
    kPlain,
    {"spread by default", "{}", true},
    {"spread by zone, must", R"({"topologySpreadConstraints":[{"maxSkew":1,
        "topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"DoNotSchedule",
        "labelSelector":{"matchLabels":{"app":"web"}}}]})",
     false},
    {"preferred anti-affinity", R"({"affinity":{"podAntiAffinity":
        {"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1,"podAffinityTerm":
        {"labelSelector":{"matchLabels":{"app":"web"}},
         "topologyKey":"kubernetes.io/hostname"}}]}}})",
     false},
    {"required affinity by zone", R"({"affinity":{"podAffinity":
        {"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":{"matchLabels":
        {"app":"web"}},"topologyKey":"topology.kubernetes.io/zone"}]}}})",
     false},
    {"node affinity, fits nowhere", R"({"nodeSelector":{"disk":"ssd"}})", false},
};

}  // namespace

int main(int argc, char** argv) {
  const int nodes = argc > 1 ? std::atoi(argv[1]) : 5000;
  const int pods = argc > 2 ? std::atoi(argv[2]) : 10000;
  std::printf(
      "| pods                         |   nodes |  placed |    pods/s |   us/pod | B/pod  | B/node "
      "|\n");
  std::printf("|---|---:|---:|---:|---:|---:|---:|\n");
  for (const Kind& kind : kKinds) run(kind, nodes, pods);
  run(kPlain, nodes, 15 * pods);
  return 0;
}
