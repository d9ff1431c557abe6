// tests/k8s/cron_job_controller_test.cpp: when a CronJob starts jobs, and which ones it keeps.

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

#include "sim/json/parse.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/cron_job.h"
#include "sim/k8s/controllers/cron_times.h"
#include "tests/support/in_world.h"

namespace {

using namespace sim::k8s;
using namespace sim::k8s::cron;

constexpr int64_t kSecondNs = 1'000'000'000;

Value json(std::string_view text) {
  const sim::json::Parsed parsed = sim::json::parse(text);
  REQUIRE(parsed.error.empty());
  return parsed.value;
}
int64_t at(std::string_view text) {
  return *parse_time(text) / kSecondNs;
}
std::string text_of(std::optional<int64_t> seconds) {
  return seconds ? time_text(*seconds * kSecondNs) : "never";
}
std::string next(std::string_view schedule, std::string_view after) {
  const CronSchedule::Parsed parsed = CronSchedule::parse(schedule);
  REQUIRE(parsed.error.empty());
  return text_of(next_time(parsed.schedule, at(after)));
}

Value nightly(std::string_view schedule = "0 * * * *") {
  return json(R"({"apiVersion": "batch/v1", "kind": "CronJob",
    "metadata": {"name": "night", "namespace": "default", "uid": "cron-1",
      "creationTimestamp": "2026-01-01T00:30:00Z"},
    "spec": {"concurrencyPolicy": "Allow", "suspend": false,
      "successfulJobsHistoryLimit": 1, "failedJobsHistoryLimit": 1,
      "jobTemplate": {"metadata": {"labels": {"app": "night"}},
        "spec": {"template": {"spec": {"restartPolicy": "Never"}}}}}})")
      .with_in({"spec", "schedule"}, schedule);
}
Value job_named(std::string_view name) {
  return new_object({"batch/v1", "Job"}, "default", name)
      .with_in({"metadata", "uid"}, "uid-" + std::string(name));
}
Value ended(const Value& job, std::string_view as, std::string_view time) {
  return with_condition(job, {as, "True"}, time)
      .with_in({"status", "startTime"}, time)
      .with_in({"status", "completionTime"}, time);
}
Value active(const Value& cron_job, const Value& job) {
  const Value last = cron_job["status"]["lastScheduleTime"];
  return with_started(cron_job, job, 0).with_in({"status", "lastScheduleTime"}, last);
}
Decision decision(const Value& cron_job, std::string_view now) {
  return decide(cron_job, *parse_time(now));
}
std::string notes(const std::vector<Note>& all) {
  std::string out;
  for (const Note& note : all) out += note.type + " " + note.reason + ": " + note.message + "\n";
  return out;
}

}  // namespace

TEST_CASE("A schedule is due at the next minute that fits") {
  const support::InWorld world;
  CHECK(next("*/15 * * * *", "2026-01-01T00:00:00Z") == "2026-01-01T00:15:00Z");
  CHECK(next("*/15 * * * *", "2026-01-01T00:14:59Z") == "2026-01-01T00:15:00Z");
  CHECK(next("30 3 * * *", "2026-01-01T03:30:00Z") == "2026-01-02T03:30:00Z");
  CHECK(next("@hourly", "2026-12-31T23:10:00Z") == "2027-01-01T00:00:00Z");
  CHECK(next("0 8 * * mon-fri", "2026-01-02T08:00:00Z") == "2026-01-05T08:00:00Z");
  CHECK(next("0 0 29 2 *", "2026-01-01T00:00:00Z") == "2028-02-29T00:00:00Z");
  CHECK(next("0 0 31 2 *", "2026-01-01T00:00:00Z") == "never");
  CHECK(next("@every 90m", "2026-01-01T00:10:20Z") == "2026-01-01T01:40:20Z");
  // With both restricted a day needs to be only one of them: the 13th or a Friday.
  CHECK(next("0 0 13 * fri", "2026-01-09T00:00:00Z") == "2026-01-13T00:00:00Z");
  CHECK(next("0 0 13 * fri", "2026-01-13T00:00:00Z") == "2026-01-16T00:00:00Z");
}

TEST_CASE("Of times that were missed only the last one counts") {
  const support::InWorld world;
  const CronSchedule hourly = CronSchedule::parse("0 * * * *").schedule;
  const Missed none = missed_since(hourly, at("2026-01-01T00:30:00Z"), at("2026-01-01T00:59:59Z"));
  CHECK(none.about == 0);
  const Missed one = missed_since(hourly, at("2026-01-01T00:30:00Z"), at("2026-01-01T01:00:00Z"));
  CHECK(one.about == 1);
  CHECK(text_of(one.latest) == "2026-01-01T01:00:00Z");
  const Missed many = missed_since(hourly, at("2026-01-01T00:30:00Z"), at("2026-01-08T12:10:00Z"));
  CHECK(many.about == 180);
  CHECK(text_of(many.latest) == "2026-01-08T12:00:00Z");
}

TEST_CASE("A CronJob starts a job at its time, named after the minute") {
  const support::InWorld world;
  const Decision before = decision(nightly(), "2026-01-01T00:59:30Z");
  CHECK_FALSE(before.start.has_value());
  CHECK(before.again_ns == 30 * kSecondNs + 100'000'000);
  const Decision due = decision(nightly(), "2026-01-01T01:00:00Z");
  CHECK(text_of(due.start) == "2026-01-01T01:00:00Z");
  CHECK(due.again_ns == 3600 * kSecondNs + 100'000'000);
  const Value job = make_job(nightly(), *due.start);
  CHECK(name_of(job) == "night-29453820");
  CHECK(labels_of(job)["app"].text() == "night");
  CHECK(annotation_of(job, kScheduledAt) == "2026-01-01T01:00:00Z");
  CHECK(controller_of(job)["kind"].text() == "CronJob");
  const Value started = with_started(nightly(), job, *due.start);
  CHECK(started["status"]["lastScheduleTime"].text() == "2026-01-01T01:00:00Z");
  CHECK(started["status"]["active"][0]["name"].text() == "night-29453820");
  CHECK_FALSE(decision(started, "2026-01-01T01:00:01Z").start.has_value());
}

