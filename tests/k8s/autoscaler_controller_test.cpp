// tests/k8s/autoscaler_controller_test.cpp: how many replicas metrics ask for, and how many they
// get.

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/autoscaler_replicas.h"
#include "sim/k8s/controllers/horizontal_pod_autoscaler.h"
#include "tests/support/in_world.h"

using namespace sim::k8s;
using engine::Instant;
using engine::kSecond;
using sim::json::parse;

namespace {

constexpr std::string_view kNow = "2026-01-01T01:00:00Z";

int64_t now_ns() {
  return *parse_time(kNow);
}

Instant at(int64_t seconds) {
  return Instant{} + seconds * kSecond;
}

// A pod that asks for one core and has been ready for long.
Value pod(int number) {
  return parse(R"({"spec": {"containers": [
                      {"name": "c", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}]},
                   "status": {"phase": "Running", "startTime": "2026-01-01T00:00:00Z",
                              "conditions": [{"type": "Ready", "status": "True",
                                "lastTransitionTime": "2026-01-01T00:00:10Z"}]}})")
      .value.with("metadata", Value::empty_object()
                                  .with("name", "p" + std::to_string(number))
                                  .with("namespace", "shop"));
}

Value starting(int number) {
  return pod(number).with("status", parse(R"({"phase": "Running",
      "startTime": "2026-01-01T00:59:00Z", "conditions": [{"type": "Ready", "status": "False",
          "lastTransitionTime": "2026-01-01T00:59:00Z"}]})")
                                        .value);
}

Value measured(int number, std::string_view cpu) {
  Value usage = Value::empty_object().with("cpu", cpu).with("memory", "100Mi");
  Value container = Value::empty_object().with("name", "c").with("usage", usage);
  return Value::empty_object()
      .with("metadata", Value::empty_object()
                            .with("name", "p" + std::to_string(number))
                            .with("namespace", "shop"))
      .with("timestamp", "2026-01-01T00:59:50Z")
      .with("window", "15s")
      .with("containers", Value::empty_array().appended(container));
}

ReplicaQuestion question(int pods, std::initializer_list<std::string_view> cpu) {
  ReplicaQuestion made;
  made.current_replicas = pods;
  made.resource = "cpu";
  made.now_ns = now_ns();
  for (int i = 0; i < pods; ++i) made.pods.push_back(pod(i));
  std::vector<Value> metrics;
  for (const std::string_view each : cpu) {
    metrics.push_back(measured(static_cast<int>(metrics.size()), each));
  }
  if (!metrics.empty()) made.metrics = read_pod_metrics(metrics, "cpu", {}).metrics;
  return made;
}

}  // namespace

TEST_CASE("Replicas grow by how far usage is above its target, rounded up") {
  const support::InWorld world;
  const ReplicaProposal more = replicas_for_utilization(question(2, {"900m", "700m"}), 50);
  CHECK(more.replicas == 4);
  CHECK(more.utilization_percent == 80);
  CHECK(more.average_milli == 800);
  CHECK(replicas_for_utilization(question(4, {"100m", "100m", "100m", "100m"}), 50).replicas == 1);
}

TEST_CASE("A tenth more or less is close enough") {
  const support::InWorld world;
  CHECK(replicas_for_utilization(question(2, {"550m", "550m"}), 50).replicas == 2);
  CHECK(replicas_for_utilization(question(2, {"560m", "560m"}), 50).replicas == 3);
  CHECK(replicas_for_utilization(question(10, {"450m", "450m", "450m", "450m", "450m", "450m",
                                               "450m", "450m", "450m", "450m"}),
                                 50)
            .replicas == 10);
}

TEST_CASE("Pods of which nothing is known make a change smaller, never larger") {
  const support::InWorld world;
  // Up: they count as idle. 1.8 cores of 3, where 2 of 2 would be 4.
  CHECK(replicas_for_utilization(question(3, {"900m", "900m"}), 50).replicas == 4);
  // Down: they count as using all they ask for.
  CHECK(replicas_for_utilization(question(3, {"100m", "100m"}), 50).replicas == 3);
  CHECK(replicas_for_utilization(question(4, {"0m", "0m", "0m"}), 50).replicas == 2);
  // A change that would turn is none.
  CHECK(replicas_for_utilization(question(4, {"600m"}), 50).replicas == 4);
}

