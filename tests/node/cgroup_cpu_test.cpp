// Control groups on a machine's cores: shares by weight, quotas by the nanosecond.

#include <catch_amalgamated.hpp>

#include "engine/sync/wait_group.h"
#include "tests/node/boxes.h"

using namespace engine;
using namespace boxes;
using sim::node::compute;
using sim::node::cpu_max_of_millicores;
using sim::node::cpu_shares_of_millicores;
using sim::node::cpu_weight_of_shares;
using sim::node::CpuStat;
using sim::node::kInvalidArgument;
using sim::node::kOutOfRange;
using sim::node::this_host;
using sim::node::this_machine;

namespace {

constexpr Duration kSlice = sim::node::Cpu::kSlice;

int64_t number(size_t index) {
  return std::stoll(current_process().args()[index]);
}

// args: how many goroutines, how many ms each computes; then what else: ms to sleep before.
Task<> burn() {
  const int64_t goroutines = number(0);
  const Duration length = kMillisecond * number(1);
  if (current_process().args().size() > 2) co_await sleep_for(kMillisecond * number(2));
  WaitGroup wg;
  wg.add(static_cast<int>(goroutines));
  const auto work = [](WaitGroup group, Duration each) -> Task<> {
    co_await compute(each);
    println(current_process().name(), since(Instant{}));
    group.done();
  };
  for (int64_t i = 0; i < goroutines; ++i) go(work, wg, length);
  co_await wg.wait();
}

// Catch2 does not allocate in a world.
void must(const Error& error) {
  ENGINE_CHECK(!error);
}

struct Work {
  int64_t goroutines = 1;
  int64_t each_ms = 1'000'000;
  int64_t after_ms = 0;
};

void start_burning(sim::node::Host& host, const std::string& name, Work work = {}) {
  host.machine().run(unit(name, burn,
                          {std::to_string(work.goroutines), std::to_string(work.each_ms),
                           std::to_string(work.after_ms)}),
                     host);
}

Cgroup& group_with(Cgroup& parent, std::string_view name, uint32_t weight, CpuMax max = {}) {
  Cgroup& group = *parent.create(name);
  must(group.set_cpu_weight(weight));
  must(group.set_cpu_max(max));
  return group;
}

Cgroup& burning(Cgroup& parent, std::string_view name, uint32_t weight, Work work = {},
                CpuMax max = {}) {
  Cgroup& group = group_with(parent, name, weight, max);
  start_burning(*new Box(group), std::string(name), work);
  return group;
}

CpuMax quota_ms(int64_t quota, int64_t period = 100) {
  return {.quota = kMillisecond * quota, .period = kMillisecond * period};
}

void check_about(Duration got, Duration wanted, Duration within = kSlice) {
  CAPTURE(got.ns, wanted.ns);
  CHECK(got >= wanted - within);
  CHECK(got <= wanted + within);
}

}  // namespace

TEST_CASE("docker's shares and Kubernetes' millicores become weights and quotas") {
  CHECK(cpu_weight_of_shares(2) == 1);
  CHECK(cpu_weight_of_shares(0) == 1);
  CHECK(cpu_weight_of_shares(1024) == 39);
  CHECK(cpu_weight_of_shares(262'144) == 10'000);
  CHECK(cpu_weight_of_shares(1'000'000) == 10'000);
  CHECK(cpu_shares_of_millicores(0) == 2);
  CHECK(cpu_shares_of_millicores(1) == 2);
  CHECK(cpu_shares_of_millicores(250) == 256);
  CHECK(cpu_shares_of_millicores(1000) == 1024);
  CHECK(cpu_max_of_millicores(0) == CpuMax{});
  CHECK(cpu_max_of_millicores(500) == quota_ms(50));
  CHECK(cpu_max_of_millicores(2500) == quota_ms(250));
  CHECK(cpu_max_of_millicores(5) == quota_ms(1));
}

TEST_CASE("groups of weights 1 to 3 share a core 25 to 75") {
  Cgroup* small = nullptr;
  Cgroup* large = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    small = &burning(machine.cgroup(), "small", 100);
    large = &burning(machine.cgroup(), "large", 300);
  });
  for (int64_t ms = 12; ms <= 1000; ms += 1) {
    bench.run_to(at(kMillisecond * ms));
    check_about(bench.usage(*small, bench.run->now()), (bench.run->now() - Instant{}) / 4);
  }
  check_about(bench.usage(*small, at(kSecond)), 250 * kMillisecond);
  check_about(bench.usage(*large, at(kSecond)), 750 * kMillisecond);
  CHECK(bench.usage(bench.machine->cgroup(), at(kSecond)) == kSecond);
}

