// tests/k8s/job_controller_test.cpp: how a Job runs its pods, and counts each once.

#include <catch_amalgamated.hpp>

#include <string>
#include <vector>

#include "sim/json/parse.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/job.h"
#include "sim/k8s/controllers/job_ttl.h"
#include "tests/support/in_world.h"

namespace {

using namespace sim::k8s;
using namespace sim::k8s::job;

constexpr int64_t kSecondNs = 1'000'000'000;

Value json(std::string_view text) {
  const sim::json::Parsed parsed = sim::json::parse(text);
  REQUIRE(parsed.error.empty());
  return parsed.value;
}
int64_t at(std::string_view text) {
  return *parse_time("2026-01-01T" + std::string(text) + "Z");
}

Value work() {
  return json(R"({"apiVersion": "batch/v1", "kind": "Job",
    "metadata": {"name": "work", "namespace": "default", "uid": "job-1"},
    "spec": {"parallelism": 2, "completions": 3, "backoffLimit": 6, "completionMode": "NonIndexed",
      "podReplacementPolicy": "TerminatingOrFailed",
      "selector": {"matchLabels": {"controller-uid": "job-1"}},
      "template": {"metadata": {"labels": {"controller-uid": "job-1"}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "main"}]}}},
    "status": {"startTime": "2026-01-01T00:00:00Z", "uncountedTerminatedPods": {}}})");
}
Value indexed() {
  return work().with_in({"spec", "completionMode"}, "Indexed");
}

Value pod(std::string_view uid, std::string_view phase) {
  return new_object({"v1", "Pod"}, "default", uid)
      .with_in({"metadata", "uid"}, uid)
      .with_in({"metadata", "finalizers"}, json(R"(["batch.kubernetes.io/job-tracking"])"))
      .with_in({"status", "phase"}, phase);
}
Value pod_at(std::string_view uid, std::string_view phase, std::string_view index) {
  return with_annotation(pod(uid, phase), kCompletionIndex, index);
}
Value ended(const Value& object, std::string_view time) {
  return object.with_in({"status", "containerStatuses"},
                        json(R"([{"state": {"terminated": {"finishedAt": "2026-01-01T)" +
                             std::string(time) + R"(Z"}}}])"));
}
Value marked(const Value& object) {
  return with_meta(object, "deletionTimestamp", "2026-01-01T00:59:00Z");
}
Value without_finalizer(const Value& object) {
  return with_meta(object, "finalizers", {});
}

Input input(const Value& object, std::vector<Value> pods) {
  Input in;
  in.job = object;
  in.pods = std::move(pods);
  in.now_ns = at("01:00:00");
  return in;
}

PodPlan plan(const Input& in) {
  return plan_pods(in, assess(in));
}
std::string names(const std::vector<Value>& objects) {
  std::string out;
  for (const Value& object : objects) out += std::string(name_of(object)) + " ";
  return out;
}
std::string indexes(const std::vector<Value>& pods) {
  std::string out;
  for (const Value& each : pods) out += std::string(annotation_of(each, kCompletionIndex)) + " ";
  return out;
}

// A sync without pods to create or delete, and what the status then is, written and counted.
struct Synced {
  Value noted;    // as it is written before finalizers go
  Value counted;  // and when they are gone
  std::string released;
  std::string event;
  bool ended = false;
};
Synced sync(const Input& in, bool managed = true) {
  Assessment assessment = assess(in);
  Outcome outcome;
  outcome.active = assessment.finish ? 0 : static_cast<int64_t>(assessment.active.size());
  outcome.ready = assessment.ready;
  outcome.terminating = assessment.terminating;
  outcome.managed = managed;
  Synced synced;
  synced.event = conclude(in, outcome, assessment);
  const Tracking tracking = track(in, assessment);
  synced.noted = assessment.status;
  synced.released = names(tracking.release);
  auto left = uids_with_finalizer(in);
  for (const Value& each : tracking.release) left.erase(std::string(uid_of(each)));
  synced.counted = counted(assessment.status, left);
  if (assessment.finish) {
    synced.ended = finish(*assessment.finish, outcome.terminating, in.now_ns, synced.counted);
  }
  return synced;
}
Value condition(const Value& status, std::string_view type) {
  return condition_of(Value::empty_object().with("status", status), type);
}

}  // namespace

TEST_CASE("A job runs as many pods beside each other as it may and needs") {
  const support::InWorld world;
  CHECK(plan(input(work(), {})).create.size() == 2);
  CHECK(plan(input(work(), {pod("a", "Running")})).create.size() == 1);
  // Two have succeeded: only one more is needed.
  const std::vector<Value> two = {pod("a", "Succeeded"), pod("b", "Succeeded")};
  CHECK(plan(input(work(), two)).create.size() == 1);
  const Value counted_two = work().with_in({"status", "succeeded"}, 2);
  CHECK(plan(input(counted_two, {pod("c", "Running")})).create.empty());
  const PodPlan less = plan(input(counted_two, {pod("c", "Running"), pod("d", "Running")}));
  CHECK(less.remove.size() == 1);
}

