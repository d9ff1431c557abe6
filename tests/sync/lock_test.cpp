#include <catch_amalgamated.hpp>

#include "engine/sync/mutex.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "tests/support/simulate.h"

using namespace engine;
using support::simulate;
using support::with_policy;

namespace {

Task<> holders() {
  Mutex mutex;
  WaitGroup wg;
  wg.add(3);
  for (int64_t i = 0; i < 3; ++i) {
    go([mutex, wg, i]() -> Task<> {
      co_await mutex.lock();
      println("enter", i);
      co_await sleep_for(1 * kMillisecond);
      println("leave", i);
      mutex.unlock();
      wg.done();
    });
  }
  co_await wg.wait();
}

Task<> try_lock() {
  Mutex mutex;
  const bool first = mutex.try_lock();
  const bool second = mutex.try_lock();
  println(first, second);
  mutex.unlock();
  println(mutex.try_lock());
  co_return;
}

// Normal mode: who runs takes the lock before the waiter that was woken for it.
Task<> barging() {
  Mutex mutex;
  co_await mutex.lock();
  go([mutex]() -> Task<> {
    co_await mutex.lock();
    println("waiter");
    mutex.unlock();
  });
  co_await gosched();
  mutex.unlock();
  co_await mutex.lock();
  println("newcomer");
  mutex.unlock();
  co_await sleep_for(1 * kSecond);
}

// A waiter that lost the race for more than a millisecond is handed the lock directly.
Task<> starvation() {
  Mutex mutex;
  co_await mutex.lock();
  go([mutex]() -> Task<> {
    co_await mutex.lock();
    println("waiter");
    mutex.unlock();
  });
  co_await gosched();
  co_await sleep_for(2 * kMillisecond);
  mutex.unlock();
  co_await mutex.lock();
  println("newcomer barges once");
  co_await gosched();
  mutex.unlock();
  println("lock is free for a newcomer:", mutex.try_lock());
  co_await sleep_for(1 * kSecond);
}

Task<> counted(bool locked) {
  Mutex mutex;
  Shared<int64_t> counter(0, "counter");
  WaitGroup wg;
  wg.add(8);
  for (int i = 0; i < 8; ++i) {
    go([mutex, counter, wg, locked]() -> Task<> {
      for (int n = 0; n < 5; ++n) {
        if (locked) co_await mutex.lock();
        const int64_t value = co_await counter.load();
        co_await counter.store(value + 1);
        if (locked) mutex.unlock();
      }
      wg.done();
    });
  }
  co_await wg.wait();
  const int64_t total = co_await counter.load();
  println(total);
}
Task<> counted_locked() {
  co_await counted(true);
}
Task<> counted_unlocked() {
  co_await counted(false);
}

Task<> group_reused() {
  WaitGroup wg;
  for (int64_t round = 0; round < 3; ++round) {
    wg.add(2);
    for (int i = 0; i < 2; ++i) {
      go([wg]() -> Task<> {
        co_await sleep_for(1 * kSecond);
        wg.done();
      });
    }
    co_await wg.wait();
    println("round", round);
  }
  co_await wg.wait();
}

Task<> group_below_zero() {
  WaitGroup wg;
  wg.done();
  co_await gosched();
}

Task<> group_wakes_all() {
  WaitGroup wg, finished;
  wg.add(1);
  finished.add(3);
  for (int64_t i = 0; i < 3; ++i) {
    go([wg, finished, i]() -> Task<> {
      co_await wg.wait();
      println("waiter", i);
      finished.done();
    });
  }
  co_await gosched();
  wg.done();
  co_await finished.wait();
}

}  // namespace

TEST_CASE("a mutex admits one holder at a time, waiters in the order they came") {
  CHECK(simulate(holders).out == "enter 0\nleave 0\nenter 1\nleave 1\nenter 2\nleave 2\n");
}

TEST_CASE("try_lock takes a free lock and refuses a held one") {
  CHECK(simulate(try_lock).out == "true false\ntrue\n");
}

TEST_CASE("in normal mode a running goroutine takes the lock before a woken waiter") {
  CHECK(simulate(barging).out == "newcomer\nwaiter\n");
}

TEST_CASE("a waiter that starved for over a millisecond is handed the lock") {
  CHECK(simulate(starvation).out ==
        "newcomer barges once\nlock is free for a newcomer: false\nwaiter\n");
}

TEST_CASE("under a mutex no update is lost, on any schedule") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    REQUIRE(simulate(counted_locked, with_policy(Policy::kRandom, seed)).out == "40\n");
  }
}

TEST_CASE("without a mutex some schedules lose updates, and fifo loses none") {
  int lost = 0;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    lost += simulate(counted_unlocked, with_policy(Policy::kRandom, seed)).out != "40\n";
  }
  CHECK(lost > 25);
  CHECK(simulate(counted_unlocked).out == "40\n");
}

TEST_CASE("a wait group can be used again after its waiters were released") {
  const auto outcome = simulate(group_reused);
  CHECK(outcome.out == "round 0\nround 1\nround 2\n");
  CHECK(outcome.now == Instant{} + 3 * kSecond);
}

TEST_CASE("a wait group's counter below zero panics") {
  CHECK_THAT(simulate(group_below_zero).err,
             Catch::Matchers::StartsWith("panic: sync: negative WaitGroup counter\n"));
}

TEST_CASE("a wait group at zero wakes every waiter in order") {
  CHECK(simulate(group_wakes_all).out == "waiter 0\nwaiter 1\nwaiter 2\n");
}
