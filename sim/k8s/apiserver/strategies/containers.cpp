// The checks of containers: what they are called, run, open, mount and read.

#include <algorithm>
#include <string>

#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/pod.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kPullPolicies[] = {"Always", "IfNotPresent", "Never"};
constexpr std::string_view kMessagePolicies[] = {"FallbackToLogsOnError", "File"};
constexpr std::string_view kVariableFields[] = {
    "metadata.name",           "metadata.namespace", "metadata.uid",   "spec.nodeName",
    "spec.serviceAccountName", "status.hostIP",      "status.hostIPs", "status.podIP",
    "status.podIPs",
};

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_ports(FieldErrors& errors, const Place& at, const Value& ports) {
  std::vector<std::string_view> names;
  size_t i = 0;
  for (const Value& port : ports.items()) {
    const Place place = at.index(i++);
    const std::string_view name = port["name"].text();
    const Problems problems = name.empty() ? Problems() : port_name(name);
    for (const std::string& problem : problems) errors.invalid(place.child("name"), name, problem);
    if (!name.empty() && problems.empty()) {
      if (contains(names, name)) errors.duplicate(place.child("name"), name);
      names.push_back(name);
    }
    if (port["containerPort"].integer() == 0) {
      errors.required(place.child("containerPort"));
    } else {
      check_port(errors, place.child("containerPort"), port["containerPort"]);
    }
    if (port["hostPort"].integer() != 0) {
      check_port(errors, place.child("hostPort"), port["hostPort"]);
    }
    check_protocol(errors, place.child("protocol"), port["protocol"]);
  }
}

void check_key_reference(FieldErrors& errors, const Place& at, const Value& reference) {
  check_form(errors, at.child("name"), reference["name"].text(), dns_subdomain);
  const std::string_view key = reference["key"].text();
  if (key.empty()) {
    errors.required(at.child("key"));
  } else {
    check_form(errors, at.child("key"), key, config_key);
  }
}

void check_value_from(FieldErrors& errors, const Place& at, const Value& variable) {
  const Value& from = variable["valueFrom"];
  if (!is_set(from)) return;
  int sources = 0;
  if (is_set(from["fieldRef"])) {
    ++sources;
    check_field_reference(errors, at.child("fieldRef"), from["fieldRef"], kVariableFields);
  }
  if (is_set(from["resourceFieldRef"])) {
    ++sources;
    check_resource_reference(errors, at.child("resourceFieldRef"), from["resourceFieldRef"], false);
  }
  for (const std::string_view source : {"configMapKeyRef", "secretKeyRef"}) {
    if (!is_set(from[source])) continue;
    ++sources;
    check_key_reference(errors, at.child(source), from[source]);
  }
  if (sources == 0) {
    errors.invalid(at, "",
                   "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or "
                   "`secretKeyRef`");
  } else if (!variable["value"].text().empty()) {
    errors.invalid(at, "", "may not be specified when `value` is not empty");
  } else if (sources > 1) {
    errors.invalid(at, "", "may not have more than one field specified at a time");
  }
}

void check_environment(FieldErrors& errors, const Place& at, const Value& variables) {
  size_t i = 0;
  for (const Value& variable : variables.items()) {
    const Place place = at.index(i++);
    const std::string_view name = variable["name"].text();
    if (name.empty()) {
      errors.required(place.child("name"));
    } else {
      check_form(errors, place.child("name"), name, environment_name);
    }
    check_value_from(errors, place.child("valueFrom"), variable);
  }
}

void check_environment_sources(FieldErrors& errors, const Place& at, const Value& sources) {
  size_t i = 0;
  for (const Value& source : sources.items()) {
    const Place place = at.index(i++);
    const std::string_view prefix = source["prefix"].text();
    if (!prefix.empty()) check_form(errors, place.child("prefix"), prefix, environment_name);
    int count = 0;
    for (const std::string_view kind : {"configMapRef", "secretRef"}) {
      if (!is_set(source[kind])) continue;
      ++count;
      const Place reference = place.child(kind);
      const std::string_view name = source[kind]["name"].text();
      if (name.empty()) {
        errors.required(reference.child("name"));
      } else {
        check_form(errors, reference.child("name"), name, dns_subdomain);
      }
    }
    if (count == 0) {
      errors.invalid(at, "", "must specify one of: `configMapRef` or `secretRef`");
    } else if (count > 1) {
      errors.invalid(at, "", "may not have more than one field specified at a time");
    }
  }
}

bool is_device(const Value& container, std::string_view field, std::string_view text) {
  const auto devices = container["volumeDevices"].items();
  return std::any_of(devices.begin(), devices.end(),
                     [&](const Value& device) { return device[field].text() == text; });
}

void check_sub_paths(FieldErrors& errors, const Place& at, const Place& place, const Value& mount) {
  const std::string_view path = mount["subPath"].text();
  const std::string_view expression = mount["subPathExpr"].text();
  if (!path.empty()) check_descending_path(errors, at.child("subPath"), path);
  if (expression.empty()) return;
  if (!path.empty()) {
    errors.invalid(place.child("subPathExpr"), expression,
                   "subPathExpr and subPath are mutually exclusive");
  }
  check_descending_path(errors, at.child("subPathExpr"), expression);
}