TEST_CASE("A job without completions is done with its first success") {
  const support::InWorld world;
  const Value queue = work().with("spec", work()["spec"].without("completions"));
  CHECK(plan(input(queue, {})).create.size() == 2);
  const Input first = input(queue, {pod("a", "Succeeded"), pod("b", "Running")});
  CHECK(plan(first).create.empty());
  CHECK(plan(first).remove.empty());
  CHECK_FALSE(condition(sync(first).counted, "SuccessCriteriaMet"));
  const Input last = input(queue, {pod("a", "Succeeded"), pod("b", "Succeeded")});
  CHECK(sync(last).ended);
}

TEST_CASE("Pods of a job carry a finalizer, those of an Indexed job their index") {
  const support::InWorld world;
  const PodPlan plain = plan(input(work(), {}));
  CHECK(has_finalizer(plain.create[0], kTracking));
  CHECK(metadata(plain.create[0])["generateName"].text() == "work-");
  const PodPlan made = plan(input(indexed(), {}));
  REQUIRE(made.create.size() == 2);
  const Value& second = made.create[1];
  CHECK(metadata(second)["generateName"].text() == "work-1-");
  CHECK(second["spec"]["hostname"].text() == "work-1");
  CHECK(annotation_of(second, kCompletionIndex) == "1");
  CHECK(labels_of(second)[kCompletionIndex].text() == "1");
  CHECK(second["spec"]["containers"][0]["env"].to_json() ==
        R"([{"name":"JOB_COMPLETION_INDEX","valueFrom":{"fieldRef":{"fieldPath":)"
        R"("metadata.labels['batch.kubernetes.io/job-completion-index']"}}}])");
}

TEST_CASE("An Indexed job runs the lowest indexes that are missing") {
  const support::InWorld world;
  const Value job = indexed()
                        .with_in({"spec", "completions"}, 10)
                        .with_in({"spec", "parallelism"}, 4)
                        .with_in({"status", "completedIndexes"}, "0,2-3")
                        .with_in({"status", "succeeded"}, 3);
  const std::vector<Value> pods = {pod_at("a", "Running", "1"), pod_at("b", "Succeeded", "5")};
  CHECK(indexes(plan(input(job, pods)).create) == "4 6 7 ");
  const std::vector<Value> twice = {pod_at("a", "Running", "1"), pod_at("b", "Pending", "1"),
                                    pod_at("c", "Running", "12")};
  CHECK(names(plan(input(job, twice)).remove) == "c b ");
}

TEST_CASE("Ranges of indexes are written short") {
  const support::InWorld world;
  Indexes some = Indexes::parse("0,2-4,9-20,x", 12);
  CHECK(some.text() == "0,2-4,9-11");
  CHECK(some.total() == 7);
  some.add(1);
  CHECK(some.text() == "0-4,9-11");
  some.add(6);
  some.add(7);
  CHECK(some.text() == "0-4,6,7,9-11");
  CHECK(some.contains(7));
  CHECK_FALSE(some.contains(8));
}

TEST_CASE("New pods wait after a failure, twice as long each time, up to ten minutes") {
  const support::InWorld world;
  CHECK(backoff_left({1, at("00:59:55")}, at("01:00:00")) == 5 * kSecondNs);
  CHECK(backoff_left({3, at("00:59:55")}, at("01:00:00")) == 35 * kSecondNs);
  CHECK(backoff_left({30, at("00:59:55")}, at("01:00:00")) == 595 * kSecondNs);
  CHECK(backoff_left({1, at("00:59:00")}, at("01:00:00")) == 0);
  const PodPlan waits = plan(input(work(), {ended(pod("a", "Failed"), "00:59:57")}));
  CHECK(waits.create.empty());
  CHECK(waits.wait_ns == 7 * kSecondNs);
}

TEST_CASE("A success ends the back-off, failures after it begin another") {
  const support::InWorld world;
  const std::vector<Value> none;
  const std::vector<Value> good = {ended(pod("g", "Succeeded"), "00:30:00")};
  const std::vector<Value> bad = {ended(pod("a", "Failed"), "00:20:00"),
                                  ended(pod("b", "Failed"), "00:40:00")};
  const Backoff before{5, at("00:10:00")};
  CHECK(backoff_after(before, none, none) == before);
  CHECK(backoff_after(before, good, none) == Backoff());
  CHECK(backoff_after(before, good, bad) == Backoff{1, at("00:40:00")});
  CHECK(backoff_after(before, none, bad) == Backoff{7, at("00:40:00")});
}

