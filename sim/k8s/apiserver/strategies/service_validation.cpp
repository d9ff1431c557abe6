// The checks of services.
//
// Not modelled: that a balanced service with local traffic must have a port for health checks.

#include <algorithm>
#include <string>

#include "engine/task/print.h"
#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/service.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kOnlyBalanced = "may only be used when `type` is 'LoadBalancer'";
constexpr std::string_view kOnlyOnce = "may not change once set";
constexpr std::string_view kNotExternal = "may not be set for ExternalName services";

void check_external_name(FieldErrors& errors, const Place& at, const Value& spec) {
  for (const std::string_view field : {"clusterIPs", "ipFamilies"}) {
    if (spec[field].size() > 0) errors.forbidden(at.child(field), kNotExternal);
  }
  if (is_set(spec["ipFamilyPolicy"])) errors.forbidden(at.child("ipFamilyPolicy"), kNotExternal);
  std::string_view name = spec["externalName"].text();
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty()) {
    errors.required(at.child("externalName"));
  } else {
    check_form(errors, at.child("externalName"), name, dns_subdomain);
  }
}

void check_service_port(FieldErrors& errors, const Place& at, const Value& port, bool needs_name,
                        std::vector<std::string_view>& names) {
  const std::string_view name = port["name"].text();
  if (name.empty()) {
    if (needs_name) errors.required(at.child("name"));
  } else {
    check_form(errors, at.child("name"), name, dns_label);
    if (is_among(name, names)) errors.duplicate(at.child("name"), name);
    names.push_back(name);
  }
  check_port(errors, at.child("port"), port["port"]);
  check_protocol(errors, at.child("protocol"), port["protocol"]);
  check_port_or_name(errors, at.child("targetPort"), port["targetPort"]);
  if (is_set(port["appProtocol"])) {
    check_form(errors, at.child("appProtocol"), port["appProtocol"].text(), qualified_name);
  }
}

// Whether an earlier port has the same number in that field, with the same protocol.
bool is_repeated(std::span<const Value> ports, size_t at, std::string_view field) {
  const auto same = [&](const Value& other) {
    return other[field] == ports[at][field] && other["protocol"] == ports[at]["protocol"];
  };
  return std::any_of(ports.begin(), ports.begin() + static_cast<std::ptrdiff_t>(at), same);
}

void check_node_port(FieldErrors& errors, const Place& at, const Value& service,
                     const Value& port) {
  constexpr int64_t kLeast = 30'000;
  constexpr int64_t kMost = 32'767;
  const int64_t number = port["nodePort"].integer();
  if (service["spec"]["type"].text() == "ClusterIP") {
    errors.forbidden(at, "may not be used when `type` is 'ClusterIP'");
  } else if (number < kLeast || number > kMost) {
    errors.invalid(at, number,
                   "provided port is not in the valid range. The range of valid ports is "
                   "30000-32767");
  }
}

void check_service_ports(FieldErrors& errors, const Place& at, const Value& service) {
  const auto ports = service["spec"]["ports"].items();
  std::vector<std::string_view> names;
  for (size_t i = 0; i < ports.size(); ++i) {
    check_service_port(errors, at.index(i), ports[i], ports.size() > 1, names);
  }
  for (size_t i = 0; i < ports.size(); ++i) {
    if (ports[i]["nodePort"].integer() == 0) continue;
    const Place place = at.index(i);
    check_node_port(errors, place.child("nodePort"), service, ports[i]);
    if (is_repeated(ports, i, "nodePort")) {
      errors.duplicate(place.child("nodePort"), ports[i]["nodePort"]);
    }
  }
  for (size_t i = 0; i < ports.size(); ++i) {
    if (!is_repeated(ports, i, "port")) continue;
    errors.duplicate(
        at.index(i),
        json::Object().set("protocol", ports[i]["protocol"]).set("port", ports[i]["port"]).build());
  }
}

void check_session(FieldErrors& errors, const Place& at, const Value& spec) {
  constexpr std::string_view kKinds[] = {"ClientIP", "None"};
  constexpr int64_t kSecondsMost = 86'400;
  check_choice(errors, at.child("sessionAffinity"), spec["sessionAffinity"], kKinds);
  if (spec["sessionAffinity"].text() != "ClientIP") return;
  const Place place = at.child("sessionAffinityConfig.clientIP.timeoutSeconds");
  const Value& seconds = spec["sessionAffinityConfig"]["clientIP"]["timeoutSeconds"];
  if (!is_set(seconds)) {
    errors.required(place, "when session affinity type is ClientIP");
  } else if (seconds.integer() <= 0 || seconds.integer() > kSecondsMost) {
    errors.invalid(place, seconds, "must be greater than 0 and less than 86400");
  }
}

