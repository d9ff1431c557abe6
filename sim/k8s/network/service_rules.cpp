#include "sim/k8s/network/service_rules.h"

#include <algorithm>
#include <optional>

namespace sim::k8s {
namespace {

net::Protocol protocol_of(const Value& port) {
  return port["protocol"].text() == "UDP" ? net::Protocol::kUdp : net::Protocol::kTcp;
}

bool is_headless(const Value& service) {
  const std::string_view ip = service["spec"]["clusterIP"].text();
  return ip.empty() || ip == "None";
}

// Absent conditions count as ready. Source: the EndpointSlice API.
bool is_ready(const Value& endpoint) {
  return endpoint["conditions"]["ready"].truth(true);
}
bool serves_while_it_ends(const Value& endpoint) {
  const Value& conditions = endpoint["conditions"];
  return conditions["serving"].truth(false) && conditions["terminating"].truth(false);
}

std::optional<net::Ip> address_of(const Value& endpoint) {
  return net::parse_ip(endpoint["addresses"][0].text());
}

// The port of a slice that a Service's port of that name leads to.
int64_t slice_port(const Value& slice, const Value& service_port) {
  for (const Value& port : slice["ports"].items()) {
    if (port["name"].text() == service_port["name"].text()) return port["port"].integer();
  }
  return 0;
}

std::vector<net::Address> backends(const Value& port, std::span<const Value> slices,
                                   std::string_view only_node) {
  std::vector<net::Address> ready;
  std::vector<net::Address> ending;
  for (const Value& slice : slices) {
    const int64_t number = slice_port(slice, port);
    if (number == 0) continue;
    for (const Value& endpoint : slice["endpoints"].items()) {
      if (!only_node.empty() && endpoint["nodeName"].text() != only_node) continue;
      const std::optional<net::Ip> ip = address_of(endpoint);
      if (!ip) continue;
      const net::Address address{*ip, static_cast<uint16_t>(number)};
      if (is_ready(endpoint)) ready.push_back(address);
      if (serves_while_it_ends(endpoint)) ending.push_back(address);
    }
  }
  std::vector<net::Address>& out = ready.empty() ? ending : ready;
  std::stable_sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

std::string service_key_of(const Value& slice) {
  std::string key(namespace_of(slice));
  key += '/';
  key += labels_of(slice)["kubernetes.io/service-name"].text();
  return key;
}

std::vector<ServiceRule> rules_of(const Value& service, std::span<const Value> slices,
                                  const ServiceRuleOptions& options) {
  std::vector<ServiceRule> rules;
  const Value& spec = service["spec"];
  if (is_headless(service) || spec["type"].text() == "ExternalName") return rules;
  const std::optional<net::Ip> ip = net::parse_ip(spec["clusterIP"].text());
  engine::Duration affinity;
  if (spec["sessionAffinity"].text() == "ClientIP") {
    constexpr int64_t kThreeHours = 10'800;
    affinity =
        engine::kSecond *
        spec.in({"sessionAffinityConfig", "clientIP", "timeoutSeconds"}).integer(kThreeHours);
  }
  const bool inside_local = spec["internalTrafficPolicy"].text() == "Local";
  const bool outside_local = spec["externalTrafficPolicy"].text() == "Local";
  for (const Value& port : spec["ports"].items()) {
    const net::Protocol protocol = protocol_of(port);
    net::Nat::Target target;
    target.affinity = affinity;
    target.backends = backends(port, slices, inside_local ? options.node : std::string());
    const auto number = static_cast<uint16_t>(port["port"].integer());
    if (ip) rules.push_back({{{*ip, number}, protocol}, target});
    const auto node_port = static_cast<uint16_t>(port["nodePort"].integer());
    if (node_port == 0) continue;
    target.backends = backends(port, slices, outside_local ? options.node : std::string());
    rules.push_back({{{options.machine, node_port}, protocol}, target});
  }
  return rules;
}

std::vector<NamedEndpoint> endpoints_of(const Value& service, std::span<const Value> slices) {
  std::vector<NamedEndpoint> out;
  const bool publishes_all = service["spec"]["publishNotReadyAddresses"].truth();
  for (const Value& slice : slices) {
    for (const Value& endpoint : slice["endpoints"].items()) {
      const std::optional<net::Ip> ip = address_of(endpoint);
      if (!ip || (!publishes_all && !is_ready(endpoint))) continue;
      out.push_back({*ip, std::string(endpoint["hostname"].text())});
    }
  }
  return out;
}

}  // namespace sim::k8s
