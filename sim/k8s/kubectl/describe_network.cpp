// Services, what is behind them, and what leads to them.

#include <algorithm>

#include "sim/k8s/api/object.h"
#include "sim/k8s/kubectl/describe_page.h"

namespace sim::k8s::kubectl {
namespace {

constexpr Value kNothing;

// The ready endpoints of a service's port, the first three of them. As in kubectl, one that is not
// ready makes three of them look cut short: `+ 0 more...`.
class EndpointList {
 public:
  void add(const Value& endpoint, std::string_view port) {
    has_more_ = has_more_ || count_ >= kShown;
    if (!endpoint["conditions"]["ready"].truth(true)) return;
    if (count_++ >= kShown) return;
    const std::string_view address = endpoint["addresses"][0].text();
    const bool is_six = address.find(':') != std::string_view::npos && !port.empty();
    if (!text_.empty()) text_ += ',';
    if (is_six) text_ += '[';
    text_ += address;
    if (is_six) text_ += ']';
    text_ += port;
  }
  [[nodiscard]] std::string text() const {
    if (!has_more_) return text_;
    std::string out = text_ + " + ";
    engine::append_operand(out, count_ - kShown);
    return out + " more...";
  }

 private:
  static constexpr int64_t kShown = 3;
  std::string text_;
  int64_t count_ = 0;
  bool has_more_ = false;
};

std::string endpoints_text(const Page& page, std::string_view service, std::string_view port_name) {
  EndpointList list;
  bool has_slices = false;
  for (const Value& slice : page.related().endpoint_slices) {
    if (labels_of(slice)["kubernetes.io/service-name"].text() != service) continue;
    has_slices = true;
    if (slice["ports"].size() == 0) {
      for (const Value& endpoint : slice["endpoints"].items()) list.add(endpoint, {});
    }
    for (const Value& port : slice["ports"].items()) {
      if (port["name"].text() != port_name) continue;
      const std::string suffix = ":" + port["port"].to_json();
      for (const Value& endpoint : slice["endpoints"].items()) list.add(endpoint, suffix);
    }
  }
  return has_slices ? list.text() : "<none>";
}

std::string balancer_text(const Value& ingresses) {
  std::string out;
  for (const Value& ingress : ingresses.items()) {
    if (!out.empty()) out += ", ";
    const std::string_view ip = ingress["ip"].text();
    out += ip.empty() ? ingress["hostname"].text() : ip;
    const std::string_view mode = ingress["ipMode"].text();
    if (!ip.empty() && !mode.empty()) out += " (" + std::string(mode) + ")";
  }
  return out;
}

void describe_ports(Page& page, const Value& service) {
  for (const Value& port : service["spec"]["ports"].items()) {
    const std::string_view name = port["name"].text();
    const std::string_view shown = name.empty() ? "<unset>" : name;
    const std::string_view protocol = port["protocol"].text();
    const Value& target = port["targetPort"];
    page.field(0, "Port", shown, "\t", port["port"].integer(), "/", protocol);
    page.field(0, "TargetPort", target ? scalar_text(target) : "0", "/", protocol);
    if (port["nodePort"].integer() != 0) {
      page.field(0, "NodePort", shown, "\t", port["nodePort"].integer(), "/", protocol);
    }
    page.field(0, "Endpoints", endpoints_text(page, name_of(service), name));
  }
}

void describe_service(Page& page, const Value& object) {
  const Value& spec = object["spec"];
  const auto list_or_none = [](const Value& list) {
    return list.size() > 0 ? joined(list, ",") : std::string("<none>");
  };
  page.title(object);
  page.labels_and_annotations(object);
  page.field(0, "Selector", labels_line(spec["selector"]));
  page.field(0, "Type", spec["type"].text());
  page.field_if(0, "IP Family Policy", spec["ipFamilyPolicy"]);
  page.field(0, "IP Families", list_or_none(spec["ipFamilies"]));
  page.field(0, "IP", spec["clusterIP"].text());
  page.field(0, "IPs", list_or_none(spec["clusterIPs"]));
  if (spec["externalIPs"].size() > 0) {
    page.field(0, "External IPs", joined(spec["externalIPs"], ","));
  }
  page.field_if(0, "Desired LoadBalancer IP", spec["loadBalancerIP"]);
  page.field_if(0, "External Name", spec["externalName"]);
  const Value& ingresses = object["status"]["loadBalancer"]["ingress"];
  if (ingresses.size() > 0) page.field(0, "LoadBalancer Ingress", balancer_text(ingresses));
  describe_ports(page, object);
  page.field(0, "Session Affinity", spec["sessionAffinity"].text());
  page.field_if(0, "External Traffic Policy", spec["externalTrafficPolicy"]);
  page.field_if(0, "Internal Traffic Policy", spec["internalTrafficPolicy"]);
  if (spec["healthCheckNodePort"].integer() != 0) {
    page.field(0, "HealthCheck NodePort", spec["healthCheckNodePort"].integer());
  }
  if (spec["loadBalancerSourceRanges"].size() > 0) {
    page.field(0, "LoadBalancer Source Ranges", joined(spec["loadBalancerSourceRanges"], ","));
  }
  page.events();
}

std::string addresses_text(const Value& addresses) {
  std::string out;
  for (const Value& address : addresses.items()) {
    if (!out.empty()) out += ',';
    out += address["ip"].text();
  }
  return out.empty() ? "<none>" : out;
}

void describe_port_table(Page& page, const Value& ports, int level) {
  page.line(level, "Name\tPort\tProtocol");
  page.line(level, "----\t----\t--------");
  for (const Value& port : ports.items()) {
    const std::string_view name = port["name"].text();
    page.line(level, name.empty() ? "<unset>" : name, "\t",
              port["port"].is_integer() ? port["port"].to_json() : "<unset>", "\t",
              port["protocol"].text());
  }
}

void describe_endpoints(Page& page, const Value& object) {
  page.title(object);
  page.labels_and_annotations(object);
  page.line(0, "Subsets:");
  for (const Value& subset : object["subsets"].items()) {
    page.field(1, "Addresses", addresses_text(subset["addresses"]));
    page.field(1, "NotReadyAddresses", addresses_text(subset["notReadyAddresses"]));
    if (subset["ports"].size() > 0) {
      page.line(1, "Ports:");
      describe_port_table(page, subset["ports"], 2);
    }
    page.write("\n");
  }
  page.events();
}

void describe_endpoint(Page& page, const Value& endpoint) {
  const std::string addresses = joined(endpoint["addresses"], ", ");
  const Value& ready = endpoint["conditions"]["ready"];
  const Value& target = endpoint["targetRef"];
  page.field(1, "- Addresses", addresses.empty() ? "<none>" : addresses);
  page.line(2, "Conditions:");
  page.field(3, "Ready", ready.is_bool() ? ready.to_json() : "<unset>");
  page.field(2, "Hostname", endpoint["hostname"].text("<unset>"));
  if (target.is_object()) {
    page.field(2, "TargetRef", target["kind"].text(), "/", target["name"].text());
  }
  page.field(2, "NodeName", endpoint["nodeName"].text("<unset>"));
  page.field(2, "Zone", endpoint["zone"].text("<unset>"));
}

void describe_endpoint_slice(Page& page, const Value& object) {
  page.title(object);
  page.labels_and_annotations(object);
  page.field(0, "AddressType", object["addressType"].text());
  if (object["ports"].size() == 0) {
    page.line(0, "Ports: <unset>");
  } else {
    page.line(0, "Ports:");
    describe_port_table(page, object["ports"], 1);
  }
  if (object["endpoints"].size() == 0) {
    page.line(0, "Endpoints: <none>");
  } else {
    page.line(0, "Endpoints:");
    for (const Value& endpoint : object["endpoints"].items()) describe_endpoint(page, endpoint);
  }
  page.events();
}

const Value& service_named(const Page& page, std::string_view name) {
  for (const Value& service : page.related().services) {
    if (name_of(service) == name) return service;
  }
  return kNothing;
}

// `web:80 (10.0.0.7:8080)`
std::string backend_text(const Page& page, const Value& backend) {
  const Value& service = backend["service"];
  if (!service.is_object()) {
    const Value& resource = backend["resource"];
    if (!resource.is_object()) return {};
    return "APIGroup: " + std::string(resource["apiGroup"].text("<none>")) +
           ", Kind: " + std::string(resource["kind"].text()) +
           ", Name: " + std::string(resource["name"].text());
  }
  const std::string_view name = service["name"].text();
  const Value& number = service["port"]["number"];
  const std::string_view port_name = service["port"]["name"].text();
  std::string out(name);
  out += ":";
  out += number.integer() != 0 ? number.to_json() : std::string(port_name);
  const Value& found = service_named(page, name);
  if (!found) {
    return out + " (<error: services \"" + std::string(name) + "\" not found>)";
  }
  std::string_view meant;
  for (const Value& port : found["spec"]["ports"].items()) {
    const bool by_number = number.integer() != 0 && port["port"] == number;
    if (by_number || (!port_name.empty() && port["name"].text() == port_name)) {
      meant = port["name"].text();
    }
  }
  return out + " (" + endpoints_text(page, name, meant) + ")";
}

void describe_rules(Page& page, const Value& rules, const std::string& otherwise) {
  page.write("Rules:\n  Host\tPath\tBackends\n");
  page.line(1, "----\t----\t--------");
  bool has_rules = false;
  for (const Value& rule : rules.items()) {
    if (!rule["http"].is_object()) continue;
    has_rules = true;
    const std::string_view host = rule["host"].text();
    page.line(1, host.empty() ? "*" : host, "\t");
    for (const Value& path : rule["http"]["paths"].items()) {
      page.line(2, "\t", path["path"].text(), " \t", backend_text(page, path["backend"]));
    }
  }
  if (!has_rules) page.line(1, "*\t*\t", otherwise);
}

std::string ingress_addresses(const Value& ingresses) {
  std::vector<std::string_view> all;
  for (const Value& ingress : ingresses.items()) {
    const std::string_view ip = ingress["ip"].text();
    const std::string_view at = ip.empty() ? ingress["hostname"].text() : ip;
    if (!at.empty()) all.push_back(at);
  }
  std::stable_sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::string out;
  for (const std::string_view at : all) {
    if (!out.empty()) out += ',';
    out += at;
  }
  return out;
}

void describe_ingress(Page& page, const Value& object) {
  const Value& spec = object["spec"];
  const Value& fallback = spec["defaultBackend"];
  const std::string otherwise = fallback.is_object() ? backend_text(page, fallback) : "<default>";
  page.field(0, "Name", name_of(object));
  page.labels("Labels", labels_of(object));
  page.field(0, "Namespace", namespace_of(object));
  page.field(0, "Address", ingress_addresses(object["status"]["loadBalancer"]["ingress"]));
  page.field(0, "Ingress Class", spec["ingressClassName"].text("<none>"));
  page.field(0, "Default backend", otherwise);
  if (spec["tls"].size() > 0) page.line(0, "TLS:");
  for (const Value& tls : spec["tls"].items()) {
    const std::string_view secret = tls["secretName"].text();
    if (secret.empty()) {
      page.line(1, "SNI routes ", joined(tls["hosts"], ","));
    } else {
      page.line(1, secret, " terminates ", joined(tls["hosts"], ","));
    }
  }
  describe_rules(page, spec["rules"], otherwise);
  page.annotations("Annotations", metadata(object)["annotations"]);
  page.events();
}

void describe_ingress_class(Page& page, const Value& object) {
  const Value& parameters = object["spec"]["parameters"];
  page.field(0, "Name", name_of(object));
  page.labels_and_annotations(object);
  page.field(0, "Controller", object["spec"]["controller"].text());
  if (parameters.is_object()) {
    page.line(0, "Parameters:");
    if (parameters.contains("apiGroup")) page.field(1, "APIGroup", parameters["apiGroup"].text());
    page.field(1, "Kind", parameters["kind"].text());
    page.field(1, "Name", parameters["name"].text());
  }
  page.events();
}

}  // namespace

bool describe_network_kinds(Page& page, const Value& object, std::string_view kind) {
  if (kind == "Service") {
    describe_service(page, object);
  } else if (kind == "Endpoints") {
    describe_endpoints(page, object);
  } else if (kind == "EndpointSlice.discovery.k8s.io") {
    describe_endpoint_slice(page, object);
  } else if (kind == "Ingress.networking.k8s.io") {
    describe_ingress(page, object);
  } else if (kind == "IngressClass.networking.k8s.io") {
    describe_ingress_class(page, object);
  } else {
    return false;
  }
  return true;
}

}  // namespace sim::k8s::kubectl
