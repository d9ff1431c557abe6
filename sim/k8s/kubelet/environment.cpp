#include "sim/k8s/kubelet/environment.h"

#include <algorithm>
#include <set>

#include "engine/task/print.h"
#include "sim/k8s/api/base64.h"
#include "sim/k8s/api/quantity.h"
#include "sim/k8s/api/selector.h"

namespace sim::k8s::kubelet {
namespace {

using engine::errorf;

void put(Variables& variables, std::string_view name, std::string value) {
  for (auto& [key, text] : variables) {
    if (key == name) {
      text = std::move(value);
      return;
    }
  }
  variables.emplace_back(std::string(name), std::move(value));
}

const std::string* find(const Variables& variables, std::string_view name) {
  for (const auto& [key, text] : variables) {
    if (key == name) return &text;
  }
  return nullptr;
}

// `configmap "x" not found`, or the key that is missing.
engine::Error missing(const Value& pod, const Value& reference, bool is_secret, bool has_source) {
  const std::string_view name = reference["name"].text();
  if (!has_source) return errorf(is_secret ? "secret" : "configmap", " \"", name, "\" not found");
  return errorf("couldn't find key ", reference["key"].text(), " in ",
                is_secret ? "Secret " : "ConfigMap ", namespace_of(pod), "/", name);
}

std::string source_key(bool is_secret, std::string_view name) {
  return (is_secret ? "secrets/" : "configmaps/") + std::string(name);
}

void add_from(const EnvironmentInput& in, const Value& from, Environment& out) {
  const bool is_secret = from.contains("secretRef");
  const Value& reference = from[is_secret ? "secretRef" : "configMapRef"];
  const auto found = in.sources.find(source_key(is_secret, reference["name"].text()));
  if (found == in.sources.end()) {
    if (!reference["optional"].truth()) out.error = missing(in.pod, reference, is_secret, false);
    return;
  }
  for (const auto& [key, bytes] : data_of(found->second)) {
    put(out.variables, std::string(from["prefix"].text()) + key, bytes);
  }
}

void add_value_from(const EnvironmentInput& in, const Value& variable, Environment& out) {
  const std::string_view name = variable["name"].text();
  const Value& from = variable["valueFrom"];
  if (const Value& field = from["fieldRef"]) {
    return put(out.variables, name, field_value(in.pod, field["fieldPath"].text()));
  }
  if (const Value& resource = from["resourceFieldRef"]) {
    const std::string_view other = resource["containerName"].text();
    const Value& of = other.empty() ? in.container : container_named(in.pod, other);
    return put(out.variables, name, resource_value(of, resource, in.node));
  }
  const bool is_secret = from.contains("secretKeyRef");
  const Value& reference = from[is_secret ? "secretKeyRef" : "configMapKeyRef"];
  const auto found = in.sources.find(source_key(is_secret, reference["name"].text()));
  if (found != in.sources.end()) {
    const auto data = data_of(found->second);
    const auto item = data.find(reference["key"].text());
    if (item != data.end()) return put(out.variables, name, item->second);
  }
  if (reference["optional"].truth()) return;
  out.error = missing(in.pod, reference, is_secret, found != in.sources.end());
}

void add_keys(const Value& volume, std::set<std::string>& keys) {
  if (const Value& map = volume["configMap"]) keys.insert(source_key(false, map["name"].text()));
  if (const Value& secret = volume["secret"]) {
    const std::string_view name = secret["secretName"].text(secret["name"].text());
    keys.insert(source_key(true, name));
  }
}

}  // namespace

std::vector<std::string> environment_keys(const Value& container) {
  std::set<std::string> keys;
  for (const Value& from : container["envFrom"].items()) {
    if (const Value& map = from["configMapRef"]) keys.insert(source_key(false, map["name"].text()));
    if (const Value& secret = from["secretRef"]) {
      keys.insert(source_key(true, secret["name"].text()));
    }
  }
  for (const Value& variable : container["env"].items()) {
    const Value& from = variable["valueFrom"];
    if (const Value& map = from["configMapKeyRef"]) {
      keys.insert(source_key(false, map["name"].text()));
    }
    if (const Value& secret = from["secretKeyRef"]) {
      keys.insert(source_key(true, secret["name"].text()));
    }
  }
  return {keys.begin(), keys.end()};
}

std::vector<std::string> volume_keys(const Value& pod) {
  std::set<std::string> keys;
  for (const Value& volume : pod["spec"]["volumes"].items()) {
    add_keys(volume, keys);
    for (const Value& part : volume["projected"]["sources"].items()) add_keys(part, keys);
  }
  return {keys.begin(), keys.end()};
}

const Value& container_named(const Value& pod, std::string_view name) {
  for (const std::string_view list : {"containers", "initContainers"}) {
    for (const Value& each : pod["spec"][list].items()) {
      if (each["name"].text() == name) return each;
    }
  }
  return pod["absent"];
}

std::map<std::string, std::string, std::less<>> data_of(const Value& source) {
  std::map<std::string, std::string, std::less<>> out;
  const bool is_secret = kind_of(source) == "Secret";
  for (const json::Member& member : source["data"].members()) {
    const std::string_view text = member.value.text();
    out[std::string(member.name())] = is_secret ? base64_decode(text).bytes : std::string(text);
  }
  for (const json::Member& member : source["binaryData"].members()) {
    out[std::string(member.name())] = base64_decode(member.value.text()).bytes;
  }
  return out;
}

std::string expand(std::string_view text, const Variables& variables) {
  std::string out;
  while (!text.empty()) {
    const size_t dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      out += '$';
      text.remove_prefix(1);
      continue;
    }
    const size_t end = text.starts_with('(') ? text.find(')') : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += '$';
      continue;
    }
    const std::string* const value = find(variables, text.substr(1, end - 1));
    if (value != nullptr) {
      out += *value;
    } else {
      // A name that is not known stays as it is.
      out += '$';
      out += text.substr(0, end + 1);
    }
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string field_value(const Value& pod, std::string_view path) {
  const size_t bracket = path.find("['");
  if (bracket != std::string_view::npos && path.ends_with("']")) {
    const std::string_view map = path.substr(0, bracket);
    const std::string_view key = path.substr(bracket + 2, path.size() - bracket - 4);
    const bool labels = map == "metadata.labels";
    return std::string(metadata(pod)[labels ? "labels" : "annotations"][key].text());
  }
  if (path == "metadata.labels" || path == "metadata.annotations") {
    std::string out;
    for (const json::Member& each : metadata(pod)[path.substr(9)].members()) {
      out += std::string(each.name()) + "=" + Value(each.value.text()).to_json() + "\n";
    }
    return out;
  }
  if (path == "status.podIPs" || path == "status.hostIPs") {
    std::string out;
    for (const Value& each : pod["status"][path.substr(7)].items()) {
      if (!out.empty()) out += ',';
      out += each["ip"].text();
    }
    return out;
  }
  return field_text(pod, path);
}

std::string resource_value(const Value& container, const Value& reference, NodeAmounts node) {
  const std::string_view resource = reference["resource"].text();
  const size_t dot = resource.find('.');
  const std::string_view list = resource.substr(0, dot);
  const std::string_view name = dot == std::string_view::npos ? "" : resource.substr(dot + 1);
  const bool is_cpu = name == "cpu";
  const Value& amount = container["resources"][list][name];
  int64_t have = is_cpu ? Quantity::from(amount).milli() : Quantity::from(amount).value();
  // A limit that is missing is all that the node has.
  if (!amount && list == "limits") have = is_cpu ? node.cpu_milli : node.memory_bytes;
  Quantity unit = Quantity::from(reference["divisor"]);
  if (unit.is_zero()) unit = Quantity::of(1);
  const int64_t divisor = std::max<int64_t>(1, is_cpu ? unit.milli() : unit.value());
  std::string out;
  engine::append_operand(out, (have + divisor - 1) / divisor);
  return out;
}

Variables service_variables(const std::vector<Value>& services) {
  Variables out;
  for (const Value& service : services) {
    const std::string ip(service["spec"]["clusterIP"].text());
    const Value& ports = service["spec"]["ports"];
    if (ip.empty() || ip == "None" || ports.size() == 0) continue;
    std::string prefix(name_of(service));
    for (char& c : prefix) {
      if (c == '-') c = '_';
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    std::string first;
    engine::append_operand(first, ports[0]["port"].integer());
    put(out, prefix + "_SERVICE_HOST", ip);
    put(out, prefix + "_SERVICE_PORT", first);
    bool is_first = true;
    for (const Value& port : ports.items()) {
      std::string number;
      engine::append_operand(number, port["port"].integer());
      const std::string protocol(port["protocol"].text("TCP"));
      std::string lower = protocol;
      for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
      const std::string url = lower + "://" + ip + ":" + number;
      if (is_first) put(out, prefix + "_PORT", url);
      is_first = false;
      const std::string each = prefix + "_PORT_" + number + "_" + protocol;
      put(out, each, url);
      put(out, each + "_PROTO", lower);
      put(out, each + "_PORT", number);
      put(out, each + "_ADDR", ip);
      std::string name(port["name"].text());
      if (name.empty()) continue;
      for (char& c : name) {
        if (c == '-') c = '_';
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
      }
      put(out, prefix + "_SERVICE_PORT_" + name, number);
    }
  }
  return out;
}

Environment environment_of(const EnvironmentInput& in) {
  Environment out;
  for (const Value& from : in.container["envFrom"].items()) {
    if (!out.error) add_from(in, from, out);
  }
  for (const Value& variable : in.container["env"].items()) {
    if (out.error) break;
    if (variable.contains("valueFrom")) {
      add_value_from(in, variable, out);
      continue;
    }
    // Variables that stand before it, then those of services.
    Variables known = out.variables;
    for (const auto& [name, value] : in.services) {
      if (find(known, name) == nullptr) known.emplace_back(name, value);
    }
    put(out.variables, variable["name"].text(), expand(variable["value"].text(), known));
  }
  for (const auto& [name, value] : in.services) {
    if (find(out.variables, name) == nullptr) out.variables.emplace_back(name, value);
  }
  for (const Value& word : in.container["command"].items()) {
    out.command.push_back(expand(word.text(), out.variables));
  }
  for (const Value& word : in.container["args"].items()) {
    out.args.push_back(expand(word.text(), out.variables));
  }
  return out;
}

}  // namespace sim::k8s::kubelet
