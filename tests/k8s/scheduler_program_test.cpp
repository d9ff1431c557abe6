// tests/k8s/scheduler_program_test.cpp: kube-scheduler beside an API server.

#include <catch_amalgamated.hpp>
#include <string>

#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "sim/json/parse.h"
#include "sim/k8s/scheduler/scheduler.h"
#include "tests/k8s/tester.h"

namespace {

using namespace engine;
using namespace sim::k8s;
using sim::json::parse;
using support::api_client;

Value object(std::string_view text) {
  return parse(text).value;
}

Value node(std::string_view name, std::string_view cpu) {
  return new_object({"v1", "Node"}, "", name)
      .with("status", object(R"({"allocatable":{"memory":"8Gi","pods":"110"}})"))
      .with_in({"status", "allocatable", "cpu"}, cpu);
}

Value pod(std::string_view name, std::string_view cpu, std::string_view priority_class = "") {
  const Value request = Value::empty_object().with("cpu", cpu);
  Value made = new_object({"v1", "Pod"}, "default", name)
                   .with("spec", object(R"({"terminationGracePeriodSeconds":1,
                       "containers":[{"name":"c","image":"app:1"}]})"));
  const Value container = made["spec"]["containers"][0].with_in({"resources", "requests"}, request);
  made = made.with_in({"spec", "containers"}, sim::json::Array().add(container).build());
  if (priority_class.empty()) return made;
  return made.with_in({"spec", "priorityClassName"}, priority_class);
}

Task<> create(RestClient client, Resource resource, Value made) {
  const std::string space(resource.namespaced ? "default" : "");
  const ObjectResult done = co_await client.create(background(), resource, space, made);
  if (done.error) println("cannot create", name_of(made), done.error);
}

// What pods of the namespace need that no controller makes here.
Task<RestClient> ready_client() {
  co_await sleep_for(kSecond);
  const RestClient client = api_client();
  const Value account = new_object({"v1", "ServiceAccount"}, "default", "default");
  co_await create(client, kServiceAccounts, account);
  co_return client;
}

Task<> tell_pod(RestClient client, std::string name) {
  const std::string space = "default";
  const ObjectResult got = co_await client.get(background(), kPods, space, name);
  const Value& condition = condition_of(got.object, "PodScheduled");
  println(name, "on", got.object["spec"]["nodeName"].text("nothing"), condition["status"].text("?"),
          condition["reason"].text("-"), condition["message"].text("-"));
}

Task<> tell_events(RestClient client) {
  const std::string space = "default";
  ListOptions options;
  const ListResult listed = co_await client.list(background(), kEvents, space, options);
  for (const Value& event : listed.items) {
    println(event["type"].text(), event["reason"].text(), event["involvedObject"]["name"].text(),
            event["message"].text());
  }
}

void begin_scheduler(const scheduler::SchedulerOptions& options = {}) {
  go([options]() -> Task<> {
    co_await scheduler::run_scheduler(api_client(), options, background());
  }).set_name("scheduler");
}

Task<> assigns() {
  const RestClient client = co_await ready_client();
  begin_scheduler();
  co_await create(client, kPods, pod("early", "1"));
  co_await sleep_for(3 * kSecond);
  co_await tell_pod(client, "early");
  co_await create(client, kNodes, node("n1", "2"));
  co_await sleep_for(3 * kSecond);
  co_await tell_pod(client, "early");
  co_await create(client, kPods, pod("big", "3"));
  const Value foreign =
      pod("foreign", "100m").with_in({"spec", "schedulerName"}, "another-scheduler");
  co_await create(client, kPods, foreign);
  co_await sleep_for(3 * kSecond);
  co_await tell_pod(client, "big");
  co_await create(client, kNodes, node("n2", "4"));
  co_await sleep_for(3 * kSecond);
  co_await tell_pod(client, "big");
  co_await tell_pod(client, "foreign");
  co_await tell_events(client);
}

// What a kubelet would do for pods that are to go.
Task<> finish_pods(RestClient client) {
  const Informer pods(client, kPods);
  InformerHandlers handlers;
  handlers.updated = [client](const Value&, const Value& changed) {
    if (!is_being_deleted(changed)) return;
    go([client, changed]() -> Task<> {
      co_await sleep_for(kSecond);
      ObjectKey key;
      key.space = namespace_of(changed);
      key.name = name_of(changed);
      const Value now = object(R"({"gracePeriodSeconds":0})");
      const Error error = co_await client.remove(background(), kPods, key, now);
      println("gone", key.name, error);
    });
  };
  pods.add_handlers(handlers);
  co_await pods.run(background());
}

Task<> preempts() {
  const RestClient client = co_await ready_client();
  go(finish_pods, client);
  begin_scheduler();
  co_await create(
      client, kPriorityClasses,
      new_object({"scheduling.k8s.io/v1", "PriorityClass"}, "", "urgent").with("value", 1000));
  co_await create(client, kNodes, node("n1", "2"));
  co_await sleep_for(kSecond);
  co_await create(client, kPods, pod("low-1", "1"));
  co_await create(client, kPods, pod("low-2", "1"));
  co_await sleep_for(2 * kSecond);
  co_await create(client, kPods, pod("high", "1", "urgent"));
  co_await sleep_for(500 * kMillisecond);
  co_await tell_pod(client, "high");
  const std::string space = "default";
  const std::string name = "high";
  const ObjectResult waits = co_await client.get(background(), kPods, space, name);
  println("waits for", waits.object["status"]["nominatedNodeName"].text());
  co_await sleep_for(5 * kSecond);
  co_await tell_pod(client, "high");
  ListOptions options;
  const ListResult left = co_await client.list(background(), kPods, space, options);
  println("pods", left.items.size());
  const ListResult events = co_await client.list(background(), kEvents, space, options);
  for (const Value& event : events.items) {
    if (event["reason"].text() != "Preempted") continue;
    const std::string text(event["message"].text());
    println(text.substr(0, 17), text.substr(text.size() - 11));
  }
}

Task<> many() {
  const RestClient client = co_await ready_client();
  scheduler::SchedulerOptions options;
  options.bindings_most = 3;
  options.cycle_time = kMillisecond;
  begin_scheduler(options);
  for (int i = 0; i < 4; ++i) co_await create(client, kNodes, node("n" + std::to_string(i), "4"));
  for (int i = 0; i < 30; ++i) co_await create(client, kPods, pod("p" + std::to_string(i), "100m"));
  co_await sleep_for(5 * kSecond);
  const std::string space = "default";
  ListOptions all;
  const ListResult pods = co_await client.list(background(), kPods, space, all);
  int placed = 0;
  for (const Value& each : pods.items) placed += each["spec"].contains("nodeName") ? 1 : 0;
  println("placed", placed);
}

Task<> stops() {
  const RestClient client = co_await ready_client();
  const Cancelable running = with_cancel(background());
  WaitGroup done("done");
  done.add(1);
  go([wg = done, context = running.context]() -> Task<> {
    scheduler::SchedulerOptions options;
    co_await scheduler::run_scheduler(api_client(), options, context);
    wg.done();
  });
  co_await create(client, kNodes, node("n1", "4"));
  co_await sleep_for(2 * kSecond);
  running.cancel();
  co_await done.wait();
  co_await create(client, kPods, pod("late", "1"));
  co_await sleep_for(5 * kSecond);
  co_await tell_pod(client, "late");
}

}  // namespace

