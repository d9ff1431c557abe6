#include "engine/sync/context.h"

#include <catch_amalgamated.hpp>
#include <string>

#include "engine/sync/select.h"
#include "engine/sync/wait_group.h"
#include "tests/support/schedules.h"

using namespace engine;
using support::check_everywhere;
using support::check_fails_everywhere;
using support::simulate;

// Each case cites the rule of Go's package context that it tests.

namespace {

constexpr Sentinel kBoom("boom");
constexpr Sentinel kSlow("too slow");

Task<> times_out() {
  const auto [ctx, cancel] = with_timeout(background(), 2 * kSecond);
  println(*ctx.deadline() == Instant{} + 2 * kSecond, ctx.err());
  co_await ctx.done().recv();
  println(ctx.err(), cause(ctx), since(Instant{}));
  cancel();
  println(ctx.err());
}

Task<> beats_the_deadline() {
  const auto [ctx, cancel] = with_timeout(background(), 2 * kSecond);
  Chan<int64_t> results;
  go([results]() -> Task<> {
    co_await sleep_for(1 * kSecond);
    co_await results.send(42);
  });
  auto won = co_await select(ctx.done().recv(), results.recv());
  println(won.index(), *won.get<1>());
  cancel();
  println(ctx.err(), cause(ctx), here().queue.size());
}

Task<> past_deadlines() {
  co_await sleep_for(5 * kSecond);
  const auto [ctx, cancel] = with_deadline_cause(background(), Instant{} + 3 * kSecond, kBoom);
  println(ctx.err(), cause(ctx), *ctx.deadline() - Instant{});
  const auto [none, cancel_none] = with_timeout(background(), Duration{});
  const auto [negative, cancel_negative] = with_timeout(background(), -2 * kSecond);
  println(none.err(), negative.err(), *negative.deadline() - Instant{});
  cancel();
  println(cause(ctx), here().queue.size());
}

Task<> later_than_the_parents() {
  const auto [parent, cancel_parent] = with_timeout_cause(background(), 1 * kSecond, kSlow);
  const auto [child, cancel] = with_timeout_cause(parent, 5 * kSecond, kBoom);
  println(*child.deadline() - Instant{}, here().queue.size());
  co_await child.done().recv();
  println(child.err(), cause(child), since(Instant{}));
}

Task<> earlier_than_the_parents() {
  const auto [parent, cancel_parent] = with_timeout_cause(background(), 5 * kSecond, kBoom);
  const auto [child, cancel] = with_timeout_cause(parent, 1 * kSecond, kSlow);
  println(*child.deadline() - Instant{}, here().queue.size());
  co_await child.done().recv();
  println(child.err(), cause(child), parent.err());
  cancel_parent();
  println(cause(child), cause(parent), here().queue.size());
}

Task<> of_a_cancelled_parent() {
  const auto [parent, cancel_parent] = with_cancel_cause(background());
  cancel_parent(kBoom);
  const auto [child, cancel] = with_timeout(parent, 5 * kSecond);
  println(child.err(), cause(child), here().queue.size());
  const auto [past, cancel_past] = with_timeout(parent, -1 * kSecond);
  println(past.err(), cause(past));
  co_return;
}

Task<> cause_of_a_timeout() {
  const auto [slow, cancel_slow] = with_timeout_cause(background(), 1 * kSecond, kSlow);
  const auto [quick, cancel_quick] = with_timeout_cause(background(), 9 * kSecond, kSlow);
  cancel_quick();
  co_await slow.done().recv();
  println(slow.err(), cause(slow));
  println(quick.err(), cause(quick));
}

Task<> far_deadlines() {
  const auto [ctx, cancel] = with_timeout(background(), Duration{INT64_MAX});
  const auto [end, cancel_end] = with_deadline(background(), kEndOfTime);
  println(ctx.err(), here().queue.size());
  cancel();
  cancel_end();
  println(ctx.err(), here().queue.size());
  co_return;
}

Task<> runs_after() {
  const auto [ctx, cancel] = with_cancel(background());
  WaitGroup wg;
  wg.add(1);
  const StopFunc stop = after_func(ctx, [ctx, wg]() -> Task<> {
    println("cleaning up:", ctx.err());
    wg.done();
    co_return;
  });
  const StopFunc unwanted = after_func(ctx, []() -> Task<> {
    println("never printed");
    co_return;
  });
  const bool stopped = unwanted();
  println(stopped, unwanted());
  cancel();
  co_await wg.wait();
  println(stop());
}

Task<> runs_after_the_end() {
  const auto [ctx, cancel] = with_cancel(background());
  cancel();
  Chan<None> done(1);
  const StopFunc stop = after_func(ctx, [done]() -> Task<> { co_await done.send(None{}); });
  println(stop());
  co_await done.recv();
  const StopFunc never = after_func(background(), []() -> Task<> { co_return; });
  const bool stopped = never();
  println(stopped, never());
}

Task<> runs_after_a_deadline() {
  Chan<Instant> times(2);
  {
    // Nobody keeps the contexts or the means to stop.
    const auto [ctx, cancel] = with_timeout(background(), 1 * kSecond);
    after_func(ctx, [times]() -> Task<> { co_await times.send(now()); });
    const auto [child, cancel_child] = with_cancel(ctx);
    after_func(child, [times]() -> Task<> { co_await times.send(now()); });
  }
  const auto one = co_await times.recv();
  const auto two = co_await times.recv();
  println(*one - Instant{}, *two - Instant{});
}

// As sync.Cond with a context, in the examples of context.AfterFunc.
Task<> interrupts_a_wait() {
  const auto [ctx, cancel] = with_timeout(background(), 1 * kSecond);
  Chan<None> woken;
  const StopFunc stop = after_func(ctx, [woken]() -> Task<> {
    woken.close();
    co_return;
  });
  co_await woken.recv();
  println(stop(), ctx.err());
}

Task<> pending_deadline() {
  const auto dropped_deadline = with_timeout(background(), 3 * kSecond);
  co_await Chan<None>::nil().recv();
}

Task<> waits_for_ever() {
  const auto [ctx, cancel] = with_cancel(background());
  co_await ctx.done().recv();
}

Task<> cancelled_deadline() {
  const auto [ctx, cancel] = with_timeout(background(), 3 * kSecond);
  cancel();
  co_await Chan<None>::nil().recv();
}

Task<> left_pending() {
  const auto left = with_timeout(background(), 3 * kSecond);
  const auto kept = with_timeout(background(), 5 * kSecond);
  after_func(left.context, []() -> Task<> { co_return; });
  go([ctx = kept.context]() -> Task<> { co_await ctx.done().recv(); });
  co_await sleep_for(1 * kSecond);
}

}  // namespace

