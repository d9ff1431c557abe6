// The twins of cases/once.go.

#include "engine/sync/once.h"

#include <string>
#include <tuple>

#include "engine/sync/atomic.h"
#include "engine/sync/chan.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<> says_once() {
  println("once");
  co_return;
}
Task<> says_never() {
  println("never");
  co_return;
}

Task<> once_runs_once() {
  Once once;
  for (int i = 0; i < 3; ++i) co_await once.run(says_once);
  println("end");
}

Task<> says_first() {
  println("first");
  co_return;
}
Task<> once_is_per_once() {
  Once once;
  co_await once.run(says_first);
  co_await once.run(says_never);
}

Task<> begins_and_ends() {
  println("begins");
  co_await pause();
  println("ends");
}
Task<> once_others_wait() {
  Once once;
  WaitGroup group;
  Atomic<int> passed;
  for (int i = 0; i < 3; ++i) {
    group.add(1);
    go([once, group, passed]() -> Task<> {
      const Defer done([&] { group.done(); });
      co_await once.run(begins_and_ends);
      co_await passed.add(1);
    });
  }
  co_await group.wait();
  const int all = co_await passed.load();
  println(all, "after");
}

Task<> once_many_goroutines() {
  Once once;
  WaitGroup group;
  Atomic<int> calls;
  for (int i = 0; i < 20; ++i) {
    group.add(1);
    go([once, group, calls]() -> Task<> {
      const Defer done([&] { group.done(); });
      const auto counts = [calls]() -> Task<> { co_await calls.add(1); };
      co_await once.run(counts);
    });
  }
  co_await group.wait();
  const int all = co_await calls.load();
  println(all);
}

Task<> fails() {
  co_await panic("failed");
}
Task<> runs_what_fails(Once once) {
  co_await once.run(fails);
}
Task<> once_panics() {
  Once once;
  const auto result = co_await recovered(runs_what_fails(once));
  println("recovered:", result.panic);
  co_await once.run(says_never);
  println("not again");
}

Task<> once_recursive() {
  Once once;
  const auto recursive = [once]() -> Task<> { co_await once.run(says_never); };
  co_await once.run(recursive);
}

Task<> says_inner() {
  println("inner");
  co_return;
}
Task<> once_nested() {
  Once outer, inner;
  const auto nested = [inner]() -> Task<> {
    println("outer");
    co_await inner.run(says_inner);
  };
  co_await outer.run(nested);
  co_await inner.run(says_never);
}

Task<> once_func_case() {
  const auto f = once_func(says_once);
  co_await f();
  co_await f();
  println("end");
}

Task<> runs_and_fails() {
  println("runs");
  co_await panic("failed");
}
Task<> once_func_panics() {
  const auto f = once_func(runs_and_fails);
  for (int i = 0; i < 2; ++i) {
    const auto result = co_await recovered(f());
    println("recovered:", result.panic);
  }
}

Task<> once_func_others_wait() {
  WaitGroup group;
  Atomic<bool> ready;
  Atomic<int> seen;
  const auto f = once_func([ready]() -> Task<> {
    co_await pause();
    co_await ready.store(true);
    println("ready");
  });
  for (int i = 0; i < 3; ++i) {
    group.add(1);
    go([group, ready, seen, f]() -> Task<> {
      const Defer done([&] { group.done(); });
      co_await f();
      const bool is_ready = co_await ready.load();
      if (is_ready) co_await seen.add(1);
    });
  }
  co_await group.wait();
  const int all = co_await seen.load();
  println(all);
}

Task<int> computes() {
  println("computing");
  co_return 42;
}
Task<> once_value_case() {
  const auto f = once_value(computes);
  const int first = co_await f();
  const int second = co_await f();
  println(first, second);
}

Task<int> computes_nothing() {
  co_await panic("no value");
  co_return 0;
}
Task<> once_value_panics() {
  const auto f = once_value(computes_nothing);
  for (int i = 0; i < 2; ++i) {
    const auto result = co_await recovered(f());
    println("recovered:", result.panic);
  }
}

Task<std::tuple<int, bool>> computes_two() {
  println("computing");
  const std::tuple<int, bool> both(7, true);
  co_return both;
}
Task<> once_values() {
  const auto f = once_value(computes_two);
  for (int i = 0; i < 2; ++i) {
    const auto [a, b] = co_await f();
    println(a, b);
  }
}

Task<> once_happens_before() {
  Once once;
  Shared<std::string> text;
  Chan<std::string> lines;
  for (int i = 0; i < 2; ++i) {
    go([once, text, lines]() -> Task<> {
      const auto sets = [text]() -> Task<> { co_await text.store("hello"); };
      co_await once.run(sets);
      const std::string got = co_await text.load();
      co_await lines.send(got);
    });
  }
  for (int i = 0; i < 2; ++i) {
    const auto line = co_await lines.recv();
    println(*line);
  }
}

Task<> says_left_and_leaves() {
  println("left");
  co_await goexit();
}
Task<> once_goexit() {
  Once once;
  WaitGroup group;
  group.go([once]() -> Task<> {
    co_await once.run(says_left_and_leaves);
    println("never");
  });
  co_await group.wait();
  co_await once.run(says_never);
  println("not again");
}

Task<> fails_late() {
  co_await pause();
  co_await pause();
  co_await panic("failed");
}
Task<> runs_what_fails_late(Once once) {
  co_await once.run(fails_late);
}
Task<> once_panics_under_waiters() {
  Once once;
  Chan<bool> waited;
  go([once, waited]() -> Task<> {
    const auto result = co_await recovered(runs_what_fails_late(once));
    println("recovered:", result.panic);
    co_await waited.send(true);
  });
  co_await pause();
  go([once, waited]() -> Task<> {
    co_await once.run(says_never);
    co_await waited.send(true);
  });
  co_await waited.recv();
  co_await waited.recv();
  println("goes on");
}

Task<> blocks() {
  Chan<int> ch;
  co_await ch.recv();
}
Task<> once_blocked() {
  Once once;
  go([once]() -> Task<> { co_await once.run(blocks); });
  co_await pause();
  co_await once.run(says_never);
}

constexpr Case kCases[] = {
    {"once_runs_once", once_runs_once},
    {"once_is_per_once", once_is_per_once},
    {"once_others_wait", once_others_wait},
    {"once_many_goroutines", once_many_goroutines},
    {"once_panics", once_panics},
    {"once_recursive", once_recursive},
    {"once_nested", once_nested},
    {"once_func", once_func_case},
    {"once_func_panics", once_func_panics},
    {"once_func_others_wait", once_func_others_wait},
    {"once_value", once_value_case},
    {"once_value_panics", once_value_panics},
    {"once_values", once_values},
    {"once_happens_before", once_happens_before},
    {"once_goexit", once_goexit},
    {"once_panics_under_waiters", once_panics_under_waiters},
    {"once_blocked", once_blocked},
};

}  // namespace

std::span<const Case> once_cases() {
  return kCases;
}

}  // namespace conformance
