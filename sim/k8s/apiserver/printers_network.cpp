// The columns of services, what is behind them and what leads to them.

#include <algorithm>

#include "engine/task/print.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/apiserver/printers.h"

namespace sim::k8s {
namespace {

using json::Value;

constexpr Column kServiceColumns[] = {
    kNameColumn,
    {"Type", "string", "", "How the service can be reached."},
    {"Cluster-IP", "string", "", "Its address in the cluster."},
    {"External-IP", "string", "", "Its addresses outside."},
    {"Port(s)", "string", "", "Its ports, and those of nodes that lead to them."},
    kAgeColumn,
    {"Selector", "string", "", "The labels of the pods behind it.", 1},
};

constexpr Column kEndpointsColumns[] = {
    kNameColumn,
    {"Endpoints", "string", "", "The addresses that are ready, with their ports."},
    kAgeColumn,
};

constexpr Column kEndpointSliceColumns[] = {
    kNameColumn,
    {"AddressType", "string", "", "What its addresses are: IPv4, IPv6, FQDN."},
    {"Ports", "string", "", "The ports of all its endpoints."},
    {"Endpoints", "string", "", "The addresses of its endpoints."},
    kAgeColumn,
};

constexpr Column kIngressColumns[] = {
    kNameColumn,
    {"Class", "string", "", "Which ingress class is to serve it."},
    {"Hosts", "string", "", "The hosts that its rules are for."},
    {"Address", "string", "", "Where it can be reached."},
    {"Ports", "string", "", "The ports that it is served on."},
    kAgeColumn,
};

constexpr Column kIngressClassColumns[] = {
    kNameColumn,
    {"Controller", "string", "", "The controller that serves this class."},
    {"Parameters", "string", "", "The object with further parameters."},
    kAgeColumn,
};

constexpr Column kNetworkPolicyColumns[] = {
    kNameColumn,
    {"Pod-Selector", "string", "", "The labels of the pods that it is for."},
    kAgeColumn,
};

// Addresses or names of a load balancer, in order.
std::string balancer_text(const Value& balancer) {
  std::vector<std::string> all;
  for (const Value& ingress : balancer["ingress"].items()) {
    const std::string_view ip = ingress["ip"].text();
    const std::string_view at = ip.empty() ? ingress["hostname"].text() : ip;
    if (!at.empty()) all.emplace_back(at);
  }
  std::stable_sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return joined(all);
}

std::string external_text(const Value& service) {
  const Value& spec = service["spec"];
  const std::string_view type = spec["type"].text();
  const std::string fixed = joined(spec["externalIPs"]);
  if (type == "ExternalName") return std::string(spec["externalName"].text());
  if (type == "LoadBalancer") {
    std::string out = balancer_text(service["status"]["loadBalancer"]);
    if (!out.empty() && !fixed.empty()) out += ',';
    out += fixed;
    return out.empty() ? "<pending>" : out;
  }
  if (type != "ClusterIP" && type != "NodePort") return "<unknown>";
  return fixed.empty() ? "<none>" : fixed;
}

std::string ports_text(const Value& ports) {
  std::string out;
  for (const Value& port : ports.items()) {
    if (!out.empty()) out += ',';
    engine::append_operand(out, port["port"].integer());
    if (const int64_t node_port = port["nodePort"].integer(); node_port > 0) {
      out += ':';
      engine::append_operand(out, node_port);
    }
    out += '/';
    out += port["protocol"].text();
  }
  return out.empty() ? "<none>" : out;
}

void service_cells(Cells& cells, const Value& object) {
  const Value& spec = object["spec"];
  cells.add(name_of(object))
      .add(spec["type"].text())
      .add(spec["clusterIPs"][0].text("<none>"))
      .add(external_text(object))
      .add(ports_text(spec["ports"]))
      .add_age_of(object)
      .add(labels_text(spec["selector"]));
}

std::string with_port(std::string_view address, const Value& port) {
  const bool is_six = address.find(':') != std::string_view::npos;
  std::string out = is_six ? "[" + std::string(address) + "]" : std::string(address);
  out += ':';
  engine::append_operand(out, port.integer());
  return out;
}

std::string endpoints_text(const Value& subsets) {
  if (subsets.size() == 0) return "<none>";
  std::vector<std::string> all;
  for (const Value& subset : subsets.items()) {
    const Value& addresses = subset["addresses"];
    if (subset["ports"].size() == 0) {
      for (const Value& address : addresses.items()) all.emplace_back(address["ip"].text());
    }
    for (const Value& port : subset["ports"].items()) {
      for (const Value& address : addresses.items()) {
        all.push_back(with_port(address["ip"].text(), port["port"]));
      }
    }
  }
  return with_more(all, 3);
}

void endpoints_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object)).add(endpoints_text(object["subsets"])).add_age_of(object);
}

