#include "sim/k8s/controllers/daemon_nodes.h"

#include <string>
#include <utility>

#include "sim/k8s/api/selector.h"

namespace sim::k8s::daemon {
namespace {

constexpr Value kNothing;
constexpr std::string_view kRequired = "requiredDuringSchedulingIgnoredDuringExecution";
constexpr std::string_view kNameField = "metadata.name";

struct DaemonToleration {
  std::string_view key;
  std::string_view effect;
};
constexpr DaemonToleration kTolerations[] = {
    {"node.kubernetes.io/not-ready", "NoExecute"},
    {"node.kubernetes.io/unreachable", "NoExecute"},
    {"node.kubernetes.io/disk-pressure", "NoSchedule"},
    {"node.kubernetes.io/memory-pressure", "NoSchedule"},
    {"node.kubernetes.io/pid-pressure", "NoSchedule"},
    {"node.kubernetes.io/unschedulable", "NoSchedule"},
};
constexpr DaemonToleration kOfHostNetwork{"node.kubernetes.io/network-unavailable", "NoSchedule"};

Value with_toleration(const Value& tolerations, const DaemonToleration& added) {
  for (const Value& each : tolerations.items()) {
    if (each["key"].text() == added.key && each["effect"].text() == added.effect &&
        each["operator"].text() == "Exists") {
      return tolerations;
    }
  }
  return tolerations.appended(json::Object()
                                  .set("key", added.key)
                                  .set("operator", "Exists")
                                  .set("effect", added.effect)
                                  .build());
}

Requirement::Op op_of(std::string_view text) {
  using Op = Requirement::Op;
  if (text == "NotIn") return Op::kNotIn;
  if (text == "Exists") return Op::kExists;
  if (text == "DoesNotExist") return Op::kDoesNotExist;
  if (text == "Gt") return Op::kGreater;
  if (text == "Lt") return Op::kLess;
  return Op::kIn;
}

bool all_hold(const Value& expressions, const Value& labels) {
  for (const Value& expression : expressions.items()) {
    Requirement requirement;
    requirement.key = expression["key"].text();
    requirement.op = op_of(expression["operator"].text());
    for (const Value& value : expression["values"].items()) {
      requirement.values.emplace_back(value.text());
    }
    if (!holds(requirement, labels)) return false;
  }
  return true;
}

// A term without anything selects nothing.
bool term_matches(const Value& term, const Value& node) {
  const Value& expressions = term["matchExpressions"];
  const Value& fields = term["matchFields"];
  if (expressions.size() == 0 && fields.size() == 0) return false;
  const Value of_fields = json::Object().set(kNameField, name_of(node)).build();
  return all_hold(expressions, labels_of(node)) && all_hold(fields, of_fields);
}

}  // namespace

Value with_daemon_tolerations(const Value& pod_template) {
  const Value& spec = pod_template["spec"];
  Value tolerations = spec["tolerations"];
  for (const DaemonToleration& each : kTolerations) {
    tolerations = with_toleration(tolerations, each);
  }
  if (spec["hostNetwork"].truth()) tolerations = with_toleration(tolerations, kOfHostNetwork);
  return pod_template.with_in({"spec", "tolerations"}, tolerations);
}

Value with_node(const Value& pod_template, std::string_view node) {
  const Value field = json::Object()
                          .set("key", kNameField)
                          .set("operator", "In")
                          .set("values", json::Array().add(node).build())
                          .build();
  const Value fields = json::Array().add(field).build();
  const Value& required =
      pod_template.in({"spec", "affinity", "nodeAffinity", kRequired, "nodeSelectorTerms"});
  json::Array terms;
  for (const Value& term : required.items()) terms.add(term.with("matchFields", fields));
  if (terms.size() == 0) terms.add(json::Object().set("matchFields", fields).build());
  return pod_template.with_in({"spec", "affinity", "nodeAffinity", kRequired, "nodeSelectorTerms"},
                              terms.build());
}

std::string_view node_of(const Value& pod) {
  const Value& spec = pod["spec"];
  if (!spec["nodeName"].is_zero()) return spec["nodeName"].text();
  const Value& terms = spec.in({"affinity", "nodeAffinity", kRequired, "nodeSelectorTerms"});
  for (const Value& term : terms.items()) {
    for (const Value& field : term["matchFields"].items()) {
      if (field["key"].text() == kNameField && field["operator"].text() == "In") {
        return field["values"][0].text();
      }
    }
  }
  return {};
}

bool tolerates(const Value& toleration, const Value& taint) {
  const std::string_view effect = toleration["effect"].text();
  if (!effect.empty() && effect != taint["effect"].text()) return false;
  const std::string_view key = toleration["key"].text();
  if (!key.empty() && key != taint["key"].text()) return false;
  const std::string_view op = toleration["operator"].text();
  if (op == "Exists") return true;
  return (op.empty() || op == "Equal") && toleration["value"].text() == taint["value"].text();
}

const Value& untolerated_taint(const Value& pod_spec, const Value& node, bool soft) {
  for (const Value& taint : node["spec"]["taints"].items()) {
    const std::string_view effect = taint["effect"].text();
    if (effect != "NoExecute" && !(soft && effect == "NoSchedule")) continue;
    bool tolerated = false;
    for (const Value& toleration : pod_spec["tolerations"].items()) {
      tolerated = tolerated || tolerates(toleration, taint);
    }
    if (!tolerated) return taint;
  }
  return kNothing;
}

bool matches_node(const Value& pod_spec, const Value& node) {
  for (const auto& [key, value] : pod_spec["nodeSelector"].members()) {
    const Value& label = labels_of(node)[key.text()];
    if (!label || label != value) return false;
  }
  const Value& required = pod_spec.in({"affinity", "nodeAffinity", kRequired});
  if (!required) return true;
  for (const Value& term : required["nodeSelectorTerms"].items()) {
    if (term_matches(term, node)) return true;
  }
  return false;
}

NodeFitness::NodeFitness(const Value& daemon_set)
    : pod_spec_(with_daemon_tolerations(daemon_set["spec"]["template"])["spec"]) {}

Eligibility NodeFitness::of(const Value& node) const {
  const std::string_view only = pod_spec_["nodeName"].text();
  Eligibility eligible;
  if (!only.empty() && only != name_of(node)) return eligible;
  if (!matches_node(pod_spec_, node)) return eligible;
  eligible.should_run = !untolerated_taint(pod_spec_, node, true);
  eligible.may_stay = eligible.should_run || !untolerated_taint(pod_spec_, node, false);
  return eligible;
}

}  // namespace sim::k8s::daemon
