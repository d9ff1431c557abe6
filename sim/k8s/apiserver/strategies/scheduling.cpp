// The checks of what a pod wants of its node: affinity, tolerations, spread.

#include <algorithm>
#include <string>

#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/pod.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kRequired = "requiredDuringSchedulingIgnoredDuringExecution";
constexpr std::string_view kPreferred = "preferredDuringSchedulingIgnoredDuringExecution";
constexpr std::string_view kNoOperator = "not a valid selector operator";

void check_requirement(FieldErrors& errors, const Place& at, const Value& requirement,
                       bool check_values) {
  const std::string_view op = requirement["operator"].text();
  const Value& values = requirement["values"];
  const Place value_place = at.child("values");
  if (op == "In" || op == "NotIn") {
    if (values.size() == 0) {
      errors.required(value_place, "must be specified when `operator` is 'In' or 'NotIn'");
    }
  } else if (op == "Exists" || op == "DoesNotExist") {
    if (values.size() > 0) {
      errors.forbidden(value_place,
                       "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
  } else if (op == "Gt" || op == "Lt") {
    if (values.size() != 1) {
      errors.required(value_place,
                      "must be specified single value when `operator` is 'Lt' or 'Gt'");
    }
  } else {
    errors.invalid(at.child("operator"), op, kNoOperator);
  }
  check_form(errors, at.child("key"), requirement["key"].text(), qualified_name);
  if (!check_values) return;
  size_t i = 0;
  for (const Value& value : values.items()) {
    check_form(errors, value_place.index(i++), value.text(), label_value);
  }
}

void check_field_requirement(FieldErrors& errors, const Place& at, const Value& requirement) {
  const std::string_view op = requirement["operator"].text();
  const Place value_place = at.child("values");
  if (op == "In" || op == "NotIn") {
    if (requirement["values"].size() != 1) {
      errors.required(value_place,
                      "must be only one value when `operator` is 'In' or 'NotIn' for node field "
                      "selector");
    }
  } else {
    errors.invalid(at.child("operator"), op, kNoOperator);
  }
  const std::string_view key = requirement["key"].text();
  if (key != "metadata.name") {
    errors.invalid(at.child("key"), key, "not a valid field selector key");
    return;
  }
  size_t i = 0;
  for (const Value& value : requirement["values"].items()) {
    check_form(errors, value_place.index(i++), value.text(), dns_subdomain);
  }
}

void check_node_term(FieldErrors& errors, const Place& at, const Value& term, bool check_values) {
  const Place expressions = at.child("matchExpressions");
  size_t i = 0;
  for (const Value& requirement : term["matchExpressions"].items()) {
    check_requirement(errors, expressions.index(i++), requirement, check_values);
  }
  const Place fields = at.child("matchFields");
  i = 0;
  for (const Value& requirement : term["matchFields"].items()) {
    check_field_requirement(errors, fields.index(i++), requirement);
  }
}

void check_weight(FieldErrors& errors, const Place& at, const Value& weighted) {
  const int64_t weight = weighted["weight"].integer();
  if (weight < 1 || weight > 100) {
    errors.invalid(at.child("weight"), weight, "must be in the range 1-100");
  }
}

void check_label_keys(FieldErrors& errors, const Place& at, const Value& keys,
                      const Value& selector) {
  if (keys.size() == 0) return;
  if (!is_set(selector)) {
    errors.forbidden(at, "must not be specified when labelSelector is not set");
    return;
  }
  size_t i = 0;
  for (const Value& key : keys.items()) {
    check_form(errors, at.index(i++), key.text(), qualified_name);
  }
}

void check_pod_term(FieldErrors& errors, const Place& at, const Value& term) {
  check_label_selector(errors, at.child("labelSelector"), term["labelSelector"]);
  check_label_selector(errors, at.child("namespaceSelector"), term["namespaceSelector"]);
  for (const Value& space : term["namespaces"].items()) {
    check_form(errors, at.child("namespace"), space.text(), dns_label);
  }
  const Value& matched = term["matchLabelKeys"];
  const Value& mismatched = term["mismatchLabelKeys"];
  const Place matched_place = at.child("matchLabelKeys");
  check_label_keys(errors, matched_place, matched, term["labelSelector"]);
  check_label_keys(errors, at.child("mismatchLabelKeys"), mismatched, term["labelSelector"]);
  size_t i = 0;
  for (const Value& key : matched.items()) {
    const Place place = matched_place.index(i++);
    const auto others = mismatched.items();
    if (std::find(others.begin(), others.end(), key) != others.end()) {
      errors.invalid(place, key, "exists in both matchLabelKeys and mismatchLabelKeys");
    }
  }
  const std::string_view topology = term["topologyKey"].text();
  if (topology.empty()) errors.required(at.child("topologyKey"), "can not be empty");
  check_form(errors, at.child("topologyKey"), topology, qualified_name);
}

void check_pod_affinity(FieldErrors& errors, const Place& at, const Value& affinity) {
  const Place required = at.child(kRequired);
  size_t i = 0;
  for (const Value& term : affinity[kRequired].items()) {
    check_pod_term(errors, required.index(i++), term);
  }
  const Place preferred = at.child(kPreferred);
  i = 0;
  for (const Value& weighted : affinity[kPreferred].items()) {
    const Place place = preferred.index(i++);
    check_weight(errors, place, weighted);
    check_pod_term(errors, place.child("podAffinityTerm"), weighted["podAffinityTerm"]);
  }
}

void check_node_affinity(FieldErrors& errors, const Place& at, const Value& affinity) {
  if (is_set(affinity[kRequired])) {
    check_node_selector(errors, at.child(kRequired), affinity[kRequired]);
  }
  const Place preferred = at.child(kPreferred);
  size_t i = 0;
  for (const Value& weighted : affinity[kPreferred].items()) {
    const Place place = preferred.index(i++);
    check_weight(errors, place, weighted);
    check_node_term(errors, place.child("preference"), weighted["preference"], false);
  }
}

std::string joined(const Problems& problems) {
  std::string out;
  for (const std::string& problem : problems) {
    if (!out.empty()) out += ';';
    out += problem;
  }
  return out;
}

void check_toleration(FieldErrors& errors, const Place& at, const Value& toleration) {
  constexpr std::string_view kOperators[] = {"Equal", "Exists"};
  const std::string_view key = toleration["key"].text();
  const std::string_view op = toleration["operator"].text();
  const std::string_view value = toleration["value"].text();
  const std::string_view effect = toleration["effect"].text();
  const Place op_place = at.child("operator");
  if (!key.empty()) check_form(errors, at.child("key"), key, qualified_name);
  if (key.empty() && op != "Exists") {
    errors.invalid(op_place, op,
                   "operator must be Exists when `key` is empty, which means \"match all values "
                   "and all keys\"");
  }
  if (is_set(toleration["tolerationSeconds"]) && effect != "NoExecute") {
    errors.invalid(at.child("effect"), effect,
                   "effect must be 'NoExecute' when `tolerationSeconds` is set");
  }
  if (op.empty() || op == "Equal") {
    const Problems problems = label_value(value);
    if (!problems.empty()) errors.invalid(op_place, value, joined(problems));
  } else if (op == "Exists") {
    if (!value.empty()) {
      errors.invalid(op_place, value, "value must be empty when `operator` is 'Exists'");
    }
  } else {
    errors.not_supported(op_place, op, kOperators);
  }
  if (!effect.empty()) check_taint_effect(errors, at.child("effect"), effect);
}

bool selects_by(const Value& selector, std::string_view key) {
  if (selector["matchLabels"].contains(key)) return true;
  const auto all = selector["matchExpressions"].items();
  return std::any_of(all.begin(), all.end(),
                     [key](const Value& requirement) { return requirement["key"].text() == key; });
}

void check_spread_keys(FieldErrors& errors, const Place& at, const Value& constraint) {
  const Value& selector = constraint["labelSelector"];
  const Value& keys = constraint["matchLabelKeys"];
  if (keys.size() > 0 && !is_set(selector)) {
    errors.forbidden(at, "must not be specified when labelSelector is not set");
  }
  size_t i = 0;
  for (const Value& key : keys.items()) {
    const Place place = at.index(i++);
    check_form(errors, place, key.text(), qualified_name);
    if (selects_by(selector, key.text())) {
      errors.invalid(place, key, "exists in both matchLabelKeys and labelSelector");
    }
  }
}

void check_domains(FieldErrors& errors, const Place& at, const Value& constraint) {
  const Value& domains = constraint["minDomains"];
  if (!is_set(domains)) return;
  if (domains.integer() <= 0) errors.invalid(at, domains, kPositive);
  const std::string_view action = constraint["whenUnsatisfiable"].text();
  if (action == "DoNotSchedule") return;
  errors.invalid(
      at, domains,
      "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not " + std::string(action));
}

}  // namespace

void check_node_selector(FieldErrors& errors, const Place& at, const Value& selector) {
  const Place terms = at.child("nodeSelectorTerms");
  if (selector["nodeSelectorTerms"].size() == 0) {
    errors.required(terms, "must have at least one node selector term");
  }
  size_t i = 0;
  for (const Value& term : selector["nodeSelectorTerms"].items()) {
    check_node_term(errors, terms.index(i++), term, true);
  }
}

void check_affinity(FieldErrors& errors, const Place& at, const Value& affinity) {
  if (!is_set(affinity)) return;
  check_node_affinity(errors, at.child("nodeAffinity"), affinity["nodeAffinity"]);
  check_pod_affinity(errors, at.child("podAffinity"), affinity["podAffinity"]);
  check_pod_affinity(errors, at.child("podAntiAffinity"), affinity["podAntiAffinity"]);
}

void check_taint_effect(FieldErrors& errors, const Place& at, const Value& effect) {
  constexpr std::string_view kEffects[] = {"NoExecute", "NoSchedule", "PreferNoSchedule"};
  check_choice(errors, at, effect, kEffects);
}

void check_tolerations(FieldErrors& errors, const Place& at, const Value& tolerations) {
  size_t i = 0;
  for (const Value& toleration : tolerations.items()) {
    check_toleration(errors, at.index(i++), toleration);
  }
}

void check_topology_spread(FieldErrors& errors, const Place& at, const Value& constraints) {
  constexpr std::string_view kActions[] = {"DoNotSchedule", "ScheduleAnyway"};
  constexpr std::string_view kPolicies[] = {"Honor", "Ignore"};
  const auto all = constraints.items();
  for (size_t i = 0; i < all.size(); ++i) {
    const Value& constraint = all[i];
    const Place place = at.index(i);
    const int64_t skew = constraint["maxSkew"].integer();
    const std::string_view key = constraint["topologyKey"].text();
    const std::string_view action = constraint["whenUnsatisfiable"].text();
    if (skew <= 0) errors.invalid(place.child("maxSkew"), skew, kPositive);
    if (key.empty()) errors.required(place.child("topologyKey"), "can not be empty");
    if (!is_among(action, kActions)) {
      errors.not_supported(place.child("whenUnsatisfiable"), action, kActions);
    }
    const auto is_same = [&](const Value& other) {
      return other["topologyKey"].text() == key && other["whenUnsatisfiable"].text() == action;
    };
    if (std::any_of(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end(), is_same)) {
      errors.duplicate(place.child("{topologyKey, whenUnsatisfiable}"),
                       "{" + std::string(key) + ", " + std::string(action) + "}");
    }
    check_domains(errors, place.child("minDomains"), constraint);
    for (const std::string_view field : {"nodeAffinityPolicy", "nodeTaintsPolicy"}) {
      check_optional_choice(errors, place.child(field), constraint[field], kPolicies);
    }
    check_spread_keys(errors, place.child("matchLabelKeys"), constraint);
    check_label_selector(errors, place.child("labelSelector"), constraint["labelSelector"]);
  }
}

}  // namespace sim::k8s::strategies
