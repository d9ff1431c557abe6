#include "engine/sync/timer.h"

#include <catch_amalgamated.hpp>
#include <string>

#include "engine/sync/select.h"
#include "engine/sync/wait_group.h"
#include "tests/support/schedules.h"

using namespace engine;
using support::check_everywhere;
using support::check_fails_everywhere;
using support::simulate;

// Each case cites the rule of Go's package time, as of Go 1.23, that it tests.

namespace {

Duration at(Instant instant) {
  return instant - Instant{};
}

Task<> fires() {
  const Timer timer(2 * kSecond);
  println(timer.c().len(), timer.c().cap());
  const auto value = co_await timer.c().recv();
  println(at(*value), at(now()));
}

Task<> late_receiver() {
  const Timer timer(1 * kSecond);
  co_await sleep_for(3 * kSecond);
  println(timer.c().len());
  const auto value = co_await timer.c().recv();
  println(at(*value), at(now()));
}

Task<> stop_results() {
  const Timer timer(1 * kSecond);
  const bool active = timer.stop();
  const bool again = timer.stop();
  println(active, again);
  timer.reset(1 * kSecond);
  co_await timer.c().recv();
  println(timer.stop());
}

Task<> reset_results() {
  const Timer timer(1 * kSecond);
  const bool active = timer.reset(2 * kSecond);
  co_await timer.c().recv();
  println(active, at(now()));
  const bool received = timer.reset(1 * kSecond);
  const bool stopped = timer.stop();
  const bool after_stop = timer.reset(3 * kSecond);
  co_await timer.c().recv();
  println(received, stopped, after_stop, at(now()));
}

// It has fired, but nobody has received: stop and reset still prevent that.
Task<> no_stale_values() {
  const Timer timer(1 * kSecond);
  co_await sleep_for(2 * kSecond);
  const bool stopped = timer.stop();
  const auto nothing = co_await select(timer.c().recv(), otherwise());
  println(stopped, nothing.index());
  timer.reset(1 * kSecond);
  co_await sleep_for(2 * kSecond);
  const bool was_active = timer.reset(5 * kSecond);
  const auto value = co_await timer.c().recv();
  println(was_active, at(*value));
}

Task<> no_length() {
  const Timer none(Duration{});
  auto won = co_await select(none.c().recv(), otherwise());
  println(won.index(), at(*won.get<0>()));
  co_await sleep_for(1 * kSecond);
  const Timer negative(-5 * kSecond);
  println(negative.c().len(), negative.stop());
  println(negative.reset(-1 * kSecond));
  const auto value = co_await negative.c().recv();
  println(at(*value), here().queue.size());
}

// A goroutine that waits is served by the reset, whatever it had waited for.
Task<> reset_under_a_receiver() {
  const Timer timer(100 * kSecond);
  WaitGroup wg;
  wg.go([timer]() -> Task<> {
    const auto value = co_await timer.c().recv();
    println("first", at(*value));
  });
  co_await sleep_for(1 * kSecond);
  println(timer.reset(Duration{}));
  co_await wg.wait();
  wg.go([timer]() -> Task<> {
    const auto value = co_await timer.c().recv();
    println("second", at(*value));
  });
  co_await sleep_for(1 * kSecond);
  println(timer.reset(1 * kSecond));
  co_await wg.wait();
}

Task<> huge() {
  const Timer timer(Duration{INT64_MAX});
  co_await sleep_for(1 * kSecond);
  const Timer other(Duration{INT64_MAX - 5});
  println(timer.stop(), other.reset(Duration{INT64_MAX}));
  const auto value = co_await other.c().recv();
  println(*value < kEndOfTime, *value == kEndOfTime - kNanosecond);
}

Task<> order_of_firing() {
  Chan<int64_t> order(3);
  WaitGroup wg;
  const auto wait = [](Timer timer, Chan<int64_t> out, int64_t nth, WaitGroup group) -> Task<> {
    co_await timer.c().recv();
    co_await out.send(nth);
    group.done();
  };
  wg.add(3);
  go(wait, Timer(1 * kSecond), order, int64_t{1}, wg);
  go(wait, Timer(1 * kSecond), order, int64_t{2}, wg);
  go(wait, Timer(1 * kSecond), order, int64_t{3}, wg);
  co_await wg.wait();
  for (int i = 0; i < 3; ++i) {
    const auto value = co_await order.recv();
    println(*value);
  }
}

Task<> stopped_timer() {
  const Timer timer(1 * kSecond);
  timer.stop();
  co_await timer.c().recv();
}

Task<> stopped_under_a_receiver() {
  const Timer timer(10 * kSecond);
  go([timer]() -> Task<> {
    co_await sleep_for(1 * kSecond);
    timer.stop();
  });
  co_await timer.c().recv();
}

Task<> stopped_under_a_select() {
  const Timer timer(10 * kSecond);
  const Chan<int64_t> other;
  go([timer]() -> Task<> {
    co_await sleep_for(1 * kSecond);
    timer.stop();
  });
  co_await select(timer.c().recv(), other.recv());
}

Task<> fired_for_another() {
  const Timer timer(1 * kSecond);
  for (int i = 0; i < 2; ++i) {
    go([timer]() -> Task<> { co_await timer.c().recv(); });
  }
  co_await Chan<int64_t>::nil().recv();
}

Task<> nobody_waits_for_it() {
  const Timer timer(10 * kSecond);
  const Ticker ticker(1 * kSecond);
  co_await Chan<int64_t>::nil().recv();
}

Task<> pending_func() {
  after_func(2 * kSecond, []() -> Task<> {
    println("ran");
    co_return;
  });
  co_await Chan<int64_t>::nil().recv();
}

Task<> waits_for_timers() {
  const Timer timer(1 * kSecond);
  const Ticker ticker(2 * kSecond);
  co_await timer.c().recv();
  co_await ticker.c().recv();
  co_await select(after(1 * kSecond).recv(), Chan<int64_t>::nil().recv());
  println(at(now()));
}

Task<> left_pending() {
  const Ticker ticker(3 * kSecond);
  const Timer timer(5 * kSecond);
  after_func(7 * kSecond, [timer]() -> Task<> { co_await timer.c().recv(); });
  go([ticker]() -> Task<> { co_await ticker.c().recv(); });
  co_await sleep_for(1 * kSecond);
}

Task<> doomed_func() {
  go([]() -> Task<> {
    Chan<int64_t>::nil().close();
    after_func(1 * kSecond, []() -> Task<> {
      println("never printed");
      co_return;
    });
    co_await gosched();
  }).on_panic([](std::string_view) {});
  co_await sleep_for(3 * kSecond);
  println("alive");
}

}  // namespace