TEST_CASE("WithTimeout: cancels when the time is up") {
  check_everywhere(times_out,
                   "true <nil>\ncontext deadline exceeded context deadline exceeded 2s\n"
                   "context deadline exceeded\n");
}

TEST_CASE("WithTimeout: cancelling releases the timer") {
  check_everywhere(beats_the_deadline, "1 42\ncontext canceled context canceled 0\n");
}

TEST_CASE("WithDeadline: a deadline that has passed cancels at once") {
  check_everywhere(past_deadlines,
                   "context deadline exceeded boom 3s\n"
                   "context deadline exceeded context deadline exceeded 3s\nboom 0\n");
}

TEST_CASE("WithDeadline: a deadline later than the parent's is the parent's") {
  check_everywhere(later_than_the_parents, "1s 1\ncontext deadline exceeded too slow 1s\n");
}

TEST_CASE("WithDeadline: an earlier deadline is the child's own") {
  check_everywhere(earlier_than_the_parents,
                   "1s 2\ncontext deadline exceeded too slow <nil>\n"
                   "too slow context canceled 0\n");
}

TEST_CASE("WithDeadline: a child of a cancelled context is cancelled for the same reason") {
  check_everywhere(of_a_cancelled_parent, "context canceled boom 0\ncontext canceled boom\n");
}

TEST_CASE("WithTimeoutCause: the cause is that of the timeout only") {
  check_everywhere(cause_of_a_timeout,
                   "context deadline exceeded too slow\ncontext canceled context canceled\n");
}

TEST_CASE("WithTimeout: a deadline beyond the end of time is just before it") {
  check_everywhere(far_deadlines, "<nil> 2\ncontext canceled 0\n");
}

TEST_CASE("AfterFunc: starts the function after the end unless it is stopped") {
  check_everywhere(runs_after, "true false\ncleaning up: context canceled\nfalse\n");
}

TEST_CASE("AfterFunc: of a cancelled context it starts at once, of the background never") {
  check_everywhere(runs_after_the_end, "false\ntrue false\n");
}

TEST_CASE("AfterFunc: runs although nobody keeps the context") {
  check_everywhere(runs_after_a_deadline, "1s 1s\n");
}

TEST_CASE("AfterFunc: interrupts a wait") {
  check_everywhere(interrupts_a_wait, "false context deadline exceeded\n");
}

TEST_CASE("a pending deadline keeps its process from being found deadlocked, until it has passed") {
  for (const RunOptions& options : support::schedules()) {
    const auto outcome = simulate(pending_deadline, options);
    CHECK(outcome.now == Instant{} + 3 * kSecond);
    CHECK_THAT(outcome.err, Catch::Matchers::StartsWith(std::string(support::kDeadlock) +
                                                        "goroutine 1 [chan receive (nil chan)]:"));
  }
  CHECK(simulate(cancelled_deadline).now == Instant{});
  check_fails_everywhere(waits_for_ever,
                         std::string(support::kDeadlock) + "goroutine 1 [chan receive]:");
}

TEST_CASE("when its process ends, nothing of a context is left") {
  check_everywhere(left_pending, "");
  const auto run = support::start(left_pending);
  while (run->now() < Instant{} + 1 * kSecond && run->world().state().queue.size() < 2) run->step();
  CHECK(run->apply("kill 1", run->now()));
  CHECK(support::residue_of(*run) == support::Residue{});
}
