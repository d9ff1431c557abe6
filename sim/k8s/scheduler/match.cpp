#include "sim/k8s/scheduler/match.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace sim::k8s::scheduler {
namespace {

using Op = LabelRequirement::Op;

constexpr Value kNothing;

std::optional<int64_t> whole(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::optional<Op> op_named(std::string_view name) {
  if (name == "In") return Op::kIn;
  if (name == "NotIn") return Op::kNotIn;
  if (name == "Exists") return Op::kExists;
  if (name == "DoesNotExist") return Op::kDoesNotExist;
  if (name == "Gt") return Op::kGreater;
  if (name == "Lt") return Op::kLess;
  return {};
}

std::optional<LabelRequirement> requirement_from(const Value& expression) {
  const std::optional<Op> op = op_named(expression["operator"].text());
  if (!op) return {};
  LabelRequirement made;
  made.key = expression["key"];
  made.op = *op;
  const auto values = expression["values"].items();
  made.values.assign(values.begin(), values.end());
  if (*op == Op::kGreater || *op == Op::kLess) {
    if (made.values.size() != 1) return {};
    const std::optional<int64_t> bound = whole(made.values[0].text());
    if (!bound) return {};
    made.bound = *bound;
  }
  return made;
}

bool among(const std::vector<Value>& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

Effect effect_named(std::string_view name) {
  if (name.empty()) return Effect::kAny;
  if (name == "NoSchedule") return Effect::kNoSchedule;
  if (name == "PreferNoSchedule") return Effect::kPreferNoSchedule;
  if (name == "NoExecute") return Effect::kNoExecute;
  return Effect::kOther;
}

// The names that a term allows, if it says so; what it requires of names is a conjunction.
std::optional<std::vector<Value>> names_of(const NodeTerm& term) {
  std::optional<std::vector<Value>> names;
  for (const NodeTerm::Name& name : term.names) {
    if (!name.equal) continue;
    if (!names) {
      names.emplace(1, name.name);
    } else if (!among(*names, name.name)) {
      names->clear();
    }
  }
  return names;
}

}  // namespace

const Value& label_of(const Value& labels, const Value& key) {
  for (const json::Member& label : labels.members()) {
    if (label.key == key) return label.value;
  }
  return kNothing;
}

bool LabelRequirement::holds(const Value& labels) const {
  const Value& found = label_of(labels, key);
  switch (op) {
    case Op::kIn:
      return found && among(values, found);
    case Op::kNotIn:
      return !found || !among(values, found);
    case Op::kExists:
      return bool(found);
    case Op::kDoesNotExist:
      return !found;
    case Op::kGreater:
    case Op::kLess: {
      const std::optional<int64_t> is = found ? whole(found.text()) : std::nullopt;
      if (!is) return false;
      return op == Op::kGreater ? *is > bound : *is < bound;
    }
  }
  return false;
}

LabelMatch LabelMatch::from(const Value& selector) {
  LabelMatch made;
  if (!selector.is_object()) {
    made.nothing_ = true;
    return made;
  }
  for (const json::Member& label : selector["matchLabels"].members()) {
    made.requirements_.push_back({label.key, Op::kIn, {label.value}, 0});
  }
  for (const Value& expression : selector["matchExpressions"].items()) {
    std::optional<LabelRequirement> requirement = requirement_from(expression);
    if (!requirement) {
      made.nothing_ = true;
      return made;
    }
    made.requirements_.push_back(std::move(*requirement));
  }
  return made;
}

bool LabelMatch::matches(const Value& labels) const {
  return !nothing_ && std::all_of(requirements_.begin(), requirements_.end(),
                                  [&](const LabelRequirement& each) { return each.holds(labels); });
}

void LabelMatch::narrow(const LabelMatch& other) {
  nothing_ = nothing_ || other.nothing_;
  requirements_.insert(requirements_.end(), other.requirements_.begin(), other.requirements_.end());
}

NodeTerm NodeTerm::from(const Value& term) {
  NodeTerm made;
  made.never = term["matchExpressions"].size() == 0 && term["matchFields"].size() == 0;
  for (const Value& expression : term["matchExpressions"].items()) {
    std::optional<LabelRequirement> requirement = requirement_from(expression);
    made.never = made.never || !requirement;
    if (requirement) made.labels.push_back(std::move(*requirement));
  }
  for (const Value& field : term["matchFields"].items()) {
    const std::string_view op = field["operator"].text();
    const bool understood = field["key"].text() == "metadata.name" &&
                            (op == "In" || op == "NotIn") && field["values"].size() == 1;
    made.never = made.never || !understood;
    if (understood) made.names.push_back({field["values"][0], op == "In"});
  }
  return made;
}

bool NodeTerm::matches(const Value& node_labels, const Value& node_name) const {
  if (never) return false;
  for (const Name& each : names) {
    if ((each.name == node_name) != each.equal) return false;
  }
  return std::all_of(labels.begin(), labels.end(),
                     [&](const LabelRequirement& each) { return each.holds(node_labels); });
}

std::vector<NodeTerm> node_terms(const Value& selector) {
  std::vector<NodeTerm> made;
  for (const Value& term : selector["nodeSelectorTerms"].items()) {
    made.push_back(NodeTerm::from(term));
  }
  return made;
}

bool any_matches(std::span<const NodeTerm> terms, const Value& labels, const Value& name) {
  return std::any_of(terms.begin(), terms.end(),
                     [&](const NodeTerm& term) { return term.matches(labels, name); });
}

NodeAffinity NodeAffinity::from(const Value& node_selector, const Value& affinity) {
  NodeAffinity made;
  made.has_selector = node_selector.size() > 0;
  if (made.has_selector) {
    made.selector = LabelMatch::from(Value::object({{Value("matchLabels"), node_selector}}));
  }
  const Value& required =
      affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
  made.has_terms = required.is_object();
  if (!made.has_terms) return made;
  made.terms = node_terms(required);
  made.names_nodes = !made.terms.empty();
  for (const NodeTerm& term : made.terms) {
    const std::optional<std::vector<Value>> names = names_of(term);
    if (!names) {
      made.names_nodes = false;
      made.names.clear();
      break;
    }
    for (const Value& name : *names) {
      if (!among(made.names, name)) made.names.push_back(name);
    }
  }
  return made;
}

Taint Taint::from(const Value& taint) {
  return {taint["key"], taint["value"] ? taint["value"] : Value(""),
          effect_named(taint["effect"].text())};
}

Toleration Toleration::from(const Value& toleration) {
  Toleration made;
  if (!toleration["key"].text().empty()) made.key = toleration["key"];
  made.value = toleration["value"] ? toleration["value"] : Value("");
  const std::string_view op = toleration["operator"].text("Equal");
  made.exists = op == "Exists";
  made.never = !made.exists && op != "Equal" && !op.empty();
  made.effect = effect_named(toleration["effect"].text());
  return made;
}

bool tolerated(std::span<const Toleration> tolerations, const Taint& taint) {
  return std::any_of(tolerations.begin(), tolerations.end(),
                     [&](const Toleration& each) { return each.tolerates(taint); });
}

const Taint* untolerated(std::span<const Toleration> tolerations, std::span<const Taint> taints) {
  for (const Taint& taint : taints) {
    if (taint.effect != Effect::kNoSchedule && taint.effect != Effect::kNoExecute) continue;
    if (!tolerated(tolerations, taint)) return &taint;
  }
  return nullptr;
}

}  // namespace sim::k8s::scheduler
