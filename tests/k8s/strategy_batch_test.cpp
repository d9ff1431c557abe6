// tests/k8s/strategy_batch_test.cpp: jobs, cron jobs and their schedules.

#include <catch_amalgamated.hpp>

#include <string>

#include "sim/k8s/api/cron_schedule.h"
#include "tests/k8s/strategy_tester.h"

namespace {

using sim::k8s::CronSchedule;
using support::json;
using support::Kind;
using support::Value;

constexpr std::string_view kPod =
    R"({"restartPolicy": "Never", "containers": [{"name": "pi", "image": "perl"}]})";

Value job(std::string_view spec_fields = "") {
  return json(R"({"metadata": {"name": "pi", "namespace": "x", "uid": "u-1"}, "spec": {
        "template": {"spec": )" +
              std::string(kPod) + "}" + std::string(spec_fields) + "}}");
}

Value cron_job(std::string_view schedule, std::string_view spec_fields = "") {
  return json(R"({"metadata": {"name": "pi", "namespace": "x"}, "spec": {"schedule": ")" +
              std::string(schedule) + R"(", "jobTemplate": {"spec": {"template": {"spec": )" +
              std::string(kPod) + "}}}" + std::string(spec_fields) + "}}");
}

std::string job_problems(std::string_view spec_fields) {
  return Kind("batch", "jobs").problems(job(spec_fields));
}

std::string schedule_error(std::string_view schedule) {
  return CronSchedule::parse(schedule).error;
}

}  // namespace

TEST_CASE("A job gets its defaults, and chooses its pods by its own id") {
  const support::InWorld world;
  const Kind kind("batch", "jobs");
  const Value made = kind.created(job());
  CHECK(made["spec"].without("template") == json(R"({
    "backoffLimit": 6, "completionMode": "NonIndexed", "completions": 1, "manualSelector": false,
    "parallelism": 1, "podReplacementPolicy": "TerminatingOrFailed", "suspend": false,
    "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "u-1"}}})"));
  const Value labels = json(R"({
    "batch.kubernetes.io/controller-uid": "u-1", "batch.kubernetes.io/job-name": "pi",
    "controller-uid": "u-1", "job-name": "pi"})");
  CHECK(made["spec"]["template"]["metadata"]["labels"] == labels);
  CHECK(made["metadata"]["labels"] == labels);
  CHECK(made["status"] == Value::empty_object());
  CHECK(kind.defaulted(made) == made);
  CHECK(kind.problems(job()) == "");
}

TEST_CASE("A job that says how many run beside each other does not say how many succeed") {
  const support::InWorld world;
  const Kind kind("batch", "jobs");
  const Value queue = kind.defaulted(job(R"(, "parallelism": 3)"));
  CHECK_FALSE(queue["spec"].contains("completions"));
  const Value many = kind.defaulted(job(R"(, "completions": 5)"));
  CHECK(many["spec"]["parallelism"].integer() == 1);
  const Value indexed = kind.defaulted(
      job(R"(, "completions": 5, "completionMode": "Indexed", "backoffLimitPerIndex": 1)"));
  CHECK(indexed["spec"]["backoffLimit"].integer() == 2147483647);
}

TEST_CASE("A selector of a job's own is kept only if it is asked for") {
  const support::InWorld world;
  const Kind kind("batch", "jobs");
  CHECK(job_problems(R"(, "manualSelector": true)") ==
        "[spec.selector: Required value, spec.template.metadata.labels: Invalid value: {}: "
        "`selector` does not match template `labels`]");
  CHECK(job_problems(R"(, "selector": {"matchLabels": {"a": "b"}})") ==
        "[spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"b\","
        "\"batch.kubernetes.io/controller-uid\":\"u-1\"}}: `selector` not auto-generated, "
        "spec.template.metadata.labels: Invalid value: "
        "{\"batch.kubernetes.io/controller-uid\":\"u-1\",\"batch.kubernetes.io/job-name\":\"pi\","
        "\"controller-uid\":\"u-1\",\"job-name\":\"pi\"}: `selector` does not match template "
        "`labels`]");
  const Value labelled =
      job().with_in({"spec", "template", "metadata", "labels"}, json(R"({"job-name": "e"})"));
  CHECK(kind.problems(labelled) ==
        "spec.template.metadata.labels[job-name]: Invalid value: "
        "{\"batch.kubernetes.io/controller-uid\":\"u-1\",\"batch.kubernetes.io/job-name\":\"pi\","
        "\"controller-uid\":\"u-1\",\"job-name\":\"e\"}: must be 'pi'");
}

