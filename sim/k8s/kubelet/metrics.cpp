#include "sim/k8s/kubelet/metrics.h"

#include "sim/k8s/api/time.h"

namespace sim::k8s::kubelet {
namespace {

using container::Container;
using engine::Duration;
using engine::Instant;
using engine::Ref;
using json::Array;
using json::Object;

/// A window that is shorter says too little. Source: metrics-server,
/// freshContainerMinMetricsResolution.
constexpr Duration kLeastWindow = 10 * engine::kSecond;

Duration cpu_of(const node::Cgroup& group) {
  return group.cpu_stat(engine::now()).usage;
}

UsageSample sample_now(const Kubelet& kubelet) {
  UsageSample out;
  out.at = engine::now();
  out.node = cpu_of(kubelet.machine.cgroups());
  for (const Ref<Container>& run : kubelet.runtime.containers()) {
    if (run->is_running()) out.containers[run->id()] = cpu_of(run->cgroup());
  }
  return out;
}

// Billionths of a core. The product of a long time and a billion would not fit.
int64_t rate(Duration used, Duration window) {
  return static_cast<int64_t>(static_cast<__int128>(used.ns) * engine::kSecond.ns / window.ns);
}

struct Use {
  Duration total;
  Duration used;
  Duration window;  // zero: no rate is known
  int64_t memory_bytes = 0;
};
Value entry_of(const Use& use) {
  Object cpu;
  cpu.set("usageCoreNanoSeconds", use.total.ns);
  if (use.window > Duration{}) cpu.set("usageNanoCores", rate(use.used, use.window));
  return Object()
      .set("cpu", std::move(cpu).build())
      .set("memory", Object().set("workingSetBytes", use.memory_bytes).build())
      .build();
}

Use use_of(const Kubelet& kubelet, const Container& run, Duration total,
           const UsageSample* before) {
  Use out;
  out.total = total;
  if (before == nullptr) return out;
  const auto had = before->containers.find(run.id());
  if (had != before->containers.end()) {
    out.used = total - had->second;
    out.window = engine::now() - before->at;
    return out;
  }
  const Duration age{kubelet.wall_ns() - run.started_ns()};
  if (age < kLeastWindow) return out;
  out.used = total;
  out.window = age;
  return out;
}

}  // namespace

Value measure(Kubelet& kubelet) {
  const UsageSample now = sample_now(kubelet);
  std::vector<UsageSample>& kept = kubelet.samples;
  // Who asks again at once is answered with the older one.
  const UsageSample* before = nullptr;
  for (const UsageSample& each : kept) {
    if (now.at - each.at >= kLeastWindow) before = &each;
  }
  const Duration window = before == nullptr ? Duration{} : now.at - before->at;
  Use node;
  node.total = now.node;
  node.used = before == nullptr ? Duration{} : now.node - before->node;
  node.window = window;
  node.memory_bytes = kubelet.machine.cgroups().memory_usage();
  Array pods;
  for (const auto& [uid, worker] : kubelet.workers) {
    Array containers;
    for (const Ref<Container>& run : containers_of(kubelet, uid)) {
      const auto used = now.containers.find(run->id());
      if (used == now.containers.end()) continue;
      Use use = use_of(kubelet, *run, used->second, before);
      use.memory_bytes = run->cgroup().memory_usage();
      containers.add(entry_of(use).with("name", label_of(*run, kContainerNameLabel)));
    }
    if (containers.size() == 0) continue;
    const Value reference = Object()
                                .set("name", name_of(worker->pod))
                                .set("namespace", namespace_of(worker->pod))
                                .set("uid", uid)
                                .build();
    pods.add(Object().set("podRef", reference).set("containers", containers.build()).build());
  }
  const int64_t seconds = (window.ns + engine::kSecond.ns / 2) / engine::kSecond.ns;
  Object own(entry_of(node));
  own.set("nodeName", kubelet.options.node_name).set("time", time_text(kubelet.wall_ns()));
  if (seconds > 0) own.set("windowSeconds", seconds);
  if (kept.empty() || now.at - kept.back().at >= kLeastWindow) {
    if (kept.size() == 2) kept.erase(kept.begin());
    kept.push_back(now);
  }
  return Object().set("node", std::move(own).build()).set("pods", pods.build()).build();
}

}  // namespace sim::k8s::kubelet
