#include "sim/k8s/kubelet/sandbox.h"

#include <memory>
#include <utility>

#include "engine/world/local.h"
#include "sim/k8s/kubelet/pod_cgroups.h"
#include "sim/k8s/network/kube_proxy.h"

namespace sim::k8s::kubelet {
namespace {

using engine::Ref;

// The pods' sandboxes of a machine, and which containers its crashes have ended.
class Sandboxes final : public node::Device {
 public:
  explicit Sandboxes(node::Machine& machine) : machine_(machine) { machine.attach(*this); }
  std::map<std::string, Ref<Sandbox>, std::less<>> by_uid;
  std::set<std::string, std::less<>> lost;

  void process_ended(engine::ProcessId) override {}
  void machine_crashed() override {
    const std::set<std::string, std::less<>> before = std::exchange(lost, {});
    const container::Runtime* const runtime = container::runtime_of(machine_);
    if (runtime == nullptr) return;
    for (const Ref<container::Container>& each : runtime->containers()) {
      if (each->is_running() || before.contains(each->id())) lost.insert(each->id());
    }
  }
  void machine_started() override {}

 private:
  node::Machine& machine_;
};
struct AllSandboxes : engine::WorldLocal {
  std::map<uint32_t, std::unique_ptr<Sandboxes>> by_machine;
};

Sandboxes& sandboxes_of(node::Machine& machine) {
  std::unique_ptr<Sandboxes>& place = engine::world_local<AllSandboxes>().by_machine[machine.id()];
  if (!place) place = std::make_unique<Sandboxes>(machine);
  return *place;
}

net::NameService name_service(const Kubelet& kubelet, const Value& pod) {
  const Value& spec = pod["spec"];
  const std::string_view policy = spec["dnsPolicy"].text("ClusterFirst");
  net::NameService out;
  if (policy == "Default") out = kubelet.runtime.network().name_service();
  if (policy == "ClusterFirst" || policy == "ClusterFirstWithHostNet") {
    const std::string& domain = kubelet.options.cluster_domain;
    out.nameserver = net::Address{kubelet.options.cluster_dns, 53};
    out.search = {std::string(namespace_of(pod)) + ".svc." + domain, "svc." + domain, domain};
    out.ndots = 5;
  }
  const Value& extra = spec["dnsConfig"];
  if (extra["nameservers"].size() > 0 && !out.nameserver) {
    const std::optional<net::Ip> ip = net::parse_ip(extra["nameservers"][0].text());
    if (ip) out.nameserver = net::Address{*ip, 53};
  }
  for (const Value& domain : extra["searches"].items()) out.search.emplace_back(domain.text());
  for (const Value& option : extra["options"].items()) {
    if (option["name"].text() != "ndots") continue;
    const std::optional<uint16_t> dots = net::parse_port(option["value"].text());
    if (dots) out.ndots = *dots;
  }
  return out;
}

// Source: the CNI plugin portmap.
void open_host_ports(Kubelet& kubelet, const Value& pod, Sandbox& sandbox) {
  if (!sandbox.network) return;  // they are the machine's own
  for (const HostPort& port : host_ports_of(pod)) {
    const net::Nat::Service service{{kubelet.runtime.network().ip(), port.number}, port.protocol};
    net::Nat::Target target;
    target.backends = {{sandbox.network->stack().ip(), port.container_port}};
    nat_of(kubelet.runtime.network()).set(service, std::move(target));
    sandbox.host_ports.push_back(service);
  }
}

}  // namespace

bool was_lost(const container::Container& container) {
  const auto& all = engine::world_local<AllSandboxes>().by_machine;
  const auto found = all.find(container.config().parent_group->machine().id());
  return found != all.end() && found->second->lost.contains(container.id());
}

std::vector<HostPort> host_ports_of(const Value& pod) {
  std::vector<HostPort> out;
  for (const std::string_view list : {"initContainers", "containers"}) {
    for (const Value& container : pod["spec"][list].items()) {
      if (list == "initContainers" && !is_sidecar(container)) continue;
      for (const Value& port : container["ports"].items()) {
        if (port["hostPort"].integer() == 0) continue;
        HostPort made;
        made.number = static_cast<uint16_t>(port["hostPort"].integer());
        made.container_port = static_cast<uint16_t>(port["containerPort"].integer());
        if (port["protocol"].text() == "UDP") made.protocol = net::Protocol::kUdp;
        out.push_back(made);
      }
    }
  }
  return out;
}

Ref<Sandbox> find_sandbox(const Kubelet& kubelet, std::string_view uid) {
  auto& all = sandboxes_of(kubelet.machine).by_uid;
  const auto found = all.find(uid);
  if (found == all.end()) return {};
  if (!found->second->is_lost()) return found->second;
  all.erase(found);
  return {};
}

Ref<Sandbox> make_sandbox(Kubelet& kubelet, const Value& pod) {
  auto& all = sandboxes_of(kubelet.machine).by_uid;
  std::erase_if(all, [](const auto& each) { return each.second->is_lost(); });
  Ref<Sandbox> out(new Sandbox);
  if (pod["spec"]["hostNetwork"].truth()) {
    out->ip = kubelet.host_ip();
  } else {
    // The first two addresses are the range's own and the bridge's, the last one is broadcast.
    constexpr uint32_t kFirst = 2;
    for (uint32_t tries = 0; tries < kubelet.pod_count && out->ip.empty(); ++tries) {
      if (++kubelet.next_ip + 1 >= kubelet.pod_count) kubelet.next_ip = kFirst;
      const net::Ip ip{kubelet.pod_base.value + kubelet.next_ip};
      // Containers of a pod that a crash has ended still have theirs.
      if (kubelet.runtime.network().network().port_of(ip) != nullptr) continue;
      std::string host(pod["spec"]["hostname"].text(name_of(pod)));
      out->network = Ref<container::Namespace>(
          new container::Namespace(kubelet.runtime.network(), ip, std::move(host)));
      out->network->stack().set_name_service(name_service(kubelet, pod));
      out->ip = net::ip_text(ip);
    }
    if (out->ip.empty()) return {};
  }
  out->group = pod_cgroup(kubelet.machine, pod);
  open_host_ports(kubelet, pod, *out);
  all[std::string(uid_of(pod))] = out;
  return out;
}

void remove_sandbox(Kubelet& kubelet, std::string_view uid) {
  auto& all = sandboxes_of(kubelet.machine).by_uid;
  const auto found = all.find(uid);
  if (found == all.end()) return;
  const Ref<Sandbox> sandbox = found->second;
  all.erase(found);
  for (const net::Nat::Service& port : sandbox->host_ports) {
    nat_of(kubelet.runtime.network()).remove(port);
  }
  if (sandbox->network) sandbox->network->stack().close_everything();
  static_cast<void>(sandbox->group->remove());
}

}  // namespace sim::k8s::kubelet