TEST_CASE("Pods that are starting do not count, and are idle when scaling up") {
  const support::InWorld world;
  ReplicaQuestion asked = question(3, {"900m", "900m", "1000m"});
  asked.pods[2] = starting(2);
  CHECK(replicas_for_utilization(asked, 50).utilization_percent == 90);
  CHECK(replicas_for_utilization(asked, 50).replicas == 4);
  asked = question(1, {"900m"});
  asked.pods[0] = starting(0);
  const ReplicaProposal unknown = replicas_for_utilization(asked, 50);
  CHECK(unknown.error.message() ==
        "did not receive metrics for targeted pods (pods might be unready)");
}

TEST_CASE("Pods are sorted by what their measurements are worth") {
  const support::InWorld world;
  ReplicaQuestion asked = question(5, {"1", "1", "1", "1"});
  asked.pods[0] = with_meta(asked.pods[0], "deletionTimestamp", kNow);
  asked.pods[1] = asked.pods[1].with_in({"status", "phase"}, "Pending");
  asked.pods[2] = starting(2);
  const PodGroups groups = group_pods(asked.pods, asked.metrics, "cpu", now_ns());
  CHECK(groups.ignored.contains("p0"));
  CHECK(groups.unready.contains("p1"));
  CHECK(groups.unready.contains("p2"));
  CHECK(groups.ready == 1);
  CHECK(groups.missing.contains("p4"));
  // Memory is needed from the start.
  CHECK(group_pods(asked.pods, asked.metrics, "memory", now_ns()).ready == 2);
}

TEST_CASE("A pod that was ready once counts even if it is not ready now") {
  const support::InWorld world;
  Value ill = with_condition(pod(0), {"Ready", "False"}, "2026-01-01T00:30:00Z");
  const PodMetricMap metrics = question(1, {"1"}).metrics;
  CHECK(group_pods({ill}, metrics, "cpu", now_ns()).ready == 1);
  // One that never was, since its start an hour ago, does not.
  ill = with_condition(pod(0), {"Ready", "False"}, "2026-01-01T00:00:20Z");
  CHECK(group_pods({ill}, metrics, "cpu", now_ns()).unready.size() == 1);
}

TEST_CASE("A target for each pod needs no requests") {
  const support::InWorld world;
  ReplicaQuestion asked = question(2, {"900m", "700m"});
  CHECK(replicas_for_average(asked, 400).replicas == 4);
  CHECK(replicas_for_average(asked, 400).average_milli == 800);
  asked.pods[0] = asked.pods[0].with("spec", parse(R"({"containers": [{"name": "c"}]})").value);
  CHECK(replicas_for_average(asked, 400).replicas == 4);
  CHECK(replicas_for_utilization(asked, 50).error.message() ==
        "missing request for cpu in container c of Pod p0");
}

TEST_CASE("Without metrics or pods the reason is told") {
  const support::InWorld world;
  CHECK(read_pod_metrics({}, "cpu", {}).error.message() ==
        "no metrics returned from resource metrics API");
  ReplicaQuestion nobody = question(1, {"1"});
  nobody.pods.clear();
  CHECK(replicas_for_utilization(nobody, 50).error.message() ==
        "no pods returned by selector while calculating replica count");
  const Value other = measured(0, "1");
  CHECK(read_pod_metrics({other}, "cpu", "sidecar").error.message() ==
        "container sidecar not present in metrics for pod shop/p0");
}

namespace {

ScalingHistory::Question asks(int64_t current, int64_t desired, std::string_view behavior = "") {
  ScalingHistory::Question made;
  made.current = current;
  made.desired = desired;
  made.min = 1;
  made.max = 100;
  if (!behavior.empty()) made.behavior = parse(behavior).value;
  return made;
}

}  // namespace

