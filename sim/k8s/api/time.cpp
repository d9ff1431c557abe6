#include "sim/k8s/api/time.h"

#include <array>

#include "engine/task/print.h"

namespace sim::k8s {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kSecondsPerDay = 86'400;

struct Date {
  int64_t year;
  int64_t month;
  int64_t day;
};

// Days since 1970 to a date and back, by years that begin in March.
// Source: the proleptic Gregorian calendar of ISO 8601.
constexpr Date date_of(int64_t days) {
  days += 719'468;  // since 0000-03-01
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const int64_t of_era = days - era * 146'097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t month = (5 * of_year + 2) / 153;
  const int64_t day = of_year - (153 * month + 2) / 5 + 1;
  return {year + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9, day};
}

constexpr int64_t days_of(Date date) {
  const int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t of_era = year - era * 400;
  const int64_t month = date.month > 2 ? date.month - 3 : date.month + 9;
  const int64_t of_year = (153 * month + 2) / 5 + date.day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

void append_padded(std::string& out, int64_t number, size_t width) {
  std::string digits;
  engine::append_operand(digits, number);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

std::string seconds_text(int64_t seconds) {
  int64_t days = seconds / kSecondsPerDay;
  int64_t of_day = seconds % kSecondsPerDay;
  if (of_day < 0) {
    of_day += kSecondsPerDay;
    --days;
  }
  const Date date = date_of(days);
  std::string out;
  append_padded(out, date.year, 4);
  out += '-';
  append_padded(out, date.month, 2);
  out += '-';
  append_padded(out, date.day, 2);
  out += 'T';
  append_padded(out, of_day / 3600, 2);
  out += ':';
  append_padded(out, of_day / 60 % 60, 2);
  out += ':';
  append_padded(out, of_day % 60, 2);
  return out;
}

int64_t floor_seconds(int64_t unix_ns) {
  return unix_ns / kNsPerSecond - (unix_ns % kNsPerSecond < 0 ? 1 : 0);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // Exactly so many digits.
  int64_t digits(size_t count) {
    int64_t value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!is_digit()) return fail();
      value = value * 10 + (text_[0] - '0');
      text_.remove_prefix(1);
    }
    return value;
  }
  void expect(char c) {
    if (!skip(c)) fail();
  }
  bool skip(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  // Nanoseconds of as many digits as there are.
  int64_t fraction() {
    int64_t value = 0;
    int64_t unit = kNsPerSecond / 10;
    if (!is_digit()) return fail();
    while (is_digit()) {
      value += (text_[0] - '0') * unit;
      unit /= 10;
      text_.remove_prefix(1);
    }
    return value;
  }
  int64_t fail() {
    failed_ = true;
    text_ = {};
    return 0;
  }
  [[nodiscard]] bool ended_well() const { return !failed_ && text_.empty(); }

 private:
  [[nodiscard]] bool is_digit() const {
    return !text_.empty() && text_[0] >= '0' && text_[0] <= '9';
  }
  std::string_view text_;
  bool failed_ = false;
};

constexpr bool is_leap(int64_t year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}
constexpr int64_t days_in(Date date) {
  constexpr std::array<int64_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date.month == 2 && is_leap(date.year)) return 29;
  return kDays[static_cast<size_t>(date.month - 1)];
}

}  // namespace

std::string time_text(int64_t unix_ns) {
  return seconds_text(floor_seconds(unix_ns)) + "Z";
}

std::string micro_time_text(int64_t unix_ns) {
  const int64_t seconds = floor_seconds(unix_ns);
  std::string out = seconds_text(seconds) + ".";
  append_padded(out, (unix_ns - seconds * kNsPerSecond) / 1000, 6);
  return out + "Z";
}