void check_mounts(FieldErrors& errors, const Place& at, const Value& container,
                  const VolumeNames& volumes) {
  constexpr std::string_view kPropagations[] = {"Bidirectional", "HostToContainer", "None"};
  std::vector<std::string_view> paths;
  size_t i = 0;
  for (const Value& mount : container["volumeMounts"].items()) {
    const Place place = at.index(i++);
    const std::string_view name = mount["name"].text();
    const std::string_view path = mount["mountPath"].text();
    if (name.empty()) errors.required(place.child("name"));
    if (!contains(volumes, name)) errors.not_found(place.child("name"), name);
    if (path.empty()) errors.required(place.child("mountPath"));
    if (contains(paths, path)) errors.invalid(place.child("mountPath"), path, "must be unique");
    paths.push_back(path);
    if (is_device(container, "name", name)) {
      errors.invalid(place.child("name"), name, "must not already exist in volumeDevices");
    }
    if (is_device(container, "devicePath", path)) {
      errors.invalid(place.child("mountPath"), path,
                     "must not already exist as a path in volumeDevices");
    }
    check_sub_paths(errors, at, place, mount);
    const Value& propagation = mount["mountPropagation"];
    check_optional_choice(errors, at.child("mountPropagation"), propagation, kPropagations);
    const bool privileged = container["securityContext"]["privileged"].truth();
    if (propagation.text() == "Bidirectional" && !privileged) {
      errors.forbidden(at.child("mountPropagation"),
                       "Bidirectional mount propagation is available only to privileged "
                       "containers");
    }
  }
}

void check_devices(FieldErrors& errors, const Place& at, const Value& container, const Value& spec,
                   const VolumeNames& volumes) {
  std::vector<std::string_view> names;
  std::vector<std::string_view> paths;
  size_t i = 0;
  for (const Value& device : container["volumeDevices"].items()) {
    const Place place = at.index(i++);
    const std::string_view name = device["name"].text();
    const std::string_view path = device["devicePath"].text();
    if (name.empty()) errors.required(place.child("name"));
    if (contains(names, name)) errors.invalid(place.child("name"), name, "must be unique");
    if (!contains(volumes, name)) {
      errors.not_found(place.child("name"), name);
    } else {
      const auto all = spec["volumes"].items();
      const bool is_claim = std::any_of(all.begin(), all.end(), [&](const Value& volume) {
        return volume["name"].text() == name &&
               (is_set(volume["persistentVolumeClaim"]) || is_set(volume["ephemeral"]));
      });
      if (!is_claim) {
        errors.invalid(place.child("name"), name,
                       "can only use volume source type of PersistentVolumeClaim or Ephemeral "
                       "for block mode");
      }
    }
    if (path.empty()) errors.required(place.child("devicePath"));
    if (contains(paths, path)) errors.invalid(place.child("devicePath"), path, "must be unique");
    const std::vector<std::string_view> parts = split(path, '/');
    if (contains(parts, "..")) {
      errors.invalid(place.child("devicePath"), path, "can not contain backsteps ('..')");
    }
    names.push_back(name);
    paths.push_back(path);
  }
}

void check_resize_policies(FieldErrors& errors, const Place& at, const Value& policies,
                           const Value& spec) {
  constexpr std::string_view kResources[] = {"cpu", "memory"};
  constexpr std::string_view kPolicies[] = {"NotRequired", "RestartContainer"};
  std::vector<std::string_view> seen;
  size_t i = 0;
  for (const Value& policy : policies.items()) {
    const Place place = at.index(i++);
    const Value& resource = policy["resourceName"];
    if (contains(seen, resource.text())) errors.duplicate(place, resource);
    seen.push_back(resource.text());
    check_choice(errors, at, resource, kResources);
    check_choice(errors, at, policy["restartPolicy"], kPolicies);
    if (spec["restartPolicy"].text() == "Never" &&
        policy["restartPolicy"].text() != "NotRequired") {
      errors.invalid(at, policy["restartPolicy"],
                     "must be 'NotRequired' when `restartPolicy` is 'Never'");
    }
  }
}

}  // namespace

void check_pull_policy(FieldErrors& errors, const Place& at, const Value& policy) {
  check_choice(errors, at, policy, kPullPolicies);
}

void check_container(FieldErrors& errors, const Place& at, const Value& container,
                     const Value& spec, const VolumeNames& volumes) {
  const std::string_view name = container["name"].text();
  if (name.empty()) {
    errors.required(at.child("name"));
  } else {
    check_form(errors, at.child("name"), name, dns_label);
  }
  if (container["image"].text().empty()) errors.required(at.child("image"));
  check_choice(errors, at.child("terminationMessagePolicy"), container["terminationMessagePolicy"],
               kMessagePolicies);
  check_ports(errors, at.child("ports"), container["ports"]);
  check_environment(errors, at.child("env"), container["env"]);
  check_environment_sources(errors, at.child("envFrom"), container["envFrom"]);
  check_mounts(errors, at.child("volumeMounts"), container, volumes);
  check_devices(errors, at.child("volumeDevices"), container, spec, volumes);
  check_pull_policy(errors, at.child("imagePullPolicy"), container["imagePullPolicy"]);
  check_resources(errors, at.child("resources"), container["resources"], spec);
  check_resize_policies(errors, at.child("resizePolicy"), container["resizePolicy"], spec);
  check_container_security(errors, at.child("securityContext"), container["securityContext"],
                           spec["hostUsers"].truth(true));
}

}  // namespace sim::k8s::strategies