TEST_CASE("Without a behavior one step up doubles, or goes to four") {
  const support::InWorld world;
  ScalingHistory history;
  const ScalingHistory::Outcome first = history.normalize(asks(1, 50), at(0));
  CHECK(first.replicas == 4);
  CHECK(first.limited.status == "True");
  CHECK(first.limited.reason == "ScaleUpLimit");
  CHECK(history.normalize(asks(4, 50), at(15)).replicas == 8);
  CHECK(ScalingHistory().normalize(asks(8, 9), at(0)).limited.reason == "DesiredWithinRange");
}

TEST_CASE("Bounds hold whatever is proposed") {
  const support::InWorld world;
  ScalingHistory history;
  ScalingHistory::Question asked = asks(80, 150);
  const ScalingHistory::Outcome most = history.normalize(asked, at(0));
  CHECK(most.replicas == 100);
  CHECK(most.limited.reason == "TooManyReplicas");
  asked = asks(5, 0);
  asked.min = 2;
  const ScalingHistory::Outcome least = ScalingHistory().normalize(asked, at(0));
  CHECK(least.replicas == 2);
  CHECK(least.limited.reason == "TooFewReplicas");
}

TEST_CASE("Scaling down waits for the highest proposal of five minutes") {
  const support::InWorld world;
  ScalingHistory history;
  history.begin(10, at(0));
  const ScalingHistory::Outcome held = history.normalize(asks(10, 3), at(15));
  CHECK(held.replicas == 10);
  CHECK(held.able.reason == "ScaleDownStabilized");
  CHECK(history.normalize(asks(10, 6), at(100)).replicas == 10);
  const ScalingHistory::Outcome later = history.normalize(asks(10, 3), at(301));
  CHECK(later.replicas == 6);
  CHECK(history.normalize(asks(6, 3), at(401)).replicas == 3);
  CHECK(history.normalize(asks(3, 3), at(402)).able.reason == "ReadyForNewScale");
}

TEST_CASE("A behavior's defaults allow four pods or all of them again in fifteen seconds") {
  const support::InWorld world;
  ScalingHistory history;
  CHECK(history.normalize(asks(1, 50, "{}"), at(0)).replicas == 5);
  history.scaled(1, 5, at(0));
  // What was added counts against the period.
  CHECK(history.normalize(asks(5, 50, "{}"), at(10)).replicas == 5);
  CHECK(history.normalize(asks(5, 50, "{}"), at(16)).replicas == 10);
}

TEST_CASE("Policies of a behavior limit each direction") {
  const support::InWorld world;
  constexpr std::string_view kSlow = R"({
      "scaleUp": {"selectPolicy": "Min", "policies": [
          {"type": "Pods", "value": 3, "periodSeconds": 60},
          {"type": "Percent", "value": 10, "periodSeconds": 60}]},
      "scaleDown": {"stabilizationWindowSeconds": 0, "policies": [
          {"type": "Percent", "value": 10, "periodSeconds": 60}]}})";
  ScalingHistory history;
  const ScalingHistory::Outcome up = history.normalize(asks(10, 50, kSlow), at(0));
  CHECK(up.replicas == 11);
  CHECK(up.limited.reason == "ScaleUpLimit");
  const ScalingHistory::Outcome down = history.normalize(asks(80, 5, kSlow), at(15));
  CHECK(down.replicas == 72);
  CHECK(down.limited.reason == "ScaleDownLimit");
  history.scaled(80, 72, at(15));
  CHECK(history.normalize(asks(72, 5, kSlow), at(30)).replicas == 72);
  CHECK(history.normalize(asks(72, 5, kSlow), at(76)).replicas == 64);
  constexpr std::string_view kNever = R"({"scaleDown": {"selectPolicy": "Disabled",
                                          "stabilizationWindowSeconds": 0}})";
  CHECK(history.normalize(asks(9, 1, kNever), at(200)).replicas == 9);
}

TEST_CASE("A window for scaling up waits for the lowest proposal") {
  const support::InWorld world;
  constexpr std::string_view kCalm = R"({"scaleUp": {"stabilizationWindowSeconds": 60}})";
  ScalingHistory history;
  history.begin(4, at(0));
  const ScalingHistory::Outcome held = history.normalize(asks(4, 8, kCalm), at(15));
  CHECK(held.replicas == 4);
  CHECK(held.able.reason == "ScaleUpStabilized");
  CHECK(history.normalize(asks(4, 8, kCalm), at(61)).replicas == 8);
}

