// The twins of cases/context.go.

#include "engine/sync/context.h"

#include <string>

#include "engine/sync/chan.h"
#include "engine/sync/error.h"
#include "engine/sync/select.h"
#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

constexpr Duration kHour = 3600 * kSecond;

Task<> context_background() {
  for (const Context& ctx : {background(), todo()}) {
    println(ctx.done().is_nil(), ctx.err(), ctx.deadline().has_value());
  }
  co_return;
}

Task<> context_cancel() {
  const auto [ctx, cancel] = with_cancel(background());
  println(ctx.err());
  cancel();
  co_await ctx.done().recv();
  println("done");
  println(ctx.err(), ctx.err() == kCanceled);
}

Task<> context_cancel_twice() {
  const auto [ctx, cancel] = with_cancel(background());
  cancel();
  cancel();
  println(ctx.err());
  co_return;
}

Task<> context_done_for_all() {
  const auto [ctx, cancel] = with_cancel(background());
  Chan<Error> stopped(3);
  for (int i = 0; i < 3; ++i) {
    go(
        [stopped](Context context) -> Task<> {
          co_await context.done().recv();
          co_await stopped.send(context.err());
        },
        ctx);
  }
  co_await pause();
  cancel();
  int count = 0;
  for (int i = 0; i < 3; ++i) {
    const auto err = co_await stopped.recv();
    if (*err == kCanceled) ++count;
  }
  println(count, "stopped");
}

Task<> context_parent_cancels_child() {
  const auto [parent, cancel] = with_cancel(background());
  const auto [child, cancel_child] = with_cancel(parent);
  const auto [grandchild, cancel_grandchild] = with_cancel(child);
  cancel();
  co_await grandchild.done().recv();
  println(child.err(), grandchild.err());
  cancel_grandchild();
  cancel_child();
}

Task<> context_child_leaves_parent() {
  const auto [parent, cancel] = with_cancel(background());
  const auto [first, cancel_first] = with_cancel(parent);
  const auto [second, cancel_second] = with_cancel(parent);
  cancel_first();
  println(parent.err(), second.err(), first.err());
  cancel_second();
  cancel();
  co_return;
}

Task<> context_child_of_canceled() {
  const auto [parent, cancel] = with_cancel(background());
  cancel();
  const auto [child, cancel_child] = with_cancel(parent);
  co_await child.done().recv();
  println(child.err());
  cancel_child();
}

Task<> context_timeout() {
  const auto [ctx, cancel] = with_timeout(background(), 20 * kMillisecond);
  co_await ctx.done().recv();
  println(ctx.err(), ctx.err() == kDeadlineExceeded);
  cancel();
}

Task<> context_cancel_before_timeout() {
  const auto [ctx, cancel] = with_timeout(background(), 20 * kMillisecond);
  cancel();
  println(ctx.err());
  co_await pause();
  co_await pause();
  println(ctx.err());
}

Task<> context_timeout_passed() {
  const auto [ctx, cancel] = with_timeout(background(), Duration{});
  println(ctx.err());
  cancel();
  co_return;
}

Task<> context_earlier_deadline() {
  const Instant start = now();
  const auto [parent, cancel] = with_deadline(background(), start + kHour);
  const auto [later, cancel_later] = with_deadline(parent, start + 2 * kHour);
  const auto [sooner, cancel_sooner] = with_deadline(parent, start + 60 * kSecond);
  const auto a = later.deadline(), b = sooner.deadline();
  println(a.has_value(), *a == start + kHour, *b == start + 60 * kSecond);
  cancel_sooner();
  cancel_later();
  cancel();
  co_return;
}

Task<> context_parent_timeout() {
  const auto [parent, cancel] = with_timeout(background(), 20 * kMillisecond);
  const auto [child, cancel_child] = with_timeout(parent, kHour);
  co_await child.done().recv();
  println(parent.err(), child.err());
  cancel_child();
  cancel();
}

Task<> context_child_timeout() {
  const auto [parent, cancel] = with_cancel(background());
  const auto [child, cancel_child] = with_timeout(parent, 20 * kMillisecond);
  co_await child.done().recv();
  println(child.err(), parent.err());
  cancel_child();
  cancel();
}

Task<> context_in_select() {
  const auto [ctx, cancel] = with_timeout(background(), 40 * kMillisecond);
  Chan<std::string> work(1);
  co_await work.send("work");
  while (true) {
    auto won = co_await select(work.recv(), ctx.done().recv());
    if (won.index() == 1) break;
    println(*won.get<0>());
  }
  println("given up:", ctx.err());
  cancel();
}