std::optional<int64_t> parse_time(std::string_view text) {
  Reader in(text);
  Date date{};
  date.year = in.digits(4);
  in.expect('-');
  date.month = in.digits(2);
  in.expect('-');
  date.day = in.digits(2);
  in.expect('T');
  const int64_t hour = in.digits(2);
  in.expect(':');
  const int64_t minute = in.digits(2);
  in.expect(':');
  const int64_t second = in.digits(2);
  const int64_t fraction = in.skip('.') ? in.fraction() : 0;
  int64_t offset = 0;
  const bool east = in.skip('+');
  if (east || in.skip('-')) {
    offset = in.digits(2) * 3600;
    in.expect(':');
    offset += in.digits(2) * 60;
    if (!east) offset = -offset;
  } else {
    in.expect('Z');
  }
  if (!in.ended_well() || date.month < 1 || date.month > 12 || date.day < 1) return {};
  if (date.day > days_in(date) || hour > 23 || minute > 59 || second > 59) return {};
  constexpr int64_t kFirstYear = 1678;  // that fits in 64 bits of nanoseconds
  constexpr int64_t kLastYear = 2261;
  if (date.year < kFirstYear || date.year > kLastYear) return {};
  const int64_t of_day = hour * 3600 + minute * 60 + second - offset;
  return (days_of(date) * kSecondsPerDay + of_day) * kNsPerSecond + fraction;
}

std::string age_text(engine::Duration length) {
  const int64_t seconds = length.ns / kNsPerSecond;
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  const auto text = [](int64_t large, std::string_view unit, int64_t small = 0,
                       std::string_view small_unit = {}) {
    std::string out;
    engine::append_operand(out, large);
    out += unit;
    if (small == 0) return out;
    engine::append_operand(out, small);
    out += small_unit;
    return out;
  };
  const int64_t minutes = seconds / 60;
  const int64_t hours = minutes / 60;
  const int64_t days = hours / 24;
  const int64_t years = days / 365;
  if (seconds < 120) return text(seconds, "s");
  if (minutes < 10) return text(minutes, "m", seconds % 60, "s");
  if (hours < 3) return text(minutes, "m");
  if (hours < 8) return text(hours, "h", minutes % 60, "m");
  if (hours < 48) return text(hours, "h");
  if (hours < 192) return text(days, "d", hours % 24, "h");
  if (years < 2) return text(days, "d");
  if (years < 8) return text(years, "y", days % 365, "d");
  return text(years, "y");
}

std::optional<engine::Duration> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    int64_t ns;
  };
  constexpr Unit kUnits[] = {{"ns", 1},
                             {"us", 1000},
                             {"ms", 1'000'000},
                             {"s", kNsPerSecond},
                             {"m", 60 * kNsPerSecond},
                             {"h", 3600 * kNsPerSecond}};
  constexpr int64_t kMost = int64_t{1} << 53;
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  if (text == "0") return engine::Duration{};
  if (text.empty()) return {};
  int64_t total = 0;
  while (!text.empty()) {
    int64_t whole = 0;
    int64_t part = 0;
    int64_t scale = 1;
    bool any = false;
    bool in_part = false;
    for (; !text.empty() && (text[0] == '.' || (text[0] >= '0' && text[0] <= '9'));
         text.remove_prefix(1)) {
      if (text[0] == '.') {
        if (in_part) return {};
        in_part = true;
        continue;
      }
      any = true;
      const int64_t digit = text[0] - '0';
      if (!in_part) {
        if (whole > kMost / 10) return {};
        whole = whole * 10 + digit;
      } else if (scale < 1'000'000'000) {
        part = part * 10 + digit;
        scale *= 10;
      }
    }
    if (!any) return {};
    const size_t end = text.find_first_of("0123456789.");
    const std::string_view name = text.substr(0, end);
    const Unit* found = nullptr;
    for (const Unit& unit : kUnits) {
      if (unit.name == name) found = &unit;
    }
    if (found == nullptr || whole > INT64_MAX / 4 / found->ns) return {};
    // Long units are multiples of every scale; with short ones the product is small.
    const int64_t of_part =
        found->ns >= kNsPerSecond ? part * (found->ns / scale) : part * found->ns / scale;
    total += whole * found->ns + of_part;
    if (total < 0 || total > INT64_MAX / 2) return {};
    text.remove_prefix(name.size());
  }
  return engine::Duration{negative ? -total : total};
}

}  // namespace sim::k8s
