// sim/scenario/knobs.cpp: typing, bounds and wording of knobs.
//
// Promises: what describe_knob() says is allowed is what knob_accepts() accepts.
// Does not: accept several spellings of a value, except a leading + or zeros of a number.

#include "sim/scenario/knobs.h"

#include "sim/scenario/wording.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace sim::scenario {

std::string knob_text(const KnobValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *number);
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string() : *text;
}

std::string describe_knob(const Knob& knob) {
  if (!knob.one_of.empty()) {
    std::vector<std::string> texts;
    for (const KnobValue& value : knob.one_of) texts.push_back(knob_text(value));
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    return fmt::format("one of {}", listed(views));
  }
  if (std::holds_alternative<bool>(knob.default_value)) return "true or false";
  if (std::holds_alternative<std::string>(knob.default_value)) return "text";
  if (knob.min && knob.max)
    return fmt::format("a whole number from {} to {}", *knob.min, *knob.max);
  if (knob.min) return fmt::format("a whole number of at least {}", *knob.min);
  if (knob.max) return fmt::format("a whole number of at most {}", *knob.max);
  return "a whole number";
}

bool knob_accepts(const Knob& knob, const KnobValue& value) {
  if (value.index() != knob.default_value.index()) return false;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if ((knob.min && *number < *knob.min) || (knob.max && *number > *knob.max)) return false;
  }
  if (knob.one_of.empty()) return true;
  for (const KnobValue& allowed : knob.one_of) {
    if (allowed == value) return true;
  }
  return false;
}

Result<KnobValue, std::string> read_knob_value(const Knob& knob, std::string_view text) {
  KnobValue value = std::string(text);
  if (std::holds_alternative<bool>(knob.default_value) && (text == "true" || text == "false")) {
    value = text == "true";
  }
  if (std::holds_alternative<std::int64_t>(knob.default_value)) {
    std::string_view digits = text;
    if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
    std::int64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, number);
    if (error == std::errc() && stopped == end) value = number;
  }
  if (knob_accepts(knob, value)) return value;
  return fmt::format("knob {}: expected {}, found {}", knob.name, describe_knob(knob),
                     in_quotes(text));
}

std::string with_knobs(std::string_view text, const std::vector<Knob>& knobs) {
  std::string out(text);
  for (const Knob& knob : knobs) {
    const std::string mark = "${" + knob.name + "}";
    const std::string value = knob_text(knob.value);
    for (size_t at = out.find(mark); at != std::string::npos; at = out.find(mark, at)) {
      out.replace(at, mark.size(), value);
      at += value.size();
    }
  }
  return out;
}

}  // namespace sim::scenario