Task<> context_cause() {
  const auto [ctx, cancel] = with_cancel_cause(background());
  cancel(errors_new("disk full"));
  println(ctx.err());
  println(cause(ctx));
  co_return;
}

Task<> context_nil_cause() {
  const auto [ctx, cancel] = with_cancel_cause(background());
  println(cause(ctx));
  cancel(nullptr);
  println(cause(ctx));
  co_return;
}

Task<> context_first_cause() {
  const auto [ctx, cancel] = with_cancel_cause(background());
  cancel(errors_new("first"));
  cancel(errors_new("second"));
  println(cause(ctx));
  co_return;
}

Task<> context_cause_of_parent() {
  const auto [parent, cancel] = with_cancel_cause(background());
  const auto [child, cancel_child] = with_timeout(parent, kHour);
  cancel(errors_new("from above"));
  println(cause(child));
  cancel_child();
  co_return;
}

Task<> context_cause_of_child() {
  const auto [parent, cancel] = with_cancel_cause(background());
  const auto [child, cancel_child] = with_cancel_cause(parent);
  cancel_child(errors_new("own"));
  cancel(errors_new("above"));
  println(cause(child), cause(parent));
  co_return;
}

Task<> context_timeout_cause() {
  const auto [ctx, cancel] =
      with_timeout_cause(background(), 20 * kMillisecond, errors_new("too slow"));
  co_await ctx.done().recv();
  println(ctx.err());
  println(cause(ctx));
  cancel();
}

Task<> context_deadline_cause_unused() {
  const auto [ctx, cancel] =
      with_deadline_cause(background(), now() + kHour, errors_new("too slow"));
  cancel();
  println(cause(ctx));
  co_return;
}

constexpr ContextKey<std::string> kLevel("level"), kUser("user"), kNone("none");

Task<> context_value() {
  const Context outer = with_value(background(), kLevel, "outer");
  const Context user = with_value(outer, kUser, "ann");
  const Context inner = with_value(user, kLevel, "inner");
  println(*inner.value(kLevel), *inner.value(kUser), !inner.value(kNone).has_value());
  println(*outer.value(kLevel));
  co_return;
}

Task<> context_value_and_cancel() {
  const auto [parent, cancel] = with_cancel(background());
  const Context named = with_value(parent, kUser, "ann");
  const auto [child, cancel_child] = with_timeout(named, kHour);
  println(*child.value(kUser));
  cancel();
  co_await child.done().recv();
  println(named.err());
  cancel_child();
}

Task<> context_without_cancel() {
  const auto [parent, cancel] = with_timeout(background(), kHour);
  const Context named = with_value(parent, kUser, "ann");
  const Context free = without_cancel(named);
  cancel();
  println(*free.value(kUser), free.err(), free.done().is_nil(), free.deadline().has_value());
  co_return;
}

Task<> context_after_func() {
  const auto made = with_cancel(background());
  Chan<bool> called;
  after_func(made.context, [ctx = made.context, called]() -> Task<> {
    println("called:", ctx.err());
    co_await called.send(true);
  });
  co_await pause();
  println("canceling");
  made.cancel();
  co_await called.recv();
}

Task<> context_after_func_late() {
  const auto [ctx, cancel] = with_cancel(background());
  cancel();
  Chan<bool> called;
  after_func(ctx, [called]() -> Task<> { co_await called.send(true); });
  co_await called.recv();
  println("called");
}

Task<> context_after_func_stop() {
  const auto [ctx, cancel] = with_cancel(background());
  const StopFunc stop = after_func(ctx, []() -> Task<> {
    println("never");
    co_return;
  });
  const bool first = stop();
  println(first, stop());
  cancel();
  co_await pause();
}

Task<> context_after_func_stop_too_late() {
  const auto [ctx, cancel] = with_cancel(background());
  Chan<bool> called;
  const StopFunc stop = after_func(ctx, [called]() -> Task<> { co_await called.send(true); });
  cancel();
  co_await called.recv();
  println(stop());
}

Task<> context_after_func_many() {
  const auto [ctx, cancel] = with_cancel(background());
  WaitGroup group;
  for (int i = 1; i <= 3; ++i) {
    group.add(1);
    after_func(ctx, [group, i]() -> Task<> {
      const Defer done([&] { group.done(); });
      println(i);
      co_return;
    });
  }
  cancel();
  co_await group.wait();
}

