// The twins of cases/waitgroup.go.

#include <array>
#include <string>

#include "engine/sync/atomic.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<> waitgroup_waits() {
  WaitGroup group;
  Atomic<int> done;
  group.add(3);
  for (int i = 0; i < 3; ++i) {
    go([group, done]() -> Task<> {
      const Defer counted([&] { group.done(); });
      co_await pause();
      co_await done.add(1);
    });
  }
  co_await group.wait();
  const int all = co_await done.load();
  println(all, "done");
}

Task<> waitgroup_zero() {
  WaitGroup group;
  co_await group.wait();
  println("at once");
}

Task<> waitgroup_negative_done() {
  WaitGroup group;
  group.add(1);
  group.done();
  group.done();
  co_return;
}

Task<> waitgroup_negative_add() {
  WaitGroup group;
  group.add(5);
  group.add(-5);
  co_await group.wait();
  println("zero");
  group.add(-1);
}

Task<> waitgroup_many_waiters() {
  WaitGroup work, waiters;
  work.add(1);
  for (int i = 0; i < 3; ++i) {
    waiters.add(1);
    go([work, waiters, i]() -> Task<> {
      const Defer done([&] { waiters.done(); });
      co_await work.wait();
      println("released", i);
    });
  }
  co_await pause();
  work.done();
  co_await waiters.wait();
}

Task<> waitgroup_reuse() {
  WaitGroup group;
  Atomic<int> done;
  for (int round = 1; round <= 2; ++round) {
    group.add(4);
    for (int i = 0; i < 4; ++i) {
      go([group, done]() -> Task<> {
        co_await done.add(1);
        group.done();
      });
    }
    co_await group.wait();
    const int all = co_await done.load();
    println(round, all);
  }
}

Task<> tree(WaitGroup group, Atomic<int> count, int depth) {
  const Defer done([&] { group.done(); });
  co_await count.add(1);
  if (depth == 1) co_return;
  group.add(2);
  go(tree, group, count, depth - 1);
  go(tree, group, count, depth - 1);
}
Task<> waitgroup_grows() {
  WaitGroup group;
  Atomic<int> count;
  group.add(1);
  go(tree, group, count, 4);
  co_await group.wait();
  const int all = co_await count.load();
  println(all);
}

Task<> waitgroup_go() {
  WaitGroup group;
  Atomic<int> count;
  for (int i = 0; i < 10; ++i) {
    group.go([count]() -> Task<> {
      co_await pause();
      co_await count.add(1);
    });
  }
  co_await group.wait();
  const int all = co_await count.load();
  println(all);
}

Task<> waitgroup_go_goexit() {
  WaitGroup group;
  group.go([]() -> Task<> { co_await goexit(); });
  co_await group.wait();
  println("waited");
}

Task<> waitgroup_deadlock() {
  WaitGroup group;
  group.add(1);
  co_await group.wait();
}

Task<> waitgroup_waits_for_itself() {
  WaitGroup group;
  group.add(1);
  go([group]() -> Task<> {
    const Defer done([&] { group.done(); });
    co_await group.wait();
  });
  co_await group.wait();
}

Task<> waitgroup_happens_before() {
  WaitGroup group;
  std::array<Shared<int>, 4> squares;
  for (int i = 0; i < 4; ++i) {
    group.add(1);
    go([group, square = squares[i], i]() -> Task<> {
      const Defer done([&] { group.done(); });
      co_await square.store(i * i);
    });
  }
  co_await group.wait();
  std::string text = "[";
  for (const auto& square : squares) {
    const int value = co_await square.load();
    if (text.size() > 1) text += ' ';
    append_operand(text, value);
  }
  println(text + "]");
}

Task<> broken() {
  co_await panic("broken");
}
Task<> waitgroup_done_after_panic() {
  WaitGroup group;
  group.add(1);
  go([group]() -> Task<> {
    const Defer done([&] { group.done(); });
    const auto result = co_await recovered(broken());
    println("recovered:", result.panic);
  });
  co_await group.wait();
  println("waited");
}

Task<> counts_down(WaitGroup group) {
  group.done();
  co_return;
}
Task<> waitgroup_negative_recovered() {
  WaitGroup group;
  const auto result = co_await recovered(counts_down(group));
  println("recovered:", result.panic);
}

constexpr Case kCases[] = {
    {"waitgroup_waits", waitgroup_waits},
    {"waitgroup_zero", waitgroup_zero},
    {"waitgroup_negative_done", waitgroup_negative_done},
    {"waitgroup_negative_add", waitgroup_negative_add},
    {"waitgroup_many_waiters", waitgroup_many_waiters},
    {"waitgroup_reuse", waitgroup_reuse},
    {"waitgroup_grows", waitgroup_grows},
    {"waitgroup_go", waitgroup_go},
    {"waitgroup_go_goexit", waitgroup_go_goexit},
    {"waitgroup_deadlock", waitgroup_deadlock},
    {"waitgroup_waits_for_itself", waitgroup_waits_for_itself},
    {"waitgroup_happens_before", waitgroup_happens_before},
    {"waitgroup_done_after_panic", waitgroup_done_after_panic},
    {"waitgroup_negative_recovered", waitgroup_negative_recovered},
};

}  // namespace

std::span<const Case> waitgroup_cases() {
  return kCases;
}

}  // namespace conformance
