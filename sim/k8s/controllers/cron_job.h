// sim/k8s/controllers/cron_job.h: what is to be done about a CronJob.
//
// Concept: pure functions: which of its jobs have ended, whether another one is due, which old ones
// go. Only the latest time that was missed is made up for. A job is named after its minute, so
// that none is started twice.
// Source: Kubernetes' documentation, "CronJob"; kube-controller-manager (cronjob) and the texts of
// its events. Not modelled: time zones; all schedules are in UTC.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/api/object.h"

namespace sim::k8s::cron {

inline constexpr std::string_view kScheduledAt = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// An event about the CronJob.
struct Note {
  std::string type;
  std::string reason;
  std::string message;
};

/// The list of active jobs compared with the jobs that there are.
struct Review {
  Value cron_job;  // with another status, if it has changed
  std::vector<Note> notes;
  /// Jobs that run though the list does not have them. It may be out of date.
  std::vector<std::string> unexpected;
  /// Names of active jobs that are not among `jobs`; they may be gone.
  std::vector<std::string> missing;
};
Review review_jobs(const Value& cron_job, std::span<const Value> jobs);
Value without_active(const Value& cron_job, std::string_view job_name);

struct Decision {
  std::optional<int64_t> start;      // the time to start a job for, in seconds since 1970
  std::vector<std::string> replace;  // names of jobs that are to go first
  std::vector<Note> notes;
  /// When to look again; nothing: not before something changes.
  std::optional<int64_t> again_ns;
};
/// What is due at `now_ns`, nanoseconds since 1970.
Decision decide(const Value& cron_job, int64_t now_ns);

/// The job for a time: `name-<minutes since 1970>`.
Value make_job(const Value& cron_job, int64_t scheduled);
std::string job_name(const Value& cron_job, int64_t scheduled);
/// With that job among the active ones, as created by the server.
Value with_started(const Value& cron_job, const Value& job, int64_t scheduled);

/// Finished jobs beyond the limits of history, oldest first: successful ones, then failed ones.
std::vector<Value> surplus_jobs(const Value& cron_job, std::span<const Value> jobs);

}  // namespace sim::k8s::cron