TEST_CASE("NewTimer: sends the time on C once; the channel is unbuffered to its user") {
  check_everywhere(fires, "0 0\n2s 2s\n");
}

TEST_CASE("NewTimer: a late receiver gets the time at which the timer fired") {
  check_everywhere(late_receiver, "0\n1s 3s\n");
}

TEST_CASE("Timer.Stop: true if the call stops the timer") {
  check_everywhere(stop_results, "true false\nfalse\n");
}

TEST_CASE("Timer.Reset: true if the timer had been active") {
  check_everywhere(reset_results, "true 2s\nfalse true false 5s\n");
}

TEST_CASE("Timer.Stop, Timer.Reset: no stale value is received afterwards, and both are in time") {
  check_everywhere(no_stale_values, "true 1\ntrue 9s\n");
}

TEST_CASE("NewTimer: with zero or less it is ready at once") {
  check_everywhere(no_length, "0 0s\n0 true\nfalse\n1s 0\n");
}

TEST_CASE("Timer.Reset: a waiting receiver waits for the new time") {
  check_everywhere(reset_under_a_receiver, "true\nfirst 1s\nfalse\nsecond 3s\n");
}

TEST_CASE("NewTimer: beyond the end of time it fires just before it") {
  check_everywhere(huge, "true true\ntrue true\n");
}

TEST_CASE("timers of one instant fire in the order they were set") {
  CHECK(simulate(order_of_firing).out == "1\n2\n3\n");
}

TEST_CASE("a goroutine that waits for a pending timer is not deadlocked") {
  check_everywhere(waits_for_timers, "3s\n");
}

TEST_CASE("a goroutine that waits for a timer which has stopped or fired is deadlocked") {
  const std::string receives = std::string(support::kDeadlock) + "goroutine 1 [chan receive]:";
  check_fails_everywhere(stopped_timer, receives);
  check_fails_everywhere(stopped_under_a_receiver, receives);
  check_fails_everywhere(stopped_under_a_select,
                         std::string(support::kDeadlock) + "goroutine 1 [select]:");
  check_fails_everywhere(fired_for_another, std::string(support::kDeadlock) +
                                                "goroutine 1 [chan receive (nil chan)]:");
  CHECK(simulate(stopped_under_a_receiver).now == Instant{} + 1 * kSecond);
  CHECK(simulate(fired_for_another).now == Instant{} + 1 * kSecond);
}

TEST_CASE("a timer that nobody waits for does not hide a deadlock, a pending AfterFunc does") {
  CHECK(simulate(nobody_waits_for_it).now == Instant{});
  const auto outcome = simulate(pending_func);
  CHECK(outcome.out == "ran\n");
  CHECK(outcome.now == Instant{} + 2 * kSecond);
  check_fails_everywhere(
      pending_func,
      std::string(support::kDeadlock) + "goroutine 1 [chan receive (nil chan)]:", "ran\n");
}

TEST_CASE("when its process ends, no timer is left pending") {
  check_everywhere(left_pending, "");
  const auto run = support::start(left_pending);
  while (run->world().state().queue.size() < 4) run->step();
  CHECK(run->apply("kill 1", run->now()));
  CHECK(support::residue_of(*run) == support::Residue{});
}

TEST_CASE("a goroutine that has panicked sets no timer") {
  check_everywhere(doomed_func, "alive\n");
}