TEST_CASE("A job's pods end") {
  const support::InWorld world;
  const Kind kind("batch", "jobs");
  CHECK(kind.problems(job().with_in({"spec", "template", "spec", "restartPolicy"}, {})) ==
        "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", "
        "\"Never\"");
  CHECK(job_problems(R"(, "parallelism": -1)") ==
        "spec.parallelism: Invalid value: -1: must be greater than or equal to 0");
  CHECK(job_problems(R"(, "completionMode": "Indexed", "parallelism": 2)") ==
        "spec.completions: Required value: when completion mode is Indexed");
  CHECK(job_problems(R"(, "backoffLimitPerIndex": 1)") ==
        "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode");
}

TEST_CASE("Rules about failed pods are complete") {
  const support::InWorld world;
  CHECK(job_problems(R"(, "podFailurePolicy": {"rules": [
            {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}},
            {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}]})") == "");
  CHECK(job_problems(R"(, "podFailurePolicy": {"rules": [{"action": "Retry"}]})") ==
        "[spec.podFailurePolicy.rules[0].action: Unsupported value: \"Retry\": supported values: "
        "\"Count\", \"FailIndex\", \"FailJob\", \"Ignore\", spec.podFailurePolicy.rules[0]: "
        "Invalid value: specifying one of OnExitCodes and OnPodConditions is required]");
  CHECK(job_problems(R"(, "podFailurePolicy": {"rules": [
            {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [2, 0, 2]}}]})") ==
        "[spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 "
        "for the In operator, spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate "
        "value: 2, spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,0,2]: "
        "must be ordered]");
}

TEST_CASE("What a job does never changes, how fast it does it may") {
  const support::InWorld world;
  const Kind kind("batch", "jobs");
  const Value old = kind.stored(job());
  CHECK(kind.update_problems(old.with_in({"spec", "parallelism"}, 5), old) == "");
  CHECK(kind.update_problems(old.with_in({"spec", "suspend"}, true), old) == "");
  CHECK(kind.update_problems(old.with_in({"spec", "completions"}, 5), old) ==
        "spec.completions: Invalid value: 5: field is immutable");
  const Value slower =
      old.with_in({"spec", "template", "spec", "terminationGracePeriodSeconds"}, 5);
  CHECK(kind.update_problems(slower, old).starts_with("spec.template: Invalid value: {"));
  CHECK(kind.update_problems(slower, old).ends_with("}: field is immutable"));
  CHECK(kind.update_problems(old.with_in({"spec", "completionMode"}, "Indexed"), old) ==
        "spec.completionMode: Invalid value: \"Indexed\": field is immutable");
  const Value indexed =
      kind.stored(job(R"(, "completionMode": "Indexed", "completions": 3, "parallelism": 3)"));
  const Value wider =
      indexed.with_in({"spec", "completions"}, 4).with_in({"spec", "parallelism"}, 4);
  CHECK(kind.update_problems(wider, indexed) == "");
  CHECK(kind.update_problems(indexed.with_in({"spec", "completions"}, 4), indexed) ==
        "spec.completions: Invalid value: 4: can only be modified in tandem with "
        "spec.parallelism");
}

TEST_CASE("Where a suspended job's pods run may change before they do") {
  const support::InWorld world;
  const Kind kind("batch", "jobs");
  const Value old = kind.stored(job(R"(, "suspend": true)"));
  const Value moved =
      old.with_in({"spec", "template", "spec", "nodeSelector"}, json(R"({"a": "b"})"));
  CHECK(kind.update_problems(moved, old) == "");
  const Value begun = old.with_in({"status", "startTime"}, "2026-01-01T00:00:00Z");
  CHECK(kind.update_problems(moved, begun).ends_with("}: field is immutable"));
}

TEST_CASE("A cron job gets its defaults") {
  const support::InWorld world;
  const Kind kind("batch", "cronjobs");
  const Value made = kind.created(cron_job("@hourly"));
  CHECK(made["spec"].without("jobTemplate") == json(R"({
    "concurrencyPolicy": "Allow", "failedJobsHistoryLimit": 1, "schedule": "@hourly",
    "successfulJobsHistoryLimit": 3, "suspend": false})"));
  // What its jobs are is left to the jobs, but for their pods.
  CHECK_FALSE(made.in({"spec", "jobTemplate", "spec"}).contains("backoffLimit"));
  CHECK(made.in({"spec", "jobTemplate", "spec", "template", "spec", "dnsPolicy"}).text() ==
        "ClusterFirst");
  CHECK(kind.problems(cron_job("*/5 * * * *")) == "");
}

