#include "engine/sync/timer.h"

#include <catch_amalgamated.hpp>

#include "engine/sync/mutex.h"
#include "engine/sync/select.h"
#include "tests/support/schedules.h"

using namespace engine;
using support::check_everywhere;
using support::check_fails_everywhere;
using support::count_objects;

// Each case cites the rule of Go's package time, as of Go 1.23, that it tests.

namespace {

Duration at(Instant instant) {
  return instant - Instant{};
}

Task<> ticks() {
  const Ticker ticker(10 * kMillisecond);
  println(ticker.c().len(), ticker.c().cap());
  for (int i = 0; i < 3; ++i) {
    const auto value = co_await ticker.c().recv();
    println(at(*value), at(now()));
  }
}

// Of the ticks at 10, 20 and 30 ms the first is kept; the next come at their own times.
Task<> slow_receiver() {
  const Ticker ticker(10 * kMillisecond);
  co_await sleep_for(35 * kMillisecond);
  for (int i = 0; i < 3; ++i) {
    const auto value = co_await ticker.c().recv();
    println(at(*value), at(now()));
  }
}

// The clock has passed many ticks at once; all but the first are dropped.
Task<> busy_receiver() {
  co_await gosched();  // begins a time slice of its own, under any policy
  const Ticker ticker(1 * kMillisecond);
  const Mutex mutex;
  while (now() < Instant{} + 10 * kMillisecond) {
    co_await mutex.lock();
    mutex.unlock();
  }
  const auto missed = co_await ticker.c().recv();
  const auto next = co_await ticker.c().recv();
  println(at(*missed), *next - now(), now().ns % kMillisecond.ns);
}

Task<> ticker_reset() {
  const Ticker ticker(10 * kMillisecond);
  co_await sleep_for(15 * kMillisecond);
  ticker.reset(20 * kMillisecond);
  for (int i = 0; i < 2; ++i) {
    const auto value = co_await ticker.c().recv();
    println(at(*value));
  }
  ticker.stop();
  const Timer later(1 * kSecond);
  const auto won = co_await select(ticker.c().recv(), later.c().recv());
  println("after stop", won.index());
  ticker.reset(5 * kMillisecond);
  const auto value = co_await ticker.c().recv();
  println(at(*value));
}

Task<> ticker_stopped_late() {
  const Ticker ticker(10 * kMillisecond);
  co_await sleep_for(15 * kMillisecond);
  ticker.stop();
  const auto won = co_await select(ticker.c().recv(), otherwise());
  println(won.index());
}

Task<> tick_function() {
  println(tick(Duration{}).is_nil(), tick(-1 * kSecond).is_nil());
  const Chan<Instant> ticks_of = tick(1 * kSecond);
  for (int i = 0; i < 2; ++i) {
    const auto value = co_await ticks_of.recv();
    println(at(*value));
  }
}

Task<> ticker_of_nothing() {
  const Ticker ticker(Duration{});
  co_await gosched();
}
Task<> ticker_of_less() {
  const Ticker ticker(-1 * kSecond);
  co_await gosched();
}
Task<> ticker_reset_to_nothing() {
  const Ticker ticker(1 * kSecond);
  ticker.reset(Duration{});
  co_await gosched();
}

Task<> after_in_a_loop() {
  Chan<int64_t> jobs(1);
  const int64_t before = count_objects();
  for (int64_t i = 0; i < 50; ++i) {
    co_await jobs.send(i);
    const auto won = co_await select(jobs.recv(), after(3600 * kSecond).recv());
    if (won.index() != 0) println("late");
  }
  println(count_objects() - before, here().queue.size());
}

Task<> after_wins() {
  Chan<int64_t> jobs;
  auto won = co_await select(jobs.recv(), after(3 * kSecond).recv());
  println(won.index(), at(*won.get<1>()));
}

Task<> func_results() {
  Chan<Instant> ran(5);
  const auto note = [ran]() -> Task<> { co_await ran.send(now()); };
  const Timer timer = after_func(1 * kSecond, note);
  const bool stopped = timer.stop();
  const bool again = timer.stop();
  const bool was_active = timer.reset(1 * kSecond);
  println(timer.c().is_nil(), stopped, again, was_active);
  const auto first = co_await ran.recv();
  const bool too_late = timer.stop();
  const bool restarted = timer.reset(1 * kSecond);
  const bool moved = timer.reset(5 * kSecond);
  println(at(*first), too_late, restarted, moved);
  const auto second = co_await ran.recv();
  println(at(*second), ran.len());
}

Task<> func_at_once() {
  Chan<Instant> ran;
  after_func(-1 * kSecond, [ran]() -> Task<> { co_await ran.send(now()); });
  const auto value = co_await ran.recv();
  println(at(*value));
}

Task<> func_in_its_own_goroutine() {
  const uint32_t before = num_goroutine();
  Chan<uint32_t> counts;
  after_func(1 * kSecond, [counts]() -> Task<> { co_await counts.send(num_goroutine()); });
  const auto count = co_await counts.recv();
  println(before, *count);
}

}  // namespace

TEST_CASE("NewTicker: sends the time after each period") {
  check_everywhere(ticks, "0 0\n10ms 10ms\n20ms 20ms\n30ms 30ms\n");
}

TEST_CASE("NewTicker: drops ticks for slow receivers") {
  check_everywhere(slow_receiver, "10ms 35ms\n40ms 40ms\n50ms 50ms\n");
  check_everywhere(busy_receiver, "1ms 0s 0\n", 1);
}

TEST_CASE("Ticker.Reset: the next tick comes after the new period; after Stop none comes") {
  check_everywhere(ticker_reset, "35ms\n55ms\nafter stop 1\n1.06s\n");
  check_everywhere(ticker_stopped_late, "1\n");
}

TEST_CASE("Tick: gives the channel, or nil if the period is not positive") {
  check_everywhere(tick_function, "true true\n1s\n2s\n");
}

TEST_CASE("NewTicker, Ticker.Reset: panic if the period is not positive") {
  check_fails_everywhere(ticker_of_nothing, "panic: non-positive interval for NewTicker\n");
  check_fails_everywhere(ticker_of_less, "panic: non-positive interval for NewTicker\n");
  check_fails_everywhere(ticker_reset_to_nothing,
                         "panic: non-positive interval for Ticker.Reset\n");
}

TEST_CASE("After: its timer is gone once nobody can receive from it") {
  check_everywhere(after_in_a_loop, "0 0\n");
  check_everywhere(after_wins, "1 3s\n");
}

TEST_CASE("AfterFunc: Stop and Reset say whether the function will be started because of before") {
  check_everywhere(func_results, "true true false false\n1s false false true\n6s 0\n");
}

TEST_CASE("AfterFunc: runs the function in a goroutine of its own") {
  check_everywhere(func_in_its_own_goroutine, "1 2\n");
  check_everywhere(func_at_once, "0s\n");
}
