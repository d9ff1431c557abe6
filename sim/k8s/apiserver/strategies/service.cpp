// Defaults and preparation of services.
//
// What an update leaves out of addresses and ports that were given to a service, it keeps.
// Source: Kubernetes' API reference, ServiceSpec.

#include "sim/k8s/apiserver/strategies/service.h"

#include "sim/k8s/apiserver/strategies/filler.h"
#include "sim/k8s/apiserver/strategies/strategies.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kClusterIpFields[] = {"clusterIP", "clusterIPs", "ipFamilies",
                                                 "ipFamilyPolicy"};

Value default_port(const Value& port) {
  Filler filler(port);
  filler.nonempty_text("protocol", "TCP");
  if (port["targetPort"].is_zero()) filler.set("targetPort", port["port"]);
  return filler.done();
}

Value default_affinity_config(const Value& config) {
  const Value& client = config["clientIP"];
  return Filler(config)
      .set("clientIP", Filler(client).number("timeoutSeconds", 10'800).done())
      .done();
}

Value default_service_spec(const Value& spec) {
  Filler filler(spec);
  const std::string_view type = spec["type"].text();
  const bool is_external = type == "ExternalName";
  const bool is_open = type == "NodePort" || type == "LoadBalancer" ||
                       (!is_external && spec["externalIPs"].size() > 0);
  filler.nonempty_text("type", "ClusterIP")
      .nonempty_text("sessionAffinity", "None")
      .apply("ports", [](const Value& ports) { return each(ports, default_port); });
  if (spec["sessionAffinity"].text() == "ClientIP") {
    filler.set("sessionAffinityConfig", default_affinity_config(spec["sessionAffinityConfig"]));
  } else {
    filler.set("sessionAffinityConfig", {});
  }
  if (is_open) filler.nonempty_text("externalTrafficPolicy", "Cluster");
  if (type == "LoadBalancer") filler.truth("allocateLoadBalancerNodePorts", true);
  if (!is_external) {
    filler.text("internalTrafficPolicy", "Cluster").text("ipFamilyPolicy", "SingleStack");
    if (spec["ipFamilies"].size() == 0) {
      filler.set("ipFamilies", json::Array().add("IPv4").build());
    }
  }
  return filler.done();
}

Value default_service(const Value& service) {
  return Filler(service).set("spec", default_service_spec(service["spec"])).done();
}

Value one_address(const Value& address) {
  return json::Array().add(address).build();
}

Value prepare_service(const Value& service) {
  const Value& spec = service["spec"];
  const Value& address = spec["clusterIP"];
  Value prepared =
      service.with("status", json::Object().set("loadBalancer", Value::empty_object()).build());
  if (!address.is_zero() && spec["clusterIPs"].size() == 0) {
    prepared = prepared.with_in({"spec", "clusterIPs"}, one_address(address));
  }
  return prepared;
}

// Clients that know the older of the two fields change only that one.
Value with_addresses_in_step(const Value& spec, const Value& old) {
  const Value& now = spec["clusterIP"];
  const Value& before = old["clusterIP"];
  const bool had_none = spec["clusterIPs"].size() == 0;
  if (had_none && old["clusterIPs"].size() > 0 && now == before) {
    return spec.with("clusterIPs", old["clusterIPs"]);
  }
  if (now == before || spec["clusterIPs"] != old["clusterIPs"]) return spec;
  return spec.with("clusterIPs", now.is_zero() ? Value() : one_address(now));
}

Value with_old_node_ports(const Value& ports, const Value& old_ports) {
  return each(ports, [&old_ports](const Value& port) {
    if (port["nodePort"].integer() != 0) return port;
    for (const Value& old : old_ports.items()) {
      if (old["port"] == port["port"] && old["protocol"] == port["protocol"] &&
          old["nodePort"].integer() != 0) {
        return port.with("nodePort", old["nodePort"]);
      }
    }
    return port;
  });
}

// What a service of another type does not have, if nobody set it anew.
Value without_old_fields(const Value& service, const Value& old_service) {
  Value spec = service["spec"];
  const Value& old = old_service["spec"];
  if (!is_external_name(old_service) && is_external_name(service)) {
    for (const std::string_view field : kClusterIpFields) {
      if (spec[field] == old[field]) spec = spec.without(field);
    }
  }
  if (has_node_ports(old_service) && !has_node_ports(service)) {
    spec = spec.with("ports", each(spec["ports"], [&old](const Value& port) {
                       for (const Value& before : old["ports"].items()) {
                         if (before["nodePort"] == port["nodePort"]) {
                           return port.without("nodePort");
                         }
                       }
                       return port;
                     }));
  }
  const bool was_balanced = old["type"].text() == "LoadBalancer";
  if (was_balanced && spec["type"].text() != "LoadBalancer") {
    for (const std::string_view field :
         {"allocateLoadBalancerNodePorts", "loadBalancerClass", "healthCheckNodePort"}) {
      if (spec[field] == old[field]) spec = spec.without(field);
    }
  }
  const bool is_open = has_node_ports(service) || spec["externalIPs"].size() > 0;
  if (!is_open && spec["externalTrafficPolicy"] == old["externalTrafficPolicy"]) {
    spec = spec.without("externalTrafficPolicy");
  }
  return service.with("spec", spec);
}

Value prepare_service_update(const Value& service, const Value& old_service) {
  const Value& old = old_service["spec"];
  Value spec = with_addresses_in_step(service["spec"], old);
  const bool keeps_address = !is_external_name(service) && !is_external_name(old_service);
  if (keeps_address && spec["clusterIP"].is_zero() && spec["clusterIPs"].size() == 0) {
    spec = spec.with("clusterIP", old["clusterIP"]).with("clusterIPs", old["clusterIPs"]);
  }
  if (has_node_ports(service) && has_node_ports(old_service)) {
    spec = spec.with("ports", with_old_node_ports(spec["ports"], old["ports"]));
    if (spec["healthCheckNodePort"].integer() == 0 && old["healthCheckNodePort"]) {
      spec = spec.with("healthCheckNodePort", old["healthCheckNodePort"]);
    }
  }
  return without_old_fields(service.with("spec", spec), old_service);
}

}  // namespace

bool is_headless(const Value& service) {
  const Value& addresses = service["spec"]["clusterIPs"];
  return addresses.size() == 1 && addresses[0].text() == "None";
}

bool is_external_name(const Value& service) {
  return service["spec"]["type"].text() == "ExternalName";
}

bool has_node_ports(const Value& service) {
  const std::string_view type = service["spec"]["type"].text();
  return type == "NodePort" || type == "LoadBalancer";
}

constinit const Strategy kService{
    .defaults = default_service,
    .prepare_create = prepare_service,
    .prepare_update = prepare_service_update,
    .validate = validate_service,
    .validate_update = validate_service_update,
};

}  // namespace sim::k8s::strategies
