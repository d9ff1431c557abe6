// tests/k8s/client_test.cpp: work queues, leader election, events.

#include <catch_amalgamated.hpp>

#include "engine/sync/timer.h"
#include "sim/k8s/client/event_recorder.h"
#include "sim/k8s/client/leader_election.h"
#include "sim/k8s/client/work_queue.h"
#include "tests/k8s/tester.h"

namespace {

using namespace engine;
using namespace sim::k8s;
using support::api_client;

Task<> queue_rules() {
  const WorkQueue queue("queue");
  queue.add("a");
  queue.add("a");
  queue.add("b");
  println("waiting", queue.size());
  const std::optional<std::string> first = co_await queue.get();
  queue.add("a");  // while it is being worked on
  println("got", *first, "waiting", queue.size());
  queue.done("a");
  println("waiting", queue.size());
  const std::optional<std::string> second = co_await queue.get();
  const std::optional<std::string> third = co_await queue.get();
  println(*second, *third);
  queue.done("a");
  queue.done("b");
  queue.add_after("late", 3 * kSecond);
  queue.add_after("late", kSecond);
  const std::optional<std::string> late = co_await queue.get();
  println(*late, now().ns / kSecond.ns);
  queue.done("late");
  const Instant begin = now();
  for (int i = 0; i < 4; ++i) {
    queue.add_rate_limited("bad");
    const std::optional<std::string> again = co_await queue.get();
    queue.done(*again);
  }
  println("four failures take", since(begin).ns / kMillisecond.ns, "ms", queue.requeues("bad"));
  queue.forget("bad");
  println(queue.requeues("bad"));
  queue.shut_down();
  println("over", !(co_await queue.get()));
}

Task<> work(std::string name, Context leading) {
  println(name, "leads at", now().ns / kSecond.ns);
  co_await leading.done().recv();
  println(name, "ends at", now().ns / kSecond.ns);
}

Task<> candidate(std::string name, Context context) {
  LeaderElectionOptions options;
  options.name = "test";
  options.identity = name;
  const std::function<Task<>(Context)> task = [name](Context leading) {
    return work(name, leading);
  };
  co_await lead(api_client(), options, context, task);
}

Task<> election() {
  co_await sleep_for(kSecond);
  const Cancelable first = with_cancel(background());
  go(candidate, std::string("one"), first.context);
  co_await sleep_for(kSecond);
  go(candidate, std::string("two"), background());
  co_await sleep_for(30 * kSecond);
  first.cancel();  // it gives the lease back
  co_await sleep_for(20 * kSecond);
}

// Killed, so that it gives nothing back.
Task<> sudden() {
  co_await sleep_for(kSecond);
  co_await candidate("sudden", background());
}
Task<> next() {
  co_await sleep_for(2 * kSecond);
  co_await candidate("next", background());
}

Task<> events() {
  co_await sleep_for(kSecond);
  const RestClient client = api_client();
  const EventRecorder::Source source("tester", "client");
  const EventRecorder recorder(client, source);
  go([recorder]() -> Task<> { co_await recorder.run(background()); });
  const Value pod = new_object({"v1", "Pod"}, "default", "web").with_in({"metadata", "uid"}, "u");
  EventRecorder::Note note;
  note.type = "Warning";
  note.reason = "BackOff";
  note.message = "again";
  for (int i = 0; i < 40; ++i) {
    recorder.record(pod, note);
    co_await sleep_for(kSecond);
  }
  const ListOptions all;
  const ListResult listed = co_await client.list(background(), kEvents, "default", all);
  for (const Value& event : listed.items) {
    println(event["reason"].text(), event["involvedObject"]["name"].text(),
            event["count"].integer(), event["source"]["component"].text());
  }
}

}  // namespace

TEST_CASE("A work queue holds a key once, and gives one that fails back later and later") {
  CHECK(support::simulate(queue_rules).out ==
        "waiting 2\ngot a waiting 1\nwaiting 2\nb a\nlate 1\n"
        "four failures take 75 ms 4\n0\nover true\n");
}

TEST_CASE("One candidate leads at a time, and the next one follows when it gives up") {
  support::ApiTestOptions options;
  options.length = 60 * kSecond;
  const std::string out = support::with_api_server(election, options);
  CHECK(out.starts_with("one leads at 1\none ends at 3"));
  CHECK(out.find("two leads at 3") != std::string::npos);
}

TEST_CASE("A leader that is gone is followed after its lease") {
  support::ClusterOptions options;
  options.nodes = {{"cp", support::run_api_server}, {"a", sudden}, {"b", next}};
  options.plan = {{Instant{} + 10 * kSecond, "kill a a"}};
  options.run.until = Instant{} + 60 * kSecond;
  const std::string out = support::simulate_cluster(options).out;
  CHECK(out.starts_with("sudden leads at 1\nnext leads at 2"));
}

TEST_CASE("An event that comes again is counted, and one object's events are limited") {
  CHECK(support::with_api_server(events) == "BackOff web 25 tester\n");
}
