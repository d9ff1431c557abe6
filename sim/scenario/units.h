// sim/scenario/units.h: durations, amounts of memory, percentages and bandwidths as integers.
//
// Promises: exact integer arithmetic, no floating point, every overflow noticed; a value that is
// formatted and parsed again is the same value.
// Does not: skip spaces, or accept several spellings of a unit (except Go's two of a microsecond).

#pragma once

#include "sim/yaml/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace sim::scenario {

using yaml::Result;

/// A number, or what is wrong with the text, as the end of a sentence: `it has no unit (...)`.
using Measured = Result<std::int64_t, std::string>;

/// Nanoseconds, from Go's syntax (package time, ParseDuration): `1h2m3.5s`, `-200us`, `0`. Digits
/// below a nanosecond are cut off.
[[nodiscard]] Measured parse_duration(std::string_view text);

/// Go's shortest form (package time, Duration.String): `1.5s`, `2m0s`, `100ms`, `0s`.
[[nodiscard]] std::string format_duration(std::int64_t nanoseconds);

/// Bytes, from `512`, `4Gi`, `1.5Gi` or `200M`: k, M, G, T are powers of 1000, Ki, Mi, Gi, Ti of
/// 1024. A part of a byte is cut off.
[[nodiscard]] Measured parse_quantity(std::string_view text);

/// Parts in a million, from `0%` to `100%`; finer than 0.0001% is an error, never rounded.
[[nodiscard]] Measured parse_percentage(std::string_view text);

/// Bits in a second, from `100bps`, `2.5Gbps`; the units are bps, kbps, Mbps, Gbps and Tbps.
[[nodiscard]] Measured parse_bandwidth(std::string_view text);

}  // namespace sim::scenario
