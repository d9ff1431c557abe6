#include "sim/k8s/kubelet/node_status.h"

#include "engine/sync/timer.h"
#include "sim/k8s/api/quantity.h"
#include "sim/k8s/api/time.h"

namespace sim::k8s::kubelet {

using engine::Duration;
using engine::kSecond;
using engine::Ref;
using engine::Task;
using json::Array;
using json::Object;

namespace {

constexpr Duration kPeriod = 10 * kSecond;
constexpr Duration kReport = 300 * kSecond;
constexpr int64_t kLeaseSeconds = 40;

std::string bytes_text(int64_t bytes) {
  return Quantity::of(bytes / 1024 * 1024, Quantity::Format::kBinary).text();
}

Value amounts(const NodeFacts& facts, int64_t memory_bytes, std::string disk) {
  return Object()
      .set("cpu", Quantity::of(facts.cores).text())
      .set("memory", bytes_text(memory_bytes))
      .set("ephemeral-storage", disk)
      .set("pods", Quantity::of(facts.pods_max).text())
      .build();
}

Value address(std::string_view type, std::string_view text) {
  return Object().set("type", type).set("address", text).build();
}

struct Wanted {
  std::string_view type;
  bool is_true;
  std::string_view reason;
  std::string_view message;
};

Value with_heartbeats(const Value& node, std::string_view now) {
  Array conditions;
  for (const Value& each : node["status"]["conditions"].items()) {
    conditions.add(each.with("lastHeartbeatTime", now));
  }
  return node.with_in({"status", "conditions"}, conditions.build());
}

}  // namespace

Value node_object(const NodeFacts& facts, const KubeletOptions& options) {
  Value node = new_object({"v1", "Node"}, {}, facts.name);
  node = with_label(node, "kubernetes.io/hostname", facts.name);
  node = with_label(node, "kubernetes.io/os", "linux");
  node = with_label(node, "kubernetes.io/arch", "amd64");
  if (!facts.zone.empty()) node = with_label(node, "topology.kubernetes.io/zone", facts.zone);
  for (const auto& [key, value] : options.labels) node = with_label(node, key, value);
  Array taints;
  for (const Value& taint : options.taints) taints.add(taint);
  Object spec;
  if (taints.size() > 0) spec.set("taints", taints.build());
  return node.with("spec", std::move(spec).build());
}

Value with_node_status(const Value& node, const NodeFacts& facts, std::string_view now) {
  const Value info = Object()
                         .set("kubeletVersion", "v1.33.2")
                         .set("kubeProxyVersion", "")
                         .set("osImage", "Orrery Linux")
                         .set("kernelVersion", "6.12.0")
                         .set("containerRuntimeVersion", "containerd://2.1.3")
                         .set("operatingSystem", "linux")
                         .set("architecture", "amd64")
                         .set("machineID", facts.name)
                         .set("systemUUID", facts.name)
                         .set("bootID", facts.name)
                         .build();
  const Value endpoint = Object().set("Port", facts.port).build();
  Value out = node.with_in({"status", "nodeInfo"}, info);
  out = out.with_in({"status", "capacity"},
                    amounts(facts, facts.memory_bytes, bytes_text(facts.disk_bytes)));
  // Less what must stay free, by the eviction's threshold; in plain bytes, as the real one has it.
  const int64_t disk = facts.disk_bytes - facts.disk_bytes / 10;
  out = out.with_in(
      {"status", "allocatable"},
      amounts(facts, facts.memory_bytes - facts.reserved_memory_bytes, Quantity::of(disk).text()));
  out = out.with_in(
      {"status", "addresses"},
      Array().add(address("InternalIP", facts.ip)).add(address("Hostname", facts.name)).build());
  out =
      out.with_in({"status", "daemonEndpoints"}, Object().set("kubeletEndpoint", endpoint).build());
  const Wanted wanted[] = {
      {"MemoryPressure", facts.memory_pressure,
       facts.memory_pressure ? "KubeletHasInsufficientMemory" : "KubeletHasSufficientMemory",
       facts.memory_pressure ? "kubelet has insufficient memory available"
                             : "kubelet has sufficient memory available"},
      {"DiskPressure", facts.disk_pressure,
       facts.disk_pressure ? "KubeletHasDiskPressure" : "KubeletHasNoDiskPressure",
       facts.disk_pressure ? "kubelet has disk pressure" : "kubelet has no disk pressure"},
      {"PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available"},
      {"Ready", true, "KubeletReady", "kubelet is posting ready status"},
  };
  for (const Wanted& each : wanted) {
    Condition condition;
    condition.type = each.type;
    condition.status = each.is_true ? "True" : "False";
    condition.reason = each.reason;
    condition.message = each.message;
    out = with_condition(out, condition, now);
  }
  return with_heartbeats(out, now);
}

NodeFacts node_facts(const Kubelet& kubelet) {
  NodeFacts out;
  out.name = kubelet.options.node_name;
  out.zone = kubelet.machine.zone();
  out.ip = kubelet.host_ip();
  out.cores = kubelet.machine.cpu().cores();
  out.memory_bytes = kubelet.machine.memory_bytes();
  out.disk_bytes = kubelet.disk_bytes;
  out.reserved_memory_bytes = kubelet.options.reserved_memory_bytes;
  out.pods_max = kubelet.options.pods_max;
  out.port = kubelet.options.port;
  out.memory_pressure = kubelet.memory_pressure;
  out.disk_pressure = kubelet.disk_pressure;
  return out;
}

namespace {

/// Of a request: the next round makes another.
constexpr Duration kTimeout = kPeriod;

// The Node as the server has it; made if this kubelet has not yet. Absent: the server does not say.
Task<Value> find_node(Ref<Kubelet> kubelet, engine::Context context, bool may_create) {
  const std::string no_space;
  const std::string name = kubelet->options.node_name;
  const ObjectResult got = co_await kubelet->client.get(context, kNodes, no_space, name);
  if (!got.error) co_return got.object;
  if (!is_not_found(got.error) || !may_create) co_return Value();
  const Value made = node_object(node_facts(*kubelet), kubelet->options);
  const ObjectResult created = co_await kubelet->client.create(context, kNodes, no_space, made);
  co_return created.error ? Value() : created.object;
}

Task<ObjectResult> send_status(Ref<Kubelet> kubelet, engine::Context context, Value next) {
  // Only what is the kubelet's own goes into the patch: others add conditions of theirs.
  const Value body = Object().set("status", next["status"]).build();
  RestClient::Patch patch(PatchType::kStrategic, body, "status");
  ObjectKey key;
  key.name = kubelet->options.node_name;
  co_return co_await kubelet->client.patch(context, kNodes, key, patch);
}

// Made, or renewed.
Task<ObjectResult> put_lease(Ref<Kubelet> kubelet, engine::Context context, Value lease) {
  const std::string name = kubelet->options.node_name;
  const std::string space = "kube-node-lease";
  ObjectResult out;
  out.object = lease;
  if (!lease) out = co_await kubelet->client.get(context, kLeases, space, name);
  const bool is_new = is_not_found(out.error);
  if (out.error && !is_new) co_return out;
  Value wanted = out.object;
  if (is_new) {
    const std::string no_space;
    const ObjectResult node = co_await kubelet->client.get(context, kNodes, no_space, name);
    wanted = new_object({"coordination.k8s.io/v1", "Lease"}, space, name);
    const Value owner = Object()
                            .set("apiVersion", "v1")
                            .set("kind", "Node")
                            .set("name", name)
                            .set("uid", metadata(node.object)["uid"])
                            .build();
    if (!node.error) wanted = with_meta(wanted, "ownerReferences", Array().add(owner).build());
  }
  wanted = wanted.with_in({"spec", "renewTime"}, micro_time_text(kubelet->wall_ns()))
               .with_in({"spec", "holderIdentity"}, name)
               .with_in({"spec", "leaseDurationSeconds"}, kLeaseSeconds);
  if (is_new) {
    out = co_await kubelet->client.create(context, kLeases, space, wanted);
  } else {
    out = co_await kubelet->client.update(context, kLeases, wanted);
  }
  co_return out;
}

}  // namespace

Task<> run_node_status(Ref<Kubelet> kubelet) {
  engine::Instant sent_at;
  Value known;
  NodeFacts told;
  bool is_registered = false;
  while (!kubelet->context.err()) {
    const uint64_t seen = kubelet->node_changed.count();
    const engine::Cancelable limited = engine::with_timeout(kubelet->context, kTimeout);
    if (std::exchange(kubelet->is_cut_off, false)) known = Value();
    const bool is_fresh = !known;
    if (!known) known = co_await find_node(kubelet, limited.context, !is_registered);
    is_registered = is_registered || known;
    const NodeFacts facts = node_facts(*kubelet);
    const bool is_due = is_fresh || engine::now() - sent_at >= kReport;
    if (known && (is_due || facts != told)) {
      const std::string now = time_text(kubelet->wall_ns());
      const Value next = with_node_status(known, facts, now);
      if (with_heartbeats(known, now) != next || engine::now() - sent_at >= kReport ||
          sent_at == engine::Instant{}) {
        const ObjectResult sent = co_await send_status(kubelet, limited.context, next);
        known = sent.error ? Value() : sent.object;
        if (!sent.error) sent_at = engine::now();
      }
      if (known) told = facts;
    }
    limited.cancel();
    co_await kubelet->node_changed.wait(seen, engine::now() + kPeriod);
  }
}

Task<> run_lease(Ref<Kubelet> kubelet) {
  Value lease;
  bool has_failed = false;
  while (!kubelet->context.err()) {
    const engine::Instant begun = engine::now();
    const engine::Cancelable limited = engine::with_timeout(kubelet->context, kTimeout);
    const ObjectResult put = co_await put_lease(kubelet, limited.context, lease);
    limited.cancel();
    lease = put.error ? Value() : put.object;
    // While the lease was not renewed the node may have been declared unknown.
    if (has_failed || put.error) kubelet->is_cut_off = true;
    has_failed = bool(put.error);
    co_await engine::sleep_for(begun + kPeriod - engine::now());
  }
}

}  // namespace sim::k8s::kubelet