void check_families(FieldErrors& errors, const Place& at, const Value& spec) {
  constexpr std::string_view kFamilies[] = {"IPv4", "IPv6"};
  constexpr std::string_view kPolicies[] = {"PreferDualStack", "RequireDualStack", "SingleStack"};
  const Place families = at.child("ipFamilies");
  const auto all = spec["ipFamilies"].items();
  for (size_t i = 0; i < all.size(); ++i) {
    if (!is_among(all[i].text(), kFamilies)) {
      errors.not_supported(families.index(i), all[i], kFamilies);
    }
    const auto here = all.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(all.begin(), here, all[i]) != here) errors.duplicate(families.index(i), all[i]);
  }
  check_optional_choice(errors, at.child("ipFamilyPolicy"), spec["ipFamilyPolicy"], kPolicies);
}

void check_addresses(FieldErrors& errors, const Place& at, const Value& spec) {
  const std::string_view first = spec["clusterIP"].text();
  const Value& addresses = spec["clusterIPs"];
  const Place place = at.child("clusterIPs");
  if (first.empty()) {
    if (addresses.size() > 0) {
      errors.invalid(place, addresses, "must be empty when `clusterIP` is not specified");
    }
  } else if (addresses.size() == 0) {
    errors.required(place);
  } else if (addresses[0].text() != first) {
    errors.invalid(place, addresses, "first value must match `clusterIP`");
  }
  check_families(errors, at, spec);
  const size_t before = errors.all().size();
  size_t i = 0;
  for (const Value& address : addresses.items()) {
    const Place each = place.index(i++);
    if (i == 1 && address.text() == "None") {
      if (addresses.size() > 1) {
        errors.invalid(place, addresses, "'None' must be the first and only value");
      }
      continue;
    }
    check_ip(errors, each, address.text());
  }
  if (addresses.size() > 2) errors.invalid(place, addresses, "may only hold up to 2 values");
  if (errors.all().size() != before) return;
  const auto family = [&](int at_index) { return ip_family(addresses[at_index].text()); };
  if (addresses.size() == 2 && family(0) == family(1)) {
    errors.invalid(place, addresses, "may specify no more than one IP for each IP family");
  }
  const auto families = spec["ipFamilies"].items();
  for (size_t k = 0; k < addresses.size() && k < families.size(); ++k) {
    const std::string_view address = addresses.items()[k].text();
    const int wanted = families[k].text() == "IPv4" ? 4 : 6;
    if (address == "None" || ip_family(address) == wanted) continue;
    std::string detail = wanted == 4 ? "expected an IPv4" : "expected an IPv6";
    detail += " value as indicated by `ipFamilies[";
    engine::append_operand(detail, uint64_t{k});
    errors.invalid(place.index(k), address, detail + "]`");
  }
}

void check_traffic(FieldErrors& errors, const Place& at, const Value& service) {
  constexpr std::string_view kPolicies[] = {"Cluster", "Local"};
  const Value& spec = service["spec"];
  const Value& outside = spec["externalTrafficPolicy"];
  const Place place = at.child("externalTrafficPolicy");
  const bool is_open =
      has_node_ports(service) || (!is_external_name(service) && spec["externalIPs"].size() > 0);
  if (is_open) {
    check_choice(errors, place, outside, kPolicies);
  } else if (!outside.text().empty()) {
    errors.invalid(place, outside, "may only be set for externally-accessible services");
  }
  const Value& health = spec["healthCheckNodePort"];
  const bool checks_health = spec["type"].text() == "LoadBalancer" && outside.text() == "Local";
  if (health.integer() != 0) {
    if (checks_health) {
      check_port(errors, at.child("healthCheckNodePort"), health);
    } else {
      errors.invalid(at.child("healthCheckNodePort"), health,
                     "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` "
                     "is 'Local'");
    }
  }
  const Value& inside = spec["internalTrafficPolicy"];
  if (!is_set(inside)) {
    if (!is_external_name(service)) errors.required(at.child("internalTrafficPolicy"));
  } else if (!is_among(inside.text(), kPolicies)) {
    errors.not_supported(at.child("internalTrafficPolicy"), inside, kPolicies);
  }
  constexpr std::string_view kDistributions[] = {"PreferClose"};
  check_optional_choice(errors, at.child("trafficDistribution"), spec["trafficDistribution"],
                        kDistributions);
}