TEST_CASE("Jobs run beside each other, one after the other, or instead of each other") {
  const support::InWorld world;
  const Value running = active(nightly(), job_named("night-1"));
  const auto with_policy = [&](std::string_view policy) {
    return decision(running.with_in({"spec", "concurrencyPolicy"}, policy), "2026-01-01T01:00:00Z");
  };
  CHECK(with_policy("Allow").start.has_value());
  CHECK(with_policy("Allow").replace.empty());
  CHECK_FALSE(with_policy("Forbid").start.has_value());
  CHECK(notes(with_policy("Forbid").notes) ==
        "Normal JobAlreadyActive: Not starting job because prior execution is running and "
        "concurrency policy is Forbid\n");
  CHECK(with_policy("Replace").start.has_value());
  CHECK(with_policy("Replace").replace == std::vector<std::string>{"night-1"});
}

TEST_CASE("Who comes too late for the deadline starts nothing") {
  const support::InWorld world;
  const Value strict = nightly().with_in({"spec", "startingDeadlineSeconds"}, 60);
  CHECK(decision(strict, "2026-01-01T01:00:59Z").start.has_value());
  // Only the time since the deadline is looked at.
  const Decision late = decision(strict, "2026-01-01T01:02:00Z");
  CHECK_FALSE(late.start.has_value());
  CHECK(late.again_ns == 58 * 60 * kSecondNs + 100'000'000);
  // A second fits into the deadline's whole seconds, but not the half behind it.
  const Value exact = nightly().with_in({"spec", "startingDeadlineSeconds"}, 1);
  const Decision missed = decide(exact, *parse_time("2026-01-01T01:00:00Z") + 1'500'000'000);
  CHECK_FALSE(missed.start.has_value());
}

TEST_CASE("More than a hundred missed times are told of, and the last is made up for") {
  const support::InWorld world;
  const Value often = nightly("* * * * *");
  const Decision late = decision(often, "2026-01-01T03:00:30Z");
  CHECK(text_of(late.start) == "2026-01-01T03:00:00Z");
  CHECK(notes(late.notes) ==
        "Warning TooManyMissedTimes: too many missed start times. Set or decrease "
        ".spec.startingDeadlineSeconds or check clock skew\n");
}

TEST_CASE("Suspended and deleted CronJobs, and schedules that are none, start nothing") {
  const support::InWorld world;
  const Value suspended = nightly().with_in({"spec", "suspend"}, true);
  CHECK_FALSE(decision(suspended, "2026-01-01T01:00:00Z").start.has_value());
  CHECK_FALSE(decision(suspended, "2026-01-01T01:00:00Z").again_ns.has_value());
  const Value leaving = with_meta(nightly(), "deletionTimestamp", "2026-01-01T00:59:00Z");
  CHECK_FALSE(decision(leaving, "2026-01-01T01:00:00Z").start.has_value());
  const Decision bad = decision(nightly("every day"), "2026-01-01T01:00:00Z");
  CHECK_FALSE(bad.start.has_value());
  REQUIRE(bad.notes.size() == 1);
  CHECK(bad.notes[0].reason == "UnparseableSchedule");
  CHECK(bad.notes[0].message.starts_with("unparseable schedule: every day : "));
}

TEST_CASE("Jobs that have ended leave the list of active ones") {
  const support::InWorld world;
  const Value cron_job = active(active(nightly(), job_named("one")), job_named("two"));
  const std::vector<Value> jobs = {ended(job_named("one"), "Complete", "2026-01-01T01:05:00Z"),
                                   job_named("three")};
  const Review review = review_jobs(cron_job, jobs);
  CHECK(notes(review.notes) ==
        "Normal SawCompletedJob: Saw completed job: one, condition: Complete\n");
  CHECK(review.cron_job["status"]["active"].size() == 1);
  CHECK(review.cron_job["status"]["lastSuccessfulTime"].text() == "2026-01-01T01:05:00Z");
  CHECK(review.missing == std::vector<std::string>{"two"});
  CHECK(review.unexpected == std::vector<std::string>{"three"});
  CHECK_FALSE(without_active(review.cron_job, "two")["status"].contains("active"));
}

TEST_CASE("Old jobs go, each kind has its limit") {
  const support::InWorld world;
  const std::vector<Value> jobs = {ended(job_named("good-3"), "Complete", "2026-01-01T03:00:00Z"),
                                   ended(job_named("good-1"), "Complete", "2026-01-01T01:00:00Z"),
                                   ended(job_named("good-2"), "Complete", "2026-01-01T02:00:00Z"),
                                   ended(job_named("bad-2"), "Failed", "2026-01-01T02:00:00Z"),
                                   ended(job_named("bad-1"), "Failed", "2026-01-01T01:00:00Z"),
                                   job_named("running")};
  std::string gone;
  for (const Value& job : surplus_jobs(nightly(), jobs)) gone += std::string(name_of(job)) + " ";
  CHECK(gone == "good-1 good-2 bad-1 ");
  const Value all = nightly().with("spec", nightly()["spec"].without("failedJobsHistoryLimit"));
  CHECK(surplus_jobs(all, jobs).size() == 2);
}
