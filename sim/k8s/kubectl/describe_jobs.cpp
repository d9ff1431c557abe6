// Jobs and cron jobs.

#include <optional>

#include "sim/k8s/api/elapsed.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/api/selector.h"
#include "sim/k8s/kubectl/describe_page.h"

namespace sim::k8s::kubectl {
namespace {

std::string number_or_unset(const Value& number, std::string_view unit = {}) {
  return number.is_integer() ? number.to_json() + std::string(unit) : "<unset>";
}

// The indexes that are done; long lists end after the index that reaches so many characters.
std::string indexes_text(std::string_view indexes) {
  constexpr size_t kMost = 50;
  if (indexes.empty()) return "<none>";
  const size_t comma = indexes.size() > kMost ? indexes.find(',', kMost) : std::string_view::npos;
  if (comma == std::string_view::npos) return std::string(indexes);
  return std::string(indexes.substr(0, comma + 1)) + "...";
}

void describe_times(Page& page, const Value& status) {
  const Value& begun = status["startTime"];
  const Value& ended = status["completionTime"];
  if (begun.is_string()) page.field(0, "Start Time", date_text(begun));
  if (ended.is_string()) page.field(0, "Completed At", date_text(ended));
  const std::optional<int64_t> from = parse_time(begun.text());
  const std::optional<int64_t> to = parse_time(ended.text());
  if (from && to) page.field(0, "Duration", elapsed_text(*from, *to));
}

void describe_job(Page& page, const Value& object) {
  const Value& spec = object["spec"];
  const Value& status = object["status"];
  page.title(object);
  page.field(0, "Selector", LabelSelector::from(spec["selector"]).text());
  page.labels_and_annotations(object);
  page.controlled_by(object);
  if (spec["parallelism"].is_integer()) {
    page.field(0, "Parallelism", spec["parallelism"].integer());
  }
  page.field(0, "Completions", number_or_unset(spec["completions"]));
  page.field_if(0, "Completion Mode", spec["completionMode"]);
  if (spec["suspend"].is_bool()) page.field(0, "Suspend", spec["suspend"].truth());
  if (spec["backoffLimit"].is_integer()) {
    page.field(0, "Backoff Limit", spec["backoffLimit"].integer());
  }
  if (spec["ttlSecondsAfterFinished"].is_integer()) {
    page.field(0, "TTL Seconds After Finished", spec["ttlSecondsAfterFinished"].integer());
  }
  describe_times(page, status);
  if (spec["activeDeadlineSeconds"].is_integer()) {
    page.field(0, "Active Deadline Seconds", spec["activeDeadlineSeconds"].integer(), "s");
  }
  std::string ready;
  if (status["ready"].is_integer()) ready = " (" + status["ready"].to_json() + " Ready)";
  page.field(0, "Pods Statuses", status["active"].integer(), " Active", ready, " / ",
             status["succeeded"].integer(), " Succeeded / ", status["failed"].integer(), " Failed");
  if (spec["completionMode"].text() == "Indexed") {
    page.field(0, "Completed Indexes", indexes_text(status["completedIndexes"].text()));
  }
  describe_pod_template(page, spec["template"]);
  page.events();
}

void describe_job_template(Page& page, const Value& spec) {
  const Value& selector = spec["selector"];
  page.field(0, "Selector",
             selector.is_object() ? LabelSelector::from(selector).text() : "<unset>");
  page.field(0, "Parallelism", number_or_unset(spec["parallelism"]));
  page.field(0, "Completions", number_or_unset(spec["completions"]));
  if (spec["activeDeadlineSeconds"].is_integer()) {
    page.field(0, "Active Deadline Seconds", spec["activeDeadlineSeconds"].integer(), "s");
  }
  describe_pod_template(page, spec["template"]);
}

void describe_cron_job(Page& page, const Value& object) {
  const Value& spec = object["spec"];
  const Value& status = object["status"];
  page.title(object);
  page.labels_and_annotations(object);
  page.field(0, "Schedule", spec["schedule"].text());
  page.field(0, "Concurrency Policy", spec["concurrencyPolicy"].text());
  page.field(0, "Suspend", truth_or_unset(spec["suspend"]));
  page.field(0, "Successful Job History Limit",
             number_or_unset(spec["successfulJobsHistoryLimit"]));
  page.field(0, "Failed Job History Limit", number_or_unset(spec["failedJobsHistoryLimit"]));
  page.field(0, "Starting Deadline Seconds", number_or_unset(spec["startingDeadlineSeconds"], "s"));
  describe_job_template(page, spec["jobTemplate"]["spec"]);
  const Value& last = status["lastScheduleTime"];
  page.field(0, "Last Schedule Time", last.is_string() ? date_text(last) : "<unset>");
  std::string active;
  for (const Value& job : status["active"].items()) {
    if (!active.empty()) active += ", ";
    active += job["name"].text();
  }
  page.field(0, "Active Jobs", active.empty() ? "<none>" : active);
  page.events();
}

}  // namespace

bool describe_job_kinds(Page& page, const Value& object, std::string_view kind) {
  if (kind == "Job.batch") {
    describe_job(page, object);
  } else if (kind == "CronJob.batch") {
    describe_cron_job(page, object);
  } else {
    return false;
  }
  return true;
}

}  // namespace sim::k8s::kubectl
