// sim/k8s/api/quantity.h: amounts of resources: `100m`, `1.5`, `64Mi`, `2e3`.
//
// Concept: a number of billionths, exact, with the form it was written in. Less than a billionth is
// rounded away from zero; with a binary suffix more than 2^63 - 1 is cut down to it.
// Source: Kubernetes' documentation, "Quantity", and the canonical form it is stored in.
// Not modelled: more than 10^28, which is cut down to it.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/json/value.h"

namespace sim::k8s {

class Quantity {
 public:
  enum class Format : uint8_t { kDecimal, kBinary, kExponent };

  constexpr Quantity() = default;
  static Quantity of(int64_t value, Format format = Format::kDecimal);
  static Quantity of_milli(int64_t milli);
  /// Nothing if it is no quantity.
  static std::optional<Quantity> parse(std::string_view text);
  /// Of a string or number in an object; zero if there is none, or it is malformed.
  static Quantity from(const json::Value& value);

  /// In whole units, and in thousandths, rounded up.
  [[nodiscard]] int64_t value() const;
  [[nodiscard]] int64_t milli() const;
  /// The canonical form, which means the same.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool is_zero() const { return nanos_ == 0; }
  [[nodiscard]] bool is_negative() const { return nanos_ < 0; }
  friend auto operator<=>(const Quantity& a, const Quantity& b) { return a.nanos_ <=> b.nanos_; }
  friend bool operator==(const Quantity& a, const Quantity& b) { return a.nanos_ == b.nanos_; }
  /// In the form of `a`, or of `b` if that is zero.
  friend Quantity operator+(const Quantity& a, const Quantity& b) { return sum(a, b.nanos_, b); }
  friend Quantity operator-(const Quantity& a, const Quantity& b) { return sum(a, -b.nanos_, b); }

 private:
  using Wide = __int128;
  static Quantity sum(const Quantity& a, Wide more, const Quantity& b);

  Wide nanos_ = 0;
  Format format_ = Format::kDecimal;
};

/// What Kubernetes says of text that is no quantity.
inline constexpr std::string_view kQuantityPattern =
    "quantities must match the regular expression "
    "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/// Why `text` is no quantity, in Kubernetes' words; empty if it is one.
std::string_view quantity_error(std::string_view text);
/// What an API object keeps of `text`: the canonical form, but text that looks canonical stays as
/// it is, such as 1.123. REQUIRES: it is a quantity.
std::string stored_quantity(std::string_view text);

}  // namespace sim::k8s
