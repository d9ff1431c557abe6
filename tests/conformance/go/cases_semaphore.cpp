// The twins of cases/semaphore.go.

#include "engine/sync/semaphore.h"

#include "engine/sync/atomic.h"
#include "engine/sync/chan.h"
#include "engine/sync/context.h"
#include "engine/sync/wait_group.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<> semaphore_try() {
  Semaphore s(3);
  const bool first = s.try_acquire(2);
  const bool second = s.try_acquire(2);
  const bool third = s.try_acquire(1);
  println(first, second, third);
  s.release(3);
  println(s.try_acquire(3));
  co_return;
}

Task<> semaphore_acquire_waits() {
  Semaphore s(1);
  co_await s.acquire(1);
  Chan<bool> done;
  go([s, done]() -> Task<> {
    const Error err = co_await s.acquire(background(), 1);
    println("acquired", err);
    co_await done.send(true);
  });
  co_await pause();
  println("releasing");
  s.release(1);
  co_await done.recv();
}

Task<> semaphore_limits() {
  Semaphore s(3);
  WaitGroup group;
  Atomic<int> active, too_many;
  for (int i = 0; i < 10; ++i) {
    group.add(1);
    go([s, group, active, too_many]() -> Task<> {
      const Defer done([&] { group.done(); });
      co_await s.acquire(1);
      const int now_active = co_await active.add(1);
      if (now_active > 3) co_await too_many.add(1);
      co_await sleep_for(5 * kMillisecond);
      co_await active.add(-1);
      s.release(1);
    });
  }
  co_await group.wait();
  const int all = co_await too_many.load();
  println(all, "too many");
}

Task<> semaphore_timeout() {
  Semaphore s(2);
  co_await s.acquire(2);
  const auto [ctx, cancel] = with_timeout(background(), 20 * kMillisecond);
  const Error err = co_await s.acquire(ctx, 1);
  println(err);
  s.release(2);
  println(s.try_acquire(2));
  cancel();
}

Task<> semaphore_too_many() {
  Semaphore s(2);
  const auto made = with_cancel(background());
  go([cancel = made.cancel]() -> Task<> {
    co_await pause();
    cancel();
  });
  const Error err = co_await s.acquire(made.context, 3);
  println(err);
  println(s.try_acquire(2));
}

Task<> semaphore_in_order() {
  Semaphore s(3);
  co_await s.acquire(2);
  WaitGroup group;
  group.add(2);
  go([s, group]() -> Task<> {
    const Defer done([&] { group.done(); });
    co_await s.acquire(3);
    println("big");
    s.release(3);
  });
  co_await pause();
  println("TryAcquire", s.try_acquire(1));
  go([s, group]() -> Task<> {
    const Defer done([&] { group.done(); });
    co_await s.acquire(1);
    println("small");
    s.release(1);
  });
  co_await pause();
  s.release(2);
  co_await group.wait();
}

Task<> semaphore_gives_up() {
  Semaphore s(2);
  co_await s.acquire(1);
  const auto made = with_cancel(background());
  Chan<Error> big(1), small;
  go([s, ctx = made.context, big]() -> Task<> {
    const Error err = co_await s.acquire(ctx, 2);
    co_await big.send(err);
  });
  co_await pause();
  go([s, small]() -> Task<> {
    const Error err = co_await s.acquire(1);
    co_await small.send(err);
  });
  co_await pause();
  made.cancel();
  const auto of_small = co_await small.recv();
  println("small", *of_small);
  const auto of_big = co_await big.recv();
  println("big", *of_big);
}

Task<> semaphore_release_too_much() {
  Semaphore s(2);
  co_await s.acquire(1);
  s.release(2);
}

Task<> semaphore_serves_several() {
  Semaphore s(3);
  co_await s.acquire(3);
  WaitGroup group;
  for (int i = 1; i <= 3; ++i) {
    group.add(1);
    go([s, group, i]() -> Task<> {
      const Defer done([&] { group.done(); });
      co_await s.acquire(1);
      println("served", i);
    });
  }
  co_await pause();
  s.release(3);
  co_await group.wait();
}

constexpr Case kCases[] = {
    {"semaphore_try", semaphore_try},
    {"semaphore_acquire_waits", semaphore_acquire_waits},
    {"semaphore_limits", semaphore_limits},
    {"semaphore_timeout", semaphore_timeout},
    {"semaphore_too_many", semaphore_too_many},
    {"semaphore_in_order", semaphore_in_order},
    {"semaphore_gives_up", semaphore_gives_up},
    {"semaphore_release_too_much", semaphore_release_too_much},
    {"semaphore_serves_several", semaphore_serves_several},
};

}  // namespace

std::span<const Case> semaphore_cases() {
  return kCases;
}

}  // namespace conformance
