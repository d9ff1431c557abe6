// sim/k8s/apiserver/strategies/place.h: where in an object a check is.
//
// Concept: what FieldPath says, as a chain through the callers' frames. Only an error turns it into
// text, so checking what is right allocates nothing.
// Lifetime: a place refers to the one it was made from. Making one from a temporary does not
// compile.

#pragma once

#include <cstdint>
#include <string_view>

#include "sim/k8s/api/field_error.h"

namespace sim::k8s::strategies {

class Place {
 public:
  /// REQUIRES: here and below, texts outlive the place.
  explicit constexpr Place(std::string_view root) : name_(root) {}

  /// `name` may be dotted: `child("spec.containers")`.
  [[nodiscard]] constexpr Place child(std::string_view name) const& {
    return {this, Kind::kChild, name, 0};
  }
  [[nodiscard]] constexpr Place index(size_t at) const& {
    return {this, Kind::kIndex, {}, static_cast<uint32_t>(at)};
  }
  [[nodiscard]] constexpr Place key(std::string_view name) const& {
    return {this, Kind::kKey, name, 0};
  }
  Place child(std::string_view name) const&& = delete;
  Place index(size_t at) const&& = delete;
  Place key(std::string_view name) const&& = delete;

  operator FieldPath() const {  // NOLINT: errors take it as a FieldPath
    if (above_ == nullptr) return FieldPath(name_);
    const FieldPath above = *above_;
    if (kind_ == Kind::kIndex) return above.index(index_);
    return kind_ == Kind::kKey ? above.key(name_) : above.child(name_);
  }

 private:
  enum class Kind : uint8_t { kChild, kIndex, kKey };
  constexpr Place(const Place* above, Kind kind, std::string_view name, uint32_t index)
      : above_(above), name_(name), index_(index), kind_(kind) {}

  const Place* above_ = nullptr;
  std::string_view name_;
  uint32_t index_ = 0;
  Kind kind_ = Kind::kChild;
};

}  // namespace sim::k8s::strategies
