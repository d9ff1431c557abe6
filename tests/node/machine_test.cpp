// Machines: processor time, disks that lose power, clocks.

#include "sim/node/machine.h"

#include <catch_amalgamated.hpp>

#include <set>

#include "engine/sync/wait_group.h"
#include "engine/task/print.h"
#include "tests/support/cluster.h"

using namespace engine;
using sim::node::compute;
using sim::node::Disk;
using sim::node::this_machine;

namespace {

support::ClusterOutcome run_alone(support::Program program, uint64_t seed = 1,
                                  std::vector<std::pair<Instant, std::string>> plan = {}) {
  support::ClusterOptions options{{{"local", program}}};
  options.run.world.seed = seed;
  options.plan = std::move(plan);
  return support::simulate_cluster(options);
}

}  // namespace

TEST_CASE("goroutines that compute share a core in turns of a slice") {
  const auto outcome = run_alone([]() -> Task<> {
    WaitGroup wg;
    wg.add(2);
    const auto work = [](WaitGroup group, const char* name, Duration length) -> Task<> {
      co_await compute(length);
      println(name, "done after", since(Instant{}));
      group.done();
    };
    go(work, wg, "short", 6 * kMillisecond);
    go(work, wg, "long", 30 * kMillisecond);
    co_await wg.wait();
    println("used", this_machine().cpu().used());
  });
  CHECK(outcome.out == "short done after 9ms\nlong done after 36ms\nused 36ms\n");
}

TEST_CASE("a goroutine that ends while it computes leaves the core to the next") {
  const auto outcome = run_alone(
      []() -> Task<> {
        co_await compute(10 * kSecond);
        println("never");
      },
      1, {{Instant{0} + kSecond, "kill local local"}});
  CHECK(outcome.out.empty());
  CHECK(outcome.now == Instant{0} + kSecond);
}

TEST_CASE("an operation of the disk takes its time, one after the other") {
  const auto outcome = run_alone([]() -> Task<> {
    Disk& disk = this_machine().disk();
    println((co_await disk.read("log", 0, 5)).error);
    println((co_await disk.write("log", 0, "hello")).error);
    println((co_await disk.sync("log")).error, since(Instant{}).ns);
    const auto got = co_await disk.read("log", 1, 3);
    println(got.data, got.error);
  });
  CHECK(outcome.out == "no such file or directory\n<nil>\n<nil> 1120020\nell <nil>\n");
}

TEST_CASE("a full disk takes no more, and keeps what it has") {
  const auto outcome = run_alone(
      []() -> Task<> {
        Disk& disk = this_machine().disk();
        static_cast<void>(co_await disk.write("log", 0, "12345"));
        co_await sleep_for(2 * kSecond);
        println((co_await disk.write("log", 3, "abc")).error);
        println((co_await disk.write("log", 0, "abc")).error, disk.size("log"));
      },
      1, {{Instant{0} + kSecond, "fill-disk local"}});
  CHECK(outcome.out == "no space left on device\n<nil> 5\n");
}

namespace {

// Writes a synced and an unsynced record; after the crash it says what there is.
Task<> write_and_lose_power() {
  Disk& disk = this_machine().disk();
  if (disk.exists("wal")) {
    const auto got = co_await disk.read("wal", 0, 4096);
    const bool synced_is_there = got.data.substr(0, 600) == std::string(600, 's');
    println(synced_is_there, got.data.size());
    co_return;
  }
  static_cast<void>(co_await disk.write("wal", 0, std::string(600, 's')));
  static_cast<void>(co_await disk.sync("wal"));
  static_cast<void>(co_await disk.write("wal", 600, std::string(2000, 'u')));
  co_await sleep_for(10 * kSecond);
}

}  // namespace

TEST_CASE("what was synced survives a loss of power; the rest is kept, lost or torn at a sector") {
  std::set<std::string> seen;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    const auto outcome = run_alone(
        write_and_lose_power, seed,
        {{Instant{0} + kSecond, "crash local"}, {Instant{0} + 2 * kSecond, "restart local"}});
    seen.insert(outcome.out);
  }
  // Lost, kept, or cut at a multiple of 512.
  CHECK(seen == std::set<std::string>{"true 600\n", "true 2600\n", "true 1024\n", "true 1536\n",
                                      "true 2048\n", "true 2560\n"});
}

TEST_CASE("a wall clock can drift and be stepped, while sleeps take their true time") {
  const auto outcome = run_alone(
      []() -> Task<> {
        const int64_t begin = sim::node::unix_nano();
        println(begin / 1'000'000'000);
        co_await sleep_for(10 * kSecond);
        println(Duration{sim::node::unix_nano() - begin});
        this_machine().wall_clock().set_drift(1'000'000, now());
        const int64_t then = sim::node::unix_nano();
        co_await sleep_for(10 * kSecond);
        println(Duration{sim::node::unix_nano() - then});
      },
      1, {{Instant{0} + kSecond, "step-clock local -3s"}});
  CHECK(outcome.out == "1767225600\n7s\n10.01s\n");
}

TEST_CASE("a crash takes every process of the machine, and a restart boots its units anew") {
  const auto outcome = run_alone(
      []() -> Task<> {
        Defer seen([] { println("never seen"); });
        println("boot at", since(Instant{}));
        co_await sleep_for(3600 * kSecond);
      },
      1,
      {{Instant{0} + kSecond, "crash local"},
       {Instant{0} + kSecond, "crash local"},
       {Instant{0} + 5 * kSecond, "restart local"},
       {Instant{0} + 6 * kSecond, "crash local"}});
  CHECK(outcome.out == "boot at 0s\nboot at 5s\n");
  CHECK(outcome.now == Instant{0} + 6 * kSecond);
}
