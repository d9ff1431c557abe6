#include "engine/sync/context.h"

#include <catch_amalgamated.hpp>
#include <string>
#include <vector>

#include "engine/sync/wait_group.h"
#include "engine/task/leaks.h"
#include "tests/support/schedules.h"

using namespace engine;
using support::check_everywhere;
using support::check_fails_everywhere;
using support::count_objects;
using support::simulate;

// Each case cites the rule of Go's package context that it tests.

namespace {

constexpr Sentinel kBoom("boom");
constexpr Sentinel kSlow("too slow");
constexpr ContextKey<std::string> kUser("user");
constexpr ContextKey<std::string> kRoom("room");
constexpr ContextKey<int64_t> kDepth("depth");

Task<> empty_contexts() {
  const Context ctx = background();
  println(ctx.done().is_nil(), ctx.err(), cause(ctx), ctx.deadline().has_value());
  println(todo().done().is_nil(), ctx.value(kUser).has_value(), Context() == background());
  co_return;
}

Task<> cancelled() {
  const auto [ctx, cancel] = with_cancel(background());
  println(ctx.err(), cause(ctx), ctx.done() == ctx.done());
  cancel();
  const auto value = co_await ctx.done().recv();
  println(value.has_value(), ctx.err(), cause(ctx));
  cancel();
  println(ctx.err() == kCanceled);
}

Task<> wakes_waiters() {
  const auto [ctx, cancel] = with_cancel(background());
  WaitGroup wg;
  for (int64_t i = 0; i < 3; ++i) {
    wg.go([ctx]() -> Task<> {
      co_await ctx.done().recv();
      println(ctx.err());
    });
  }
  co_await gosched();
  cancel();
  co_await wg.wait();
}

Task<> tree() {
  const auto [root, cancel_root] = with_cancel(background());
  const auto [left, cancel_left] = with_cancel(root);
  const auto [right, cancel_right] = with_cancel(root);
  const auto [leaf, cancel_leaf] = with_cancel(left);
  const Context named = with_value(leaf, kUser, "ann");
  println(named.done() == leaf.done());
  cancel_left();
  println(root.err(), left.err(), right.err(), leaf.err(), named.err());
  cancel_root();
  println(root.err(), right.err());
  const auto [late, cancel_late] = with_cancel(named);
  println(late.err());
  co_return;
}

// The children are cancelled in the order they were made.
Task<> order_of_children() {
  const auto [root, cancel] = with_cancel(background());
  const auto [first, cancel_first] = with_cancel(root);
  const auto [second, cancel_second] = with_cancel(root);
  const auto [below, cancel_below] = with_cancel(first);
  WaitGroup wg;
  const auto report = [](Context ctx, std::string name, WaitGroup group) -> Task<> {
    co_await ctx.done().recv();
    println(name);
    group.done();
  };
  wg.add(4);
  go(report, second, std::string("second"), wg);
  go(report, below, std::string("below the first"), wg);
  go(report, first, std::string("first"), wg);
  go(report, root, std::string("root"), wg);
  co_await gosched();
  cancel();
  co_await wg.wait();
}

Task<> causes() {
  const auto [root, cancel_root] = with_cancel_cause(background());
  const auto [child, cancel_child] = with_cancel(root);
  cancel_root(kBoom);
  println(root.err(), cause(root), child.err(), cause(child));
  cancel_root(kSlow);
  println(cause(root));
  const auto [other, cancel_other] = with_cancel_cause(background());
  cancel_other(nullptr);
  println(other.err(), cause(other));
  const auto [late, cancel_late] = with_cancel(root);
  println(late.err(), cause(late));
  co_return;
}

// The first cause counts: the child's own, given before its parent's.
Task<> own_cause() {
  const auto [root, cancel_root] = with_cancel_cause(background());
  const auto [child, cancel_child] = with_cancel_cause(root);
  cancel_child(kSlow);
  cancel_root(kBoom);
  println(cause(child), cause(root));
  co_return;
}

Task<> values() {
  const Context named = with_value(background(), kUser, "ann");
  const auto [ctx, cancel] = with_cancel(named);
  const Context inner = with_value(with_value(ctx, kDepth, 3), kRoom, "attic");
  const Context shadowed = with_value(inner, kUser, "bob");
  println(*inner.value(kUser), *inner.value(kRoom), *inner.value(kDepth), *shadowed.value(kUser));
  println(named.value(kRoom).has_value(), named.err(), named.done().is_nil());
  co_return;
}

Task<> detached() {
  const auto [root, cancel] = with_timeout(background(), 1 * kSecond);
  const Context ctx = without_cancel(with_value(root, kUser, "ann"));
  const auto [below, cancel_below] = with_cancel(ctx);
  cancel();
  println(ctx.err(), cause(ctx), ctx.done().is_nil(), ctx.deadline().has_value());
  println(*ctx.value(kUser), below.err(), below.deadline().has_value());
  println(without_cancel(background()) == background());
  co_return;
}

// Who only has the channel learns of the end.
Task<> only_the_channel() {
  const auto [root, cancel] = with_cancel(background());
  const auto derive_done = [](Context parent) {
    const auto [child, cancel_child] = with_cancel(parent);
    return child.done();
  };
  const Chan<None> done = derive_done(root);
  cancel();
  const auto value = co_await done.recv();
  println(value.has_value());
}

Task<> dropped() {
  const int64_t before = count_objects();
  const auto [root, cancel] = with_cancel(background());
  const int64_t with_root = count_objects();
  for (int i = 0; i < 100; ++i) {
    const auto [child, cancel_child] = with_cancel(root);
    const auto [leaf, cancel_leaf] = with_timeout(with_value(child, kDepth, 1), 1 * kSecond);
    cancel_leaf();
    if (i % 2 == 0) cancel_child();
  }
  println(count_objects() == with_root, with_root > before, here().queue.size());
  {
    const auto [chain, cancel_chain] = with_cancel(with_value(background(), kUser, "ann"));
    const StopFunc stop = after_func(chain, []() -> Task<> { co_return; });
  }
  println(count_objects() == with_root);
  {
    const auto [ctx, cancel_ctx] = with_timeout(root, 1 * kSecond);
  }
  println(count_objects() > with_root, here().queue.size());
  co_await sleep_for(2 * kSecond);
  println(count_objects() == with_root, here().queue.size());
}

Task<> waits_for_contexts() {
  const auto wait = [](Context ctx) -> Task<> {
    const Context alias = ctx;
    co_await alias.done().recv();
  };
  const auto [held, cancel] = with_cancel(background());
  go(wait, held);
  go(wait, with_cancel(held).context).set_name("child of one that is held");
  go(wait, with_cancel(background()).context).set_name("forgotten");
  {
    const auto [ctx, cancel_ctx] = with_timeout(background(), 9 * kSecond);
    go(wait, with_cancel(ctx).context).set_name("child of one with a deadline");
  }
  co_await sleep_for(1 * kSecond);
  cancel();
}

Task<> doomed_cancel() {
  const auto [ctx, cancel] = with_cancel(background());
  go([ctx, cancel]() -> Task<> {
    const Defer deferred([ctx] { println("in deferred work:", ctx.err()); });
    Chan<int64_t>::nil().close();
    cancel();
    co_await gosched();
  });
  co_await ctx.done().recv();
}

Task<> deferred_cancel() {
  const auto [ctx, cancel] = with_cancel(background());
  const auto fails = [](CancelFunc cancel_it) -> Task<> {
    const Defer deferred([&] { cancel_it(); });
    co_await panic("out of cheese");
  };
  const auto result = co_await recovered(fails(cancel));
  println(result.panic, ctx.err());
}

}  // namespace

