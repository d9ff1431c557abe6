// tests/k8s/strategy_tester.h: objects on their way through a strategy, as the registry takes them.

#pragma once

#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>

#include "sim/json/parse.h"
#include "sim/k8s/apiserver/strategy.h"
#include "tests/support/in_world.h"

namespace support {

using sim::json::Value;

inline Value json(std::string_view text) {
  const sim::json::Parsed parsed = sim::json::parse(text);
  REQUIRE(parsed.error.empty());
  return parsed.value;
}

/// One kind of objects. The group and plural tell the strategy.
class Kind {
 public:
  Kind(std::string_view group, std::string_view plural, bool namespaced = true) {
    info_.group = group;
    info_.plural = plural;
    info_.version = "v1";
    info_.namespaced = namespaced;
  }

  [[nodiscard]] const sim::k8s::Strategy& strategy() const { return sim::k8s::strategy_of(info_); }
  [[nodiscard]] Value defaulted(const Value& object) const {
    return strategy().defaults == nullptr ? object : strategy().defaults(object);
  }
  /// What is stored when `object` is created.
  [[nodiscard]] Value created(const Value& object) const {
    const Value filled = defaulted(object);
    return strategy().prepare_create == nullptr ? filled : strategy().prepare_create(filled);
  }
  /// What is wrong with `object` when it is created; empty: nothing.
  [[nodiscard]] std::string problems(const Value& object) const {
    sim::k8s::FieldErrors errors;
    const Value made = created(object);
    sim::k8s::validate_metadata(made, info_, errors);
    if (strategy().validate != nullptr) strategy().validate(made, errors);
    return errors.empty() ? "" : errors.text();
  }
  /// What is stored when `old` is replaced by `object`, with the status that it had.
  [[nodiscard]] Value updated(const Value& object, const Value& old) const {
    const Value filled = defaulted(object).with("status", old["status"]);
    return strategy().prepare_update == nullptr ? filled : strategy().prepare_update(filled, old);
  }
  /// What is wrong when `old` is replaced by `object`.
  [[nodiscard]] std::string update_problems(const Value& object, const Value& old) const {
    sim::k8s::FieldErrors errors;
    const Value made = updated(object, old);
    sim::k8s::validate_metadata_update(made, old, errors);
    sim::k8s::validate_metadata(made, info_, errors);
    if (strategy().validate != nullptr) strategy().validate(made, errors);
    if (strategy().validate_update != nullptr) strategy().validate_update(made, old, errors);
    return errors.empty() ? "" : errors.text();
  }
  /// As it would come back from the store.
  [[nodiscard]] Value stored(const Value& object) const {
    return created(object).with_in({"metadata", "resourceVersion"}, "7");
  }

 private:
  sim::k8s::KindInfo info_;
};

}  // namespace support
