// sim/scenario/units.cpp: one reader of decimal numbers, and a table of units for each kind of
// value.
//
// Promises: a fraction is scaled digit by digit, so it is exact however long it is.
// Does not: depend on the locale.

#include "sim/scenario/units.h"

#include "sim/scenario/wording.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>

namespace sim::scenario {
namespace {

constexpr std::uint64_t kInt64Max = std::numeric_limits<std::int64_t>::max();

struct Unit {
  std::string_view name;
  std::uint64_t size;
};

constexpr std::array<Unit, 8> kDurationUnits = {{
    {"ns", 1},
    {"us", 1'000},
    {"\u00B5s", 1'000},
    {"\u03BCs", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
}};

constexpr std::array<Unit, 9> kQuantityUnits = {{
    {"", 1},
    {"k", 1'000},
    {"M", 1'000'000},
    {"G", 1'000'000'000},
    {"T", 1'000'000'000'000},
    {"Ki", std::uint64_t{1} << 10},
    {"Mi", std::uint64_t{1} << 20},
    {"Gi", std::uint64_t{1} << 30},
    {"Ti", std::uint64_t{1} << 40},
}};

constexpr std::array<Unit, 5> kBandwidthUnits = {{
    {"bps", 1},
    {"kbps", 1'000},
    {"Mbps", 1'000'000},
    {"Gbps", 1'000'000'000},
    {"Tbps", 1'000'000'000'000},
}};

constexpr std::string_view kDurationUnitNames = "expected ns, us, ms, s, m or h";
constexpr std::string_view kQuantityUnitNames = "expected k, M, G, T, Ki, Mi, Gi or Ti";
constexpr std::string_view kBandwidthUnitNames = "expected bps, kbps, Mbps, Gbps or Tbps";

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

/// A decimal number as it was written.
struct Decimal {
  std::string_view whole;
  std::string_view fraction;
};

std::string_view take_digits(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && is_digit(text[length])) ++length;
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

/// Takes `12`, `1.5`, `1.` or `.5` from the front of `text`; nothing if no digit is there.
std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal number;
  number.whole = take_digits(text);
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    number.fraction = take_digits(text);
  }
  if (number.whole.empty() && number.fraction.empty()) return std::nullopt;
  return number;
}

/// `number` times `unit`, rounded down; nothing if it is above `limit`.
std::optional<std::uint64_t> scaled(const Decimal& number, std::uint64_t unit,
                                    std::uint64_t limit) {
  std::uint64_t whole = 0;
  for (const char byte : number.whole) {
    const auto digit = static_cast<std::uint64_t>(byte - '0');
    if (digit > limit || whole > (limit - digit) / 10) return std::nullopt;
    whole = whole * 10 + digit;
  }
  if (whole > limit / unit) return std::nullopt;
  // From the last digit to the first; cutting off at each step equals cutting off once at the end.
  std::uint64_t fraction = 0;
  for (std::size_t i = number.fraction.size(); i > 0; --i) {
    const auto digit = static_cast<std::uint64_t>(number.fraction[i - 1] - '0');
    fraction = (digit * unit + fraction) / 10;
  }
  if (fraction > limit - whole * unit) return std::nullopt;
  return whole * unit + fraction;
}

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

/// One number and one unit that takes the rest of the text.
Measured parse_measure(std::string_view text, std::span<const Unit> units,
                       std::string_view unit_names) {
  if (text.empty()) return std::string("it is empty");
  const std::optional<Decimal> number = take_decimal(text);
  if (!number) return std::string("it does not start with a number");
  const Unit* const unit = find_unit(units, text);
  if (unit == nullptr && text.empty()) return fmt::format("it has no unit ({})", unit_names);
  if (unit == nullptr) return fmt::format("unknown unit {} ({})", in_quotes(text), unit_names);
  const std::optional<std::uint64_t> value = scaled(*number, unit->size, kInt64Max);
  if (!value) return std::string("it does not fit in 63 bits");
  return static_cast<std::int64_t>(*value);
}

/// `.5` for 500 of 1000: the digits of `part` after the point, without zeros at the end.
std::string fraction_digits(std::uint64_t part, std::uint64_t of) {
  std::string digits;
  while (part != 0) {
    part *= 10;
    digits += static_cast<char>('0' + static_cast<char>(part / of));
    part %= of;
  }
  return digits.empty() ? digits : "." + digits;
}

std::string with_unit(std::uint64_t value, std::uint64_t size, std::string_view unit) {
  return fmt::format("{}{}{}", value / size, fraction_digits(value % size, size), unit);
}

}  // namespace

Measured parse_duration(std::string_view text) {
  if (text.empty()) return std::string("it is empty");
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  if (text == "0") return std::int64_t{0};
  if (text.empty()) return std::string("it has no digits");

  // As in Go, the most negative duration has no positive counterpart, so the sum may reach 2^63.
  const std::uint64_t limit = negative ? kInt64Max + 1 : kInt64Max;
  std::uint64_t sum = 0;
  while (!text.empty()) {
    const std::optional<Decimal> number = take_decimal(text);
    if (!number) return fmt::format("a number is missing before {}", in_quotes(text));
    std::size_t length = 0;
    while (length < text.size() && text[length] != '.' && !is_digit(text[length])) ++length;
    const std::string_view name = text.substr(0, length);
    text.remove_prefix(length);
    const Unit* const unit = find_unit(kDurationUnits, name);
    if (name.empty()) return fmt::format("it has no unit ({})", kDurationUnitNames);
    if (unit == nullptr)
      return fmt::format("unknown unit {} ({})", in_quotes(name), kDurationUnitNames);
    const std::optional<std::uint64_t> part = scaled(*number, unit->size, limit - sum);
    if (!part) return std::string("it is longer than 292 years");
    sum += *part;
  }
  if (!negative) return static_cast<std::int64_t>(sum);
  if (sum > kInt64Max) return std::numeric_limits<std::int64_t>::min();
  return -static_cast<std::int64_t>(sum);
}

std::string format_duration(std::int64_t nanoseconds) {
  if (nanoseconds == 0) return "0s";
  const bool negative = nanoseconds < 0;
  const std::uint64_t bits = static_cast<std::uint64_t>(nanoseconds);
  const std::uint64_t rest = negative ? ~bits + 1 : bits;
  std::string out = negative ? "-" : "";
  if (rest < 1'000) return out + with_unit(rest, 1, "ns");
  if (rest < 1'000'000) return out + with_unit(rest, 1'000, "\u00B5s");
  if (rest < 1'000'000'000) return out + with_unit(rest, 1'000'000, "ms");

  constexpr std::uint64_t kMinute = 60'000'000'000;
  const std::uint64_t minutes = rest / kMinute;
  if (minutes >= 60) out += fmt::format("{}h", minutes / 60);
  if (minutes > 0) out += fmt::format("{}m", minutes % 60);
  return out + with_unit(rest % kMinute, 1'000'000'000, "s");
}

Measured parse_quantity(std::string_view text) {
  return parse_measure(text, kQuantityUnits, kQuantityUnitNames);
}

Measured parse_percentage(std::string_view text) {
  if (text.empty()) return std::string("it is empty");
  std::optional<Decimal> number = take_decimal(text);
  if (!number) return std::string("it does not start with a number");
  if (text != "%") return std::string("it does not end with %");
  while (!number->fraction.empty() && number->fraction.back() == '0') {
    number->fraction.remove_suffix(1);
  }
  if (number->fraction.size() > 4) return std::string("it is finer than 0.0001%");
  const std::optional<std::uint64_t> parts = scaled(*number, 10'000, 1'000'000);
  if (!parts) return std::string("it is above 100%");
  return static_cast<std::int64_t>(*parts);
}

Measured parse_bandwidth(std::string_view text) {
  return parse_measure(text, kBandwidthUnits, kBandwidthUnitNames);
}

}  // namespace sim::scenario
