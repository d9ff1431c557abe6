#include "sim/k8s/network/cluster_dns.h"

#include <map>
#include <memory>
#include <set>

#include "engine/task/go.h"
#include "sim/k8s/network/service_rules.h"
#include "sim/net/dns_server.h"

namespace sim::k8s {
namespace {

using engine::Task;

std::string name_of_service(const ObjectKey& key) {
  std::string name = key.name;
  name += '.';
  name += key.space;
  name += ".svc.";
  name += kClusterDomain;
  return name;
}

class Names {
 public:
  explicit Names(net::DnsZone zone) : zone_(std::move(zone)) {}

  // Makes the records of one Service what they should be.
  void sync(const std::string& key, const Value& service, std::span<const Value> slices) {
    for (const std::string& old : std::exchange(written_[key], {})) {
      zone_.remove(old, net::dns::kTypeAny);
    }
    if (!service) {
      written_.erase(key);
      return;
    }
    const std::string name = name_of_service(split_key(key));
    const Value& spec = service["spec"];
    const std::string_view alias = spec["externalName"].text();
    if (spec["type"].text() == "ExternalName") {
      if (zone_.add_alias(name, alias)) note(key, name);
      return;
    }
    std::vector<net::Ip> addresses;
    if (const std::optional<net::Ip> ip = net::parse_ip(spec["clusterIP"].text())) {
      addresses.push_back(*ip);
    } else {
      for (const NamedEndpoint& endpoint : endpoints_of(service, slices)) {
        addresses.push_back(endpoint.ip);
        if (endpoint.host_name.empty()) continue;
        const std::string own = endpoint.host_name + "." + name;
        zone_.add_address(own, endpoint.ip);
        note(key, own);
      }
    }
    if (addresses.empty()) return;
    zone_.set_addresses(name, addresses);
    note(key, name);
    for (const Value& port : spec["ports"].items()) {
      const std::string_view port_name = port["name"].text();
      if (port_name.empty()) continue;
      const bool is_udp = port["protocol"].text() == "UDP";
      const std::string own = "_" + std::string(port_name) + (is_udp ? "._udp." : "._tcp.") + name;
      net::dns::Srv record;
      record.weight = 100;
      record.port = static_cast<uint16_t>(port["port"].integer());
      record.target = name;
      zone_.add_service(own, record);
      note(key, own);
    }
  }

 private:
  void note(const std::string& key, const std::string& name) { written_[key].insert(name); }

  net::DnsZone zone_;
  std::map<std::string, std::set<std::string>> written_;  // by Service
};

}  // namespace

Task<> run_cluster_dns(RestClient client, std::string address, engine::Context context) {
  const InformerFactory informers(std::move(client));
  const Informer services = informers.of(kServices);
  const Informer slices = informers.of(kEndpointSlices);
  slices.add_index("service", service_key_of);
  const net::DnsZone zone(kClusterDomain);
  const auto names = std::make_shared<Names>(zone);
  const auto sync = [names, services, slices](const std::string& key) {
    const std::vector<Value> own = slices.by_index("service", key);
    names->sync(key, services.get(key), own);
  };
  InformerHandlers on_service;
  on_service.added = [sync](const Value& object) { sync(key_of(object)); };
  on_service.updated = [sync](const Value&, const Value& object) { sync(key_of(object)); };
  on_service.deleted = on_service.added;
  services.add_handlers(on_service);
  InformerHandlers on_slice;
  on_slice.added = [sync](const Value& object) { sync(service_key_of(object)); };
  on_slice.updated = [sync](const Value&, const Value& object) { sync(service_key_of(object)); };
  on_slice.deleted = on_slice.added;
  slices.add_handlers(on_slice);
  informers.start(context);
  co_await informers.wait_for_sync();
  co_await net::serve_dns(zone, std::move(address));
}

}  // namespace sim::k8s
