#include "sim/k8s/controllers/cron_times.h"

#include <algorithm>

namespace sim::k8s::cron {
namespace {

constexpr int64_t kMinute = 60;
constexpr int64_t kHour = 3600;
constexpr int64_t kDay = 86'400;
constexpr int64_t kYears = 5;

// Source: the proleptic Gregorian calendar of ISO 8601, by years that begin in March.
struct Date {
  int64_t year;
  int64_t month;
  int64_t day;
};
constexpr Date date_of(int64_t days) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const int64_t of_era = days - era * 146'097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t month = (5 * of_year + 2) / 153;
  const int64_t day = of_year - (153 * month + 2) / 5 + 1;
  return {year + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9, day};
}

constexpr bool has(uint64_t bits, int64_t bit) {
  return (bits >> bit & 1) != 0;
}

bool is_day(const CronSchedule& schedule, const Date& date, int64_t days) {
  if (!has(schedule.months, date.month)) return false;
  constexpr int64_t kThursday = 4;  // 1970 began on one
  const bool by_month = has(schedule.days, date.day);
  const bool by_week = has(schedule.weekdays, ((days + kThursday) % 7 + 7) % 7);
  // If both are restricted, one of them is enough.
  return schedule.any_day || schedule.any_weekday ? by_month && by_week : by_month || by_week;
}

}  // namespace

std::optional<int64_t> next_time(const CronSchedule& schedule, int64_t after) {
  if (schedule.every_s > 0) return after + schedule.every_s;
  const int64_t first = (after / kMinute + 1) * kMinute;
  const int64_t last_year = date_of(first / kDay).year + kYears;
  for (int64_t day = first / kDay;; ++day) {
    const Date date = date_of(day);
    if (date.year > last_year) return std::nullopt;
    if (!is_day(schedule, date, day)) continue;
    const int64_t from = std::max<int64_t>(0, first - day * kDay);
    for (int64_t hour = from / kHour; hour < 24; ++hour) {
      if (!has(schedule.hours, hour)) continue;
      const int64_t start = std::max<int64_t>(0, from - hour * kHour) / kMinute;
      for (int64_t minute = start; minute < 60; ++minute) {
        if (has(schedule.minutes, minute)) return day * kDay + hour * kHour + minute * kMinute;
      }
    }
  }
}

Missed missed_since(const CronSchedule& schedule, int64_t earliest, int64_t now) {
  Missed missed;
  const std::optional<int64_t> first = next_time(schedule, earliest);
  if (!first || now < *first) return missed;
  missed.about = 1;
  missed.latest = first;
  const std::optional<int64_t> second = next_time(schedule, *first);
  if (!second || now < *second) return missed;
  const int64_t between = *second - *first;
  // Not all are walked through: the first two tell how many there may have been. One step back,
  // so that the last one is not jumped over.
  missed.about = (now - *first) / between + 1;
  missed.latest = std::nullopt;
  const int64_t close = *first + (missed.about - 2) * between;
  for (std::optional<int64_t> at = next_time(schedule, close); at && *at <= now;
       at = next_time(schedule, *at)) {
    missed.latest = at;
  }
  return missed;
}

}  // namespace sim::k8s::cron
