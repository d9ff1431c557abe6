// sim/scenario/wording.h: the parts that error messages are made of.
//
// Promises: bounded length whatever the input, and no control character reaches a terminal.
// Does not: know scenarios or places.

#pragma once

#include "sim/yaml/problem.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sim::scenario {

using yaml::in_quotes;

/// The items with commas, and `last_separator` before the last one: `a, b or c`.
[[nodiscard]] std::string listed(std::span<const std::string_view> items,
                                 std::string_view last_separator = ", ");

/// The number of insertions, deletions, replacements and swaps of neighbours that turn `from` into
/// `to` (the optimal string alignment distance), counted in bytes.
[[nodiscard]] std::size_t edit_distance(std::string_view from, std::string_view to);

/// The candidate that `word` most likely meant; empty if none is near. The first one wins a tie.
[[nodiscard]] std::string_view closest(std::string_view word,
                                       std::span<const std::string_view> candidates);

/// ` (did you mean "latency"?)`, or nothing if no candidate is near.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace sim::scenario
