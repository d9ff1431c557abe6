// The twins of cases/atomic.go.

#include "engine/sync/atomic.h"

#include <cstdint>
#include <memory>
#include <string>

#include "engine/sync/chan.h"
#include "engine/sync/select.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<> atomic_add() {
  Atomic<int64_t> n;
  WaitGroup group;
  for (int i = 0; i < 10; ++i) {
    group.add(1);
    go([n, group]() -> Task<> {
      const Defer done([&] { group.done(); });
      for (int k = 0; k < 100; ++k) co_await n.add(1);
    });
  }
  co_await group.wait();
  const int64_t all = co_await n.load();
  println(all);
  const int64_t more = co_await n.add(5);
  println(more);
}

Task<> atomic_add_wraps() {
  Atomic<int32_t> n;
  co_await n.store(INT32_MAX);
  const int32_t after = co_await n.add(1);
  println(after);
  Atomic<uint32_t> u;
  const uint32_t below = co_await u.add(UINT32_MAX);
  println(below);
}

Task<> atomic_compare_and_swap() {
  Atomic<int> n;
  co_await n.store(1);
  for (const int old : {0, 1}) {
    const bool swapped = co_await n.compare_and_swap(old, 2);
    const int value = co_await n.load();
    println(swapped, value);
  }
}

Task<> atomic_one_wins() {
  Atomic<bool> taken;
  Atomic<int> winners;
  WaitGroup group;
  for (int i = 0; i < 10; ++i) {
    group.add(1);
    go([taken, winners, group]() -> Task<> {
      const Defer done([&] { group.done(); });
      const bool won = co_await taken.compare_and_swap(false, true);
      if (won) co_await winners.add(1);
    });
  }
  co_await group.wait();
  const int all = co_await winners.load();
  println(all, "winner");
}

Task<> atomic_swap() {
  Atomic<int> n;
  co_await n.store(1);
  const int old = co_await n.swap(2);
  const int value = co_await n.load();
  println(old, value);
}

Task<> atomic_bits() {
  Atomic<uint32_t> n;
  co_await n.store(12);
  uint32_t old = co_await n.and_(10);
  uint32_t value = co_await n.load();
  println(old, value);
  old = co_await n.or_(3);
  value = co_await n.load();
  println(old, value);
}

Task<> atomic_pointer() {
  Atomic<std::shared_ptr<int>> p;
  auto held = co_await p.load();
  println(held == nullptr);
  const auto one = std::make_shared<int>(0), two = std::make_shared<int>(2),
             same = std::make_shared<int>(0);
  co_await p.store(one);
  bool swapped = co_await p.compare_and_swap(same, two);
  held = co_await p.load();
  println(swapped, held == one);
  swapped = co_await p.compare_and_swap(one, two);
  held = co_await p.load();
  println(swapped, *held);
}

struct Pair {
  int a = 0, b = 0;
};
Task<> atomic_value_is_whole() {
  Atomic<Pair> value;
  Chan<bool> done;
  go([value, done]() -> Task<> {
    for (int i = 0; i < 100; ++i) {
      const Pair pair{i, i};
      co_await value.store(pair);
    }
    done.close();
  });
  int torn = 0;
  while (true) {
    const Pair pair = co_await value.load();
    if (pair.a != pair.b) ++torn;
    const auto won = co_await select(done.recv(), otherwise());
    if (won.index() == 0) break;
    co_await gosched();
  }
  println(torn, "torn");
}

Task<> atomic_happens_before() {
  Shared<std::string> text;
  Atomic<bool> ready;
  go([text, ready]() -> Task<> {
    co_await text.store("hello");
    co_await ready.store(true);
  });
  while (true) {
    const bool is_ready = co_await ready.load();
    if (is_ready) break;
    co_await gosched();
  }
  const std::string got = co_await text.load();
  println(got);
}

Task<> atomic_spin_lock() {
  Atomic<bool> locked;
  WaitGroup group;
  Shared<int> counter;
  for (int i = 0; i < 4; ++i) {
    group.add(1);
    go([locked, group, counter]() -> Task<> {
      const Defer done([&] { group.done(); });
      for (int k = 0; k < 10; ++k) {
        while (true) {
          const bool taken = co_await locked.compare_and_swap(false, true);
          if (taken) break;
          co_await gosched();
        }
        const int before = co_await counter.load();
        co_await counter.store(before + 1);
        co_await locked.store(false);
      }
    });
  }
  co_await group.wait();
  const int all = co_await counter.load();
  println(all);
}

constexpr Case kCases[] = {
    {"atomic_add", atomic_add},
    {"atomic_add_wraps", atomic_add_wraps},
    {"atomic_compare_and_swap", atomic_compare_and_swap},
    {"atomic_one_wins", atomic_one_wins},
    {"atomic_swap", atomic_swap},
    {"atomic_bits", atomic_bits},
    {"atomic_pointer", atomic_pointer},
    {"atomic_value_is_whole", atomic_value_is_whole},
    {"atomic_happens_before", atomic_happens_before},
    {"atomic_spin_lock", atomic_spin_lock},
};

}  // namespace

std::span<const Case> atomic_cases() {
  return kCases;
}

}  // namespace conformance
