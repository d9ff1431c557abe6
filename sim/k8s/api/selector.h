// sim/k8s/api/selector.h: which objects are meant: by labels, or by fields.
//
// Source: Kubernetes' documentation, "Labels and Selectors", "Field Selectors"; the texts of its
// parsers' errors.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/error.h"
#include "sim/json/value.h"

namespace sim::k8s {

struct Requirement {
  enum class Op : uint8_t { kIn, kNotIn, kExists, kDoesNotExist, kGreater, kLess };
  std::string key;
  Op op = Op::kIn;
  std::vector<std::string> values;  // in order
  bool operator==(const Requirement&) const = default;
};

/// A conjunction of requirements; an empty one selects everything.
class LabelSelector {
 public:
  struct Parsed;
  /// `app=web,tier!=db,env in (a,b),!old`
  static Parsed parse(std::string_view text);
  /// Of `{matchLabels, matchExpressions}`. An absent one selects nothing.
  static LabelSelector from(const json::Value& selector);
  /// Of a plain map, as in a Service.
  static LabelSelector from_map(const json::Value& labels);
  static LabelSelector nothing();

  [[nodiscard]] bool matches(const json::Value& labels) const;
  [[nodiscard]] bool selects_all() const { return !nothing_ && requirements_.empty(); }
  [[nodiscard]] std::string text() const;
  [[nodiscard]] const std::vector<Requirement>& requirements() const { return requirements_; }
  void add(Requirement requirement);
  bool operator==(const LabelSelector&) const = default;

 private:
  std::vector<Requirement> requirements_;
  bool nothing_ = false;
};
struct LabelSelector::Parsed {
  LabelSelector selector;
  engine::Error error;
};

/// Whether one requirement holds for labels. Greater and less compare whole numbers.
bool holds(const Requirement& requirement, const json::Value& labels);

/// `spec.nodeName=n1,status.phase!=Running`: paths of single-valued fields.
class FieldSelector {
 public:
  struct Term {
    std::string path;
    std::string value;
    bool equal = true;
    bool operator==(const Term&) const = default;
  };
  struct Parsed;
  static Parsed parse(std::string_view text);

  /// `field_of` gives the text of a field of the object in question.
  template <class F>
  [[nodiscard]] bool matches(F field_of) const {
    for (const Term& term : terms_) {
      if ((field_of(term.path) == term.value) != term.equal) return false;
    }
    return true;
  }
  [[nodiscard]] bool empty() const { return terms_.empty(); }
  [[nodiscard]] const std::vector<Term>& terms() const { return terms_; }
  [[nodiscard]] std::string text() const;
  /// What `path` must be, if it must equal something; null otherwise.
  [[nodiscard]] const std::string* value_of(std::string_view path) const;
  bool operator==(const FieldSelector&) const = default;

 private:
  std::vector<Term> terms_;
};
struct FieldSelector::Parsed {
  FieldSelector selector;
  engine::Error error;
};

/// The text of the string or number or truth that a dotted path leads to; empty if there is none.
std::string field_text(const json::Value& object, std::string_view path);

}  // namespace sim::k8s