TEST_CASE("Pods get nodes as soon as there is one that fits, and everybody is told") {
  CHECK(support::with_api_server(assigns) ==
        "early on nothing False Unschedulable no nodes available to schedule pods\n"
        "early on n1 True - -\n"
        "big on nothing False Unschedulable 0/1 nodes are available: 1 Insufficient cpu. "
        "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.\n"
        "big on n2 True - -\n"
        "foreign on nothing ? - -\n"
        "Warning FailedScheduling big 0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 "
        "nodes are available: 1 No preemption victims found for incoming pod.\n"
        "Normal Scheduled big Successfully assigned default/big to n2\n"
        "Warning FailedScheduling early no nodes available to schedule pods\n"
        "Normal Scheduled early Successfully assigned default/early to n1\n");
}

TEST_CASE("A pod of higher priority gets the room of another one, once that is gone") {
  // The younger of two equal ones goes.
  CHECK(support::with_api_server(preempts) ==
        "high on nothing False Unschedulable 0/1 nodes are available: 1 Insufficient cpu.\n"
        "waits for n1\n"
        "gone low-2 <nil>\n"
        "high on n1 True - -\n"
        "pods 2\n"
        "Preempted by pod   on node n1\n");
}

TEST_CASE("No more pods are being bound at once than allowed, and all are bound in the end") {
  CHECK(support::with_api_server(many) == "placed 30\n");
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    INFO("seed " << seed);
    support::ApiTestOptions options;
    options.run = support::with_policy(Policy::kRandom, seed);
    CHECK(support::with_api_server(many, options) == "placed 30\n");
    CHECK(support::with_api_server(preempts, options)
              .ends_with("high on n1 True - -\npods 2\nPreempted by pod   on node n1\n"));
  }
}

TEST_CASE("A scheduler that is stopped gives out no more nodes") {
  CHECK(support::with_api_server(stops) == "late on nothing ? - -\n");
}
