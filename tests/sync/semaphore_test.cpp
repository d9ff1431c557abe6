#include "engine/sync/semaphore.h"

#include <catch_amalgamated.hpp>

#include "engine/sync/atomic.h"
#include "engine/sync/wait_group.h"
#include "engine/view/view.h"
#include "tests/support/simulate.h"

using namespace engine;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using support::simulate;
using support::with_policy;

namespace {

Task<> bounded() {
  const Semaphore slots(5, "slots");
  const Atomic<int64_t> held, most;
  WaitGroup wg;
  for (int64_t i = 0; i < 8; ++i) {
    wg.go([=]() -> Task<> {
      const int64_t n = i % 3 + 1;
      for (int round = 0; round < 3; ++round) {
        co_await slots.acquire(n);
        const int64_t now = co_await held.add(n);
        if (now > 5) println("too many");
        co_await gosched();
        co_await held.add(-n);
        slots.release(n);
      }
    });
  }
  co_await wg.wait();
  const bool all = slots.try_acquire(5);
  const bool more = slots.try_acquire(1);
  println(all, more);
}

// A waiter for 3 of 3 makes a later one for 1 wait, though one is free.
Task<> big_before_small() {
  const Semaphore slots(3);
  WaitGroup wg;
  co_await slots.acquire(2);
  wg.go([slots]() -> Task<> {
    co_await slots.acquire(3);
    println("big");
    slots.release(3);
  });
  co_await sleep_for(1 * kMillisecond);
  println("try:", slots.try_acquire(1));
  wg.go([slots]() -> Task<> {
    co_await slots.acquire(1);
    println("small");
    slots.release(1);
  });
  co_await sleep_for(1 * kMillisecond);
  println("release");
  slots.release(2);
  co_await wg.wait();
}

Task<> over_release() {
  const Semaphore slots(2);
  slots.release(1);
  co_await gosched();
}

Task<> stuck() {
  const Semaphore slots(2);
  co_await slots.acquire(2);
  go([slots]() -> Task<> { co_await slots.acquire(1); });
  go([slots]() -> Task<> { co_await slots.acquire(3); });
  co_await sleep_for(1 * kMillisecond);
  co_await Chan<None>::nil().recv();
}

Task<> cancelled() {
  const Semaphore slots(3);
  const auto [ctx, cancel] = with_cancel(background());
  const Context context = ctx;
  co_await slots.acquire(2);
  WaitGroup wg;
  wg.go([=]() -> Task<> {
    const Error err = co_await slots.acquire(context, 3);
    println("big:", err);
  });
  co_await sleep_for(1 * kMillisecond);
  wg.go([=]() -> Task<> {
    const Error err = co_await slots.acquire(1);
    println("small:", err);
  });
  wg.go([=]() -> Task<> {
    const Error err = co_await slots.acquire(context, 4);
    println("never:", err);
  });
  co_await sleep_for(1 * kMillisecond);
  cancel();
  co_await wg.wait();
  const Error late = co_await slots.acquire(context, 1);
  println("late:", late);
  slots.release(3);
  println("all free:", slots.try_acquire(3));
}

Task<> timed_out() {
  const Semaphore slots(1);
  co_await slots.acquire(1);
  const auto [ctx, cancel] = with_timeout(background(), 2 * kSecond);
  const Context context = ctx;
  const Error err = co_await slots.acquire(context, 1);
  println(err);
}

// The tokens are granted and the context ends in one step of the holder: the waiter prefers to
// fail.
Task<> granted_and_cancelled() {
  const Semaphore slots(1);
  const auto [ctx, cancel] = with_cancel(background());
  const Context context = ctx;
  co_await slots.acquire(1);
  WaitGroup wg;
  wg.go([=]() -> Task<> {
    const Error err = co_await slots.acquire(context, 1);
    println(err);
  });
  co_await sleep_for(1 * kMillisecond);
  slots.release(1);
  cancel();
  co_await wg.wait();
  println("free:", slots.try_acquire(1));
}

}  // namespace

TEST_CASE("a semaphore never grants more than its size, on any schedule") {
  for (const Policy policy : policies()) {
    for (uint64_t seed = 1; seed <= 50; ++seed) {
      CAPTURE(policy_name(policy), seed);
      REQUIRE(simulate(bounded, with_policy(policy, seed)).out == "true false\n");
    }
  }
}

TEST_CASE("all remaining waiters stay blocked behind a large request, which cannot starve") {
  CHECK(simulate(big_before_small).out == "try: false\nrelease\nbig\nsmall\n");
}

TEST_CASE("a semaphore released more than held panics") {
  CHECK_THAT(simulate(over_release).err, StartsWith("panic: semaphore: released more than held\n"));
}

TEST_CASE("waiters of a semaphore stand in the dump as in Go's") {
  const auto outcome = simulate(stuck);
  CHECK_THAT(outcome.err, ContainsSubstring("goroutine 2 [select]:\n"));
  CHECK_THAT(outcome.err, ContainsSubstring("goroutine 3 [chan receive (nil chan)]:\n"));
}

TEST_CASE("Acquire fails when its context is done and leaves the semaphore unchanged") {
  for (const Policy policy : policies()) {
    CAPTURE(policy_name(policy));
    const auto outcome = simulate(cancelled, with_policy(policy, 5));
    CHECK_THAT(outcome.out, ContainsSubstring("big: context canceled\n") &&
                                ContainsSubstring("small: <nil>\n") &&
                                ContainsSubstring("never: context canceled\n") &&
                                ContainsSubstring("late: context canceled\nall free: true\n"));
  }
  const auto outcome = simulate(timed_out);
  CHECK(outcome.out == "context deadline exceeded\n");
  CHECK(outcome.now == Instant{} + 2 * kSecond);
}

TEST_CASE("a grant to a waiter whose context has ended goes back") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    CHECK(simulate(granted_and_cancelled, with_policy(Policy::kRandom, seed)).out ==
          "context canceled\nfree: true\n");
  }
}

TEST_CASE("a view shows how much of a semaphore is held") {
  const auto run = support::start([]() -> Task<> {
    const Semaphore slots(3, "slots");
    co_await slots.acquire(2);
    co_await sleep_for(1 * kSecond);
  });
  for (int i = 0; i < 1; ++i) run->step();
  const WorldView view = look(run->world());
  REQUIRE(view.variables.size() == 1);
  CHECK(view.variables[0].name == "slots");
  CHECK(view.variables[0].value == "2 of 3 held");
}
