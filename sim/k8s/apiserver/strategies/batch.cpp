// Defaults and preparation of jobs and cron jobs.
//
// Source: Kubernetes' API reference, group batch.

#include "sim/k8s/apiserver/strategies/batch.h"

#include "sim/k8s/apiserver/strategies/filler.h"
#include "sim/k8s/apiserver/strategies/pod.h"
#include "sim/k8s/apiserver/strategies/strategies.h"

namespace sim::k8s::strategies {
namespace {

Value default_failure_policy(const Value& policy) {
  const auto condition = [](const Value& pattern) {
    return Filler(pattern).nonempty_text("status", "True").done();
  };
  const auto rule = [condition](const Value& each_rule) {
    return Filler(each_rule)
        .apply("onPodConditions",
               [condition](const Value& patterns) { return each(patterns, condition); })
        .done();
  };
  return Filler(policy)
      .apply("rules", [rule](const Value& rules) { return each(rules, rule); })
      .done();
}

Value default_job_spec(const Value& spec) {
  Filler filler(spec);
  // A job that says neither runs one pod; one that says how many run beside each other is done
  // when one of them has succeeded.
  if (filler.lacks("completions") && filler.lacks("parallelism")) filler.number("completions", 1);
  const bool by_index = !filler.lacks("backoffLimitPerIndex");
  const bool has_policy = !filler.lacks("podFailurePolicy");
  return filler.number("parallelism", 1)
      .number("backoffLimit", by_index ? INT32_MAX : 6)
      .text("completionMode", "NonIndexed")
      .truth("suspend", false)
      .truth("manualSelector", false)
      .text("podReplacementPolicy", has_policy ? "Failed" : "TerminatingOrFailed")
      .apply("podFailurePolicy", default_failure_policy)
      .apply("template", default_pod_template)
      .done();
}

Value default_job(const Value& job) {
  Filler filler(job);
  const Value& labels = job["spec"]["template"]["metadata"]["labels"];
  if (labels.size() > 0 && job["metadata"]["labels"].size() == 0) {
    filler.set("metadata", job["metadata"].with("labels", labels));
  }
  return filler.set("spec", default_job_spec(job["spec"])).done();
}

// A job chooses its pods by its unique id, so that no other one's match.
Value with_generated_selector(const Value& job) {
  const Value& spec = job["spec"];
  const Value& uid = job["metadata"]["uid"];
  const Value& name = job["metadata"]["name"];
  Filler labels(spec["template"]["metadata"]["labels"]);
  labels.value(kOldJobName, name)
      .value(kJobName, name)
      .value(kOldControllerUid, uid)
      .value(kControllerUid, uid);
  Filler selector(spec["selector"]["matchLabels"]);
  selector.value(kControllerUid, uid);
  return job.with_in({"spec", "template", "metadata", "labels"}, labels.done())
      .with_in({"spec", "selector", "matchLabels"}, selector.done());
}

Value prepare_job(const Value& job) {
  Value prepared = job.with("status", Value::empty_object());
  if (!job["spec"]["manualSelector"].truth()) prepared = with_generated_selector(prepared);
  return default_job(prepared);
}

Value default_job_template(const Value& job_template) {
  return Filler(job_template)
      .apply("spec",
             [](const Value& spec) {
               return Filler(spec)
                   .apply("template", default_pod_template)
                   .apply("podFailurePolicy", default_failure_policy)
                   .done();
             })
      .done();
}

Value default_cron_job(const Value& object) {
  const Value& spec = object["spec"];
  return Filler(object)
      .set("spec", Filler(spec)
                       .nonempty_text("concurrencyPolicy", "Allow")
                       .truth("suspend", false)
                       .number("successfulJobsHistoryLimit", 3)
                       .number("failedJobsHistoryLimit", 1)
                       .apply("jobTemplate", default_job_template)
                       .done())
      .done();
}

Value prepare_cron_job(const Value& object) {
  return object.with("status", Value::empty_object());
}

}  // namespace

constinit const Strategy kJob{
    .defaults = default_job,
    .prepare_create = prepare_job,
    .validate = validate_job,
    .validate_update = validate_job_update,
    .counts_generations = true,
};

constinit const Strategy kCronJob{
    .defaults = default_cron_job,
    .prepare_create = prepare_cron_job,
    .validate = validate_cron_job,
    .counts_generations = true,
};

}  // namespace sim::k8s::strategies