TEST_CASE("a group's weight counts among its siblings only") {
  Cgroup* one = nullptr;
  Cgroup* three = nullptr;
  Cgroup* alone = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    Cgroup& pair = group_with(machine.cgroup(), "pair", 100);
    one = &burning(pair, "one", 2000);
    three = &burning(pair, "three", 6000);
    alone = &burning(machine.cgroup(), "alone", 100, {.goroutines = 3});
  });
  bench.run_to(at(kSecond));
  check_about(bench.usage(*one, at(kSecond)), 125 * kMillisecond);
  check_about(bench.usage(*three, at(kSecond)), 375 * kMillisecond);
  check_about(bench.usage(*alone, at(kSecond)), 500 * kMillisecond);
}

TEST_CASE("several cores are shared by weight as one") {
  Cgroup* small = nullptr;
  Cgroup* large = nullptr;
  const Bench bench = start({.cores = 2}, [&](Machine& machine) {
    small = &burning(machine.cgroup(), "small", 100, {.goroutines = 2});
    large = &burning(machine.cgroup(), "large", 300, {.goroutines = 4});
  });
  bench.run_to(at(kSecond));
  check_about(bench.usage(*small, at(kSecond)), 500 * kMillisecond, 2 * kSlice);
  check_about(bench.usage(*large, at(kSecond)), 1500 * kMillisecond, 2 * kSlice);
}

TEST_CASE("single goroutines of different weights share several cores as long as one is enough") {
  Cgroup* groups[4] = {};
  const Bench bench = start({.cores = 2}, [&](Machine& machine) {
    groups[0] = &burning(machine.cgroup(), "most", 170);
    groups[1] = &burning(machine.cgroup(), "more", 130);
    groups[2] = &burning(machine.cgroup(), "less", 70);
    groups[3] = &burning(machine.cgroup(), "least", 30);
  });
  const Instant end = at(4 * kSecond);
  bench.run_to(end);
  check_about(bench.usage(*groups[0], end), 2 * 1700 * kMillisecond, 2 * kSlice);
  check_about(bench.usage(*groups[1], end), 2 * 1300 * kMillisecond, 2 * kSlice);
  check_about(bench.usage(*groups[2], end), 2 * 700 * kMillisecond, 2 * kSlice);
  check_about(bench.usage(*groups[3], end), 2 * 300 * kMillisecond, 2 * kSlice);
}

TEST_CASE("goroutines of the group itself compete with its child groups one by one") {
  Cgroup* group = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    group = &burning(machine.cgroup(), "group", 100, {.goroutines = 5});
    start_burning(machine, "bare", {.goroutines = 3});
  });
  bench.run_to(at(kSecond));
  check_about(bench.usage(*group, at(kSecond)), 250 * kMillisecond);
}

TEST_CASE("a group that has a core to itself does not save up what others need") {
  Cgroup* heavy = nullptr;
  Cgroup* light = nullptr;
  const Bench bench = start({.cores = 2}, [&](Machine& machine) {
    heavy = &group_with(machine.cgroup(), "heavy", 1000);
    auto& box = *new Box(*heavy);
    start_burning(box, "first");
    start_burning(box, "second", {.after_ms = 1000});
    light = &burning(machine.cgroup(), "light", 100, {.goroutines = 2});
  });
  // One goroutine cannot use more than a core, whatever the weight.
  bench.run_to(at(kSecond));
  check_about(bench.usage(*heavy, at(kSecond)), kSecond);
  const Duration before = bench.usage(*light, at(kSecond));
  check_about(before, kSecond);
  // From now on 10 to 1.
  bench.run_to(at(1110 * kMillisecond));
  const Duration got = bench.usage(*light, at(1110 * kMillisecond)) - before;
  check_about(got, 20 * kMillisecond, 3 * kSlice);
}

TEST_CASE("what a group could not use on one core gives it no claim to another's") {
  Cgroup* heavy = nullptr;
  const Bench bench = start({.cores = 2}, [&](Machine& machine) {
    heavy = &burning(machine.cgroup(), "heavy", 1000);
    burning(machine.cgroup(), "light", 100, {.goroutines = 2});
    burning(machine.cgroup(), "newcomer", 10'000, {.goroutines = 2, .after_ms = 1000});
  });
  bench.run_to(at(1555 * kMillisecond));
  const Duration got = bench.usage(*heavy, at(1555 * kMillisecond)) - kSecond;
  check_about(got, 2 * 555 * kMillisecond * 1000 / 11'100, 4 * kSlice);
}

TEST_CASE("who slept, or ran alone, starts level with the others") {
  Cgroup* early = nullptr;
  Cgroup* late = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    early = &burning(machine.cgroup(), "early", 100);
    late = &burning(machine.cgroup(), "late", 100, {.after_ms = 1000});
  });
  bench.run_to(at(1200 * kMillisecond));
  check_about(bench.usage(*early, at(1200 * kMillisecond)), 1100 * kMillisecond);
  check_about(bench.usage(*late, at(1200 * kMillisecond)), 100 * kMillisecond);
}