TEST_CASE("A pod's id is noted before its finalizer goes, and counted after") {
  const support::InWorld world;
  const Input in =
      input(work(), {pod("good", "Succeeded"), pod("bad", "Failed"), pod("runs", "Running")});
  const Synced synced = sync(in);
  CHECK(synced.released == "good bad ");
  CHECK(synced.noted["uncountedTerminatedPods"].to_json() ==
        R"({"failed":["bad"],"succeeded":["good"]})");
  CHECK(synced.noted["succeeded"].integer() == 0);
  CHECK(synced.counted["uncountedTerminatedPods"].to_json() == "{}");
  CHECK(synced.counted["succeeded"].integer() == 1);
  CHECK(synced.counted["failed"].integer() == 1);
  CHECK(synced.counted["active"].integer() == 1);
}

TEST_CASE("No pod is counted twice, wherever a sync was interrupted") {
  const support::InWorld world;
  const Input first = input(work(), {pod("good", "Succeeded")});
  const Value noted = work().with("status", sync(first).noted);
  // The status was written, the finalizer is still there.
  CHECK(sync(input(noted, {pod("good", "Succeeded")})).counted["succeeded"].integer() == 1);
  // The finalizer is gone, the count was not written.
  CHECK(sync(input(noted, {without_finalizer(pod("good", "Succeeded"))}))
            .counted["succeeded"]
            .integer() == 1);
  CHECK(sync(input(noted, {})).counted["succeeded"].integer() == 1);
  // All was written, but the cache still shows the finalizer.
  Input late = input(work().with("status", sync(first).counted), {pod("good", "Succeeded")});
  late.released.emplace("good");
  const Synced again = sync(late);
  CHECK(again.released.empty());
  CHECK(again.counted["succeeded"].integer() == 1);
  CHECK(again.counted["uncountedTerminatedPods"].to_json() == "{}");
}

TEST_CASE("An Indexed job counts indexes, not pods") {
  const support::InWorld world;
  const Input in = input(indexed(), {pod_at("a", "Succeeded", "2"), pod_at("b", "Succeeded", "2"),
                                     pod_at("c", "Succeeded", "0"), pod_at("d", "Succeeded", "7")});
  const Synced synced = sync(in);
  CHECK(synced.counted["succeeded"].integer() == 2);
  CHECK(synced.counted["completedIndexes"].text() == "0,2");
  CHECK(synced.released == "c a b d ");
}

TEST_CASE("A job is complete when enough have succeeded and none is left") {
  const support::InWorld world;
  const std::vector<Value> pods = {pod("a", "Succeeded"), pod("b", "Succeeded"),
                                   pod("c", "Succeeded")};
  const Synced synced = sync(input(work(), pods));
  CHECK(condition(synced.noted, "SuccessCriteriaMet")["reason"].text() == "CompletionsReached");
  CHECK_FALSE(condition(synced.noted, "Complete"));
  REQUIRE(synced.ended);
  CHECK(condition(synced.counted, "Complete").to_json() ==
        R"({"lastProbeTime":"2026-01-01T01:00:00Z","lastTransitionTime":"2026-01-01T01:00:00Z",)"
        R"("message":"Reached expected number of succeeded pods","reason":"CompletionsReached",)"
        R"("status":"True","type":"Complete"})");
  CHECK(synced.counted["completionTime"].text() == "2026-01-01T01:00:00Z");
  CHECK(synced.counted["succeeded"].integer() == 3);
  CHECK(finished_as(work().with("status", synced.counted)) == "Complete");
}

TEST_CASE("A job fails when more pods have failed than it allows") {
  const support::InWorld world;
  const Value job = work().with_in({"spec", "backoffLimit"}, 1);
  CHECK_FALSE(assess(input(job, {pod("a", "Failed")})).finish.has_value());
  const Input in = input(job, {pod("a", "Failed"), pod("b", "Failed")});
  const Synced synced = sync(in);
  CHECK(condition(synced.noted, "FailureTarget")["reason"].text() == "BackoffLimitExceeded");
  REQUIRE(synced.ended);
  CHECK(condition(synced.counted, "Failed")["message"].text() ==
        "Job has reached the specified backoff limit");
  CHECK_FALSE(synced.counted.contains("completionTime"));
}

