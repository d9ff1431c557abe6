// tests/k8s/disruption_controller_test.cpp: how many pods of a budget may be evicted.

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/disruption.h"
#include "tests/support/in_world.h"

using namespace sim::k8s;
using sim::json::parse;

namespace {

constexpr std::string_view kNow = "2026-01-01T00:10:00Z";

int64_t now_ns() {
  return *parse_time(kNow);
}

Value budget(std::string_view spec) {
  return parse(R"({"metadata": {"name": "b", "namespace": "shop", "generation": 3}})")
      .value.with("spec", parse(spec).value);
}

Value pod(std::string_view name, bool ready = true) {
  return with_condition(new_object({"v1", "Pod"}, "shop", name),
                        {"Ready", ready ? "True" : "False"}, kNow);
}

}  // namespace

TEST_CASE("A budget demands a number, or a share of what the owners want, rounded up") {
  const support::InWorld world;
  CHECK(budget_demand(budget(R"({"minAvailable": 2})"), 5, 0) == BudgetDemand{5, 2});
  CHECK(budget_demand(budget(R"({"minAvailable": "50%"})"), 4, 7) == BudgetDemand{7, 4});
  CHECK(budget_demand(budget(R"({"maxUnavailable": 1})"), 4, 7) == BudgetDemand{7, 6});
  CHECK(budget_demand(budget(R"({"maxUnavailable": "30%"})"), 7, 7) == BudgetDemand{7, 4});
  CHECK(budget_demand(budget(R"({"maxUnavailable": 9})"), 7, 7) == BudgetDemand{7, 0});
  CHECK_FALSE(needs_scale(budget(R"({"minAvailable": 2})")));
  CHECK(needs_scale(budget(R"({"minAvailable": "50%"})")));
  CHECK(needs_scale(budget(R"({"maxUnavailable": 1})")));
}

TEST_CASE("The status says how many may go, and why not more") {
  const support::InWorld world;
  const Value some =
      with_budget_status(budget(R"({"minAvailable": 2})"), {3, 2}, 3, DisruptedPods(), kNow);
  CHECK(some["status"]["disruptionsAllowed"].integer() == 1);
  CHECK(some["status"]["currentHealthy"].integer() == 3);
  CHECK(some["status"]["desiredHealthy"].integer() == 2);
  CHECK(some["status"]["expectedPods"].integer() == 3);
  CHECK(some["status"]["observedGeneration"].integer() == 3);
  CHECK(condition_of(some, "DisruptionAllowed") == parse(R"({
      "type": "DisruptionAllowed", "status": "True", "reason": "SufficientPods", "message": "",
      "observedGeneration": 3, "lastTransitionTime": "2026-01-01T00:10:00Z"})")
                                                       .value);
  const Value none = with_budget_status(some, {3, 2}, 1, DisruptedPods(), "2026-01-01T00:11:00Z");
  CHECK(none["status"]["disruptionsAllowed"].integer() == 0);
  CHECK(condition_of(none, "DisruptionAllowed")["reason"].text() == "InsufficientPods");
  CHECK(condition_of(none, "DisruptionAllowed")["lastTransitionTime"].text() ==
        "2026-01-01T00:11:00Z");
  // Counted again with the same result, nothing is to be written.
  CHECK(with_budget_status(none, {3, 2}, 1, DisruptedPods(), "2026-01-01T00:12:00Z") == none);
}

TEST_CASE("A budget without pods allows nothing") {
  const support::InWorld world;
  const Value status =
      with_budget_status(budget(R"({"maxUnavailable": 1})"), {0, 0}, 0, DisruptedPods(), kNow);
  CHECK(status["status"]["disruptionsAllowed"].integer() == 0);
}

TEST_CASE("An evicted pod counts as gone for two minutes, until it is") {
  const support::InWorld world;
  const Value evicted = budget(R"({"minAvailable": 1})")
                            .with_in({"status", "disruptedPods"}, parse(R"({
      "a": "2026-01-01T00:09:00Z", "b": "2026-01-01T00:07:59Z", "c": "2026-01-01T00:09:00Z",
      "gone": "2026-01-01T00:09:30Z"})")
                                                                      .value);
  const Value leaving = with_meta(pod("c"), "deletionTimestamp", kNow);
  const std::vector<Value> pods = {pod("a"), pod("b"), leaving, pod("d"), pod("e", false)};
  const DisruptedPods disrupted = disrupted_pods(evicted, pods, now_ns());
  CHECK(disrupted.times.size() == 1);
  CHECK(disrupted.times.contains("a"));
  REQUIRE(disrupted.overdue.size() == 1);
  CHECK(name_of(disrupted.overdue[0]) == "b");
  CHECK(disrupted.recheck_ns == *parse_time("2026-01-01T00:11:00Z"));
  // b, which did not go after all, and d.
  CHECK(healthy_pods(pods, disrupted) == 2);
}

TEST_CASE("A count that failed closes the budget") {
  const support::InWorld world;
  const Value open =
      with_budget_status(budget(R"({"minAvailable": 2})"), {3, 2}, 3, DisruptedPods(), kNow);
  const Value closed = with_failed_status(open, "no", kNow);
  CHECK(closed["status"]["disruptionsAllowed"].integer() == 0);
  CHECK(condition_of(closed, "DisruptionAllowed")["reason"].text() == "SyncFailed");
  CHECK(condition_of(closed, "DisruptionAllowed")["message"].text() == "no");
}