TEST_CASE("a group that becomes runnable waits for the end of the running slice at most") {
  const Bench bench = start({}, [](Machine& machine) {
    burning(machine.cgroup(), "busy", 1, {.each_ms = 50});
    burning(machine.cgroup(), "urgent", 10'000, {.each_ms = 2, .after_ms = 10});
  });
  bench.run->run();
  // The slices of `busy` end at 9 and 12 ms.
  CHECK(bench.out() == "urgent 14ms\nbusy 52ms\n");
}

TEST_CASE("a weight that changes counts from then on") {
  Cgroup* first = nullptr;
  Cgroup* second = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    first = &burning(machine.cgroup(), "first", 100);
    second = &burning(machine.cgroup(), "second", 100);
    machine.run(unit("tuner", []() -> Task<> {
      co_await sleep_for(kSecond);
      must(this_machine().cgroup().child("second")->set_cpu_weight(300));
    }));
  });
  bench.run_to(at(2 * kSecond));
  check_about(bench.usage(*first, at(2 * kSecond)), 750 * kMillisecond, 2 * kSlice);
  check_about(bench.usage(*second, at(2 * kSecond)), 1250 * kMillisecond, 2 * kSlice);
}

TEST_CASE("half a core for a second of work takes 1.95 s") {
  Cgroup* group = nullptr;
  const Bench bench = start({.cores = 4}, [&](Machine& machine) {
    group = &burning(machine.cgroup(), "half", 100, {.each_ms = 1000}, quota_ms(50));
  });
  bench.run->run();
  // 19 whole periods, and 50 ms of the 20th.
  CHECK(bench.out() == "half 1.95s\n");
  CHECK(bench.run->now() == at(1950 * kMillisecond));
  const CpuStat stat = group->cpu_stat(bench.run->now());
  CHECK(stat.usage == kSecond);
  CHECK(stat.periods == 19);
  CHECK(stat.throttled_periods == 19);
  CHECK(stat.throttled == 950 * kMillisecond);
  CHECK(stat.stalled == 950 * kMillisecond);
  CHECK_FALSE(stat.is_throttled);
  CHECK(group->cpu_stat(at(2 * kSecond)).periods == 20);
  CHECK(group->cpu_stat(at(9 * kSecond)).periods == 20);
}

TEST_CASE("the first period begins when the group first wants a core") {
  const Bench bench = start({}, [](Machine& machine) {
    burning(machine.cgroup(), "half", 100, {.each_ms = 60, .after_ms = 130}, quota_ms(50));
  });
  bench.run->run();
  CHECK(bench.out() == "half 240ms\n");
}

TEST_CASE("periods follow each other without a gap, also while nobody computes") {
  const Bench bench = start({}, [](Machine& machine) {
    Box& box = *new Box(group_with(machine.cgroup(), "half", 100, quota_ms(50)));
    box.start(unit("half", []() -> Task<> {
      co_await compute(10 * kMillisecond);
      co_await sleep_for(120 * kMillisecond);
      co_await compute(60 * kMillisecond);
      println(since(Instant{}));
    }));
  });
  bench.run->run();
  // The second period is that from 100 to 200 ms: 50 ms from 130 on, and 10 ms in the next.
  CHECK(bench.out() == "210ms\n");
}

TEST_CASE("work that ends with the quota ends on time; what follows waits for the next period") {
  Cgroup* group = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    group = &group_with(machine.cgroup(), "half", 100, quota_ms(50));
    auto& box = *new Box(*group);
    box.start(unit("half", []() -> Task<> {
      co_await compute(50 * kMillisecond);
      println(since(Instant{}));
      co_await sleep_for(10 * kMillisecond);
      co_await compute(10 * kMillisecond);
      println(since(Instant{}));
    }));
  });
  bench.run_to(at(55 * kMillisecond));
  CHECK(group->cpu_stat(at(55 * kMillisecond)).throttled_periods == 0);
  bench.run_to(at(70 * kMillisecond));
  CHECK(group->cpu_stat(at(70 * kMillisecond)).is_throttled);
  CHECK(group->cpu_stat(at(70 * kMillisecond)).throttled == 10 * kMillisecond);
  CHECK(group->cpu_stat(at(70 * kMillisecond)).waiting == 1);
  bench.run->run();
  CHECK(bench.out() == "50ms\n110ms\n");
  CHECK(group->cpu_stat(bench.run->now()).throttled == 40 * kMillisecond);
}

