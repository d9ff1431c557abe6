// sim/json/go_text.h: values as Go's fmt prints them, for messages that do so.
//
// Source: Go documentation, packages `fmt` (%v) and `strconv` (FormatFloat).

#pragma once

#include <string>

#include "sim/json/value.h"

namespace sim::json {

/// Appends `value` as %v prints what Go's JSON decoder makes of it: `map[a:1 b:[x y] c:<nil>]`.
void append_go_value(std::string& out, const Value& value);
std::string go_value(const Value& value);

/// Appends a number with the fewest digits that tell it, as FormatFloat with 'g' does: from
/// 10^`exponent_end` on, and below 0.0001, with an exponent.
void append_go_number(std::string& out, double number, int exponent_end);

}  // namespace sim::json
