// The checks of a pod's lists of containers, and of what only some containers have: probes, hooks.

#include <algorithm>
#include <string>

#include "engine/task/print.h"
#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/pod.h"

namespace sim::k8s::strategies {
namespace {

using NamesSeen = std::vector<std::string_view>;

constexpr std::string_view kProbes[] = {"livenessProbe", "readinessProbe", "startupProbe"};

bool has(const NamesSeen& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_http_get(FieldErrors& errors, const Place& at, const Value& get) {
  constexpr std::string_view kSchemes[] = {"HTTP", "HTTPS"};
  if (get["path"].text().empty()) errors.required(at.child("path"));
  check_port_or_name(errors, at.child("port"), get["port"]);
  if (!is_among(get["scheme"].text(), kSchemes)) {
    errors.not_supported(at.child("scheme"), get["scheme"].text(), kSchemes);
  }
  for (const Value& header : get["httpHeaders"].items()) {
    check_form(errors, at.child("httpHeaders"), header["name"].text(), http_header_name);
  }
}

void check_sleep(FieldErrors& errors, const Place& at, const Value& sleep, const Value& spec) {
  const Value& grace = spec["terminationGracePeriodSeconds"];
  const int64_t seconds = sleep["seconds"].integer();
  if (!is_set(grace) || (seconds >= 0 && seconds <= grace.integer())) return;
  std::string detail = "must be non-negative and less than terminationGracePeriodSeconds (";
  engine::append_operand(detail, grace.integer());
  errors.invalid(at, seconds, detail + ")");
}

// One of the ways to act on a container, in the order in which Kubernetes looks.
void check_handler(FieldErrors& errors, const Place& at, const Value& handler, const Value& spec) {
  int count = 0;
  for (const std::string_view type : {"exec", "httpGet", "tcpSocket", "grpc", "sleep"}) {
    const Value& action = handler[type];
    if (!is_set(action)) continue;
    const Place place = at.child(type);
    if (++count > 1) {
      errors.forbidden(place, "may not specify more than 1 handler type");
    } else if (type == "exec") {
      if (action["command"].size() == 0) errors.required(place.child("command"));
    } else if (type == "httpGet") {
      check_http_get(errors, place, action);
    } else if (type == "tcpSocket") {
      check_port_or_name(errors, place.child("port"), action["port"]);
    } else if (type == "grpc") {
      check_port(errors, place.child("port"), action["port"]);
    } else {
      check_sleep(errors, place, action, spec);
    }
  }
  if (count == 0) errors.required(at, "must specify a handler type");
}

void check_probes(FieldErrors& errors, const Place& at, const Value& container, const Value& spec) {
  if (is_set(container["lifecycle"])) {
    check_life_cycle(errors, at.child("lifecycle"), container["lifecycle"], spec);
  }
  for (const std::string_view kind : kProbes) {
    const Value& probe = container[kind];
    if (!is_set(probe)) continue;
    const Place place = at.child(kind);
    check_probe(errors, place, probe, spec);
    const int64_t threshold = probe["successThreshold"].integer();
    if (kind != "readinessProbe" && threshold != 1) {
      errors.invalid(place.child("successThreshold"), threshold, "must be 1");
    }
    constexpr std::string_view kGrace = "terminationGracePeriodSeconds";
    if (kind == "readinessProbe" && is_set(probe[kGrace])) {
      errors.invalid(place.child(kGrace), probe[kGrace], "must not be set for readinessProbes");
    }
  }
}

void check_no_probes(FieldErrors& errors, const Place& at, const Value& container) {
  constexpr std::string_view kOnlySidecars =
      "may not be set for init containers without restartPolicy=Always";
  if (is_set(container["lifecycle"])) errors.forbidden(at.child("lifecycle"), kOnlySidecars);
  for (const std::string_view kind : kProbes) {
    if (is_set(container[kind])) errors.forbidden(at.child(kind), kOnlySidecars);
  }
}

// No two containers may want the same port of the machine.
class HostPorts {
 public:
  void check(FieldErrors& errors, const Place& at, const Value& container) {
    const Place ports = at.child("ports");
    size_t i = 0;
    for (const Value& port : container["ports"].items()) {
      const Place place = ports.index(i++);
      if (port["hostPort"].integer() == 0) continue;
      std::string wanted(port["protocol"].text());
      wanted += '/';
      wanted += port["hostIP"].text();
      wanted += '/';
      engine::append_operand(wanted, port["hostPort"].integer());
      if (std::find(taken_.begin(), taken_.end(), wanted) != taken_.end()) {
        errors.duplicate(place.child("hostPort"), wanted);
      }
      taken_.push_back(std::move(wanted));
    }
  }

 private:
  std::vector<std::string> taken_;
};

void check_main_containers(FieldErrors& errors, const Place& at, const Value& spec,
                           const VolumeNames& volumes, NamesSeen& names) {
  const Value& containers = spec["containers"];
  if (containers.size() == 0) errors.required(at);
  HostPorts host_ports;
  size_t i = 0;
  for (const Value& container : containers.items()) {
    const Place place = at.index(i++);
    check_container(errors, place, container, spec, volumes);
    const std::string_view name = container["name"].text();
    if (has(names, name)) errors.duplicate(place.child("name"), name);
    names.push_back(name);
    check_probes(errors, place, container, spec);
    if (is_set(container["restartPolicy"])) {
      errors.forbidden(place.child("restartPolicy"), "may not be set for non-init containers");
    }
    host_ports.check(errors, place, container);
  }
}

void check_init_containers(FieldErrors& errors, const Place& at, const Value& spec,
                           const VolumeNames& volumes, NamesSeen& names) {
  constexpr std::string_view kPolicies[] = {"Always"};
  size_t i = 0;
  for (const Value& container : spec["initContainers"].items()) {
    const Place place = at.index(i++);
    check_container(errors, place, container, spec, volumes);
    const Value& policy = container["restartPolicy"];
    check_optional_choice(errors, place.child("restartPolicy"), policy, kPolicies);
    const std::string_view name = container["name"].text();
    if (has(names, name)) errors.duplicate(place.child("name"), name);
    if (!name.empty()) names.push_back(name);
    HostPorts host_ports;  // they run one after the other
    host_ports.check(errors, place, container);
    if (policy.text() == "Always") {
      check_probes(errors, place, container, spec);
    } else {
      check_no_probes(errors, place, container);
    }
  }
}

void check_ephemeral_containers(FieldErrors& errors, const Place& at, const Value& spec,
                                const VolumeNames& volumes, NamesSeen& names) {
  constexpr std::string_view kNotEphemeral = "cannot be set for an Ephemeral Container";
  constexpr std::string_view kForbidden[] = {"ports",         "livenessProbe", "readinessProbe",
                                             "startupProbe",  "lifecycle",     "resizePolicy",
                                             "restartPolicy", "resources"};
  const NamesSeen targets = names;
  size_t i = 0;
  for (const Value& container : spec["ephemeralContainers"].items()) {
    const Place place = at.index(i++);
    check_container(errors, place, container, spec, volumes);
    const std::string_view name = container["name"].text();
    if (has(names, name)) errors.duplicate(place.child("name"), name);
    names.push_back(name);
    const std::string_view target = container["targetContainerName"].text();
    if (!target.empty() && !has(targets, target)) {
      errors.not_found(place.child("targetContainerName"), target);
    }
    for (const std::string_view field : kForbidden) {
      if (!container[field].is_zero()) errors.forbidden(place.child(field), kNotEphemeral);
    }
  }
}

// Containers in the machine's network have the ports that they say.
void check_network_ports(FieldErrors& errors, const Place& at, const Value& spec, bool is_pod) {
  if (!spec["hostNetwork"].truth()) return;
  size_t i = 0;
  for (const Value& container : spec["containers"].items()) {
    const Place place = at.index(i++);
    const Place ports = place.child("ports");
    size_t j = 0;
    for (const Value& port : container["ports"].items()) {
      const Place port_place = ports.index(j++);
      const int64_t host = port["hostPort"].integer();
      if ((is_pod || host != 0) && host != port["containerPort"].integer()) {
        errors.invalid(port_place.child("hostPort"), host,
                       "must match `containerPort` when `hostNetwork` is true");
      }
    }
  }
}

}  // namespace

void check_probe(FieldErrors& errors, const Place& at, const Value& probe, const Value& spec) {
  check_handler(errors, at, probe, spec);
  for (const std::string_view field : {"initialDelaySeconds", "timeoutSeconds", "periodSeconds",
                                       "successThreshold", "failureThreshold"}) {
    check_not_negative(errors, at.child(field), probe[field]);
  }
  constexpr std::string_view kGrace = "terminationGracePeriodSeconds";
  if (is_set(probe[kGrace]) && probe[kGrace].integer() <= 0) {
    errors.invalid(at.child(kGrace), probe[kGrace], "must be greater than 0");
  }
}

void check_life_cycle(FieldErrors& errors, const Place& at, const Value& life_cycle,
                      const Value& spec) {
  for (const std::string_view hook : {"postStart", "preStop"}) {
    if (is_set(life_cycle[hook])) check_handler(errors, at.child(hook), life_cycle[hook], spec);
  }
}

void check_containers(FieldErrors& errors, const Place& at, const Value& spec,
                      const VolumeNames& volumes, bool is_pod) {
  NamesSeen names;
  check_main_containers(errors, at.child("containers"), spec, volumes, names);
  check_init_containers(errors, at.child("initContainers"), spec, volumes, names);
  check_ephemeral_containers(errors, at.child("ephemeralContainers"), spec, volumes, names);
  check_network_ports(errors, at.child("containers"), spec, is_pod);
}

}  // namespace sim::k8s::strategies
