// tests/sync/event_count_test.cpp: waiting for something to have happened since one last looked.

#include "engine/sync/event_count.h"

#include <catch_amalgamated.hpp>

#include "engine/sync/timer.h"
#include "tests/support/simulate.h"

namespace {

using namespace engine;
using support::simulate;

Task<> wait_once(EventCount events, int64_t name) {
  const uint64_t seen = events.count();
  co_await events.wait(seen);
  println("woken", name);
}

Task<> wakes_all_in_order() {
  const EventCount events("events");
  for (int64_t name = 1; name <= 3; ++name) go(wait_once, events, name);
  co_await sleep_for(kSecond);
  events.advance();
  co_await sleep_for(kSecond);
  println("count", events.count());
}

Task<> misses_nothing() {
  const EventCount events;
  const uint64_t seen = events.count();
  events.advance();
  co_await events.wait(seen);  // it has happened already
  println("at", now().ns);
}

Task<> gives_up() {
  const EventCount events;
  co_await events.wait(events.count(), now() + 2 * kSecond);
  println("after", now().ns / kSecond.ns);
  go([events]() -> Task<> {
    co_await sleep_for(kSecond);
    events.advance();
  });
  co_await events.wait(events.count(), now() + 5 * kSecond);
  println("after", now().ns / kSecond.ns);
}

Task<> waits_for_nobody() {
  const EventCount events;
  co_await events.wait(events.count());
}

}  // namespace

TEST_CASE("Whoever waits for an event count wakes when it advances, in order") {
  CHECK(simulate(wakes_all_in_order).out == "woken 1\nwoken 2\nwoken 3\ncount 1\n");
}

TEST_CASE("What happened between the look and the wait is not missed") {
  for (const uint64_t seed : {1, 2, 3}) {
    const auto options = support::with_policy(Policy::kRandom, seed);
    CHECK(simulate(misses_nothing, options).out == "at 0\n");
  }
}

TEST_CASE("A wait for an event count ends at its deadline, or before") {
  CHECK(simulate(gives_up).out == "after 2\nafter 3\n");
}

TEST_CASE("Waiting for an event count that nobody advances is a deadlock") {
  const support::Outcome outcome = simulate(waits_for_nobody);
  CHECK(outcome.exit == ExitKind::kFatal);
  CHECK(outcome.err.find("all goroutines are asleep - deadlock!") != std::string::npos);
}
