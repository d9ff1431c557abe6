#include "sim/k8s/controllers/cron_job.h"

#include <algorithm>
#include <utility>

#include "engine/task/print.h"
#include "sim/k8s/api/cron_schedule.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/client/resource.h"
#include "sim/k8s/controllers/cron_times.h"
#include "sim/k8s/controllers/job.h"
#include "sim/k8s/controllers/pods.h"

namespace sim::k8s::cron {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kDelayNs = 100'000'000;  // so that the time has really come
constexpr int64_t kMostMissed = 100;

// "Thu, 01 Jan 2026 00:00:00 +0000". Source: RFC 1123.
std::string rfc1123(int64_t seconds) {
  constexpr std::string_view kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string iso = time_text(seconds * kSecondNs);  // 2026-01-01T00:00:00Z
  const std::string_view text = iso;
  const auto month = static_cast<size_t>((text[5] - '0') * 10 + (text[6] - '0') - 1);
  std::string out(kDays[static_cast<size_t>(seconds / 86'400 % 7)]);
  out += ", ";
  out += text.substr(8, 2);
  out += ' ';
  out += kMonths[month];
  out += ' ';
  out += text.substr(0, 4);
  out += ' ';
  out += text.substr(11, 8);
  out += " +0000";
  return out;
}

int64_t seconds_of(const Value& time) {
  return time_of(time) / kSecondNs;
}

bool is_active(const Value& cron_job, std::string_view job_uid) {
  for (const Value& reference : cron_job["status"]["active"].items()) {
    if (reference["uid"].text() == job_uid) return true;
  }
  return false;
}

// Since when times may have been missed.
int64_t earliest_of(const Value& cron_job) {
  const Value& last = cron_job["status"]["lastScheduleTime"];
  return last ? seconds_of(last) : creation_of(cron_job) / kSecondNs;
}

// Nanoseconds until the next time after the latest that was due.
std::optional<int64_t> until_next(const Value& cron_job, const CronSchedule& schedule,
                                  int64_t now_ns) {
  const int64_t now = now_ns / kSecondNs;
  const int64_t earliest = earliest_of(cron_job);
  const Missed missed = missed_since(schedule, earliest, now);
  const int64_t from = missed.latest ? *missed.latest : missed.about == 0 ? earliest : now;
  const std::optional<int64_t> next = next_time(schedule, from);
  if (!next) return std::nullopt;
  return std::max<int64_t>(0, *next * kSecondNs + kDelayNs - now_ns);
}

bool names_active(const Value& cron_job, std::string_view name) {
  for (const Value& reference : cron_job["status"]["active"].items()) {
    if (reference["name"].text() == name) return true;
  }
  return false;
}

// The time that a job is to be started for, if one is due and has none yet.
std::optional<int64_t> due_time(const Value& cron_job, const CronSchedule& schedule, int64_t now_ns,
                                std::vector<Note>& notes) {
  const int64_t now = now_ns / kSecondNs;
  const Value& deadline = cron_job["spec"]["startingDeadlineSeconds"];
  int64_t earliest = earliest_of(cron_job);
  if (deadline.is_integer()) earliest = std::max(earliest, now - deadline.integer());
  const Missed missed = missed_since(schedule, earliest, now);
  if (missed.about > kMostMissed && missed.latest) {
    notes.push_back({"Warning", "TooManyMissedTimes",
                     "too many missed start times. Set or decrease .spec.startingDeadlineSeconds "
                     "or check clock skew"});
  }
  if (!missed.latest) return std::nullopt;
  const int64_t due = *missed.latest;
  if (deadline.is_integer() && (due + deadline.integer()) * kSecondNs < now_ns) {
    notes.push_back(
        {"Warning", "MissSchedule", "Missed scheduled time to start a job: " + rfc1123(due)});
    return std::nullopt;
  }
  const Value& last = cron_job["status"]["lastScheduleTime"];
  if (last && seconds_of(last) == due) return std::nullopt;
  if (names_active(cron_job, job_name(cron_job, due))) return std::nullopt;
  return due;
}

std::vector<Value> oldest_beyond(std::vector<Value> jobs, const Value& limit) {
  if (!limit.is_integer()) return {};
  const auto surplus = static_cast<int64_t>(jobs.size()) - limit.integer();
  if (surplus <= 0) return {};
  std::stable_sort(jobs.begin(), jobs.end(), [](const Value& a, const Value& b) {
    const int64_t first = time_of(a["status"]["startTime"]);
    const int64_t second = time_of(b["status"]["startTime"]);
    if (first == second) return name_of(a) < name_of(b);
    // One that never started is the youngest.
    return first != 0 && (second == 0 || first < second);
  });
  jobs.resize(static_cast<size_t>(surplus));
  return jobs;
}

}  // namespace

Value without_active(const Value& cron_job, std::string_view name) {
  json::Array left;
  for (const Value& reference : cron_job["status"]["active"].items()) {
    if (reference["name"].text() != name) left.add(reference);
  }
  return cron_job.with_in({"status", "active"}, left.size() == 0 ? Value() : left.build());
}

Review review_jobs(const Value& cron_job, std::span<const Value> jobs) {
  Review review;
  review.cron_job = cron_job;
  for (const Value& job : jobs) {
    const std::string_view ended_as = job::finished_as(job);
    const bool active = is_active(cron_job, uid_of(job));
    if (!active && ended_as.empty()) review.unexpected.emplace_back(name_of(job));
    if (active && !ended_as.empty()) {
      review.cron_job = without_active(review.cron_job, name_of(job));
      std::string message("Saw completed job: ");
      message += name_of(job);
      message += ", condition: ";
      message += ended_as;
      review.notes.push_back({"Normal", "SawCompletedJob", message});
    }
    const Value& completed = job["status"]["completionTime"];
    const Value& last = review.cron_job["status"]["lastSuccessfulTime"];
    if (ended_as == "Complete" && completed && time_of(completed) > time_of(last)) {
      review.cron_job = review.cron_job.with_in({"status", "lastSuccessfulTime"}, completed);
    }
  }
  for (const Value& reference : review.cron_job["status"]["active"].items()) {
    const std::string_view uid = reference["uid"].text();
    const bool there = std::any_of(jobs.begin(), jobs.end(),
                                   [uid](const Value& job) { return uid_of(job) == uid; });
    if (!there) review.missing.emplace_back(reference["name"].text());
  }
  return review;
}

Decision decide(const Value& cron_job, int64_t now_ns) {
  Decision decision;
  const Value& spec = cron_job["spec"];
  if (is_being_deleted(cron_job) || spec["suspend"].truth()) return decision;
  const CronSchedule::Parsed parsed = CronSchedule::parse(spec["schedule"].text());
  if (!parsed.error.empty()) {
    std::string message("unparseable schedule: ");
    message += spec["schedule"].text();
    message += " : " + parsed.error;
    decision.notes.push_back({"Warning", "UnparseableSchedule", message});
    return decision;
  }
  decision.again_ns = until_next(cron_job, parsed.schedule, now_ns);
  const std::optional<int64_t> due = due_time(cron_job, parsed.schedule, now_ns, decision.notes);
  if (!due) return decision;
  const std::string_view policy = spec["concurrencyPolicy"].text();
  const Value& active = cron_job["status"]["active"];
  if (policy == "Forbid" && active.size() > 0) {
    decision.notes.push_back({"Normal", "JobAlreadyActive",
                              "Not starting job because prior execution is running and "
                              "concurrency policy is Forbid"});
    return decision;
  }
  if (policy == "Replace") {
    for (const Value& reference : active.items()) {
      decision.replace.emplace_back(reference["name"].text());
    }
  }
  decision.start = due;
  return decision;
}

std::string job_name(const Value& cron_job, int64_t scheduled) {
  std::string name(name_of(cron_job));
  name += '-';
  engine::append_operand(name, scheduled / 60);
  return name;
}

Value make_job(const Value& cron_job, int64_t scheduled) {
  const Value& from = cron_job["spec"]["jobTemplate"];
  const Value owner = controller_reference(cron_job, kCronJobs.object_kind());
  const Value meta =
      json::Object()
          .set("name", job_name(cron_job, scheduled))
          .set("namespace", namespace_of(cron_job))
          .set("labels", labels_of(from))
          .set("annotations", json::Object(metadata(from)["annotations"])
                                  .set(kScheduledAt, time_text(scheduled * kSecondNs))
                                  .build())
          .set("ownerReferences", json::Array().add(owner).build())
          .build();
  return json::Object()
      .set("apiVersion", kJobs.api_version)
      .set("kind", kJobs.kind)
      .set("metadata", meta)
      .set("spec", from["spec"])
      .build();
}

Value with_started(const Value& cron_job, const Value& job, int64_t scheduled) {
  const Value reference = json::Object()
                              .set("kind", kJobs.kind)
                              .set("namespace", namespace_of(job))
                              .set("name", name_of(job))
                              .set("uid", uid_of(job))
                              .set("apiVersion", kJobs.api_version)
                              .set("resourceVersion", metadata(job)["resourceVersion"])
                              .build();
  return cron_job.with_in({"status", "active"}, cron_job["status"]["active"].appended(reference))
      .with_in({"status", "lastScheduleTime"}, time_text(scheduled * kSecondNs));
}

std::vector<Value> surplus_jobs(const Value& cron_job, std::span<const Value> jobs) {
  std::vector<Value> complete;
  std::vector<Value> failed;
  for (const Value& job : jobs) {
    const std::string_view ended_as = job::finished_as(job);
    if (ended_as == "Complete") complete.push_back(job);
    if (ended_as == "Failed") failed.push_back(job);
  }
  const Value& spec = cron_job["spec"];
  std::vector<Value> surplus = oldest_beyond(complete, spec["successfulJobsHistoryLimit"]);
  for (Value& job : oldest_beyond(failed, spec["failedJobsHistoryLimit"])) {
    surplus.push_back(std::move(job));
  }
  return surplus;
}

}  // namespace sim::k8s::cron