TEST_CASE("a group without quota waits for its period, not for a core") {
  Cgroup* group = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    group = &group_with(machine.cgroup(), "limited", 10'000, quota_ms(20));
    (new Box(*group))->start(unit("limited", []() -> Task<> {
      co_await compute(20 * kMillisecond);
      co_await sleep_for(10 * kMillisecond);
      co_await compute(10 * kMillisecond);
    }));
    burning(machine.cgroup(), "busy", 1, {.after_ms = 22});
  });
  bench.run_to(at(30 * kMillisecond));
  REQUIRE(bench.run->now() == at(30 * kMillisecond));
  CHECK(bench.machine->cpu().busy_cores() == 1);
  CHECK(bench.machine->cpu().queue_length() == 0);
  CHECK(group->cpu_stat(bench.run->now()).is_throttled);
}

TEST_CASE("two cores use up a quota twice as fast") {
  const Bench bench = start({.cores = 2}, [](Machine& machine) {
    burning(machine.cgroup(), "half", 100, {.goroutines = 2, .each_ms = 500}, quota_ms(50));
  });
  bench.run->run();
  // 25 ms for each in a period.
  CHECK(bench.out() == "half 1.925s\nhalf 1.925s\n");
}

TEST_CASE("a quota ends earlier when another core joins, and later when one leaves") {
  const Bench bench = start({.cores = 2}, [](Machine& machine) {
    Box& joined = *new Box(group_with(machine.cgroup(), "joined", 100, quota_ms(50)));
    start_burning(joined, "first", {.each_ms = 40});
    start_burning(joined, "second", {.each_ms = 20, .after_ms = 20});
    Box& left = *new Box(group_with(machine.cgroup(), "left", 100, quota_ms(50)));
    start_burning(left, "third", {.each_ms = 10, .after_ms = 300});
    start_burning(left, "fourth", {.each_ms = 60, .after_ms = 300});
  });
  bench.run->run();
  // 20 + 2 * 15 ms until 35 ms; then 5 ms of each are left. And 2 * 10 ms until 310 ms, 30 ms more
  // until 340 ms, then 20 ms from 400 ms on.
  CHECK(bench.out() == "second 105ms\nfirst 105ms\nthird 310ms\nfourth 420ms\n");
}

TEST_CASE("a quota of more than one core does not slow down one goroutine") {
  Cgroup* group = nullptr;
  const Bench bench = start({.cores = 4}, [&](Machine& machine) {
    group = &burning(machine.cgroup(), "roomy", 100, {.each_ms = 1000}, quota_ms(150));
  });
  bench.run->run();
  CHECK(bench.out() == "roomy 1s\n");
  CHECK(group->cpu_stat(at(kSecond)).periods == 10);
  CHECK(group->cpu_stat(at(kSecond)).throttled_periods == 0);
}

TEST_CASE("what the groups below use counts against the quota of those above") {
  Cgroup* pod = nullptr;
  Cgroup* one = nullptr;
  const Bench bench = start({.cores = 2}, [&](Machine& machine) {
    pod = &group_with(machine.cgroup(), "pod", 100, quota_ms(60));
    one = &burning(*pod, "one", 100, {.each_ms = 90}, quota_ms(50));
    burning(*pod, "two", 100, {.each_ms = 90}, quota_ms(50));
  });
  bench.run_to(at(80 * kMillisecond));
  CHECK(pod->cpu_stat(at(80 * kMillisecond)).is_throttled);
  CHECK_FALSE(one->cpu_stat(at(80 * kMillisecond)).is_throttled);
  CHECK(one->cpu_stat(at(80 * kMillisecond)).stalled == 50 * kMillisecond);
  bench.run->run();
  CHECK(bench.out() == "two 230ms\none 230ms\n");
  CHECK(pod->cpu_stat(bench.run->now()).throttled_periods == 2);
  CHECK(one->cpu_stat(bench.run->now()).throttled_periods == 0);
}

