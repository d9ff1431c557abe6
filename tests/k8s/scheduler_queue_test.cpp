// tests/k8s/scheduler_queue_test.cpp: who is tried when.

#include <string>

#include "sim/k8s/scheduler/queue.h"
#include "tests/k8s/scheduler_objects.h"

namespace {

using namespace scheduler_test;
using engine::Duration;
using engine::Instant;
using engine::kMillisecond;
using engine::kSecond;

constexpr Instant at(int64_t seconds) {
  return Instant{} + seconds * kSecond;
}

struct Waiting {
  explicit Waiting(const QueueOptions& options = {}) : queue(cluster, options, at(0)) {}
  Cluster cluster;
  Queue queue;

  void add(const Value& pod, Instant now) { queue.set(cluster.set_pod(pod), now); }
  std::string pop(Instant now) {
    last = queue.pop(now);
    return last == nullptr ? "" : std::string(last->pod->name().text());
  }
  void fail(PluginSet refused_by, Instant now) { queue.put_back(*last, refused_by, now); }
  void tell_node(const Value& before, const Value& after, Instant now) {
    for (const Event& event : node_events(before, after)) queue.tell(event, now);
  }
  QueuedPod* last = nullptr;
};

constexpr PluginSet kFit = set_of(Plugin::kNodeResourcesFit);

}  // namespace

TEST_CASE("The most important pod comes first, then the one that has waited longest") {
  const support::InWorld world;
  Waiting waiting;
  waiting.add(with_priority(pod("low"), 1), at(1));
  waiting.add(with_priority(pod("high-late"), 9), at(3));
  waiting.add(with_priority(pod("high-early"), 9), at(2));
  waiting.add(with_priority(pod("high-as-early"), 9), at(2));
  CHECK(waiting.pop(at(4)) == "high-early");
  CHECK(waiting.pop(at(4)) == "high-as-early");
  CHECK(waiting.pop(at(4)) == "high-late");
  CHECK(waiting.pop(at(4)) == "low");
  CHECK(waiting.pop(at(4)) == "");
}

TEST_CASE("Backing off doubles from a second to ten") {
  const support::InWorld world;
  const Waiting waiting;
  const int64_t seconds[] = {0, 1, 2, 4, 8, 10, 10};
  for (int32_t attempts = 0; attempts < 7; ++attempts) {
    CHECK(waiting.queue.backoff_of(attempts) == seconds[attempts] * kSecond);
  }
  CHECK(waiting.queue.backoff_of(100) == 10 * kSecond);
}

TEST_CASE("A pod that fits nowhere waits for an event, then for its backoff") {
  const support::InWorld world;
  Waiting waiting;
  waiting.add(asking(pod("p"), "1", "1Gi"), at(0));
  CHECK(waiting.pop(at(0)) == "p");
  waiting.fail(kFit, at(0));
  CHECK(waiting.queue.unschedulable() == 1);
  waiting.queue.flush(at(60));
  CHECK(waiting.pop(at(60)) == "");
  // Long after its backoff, it is tried at once.
  waiting.tell_node({}, node("n1"), at(61));
  CHECK(waiting.pop(at(61)) == "p");
  waiting.fail(kFit, at(61));
  // After the second attempt it backs off for two seconds from then.
  waiting.tell_node({}, node("n2"), at(61) + 200 * kMillisecond);
  CHECK(waiting.queue.backing_off() == 1);
  CHECK(waiting.queue.next_flush() == at(63));
  waiting.queue.flush(at(63) + Duration{-1});
  CHECK(waiting.pop(at(63)) == "");
  waiting.queue.flush(at(63));
  CHECK(waiting.pop(at(63)) == "p");
  CHECK(waiting.last->attempts == 3);
}

TEST_CASE("The end of a backoff is noticed at whole seconds") {
  const support::InWorld world;
  Waiting waiting;
  waiting.add(pod("p"), at(0) + 300 * kMillisecond);
  waiting.pop(at(0) + 300 * kMillisecond);
  waiting.fail(0, at(0) + 300 * kMillisecond);
  CHECK(waiting.queue.next_flush() == at(2));
  waiting.queue.flush(at(1) + 900 * kMillisecond);
  CHECK(waiting.queue.active() == 0);
  waiting.queue.flush(at(2));
  CHECK(waiting.queue.active() == 1);
}

TEST_CASE("Who failed for no plugin's sake backs off without waiting for an event") {
  const support::InWorld world;
  Waiting waiting;
  waiting.add(pod("p"), at(0));
  waiting.pop(at(0));
  waiting.fail(0, at(0));
  CHECK(waiting.queue.unschedulable() == 0);
  CHECK(waiting.queue.backing_off() == 1);
}

