// sim/k8s/api/cron_schedule.h: when a CronJob runs: `*/5 8-18 * * mon-fri`, `@hourly`.
//
// Source: Kubernetes' documentation, "CronJob", schedule syntax; the rules and texts of the cron
// parser that it uses. Not modelled: time zones in the schedule, which are read over.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sim::k8s {

/// The minutes of the year at which to run, as sets of bits.
struct CronSchedule {
  uint64_t minutes = 0;   // bits 0 to 59
  uint64_t hours = 0;     // bits 0 to 23
  uint64_t days = 0;      // of the month, bits 1 to 31
  uint64_t months = 0;    // bits 1 to 12
  uint64_t weekdays = 0;  // bits 0 (Sunday) to 6
  /// Whether the days of the month, or those of the week, are not restricted. If both are, a day
  /// needs to be in one of the sets only.
  bool any_day = false;
  bool any_weekday = false;
  /// Of `@every 1h30m`: seconds between runs; 0 otherwise.
  int64_t every_s = 0;
  bool operator==(const CronSchedule&) const = default;

  struct Parsed;
  static Parsed parse(std::string_view text);
};
struct CronSchedule::Parsed {
  CronSchedule schedule;
  std::string error;  // empty if there is none
};

}  // namespace sim::k8s
