#include "sim/json/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "sim/json/parse.h"
#include "sim/json/print.h"

namespace sim::json {
namespace {

constexpr std::array<std::string_view, 11> kTrues = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                                     "True", "TRUE", "on",  "On",  "ON"};
constexpr std::array<std::string_view, 11> kFalses = {"n",     "N",     "no",  "No",  "NO", "false",
                                                      "False", "FALSE", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 5> kNulls = {"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 3> kInfinities = {".inf", ".Inf", ".INF"};
constexpr std::array<std::string_view, 3> kNotNumbers = {".nan", ".NaN", ".NAN"};

bool is_one_of(std::string_view text, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// How many digits `text` begins with.
size_t digits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  return count;
}

// [-+]? ( .[0-9]+ | [0-9]+ (.[0-9]*)? ) ([eE][-+]?[0-9]+)?
bool looks_like_float(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const size_t whole = digits(text);
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    const size_t fraction = digits(text.substr(1));
    if (whole == 0 && fraction == 0) return false;
    text.remove_prefix(1 + fraction);
  } else if (whole == 0) {
    return false;
  }
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && digits(text) == text.size();
}

// Nothing if it is beyond the largest number. REQUIRES: looks_like_float(text).
std::optional<double> to_double(std::string_view text) {
  // Correctly rounded, and without a locale as long as nobody has set one.
  const double number = std::strtod(std::string(text).c_str(), nullptr);
  return number - number == 0 ? std::optional(number) : std::nullopt;
}

struct Whole {
  bool is_one = false;
  uint64_t size = 0;
  bool is_negative = false;
  bool fits = true;  // in 64 bits
};

// Go's strconv.ParseInt and ParseUint in base 0.
Whole to_whole(std::string_view text) {
  Whole out;
  const bool is_signed = text.starts_with('+') || text.starts_with('-');
  out.is_negative = text.starts_with('-');
  if (is_signed) text.remove_prefix(1);
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    const char letter = text[1];
    base = letter == 'x' || letter == 'X' ? 16 : letter == 'b' || letter == 'B' ? 2 : 8;
    text.remove_prefix(is_digit(letter) ? 1 : 2);
    if (base == 8 && !is_digit(letter) && letter != 'o' && letter != 'O') return out;
  }
  // It takes no sign of its own.
  if (text.empty() || text[0] == '-') return out;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out.size, base);
  if (read.ptr != text.data() + text.size()) return out;
  out.is_one = true;
  out.fits = read.ec == std::errc() && !(is_signed && !out.is_negative && out.size > INT64_MAX);
  return out;
}

class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  bool take(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_[0]) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // One or two digits that stand for at most `most`.
  bool number(int least, int most, int* out = nullptr) {
    const size_t size = std::min<size_t>(digits(rest_), 2);
    int value = 0;
    for (const char c : rest_.substr(0, size)) value = value * 10 + (c - '0');
    rest_.remove_prefix(size);
    if (out != nullptr) *out = value;
    return size > 0 && value >= least && value <= most;
  }
  void fraction() {
    const size_t size = rest_.empty() ? 0 : digits(rest_.substr(1));
    if (size > 0 && (rest_[0] == '.' || rest_[0] == ',')) rest_.remove_prefix(1 + size);
  }
  // Z, or a difference of two digits each.
  bool zone() {
    if (take("Z")) return true;
    if (!take("+-") || digits(rest_) != 2 || !number(0, 24)) return false;
    return take(":") && digits(rest_) == 2 && number(0, 60);
  }

 private:
  std::string_view rest_;
};

int days_in(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return kDays[static_cast<size_t>(month - 1)] + (month == 2 && is_leap ? 1 : 0);
}

// The forms that yaml.v2 knows: a day; a day and a time with T and a zone, or after a space.
bool is_timestamp(std::string_view text) {
  if (digits(text) != 4 || text.size() == 4 || text[4] != '-') return false;
  int year = 0;
  for (const char c : text.substr(0, 4)) year = year * 10 + (c - '0');
  DateReader rest(text.substr(5));
  int month = 0;
  if (!rest.number(1, 12, &month) || !rest.take("-")) return false;
  if (!rest.number(1, days_in(year, month))) return false;
  if (rest.done()) return true;
  const bool has_zone = rest.take("Tt");
  if (!has_zone && !rest.take(" ")) return false;
  if (!rest.number(0, 23) || !rest.take(":") || !rest.number(0, 59) || !rest.take(":"))
    return false;
  if (!rest.number(0, 59)) return false;
  rest.fraction();
  return (!has_zone || rest.zone()) && rest.done();
}

// [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(.[0-9_]*)? which YAML 1.1 takes for a number of base 60.
bool is_sexagesimal(std::string_view text) {
  constexpr std::string_view kDigitsAndBars = "0123456789_";
  const auto skip = [&text, kDigitsAndBars] {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(kDigitsAndBars)));
  };
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (digits(text) == 0) return false;
  skip();
  if (!text.starts_with(':')) return false;
  while (text.starts_with(':')) {
    text.remove_prefix(1);
    const size_t size = digits(text);
    if (size == 0 || size > 2 || (size == 2 && text[0] > '5')) return false;
    text.remove_prefix(size);
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    skip();
  }
  return text.empty();
}

Plain resolve_number(std::string_view text) {
  if (is_timestamp(text)) return {PlainKind::kTimestamp};
  std::string plain;
  for (const char c : text) {
    if (c != '_') plain += c;
  }
  const Whole whole = to_whole(plain);
  if (whole.is_one && whole.fits) {
    if (!whole.is_negative && whole.size <= INT64_MAX) {
      return {PlainKind::kInteger, static_cast<int64_t>(whole.size)};
    }
    if (whole.is_negative && whole.size <= uint64_t{1} << 63) {
      return {PlainKind::kInteger, static_cast<int64_t>(0 - whole.size)};
    }
    if (!whole.is_negative) return {PlainKind::kFloat, 0, static_cast<double>(whole.size)};
  }
  if (looks_like_float(plain)) {
    if (const auto number = to_double(plain)) return {PlainKind::kFloat, 0, *number};
  }
  return {};
}

}  // namespace

Plain resolve_plain(std::string_view text) {
  if (is_one_of(text, kNulls)) return {PlainKind::kNull};
  const char first = text[0];
  const bool may_be_number = is_digit(first) || first == '+' || first == '-' || first == '.';
  if (!may_be_number) {
    if (is_one_of(text, kTrues)) return {PlainKind::kTrue};
    if (is_one_of(text, kFalses)) return {PlainKind::kFalse};
    return {};
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (is_one_of(text, kNotNumbers)) {
    return {PlainKind::kFloat, 0, std::numeric_limits<double>::quiet_NaN()};
  }
  const bool is_signed = first == '+' || first == '-';
  if (is_one_of(text.substr(is_signed ? 1 : 0), kInfinities)) {
    return {PlainKind::kFloat, 0, first == '-' ? -kInfinity : kInfinity};
  }
  if (first != '.') return resolve_number(text);
  if (!looks_like_float(text)) return {};
  const std::optional<double> number = to_double(text);
  return number ? Plain{PlainKind::kFloat, 0, *number} : Plain{};
}

bool needs_quotes(std::string_view text) {
  return resolve_plain(text).kind != PlainKind::kString || is_sexagesimal(text);
}

std::string sound_utf8(std::string_view text) {
  const bool is_ascii =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x80; });
  if (is_ascii) return std::string(text);
  // Reading a JSON string makes it sound.
  std::string quoted;
  append_quoted(quoted, text);
  return std::string(parse(quoted).value.text());
}

}  // namespace sim::json