TEST_CASE("the limits of groups within each other hold with their own periods") {
  Cgroup* outer = nullptr;
  Cgroup* inner = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    outer = &group_with(machine.cgroup(), "outer", 100, quota_ms(30));
    inner = &burning(*outer, "inner", 100, {.each_ms = 50}, quota_ms(20, 50));
  });
  bench.run->run();
  // inner: 0 to 20 ms, 50 to 60 ms (then outer has none), 100 to 120 ms.
  CHECK(bench.out() == "inner 120ms\n");
  CHECK(inner->cpu_stat(bench.run->now()).throttled_periods == 1);
  CHECK(inner->cpu_stat(bench.run->now()).throttled == 30 * kMillisecond);
  CHECK(outer->cpu_stat(bench.run->now()).throttled_periods == 1);
  CHECK(outer->cpu_stat(bench.run->now()).throttled == 40 * kMillisecond);
}

TEST_CASE("a throttled group leaves its core to others at once") {
  Cgroup* limited = nullptr;
  Cgroup* free = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    limited = &burning(machine.cgroup(), "limited", 10'000, {}, quota_ms(30));
    free = &burning(machine.cgroup(), "free", 1);
  });
  bench.run_to(at(kSecond));
  CHECK(bench.usage(*limited, at(kSecond)) == 300 * kMillisecond);
  CHECK(bench.usage(*free, at(kSecond)) == 700 * kMillisecond);
}

TEST_CASE("a quota that is lifted or raised counts at once") {
  const Bench bench = start({}, [](Machine& machine) {
    burning(machine.cgroup(), "lifted", 100, {.each_ms = 60}, quota_ms(20));
    burning(machine.cgroup(), "raised", 100, {.each_ms = 60, .after_ms = 1000}, quota_ms(20));
    machine.run(unit("tuner", []() -> Task<> {
      Cgroup& root = this_machine().cgroup();
      co_await sleep_for(30 * kMillisecond);
      must(root.child("lifted")->set_cpu_max({}));
      co_await sleep_for(1000 * kMillisecond);
      must(root.child("raised")->set_cpu_max(quota_ms(30)));
    }));
  });
  bench.run->run();
  // lifted: 20 ms, and 40 ms from 30 ms on. raised: 20 ms from 1000 ms on; then a new period begins
  // at 1030 ms: 30 ms, and 10 ms from 1130 ms on.
  CHECK(bench.out() == "lifted 70ms\nraised 1.14s\n");
}

TEST_CASE("a limit that is set while the group computes counts from then on") {
  const Bench bench = start({}, [](Machine& machine) {
    burning(machine.cgroup(), "group", 100, {.each_ms = 60});
    machine.run(unit("tuner", []() -> Task<> {
      co_await sleep_for(30 * kMillisecond);
      must(this_machine().cgroup().child("group")->set_cpu_max(quota_ms(20)));
    }));
  });
  bench.run->run();
  CHECK(bench.out() == "group 140ms\n");
}

TEST_CASE("a world ends when nothing computes, whatever was throttled") {
  Cgroup* group = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    group = &burning(machine.cgroup(), "victim", 100, {.each_ms = 500}, quota_ms(20));
    machine.run(unit("killer", []() -> Task<> {
      co_await sleep_for(130 * kMillisecond);
      for (const ProcessId id : std::vector(this_machine().processes())) {
        if (id != current_process().id()) scheduler().kill(id);
      }
    }));
  });
  bench.run->run();
  CHECK(bench.run->now() == at(130 * kMillisecond));
  const CpuStat stat = group->cpu_stat(bench.run->now());
  CHECK(stat.usage == 40 * kMillisecond);
  CHECK(stat.throttled == 90 * kMillisecond);
  CHECK(stat.waiting == 0);
  CHECK_FALSE(stat.is_throttled);
}

TEST_CASE("weights and quotas out of range are refused as Linux does") {
  const Bench bench = start({}, [](Machine& machine) {
    machine.run(unit("tuner", []() -> Task<> {
      Cgroup& group = *this_machine().cgroup().create("group");
      println(group.set_cpu_weight(0));
      println(group.set_cpu_weight(10'001));
      println(group.set_cpu_max(quota_ms(50, 1001)));
      println(group.cpu_weight(), group.cpu_max().quota);
      println(group.set_cpu_max({.quota = 999 * kMicrosecond}));
      println(group.set_cpu_max({.quota = kMillisecond, .period = Duration{}}));
      println(this_machine().cgroup().set_cpu_max(quota_ms(50)));
      co_return;
    }));
  });
  bench.run->run();
  CHECK(bench.out() ==
        "numerical result out of range\nnumerical result out of range\ninvalid argument\n"
        "100 0s\ninvalid argument\ninvalid argument\ninvalid argument\n");
}
