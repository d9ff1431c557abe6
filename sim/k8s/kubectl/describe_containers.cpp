// Containers, in pods and in templates of pods.

#include <algorithm>

#include "sim/k8s/api/object.h"
#include "sim/k8s/api/quantity.h"
#include "sim/k8s/kubectl/describe_page.h"

namespace sim::k8s::kubectl {
namespace {

constexpr Value kNothing;

const Value& status_of(const Value& statuses, std::string_view name) {
  for (const Value& status : statuses.items()) {
    if (status["name"].text() == name) return status;
  }
  return kNothing;
}

std::string ports_text(const Value& ports, std::string_view which) {
  std::string out;
  for (const Value& port : ports.items()) {
    if (!out.empty()) out += ", ";
    engine::append_operand(out, port[which].integer());
    out += '/';
    out += port["protocol"].text();
  }
  return out;
}

void describe_ports(Page& page, std::string_view name, const std::string& text) {
  if (text.find(',') != std::string::npos) return page.field(2, std::string(name) + "s", text);
  page.field(2, name, text.empty() ? "<none>" : text);
}

void describe_basics(Page& page, const Value& container, const Value& status,
                     std::string_view indent) {
  page.line(1, indent.empty() ? "" : " ", container["name"].text(), ":");
  if (status) page.field(2, "Container ID", status["containerID"].text());
  page.field(2, "Image", container["image"].text());
  if (status) page.field(2, "Image ID", status["imageID"].text());
  describe_ports(page, "Port", ports_text(container["ports"], "containerPort"));
  describe_ports(page, "Host Port", ports_text(container["ports"], "hostPort"));
  const Value& seccomp = container["securityContext"]["seccompProfile"];
  if (!seccomp.is_object()) return;
  page.field(2, "SeccompProfile", seccomp["type"].text());
  if (seccomp["type"].text() == "Localhost") {
    page.field(3, "LocalhostProfile", seccomp["localhostProfile"].text());
  }
}

// Words of a command, each on lines of its own.
void describe_words(Page& page, std::string_view heading, const Value& words) {
  if (words.size() == 0) return;
  page.line(2, heading, ":");
  for (const Value& word : words.items()) {
    std::string_view rest = word.text();
    while (true) {
      const size_t end = rest.find('\n');
      page.line(3, rest.substr(0, end));
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
  }
}

void describe_state(Page& page, std::string_view name, const Value& state) {
  if (const Value& running = state["running"]; running.is_object()) {
    page.field(2, name, "Running");
    return page.field(3, "Started", date_text(running["startedAt"]));
  }
  const Value& ended = state["terminated"];
  if (!ended.is_object()) {
    page.field(2, name, "Waiting");
    return page.field_if(3, "Reason", state["waiting"]["reason"]);
  }
  page.field(2, name, "Terminated");
  page.field_if(3, "Reason", ended["reason"]);
  page.field_if(3, "Message", ended["message"]);
  page.field(3, "Exit Code", ended["exitCode"].integer());
  if (ended["signal"].integer() > 0) page.field(3, "Signal", ended["signal"].integer());
  page.field(3, "Started", date_text(ended["startedAt"]));
  page.field(3, "Finished", date_text(ended["finishedAt"]));
}

void describe_status(Page& page, const Value& status) {
  describe_state(page, "State", status["state"]);
  if (status["lastState"].contains("terminated")) {
    describe_state(page, "Last State", status["lastState"]);
  }
  page.field(2, "Ready", truth_text(status["ready"].truth()));
  page.field(2, "Restart Count", status["restartCount"].integer());
}

void describe_amounts(Page& page, std::string_view heading, const Value& amounts, int level) {
  if (amounts.size() == 0) return;
  page.line(level, heading, ":");
  for (const json::Member& amount : amounts.members()) {
    page.field(level + 1, amount.name(), quantity_line(amount.value));
  }
}

// Without a scheme it has none: `//:8080/healthz`.
std::string url_text(const Value& get) {
  std::string out;
  for (const char c : get["scheme"].text()) {
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (!out.empty()) out += ':';
  out += "//";
  const std::string_view host = get["host"].text();
  const bool is_six = host.find(':') != std::string_view::npos;
  if (is_six) out += '[';
  out += host;
  if (is_six) out += ']';
  out += ':';
  out += scalar_text(get["port"]);
  const std::string_view path = get["path"].text();
  if (!path.empty() && path[0] != '/') out += '/';
  constexpr std::string_view kEscaped = " \"<>?#%^`{|}\\";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (kEscaped.find(c) == std::string_view::npos && byte > 0x20 && byte < 0x7F) {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string action_text(const Value& probe) {
  if (const Value& exec = probe["exec"]; exec.is_object()) {
    return "exec [" + joined(exec["command"], " ") + "]";
  }
  if (const Value& get = probe["httpGet"]; get.is_object()) return "http-get " + url_text(get);
  if (const Value& socket = probe["tcpSocket"]; socket.is_object()) {
    return "tcp-socket " + std::string(socket["host"].text()) + ":" + scalar_text(socket["port"]);
  }
  if (const Value& grpc = probe["grpc"]; grpc.is_object()) {
    return "grpc <pod>:" + scalar_text(grpc["port"]) + " " + std::string(grpc["service"].text());
  }
  return "unknown";
}

void describe_probe(Page& page, std::string_view name, const Value& probe) {
  if (!probe.is_object()) return;
  page.field(2, name, action_text(probe), " delay=", probe["initialDelaySeconds"].integer(),
             "s timeout=", probe["timeoutSeconds"].integer(),
             "s period=", probe["periodSeconds"].integer(),
             "s #success=", probe["successThreshold"].integer(),
             " #failure=", probe["failureThreshold"].integer());
}

void describe_env_sources(Page& page, const Value& sources) {
  if (sources.size() == 0) return;
  page.line(2, "Environment Variables from:");
  for (const Value& source : sources.items()) {
    const Value& map = source["configMapRef"];
    const Value& secret = source["secretRef"];
    const Value& from = map.is_object() ? map : secret;
    std::string kind = map.is_object() ? "ConfigMap" : secret.is_object() ? "Secret" : "";
    const std::string_view prefix = source["prefix"].text();
    if (!prefix.empty()) kind += " with prefix '" + std::string(prefix) + "'";
    page.line(3, from["name"].text(), "\t", kind, "\tOptional: ", from["optional"].truth());
  }
}

// What a field of the pod is. kubectl resolves no others.
std::string_view pod_field(const Value& pod, std::string_view path) {
  if (path == "metadata.name") return name_of(pod);
  if (path == "metadata.namespace") return namespace_of(pod);
  return {};
}

// A request or limit of the container in units of the divisor, rounded up.
std::string resource_field(const Value& container, const Value& reference) {
  const std::string_view path = reference["resource"].text();
  const size_t dot = path.find('.');
  if (dot == std::string_view::npos) return {};
  const std::string_view name = path.substr(dot + 1);
  const Quantity amount = Quantity::from(container["resources"][path.substr(0, dot)][name]);
  Quantity divisor = Quantity::from(reference["divisor"]);
  if (divisor.is_zero()) divisor = Quantity::of(1);
  const bool is_cpu = name == "cpu";
  const int64_t whole = is_cpu ? amount.milli() : amount.value();
  const int64_t unit = is_cpu ? divisor.milli() : divisor.value();
  const int64_t parts = unit > 0 ? whole / unit + (whole % unit > 0 ? 1 : 0) : 0;
  if (parts == 0 && (path == "limits.cpu" || path == "limits.memory")) return "node allocatable";
  std::string out;
  engine::append_operand(out, parts);
  return out;
}

void describe_reference(Page& page, std::string_view name, const Value& from,
                        const Value& container, const Value& pod) {
  if (const Value& field = from["fieldRef"]; field.is_object()) {
    const std::string_view path = field["fieldPath"].text();
    page.field(3, name, pod_field(pod, path), " (", field["apiVersion"].text("v1"), ":", path, ")");
  } else if (const Value& resource = from["resourceFieldRef"]; resource.is_object()) {
    page.field(3, name, resource_field(container, resource), " (", resource["resource"].text(),
               ")");
  } else if (const Value& secret = from["secretKeyRef"]; secret.is_object()) {
    page.field(3, name, "<set to the key '", secret["key"].text(), "' in secret '",
               secret["name"].text(), "'>\tOptional: ", secret["optional"].truth());
  } else if (const Value& map = from["configMapKeyRef"]; map.is_object()) {
    page.field(3, name, "<set to the key '", map["key"].text(), "' of config map '",
               map["name"].text(), "'>\tOptional: ", map["optional"].truth());
  }
}

void describe_environment(Page& page, const Value& container, const Value& pod) {
  const Value& variables = container["env"];
  page.line(2, "Environment:", variables.size() == 0 ? "\t<none>" : "");
  for (const Value& variable : variables.items()) {
    if (const Value& from = variable["valueFrom"]; from.is_object()) {
      describe_reference(page, variable["name"].text(), from, container, pod);
      continue;
    }
    std::string_view rest = variable["value"].text();
    bool is_first = true;
    while (true) {
      const size_t end = rest.find('\n');
      if (is_first) {
        page.field(3, variable["name"].text(), rest.substr(0, end));
      } else {
        page.line(3, "\t", rest.substr(0, end));
      }
      is_first = false;
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
  }
}

std::vector<Value> sorted_by(const Value& list, std::string_view key) {
  std::vector<Value> out(list.items().begin(), list.items().end());
  std::stable_sort(out.begin(), out.end(),
                   [&](const Value& a, const Value& b) { return a[key].text() < b[key].text(); });
  return out;
}

void describe_mounts(Page& page, const Value& container) {
  const Value& mounts = container["volumeMounts"];
  const std::string_view none = mounts.size() == 0 ? "\t<none>" : "";
  page.line(2, "Mounts:", none);
  for (const Value& mount : sorted_by(mounts, "mountPath")) {
    std::string flags = mount["readOnly"].truth() ? "ro" : "rw";
    const std::string_view path = mount["subPath"].text();
    if (!path.empty()) flags += ",path=\"" + std::string(path) + "\"";
    page.line(3, mount["mountPath"].text(), " from ", mount["name"].text(), " (", flags, ")");
  }
  const Value& devices = container["volumeDevices"];
  if (devices.size() == 0) return;
  page.line(2, "Devices:", none);
  for (const Value& device : sorted_by(devices, "devicePath")) {
    page.line(3, device["devicePath"].text(), " from ", device["name"].text());
  }
}

}  // namespace

void describe_resources(Page& page, const Value& resources, int level) {
  describe_amounts(page, "Limits", resources["limits"], level);
  describe_amounts(page, "Requests", resources["requests"], level);
}

void describe_containers(Page& page, std::string_view heading, const Value& containers,
                         const Value& statuses, const Value& pod, std::string_view indent) {
  page.write(indent, heading, ":", containers.size() == 0 ? " <none>\n" : "\n");
  for (const Value& container : containers.items()) {
    const Value& status = status_of(statuses, container["name"].text());
    describe_basics(page, container, status, indent);
    describe_words(page, "Command", container["command"]);
    describe_words(page, "Args", container["args"]);
    if (status) describe_status(page, status);
    describe_resources(page, container["resources"], 2);
    describe_probe(page, "Liveness", container["livenessProbe"]);
    describe_probe(page, "Readiness", container["readinessProbe"]);
    describe_probe(page, "Startup", container["startupProbe"]);
    describe_env_sources(page, container["envFrom"]);
    describe_environment(page, container, pod);
    describe_mounts(page, container);
  }
}

}  // namespace sim::k8s::kubectl
