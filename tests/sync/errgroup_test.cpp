#include "engine/sync/errgroup.h"

#include <catch_amalgamated.hpp>

#include "engine/sync/mutex.h"
#include "engine/sync/shared.h"
#include "tests/support/schedules.h"

using namespace engine;
using support::check_everywhere;
using support::check_fails_everywhere;
using support::simulate;

// Each case cites the rule of golang.org/x/sync/errgroup that it tests.

namespace {

constexpr Sentinel kFirst("first");
constexpr Sentinel kLater("later");

Task<Error> succeed() {
  co_return nullptr;
}

Task<> all_succeed() {
  const errgroup::Group group;
  Shared<int64_t> sum;
  for (int64_t i = 1; i <= 4; ++i) {
    group.go([sum, i]() -> Task<Error> {
      co_await sleep_for(i * kMillisecond);
      const int64_t before = co_await sum.load();
      co_await sum.store(before + i);
      co_return nullptr;
    });
  }
  const Error err = co_await group.wait();
  const int64_t total = co_await sum.load();
  println(err, total);
}

Task<> empty_group() {
  const errgroup::Group group;
  const Error err = co_await group.wait();
  println(err);
}

Task<> first_error() {
  const errgroup::Group group;
  group.go([]() -> Task<Error> {
    co_await sleep_for(2 * kSecond);
    co_return kLater;
  });
  group.go([]() -> Task<Error> {
    co_await sleep_for(1 * kSecond);
    co_return kFirst;
  });
  group.go(succeed);
  const Error err = co_await group.wait();
  println(err, now() == Instant{2 * kSecond.ns});
}

Task<> cancels_with_cause() {
  const auto [group, ctx] = errgroup::with_context(background());
  group.go([ctx]() -> Task<Error> {
    co_await ctx.done().recv();
    println("stopped:", ctx.err());
    co_return ctx.err();
  });
  group.go([]() -> Task<Error> {
    co_await sleep_for(1 * kSecond);
    co_return errorf("part 2: ", kFirst);
  });
  const Error err = co_await group.wait();
  println(err, errors_is(err, kFirst), cause(ctx) == err, now().ns == kSecond.ns);
}

Task<> wait_cancels() {
  const auto [group, ctx] = errgroup::with_context(background());
  group.go(succeed);
  const Error before = ctx.err();
  const Error err = co_await group.wait();
  println(before, err, ctx.err(), cause(ctx));
}

Task<> parent_cancels() {
  const auto [parent, cancel] = with_cancel(background());
  const auto [group, ctx] = errgroup::with_context(parent);
  group.go([ctx]() -> Task<Error> {
    co_await ctx.done().recv();
    co_return ctx.err();
  });
  cancel();
  const Error err = co_await group.wait();
  println(err == kCanceled, cause(ctx));
}

Task<> limited() {
  const errgroup::Group group;
  group.set_limit(2);
  const Mutex mutex;
  const Shared<int64_t> running;
  const Shared<int64_t> most;
  const auto count = [](Mutex lock, Shared<int64_t> runs, Shared<int64_t> peak,
                        int64_t delta) -> Task<> {
    co_await lock.lock();
    const int64_t after = co_await runs.load() + delta;
    co_await runs.store(after);
    const int64_t before = co_await peak.load();
    if (after > before) co_await peak.store(after);
    lock.unlock();
  };
  for (int64_t i = 0; i < 6; ++i) {
    const auto part = [=]() -> Task<Error> {
      co_await count(mutex, running, most, 1);
      co_await sleep_for(1 * kSecond);
      co_await count(mutex, running, most, -1);
      co_return nullptr;
    };
    co_await group.go(part);
  }
  const Error err = co_await group.wait();
  const int64_t peak = co_await most.load();
  println(err, peak, since(Instant{}));
}

Task<> try_at_the_limit() {
  const errgroup::Group group;
  group.set_limit(1);
  const auto wait = []() -> Task<Error> {
    co_await sleep_for(1 * kSecond);
    co_return nullptr;
  };
  const bool first = group.try_go(wait);
  const bool second = group.try_go(wait);
  const Error err = co_await group.wait();
  const bool third = group.try_go(wait);
  const Error again = co_await group.wait();
  println(first, second, third, err, again);
}

Task<> named_start() {
  const errgroup::Group group;
  group.set_limit(1);
  const Chan<std::string> out(3);
  const std::string text = "a text that does not fit into a small string";
  for (int i = 0; i < 3; ++i) {
    auto started = group.go([out, text]() -> Task<Error> {
      co_await gosched();
      co_await out.send(text);
      co_return nullptr;
    });
    co_await started;
  }
  const Error err = co_await group.wait();
  println(err, out.len());
}

Task<> limit_zero() {
  const errgroup::Group group;
  group.set_limit(0);
  println(group.try_go(succeed));
  co_await group.go(succeed);
}

Task<> limit_lifted() {
  const errgroup::Group group;
  group.set_limit(1);
  group.set_limit(-1);
  group.go(succeed);
  group.go(succeed);
  const Error err = co_await group.wait();
  println(err);
}

Task<> limit_changed_too_late() {
  const errgroup::Group group;
  group.set_limit(1);
  const auto wait = []() -> Task<Error> {
    co_await sleep_for(1 * kSecond);
    co_return nullptr;
  };
  co_await group.go(wait);
  group.set_limit(5);
  co_await gosched();
}

Task<> not_awaited_at_the_limit() {
  const errgroup::Group group;
  group.set_limit(1);
  group.go([]() -> Task<Error> {
    co_await sleep_for(1 * kSecond);
    co_return nullptr;
  });
  group.go(succeed);
  co_await gosched();
}

Task<> part_panics() {
  const errgroup::Group group;
  group.go([]() -> Task<Error> { co_await panic("out of cheese"); });
  co_await group.wait();
  println("never printed");
}

Task<> exits() {
  const errgroup::Group group;
  group.go([]() -> Task<Error> { co_await goexit(); });
  const Error err = co_await group.wait();
  println(err);
}

Task<> reused() {
  const errgroup::Group group;
  group.go([]() -> Task<Error> { co_return kFirst; });
  const Error first = co_await group.wait();
  group.go([]() -> Task<Error> { co_return kLater; });
  const Error second = co_await group.wait();
  println(first, second);
}

}  // namespace

