#include "engine/sync/once.h"

#include <catch_amalgamated.hpp>

#include <tuple>

#include "engine/sync/atomic.h"
#include "engine/sync/wait_group.h"
#include "tests/support/simulate.h"

using namespace engine;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using support::simulate;
using support::with_policy;

namespace {

Task<> only_once() {
  const Once once("once");
  const Atomic<int64_t> runs, early;
  WaitGroup wg;
  for (int i = 0; i < 5; ++i) {
    wg.go([=]() -> Task<> {
      const auto setup = [runs]() -> Task<> {
        co_await sleep_for(1 * kMillisecond);
        co_await runs.add(1);
      };
      co_await once.run(setup);
      const int64_t seen = co_await runs.load();
      if (seen != 1) co_await early.add(1);
    });
  }
  co_await wg.wait();
  const int64_t total = co_await runs.load();
  const int64_t wrong = co_await early.load();
  println(total, wrong);
}

Task<> a_panic_counts() {
  const Once once;
  const auto boom = []() -> Task<> { co_await panic("boom"); };
  auto first = co_await recovered(once.run(boom));
  println(static_cast<bool>(first), first.panic);
  const auto never = []() -> Task<> {
    println("never");
    co_return;
  };
  co_await once.run(never);
  println("done");
}

Task<> waiters_of_a_panic() {
  const Once once;
  WaitGroup wg;
  const auto boom = []() -> Task<> {
    co_await sleep_for(1 * kMillisecond);
    co_await panic("boom");
  };
  for (int64_t i = 0; i < 3; ++i) {
    wg.go([=]() -> Task<> {
      const auto result = co_await recovered(once.run(boom));
      println(i, result.panic);
    });
  }
  co_await wg.wait();
}

Task<> from_within() {
  const Once once("once");
  const auto again = [once]() -> Task<> {
    const auto nothing = []() -> Task<> { co_return; };
    co_await once.run(nothing);
  };
  co_await once.run(again);
}

Task<> func_panics_each_time() {
  const auto boom = []() -> Task<> {
    println("runs");
    co_await panic("boom");
  };
  const auto f = once_func(boom);
  for (int i = 0; i < 2; ++i) {
    const auto result = co_await recovered(f());
    println(result.panic);
  }
  const Defer deferred([] { println("deferred"); });
  co_await f();
}

Task<> func_exits() {
  const auto leave = []() -> Task<> { co_await goexit(); };
  const auto f = once_func(leave);
  go([f]() -> Task<> { co_await f(); }).on_panic([](std::string_view message) {
    println("recovered:", message);
  });
  co_await sleep_for(1 * kMillisecond);
  co_await f();
}

Task<> values() {
  const Atomic<int64_t> calls;
  const auto compute = [calls]() -> Task<int64_t> {
    co_await sleep_for(1 * kMillisecond);
    co_return co_await calls.add(1) + 41;
  };
  const auto answer = once_value(compute, "answer");
  const auto pair = []() -> Task<std::tuple<int64_t, std::string>> {
    co_return std::tuple<int64_t, std::string>(7, "seven");
  };
  const auto both = once_value(pair);
  WaitGroup wg;
  for (int i = 0; i < 3; ++i) {
    wg.go([=]() -> Task<> {
      const int64_t n = co_await answer();
      const auto [number, name] = co_await both();
      println(n, number, name);
    });
  }
  co_await wg.wait();
}

Task<> value_panics() {
  const auto boom = []() -> Task<int64_t> {
    co_await panic("no value");
    co_return 1;
  };
  const auto f = once_value(boom);
  for (int i = 0; i < 2; ++i) {
    const auto result = co_await recovered(f());
    println(result.value.has_value(), result.panic);
  }
}

}  // namespace

TEST_CASE("a Once runs its function once, and no call returns before it has finished") {
  for (const Policy policy : policies()) {
    for (uint64_t seed = 1; seed <= 50; ++seed) {
      CAPTURE(policy_name(policy), seed);
      REQUIRE(simulate(only_once, with_policy(policy, seed)).out == "1 0\n");
    }
  }
}

TEST_CASE("if f panics, Do considers it to have returned") {
  CHECK(simulate(a_panic_counts).out == "false boom\ndone\n");
  CHECK(simulate(waiters_of_a_panic).out == "0 boom\n1 \n2 \n");
}

TEST_CASE("calling a Once from its own function deadlocks on its mutex") {
  const auto outcome = simulate(from_within);
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err, ContainsSubstring("goroutine 1 [sync.Mutex.Lock]:\n"));
}

TEST_CASE("a OnceFunc panics with the same value on every call") {
  const auto outcome = simulate(func_panics_each_time);
  CHECK(outcome.out == "runs\nboom\nboom\ndeferred\n");
  CHECK_THAT(outcome.err, StartsWith("panic: boom\n"));
}

TEST_CASE("a OnceFunc whose function ends its goroutine panics, as Go's does") {
  const auto outcome = simulate(func_exits);
  CHECK(outcome.out == "recovered: panic called with nil argument\n");
  CHECK_THAT(outcome.err, StartsWith("panic: panic called with nil argument\n"));
}

TEST_CASE("a OnceValue computes once and gives everybody the value") {
  for (const Policy policy : policies()) {
    CAPTURE(policy_name(policy));
    CHECK(simulate(values, with_policy(policy, 3)).out == "42 7 seven\n42 7 seven\n42 7 seven\n");
  }
  CHECK(simulate(value_panics).out == "false no value\nfalse no value\n");
}