TEST_CASE("What waits for more than five minutes is tried again, each half minute somebody looks") {
  const support::InWorld world;
  Waiting waiting;
  waiting.add(pod("p"), at(7));
  waiting.pop(at(7));
  waiting.fail(kFit, at(7));
  CHECK(waiting.queue.next_flush() == at(330));
  waiting.queue.flush(at(329));
  CHECK(waiting.queue.active() == 0);
  waiting.queue.flush(at(330));
  CHECK(waiting.pop(at(330)) == "p");
  // Exactly five minutes are not more than that.
  waiting.fail(kFit, at(330));
  CHECK(waiting.queue.next_flush() == at(660));
}

TEST_CASE("Nothing that passes by wakes a pod, only what may help it") {
  const support::InWorld world;
  Waiting waiting;
  waiting.add(asking(pod("p"), "3", "1Gi"), at(0));
  const auto wakes = [&](PluginSet refused_by, const Event& event) {
    QueuedPod* const queued = waiting.queue.find(*waiting.cluster.find_pod(pod("p")));
    REQUIRE(queued != nullptr);
    if (queued->where == QueuedPod::Where::kActive) waiting.pop(at(100));
    if (queued->where == QueuedPod::Where::kUnschedulable) {
      waiting.queue.tell(Event(EventKind::kAnything), at(1000));
      waiting.pop(at(1000));
    }
    waiting.fail(refused_by, at(0));
    waiting.queue.tell(event, at(1000));
    return waiting.queue.active() == 1;
  };
  const auto of_node = [](EventKind kind, const Value& before, const Value& after) {
    Event event(kind);
    event.before = before;
    event.after = after;
    return event;
  };
  const Value small = node("n", R"({"status":{"allocatable":{"cpu":"1"}}})");
  CHECK(wakes(kFit, of_node(EventKind::kNodeAdd, {}, node("n"))));
  CHECK_FALSE(wakes(kFit, of_node(EventKind::kNodeAdd, {}, small)));
  CHECK(wakes(kFit, of_node(EventKind::kNodeAllocatable, small, node("n"))));
  CHECK_FALSE(wakes(kFit, of_node(EventKind::kNodeAllocatable, node("n"), small)));
  CHECK_FALSE(wakes(kFit, of_node(EventKind::kNodeTaint, small, node("n"))));
  const Value tainted = node("n", R"({"spec":{"taints":[{"key":"k","effect":"NoSchedule"}]}})");
  const PluginSet taints = set_of(Plugin::kTaintToleration);
  CHECK(wakes(taints, of_node(EventKind::kNodeTaint, tainted, node("n"))));
  CHECK_FALSE(wakes(taints, of_node(EventKind::kNodeTaint, node("n"), tainted)));
  CHECK_FALSE(wakes(taints, of_node(EventKind::kNodeAllocatable, small, node("n"))));
  PodInfo& other = waiting.cluster.set_pod(on_node(pod("other"), "n"));
  CHECK(wakes(kFit, Event::of_pod(EventKind::kAssignedPodDelete, other)));
  CHECK_FALSE(wakes(kFit, Event::of_pod(EventKind::kAssignedPodAdd, other)));
  CHECK_FALSE(wakes(taints, Event::of_pod(EventKind::kAssignedPodDelete, other)));
  CHECK(wakes(taints | kFit, Event::of_pod(EventKind::kAssignedPodDelete, other)));
}

TEST_CASE("A pod of affinity is woken by the pod that it wants, and by one less that it avoids") {
  const support::InWorld world;
  Waiting waiting;
  const PluginSet affinity = set_of(Plugin::kInterPodAffinity);
  const auto term = [](std::string_view kind, std::string_view app) {
    return json(R"({")" + std::string(kind) +
                R"(":{"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":
                {"matchLabels":{"app":")" +
                std::string(app) + R"("}},"topologyKey":"kubernetes.io/hostname"}]}})");
  };
  waiting.add(pod("p").with_in({"spec", "affinity"}, merged(term("podAffinity", "friend"),
                                                            term("podAntiAffinity", "foe"))),
              at(0));
  waiting.pop(at(0));
  waiting.fail(affinity, at(0));
  const auto told = [&](EventKind kind, std::string_view app) {
    const Value labelled = with_labels(pod("x-" + std::string(app)),
                                       sim::json::Object().set("app", app).build().to_json());
    waiting.queue.tell(Event::of_pod(kind, waiting.cluster.set_pod(labelled)), at(100));
    return waiting.queue.active() == 1;
  };
  CHECK_FALSE(told(EventKind::kAssignedPodAdd, "stranger"));
  CHECK_FALSE(told(EventKind::kAssignedPodAdd, "foe"));
  CHECK_FALSE(told(EventKind::kAssignedPodDelete, "friend"));
  CHECK(told(EventKind::kAssignedPodDelete, "foe"));
  waiting.pop(at(100));
  waiting.fail(affinity, at(100));
  waiting.queue.tell(
      Event::of_pod(EventKind::kAssignedPodAdd,
                    waiting.cluster.set_pod(with_labels(pod("y"), R"({"app":"friend"})"))),
      at(200));
  CHECK(waiting.queue.active() == 1);
}

