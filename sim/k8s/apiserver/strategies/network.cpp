// The strategies of endpoints, ingresses and network policies.
//
// Source: Kubernetes' API reference, Endpoints, discovery.k8s.io, networking.k8s.io.

#include <string>

#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/filler.h"
#include "sim/k8s/apiserver/strategies/strategies.h"

namespace sim::k8s::strategies {
namespace {

Value with_protocol(const Value& port) {
  return Filler(port).nonempty_text("protocol", "TCP").done();
}

Value default_endpoints(const Value& object) {
  const auto subset = [](const Value& each_subset) {
    return Filler(each_subset)
        .apply("ports", [](const Value& ports) { return each(ports, with_protocol); })
        .done();
  };
  return Filler(object)
      .apply("subsets", [subset](const Value& subsets) { return each(subsets, subset); })
      .done();
}

// A port of Endpoints or of an EndpointSlice.
void check_endpoint_port(FieldErrors& errors, const Place& at, const Value& port,
                         std::vector<std::string_view>& names, bool needs_name) {
  const std::string_view name = port["name"].text();
  if (name.empty()) {
    if (needs_name) errors.required(at.child("name"));
  } else {
    check_form(errors, at.child("name"), name, dns_label);
    if (is_among(name, names)) errors.duplicate(at.child("name"), name);
    names.push_back(name);
  }
  check_protocol(errors, at.child("protocol"), port["protocol"]);
  if (is_set(port["appProtocol"])) {
    check_form(errors, at.child("appProtocol"), port["appProtocol"].text(), qualified_name);
  }
}

void check_endpoint_address(FieldErrors& errors, const Place& at, const Value& address) {
  check_reachable_ip(errors, at.child("ip"), address["ip"].text());
  const std::string_view host = address["hostname"].text();
  if (!host.empty()) check_form(errors, at.child("hostname"), host, dns_label);
  const std::string_view node = address["nodeName"].text();
  if (!node.empty()) check_form(errors, at.child("nodeName"), node, dns_subdomain);
}

void validate_endpoints(const Value& object, FieldErrors& errors) {
  const Place at("subsets");
  size_t i = 0;
  for (const Value& subset : object["subsets"].items()) {
    const Place place = at.index(i++);
    if (subset["addresses"].size() + subset["notReadyAddresses"].size() == 0) {
      errors.required(place, "must specify `addresses` or `notReadyAddresses`");
    }
    for (const std::string_view list : {"addresses", "notReadyAddresses"}) {
      const Place addresses = place.child(list);
      size_t j = 0;
      for (const Value& address : subset[list].items()) {
        check_endpoint_address(errors, addresses.index(j++), address);
      }
    }
    const Place ports = place.child("ports");
    std::vector<std::string_view> names;
    size_t j = 0;
    for (const Value& port : subset["ports"].items()) {
      const Place port_place = ports.index(j++);
      check_endpoint_port(errors, port_place, port, names, subset["ports"].size() > 1);
      check_port(errors, port_place.child("port"), port["port"]);
    }
  }
}

Value default_slice(const Value& object) {
  return Filler(object)
      .apply("ports",
             [](const Value& ports) {
               return each(ports, [](const Value& port) {
                 return Filler(port).text("name", "").nonempty_text("protocol", "TCP").done();
               });
             })
      .done();
}

void check_endpoint(FieldErrors& errors, const Place& at, const Value& endpoint,
                    std::string_view type) {
  constexpr int64_t kAddressesMost = 100;
  const Place addresses = at.child("addresses");
  const auto count = static_cast<int64_t>(endpoint["addresses"].size());
  if (count == 0) errors.required(addresses, "must contain at least 1 address");
  if (count > kAddressesMost) errors.too_many(addresses, count, kAddressesMost);
  size_t i = 0;
  for (const Value& address : endpoint["addresses"].items()) {
    const Place place = addresses.index(i++);
    const std::string_view text = address.text();
    if (type == "FQDN") {
      check_form(errors, place, text, dns_subdomain);
      continue;
    }
    const int wanted = type == "IPv4" ? 4 : 6;
    if (ip_family(text) != wanted) {
      errors.invalid(place, text,
                     wanted == 4 ? "must be a valid IPv4 address" : "must be a valid IPv6 address");
    } else {
      check_reachable_ip(errors, place, text);
    }
  }
  const std::string_view node = endpoint["nodeName"].text();
  if (!node.empty()) check_form(errors, at.child("nodeName"), node, dns_subdomain);
  const std::string_view host = endpoint["hostname"].text();
  if (!host.empty()) check_form(errors, at.child("hostname"), host, dns_label);
}

void validate_slice(const Value& object, FieldErrors& errors) {
  constexpr std::string_view kTypes[] = {"FQDN", "IPv4", "IPv6"};
  constexpr int64_t kEndpointsMost = 1000;
  constexpr int64_t kPortsMost = 20'000;
  const Value& type = object["addressType"];
  check_choice(errors, Place("addressType"), type, kTypes);
  const Place endpoints("endpoints");
  const auto count = static_cast<int64_t>(object["endpoints"].size());
  if (count > kEndpointsMost) {
    errors.too_many(endpoints, count, kEndpointsMost);
  } else {
    size_t i = 0;
    for (const Value& endpoint : object["endpoints"].items()) {
      check_endpoint(errors, endpoints.index(i++), endpoint, type.text());
    }
  }
  const Place ports("ports");
  const auto port_count = static_cast<int64_t>(object["ports"].size());
  if (port_count > kPortsMost) errors.too_many(ports, port_count, kPortsMost);
  std::vector<std::string_view> names;
  size_t i = 0;
  for (const Value& port : object["ports"].items()) {
    check_endpoint_port(errors, ports.index(i++), port, names, port_count > 1);
  }
}

void validate_slice_update(const Value& object, const Value& old, FieldErrors& errors) {
  check_unchanged(errors, Place("addressType"), object["addressType"], old["addressType"]);
}

Value with_balancer_status(const Value& object) {
  return object.with("status", json::Object().set("loadBalancer", Value::empty_object()).build());
}

void check_backend(FieldErrors& errors, const Place& at, const Value& backend) {
  const Value& service = backend["service"];
  const bool has_resource = is_set(backend["resource"]);
  if (is_set(service) && has_resource) {
    errors.invalid(at, "", "cannot set both resource and service backends");
    return;
  }
  if (has_resource) return;
  const Place place = at.child("service");
  const std::string_view name = service["name"].text();
  if (name.empty()) {
    errors.required(place.child("name"));
  } else {
    check_form(errors, place.child("name"), name, dns_1035_label);
  }
  const Value& port = service["port"];
  const bool has_name = !port["name"].text().empty();
  const bool has_number = port["number"].integer() != 0;
  const Place port_place = place.child("port");
  if (has_name && has_number) {
    errors.invalid(place, "", "cannot set both port name & port number");
  } else if (has_name) {
    check_form(errors, port_place.child("name"), port["name"].text(), port_name);
  } else if (has_number) {
    check_port(errors, port_place.child("number"), port["number"]);
  } else {
    errors.required(place, "port name or number is required");
  }
}

void check_path(FieldErrors& errors, const Place& at, const Value& path) {
  constexpr std::string_view kTypes[] = {"Exact", "ImplementationSpecific", "Prefix"};
  const std::string_view text = path["path"].text();
  const Value& type = path["pathType"];
  if (!is_set(type)) {
    errors.required(at.child("pathType"), "pathType must be specified");
  } else if (!is_among(type.text(), kTypes)) {
    errors.not_supported(at.child("pathType"), type, kTypes);
  } else if (type.text() != "ImplementationSpecific" || !text.empty()) {
    if (!text.starts_with('/')) {
      errors.invalid(at.child("path"), text, "must be an absolute path");
    }
  }
  if (type.text() != "ImplementationSpecific") {
    for (const std::string_view part : {"//", "/./", "/../", "%2f", "%2F"}) {
      if (text.find(part) != std::string_view::npos) {
        errors.invalid(at.child("path"), text, "must not contain '" + std::string(part) + "'");
      }
    }
  }
  check_backend(errors, at.child("backend"), path["backend"]);
}

void check_rule(FieldErrors& errors, const Place& at, const Value& rule) {
  const std::string_view host = rule["host"].text();
  if (!host.empty()) {
    if (ip_family(host) != 0) {
      errors.invalid(at.child("host"), host, "must be a DNS name, not an IP address");
    } else {
      const bool is_wildcard = host.find('*') != std::string_view::npos;
      check_form(errors, at.child("host"), host,
                 is_wildcard ? wildcard_dns_subdomain : dns_subdomain);
    }
  }
  if (!is_set(rule["http"])) return;
  const Place paths = at.child("http.paths");
  if (rule["http"]["paths"].size() == 0) errors.required(paths);
  size_t i = 0;
  for (const Value& path : rule["http"]["paths"].items()) {
    check_path(errors, paths.index(i++), path);
  }
}

void validate_ingress(const Value& object, FieldErrors& errors) {
  const Place at("spec");
  const Value& spec = object["spec"];
  if (spec["rules"].size() == 0 && !is_set(spec["defaultBackend"])) {
    errors.invalid(at, spec["rules"].is_array() ? spec["rules"] : Value::empty_array(),
                   "either `defaultBackend` or `rules` must be specified");
  }
  if (is_set(spec["defaultBackend"])) {
    check_backend(errors, at.child("defaultBackend"), spec["defaultBackend"]);
  }
  const Place rules = at.child("rules");
  size_t i = 0;
  for (const Value& rule : spec["rules"].items()) check_rule(errors, rules.index(i++), rule);
  const std::string_view of_class = spec["ingressClassName"].text();
  if (!of_class.empty()) {
    check_form(errors, at.child("ingressClassName"), of_class, dns_subdomain);
  }
}

void validate_ingress_class(const Value& object, FieldErrors& errors) {
  constexpr size_t kMost = 250;
  const Place at("spec");
  const std::string_view controller = object["spec"]["controller"].text();
  if (controller.size() > kMost) {
    errors.too_long(at.child("controller"), static_cast<int64_t>(kMost));
  }
  const size_t slash = controller.find('/');
  if (controller.empty()) {
    errors.required(at.child("controller"));
  } else if (slash == std::string_view::npos || slash == 0 || slash + 1 == controller.size()) {
    errors.invalid(at.child("controller"), controller,
                   "must be a domain-prefixed path (such as \"acme.io/foo\")");
  } else {
    check_form(errors, at.child("controller"), controller.substr(0, slash), dns_subdomain);
  }
}

void validate_ingress_class_update(const Value& object, const Value& old, FieldErrors& errors) {
  check_unchanged(errors, Place("spec.controller"), object["spec"]["controller"],
                  old["spec"]["controller"]);
}

Value default_policy(const Value& object) {
  const Value& spec = object["spec"];
  Filler filler(spec);
  for (const std::string_view direction : {"ingress", "egress"}) {
    filler.apply(direction, [](const Value& rules) {
      return each(rules, [](const Value& rule) {
        return Filler(rule)
            .apply("ports", [](const Value& ports) { return each(ports, with_protocol); })
            .done();
      });
    });
  }
  if (spec["policyTypes"].size() == 0) {
    json::Array types;
    types.add("Ingress");
    if (spec["egress"].size() > 0) types.add("Egress");
    filler.set("policyTypes", types.build());
  }
  return Filler(object).set("spec", filler.done()).done();
}

void check_peer(FieldErrors& errors, const Place& at, const Value& peer) {
  const bool has_block = is_set(peer["ipBlock"]);
  const bool has_selector = is_set(peer["podSelector"]) || is_set(peer["namespaceSelector"]);
  for (const std::string_view field : {"podSelector", "namespaceSelector"}) {
    check_label_selector(errors, at.child(field), peer[field]);
  }
  if (has_block) {
    const Place block = at.child("ipBlock");
    const std::string_view range = peer["ipBlock"]["cidr"].text();
    if (range.empty()) {
      errors.required(block.child("cidr"));
    } else {
      check_cidr(errors, block.child("cidr"), range);
    }
    const Place except = block.child("except");
    size_t i = 0;
    for (const Value& hole : peer["ipBlock"]["except"].items()) {
      check_cidr(errors, except.index(i++), hole.text());
    }
  }
  if (!has_block && !has_selector) errors.required(at, "must specify a peer");
  if (has_block && has_selector) {
    errors.forbidden(at, "may not specify both ipBlock and another peer");
  }
}

void check_last_port(FieldErrors& errors, const Place& at, const Value& port) {
  const Value& first = port["port"];
  const Value& last = port["endPort"];
  if (!is_set(last)) return;
  if (!is_set(first)) {
    errors.invalid(at, last, "may not be specified when `port` is not specified");
  } else if (first.is_string()) {
    errors.invalid(at, last, "may not be specified when `port` is non-numeric");
  } else if (last.integer() < first.integer()) {
    errors.invalid(at, first, "must be greater than or equal to `port`");
  }
}

void check_policy_rules(FieldErrors& errors, const Place& at, const Value& rules,
                        std::string_view peers_field) {
  size_t i = 0;
  for (const Value& rule : rules.items()) {
    const Place place = at.index(i++);
    const Place ports = place.child("ports");
    size_t j = 0;
    for (const Value& port : rule["ports"].items()) {
      const Place port_place = ports.index(j++);
      check_protocol(errors, port_place.child("protocol"), port["protocol"]);
      if (is_set(port["port"])) {
        check_port_or_name(errors, port_place.child("port"), port["port"]);
      }
      check_last_port(errors, port_place.child("endPort"), port);
    }
    const Place peers = place.child(peers_field);
    j = 0;
    for (const Value& peer : rule[peers_field].items()) {
      check_peer(errors, peers.index(j++), peer);
    }
  }
}

void validate_policy(const Value& object, FieldErrors& errors) {
  constexpr std::string_view kTypes[] = {"Egress", "Ingress"};
  const Place at("spec");
  const Value& spec = object["spec"];
  check_label_selector(errors, at.child("podSelector"), spec["podSelector"]);
  check_policy_rules(errors, at.child("ingress"), spec["ingress"], "from");
  check_policy_rules(errors, at.child("egress"), spec["egress"], "to");
  const Place types = at.child("policyTypes");
  size_t i = 0;
  for (const Value& type : spec["policyTypes"].items()) {
    const Place place = types.index(i++);
    if (!is_among(type.text(), kTypes)) errors.not_supported(place, type, kTypes);
  }
}

}  // namespace

constinit const Strategy kEndpoints{
    .defaults = default_endpoints,
    .validate = validate_endpoints,
};

constinit const Strategy kEndpointSlice{
    .defaults = default_slice,
    .validate = validate_slice,
    .validate_update = validate_slice_update,
    .counts_generations = true,
};

constinit const Strategy kIngress{
    .prepare_create = with_balancer_status,
    .validate = validate_ingress,
    .counts_generations = true,
};

constinit const Strategy kIngressClass{
    .validate = validate_ingress_class,
    .validate_update = validate_ingress_class_update,
    .counts_generations = true,
};

constinit const Strategy kNetworkPolicy{
    .defaults = default_policy,
    .validate = validate_policy,
    .counts_generations = true,
};

}  // namespace sim::k8s::strategies
