#include <catch_amalgamated.hpp>

#include "engine/sync/atomic.h"
#include "engine/sync/map.h"
#include "engine/sync/pool.h"
#include "engine/sync/wait_group.h"
#include "engine/view/view.h"
#include "tests/support/simulate.h"

using namespace engine;
using support::simulate;
using support::with_policy;

namespace {

Task<> arithmetic() {
  const Atomic<int32_t> number(5);
  const int32_t sum = co_await number.add(3);
  const int32_t before = co_await number.swap(0b1100);
  const bool wrong = co_await number.compare_and_swap(1, 2);
  const bool right = co_await number.compare_and_swap(0b1100, 0b0110);
  const int32_t anded = co_await number.and_(0b0011);
  const int32_t ored = co_await number.or_(0b1000);
  const int32_t now = co_await number.load();
  println(sum, before, wrong, right, anded, ored, now);
  co_await number.store(INT32_MAX);
  const int32_t wrapped = co_await number.add(1);
  println(wrapped);
  const Atomic<bool> flag;
  const bool swapped = co_await flag.compare_and_swap(false, true);
  println(swapped);
}

Task<> counted(bool atomically) {
  const Atomic<int64_t> counter;
  WaitGroup wg;
  for (int i = 0; i < 8; ++i) {
    wg.go([counter, atomically]() -> Task<> {
      for (int n = 0; n < 5; ++n) {
        if (atomically) {
          co_await counter.add(1);
        } else {
          const int64_t value = co_await counter.load();
          co_await counter.store(value + 1);
        }
      }
    });
  }
  co_await wg.wait();
  const int64_t total = co_await counter.load();
  println(total);
}
Task<> counted_by_add() {
  co_await counted(true);
}
Task<> counted_by_load_and_store() {
  co_await counted(false);
}

std::string text_of(const std::optional<int64_t>& value) {
  return value ? std::to_string(*value) : "none";
}

Task<> map_operations() {
  const Map<std::string, int64_t> map("map");
  const std::string a = "a", b = "b";
  const auto missing = co_await map.load(a);
  co_await map.store(a, 1);
  const auto first = co_await map.load_or_store(a, 7);
  const auto second = co_await map.load_or_store(b, 2);
  println(text_of(missing), first.actual, first.loaded, second.actual, second.loaded);
  const auto old = co_await map.swap(a, 3);
  const bool wrong = co_await map.compare_and_swap(a, 1, 4);
  const bool right = co_await map.compare_and_swap(a, 3, 4);
  println(text_of(old), wrong, right);
  const bool kept = co_await map.compare_and_delete(b, 9);
  const bool deleted = co_await map.compare_and_delete(b, 2);
  const auto gone = co_await map.load_and_delete(b);
  const auto taken = co_await map.load_and_delete(a);
  println(kept, deleted, text_of(gone), text_of(taken));
  const auto none = co_await map.swap(a, 5);
  co_await map.delete_key(b);
  co_await map.clear();
  const auto cleared = co_await map.load(a);
  println(text_of(none), text_of(cleared));
}

Task<> map_range() {
  const Map<int64_t, std::string> map;
  for (int64_t key : {3, 1, 2}) co_await map.store(key, "x");
  const auto show = [](int64_t key, std::string value) {
    println(key, value);
    return key < 2;
  };
  co_await map.range(show);
  // What is deleted or stored on the way may be seen or not; no key is seen twice.
  const auto change = [map](int64_t key, std::string) -> Task<bool> {
    println("visit", key);
    co_await map.delete_key(key);
    co_await map.delete_key(2);
    co_await map.store(1, "again");
    co_return true;
  };
  co_await map.range(change);
}

Task<> one_winner() {
  const Map<int64_t, int64_t> map;
  const Atomic<int64_t> stored;
  WaitGroup wg;
  for (int64_t i = 0; i < 6; ++i) {
    wg.go([=]() -> Task<> {
      const auto result = co_await map.load_or_store(1, i);
      if (!result.loaded) co_await stored.add(1);
    });
  }
  co_await wg.wait();
  const int64_t winners = co_await stored.load();
  println(winners);
}

Task<> pooled() {
  const Pool<int64_t> pool([] { return int64_t{100}; }, "pool");
  int64_t item = co_await pool.get();
  println(item);
  co_await pool.put(1);
  co_await pool.put(2);
  for (int i = 0; i < 3; ++i) {
    item = co_await pool.get();
    println(item);
  }
  const Pool<const int*> empty;
  co_await empty.put(nullptr);
  const int* const nothing = co_await empty.get();
  println(nothing == nullptr);
}

Task<> pool_drops() {
  const Pool<int64_t> pool;
  for (int64_t i = 1; i <= 40; ++i) co_await pool.put(i);
  int64_t left = 0;
  while (co_await pool.get() != 0) ++left;
  println(left);
}

}  // namespace

