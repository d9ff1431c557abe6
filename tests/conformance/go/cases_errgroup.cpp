// The twins of cases/errgroup.go.

#include "engine/sync/errgroup.h"

#include "engine/sync/atomic.h"
#include "engine/sync/chan.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<Error> succeeds() {
  co_return nullptr;
}

Task<> errgroup_waits() {
  errgroup::Group group;
  Atomic<int> done;
  for (int i = 0; i < 3; ++i) {
    group.go([done]() -> Task<Error> {
      co_await pause();
      co_await done.add(1);
      co_return nullptr;
    });
  }
  const Error err = co_await group.wait();
  const int all = co_await done.load();
  println(all, err);
}

Task<> errgroup_first_error() {
  errgroup::Group group;
  group.go([]() -> Task<Error> {
    co_await sleep_for(60 * kMillisecond);
    co_return errors_new("second");
  });
  group.go([]() -> Task<Error> {
    co_await pause();
    co_return errors_new("first");
  });
  group.go(succeeds);
  const Error err = co_await group.wait();
  println(err);
}

Task<> errgroup_cancels() {
  const auto made = errgroup::with_context(background());
  made.group.go([ctx = made.context]() -> Task<Error> {
    co_await ctx.done().recv();
    println("stopped:", ctx.err());
    co_return ctx.err();
  });
  made.group.go([]() -> Task<Error> { co_return errors_new("broken"); });
  const Error err = co_await made.group.wait();
  println(err);
  println(made.context.err(), cause(made.context));
}

Task<> errgroup_wait_cancels() {
  const auto made = errgroup::with_context(background());
  made.group.go(succeeds);
  const Error err = co_await made.group.wait();
  println(err);
  println(made.context.err());
}

Task<> errgroup_parent_cancels() {
  const auto [parent, cancel] = with_cancel(background());
  const auto made = errgroup::with_context(parent);
  made.group.go([ctx = made.context]() -> Task<Error> {
    co_await ctx.done().recv();
    co_return ctx.err();
  });
  co_await pause();
  cancel();
  const Error err = co_await made.group.wait();
  println(err);
}

Task<> errgroup_limit() {
  errgroup::Group group;
  group.set_limit(2);
  Atomic<int> active, most;
  for (int i = 0; i < 6; ++i) {
    const auto works = [active, most]() -> Task<Error> {
      const int now_active = co_await active.add(1);
      while (true) {
        const int old = co_await most.load();
        if (now_active <= old) break;
        const bool swapped = co_await most.compare_and_swap(old, now_active);
        if (swapped) break;
      }
      co_await pause();
      co_await active.add(-1);
      co_return nullptr;
    };
    co_await group.go(works);
  }
  co_await group.wait();
  const int all = co_await most.load();
  println(all, "at most");
}

Task<> errgroup_try_go() {
  errgroup::Group group;
  group.set_limit(1);
  Chan<bool> gate;
  const auto waits = [gate]() -> Task<Error> {
    co_await gate.recv();
    co_return nullptr;
  };
  const bool first = group.try_go(waits);
  println(first, group.try_go(waits));
  gate.close();
  co_await group.wait();
  println(group.try_go(waits));
  co_await group.wait();
}

Task<> errgroup_no_limit() {
  errgroup::Group group;
  group.set_limit(-1);
  const bool first = group.try_go(succeeds);
  println(first, group.try_go(succeeds));
  co_await group.wait();
}

Task<> errgroup_nested() {
  errgroup::Group group;
  Atomic<int> count;
  group.go([group, count]() -> Task<Error> {
    for (int i = 0; i < 2; ++i) {
      group.go([count]() -> Task<Error> {
        co_await count.add(1);
        co_return nullptr;
      });
    }
    co_await count.add(1);
    co_return nullptr;
  });
  co_await group.wait();
  const int all = co_await count.load();
  println(all);
}

Task<> errgroup_deadlock() {
  errgroup::Group group;
  group.go([]() -> Task<Error> {
    Chan<int> ch;
    co_await ch.recv();
    co_return nullptr;
  });
  co_await group.wait();
}

constexpr Case kCases[] = {
    {"errgroup_waits", errgroup_waits},
    {"errgroup_first_error", errgroup_first_error},
    {"errgroup_cancels", errgroup_cancels},
    {"errgroup_wait_cancels", errgroup_wait_cancels},
    {"errgroup_parent_cancels", errgroup_parent_cancels},
    {"errgroup_limit", errgroup_limit},
    {"errgroup_try_go", errgroup_try_go},
    {"errgroup_no_limit", errgroup_no_limit},
    {"errgroup_nested", errgroup_nested},
    {"errgroup_deadlock", errgroup_deadlock},
};

}  // namespace

std::span<const Case> errgroup_cases() {
  return kCases;
}

}  // namespace conformance