TEST_CASE("Group.Wait: blocks until all functions have returned, and gives nil if none failed") {
  check_everywhere(all_succeed, "<nil> 10\n");
  check_everywhere(empty_group, "<nil>\n");
}

TEST_CASE("Group.Wait: gives the first error in time") {
  check_everywhere(first_error, "first true\n");
  check_everywhere(reused, "first first\n");
}

TEST_CASE("WithContext: the first error cancels the context, and is its cause") {
  check_everywhere(cancels_with_cause, "stopped: context canceled\npart 2: first true true true\n");
}

TEST_CASE("WithContext: the context is cancelled when Wait returns") {
  check_everywhere(wait_cancels, "<nil> <nil> context canceled context canceled\n");
}

TEST_CASE("WithContext: the context is cancelled with its parent") {
  check_everywhere(parent_cancels, "true context canceled\n");
}

TEST_CASE("Group.Go: blocks while the limit is reached") {
  check_everywhere(limited, "<nil> 2 3s\n");
  check_everywhere(named_start, "<nil> 3\n");
}

TEST_CASE("Group.TryGo: starts the function only below the limit") {
  check_everywhere(try_at_the_limit, "true false true <nil> <nil>\n");
}

TEST_CASE("Group.SetLimit: zero prevents any goroutine from being added") {
  check_fails_everywhere(limit_zero,
                         std::string(support::kDeadlock) + "goroutine 1 [chan send]:", "false\n");
}

TEST_CASE("Group.SetLimit: a negative value is no limit") {
  check_everywhere(limit_lifted, "<nil>\n");
}

TEST_CASE("Group.SetLimit: panics while goroutines are active") {
  check_fails_everywhere(
      limit_changed_too_late,
      "panic: errgroup: modify limit while 1 goroutines in the group are still active\n");
}

TEST_CASE("Group.Go: at the limit it must be awaited, which is checked") {
  check_fails_everywhere(not_awaited_at_the_limit,
                         "panic: errgroup: go() at its limit must be awaited\n");
}

TEST_CASE("Group.Go: a panic in a function ends the process from its own goroutine") {
  check_fails_everywhere(part_panics, "panic: out of cheese\n\ngoroutine 2 [running]:");
}

TEST_CASE("Group.Go: a function that calls Goexit has not failed") {
  check_everywhere(exits, "<nil>\n");
}
