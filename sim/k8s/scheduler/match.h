// sim/k8s/scheduler/match.h: selectors, node affinity and tolerations, compiled to word
// comparisons.
//
// Concept: keys and values of labels are JSON values, of which equal ones are the same word; so a
// requirement is checked without reading text, but for Gt and Lt.
// Source: Kubernetes' documentation, "Labels and Selectors", "Assigning Pods to Nodes", "Taints and
// Tolerations".

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/json/value.h"

namespace sim::k8s::scheduler {

using json::Value;

/// The label `key`, or absent; by comparing words.
const Value& label_of(const Value& labels, const Value& key);

struct LabelRequirement {
  enum class Op : uint8_t { kIn, kNotIn, kExists, kDoesNotExist, kGreater, kLess };
  Value key;
  Op op = Op::kIn;
  std::vector<Value> values;
  int64_t bound = 0;  // of kGreater and kLess

  [[nodiscard]] bool holds(const Value& labels) const;
};

/// A conjunction over labels.
class LabelMatch {
 public:
  /// A `{matchLabels, matchExpressions}`: absent or null selects nothing, an empty one everything.
  static LabelMatch from(const Value& selector);

  [[nodiscard]] bool matches(const Value& labels) const;
  [[nodiscard]] bool selects_nothing() const { return nothing_; }
  /// Whether it says nothing at all.
  [[nodiscard]] bool empty() const { return !nothing_ && requirements_.empty(); }
  /// Both must match from now on.
  void narrow(const LabelMatch& other);

 private:
  std::vector<LabelRequirement> requirements_;
  bool nothing_ = false;
};

/// One of the alternatives of a node selector.
struct NodeTerm {
  std::vector<LabelRequirement> labels;
  struct Name {
    Value name;
    bool equal = true;
  };
  std::vector<Name> names;  // of `matchFields`
  /// Empty terms, and those with an operator that is none, match no node.
  bool never = false;

  static NodeTerm from(const Value& term);
  [[nodiscard]] bool matches(const Value& node_labels, const Value& node_name) const;
};

/// The alternatives of `{nodeSelectorTerms: [...]}`.
std::vector<NodeTerm> node_terms(const Value& selector);
bool any_matches(std::span<const NodeTerm> terms, const Value& labels, const Value& name);

/// `spec.nodeSelector` and the required node affinity of a pod.
struct NodeAffinity {
  LabelMatch selector;
  bool has_selector = false;
  bool has_terms = false;
  std::vector<NodeTerm> terms;
  /// The only nodes that can match, if the terms name them; in the order in which they do.
  bool names_nodes = false;
  std::vector<Value> names;

  static NodeAffinity from(const Value& node_selector, const Value& affinity);
  [[nodiscard]] bool empty() const { return !has_selector && !has_terms; }
  [[nodiscard]] bool matches(const Value& labels, const Value& name) const {
    return (!has_selector || selector.matches(labels)) &&
           (!has_terms || any_matches(terms, labels, name));
  }
};

enum class Effect : uint8_t { kAny, kNoSchedule, kPreferNoSchedule, kNoExecute, kOther };

struct Taint {
  Value key;
  Value value;  // the empty text if it has none
  Effect effect = Effect::kNoSchedule;
  bool operator==(const Taint&) const = default;

  static Taint from(const Value& taint);
};

struct Toleration {
  Value key;  // absent: any
  Value value;
  bool exists = false;  // whatever the value
  bool never = false;   // an operator that is none
  Effect effect = Effect::kAny;

  static Toleration from(const Value& toleration);
  [[nodiscard]] bool tolerates(const Taint& taint) const {
    return !never && (effect == Effect::kAny || effect == taint.effect) &&
           (!key || key == taint.key) && (exists || value == taint.value);
  }
};

bool tolerated(std::span<const Toleration> tolerations, const Taint& taint);
/// The first taint that keeps pods away and is not tolerated, or null.
const Taint* untolerated(std::span<const Toleration> tolerations, std::span<const Taint> taints);

}  // namespace sim::k8s::scheduler