Task<> context_after_func_timeout() {
  const auto [ctx, cancel] = with_timeout(background(), 20 * kMillisecond);
  Chan<bool> called;
  after_func(ctx, [called]() -> Task<> { co_await called.send(true); });
  co_await called.recv();
  println("called:", ctx.err());
  cancel();
}

Task<> context_errors_is() {
  const auto [ctx, cancel] = with_timeout(background(), 10 * kMillisecond);
  co_await ctx.done().recv();
  const Error err = errorf("fetch: ", ctx.err());
  println(err);
  println(errors_is(err, kDeadlineExceeded), errors_is(err, kCanceled));
  cancel();
}

Task<> context_background_done() {
  co_await background().done().recv();
}

Task<> context_nobody_cancels() {
  const auto [ctx, cancel] = with_cancel(background());
  co_await ctx.done().recv();
  cancel();
}

Task<> context_stops_worker() {
  const auto made = with_cancel(background());
  Chan<int> numbers;
  Chan<bool> done;
  go([ctx = made.context, numbers, done]() -> Task<> {
    const Defer closed([&] { done.close(); });
    for (int n = 0;; ++n) {
      const auto won = co_await select(numbers.send(n), ctx.done().recv());
      if (won.index() == 0) continue;
      println("stopped:", ctx.err());
      co_return;
    }
  });
  while (true) {
    const auto n = co_await numbers.recv();
    if (*n >= 5) break;
  }
  made.cancel();
  co_await done.recv();
}

Task<> context_deadline_cause_passed() {
  const auto [ctx, cancel] = with_deadline_cause(background(), now(), errors_new("too late"));
  println(ctx.err());
  println(cause(ctx));
  cancel();
  co_return;
}

Task<> context_cause_of_free() {
  const auto [parent, cancel] = with_cancel_cause(background());
  cancel(errors_new("above"));
  println(cause(without_cancel(parent)), cause(background()));
  co_return;
}

Task<> context_deadline_then_deadlock() {
  const auto made = with_timeout(background(), 20 * kMillisecond);
  after_func(made.context, [ctx = made.context]() -> Task<> {
    println(ctx.err());
    co_return;
  });
  Chan<int> ch;
  co_await ch.recv();
}

constexpr Case kCases[] = {
    {"context_background", context_background},
    {"context_cancel", context_cancel},
    {"context_cancel_twice", context_cancel_twice},
    {"context_done_for_all", context_done_for_all},
    {"context_parent_cancels_child", context_parent_cancels_child},
    {"context_child_leaves_parent", context_child_leaves_parent},
    {"context_child_of_canceled", context_child_of_canceled},
    {"context_timeout", context_timeout},
    {"context_cancel_before_timeout", context_cancel_before_timeout},
    {"context_timeout_passed", context_timeout_passed},
    {"context_earlier_deadline", context_earlier_deadline},
    {"context_parent_timeout", context_parent_timeout},
    {"context_child_timeout", context_child_timeout},
    {"context_in_select", context_in_select},
    {"context_cause", context_cause},
    {"context_nil_cause", context_nil_cause},
    {"context_first_cause", context_first_cause},
    {"context_cause_of_parent", context_cause_of_parent},
    {"context_cause_of_child", context_cause_of_child},
    {"context_timeout_cause", context_timeout_cause},
    {"context_deadline_cause_unused", context_deadline_cause_unused},
    {"context_value", context_value},
    {"context_value_and_cancel", context_value_and_cancel},
    {"context_without_cancel", context_without_cancel},
    {"context_after_func", context_after_func},
    {"context_after_func_late", context_after_func_late},
    {"context_after_func_stop", context_after_func_stop},
    {"context_after_func_stop_too_late", context_after_func_stop_too_late},
    {"context_after_func_many", context_after_func_many},
    {"context_after_func_timeout", context_after_func_timeout},
    {"context_errors_is", context_errors_is},
    {"context_background_done", context_background_done},
    {"context_nobody_cancels", context_nobody_cancels},
    {"context_stops_worker", context_stops_worker},
    {"context_deadline_cause_passed", context_deadline_cause_passed},
    {"context_cause_of_free", context_cause_of_free},
    {"context_deadline_then_deadlock", context_deadline_then_deadlock},
};

}  // namespace

std::span<const Case> context_cases() {
  return kCases;
}

}  // namespace conformance