std::string text_or_unset(std::string text) {
  return text.empty() ? "<unset>" : text;
}

void endpoint_slice_cells(Cells& cells, const Value& object) {
  std::vector<std::string> ports;
  for (const Value& port : object["ports"].items()) {
    const Value& number = port["port"];
    ports.push_back(number.is_integer() ? number.to_json() : std::string(port["name"].text("*")));
  }
  std::vector<std::string> addresses;
  for (const Value& endpoint : object["endpoints"].items()) {
    for (const Value& address : endpoint["addresses"].items()) {
      addresses.emplace_back(address.text());
    }
  }
  cells.add(name_of(object))
      .add(object["addressType"].text())
      .add(text_or_unset(with_more(ports, 3)))
      .add(text_or_unset(with_more(addresses, 3)))
      .add_age_of(object);
}

std::string hosts_text(const Value& rules) {
  constexpr size_t kShown = 3;
  std::vector<std::string> hosts;
  bool has_more = false;
  for (const Value& rule : rules.items()) {
    if (hosts.size() == kShown) {
      has_more = true;
    } else if (!rule["host"].text().empty()) {
      hosts.emplace_back(rule["host"].text());
    }
  }
  if (hosts.empty()) return "*";
  std::string out = joined(hosts);
  if (!has_more) return out;
  out += " + ";
  engine::append_operand(out, static_cast<uint64_t>(rules.size() - kShown));
  return out + " more...";
}

void ingress_cells(Cells& cells, const Value& object) {
  const Value& spec = object["spec"];
  cells.add(name_of(object))
      .add(spec["ingressClassName"].text("<none>"))
      .add(hosts_text(spec["rules"]))
      .add(balancer_text(object["status"]["loadBalancer"]))
      .add(spec["tls"].size() > 0 ? "80, 443" : "80")
      .add_age_of(object);
}

void ingress_class_cells(Cells& cells, const Value& object) {
  const Value& parameters = object["spec"]["parameters"];
  std::string text = "<none>";
  if (parameters) {
    text = parameters["kind"].text();
    if (parameters.contains("apiGroup")) text += "." + std::string(parameters["apiGroup"].text());
    text += "/" + std::string(parameters["name"].text());
  }
  cells.add(name_of(object)).add(object["spec"]["controller"].text()).add(text).add_age_of(object);
}

void network_policy_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object)).add(selector_text(object["spec"]["podSelector"])).add_age_of(object);
}

constexpr Printer kPrinters[] = {
    {"", "services", kServiceColumns, service_cells},
    {"", "endpoints", kEndpointsColumns, endpoints_cells},
    {"discovery.k8s.io", "endpointslices", kEndpointSliceColumns, endpoint_slice_cells},
    {"networking.k8s.io", "ingresses", kIngressColumns, ingress_cells},
    {"networking.k8s.io", "ingressclasses", kIngressClassColumns, ingress_class_cells},
    {"networking.k8s.io", "networkpolicies", kNetworkPolicyColumns, network_policy_cells},
};

}  // namespace

std::span<const Printer> network_printers() {
  return kPrinters;
}

}  // namespace sim::k8s
