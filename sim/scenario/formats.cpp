// sim/scenario/formats.cpp: the named formats of the scenario schema.
//
// Promises: each format accepts exactly what the parser behind it accepts, because it is that
// parser.
// Does not: keep the parsed value; whoever builds the scenario parses again.

#include "sim/scenario/phrases.h"
#include "sim/scenario/schema.h"
#include "sim/scenario/units.h"

#include <array>
#include <cstddef>

namespace sim::scenario {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool contains(std::string_view set, char byte) {
  return set.find(byte) != std::string_view::npos;
}

bool all_of(std::string_view text, std::string_view set, std::string_view more = {},
            std::string_view still_more = {}, std::string_view others = {}) {
  for (const char byte : text) {
    if (!contains(set, byte) && !contains(more, byte) && !contains(still_more, byte) &&
        !contains(others, byte)) {
      return false;
    }
  }
  return !text.empty();
}

std::optional<std::string> unless(bool fits) {
  if (fits) return std::nullopt;
  return std::string();
}

template <class T>
std::optional<std::string> error_of(const Result<T, std::string>& result) {
  if (result.ok()) return std::nullopt;
  return result.error();
}

std::optional<std::string> duration_mistake(std::string_view text) {
  const Measured value = parse_duration(text);
  if (value.ok() && value.value() < 0) return "it is negative";
  return error_of(value);
}

std::optional<std::string> quantity_mistake(std::string_view text) {
  return error_of(parse_quantity(text));
}

std::optional<std::string> percentage_mistake(std::string_view text) {
  return error_of(parse_percentage(text));
}

std::optional<std::string> bandwidth_mistake(std::string_view text) {
  const Measured value = parse_bandwidth(text);
  if (value.ok() && value.value() == 0) return "nothing would ever arrive";
  return error_of(value);
}

std::optional<std::string> image_mistake(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return "it has no version";
  return unless(all_of(text.substr(0, colon), kLower, kDigits, "./-") &&
                all_of(text.substr(colon + 1), kDigits));
}

/// RFC 1123, section 2.1: a label of a host name, here in lower case only.
std::optional<std::string> name_mistake(std::string_view text) {
  if (text.size() > 63) return "it is longer than 63 characters";
  if (!all_of(text, kLower, kDigits, "-")) {
    return "only a-z, 0-9 and - can be used";
  }
  if (text.front() == '-' || text.back() == '-') return "it cannot start or end with -";
  return std::nullopt;
}

std::optional<std::string> identifier_mistake(std::string_view text) {
  return unless(all_of(text, kLower, kUpper, kDigits, "_.-") && !contains(kDigits, text.front()) &&
                text.front() != '.' && text.front() != '-');
}

std::optional<std::string> language_mistake(std::string_view text) {
  const std::size_t hyphen = text.find('-');
  const std::string_view primary = text.substr(0, hyphen);
  if (primary.size() < 2 || primary.size() > 3 || !all_of(primary, kLower)) return std::string();
  if (hyphen == std::string_view::npos) return std::nullopt;
  return unless(all_of(text.substr(hyphen + 1), kLower, kUpper, kDigits, "-") &&
                text.back() != '-' && text.find("--") == std::string_view::npos);
}

std::optional<std::string> trigger_mistake(std::string_view text) {
  return error_of(parse_trigger(text));
}

std::optional<std::string> look_mistake(std::string_view text) {
  return error_of(parse_look(text));
}

std::optional<std::string> invariant_mistake(std::string_view text) {
  return error_of(parse_invariant(text));
}

constexpr std::array<Format, 11> kFormats = {{
    {"duration", "a duration such as 120s, 500ms or 1m30s", duration_mistake},
    {"quantity", "an amount of memory such as 4Gi or 512Mi", quantity_mistake},
    {"percentage", "a percentage such as 0.1%", percentage_mistake},
    {"bandwidth", "a bandwidth such as 1Gbps or 100Mbps", bandwidth_mistake},
    {"image", "an image such as orrery/hello-http:1", image_mistake},
    {"name", "a name such as node-1", name_mistake},
    {"identifier", "letters, digits, _ . - after a letter or _", identifier_mistake},
    {"language", "a language such as en, zh or pt-BR", language_mistake},
    {"trigger", "a trigger", trigger_mistake},
    {"look", "something to look at", look_mistake},
    {"invariant", "an invariant", invariant_mistake},
}};

}  // namespace

std::span<const Format> scenario_formats() {
  return kFormats;
}

}  // namespace sim::scenario
