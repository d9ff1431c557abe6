#include "sim/k8s/api/time.h"

#include <array>
#include <utility>

#include "engine/task/print.h"
#include "sim/json/print.h"

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

constexpr bool is_leap(int64_t year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}
constexpr int64_t days_in(Date date) {
  constexpr std::array<int64_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date.month == 2 && is_leap(date.year)) return 29;
  return kDays[static_cast<size_t>(date.month - 1)];
}

// Text taken apart by the layout `2006-01-02T15:04:05Z07:00`, element by element, with Go's errors.
class Reader {
 public:
  Reader(std::string_view text, bool micro) : text_(text), rest_(text), micro_(micro) {}

  bool read() {
    date.year = number("2006", 4, 4);
    literal("-");
    date.month = number("01", 2, 2);
    in_range(date.month >= 1 && date.month <= 12, "month");
    literal("-");
    date.day = number("02", 2, 2);
    literal("T");
    hour = number("15", 1, 2);
    in_range(hour < 24, "hour");
    literal(":");
    minute = number("04", 2, 2);
    in_range(minute < 60, "minute");
    literal(":");
    second = number("05", 2, 2);
    in_range(second < 60, "second");
    read_fraction();
    read_offset();
    if (error.empty() && !rest_.empty()) fail_with(": extra text: " + quoted(rest_));
    if (error.empty() && (date.day < 1 || date.day > days_in(date))) {
      fail_with(": day out of range");
    }
    return error.empty();
  }

  std::string error;
  Date date{};
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t fraction = 0;  // nanoseconds
  int64_t offset = 0;    // seconds east

 private:
  [[nodiscard]] bool is_digit(size_t at) const {
    return at < rest_.size() && rest_[at] >= '0' && rest_[at] <= '9';
  }
  static std::string quoted(std::string_view text) {
    std::string out;
    json::append_quoted(out, text, false);
    return out;
  }
  void fail_with(std::string_view what) {
    error = "parsing time " + quoted(text_);
    error += what;
  }
  void fail_at(std::string_view element, std::string_view value) {
    constexpr std::string_view kSeconds = "2006-01-02T15:04:05Z07:00";
    constexpr std::string_view kMicros = "2006-01-02T15:04:05.000000Z07:00";
    fail_with(" as " + quoted(micro_ ? kMicros : kSeconds) + ": cannot parse " + quoted(value) +
              " as " + quoted(element));
  }
  void in_range(bool ok, std::string_view name) {
    if (error.empty() && !ok) fail_with(": " + std::string(name) + " out of range");
  }
  int64_t number(std::string_view element, size_t least, size_t most) {
    if (!error.empty()) return 0;
    const std::string_view before = rest_;
    int64_t value = 0;
    size_t count = 0;
    for (; count < most && is_digit(0); ++count) {
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    if (count < least) fail_at(element, before);
    return value;
  }
  void literal(std::string_view character) {
    if (!error.empty()) return;
    if (!rest_.starts_with(character)) return fail_at(character, rest_);
    rest_.remove_prefix(1);
  }
  void read_fraction() {
    constexpr std::string_view kElement = ".000000";
    if (!error.empty()) return;
    const bool has_mark = !rest_.empty() && (rest_[0] == '.' || rest_[0] == ',');
    const size_t most = micro_ ? kElement.size() - 1 : rest_.size();
    size_t count = 0;
    int64_t unit = kNsPerSecond / 10;
    int64_t value = 0;
    for (; has_mark && count < most && is_digit(count + 1); ++count) {
      value += (rest_[count + 1] - '0') * unit;
      unit /= 10;
    }
    if (micro_ && count < most) return fail_at(kElement, rest_);
    if (count == 0) return;
    fraction = value;
    rest_.remove_prefix(count + 1);
  }
  void read_offset() {
    constexpr std::string_view kElement = "Z07:00";
    if (!error.empty()) return;
    if (rest_.starts_with("Z")) return rest_.remove_prefix(1);
    const bool has_form = rest_.size() >= 6 && rest_[3] == ':' && is_digit(1) && is_digit(2) &&
                          is_digit(4) && is_digit(5) && (rest_[0] == '+' || rest_[0] == '-');
    if (!has_form) return fail_at(kElement, rest_);
    const int64_t hours = (rest_[1] - '0') * 10 + (rest_[2] - '0');
    const int64_t minutes = (rest_[4] - '0') * 10 + (rest_[5] - '0');
    in_range(hours <= 24, "time zone offset hour");
    in_range(minutes <= 60, "time zone offset minute");
    offset = (hours * 60 + minutes) * 60 * (rest_[0] == '-' ? -1 : 1);
    if (error.empty()) rest_.remove_prefix(6);
  }

  std::string_view text_;
  std::string_view rest_;
  bool micro_;
};

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
  Reader in(text, false);
  if (!in.read()) return {};
  constexpr int64_t kFirstYear = 1678;  // that fits in 64 bits of nanoseconds
  constexpr int64_t kLastYear = 2261;
  if (in.date.year < kFirstYear || in.date.year > kLastYear) return {};
  const int64_t of_day = in.hour * 3600 + in.minute * 60 + in.second - in.offset;
  return (days_of(in.date) * kSecondsPerDay + of_day) * kNsPerSecond + in.fraction;
}

std::string time_error(std::string_view text, bool micro) {
  Reader in(text, micro);
  in.read();
  return std::move(in.error);
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
