// The twins of cases/pool_map.go.

#include <memory>
#include <string>

#include "engine/sync/atomic.h"
#include "engine/sync/map.h"
#include "engine/sync/pool.h"
#include "engine/sync/wait_group.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<> pool_new() {
  const Pool<int> pool([made = 0]() mutable { return ++made; });
  for (int i = 0; i < 2; ++i) {
    const int item = co_await pool.get();
    println(item);
  }
}

Task<> pool_without_new() {
  const Pool<std::shared_ptr<int>> pool;
  const auto item = co_await pool.get();
  println(item == nullptr);
}

Task<> pool_put_get() {
  const Pool<std::string> pool([] { return std::string("new"); });
  co_await pool.put("old");
  const std::string item = co_await pool.get();
  if (item == "old" || item == "new") println("one or the other");
}

Task<> pool_gives_once() {
  const Pool<Atomic<int>> pool([] { return Atomic<int>(); });
  WaitGroup group;
  Atomic<int> shared;
  for (int i = 0; i < 8; ++i) {
    group.add(1);
    go([pool, group, shared]() -> Task<> {
      const Defer done([&] { group.done(); });
      for (int k = 0; k < 10; ++k) {
        const Atomic<int> item = co_await pool.get();
        const int users = co_await item.add(1);
        if (users != 1) co_await shared.add(1);
        co_await item.add(-1);
        co_await pool.put(item);
      }
    });
  }
  co_await group.wait();
  const int all = co_await shared.load();
  println(all, "shared");
}

Task<> pool_put_nil() {
  const Pool<std::shared_ptr<std::string>> pool(
      [] { return std::make_shared<std::string>("made"); });
  co_await pool.put(nullptr);
  const auto item = co_await pool.get();
  println(*item);
}

using Ints = Map<std::string, int>;

Task<> show(Ints m) {
  const auto value = co_await m.load("a");
  print_received(value);
}
Task<> map_store_load_delete() {
  Ints m;
  co_await show(m);
  co_await m.store("a", 1);
  co_await show(m);
  co_await m.store("a", 2);
  co_await show(m);
  co_await m.delete_key("a");
  co_await m.delete_key("never there");
  co_await show(m);
}

Task<> map_load_or_store() {
  Ints m;
  for (int i = 1; i <= 2; ++i) {
    const auto [actual, loaded] = co_await m.load_or_store("a", i);
    println(actual, loaded);
  }
}

Task<> map_one_stores() {
  Ints m;
  WaitGroup group;
  Atomic<int> stored;
  for (int i = 0; i < 10; ++i) {
    group.add(1);
    go([m, group, stored, i]() -> Task<> {
      const Defer done([&] { group.done(); });
      const auto result = co_await m.load_or_store("a", i);
      if (!result.loaded) co_await stored.add(1);
    });
  }
  co_await group.wait();
  const int all = co_await stored.load();
  println(all, "stored");
}

Task<> map_load_and_delete() {
  Ints m;
  co_await m.store("a", 5);
  for (int i = 0; i < 2; ++i) {
    const auto value = co_await m.load_and_delete("a");
    print_received(value);
  }
}

Task<> map_swap() {
  Ints m;
  for (int i = 1; i <= 2; ++i) {
    const auto previous = co_await m.swap("a", i);
    print_received(previous);
  }
  co_await show(m);
}

Task<> map_compare_and_swap() {
  Ints m;
  const bool missing = co_await m.compare_and_swap("a", 1, 2);
  println(missing);
  co_await m.store("a", 1);
  const bool other = co_await m.compare_and_swap("a", 9, 2);
  println(other);
  const bool same = co_await m.compare_and_swap("a", 1, 2);
  println(same);
  const auto value = co_await m.load("a");
  println(*value);
}

Task<> map_compare_and_delete() {
  Ints m;
  const bool missing = co_await m.compare_and_delete("a", 1);
  println(missing);
  co_await m.store("a", 1);
  const bool other = co_await m.compare_and_delete("a", 9);
  println(other);
  const bool same = co_await m.compare_and_delete("a", 1);
  println(same);
  const auto value = co_await m.load("a");
  println(value.has_value());
}

Task<> map_range() {
  Map<int, int> m;
  for (int i = 1; i <= 3; ++i) co_await m.store(i, i * 10);
  const auto show_each = [](int key, int value) {
    println(key, value);
    return true;
  };
  co_await m.range(show_each);
}

Task<> map_range_stops() {
  Map<int, int> m;
  for (int i = 0; i < 5; ++i) co_await m.store(i, i);
  int visited = 0;
  const auto count_two = [&visited](int, int) { return ++visited < 2; };
  co_await m.range(count_two);
  println(visited, "visited");
}

Task<> map_range_deletes() {
  Map<int, int> m;
  for (int i = 0; i < 4; ++i) co_await m.store(i, i);
  const Atomic<int> visited;
  const auto delete_each = [m, visited](int key, int) -> Task<bool> {
    co_await visited.add(1);
    co_await m.delete_key(key);
    co_return true;
  };
  co_await m.range(delete_each);
  const int all = co_await visited.load();
  println(all, "visited");
  int left = 0;
  const auto count = [&left](int, int) { return ++left > 0; };
  co_await m.range(count);
  println(left, "left");
}

Task<> map_clear() {
  Map<int, int> m;
  co_await m.store(1, 1);
  co_await m.store(2, 2);
  co_await m.clear();
  const auto value = co_await m.load(1);
  println(value.has_value());
}

constexpr Case kCases[] = {
    {"pool_new", pool_new},
    {"pool_without_new", pool_without_new},
    {"pool_put_get", pool_put_get},
    {"pool_gives_once", pool_gives_once},
    {"pool_put_nil", pool_put_nil},
    {"map_store_load_delete", map_store_load_delete},
    {"map_load_or_store", map_load_or_store},
    {"map_one_stores", map_one_stores},
    {"map_load_and_delete", map_load_and_delete},
    {"map_swap", map_swap},
    {"map_compare_and_swap", map_compare_and_swap},
    {"map_compare_and_delete", map_compare_and_delete},
    {"map_range", map_range},
    {"map_range_stops", map_range_stops},
    {"map_range_deletes", map_range_deletes},
    {"map_clear", map_clear},
};

}  // namespace

std::span<const Case> pool_map_cases() {
  return kCases;
}

}  // namespace conformance
