// sim/k8s/controllers/cron_times.h: when a schedule is next due.
//
// Concept: times are seconds since 1970, in UTC. A schedule that no date of five years fits is
// never due. Source: the rules of the cron library that Kubernetes uses; kube-controller-manager
// (cronjob: mostRecentScheduleTime).
// Not modelled: time zones; all schedules are in UTC.

#pragma once

#include <cstdint>
#include <optional>

#include "sim/k8s/api/cron_schedule.h"

namespace sim::k8s::cron {

/// The first time after `after` that the schedule names; nothing if there is none.
std::optional<int64_t> next_time(const CronSchedule& schedule, int64_t after);

/// What has been missed since `earliest`.
struct Missed {
  std::optional<int64_t> latest;  // the last time that was due by now
  int64_t about = 0;              // how many there were, roughly
};
Missed missed_since(const CronSchedule& schedule, int64_t earliest, int64_t now);

}  // namespace sim::k8s::cron