namespace {

AutoscalerLook look_at(int64_t replicas, std::vector<Value> metrics) {
  AutoscalerLook look;
  look.autoscaler = parse(R"({"metadata": {"name": "web", "namespace": "shop"},
      "spec": {"minReplicas": 2, "maxReplicas": 10, "metrics": [
          {"type": "Resource", "resource": {"name": "cpu",
              "target": {"type": "Utilization", "averageUtilization": 50}}}]}})")
                        .value;
  look.scale = Value::empty_object()
                   .with_in({"spec", "replicas"}, replicas)
                   .with_in({"status", "replicas"}, replicas)
                   .with_in({"status", "selector"}, "app=web");
  for (int i = 0; i < replicas; ++i) look.pods.push_back(pod(i));
  look.pod_metrics = std::move(metrics);
  look.now_ns = now_ns();
  look.now = kNow;
  return look;
}

}  // namespace

TEST_CASE("One look at an autoscaler scales, and says which metric wanted it") {
  const support::InWorld world;
  ScalingHistory history;
  const AutoscalerStep step =
      autoscaler_step(look_at(2, {measured(0, "900m"), measured(1, "900m")}), history, at(0));
  CHECK(step.rescale);
  CHECK(step.desired == 4);
  CHECK(step.reason == "cpu resource utilization (percentage of request) above target");
  CHECK(condition_of(step.autoscaler, "ScalingActive")["reason"].text() == "ValidMetricFound");
  const Value done = with_autoscaler_status(step, true, kNow);
  CHECK(done["status"]["desiredReplicas"].integer() == 4);
  CHECK(done["status"]["currentReplicas"].integer() == 2);
  CHECK(done["status"]["lastScaleTime"].text() == kNow);
  CHECK(done["status"]["currentMetrics"] == parse(R"([{"type": "Resource", "resource":
      {"name": "cpu", "current": {"averageUtilization": 90, "averageValue": "900m"}}}])")
                                                .value);
}

TEST_CASE("An autoscaler whose metrics are missing changes nothing and tells why") {
  const support::InWorld world;
  ScalingHistory history;
  const AutoscalerStep step = autoscaler_step(look_at(2, {}), history, at(0));
  CHECK_FALSE(step.rescale);
  CHECK(step.failed);
  REQUIRE(step.warnings.size() == 2);
  CHECK(step.warnings[0].reason == "FailedGetResourceMetric");
  CHECK(step.warnings[0].message ==
        "failed to get cpu utilization: unable to get metrics for resource cpu: no metrics "
        "returned from resource metrics API");
  CHECK(step.warnings[1].reason == "FailedComputeMetricsReplicas");
  CHECK(step.warnings[1].message ==
        "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric "
        "value: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics "
        "returned from resource metrics API");
  CHECK(condition_of(step.autoscaler, "ScalingActive")["status"].text() == "False");
}

TEST_CASE("Replicas beyond the bounds are brought back without looking at metrics") {
  const support::InWorld world;
  ScalingHistory history;
  const AutoscalerStep above = autoscaler_step(look_at(12, {}), history, at(0));
  CHECK(above.desired == 10);
  CHECK(above.reason == "Current number of replicas above Spec.MaxReplicas");
  const AutoscalerStep below = autoscaler_step(look_at(1, {}), history, at(0));
  CHECK(below.desired == 2);
  CHECK(below.reason == "Current number of replicas below Spec.MinReplicas");
  const AutoscalerStep off = autoscaler_step(look_at(0, {}), history, at(0));
  CHECK_FALSE(off.rescale);
  CHECK(condition_of(off.autoscaler, "ScalingActive")["reason"].text() == "ScalingDisabled");
}

TEST_CASE("Rounding up is exact") {
  CHECK(rounded_up(2.0) == 2);
  CHECK(rounded_up(2.0000001) == 3);
  CHECK(rounded_up(0.0) == 0);
}
