#include "sim/k8s/kubelet/admission.h"

#include <algorithm>

#include "engine/task/print.h"
#include "sim/k8s/controllers/daemon_nodes.h"
#include "sim/k8s/controllers/taints.h"
#include "sim/k8s/kubelet/eviction.h"
#include "sim/k8s/kubelet/pod_cgroups.h"
#include "sim/k8s/kubelet/sandbox.h"
#include "sim/k8s/kubelet/volumes.h"

namespace sim::k8s::kubelet {
namespace {

using engine::Ref;
using engine::Task;

struct Amount {
  std::string_view name;
  int64_t requested = 0;
  int64_t used = 0;
  int64_t capacity = 0;
};

Rejection predicate(std::string_view name, std::string_view why) {
  Rejection out;
  out.reason = name;
  out.message = "Predicate ";
  out.message += name;
  out.message += " failed: ";
  out.message += why;
  return out;
}

Rejection out_of(const Amount& amount) {
  Rejection out;
  out.reason = "OutOf";
  out.reason += amount.name;
  out.message = "Node didn't have enough resource: ";
  out.message += amount.name;
  out.message += ", requested: ";
  engine::append_operand(out.message, amount.requested);
  out.message += ", used: ";
  engine::append_operand(out.message, amount.used);
  out.message += ", capacity: ";
  engine::append_operand(out.message, amount.capacity);
  return out;
}

bool tolerates_memory_pressure(const Value& spec) {
  const Value taint =
      json::Object().set("key", kTaintMemoryPressure).set("effect", kNoSchedule).build();
  for (const Value& each : spec["tolerations"].items()) {
    if (toleration_matches(each, taint)) return true;
  }
  return false;
}

Rejection check_pressure(const Kubelet& kubelet, const Value& spec) {
  if (!kubelet.memory_pressure && !kubelet.disk_pressure) return {};
  if (is_critical(spec)) return {};
  if (!kubelet.disk_pressure &&
      (quality_of_service(spec) != "BestEffort" || tolerates_memory_pressure(spec))) {
    return {};
  }
  Rejection out;
  out.reason = "Evicted";
  out.message = "The node had condition: [";
  if (kubelet.memory_pressure) out.message += "MemoryPressure";
  if (kubelet.disk_pressure)
    out.message += kubelet.memory_pressure ? " DiskPressure" : "DiskPressure";
  out.message += "]. ";
  return out;
}

bool ports_clash(const std::vector<HostPort>& ports, const Value& pod) {
  for (const HostPort& one : ports) {
    for (const HostPort& other : host_ports_of(pod)) {
      if (one.number == other.number && one.protocol == other.protocol) return true;
    }
  }
  return false;
}

}  // namespace

Rejection check_admission(const Kubelet& kubelet, const PodWorker& worker) {
  const Value& spec = worker.pod["spec"];
  Rejection pressure = check_pressure(kubelet, spec);
  if (!pressure.reason.empty()) return pressure;
  Amount pods{"pods", 1, 0, kubelet.options.pods_max};
  const NodeAmounts node = allocatable_of(kubelet);
  Amount cpu{"cpu", worker.needs.cpu_request_milli, 0, node.cpu_milli};
  Amount memory{"memory", worker.needs.memory_request, 0, node.memory_bytes};
  const std::vector<HostPort> ports = host_ports_of(worker.pod);
  bool has_clash = false;
  for (const auto& [uid, other] : kubelet.workers) {
    if (other.get() == &worker || !other->is_admitted || other->may_be_removed) continue;
    ++pods.used;
    cpu.used += other->needs.cpu_request_milli;
    memory.used += other->needs.memory_request;
    has_clash = has_clash || ports_clash(ports, other->pod);
  }
  for (const Amount& each : {pods, cpu, memory}) {
    if (each.requested > 0 && each.requested > each.capacity - each.used) return out_of(each);
  }
  if (has_clash) {
    return predicate("NodePorts", "node(s) didn't have free ports for the requested pod ports");
  }
  return {};
}

Task<> admit(Ref<Kubelet> kubelet, Ref<PodWorker> worker) {
  worker->needs = pod_resources(worker->pod["spec"]);
  // Once taken in it stays so, also for a kubelet that has been away meanwhile.
  if (worker->sandbox || worker->pod["status"].contains("startTime")) {
    worker->is_admitted = true;
    co_return;
  }
  const Value spec = worker->pod["spec"];
  Value node;
  if (spec["nodeSelector"].size() > 0 || spec["affinity"].contains("nodeAffinity")) {
    const std::string no_space;
    const std::string name = kubelet->options.node_name;
    const ObjectResult got = co_await kubelet->client.get(kubelet->context, kNodes, no_space, name);
    node = got.object;
  }
  if (must_end(*worker)) co_return;
  Rejection rejection = check_admission(*kubelet, *worker);
  if (rejection.reason.empty() && node && !daemon::matches_node(spec, node)) {
    rejection = predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
  }
  worker->is_admitted = rejection.reason.empty();
  if (worker->is_admitted) co_return;
  PodEvent event{"Warning", rejection.reason, rejection.message};
  tell(*kubelet, worker->pod, event);
  worker->facts.is_rejected = true;
  worker->facts.failed_reason = rejection.reason;
  worker->facts.failed_message = "Pod was rejected: " + rejection.message;
}

}  // namespace sim::k8s::kubelet