TEST_CASE("Background: never cancelled, no values, no deadline") {
  check_everywhere(empty_contexts, "true <nil> <nil> false\ntrue false true\n");
}

TEST_CASE("WithCancel: cancel closes Done, then Err says why; cancelling again does nothing") {
  check_everywhere(cancelled, "<nil> <nil> true\nfalse context canceled context canceled\ntrue\n");
}

TEST_CASE("Context.Done: every waiter wakes") {
  check_everywhere(wakes_waiters, "context canceled\ncontext canceled\ncontext canceled\n");
}

TEST_CASE("WithCancel: children are cancelled with their parent, and not the other way round") {
  check_everywhere(tree,
                   "true\n<nil> context canceled <nil> context canceled context canceled\n"
                   "context canceled context canceled\ncontext canceled\n");
}

TEST_CASE("WithCancel: contexts are cancelled from the root down, in order of creation") {
  CHECK(simulate(order_of_children).out == "root\nfirst\nbelow the first\nsecond\n");
}

TEST_CASE("WithCancelCause: the first cause counts, and children inherit it") {
  check_everywhere(causes,
                   "context canceled boom context canceled boom\nboom\n"
                   "context canceled context canceled\ncontext canceled boom\n");
  check_everywhere(own_cause, "too slow boom\n");
}

TEST_CASE("WithValue: the nearest value for the key, through contexts of any kind") {
  check_everywhere(values, "ann attic 3 bob\nfalse <nil> true\n");
}

TEST_CASE("WithoutCancel: keeps the values, but not the cancellation or the deadline") {
  check_everywhere(detached, "<nil> <nil> true false\nann <nil> false\ntrue\n");
}

TEST_CASE("Context.Done: closes although nobody keeps the context") {
  check_everywhere(only_the_channel, "false\n");
}

TEST_CASE("a context that nobody can reach is gone, one with a deadline once it has passed") {
  check_everywhere(dropped, "true true 0\ntrue\ntrue 1\ntrue 0\n");
}

TEST_CASE("a goroutine that waits for a context which nobody can cancel is leaked") {
  const auto run = support::start(waits_for_contexts);
  while (run->steps() < 5) REQUIRE(run->step());
  const std::vector<TaskId> leaks = find_leaks(run->world());
  REQUIRE(leaks.size() == 1);
  CHECK_THAT(leak_report(run->world()),
             Catch::Matchers::StartsWith("goroutine 4 [chan receive (leaked)]:\nforgotten()"));
}

TEST_CASE("a goroutine that has panicked cancels nothing but in its deferred work") {
  check_fails_everywhere(doomed_cancel, "panic: close of nil channel", "in deferred work: <nil>\n");
  check_everywhere(deferred_cancel, "out of cheese context canceled\n");
}
