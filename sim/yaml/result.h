// sim/yaml/result.h: a value, or the reason why there is none.
//
// Promises: exactly one of the two is there. Asking for the other one is a bug, and asserts.
// Does not: convert errors, chain, or throw.

#pragma once

#include <cassert>
#include <utility>
#include <variant>

namespace sim::yaml {

/// Either a `T` or an `E`; the two are different types.
template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

  /// Whether there is a value.
  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// REQUIRES: ok().
  [[nodiscard]] T& value() {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const {
    assert(ok());
    return *std::get_if<0>(&state_);
  }

  /// REQUIRES: !ok().
  [[nodiscard]] E& error() {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] const E& error() const {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, E> state_;
};

}  // namespace sim::yaml