TEST_CASE("A failed job waits for its pods to go, which count as failed") {
  const support::InWorld world;
  const Value job = work().with_in({"spec", "backoffLimit"}, 0);
  const Input in = input(job, {pod("a", "Failed"), marked(pod("b", "Running"))});
  const Synced synced = sync(in);
  CHECK(synced.counted["failed"].integer() == 2);
  CHECK(synced.counted["terminating"].integer() == 1);
  CHECK_FALSE(synced.ended);
  // They are gone: the reason is known from the condition.
  const Synced later = sync(input(job.with("status", synced.counted), {}));
  REQUIRE(later.ended);
  CHECK(condition(later.counted, "Failed")["reason"].text() == "BackoffLimitExceeded");
  CHECK(later.counted["conditions"].size() == 2);
}

TEST_CASE("Containers that restart count for the limit of a job that lets them") {
  const support::InWorld world;
  const Value job = work()
                        .with_in({"spec", "template", "spec", "restartPolicy"}, "OnFailure")
                        .with_in({"spec", "backoffLimit"}, 3);
  const auto restarted = [](int64_t times) {
    return pod("a", "Running")
        .with_in(
            {"status", "containerStatuses"},
            sim::json::Array().add(sim::json::Object().set("restartCount", times).build()).build());
  };
  CHECK_FALSE(assess(input(job, {restarted(2)})).finish.has_value());
  CHECK(assess(input(job, {restarted(3)})).finish->reason == "BackoffLimitExceeded");
}

TEST_CASE("A job that has been active too long fails") {
  const support::InWorld world;
  const Value job = work()
                        .with_in({"spec", "activeDeadlineSeconds"}, 100)
                        .with_in({"status", "startTime"}, "2026-01-01T00:58:30Z");
  const Assessment before = assess(input(job, {}));
  CHECK_FALSE(before.finish.has_value());
  CHECK(before.recheck_ns == 10 * kSecondNs);
  Input later = input(job, {});
  later.now_ns = at("01:00:10");
  CHECK(assess(later).finish->reason == "DeadlineExceeded");
  later.job = job.with_in({"spec", "suspend"}, true);
  CHECK_FALSE(assess(later).finish.has_value());
}

TEST_CASE("A suspended job has no pods, and begins anew when it goes on") {
  const support::InWorld world;
  const Value suspended = work().with_in({"spec", "suspend"}, true);
  CHECK(names(plan(input(suspended, {pod("a", "Running")})).remove) == "a ");
  const Value fresh = suspended.with("status", Value::empty_object());
  CHECK_FALSE(assess(input(fresh, {})).status.contains("startTime"));
  const Synced held = sync(input(suspended, {}));
  CHECK(held.event == "Suspended");
  CHECK(condition(held.counted, "Suspended")["status"].text() == "True");
  const Value resumed = suspended.with("status", held.counted).with_in({"spec", "suspend"}, false);
  const Synced after = sync(input(resumed, {}));
  CHECK(after.event == "Resumed");
  CHECK(condition(after.counted, "Suspended")["reason"].text() == "JobResumed");
  CHECK(after.counted["startTime"].text() == "2026-01-01T01:00:00Z");
  CHECK(sync(input(work(), {})).event.empty());
}

TEST_CASE("Pods that are being deleted are replaced at once, or when they have failed") {
  const support::InWorld world;
  const std::vector<Value> leaving = {marked(pod("a", "Running")), pod("b", "Running")};
  Input in = input(work(), leaving);
  in.now_ns = at("02:00:00");  // no failure is recent
  CHECK(plan(in).create.size() == 1);
  in.job = work().with_in({"spec", "podReplacementPolicy"}, "Failed");
  CHECK(plan(in).create.empty());
}

TEST_CASE("Only so many pods are counted in one sync") {
  const support::InWorld world;
  std::vector<Value> pods;
  for (int i = 0; i < 600; ++i) pods.push_back(pod("p" + std::to_string(i), "Succeeded"));
  const Input in = input(work().with_in({"spec", "completions"}, 600), pods);
  Assessment assessment = assess(in);
  const Tracking tracking = track(in, assessment);
  CHECK(tracking.release.size() == 500);
  CHECK_FALSE(tracking.complete);
}

TEST_CASE("A finished job goes when its time is over") {
  const support::InWorld world;
  const Value done = with_condition(work(), {"Complete", "True"}, "2026-01-01T00:59:00Z");
  const Value limited = done.with_in({"spec", "ttlSecondsAfterFinished"}, 100);
  CHECK_FALSE(ttl_left(done, at("01:00:00")).has_value());
  CHECK(ttl_left(limited, at("01:00:00")) == 40 * kSecondNs);
  CHECK(ttl_left(limited, at("01:02:00")) == 0);
  CHECK_FALSE(ttl_left(marked(limited), at("01:02:00")).has_value());
  CHECK_FALSE(ttl_left(work().with_in({"spec", "ttlSecondsAfterFinished"}, 0), at("01:00:00")));
}
