// The checks of jobs and cron jobs.
//
// Not modelled: whether a time zone is known, beyond the form of its name.

#include <algorithm>
#include <string>

#include "engine/task/print.h"
#include "sim/k8s/api/cron_schedule.h"
#include "sim/k8s/api/selector.h"
#include "sim/k8s/apiserver/strategies/batch.h"
#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/pod.h"

namespace sim::k8s::strategies {
namespace {

constexpr int64_t kIndexedMost = 100'000;

// The label that was to be generated, with what it must be.
void check_own_label(FieldErrors& errors, const Place& at, const Value& labels,
                     std::string_view label, std::string_view expected) {
  const std::string detail = "must be '" + std::string(expected) + "'";
  const Value& actual = labels[label];
  if (!actual) {
    errors.required(at.key(label), detail);
  } else if (actual.text() != expected) {
    errors.invalid(at.key(label), labels, detail);
  }
}

void check_generated_selector(FieldErrors& errors, const Value& job) {
  const Value& spec = job["spec"];
  if (spec["manualSelector"].truth() || !is_set(spec["selector"])) return;
  const std::string_view uid = job["metadata"]["uid"].text();
  const std::string_view name = job["metadata"]["name"].text();
  if (uid.empty()) errors.required(Place("metadata.uid"));
  const Place at("spec.template.metadata.labels");
  const Value& labels = spec["template"]["metadata"]["labels"];
  json::Object expected;
  for (const std::string_view label : {kOldControllerUid, kControllerUid}) {
    check_own_label(errors, at, labels, label, uid);
    expected.set(label, uid);
  }
  for (const std::string_view label : {kOldJobName, kJobName}) {
    check_own_label(errors, at, labels, label, name);
    expected.set(label, name);
  }
  if (!LabelSelector::from(spec["selector"]).matches(std::move(expected).build())) {
    errors.invalid(Place("spec.selector"), spec["selector"], "`selector` not auto-generated");
  }
}

void check_indexed(FieldErrors& errors, const Place& at, const Value& spec) {
  const Value& completions = spec["completions"];
  const Value& parallelism = spec["parallelism"];
  const Value& failed = spec["maxFailedIndexes"];
  if (!is_set(completions)) {
    errors.required(at.child("completions"), "when completion mode is Indexed");
  }
  if (parallelism.integer() > kIndexedMost) {
    errors.invalid(at.child("parallelism"), parallelism,
                   "must be less than or equal to 100000 when completion mode is Indexed");
  }
  if (is_set(completions) && failed.integer() > completions.integer()) {
    errors.invalid(at.child("maxFailedIndexes"), failed,
                   "must be less than or equal to completions");
  }
  if (failed.integer() > kIndexedMost) {
    errors.invalid(at.child("maxFailedIndexes"), failed, "must be less than or equal to 100000");
  }
}

void check_completion(FieldErrors& errors, const Place& at, const Value& spec) {
  constexpr std::string_view kModes[] = {"Indexed", "NonIndexed"};
  const Value& mode = spec["completionMode"];
  check_optional_choice(errors, at.child("completionMode"), mode, kModes);
  if (mode.text() == "Indexed") {
    check_indexed(errors, at, spec);
    return;
  }
  for (const std::string_view field : {"backoffLimitPerIndex", "maxFailedIndexes"}) {
    if (is_set(spec[field])) {
      errors.invalid(at.child(field), spec[field], "requires indexed completion mode");
    }
  }
}

void check_exit_codes(FieldErrors& errors, const Place& at, const Value& codes, const Value& spec) {
  constexpr std::string_view kOperators[] = {"In", "NotIn"};
  constexpr size_t kMost = 255;
  const std::string_view op = codes["operator"].text();
  if (op.empty()) {
    errors.required(at.child("operator"), "valid values: [\"In\" \"NotIn\"]");
  } else if (!is_among(op, kOperators)) {
    errors.not_supported(at.child("operator"), op, kOperators);
  }
  const std::string_view name = codes["containerName"].text();
  bool is_known = name.empty();
  for (const std::string_view list : {"containers", "initContainers"}) {
    for (const Value& container : spec["template"]["spec"][list].items()) {
      is_known = is_known || container["name"].text() == name;
    }
  }
  if (!is_known) {
    errors.invalid(at.child("containerName"), name,
                   "must be one of the container or initContainer names in the pod template");
  }
  const Place values = at.child("values");
  const auto all = codes["values"].items();
  if (all.empty()) errors.invalid(values, Value::empty_array(), "at least one value is required");
  if (all.size() > kMost) {
    errors.too_many(values, static_cast<int64_t>(all.size()), static_cast<int64_t>(kMost));
  }
  bool ordered = true;
  for (size_t i = 0; i < all.size(); ++i) {
    if (op == "In" && all[i].integer() == 0) {
      errors.invalid(values.index(i), 0, "must not be 0 for the In operator");
    }
    if (std::find(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), all[i]) !=
        all.begin() + static_cast<std::ptrdiff_t>(i)) {
      errors.duplicate(values.index(i), all[i]);
    }
    ordered = ordered && (i == 0 || all[i - 1].integer() <= all[i].integer());
  }
  if (!ordered) errors.invalid(values, codes["values"], "must be ordered");
}

void check_failure_rule(FieldErrors& errors, const Place& at, const Value& rule,
                        const Value& spec) {
  constexpr std::string_view kActions[] = {"Count", "FailIndex", "FailJob", "Ignore"};
  const std::string_view action = rule["action"].text();
  if (action.empty()) {
    errors.required(at.child("action"),
                    "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]");
  } else if (!is_among(action, kActions)) {
    errors.not_supported(at.child("action"), action, kActions);
  } else if (action == "FailIndex" && !is_set(spec["backoffLimitPerIndex"])) {
    errors.invalid(at.child("action"), action, "requires the backoffLimitPerIndex to be set");
  }
  const bool has_codes = is_set(rule["onExitCodes"]);
  const bool has_conditions = rule["onPodConditions"].size() > 0;
  if (has_codes) check_exit_codes(errors, at.child("onExitCodes"), rule["onExitCodes"], spec);
  const Place conditions = at.child("onPodConditions");
  size_t i = 0;
  for (const Value& pattern : rule["onPodConditions"].items()) {
    const Place place = conditions.index(i++);
    constexpr std::string_view kStates[] = {"False", "True", "Unknown"};
    check_form(errors, place.child("type"), pattern["type"].text(), qualified_name);
    check_choice(errors, place.child("status"), pattern["status"], kStates);
  }
  if (has_codes && has_conditions) {
    errors.invalid_as(at, "", "specifying both OnExitCodes and OnPodConditions is not supported");
  } else if (!has_codes && !has_conditions) {
    errors.invalid_as(at, "", "specifying one of OnExitCodes and OnPodConditions is required");
  }
}

void check_failure_policy(FieldErrors& errors, const Place& at, const Value& spec) {
  constexpr int64_t kRulesMost = 20;
  const Value& policy = spec["podFailurePolicy"];
  const Place replacement = at.child("podReplacementPolicy");
  if (!is_set(policy)) {
    constexpr std::string_view kPolicies[] = {"Failed", "TerminatingOrFailed"};
    check_optional_choice(errors, replacement, spec["podReplacementPolicy"], kPolicies);
    return;
  }
  constexpr std::string_view kOnlyFailed[] = {"Failed"};
  check_optional_choice(errors, replacement, spec["podReplacementPolicy"], kOnlyFailed);
  const Place of_policy = at.child("podFailurePolicy");
  const Place rules = of_policy.child("rules");
  const auto count = static_cast<int64_t>(policy["rules"].size());
  if (count > kRulesMost) errors.too_many(rules, count, kRulesMost);
  size_t i = 0;
  for (const Value& rule : policy["rules"].items()) {
    check_failure_rule(errors, rules.index(i++), rule, spec);
  }
}

void check_job_restarts(FieldErrors& errors, const Place& at, const Value& spec) {
  constexpr std::string_view kPolicies[] = {"Never", "OnFailure"};
  const std::string_view policy = spec["template"]["spec"]["restartPolicy"].text();
  const Place place = at.child("template.spec.restartPolicy");
  if (policy.empty() || policy == "Always") {
    errors.required(place, "valid values: \"OnFailure\", \"Never\"");
  } else if (!is_among(policy, kPolicies)) {
    errors.not_supported(place, policy, kPolicies);
  } else if (is_set(spec["podFailurePolicy"]) && policy != "Never") {
    errors.invalid(place, policy, "only \"Never\" is supported when podFailurePolicy is specified");
  }
}

// What jobs and templates of jobs have in common.
void check_job_spec(FieldErrors& errors, const Place& at, const Value& spec) {
  for (const std::string_view field :
       {"parallelism", "completions", "activeDeadlineSeconds", "backoffLimit",
        "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes"}) {
    check_not_negative(errors, at.child(field), spec[field]);
  }
  if (is_set(spec["maxFailedIndexes"]) && !is_set(spec["backoffLimitPerIndex"])) {
    errors.required(at.child("backoffLimitPerIndex"), "when maxFailedIndexes is specified");
  }
  check_completion(errors, at, spec);
  check_failure_policy(errors, at, spec);
  check_pod_template(errors, at.child("template"), spec["template"]);
  check_job_restarts(errors, at, spec);
}

// The host names of an indexed job's pods end in their index.
void check_index_names(FieldErrors& errors, const Value& job) {
  const Value& spec = job["spec"];
  const int64_t completions = spec["completions"].integer();
  if (spec["completionMode"].text() != "Indexed" || completions <= 0) return;
  const std::string_view name = job["metadata"]["name"].text();
  std::string last(name);
  last += '-';
  engine::append_operand(last, completions - 1);
  if (dns_label(last).empty()) return;
  errors.invalid(Place("metadata.name"), name,
                 "will not able to create pod with invalid DNS label: " + last);
}

// Of a job that is suspended and has not begun, what decides where its pods run may change.
Value with_where_to_run(const Value& old_template, const Value& now) {
  const Value& spec = now["spec"];
  Value out = old_template.with_in({"spec", "nodeSelector"}, spec["nodeSelector"])
                  .with_in({"spec", "tolerations"}, spec["tolerations"])
                  .with_in({"spec", "schedulingGates"}, spec["schedulingGates"])
                  .with_in({"metadata", "annotations"}, now["metadata"]["annotations"])
                  .with_in({"metadata", "labels"}, now["metadata"]["labels"])
                  .with_in({"spec", "affinity", "nodeAffinity"}, spec["affinity"]["nodeAffinity"]);
  const bool has_none = out["spec"]["affinity"].size() == 0;
  return has_none ? out.with_in({"spec", "affinity"}, spec["affinity"]) : out;
}

void check_completions_update(FieldErrors& errors, const Place& at, const Value& now,
                              const Value& before) {
  if (now["completionMode"].text() != "Indexed") {
    check_unchanged(errors, at, now["completions"], before["completions"]);
    return;
  }
  if (now["completions"] == before["completions"] || !is_set(now["completions"])) return;
  if (now["completions"] != now["parallelism"]) {
    errors.invalid(at, now["completions"], "can only be modified in tandem with spec.parallelism");
  }
}

void check_time_zone(FieldErrors& errors, const Place& at, const Value& zone) {
  constexpr size_t kPartMost = 14;
  if (!is_set(zone)) return;
  if (zone.text().empty()) {
    errors.invalid(at, zone, "timeZone must be nil or non-empty string");
    return;
  }
  for (const std::string_view part : split(zone.text(), '/')) {
    const bool right = std::all_of(part.begin(), part.end(), [](char c) {
      return is_alphanumeric(c) || c == '.' || c == '-' || c == '_' || c == '+';
    });
    if (right && !part.empty() && part.size() <= kPartMost && part != "." && part != ".." &&
        !part.starts_with('-')) {
      continue;
    }
    errors.invalid(at, zone, "unknown time zone " + std::string(zone.text()));
    return;
  }
  if (lower(zone.text()) == "local") {
    errors.invalid(at, zone,
                   "timeZone must be an explicit time zone as defined in "
                   "https://www.iana.org/time-zones");
  }
}

void check_schedule(FieldErrors& errors, const Place& at, const Value& schedule) {
  const std::string_view text = schedule.text();
  if (text.empty()) {
    errors.required(at);
    return;
  }
  const std::string error = CronSchedule::parse(text).error;
  if (!error.empty()) errors.invalid(at, text, error);
  if (text.find("TZ") != std::string_view::npos) {
    errors.invalid(at, text, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
  }
}

}  // namespace

void validate_job(const Value& object, FieldErrors& errors) {
  const Place at("spec");
  const Value& spec = object["spec"];
  check_generated_selector(errors, object);
  check_job_spec(errors, at, spec);
  if (!is_set(spec["selector"])) {
    errors.required(at.child("selector"));
  } else {
    check_label_selector(errors, at.child("selector"), spec["selector"]);
  }
  check_template_matches(errors, at.child("template"), spec["template"], spec["selector"]);
  check_index_names(errors, object);
}

void validate_job_update(const Value& object, const Value& old, FieldErrors& errors) {
  const Place at("spec");
  const Value& now = object["spec"];
  const Value& before = old["spec"];
  check_completions_update(errors, at.child("completions"), now, before);
  check_unchanged(errors, at.child("selector"), now["selector"], before["selector"]);
  const bool has_not_begun = before["suspend"].truth() && old["status"]["startTime"].is_zero();
  check_unchanged(
      errors, at.child("template"), now["template"],
      has_not_begun ? with_where_to_run(before["template"], now["template"]) : before["template"]);
  for (const std::string_view field : {"completionMode", "podFailurePolicy", "backoffLimitPerIndex",
                                       "managedBy", "successPolicy"}) {
    check_unchanged(errors, at.child(field), now[field], before[field]);
  }
}

void validate_cron_job(const Value& object, FieldErrors& errors) {
  constexpr std::string_view kPolicies[] = {"Allow", "Forbid", "Replace"};
  constexpr size_t kNameMost = 52;  // its jobs' names end in eleven characters more
  const Place at("spec");
  const Value& spec = object["spec"];
  const std::string_view name = object["metadata"]["name"].text();
  check_schedule(errors, at.child("schedule"), spec["schedule"]);
  check_not_negative(errors, at.child("startingDeadlineSeconds"), spec["startingDeadlineSeconds"]);
  check_time_zone(errors, at.child("timeZone"), spec["timeZone"]);
  check_choice(errors, at.child("concurrencyPolicy"), spec["concurrencyPolicy"], kPolicies);
  const Place job = at.child("jobTemplate.spec");
  const Value& job_spec = spec["jobTemplate"]["spec"];
  check_job_spec(errors, job, job_spec);
  if (is_set(job_spec["selector"])) {
    errors.invalid(job.child("selector"), job_spec["selector"],
                   "`selector` will be auto-generated");
  }
  if (job_spec["manualSelector"].truth()) {
    constexpr std::string_view kNone[] = {"false", "nil"};
    errors.not_supported(job.child("manualSelector"), true, kNone);
  }
  for (const std::string_view field : {"successfulJobsHistoryLimit", "failedJobsHistoryLimit"}) {
    check_not_negative(errors, at.child(field), spec[field]);
  }
  if (is_new(object) && name.size() > kNameMost) {
    errors.invalid(Place("metadata.name"), name, "must be no more than 52 characters");
  }
}

}  // namespace sim::k8s::strategies
