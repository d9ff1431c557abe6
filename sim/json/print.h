// sim/json/print.h: JSON values as text, in the forms that Go and kubectl write.
//
// Determinism: keys come in order, numbers have their shortest form, so one value has one text.
// Source: Go documentation, `encoding/json` (Marshal, Indent); RFC 8259.

#pragma once

#include <string>
#include <string_view>

#include "sim/json/value.h"

namespace sim::json {

/// Appends `value` as compact JSON. As Go's Marshal does, <, > and & are escaped.
void append_json(std::string& out, const Value& value);
/// The same over lines, each level indented by so many spaces, and <, > and & as they are.
void append_pretty(std::string& out, const Value& value, int indent = 4);
/// Appends `text` as a JSON string. `for_html`: with <, > and & escaped.
void append_quoted(std::string& out, std::string_view text, bool for_html = true);
/// Appends a floating-point number as Go's encoding/json does.
void append_float(std::string& out, double number);

}  // namespace sim::json
