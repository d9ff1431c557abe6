#include "sim/k8s/api/cron_schedule.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

#include "engine/task/print.h"
#include "sim/k8s/api/time.h"

namespace sim::k8s {
namespace {

constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view kWeekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

// What one of the five fields may be.
struct Bounds {
  int64_t least;
  int64_t most;
  std::span<const std::string_view> names = {};  // of the numbers from `least` on
};

struct FieldBits {
  uint64_t bits = 0;
  bool is_any = false;
};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string with_numbers(std::string_view head, int64_t a, std::string_view between, int64_t b,
                         std::string_view expression) {
  std::string out(head);
  out += '(';
  engine::append_operand(out, a);
  out += between;
  engine::append_operand(out, b);
  out += "): ";
  out += expression;
  return out;
}

class FieldReader {
 public:
  explicit FieldReader(Bounds bounds) : bounds_(bounds) {}

  FieldBits read(std::string_view text) {
    FieldBits out;
    for (const std::string_view part : split(text, ",")) {
      // Empty parts are read over.
      if (part.empty()) continue;
      read_range(part, out);
      if (!error_.empty()) return {};
    }
    return out;
  }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  // `*`, `3`, `1-5`, each with `/2` behind.
  void read_range(std::string_view expression, FieldBits& out) {
    const std::vector<std::string_view> steps = split(expression, "/");
    const std::vector<std::string_view> ends = split(steps[0], "-");
    const bool is_star = ends[0] == "*" || ends[0] == "?";
    int64_t begin = bounds_.least;
    int64_t end = bounds_.most;
    if (!is_star) {
      begin = number(ends[0]);
      if (!error_.empty()) return;
      if (ends.size() > 2) return fail("too many hyphens: ", expression);
      end = ends.size() == 2 ? number(ends[1]) : begin;
      if (!error_.empty()) return;
    }
    int64_t step = 1;
    if (steps.size() > 2) return fail("too many slashes: ", expression);
    if (steps.size() == 2) {
      step = plain_number(steps[1]);
      if (!error_.empty()) return;
      // `3/5` begins at 3 and goes on to the end.
      if (!is_star && ends.size() == 1) end = bounds_.most;
    }
    check_range(begin, end, step, expression);
    if (!error_.empty()) return;
    const int64_t stride = std::min<int64_t>(step, 64);  // beyond all fields' ends
    for (int64_t at = begin; at <= end; at += stride) out.bits |= uint64_t{1} << at;
    out.is_any = out.is_any || (is_star && step == 1);
  }

  void check_range(int64_t begin, int64_t end, int64_t step, std::string_view expression) {
    if (begin < bounds_.least) {
      error_ = with_numbers("beginning of range ", begin, ") below minimum (", bounds_.least,
                            expression);
    } else if (end > bounds_.most) {
      error_ = with_numbers("end of range ", end, ") above maximum (", bounds_.most, expression);
    } else if (begin > end) {
      error_ =
          with_numbers("beginning of range ", begin, ") beyond end of range (", end, expression);
    } else if (step == 0) {
      fail("step of range should be a positive number: ", expression);
    }
  }

  int64_t number(std::string_view text) {
    const auto named = std::find(bounds_.names.begin(), bounds_.names.end(), lower(text));
    if (named != bounds_.names.end()) return bounds_.least + (named - bounds_.names.begin());
    return plain_number(text);
  }

  int64_t plain_number(std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
      fail("failed to parse int from ", text);
      error_ += ": strconv.Atoi: parsing \"";
      error_ += text;
      error_ += "\": invalid syntax";
      return 0;
    }
    if (value < 0) {
      std::string message = "negative number (";
      engine::append_operand(message, value);
      fail(message + ") not allowed: ", text);
    }
    return value;
  }

  void fail(std::string_view message, std::string_view expression) {
    error_ = message;
    error_ += expression;
  }

  Bounds bounds_;
  std::string error_;
};

constexpr uint64_t kAllHours = (uint64_t{1} << 24) - 1;
constexpr uint64_t kAllDays = (uint64_t{1} << 32) - 2;
constexpr uint64_t kAllMonths = (uint64_t{1} << 13) - 2;
constexpr uint64_t kAllWeekdays = (uint64_t{1} << 7) - 1;

CronSchedule::Parsed descriptor(std::string_view text) {
  CronSchedule schedule{1, 1, kAllDays, kAllMonths, kAllWeekdays, true, true, 0};
  constexpr std::string_view kEvery = "@every ";
  if (text == "@yearly" || text == "@annually") {
    schedule.days = 2;
    schedule.months = 2;
    schedule.any_day = false;
  } else if (text == "@monthly") {
    schedule.days = 2;
    schedule.any_day = false;
  } else if (text == "@weekly") {
    schedule.weekdays = 1;
    schedule.any_weekday = false;
  } else if (text == "@hourly") {
    schedule.hours = kAllHours;
  } else if (text.starts_with(kEvery)) {
    const std::string_view length = text.substr(kEvery.size());
    const std::optional<engine::Duration> parsed = parse_duration(length);
    if (!parsed) {
      return {{},
              "failed to parse duration " + std::string(text) + ": time: invalid duration \"" +
                  std::string(length) + "\""};
    }
    constexpr int64_t kSecondNs = 1'000'000'000;
    return {{.every_s = std::max<int64_t>(1, parsed->ns / kSecondNs)}, {}};
  } else if (text != "@daily" && text != "@midnight") {
    return {{}, "unrecognized descriptor: " + std::string(text)};
  }
  return {schedule, {}};
}

}  // namespace

CronSchedule::Parsed CronSchedule::parse(std::string_view text) {
  constexpr size_t kFields = 5;
  constexpr std::string_view kSpace = " \t\r\n";
  if (text.empty()) return {{}, "empty spec string"};
  if (text.starts_with("TZ=") || text.starts_with("CRON_TZ=")) {
    const size_t space = std::min(text.find(' '), text.size());
    text.remove_prefix(space);
    while (!text.empty() && kSpace.find(text.front()) != kSpace.npos) text.remove_prefix(1);
  }
  if (text.starts_with('@')) return descriptor(text);
  std::vector<std::string_view> fields;
  for (const std::string_view field : split(text, kSpace)) {
    if (!field.empty()) fields.push_back(field);
  }
  if (fields.size() != kFields) {
    std::string message = "expected exactly 5 fields, found ";
    engine::append_operand(message, uint64_t{fields.size()});
    message += ": [";
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i > 0) message += ' ';
      message += fields[i];
    }
    return {{}, message + "]"};
  }
  constexpr Bounds kBounds[kFields] = {
      {0, 59}, {0, 23}, {1, 31}, {1, 12, kMonths}, {0, 6, kWeekdays}};
  FieldBits bits[kFields];
  for (size_t i = 0; i < kFields; ++i) {
    FieldReader reader(kBounds[i]);
    bits[i] = reader.read(fields[i]);
    if (!reader.error().empty()) return {{}, reader.error()};
  }
  return {{bits[0].bits, bits[1].bits, bits[2].bits, bits[3].bits, bits[4].bits, bits[2].is_any,
           bits[4].is_any, 0},
          {}};
}

}  // namespace sim::k8s