TEST_CASE("A gated pod is not tried until its last gate is gone") {
  const support::InWorld world;
  Waiting waiting;
  const Value gated = pod("p", R"({"spec":{"schedulingGates":[{"name":"a"},{"name":"b"}]}})");
  waiting.add(gated, at(0));
  CHECK(waiting.pop(at(0)) == "");
  waiting.queue.tell(Event(EventKind::kAnything), at(1));
  waiting.queue.flush(at(1000));
  CHECK(waiting.queue.next_flush() == engine::kEndOfTime);
  CHECK(waiting.pop(at(1000)) == "");
  waiting.add(pod("p", R"({"spec":{"schedulingGates":[{"name":"b"}]}})"), at(1001));
  CHECK(waiting.pop(at(1001)) == "");
  waiting.add(pod("p"), at(1002));
  CHECK(waiting.pop(at(1002)) == "p");
  CHECK(waiting.last->attempts == 1);
}

TEST_CASE("A pod's own change wakes it if it matters") {
  const support::InWorld world;
  Waiting waiting;
  waiting.add(pod("p"), at(0));
  waiting.pop(at(0));
  waiting.fail(set_of(Plugin::kTaintToleration), at(0));
  waiting.add(pod("p", R"({"status":{"phase":"Pending"}})"), at(50));
  CHECK(waiting.queue.active() == 0);
  waiting.add(pod("p", R"({"spec":{"tolerations":[{"operator":"Exists"}]}})"), at(51));
  CHECK(waiting.queue.active() == 1);
}

TEST_CASE("Who waits for its victims to go is tried when they are gone") {
  const support::InWorld world;
  Waiting waiting;
  waiting.add(pod("p"), at(0));
  waiting.pop(at(0));
  waiting.fail(kFit, at(0));
  QueuedPod& queued = *waiting.last;
  waiting.queue.begin_preempting(queued);
  PodInfo& victim = waiting.cluster.set_pod(on_node(pod("victim"), "n"));
  waiting.queue.tell(Event::of_pod(EventKind::kAssignedPodDelete, victim), at(5));
  CHECK(waiting.queue.active() == 0);
  waiting.queue.end_preempting(queued, false, at(6));
  CHECK(waiting.queue.active() == 1);
  // If they could not be deleted, it is tried at once.
  waiting.pop(at(6));
  waiting.fail(kFit, at(6));
  waiting.queue.begin_preempting(queued);
  waiting.queue.end_preempting(queued, true, at(6));
  CHECK(waiting.queue.active() == 1);
}

TEST_CASE("With the feature for it, who backs off is tried early if nobody else waits") {
  const support::InWorld world;
  QueueOptions options;
  options.pop_from_backoff = true;
  Waiting waiting(options);
  waiting.add(pod("p"), at(0));
  waiting.pop(at(0));
  waiting.fail(kFit, at(0));
  waiting.tell_node({}, node("n1"), at(0));
  CHECK(waiting.queue.backing_off() == 1);
  CHECK(waiting.pop(at(0)) == "p");
  waiting.fail(0, at(0));
  CHECK(waiting.pop(at(0)) == "");
}

TEST_CASE("A pod that has found its node waits no more") {
  const support::InWorld world;
  Waiting waiting;
  waiting.add(pod("p"), at(0));
  waiting.add(pod("q"), at(0));
  waiting.queue.remove(waiting.cluster.set_pod(on_node(pod("p"), "n")));
  CHECK(waiting.pop(at(0)) == "q");
  waiting.queue.remove(*waiting.last->pod);
  CHECK(waiting.queue.find(*waiting.cluster.find_pod(pod("q"))) == nullptr);
}

TEST_CASE("An assumed pod counts until it is forgotten, or bound") {
  const support::InWorld world;
  Bench bench;
  bench.cluster.set_node(node("n1"));
  const Value big = asking(pod("big"), "3", "1Gi");
  PodInfo& assumed = bench.cluster.set_pod(big);
  bench.cluster.assume(assumed, bench.cluster.find_node("n1")->id);
  CHECK(bench.fits(asking(pod("p"), "2", "1Gi")).empty());
  // An update from before the binding does not undo it.
  bench.cluster.set_pod(with_labels(big, R"({"a":"b"})"));
  CHECK(bench.fits(asking(pod("p"), "2", "1Gi")).empty());
  bench.cluster.forget(assumed);
  CHECK(bench.fits(asking(pod("p"), "2", "1Gi")).size() == 1);
  bench.cluster.assume(assumed, bench.cluster.find_node("n1")->id);
  bench.cluster.set_pod(on_node(big, "n1"));
  CHECK_FALSE(assumed.assumed);
  CHECK(bench.fits(asking(pod("p"), "2", "1Gi")).empty());
  bench.cluster.remove_pod(big);
  CHECK(bench.fits(asking(pod("p"), "2", "1Gi")).size() == 1);
}
