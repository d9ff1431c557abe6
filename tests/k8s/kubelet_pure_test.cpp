// tests/k8s/kubelet_pure_test.cpp: the kubelet's parts that need no cluster.

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "sim/k8s/kubelet/backoff.h"
#include "sim/k8s/kubelet/environment.h"
#include "sim/k8s/kubelet/eviction.h"
#include "sim/k8s/kubelet/pod_cgroups.h"
#include "sim/k8s/kubelet/pod_status.h"
#include "tests/support/simulate.h"

namespace {

using namespace engine;
using namespace sim::k8s;
using namespace sim::k8s::kubelet;

Value read(std::string_view text) {
  return sim::json::parse(text).value;
}

const std::string_view kPod = R"({
  "metadata": {"name": "web", "namespace": "ns", "uid": "u1", "labels": {"app": "x"}},
  "spec": {"restartPolicy": "Always", "containers": [
    {"name": "a", "image": "i", "resources": {"requests": {"memory": "256Mi"}}}]}})";

PodFacts facts_with(int exit_code, bool running) {
  PodFacts facts;
  facts.has_sandbox = true;
  facts.pod_ip = "10.128.1.2";
  facts.host_ip = "10.0.0.1";
  ContainerRun run;
  run.id = "abc";
  run.image = "i";
  run.exit_code = exit_code;
  run.running = running;
  ContainerFacts& own = facts.containers["a"];
  own.run = run;
  own.started = running;
  own.ready = running;
  return facts;
}

Task<> statuses() {
  const Value pod = read(kPod);
  const Value none = pod_status(pod, PodFacts(), "now");
  println(none["phase"].text(), none["containerStatuses"][0]["state"].to_json());
  const Value runs = pod.with("status", pod_status(pod, facts_with(0, true), "now"));
  println(runs["status"]["phase"].text(), condition_is_true(runs, "Ready"));
  PodFacts crash = facts_with(1, false);
  crash.containers["a"].waiting_reason = "CrashLoopBackOff";
  crash.containers["a"].waiting_message = crash_loop_message(pod, "a", "10s");
  const Value waits = pod.with("status", pod_status(pod, crash, "now"));
  const Value& status = waits["status"]["containerStatuses"][0];
  println(waits["status"]["phase"].text(), status["state"]["waiting"]["message"].text());
  println(status["lastState"]["terminated"]["reason"].text());
  println(condition_of(waits, "Ready")["message"].text());
  const Value once = pod.with_in({"spec", "restartPolicy"}, "Never");
  println(pod_status(once, facts_with(0, false), "now")["phase"].text(),
          pod_status(once, facts_with(3, false), "now")["phase"].text());
  co_return;
}

Task<> final_phases() {
  const Value pod = read(kPod).with_in({"status", "phase"}, "Running");
  PodFacts evicted = facts_with(0, true);
  evicted.failed_reason = "Evicted";
  const Value ending = pod_status(pod, evicted, "now");
  println(ending["phase"].text(), ending["reason"].text("-"));
  evicted.containers["a"].run->running = false;
  const Value ended = pod_status(pod, evicted, "now");
  println(ended["phase"].text(), ended["reason"].text());
  PodFacts rejected;
  rejected.failed_reason = "OutOfcpu";
  rejected.is_rejected = true;
  const Value refused = pod_status(read(kPod), rejected, "now");
  println(refused["phase"].text(), refused["reason"].text(), refused.contains("containerStatuses"));
  PodFacts deleted = facts_with(0, false);
  deleted.is_terminal = true;
  println(pod_status(pod, deleted, "now")["phase"].text());
  PodFacts lost = facts_with(255, false);
  lost.containers["a"].run->is_lost = true;
  const Value state = pod_status(pod, lost, "now")["containerStatuses"][0]["state"];
  println(state["terminated"]["reason"].text(), state["terminated"]["exitCode"].integer());
  co_return;
}

Task<> variables() {
  const Variables known = {{"A", "1"}, {"B", "two"}};
  println(expand("$(A)-$(B)-$(C)-$$(A)-$", known));
  println(field_value(read(kPod), "metadata.labels['app']"));
  println(quality_of_service(read(kPod)["spec"]), pod_cgroup_path(read(kPod)));
  const Value pod = read(kPod);
  println(oom_score_adjustment(pod, pod["spec"]["containers"][0], int64_t{1} << 30));
  co_return;
}

}  // namespace

TEST_CASE("A back-off doubles from 10 s to 300 s and begins anew after 10 quiet minutes") {
  Backoff backoff;
  Instant at;
  CHECK(backoff.until("c", at) == at);
  for (const int64_t seconds : {10, 20, 40, 80, 160, 300, 300}) {
    backoff.next("c", at, at);
    CHECK(backoff.until("c", at) == at + seconds * kSecond);
    at = at + seconds * kSecond;
  }
  at = at + 601 * kSecond;
  CHECK(backoff.until("c", at) == at);
  backoff.next("c", at, at);
  CHECK(backoff.delay("c") == 10 * kSecond);
}

TEST_CASE("A back-off may also be counted from when it grew last") {
  Backoff backoff;
  const Instant at = Instant{} + 5 * kSecond;
  CHECK(backoff.until_since_next("i", at) == at);
  backoff.next("i", at, at);
  CHECK(backoff.until_since_next("i", at + 4 * kSecond) == at + 10 * kSecond);
  backoff.next("i", at + 10 * kSecond, at + 10 * kSecond);
  CHECK(backoff.until_since_next("i", at + 11 * kSecond) == at + 30 * kSecond);
}

TEST_CASE("A phase is not final while something runs, and final whatever the policy at the end") {
  CHECK(support::simulate(final_phases).out ==
        "Running -\n"
        "Failed Evicted\n"
        "Failed OutOfcpu false\n"
        "Succeeded\n"
        "Unknown 255\n");
}

TEST_CASE("Who uses more than it asked for is evicted first, then the lower priority") {
  const EvictionRank above{100, 50, 10, "a"};
  const EvictionRank within{100, 200, 0, "b"};
  const EvictionRank low{90, 50, 0, "c"};
  CHECK(evicts_first(above, within));
  CHECK(evicts_first(low, above));
  CHECK_FALSE(evicts_first(within, low));
  CHECK(eviction_message("memory", int64_t{100} << 20, int64_t{52} << 20) ==
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 52Mi. ");
}

TEST_CASE("A pod's status follows from its containers") {
  CHECK(support::simulate(statuses).out ==
        "Pending {\"waiting\":{\"reason\":\"ContainerCreating\"}}\n"
        "Running true\n"
        "Running back-off 10s restarting failed container=a pod=web_ns(u1)\n"
        "Error\n"
        "containers with unready status: [a]\n"
        "Succeeded Failed\n");
}

TEST_CASE("Variables are expanded, fields read, and quality of service worked out") {
  CHECK(support::simulate(variables).out ==
        "1-two-$(C)-$(A)-$\n"
        "x\n"
        "Burstable /kubepods/burstable/podu1\n"
        "750\n");
}
