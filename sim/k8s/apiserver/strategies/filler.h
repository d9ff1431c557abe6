// sim/k8s/apiserver/strategies/filler.h: filling in what an object leaves out.
//
// Concept: most objects that come by are complete already, for they were read from the server. So
// nothing is made before something is missing, and a complete object stays the value it is.

#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "sim/json/value.h"

namespace sim::k8s::strategies {

using json::Value;

/// What a value with defaults is made from. Reading it costs one look at each field.
class Filler {
 public:
  /// REQUIRES: `base` outlives this.
  explicit Filler(const Value& base) : base_(base) {}

  /// Sets a field that is absent or null; null is as good as nothing.
  Filler& text(std::string_view key, std::string_view value) {
    return lacks(key) ? set(key, value) : *this;
  }
  /// The same where "" is nothing, too: of fields that are no pointers in Go.
  Filler& nonempty_text(std::string_view key, std::string_view value) {
    return base_[key].text().empty() ? set(key, value) : *this;
  }
  Filler& number(std::string_view key, int64_t value) {
    return lacks(key) ? set(key, value) : *this;
  }
  /// The same where 0 is nothing, too.
  Filler& nonzero_number(std::string_view key, int64_t value) {
    return base_[key].integer() == 0 ? set(key, value) : *this;
  }
  Filler& truth(std::string_view key, bool value) { return lacks(key) ? set(key, value) : *this; }
  Filler& object(std::string_view key) {
    return lacks(key) ? set(key, Value::empty_object()) : *this;
  }
  Filler& value(std::string_view key, Value value) {
    return lacks(key) ? set(key, std::move(value)) : *this;
  }
  /// Whatever was there.
  Filler& set(std::string_view key, Value value) {
    if (base_[key] == value) return *this;
    if (!changed_) changed_.emplace(base_);
    changed_->set(key, std::move(value));
    return *this;
  }
  /// Sets a field that is there to what `change` makes of it.
  template <class Change>
  Filler& apply(std::string_view key, Change change) {
    const Value& before = base_[key];
    return before && !before.is_null() ? set(key, change(before)) : *this;
  }
  [[nodiscard]] bool lacks(std::string_view key) const {
    return !base_[key] || base_[key].is_null();
  }

  [[nodiscard]] Value done() { return changed_ ? std::move(*changed_).build() : base_; }

 private:
  const Value& base_;
  std::optional<json::Object> changed_;
};

/// A list with each item changed; the same list if none is.
template <class Change>
Value each(const Value& list, Change change) {
  std::optional<json::Array> changed;
  size_t at = 0;
  for (const Value& item : list.items()) {
    Value after = change(item);
    if (!changed && after != item) {
      changed.emplace();
      for (const Value& before : list.items().first(at)) changed->add(before);
    }
    if (changed) changed->add(std::move(after));
    ++at;
  }
  return changed ? changed->build() : list;
}

}  // namespace sim::k8s::strategies
