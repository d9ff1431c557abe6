#include "sim/k8s/network/kube_proxy.h"

#include <map>
#include <memory>
#include <set>

#include "engine/sync/timer.h"
#include "engine/world/local.h"
#include "sim/k8s/network/service_rules.h"
#include "sim/net/socket.h"

namespace sim::k8s {
namespace {

using engine::Task;

constexpr engine::Duration kMinSyncPeriod = engine::kSecond;

struct Nats : engine::WorldLocal {
  struct Entry final : node::Device {
    Entry(net::Stack& machine, engine::EntityKey key)
        : nat(machine.network(), machine, key), stack(machine) {}
    void process_ended(engine::ProcessId) override {}
    void machine_crashed() override { nat.reset(); }
    void machine_started() override {}
    net::Nat nat;
    net::Stack& stack;
  };
  std::map<uint32_t, std::unique_ptr<Entry>> by_machine;
};

/// Where the key of a machine's address translation begins.
constexpr uint64_t kNatOrdinal = 6;

class Proxy {
 public:
  Proxy(net::Stack& machine, std::string node) : nat_(nat_of(machine)) {
    options_.machine = machine.ip();
    options_.node = std::move(node);
  }

  // Writes the rules of one Service, and takes out those it has no more.
  void sync(const std::string& key, const Value& service, std::span<const Value> slices) {
    const std::vector<ServiceRule> rules =
        service ? rules_of(service, slices, options_) : std::vector<ServiceRule>();
    std::set<net::Nat::Service> now;
    for (const ServiceRule& rule : rules) {
      nat_.set(rule.service, rule.target);
      now.insert(rule.service);
    }
    std::set<net::Nat::Service>& before = written_[key];
    for (const net::Nat::Service& old : before) {
      if (!now.contains(old)) nat_.remove(old);
    }
    if (now.empty()) {
      written_.erase(key);
    } else {
      before = std::move(now);
    }
  }

 private:
  net::Nat& nat_;
  ServiceRuleOptions options_;
  std::map<std::string, std::set<net::Nat::Service>> written_;
};

}  // namespace

net::Nat& nat_of(net::Stack& machine) {
  auto& entry = engine::world_local<Nats>().by_machine[machine.machine_id()];
  if (!entry) {
    const engine::EntityKey key = engine::derive(machine.machine().key(), kNatOrdinal);
    entry = std::make_unique<Nats::Entry>(machine, key);
    machine.set_filter(&entry->nat);
    machine.machine().attach(*entry);
  }
  return entry->nat;
}

Task<> run_kube_proxy(RestClient client, std::string node, engine::Context context) {
  const InformerFactory informers(std::move(client));
  const Informer services = informers.of(kServices);
  const Informer slices = informers.of(kEndpointSlices);
  const auto dirty = std::make_shared<std::set<std::string>>();
  const engine::EventCount changed("kube-proxy");
  const auto mark = [dirty, changed](std::string key) {
    dirty->insert(std::move(key));
    changed.advance();
  };
  InformerHandlers on_service;
  on_service.added = [mark](const Value& object) { mark(key_of(object)); };
  on_service.updated = [mark](const Value&, const Value& object) { mark(key_of(object)); };
  on_service.deleted = on_service.added;
  services.add_handlers(on_service);
  InformerHandlers on_slice;
  on_slice.added = [mark](const Value& object) { mark(service_key_of(object)); };
  on_slice.updated = [mark](const Value&, const Value& object) { mark(service_key_of(object)); };
  on_slice.deleted = on_slice.added;
  slices.add_handlers(on_slice);
  slices.add_index("service", service_key_of);
  informers.start(context);
  co_await informers.wait_for_sync();
  Proxy proxy(net::this_stack().host(), std::move(node));
  while (!context.err()) {
    const uint64_t seen = changed.count();
    if (dirty->empty()) {
      co_await changed.wait(seen);
      continue;
    }
    for (const std::string& key : std::exchange(*dirty, {})) {
      const std::vector<Value> own = slices.by_index("service", key);
      proxy.sync(key, services.get(key), own);
    }
    co_await engine::sleep_for(kMinSyncPeriod);
  }
}

}  // namespace sim::k8s