void check_balancer(FieldErrors& errors, const Place& at, const Value& spec) {
  const bool is_balanced = spec["type"].text() == "LoadBalancer";
  const Place ranges = at.child("LoadBalancerSourceRanges");
  if (spec["loadBalancerSourceRanges"].size() > 0) {
    if (!is_balanced) errors.forbidden(ranges, kOnlyBalanced);
    size_t i = 0;
    for (const Value& range : spec["loadBalancerSourceRanges"].items()) {
      check_cidr(errors, ranges.index(i++), trimmed(range.text()));
    }
  }
  if (is_set(spec["allocateLoadBalancerNodePorts"]) && !is_balanced) {
    errors.forbidden(at.child("allocateLoadBalancerNodePorts"), kOnlyBalanced);
  }
  const Value& balancer = spec["loadBalancerClass"];
  if (!is_set(balancer)) return;
  if (is_balanced) {
    check_form(errors, at.child("loadBalancerClass"), balancer.text(), qualified_name);
  } else {
    errors.forbidden(at.child("loadBalancerClass"), kOnlyBalanced);
  }
}

// A service keeps its addresses; it may get one of the other family, or give it up.
void check_first_stays(FieldErrors& errors, const Place& at, const Value& now, const Value& before,
                       std::string_view cannot_be_unset) {
  const auto old = before.items();
  if (now.size() == old.size()) {
    for (size_t i = 0; i < old.size(); ++i) {
      if (now.items()[i] != old[i]) errors.invalid(at.index(i), now, kOnlyOnce);
    }
  } else if (now.size() == 0) {
    errors.invalid(at.index(0), Value::empty_array(), cannot_be_unset);
  } else if (!old.empty() && now.items()[0] != old[0]) {
    errors.invalid(at.index(0), now, kOnlyOnce);
  }
}

}  // namespace

void validate_service(const Value& object, FieldErrors& errors) {
  constexpr std::string_view kTypes[] = {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"};
  const Place at("spec");
  const Value& spec = object["spec"];
  const Place addresses = at.child("clusterIPs");
  if (spec["ports"].size() == 0 && !is_headless(object) && !is_external_name(object)) {
    errors.required(at.child("ports"));
  }
  if (is_external_name(object)) {
    check_external_name(errors, at, spec);
  } else if (is_headless(object) && has_node_ports(object)) {
    errors.invalid(
        addresses.index(0), "None",
        "may not be set to 'None' for " + std::string(spec["type"].text()) + " services");
  }
  check_service_ports(errors, at.child("ports"), object);
  check_labels(errors, at.child("selector"), spec["selector"]);
  check_session(errors, at, spec);
  if (!is_external_name(object)) check_addresses(errors, at, spec);
  const Place external = at.child("externalIPs");
  size_t i = 0;
  for (const Value& address : spec["externalIPs"].items()) {
    check_reachable_ip(errors, external.index(i++), address.text());
  }
  check_choice(errors, at.child("type"), spec["type"], kTypes);
  check_balancer(errors, at, spec);
  check_traffic(errors, at, object);
}

void validate_service_update(const Value& object, const Value& old, FieldErrors& errors) {
  const Place at("spec");
  const Value& now = object["spec"];
  const Value& before = old["spec"];
  if (!is_external_name(object) && !is_external_name(old)) {
    if (!is_headless(object) || !is_headless(old)) {
      check_first_stays(errors, at.child("clusterIPs"), now["clusterIPs"], before["clusterIPs"],
                        "primary clusterIP can not be unset");
    }
    if (!is_headless(object) && !is_headless(old)) {
      check_first_stays(errors, at.child("ipFamilies"), now["ipFamilies"], before["ipFamilies"],
                        "primary ipFamily can not be unset");
    }
  }
  const bool stays_balanced =
      now["type"].text() == "LoadBalancer" && before["type"].text() == "LoadBalancer";
  if (stays_balanced && now["loadBalancerClass"] != before["loadBalancerClass"]) {
    errors.invalid(at.child("loadBalancerClass"),
                   is_set(now["loadBalancerClass"]) ? now["loadBalancerClass"] : Value(nullptr),
                   kOnlyOnce);
  }
}

}  // namespace sim::k8s::strategies
