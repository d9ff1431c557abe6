// What an autoscaler decides at one look: from its metrics to the number of replicas.

#include <algorithm>
#include <utility>

#include "sim/k8s/api/quantity.h"
#include "sim/k8s/controllers/autoscaler_replicas.h"
#include "sim/k8s/controllers/horizontal_pod_autoscaler.h"

namespace sim::k8s {
namespace {

using engine::Error;
using engine::errorf;
using json::Object;

/// One metric's proposal, or why there is none.
struct MetricOutcome {
  int64_t replicas = 0;
  std::string name;  // "cpu resource utilization (percentage of request)"
  Value status;
  std::string failure;  // the reason of condition and event
  std::string what;     // was to be had: "cpu resource metric value"
  Error error;
};

Value milli_text(int64_t milli) {
  return Quantity::of_milli(milli).text();
}

MetricOutcome outcome_of_resource(const AutoscalerLook& look, const Value& metric,
                                  bool is_container) {
  const std::string_view part = is_container ? "containerResource" : "resource";
  const Value& source = metric[part];
  const Value& target = source["target"];
  ReplicaQuestion question;
  question.current_replicas = look.scale["status"]["replicas"].integer();
  question.pods = look.pods;
  question.resource = source["name"].text();
  question.container = is_container ? source["container"].text() : std::string_view();
  question.now_ns = look.now_ns;
  MetricOutcome outcome;
  outcome.failure = is_container ? "FailedGetContainerResourceMetric" : "FailedGetResourceMetric";
  outcome.what = question.resource + (is_container ? " container" : " resource") + " metric value";
  MetricRead read = read_pod_metrics(look.pod_metrics, question.resource, question.container);
  question.metrics = std::move(read.metrics);
  const bool by_average = target.contains("averageValue");
  if (!by_average && !target.contains("averageUtilization")) {
    outcome.error = errorf(
        "invalid resource metric source: neither an average utilization target nor an average "
        "value (utilization) target was set");
    return outcome;
  }
  ReplicaProposal proposal;
  if (read.error) {
    proposal.error =
        errorf("unable to get metrics for resource ", question.resource, ": ", read.error);
  } else if (by_average) {
    proposal = replicas_for_average(question, Quantity::from(target["averageValue"]).milli());
  } else {
    proposal = replicas_for_utilization(question, target["averageUtilization"].integer());
  }
  if (proposal.error) {
    outcome.error = errorf("failed to get ", question.resource,
                           by_average ? " usage: " : " utilization: ", proposal.error);
    return outcome;
  }
  outcome.replicas = proposal.replicas;
  outcome.name = question.resource;
  outcome.name += is_container ? " container resource" : " resource";
  if (!by_average) outcome.name += " utilization (percentage of request)";
  Object current;
  current.set("averageValue", milli_text(proposal.average_milli));
  if (!by_average) current.set("averageUtilization", proposal.utilization_percent);
  Object said;
  said.set("name", question.resource).set("current", std::move(current).build());
  if (is_container) said.set("container", question.container);
  outcome.status = Object().set("type", metric["type"]).set(part, std::move(said).build()).build();
  return outcome;
}

MetricOutcome outcome_of(const AutoscalerLook& look, const Value& metric) {
  const std::string_view type = metric["type"].text();
  if (type == "Resource") return outcome_of_resource(look, metric, false);
  if (type == "ContainerResource") return outcome_of_resource(look, metric, true);
  MetricOutcome outcome;
  outcome.failure = "FailedGet" + std::string(type) + "Metric";
  const bool is_external = type == "External";
  outcome.what = type == "Pods" ? "pods metric value"
                 : is_external  ? "external metric"
                                : "object metric value";
  outcome.error = errorf("unable to fetch metrics from ", is_external ? "external" : "custom",
                         " metrics API: no ", is_external ? "external" : "custom", " metrics API (",
                         is_external ? "external" : "custom", ".metrics.k8s.io) registered");
  return outcome;
}

struct MetricsOutcome {
  int64_t replicas = -1;  // nothing can be concluded
  std::string name;
};

void set_condition(AutoscalerStep& step, const Condition& condition, std::string_view now) {
  step.autoscaler = with_condition(step.autoscaler, condition, now);
}

// The highest proposal. If some metric failed, only one that does not scale down counts.
MetricsOutcome replicas_for_metrics(const AutoscalerLook& look, AutoscalerStep& step) {
  MetricsOutcome best;
  best.replicas = 0;
  const Value& metrics = look.autoscaler["spec"]["metrics"];
  json::Array statuses;
  int64_t failed = 0;
  MetricOutcome first_failure;
  for (const Value& metric : metrics.items()) {
    MetricOutcome outcome = outcome_of(look, metric);
    if (outcome.error) {
      step.warnings.push_back({outcome.failure, outcome.error.message()});
      if (failed++ == 0) first_failure = std::move(outcome);
      continue;
    }
    statuses.add(outcome.status);
    if (best.replicas == 0 || outcome.replicas > best.replicas) {
      best.replicas = outcome.replicas;
      best.name = std::move(outcome.name);
    }
  }
  const auto count = static_cast<int64_t>(metrics.size());
  const int64_t current = look.scale["spec"]["replicas"].integer();
  step.autoscaler = step.autoscaler.with_in({"status", "currentMetrics"},
                                            statuses.size() == 0 ? Value() : statuses.build());
  if (failed > 0 && (failed >= count || best.replicas < current)) {
    const std::string message =
        "the HPA was unable to compute the replica count: " + first_failure.error.message();
    set_condition(step, {"ScalingActive", "False", first_failure.failure, message}, look.now);
    std::string text = "invalid metrics (";
    engine::append_operand(text, failed);
    text += " invalid out of ";
    engine::append_operand(text, count);
    text += "), first error is: failed to get " + first_failure.what + ": ";
    text += first_failure.error.message();
    step.warnings.push_back({"FailedComputeMetricsReplicas", text});
    best.replicas = -1;
    return best;
  }
  const std::string message =
      "the HPA was able to successfully calculate a replica count from " + best.name;
  set_condition(step, {"ScalingActive", "True", "ValidMetricFound", message}, look.now);
  return best;
}

// Within its bounds: what the metrics say, as far as it may go.
void follow_metrics(const AutoscalerLook& look, AutoscalerStep& step, ScalingHistory& history,
                    engine::Instant now) {
  const Value& spec = look.autoscaler["spec"];
  if (look.scale["status"]["selector"].text().empty()) {
    step.warnings.push_back({"SelectorRequired", "selector is required"});
    set_condition(step,
                  {"ScalingActive", "False", "InvalidSelector",
                   "the HPA target's scale is missing a selector"},
                  look.now);
    step.failed = true;
    return;
  }
  const MetricsOutcome metrics = replicas_for_metrics(look, step);
  if (metrics.replicas < 0) {
    step.failed = true;
    return;
  }
  if (metrics.replicas > step.current) step.reason = metrics.name + " above target";
  if (metrics.replicas < step.current) step.reason = "All metrics below target";
  ScalingHistory::Question question;
  question.current = step.current;
  question.desired = metrics.replicas;
  question.min = spec["minReplicas"].integer(1);
  question.max = spec["maxReplicas"].integer();
  question.behavior = spec["behavior"];
  const ScalingHistory::Outcome outcome = history.normalize(question, now);
  set_condition(step, outcome.able, look.now);
  set_condition(step, outcome.limited, look.now);
  step.desired = outcome.replicas;
  step.rescale = step.desired != step.current;
}

}  // namespace

AutoscalerStep autoscaler_step(const AutoscalerLook& look, ScalingHistory& history,
                               engine::Instant now) {
  const Value& spec = look.autoscaler["spec"];
  const int64_t least = spec["minReplicas"].integer(1);
  const int64_t most = spec["maxReplicas"].integer();
  AutoscalerStep step;
  step.autoscaler = look.autoscaler;
  step.current = look.scale["spec"]["replicas"].integer();
  step.desired = step.current;
  history.begin(step.current, now);
  set_condition(step,
                {"AbleToScale", "True", "SucceededGetScale",
                 "the HPA controller was able to get the target's current scale"},
                look.now);
  if (step.current == 0 && least != 0) {
    step.desired = 0;
    set_condition(step,
                  {"ScalingActive", "False", "ScalingDisabled",
                   "scaling is disabled since the replica count of the target is zero"},
                  look.now);
  } else if (step.current > most) {
    step.reason = "Current number of replicas above Spec.MaxReplicas";
    step.desired = most;
    step.rescale = true;
  } else if (step.current < least) {
    step.reason = "Current number of replicas below Spec.MinReplicas";
    step.desired = least;
    step.rescale = true;
  } else {
    follow_metrics(look, step, history, now);
  }
  return step;
}

Value with_autoscaler_status(const AutoscalerStep& step, bool rescaled, std::string_view now) {
  const Value& before = step.autoscaler["status"];
  const Value status =
      Object(before)
          .set("currentReplicas", step.current)
          .set("desiredReplicas", step.failed ? before["desiredReplicas"].integer() : step.desired)
          .set("lastScaleTime", rescaled ? Value(now) : before["lastScaleTime"])
          .build();
  return step.autoscaler.with("status", status);
}

}  // namespace sim::k8s
