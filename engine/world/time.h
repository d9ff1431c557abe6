// engine/world/time.h: virtual time, as integer nanoseconds.
//
// Two strong types so that a point in time and a length of time never mix. Nothing here reads a
// clock: time is what the world says it is. Arithmetic saturates at neither end; 292 years fit.

#pragma once

#include <compare>
#include <cstdint>

namespace engine {

/// A length of virtual time in nanoseconds; may be negative.
struct Duration {
  int64_t ns = 0;

  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration other) const { return {ns + other.ns}; }
  constexpr Duration operator-(Duration other) const { return {ns - other.ns}; }
  constexpr Duration operator*(int64_t times) const { return {ns * times}; }
  constexpr Duration operator/(int64_t parts) const { return {ns / parts}; }
  friend constexpr Duration operator*(int64_t times, Duration length) { return length * times; }
};

/// A point in virtual time: nanoseconds since the world began.
struct Instant {
  int64_t ns = 0;

  constexpr auto operator<=>(const Instant&) const = default;
  constexpr Instant operator+(Duration length) const { return {ns + length.ns}; }
  constexpr Instant operator-(Duration length) const { return {ns - length.ns}; }
  constexpr Duration operator-(Instant other) const { return {ns - other.ns}; }
};

inline constexpr Instant kEndOfTime{INT64_MAX};

inline constexpr Duration kNanosecond{1};
inline constexpr Duration kMicrosecond{1'000};
inline constexpr Duration kMillisecond{1'000'000};
inline constexpr Duration kSecond{1'000'000'000};

}  // namespace engine
