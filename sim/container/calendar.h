// sim/container/calendar.h: dates of the Gregorian calendar, in UTC.
//
// Source: ISO 8601; RFC 3339. Not modelled: leap seconds, time zones.

#pragma once

#include <cstdint>
#include <string>

namespace sim::container {

struct CalendarTime {
  int64_t year = 1970;
  int month = 1;    // from 1
  int day = 1;      // from 1
  int weekday = 4;  // 0 is Sunday
  int hour = 0;
  int minute = 0;
  int second = 0;
  int64_t nanosecond = 0;
};
/// Of nanoseconds since 1970.
CalendarTime calendar_time(int64_t unix_ns);
/// "Jan", of 1 to 12; "Sun", of 0 to 6.
std::string month_name(int month);
std::string weekday_name(int weekday);
/// `number` with zeros (or `fill`) in front.
std::string padded_number(int64_t number, size_t width, char fill = '0');
/// `2026-01-01T00:00:07.5Z`, as Go's time.RFC3339Nano: without zeros at the end of the fraction.
std::string nano_time_text(int64_t unix_ns);
/// With all nine digits, as the daemon's logs have it.
std::string fixed_nano_time_text(int64_t unix_ns);

}  // namespace sim::container