TEST_CASE("atomics compute as Go's: Add gives the new value, the others the old; integers wrap") {
  CHECK(simulate(arithmetic).out == "8 8 false true 6 2 10\n-2147483648\ntrue\n");
}

TEST_CASE("no atomic addition is lost on any schedule; a load and a store may lose some") {
  int lost = 0;
  for (const Policy policy : policies()) {
    for (uint64_t seed = 1; seed <= 50; ++seed) {
      CAPTURE(policy_name(policy), seed);
      REQUIRE(simulate(counted_by_add, with_policy(policy, seed)).out == "40\n");
      lost += simulate(counted_by_load_and_store, with_policy(policy, seed)).out != "40\n";
    }
  }
  CHECK(lost > 25);
}

TEST_CASE("a Map loads, stores, swaps and deletes as Go's sync.Map") {
  CHECK(simulate(map_operations).out ==
        "none 1 true 2 false\n1 false true\nfalse true none 4\nnone none\n");
}

TEST_CASE("Range visits no key twice and stops when told") {
  CHECK(simulate(map_range).out == "1 x\n2 x\nvisit 1\nvisit 3\n");
}

TEST_CASE("of several LoadOrStore calls one stores, on any schedule") {
  for (const Policy policy : policies()) {
    for (uint64_t seed = 1; seed <= 50; ++seed) {
      CAPTURE(policy_name(policy), seed);
      REQUIRE(simulate(one_winner, with_policy(policy, seed)).out == "1\n");
    }
  }
}

TEST_CASE("a Pool gives back what was put last, then makes new items") {
  CHECK(simulate(pooled).out == "100\n2\n1\n100\ntrue\n");
  CHECK(simulate(pooled, with_policy(Policy::kGo)).out == "100\n2\n1\n100\ntrue\n");
}

TEST_CASE("any item in a Pool may vanish: under random and pct one in four is dropped") {
  CHECK(simulate(pool_drops).out == "40\n");
  for (const Policy policy : {Policy::kRandom, Policy::kPct}) {
    int64_t left = 0;
    for (uint64_t seed = 1; seed <= 20; ++seed) {
      left += std::stoll(simulate(pool_drops, with_policy(policy, seed)).out);
    }
    CHECK(left > 540);
    CHECK(left < 660);
  }
}

TEST_CASE("a view shows what is in maps, pools and atomics") {
  const auto run = support::start([]() -> Task<> {
    const Map<std::string, int64_t> map("map");
    const Pool<int64_t> pool({}, "pool");
    const Atomic<int64_t> atomic(7, "atomic");
    const std::string a = "a", b = "b";
    co_await map.store(b, 2);
    co_await map.store(a, 1);
    co_await pool.put(1);
    co_await sleep_for(1 * kSecond);
  });
  run->step();
  const WorldView view = look(run->world());
  std::string text;
  for (const SharedView& variable : view.variables) {
    text += variable.name + ": " + variable.value + "\n";
  }
  CHECK(text == "map: map[a:1 b:2]\npool: 1 spare\natomic: 7\n");
}
