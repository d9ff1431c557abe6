// tests/k8s/scheduler_reference_read.h: how the reference reads objects: amounts, selectors,
// taints, ports. Part of scheduler_reference.cpp.

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/k8s/scheduler_reference.h"

namespace scheduler_reference {

using Text = std::string;

inline Text text(const Value& value) {
  return Text(value.text());
}

inline Labels labels_in(const Value& map) {
  Labels labels;
  for (const auto& member : map.members()) labels[Text(member.name())] = text(member.value);
  return labels;
}

inline Labels labels_of(const Value& object) {
  return labels_in(object["metadata"]["labels"]);
}

inline Text name_of(const Value& object) {
  return text(object["metadata"]["name"]);
}

inline Text space_of(const Value& object) {
  return text(object["metadata"]["namespace"]);
}

// In thousandths.
inline int64_t thousandths(const Value& quantity) {
  if (quantity.is_integer()) return quantity.integer() * 1000;
  const Text all = text(quantity);
  size_t end = all.find_first_not_of("0123456789");
  if (end == Text::npos) end = all.size();
  const int64_t number = std::strtoll(all.substr(0, end).c_str(), nullptr, 10);
  const std::map<Text, int64_t> units = {
      {"m", 1}, {"", 1000}, {"Ki", 1000LL << 10}, {"Mi", 1000LL << 20}, {"Gi", 1000LL << 30}};
  return number * units.at(all.substr(end));
}

// Of a resource by name: CPU in thousandths, anything else in whole units.
inline int64_t amount(const Value& list, const Text& resource) {
  const Value& quantity = list[resource];
  if (!quantity) return 0;
  return resource == "cpu" ? thousandths(quantity) : thousandths(quantity) / 1000;
}

// What a pod asks for, or what it is taken to need when nodes are scored.
inline int64_t request(const Value& pod, const Text& resource, bool for_scoring) {
  const auto of_container = [&](const Value& container) {
    const Value& requests = container["resources"]["requests"];
    if (for_scoring && !requests.contains(resource)) {
      if (resource == "cpu") return int64_t{100};
      if (resource == "memory") return int64_t{200} << 20;
    }
    return amount(requests, resource);
  };
  int64_t running = 0;
  for (const Value& container : pod["spec"]["containers"].items())
    running += of_container(container);
  int64_t sidecars = 0;
  int64_t starting = 0;
  for (const Value& container : pod["spec"]["initContainers"].items()) {
    if (text(container["restartPolicy"]) == "Always") {
      sidecars += of_container(container);
      starting = std::max(starting, sidecars);
    } else {
      starting = std::max(starting, sidecars + of_container(container));
    }
  }
  return std::max(running + sidecars, starting) + amount(pod["spec"]["overhead"], resource);
}

inline std::set<Text> requested_names(const Value& pod) {
  std::set<Text> names;
  for (const auto& each : pod["spec"]["overhead"].members()) names.insert(Text(each.name()));
  for (const char* kind : {"containers", "initContainers"}) {
    for (const Value& container : pod["spec"][kind].items()) {
      for (const auto& each : container["resources"]["requests"].members()) {
        names.insert(Text(each.name()));
      }
    }
  }
  return names;
}

inline bool expression_holds(const Value& expression, const Labels& labels) {
  const Text op = text(expression["operator"]);
  const auto found = labels.find(text(expression["key"]));
  const bool has = found != labels.end();
  bool among = false;
  for (const Value& value : expression["values"].items()) {
    among = among || (has && text(value) == found->second);
  }
  if (op == "In") return among;
  if (op == "NotIn") return !among;
  if (op == "Exists") return has;
  if (op == "DoesNotExist") return !has;
  if (!has) return false;
  const int64_t is = std::strtoll(found->second.c_str(), nullptr, 10);
  const int64_t bound = std::strtoll(text(expression["values"][0]).c_str(), nullptr, 10);
  return op == "Gt" ? is > bound : is < bound;
}

// A label selector; none selects nothing.
inline bool selects(const Value& selector, const Labels& labels) {
  if (!selector.is_object()) return false;
  for (const auto& [key, value] : labels_in(selector["matchLabels"])) {
    const auto found = labels.find(key);
    if (found == labels.end() || found->second != value) return false;
  }
  for (const Value& each : selector["matchExpressions"].items()) {
    if (!expression_holds(each, labels)) return false;
  }
  return true;
}

inline bool node_term_holds(const Value& term, const Value& node) {
  const auto expressions = term["matchExpressions"].items();
  const auto fields = term["matchFields"].items();
  if (expressions.empty() && fields.empty()) return false;
  for (const Value& each : expressions) {
    if (!expression_holds(each, labels_of(node))) return false;
  }
  for (const Value& each : fields) {
    if (!expression_holds(each, {{"metadata.name", name_of(node)}})) return false;
  }
  return true;
}

inline bool node_affinity_holds(const Value& pod, const Value& node) {
  const Labels labels = labels_of(node);
  for (const auto& [key, value] : labels_in(pod["spec"]["nodeSelector"])) {
    const auto found = labels.find(key);
    if (found == labels.end() || found->second != value) return false;
  }
  const Value& required =
      pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
  if (!required) return true;
  for (const Value& term : required["nodeSelectorTerms"].items()) {
    if (node_term_holds(term, node)) return true;
  }
  return false;
}

inline bool tolerates(const Value& pod, const Value& taint) {
  for (const Value& each : pod["spec"]["tolerations"].items()) {
    const Text effect = text(each["effect"]);
    const Text key = text(each["key"]);
    if (!effect.empty() && effect != text(taint["effect"])) continue;
    if (!key.empty() && key != text(taint["key"])) continue;
    if (text(each["operator"]) == "Exists" || text(each["value"]) == text(taint["value"]))
      return true;
  }
  return false;
}

inline const Value* bad_taint(const Value& pod, const Value& node) {
  for (const Value& taint : node["spec"]["taints"].items()) {
    if (text(taint["effect"]) != "PreferNoSchedule" && !tolerates(pod, taint)) return &taint;
  }
  return nullptr;
}

// What a container takes of its node.
struct Port {
  Text ip;
  Text protocol;
  int64_t number;
};
inline std::vector<Port> host_ports(const Value& pod) {
  std::vector<Port> ports;
  for (const Value& container : pod["spec"]["containers"].items()) {
    for (const Value& port : container["ports"].items()) {
      const int64_t number = port["hostPort"].integer();
      if (number == 0) continue;
      const Text ip(port["hostIP"].text("0.0.0.0"));
      ports.push_back({ip, Text(port["protocol"].text("TCP")), number});
    }
  }
  return ports;
}

}  // namespace scheduler_reference
