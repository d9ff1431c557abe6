#include "sim/container/calendar.h"

#include "engine/task/print.h"

namespace sim::container {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kDaySeconds = 86'400;

std::string whole_seconds(const CalendarTime& at) {
  return padded_number(at.year, 4) + "-" + padded_number(at.month, 2) + "-" +
         padded_number(at.day, 2) + "T" + padded_number(at.hour, 2) + ":" +
         padded_number(at.minute, 2) + ":" + padded_number(at.second, 2);
}

}  // namespace

CalendarTime calendar_time(int64_t unix_ns) {
  int64_t seconds = unix_ns / kSecondNs;
  CalendarTime out;
  out.nanosecond = unix_ns % kSecondNs;
  if (out.nanosecond < 0) {
    out.nanosecond += kSecondNs;
    --seconds;
  }
  int64_t days = seconds / kDaySeconds;
  int64_t rest = seconds % kDaySeconds;
  if (rest < 0) {
    rest += kDaySeconds;
    --days;
  }
  out.hour = static_cast<int>(rest / 3600);
  out.minute = static_cast<int>(rest / 60 % 60);
  out.second = static_cast<int>(rest % 60);
  out.weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);
  // Years that begin in March end with their leap day.
  constexpr int64_t kDaysIn400Years = 146'097;
  constexpr int64_t kDaysToMarchOfYear0 = 719'468;
  days += kDaysToMarchOfYear0;
  const int64_t era = (days >= 0 ? days : days - (kDaysIn400Years - 1)) / kDaysIn400Years;
  const int64_t in_era = days - era * kDaysIn400Years;
  const int64_t year_in_era =
      (in_era - in_era / 1460 + in_era / 36'524 - in_era / (kDaysIn400Years - 1)) / 365;
  const int64_t in_year = in_era - (365 * year_in_era + year_in_era / 4 - year_in_era / 100);
  const int64_t from_march = (5 * in_year + 2) / 153;
  out.day = static_cast<int>(in_year - (153 * from_march + 2) / 5 + 1);
  out.month = static_cast<int>(from_march < 10 ? from_march + 3 : from_march - 9);
  out.year = year_in_era + era * 400 + (out.month <= 2 ? 1 : 0);
  return out;
}

std::string month_name(int month) {
  constexpr std::string_view kNames = "JanFebMarAprMayJunJulAugSepOctNovDec";
  return std::string(kNames.substr(static_cast<size_t>(month - 1) * 3, 3));
}

std::string weekday_name(int weekday) {
  constexpr std::string_view kNames = "SunMonTueWedThuFriSat";
  return std::string(kNames.substr(static_cast<size_t>(weekday) * 3, 3));
}

std::string padded_number(int64_t number, size_t width, char fill) {
  std::string out;
  engine::append_operand(out, number);
  if (out.size() < width) out.insert(0, width - out.size(), fill);
  return out;
}

std::string nano_time_text(int64_t unix_ns) {
  std::string out = fixed_nano_time_text(unix_ns);
  out.pop_back();
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return out + "Z";
}

std::string fixed_nano_time_text(int64_t unix_ns) {
  const CalendarTime at = calendar_time(unix_ns);
  return whole_seconds(at) + "." + padded_number(at.nanosecond, 9) + "Z";
}

}  // namespace sim::container
