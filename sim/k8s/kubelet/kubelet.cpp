#include "sim/k8s/kubelet/kubelet.h"

#include "engine/sync/timer.h"
#include "sim/k8s/kubelet/eviction.h"
#include "sim/k8s/kubelet/node_status.h"
#include "sim/k8s/kubelet/pod_worker.h"
#include "sim/k8s/kubelet/server.h"
#include "sim/k8s/kubelet/status_manager.h"

namespace sim::k8s {
namespace kubelet {
namespace {

using engine::Ref;
using engine::Task;

// "10.244.3.0/24". Keeps what there is if it is malformed.
void take_range(Kubelet& kubelet, std::string_view cidr) {
  const size_t slash = cidr.find('/');
  if (slash == std::string_view::npos) return;
  const std::optional<net::Ip> base = net::parse_ip(cidr.substr(0, slash));
  const std::optional<uint16_t> bits = net::parse_port(cidr.substr(slash + 1));
  if (!base || !bits || *bits < 8 || *bits > 30) return;
  kubelet.pod_base = *base;
  kubelet.pod_count = uint32_t{1} << (32 - *bits);
}

// Wakes the workers whose containers have changed, at the next whole second after they did.
Task<> run_pleg(Ref<Kubelet> kubelet) {
  std::map<std::string, container::ContainerState> known;
  while (!kubelet->context.err()) {
    const uint64_t seen = kubelet->runtime.changed().count();
    std::set<std::string> changed;
    std::map<std::string, container::ContainerState> now;
    for (const Ref<container::Container>& each : kubelet->runtime.containers()) {
      const std::string uid(label_of(*each, kPodUidLabel));
      if (uid.empty()) continue;
      now[each->id()] = each->state();
      const auto before = known.find(each->id());
      if (before == known.end() || before->second != each->state()) changed.insert(uid);
    }
    known = std::move(now);
    for (const std::string& uid : changed) {
      const auto worker = kubelet->workers.find(uid);
      if (worker != kubelet->workers.end()) worker->second->nudge();
    }
    co_await kubelet->runtime.changed().wait(seen);
    const int64_t into = engine::now().ns % engine::kSecond.ns;
    co_await engine::sleep_for(engine::Duration{engine::kSecond.ns - into});
  }
}

void follow_pods(Ref<Kubelet> kubelet) {
  InformerHandlers handlers;
  Kubelet* const raw = kubelet.get();  // the informer is its part
  handlers.added = [raw](const Value& pod) { pod_changed(Ref<Kubelet>(raw), pod); };
  handlers.updated = [raw](const Value& before, const Value& pod) {
    // Another pod of the same name came between two looks.
    if (uid_of(before) != uid_of(pod)) pod_deleted(Ref<Kubelet>(raw), before);
    pod_changed(Ref<Kubelet>(raw), pod);
  };
  handlers.deleted = [raw](const Value& pod) { pod_deleted(Ref<Kubelet>(raw), pod); };
  kubelet->pods.add_handlers(std::move(handlers));
}

}  // namespace
}  // namespace kubelet

engine::Task<> run_kubelet(RestClient client, KubeletOptions options, engine::Context context) {
  node::Machine& machine = node::this_machine();
  if (options.node_name.empty()) options.node_name = machine.name();
  Informer::Options mine;
  mine.field_selector = "spec.nodeName=" + options.node_name;
  const Informer pods(client, kPods, mine);
  const Informer services(client, kServices);
  const EventRecorder::Source source("kubelet", options.node_name);
  const EventRecorder events(client, source);
  const engine::Ref<kubelet::Kubelet> self(
      new kubelet::Kubelet(client, options, context, pods, services, events));
  // A part of 10.128.0.0/9 for each machine, unless something else is said.
  constexpr uint32_t kPodsBase = 0x0a800000;
  self->pod_base = net::Ip{kPodsBase + (machine.id() << 8)};
  self->pod_count = 256;
  const std::string no_space;
  if (options.pod_cidr.empty()) {
    const ObjectResult node = co_await client.get(context, kNodes, no_space, options.node_name);
    kubelet::take_range(*self, node.object["spec"]["podCIDR"].text());
  } else {
    kubelet::take_range(*self, options.pod_cidr);
  }
  engine::go([events, context]() -> engine::Task<> {
    co_await events.run(context);
  }).set_name("events");
  engine::go(kubelet::run_node_status, self).set_name("node-status");
  engine::go(kubelet::run_lease, self).set_name("lease");
  engine::go(kubelet::run_server, self).set_name("server");
  engine::go([services, context]() -> engine::Task<> {
    co_await services.run(context);
  }).set_name("services");
  co_await services.wait_for_sync();
  kubelet::follow_pods(self);
  engine::go(kubelet::run_status_manager, self).set_name("status-manager");
  engine::go([pods, context]() -> engine::Task<> { co_await pods.run(context); }).set_name("pods");
  co_await pods.wait_for_sync();
  kubelet::remove_orphans(*self);
  engine::go(kubelet::run_pleg, self).set_name("pleg");
  engine::go(kubelet::run_eviction, self).set_name("eviction");
  co_await context.done().recv();
}

}  // namespace sim::k8s