TEST_CASE("A cron job's name leaves room for its jobs' names") {
  const support::InWorld world;
  const Kind kind("batch", "cronjobs");
  const std::string name(53, 'a');
  const Value named = cron_job("@daily").with_in({"metadata", "name"}, name);
  CHECK(kind.problems(named) ==
        "metadata.name: Invalid value: \"" + name + "\": must be no more than 52 characters");
  const Value old = kind.stored(named);
  CHECK(kind.update_problems(old, old) == "");
}

TEST_CASE("A cron job's fields are checked") {
  const support::InWorld world;
  const Kind kind("batch", "cronjobs");
  CHECK(kind.problems(cron_job("")) == "spec.schedule: Required value");
  CHECK(kind.problems(cron_job("TZ=UTC 0 * * * *")) ==
        "spec.schedule: Invalid value: \"TZ=UTC 0 * * * *\": cannot use TZ or CRON_TZ in "
        "schedule, use timeZone field instead");
  CHECK(kind.problems(cron_job("@daily", R"(, "concurrencyPolicy": "Queue")")) ==
        "spec.concurrencyPolicy: Unsupported value: \"Queue\": supported values: \"Allow\", "
        "\"Forbid\", \"Replace\"");
  CHECK(kind.problems(cron_job("@daily", R"(, "timeZone": "Europe/Berlin")")) == "");
  CHECK(kind.problems(cron_job("@daily", R"(, "timeZone": "local")")) ==
        "spec.timeZone: Invalid value: \"local\": timeZone must be an explicit time zone as "
        "defined in https://www.iana.org/time-zones");
  CHECK(kind.problems(cron_job("61 * * * *")) ==
        "spec.schedule: Invalid value: \"61 * * * *\": end of range (61) above maximum (59): 61");
}

TEST_CASE("Schedules that cannot be read say why") {
  CHECK(schedule_error("") == "empty spec string");
  CHECK(schedule_error("* * *") == "expected exactly 5 fields, found 3: [* * *]");
  CHECK(schedule_error("@often") == "unrecognized descriptor: @often");
  CHECK(schedule_error("0 24 * * *") == "end of range (24) above maximum (23): 24");
  CHECK(schedule_error("0 0 0 * *") == "beginning of range (0) below minimum (1): 0");
  CHECK(schedule_error("5-3 * * * *") == "beginning of range (5) beyond end of range (3): 5-3");
  CHECK(schedule_error("*/0 * * * *") == "step of range should be a positive number: */0");
  CHECK(schedule_error("1-2-3 * * * *") == "too many hyphens: 1-2-3");
  CHECK(schedule_error("1/2/3 * * * *") == "too many slashes: 1/2/3");
  CHECK(schedule_error("0 0 * * 7") == "end of range (7) above maximum (6): 7");
  CHECK(schedule_error("x * * * *") ==
        "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax");
  CHECK(schedule_error("*/9000000000000000000 * * * *") == "");
}

TEST_CASE("A schedule is sets of minutes, hours, days, months") {
  const CronSchedule schedule = CronSchedule::parse("*/15 8-10 1,15 jan-mar MON").schedule;
  CHECK(schedule.minutes == (1ULL << 0 | 1ULL << 15 | 1ULL << 30 | 1ULL << 45));
  CHECK(schedule.hours == (1ULL << 8 | 1ULL << 9 | 1ULL << 10));
  CHECK(schedule.days == (1ULL << 1 | 1ULL << 15));
  CHECK(schedule.months == (1ULL << 1 | 1ULL << 2 | 1ULL << 3));
  CHECK(schedule.weekdays == 1ULL << 1);
  CHECK_FALSE(schedule.any_day);
  CHECK_FALSE(schedule.any_weekday);
  CHECK(CronSchedule::parse("50/5 * * * *").schedule.minutes == (1ULL << 50 | 1ULL << 55));
  CHECK(CronSchedule::parse("@daily").schedule == CronSchedule::parse("0 0 * * *").schedule);
  CHECK(CronSchedule::parse("@weekly").schedule == CronSchedule::parse("0 0 * * 0").schedule);
  CHECK(CronSchedule::parse("@monthly").schedule == CronSchedule::parse("0 0 1 * *").schedule);
  CHECK(CronSchedule::parse("@yearly").schedule == CronSchedule::parse("0 0 1 1 *").schedule);
  CHECK(CronSchedule::parse("@hourly").schedule == CronSchedule::parse("0 * * * ?").schedule);
  CHECK(CronSchedule::parse("@every 1h30m").schedule.every_s == 5400);
}
