// Random work in random trees of control groups, against what holds of any: nothing is lost, no
// quota is passed in any period, and no core is idle while a goroutine waits that may run.

#include <catch_amalgamated.hpp>

#include <cstdlib>

#include "engine/world/hash.h"
#include "tests/node/boxes.h"

using namespace engine;
using namespace boxes;
using sim::node::compute;
using sim::node::CpuStat;

namespace {

struct Random {
  uint64_t state;
  /// From 0 to n - 1.
  int64_t below(int64_t n) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<int64_t>((state >> 33) % static_cast<uint64_t>(n));
  }
};

// Lengths with and without whole milliseconds, so that some ends meet and some do not.
Duration random_length(Random& random, int64_t most_ms) {
  Duration length = kMillisecond * random.below(most_ms);
  if (random.below(3) == 0) length.ns += random.below(kMillisecond.ns);
  return length;
}

// args: a seed. Prints when each of its goroutines has done what, and adds it up in its box.
Task<> churn() {
  Random random{std::stoull(current_process().args()[0])};
  const auto work = [](uint64_t seed) -> Task<> {
    Random own{seed};
    const int64_t rounds = 1 + own.below(8);
    for (int64_t i = 0; i < rounds; ++i) {
      const Duration pause = random_length(own, 20);
      if (own.below(2) == 0) co_await sleep_for(pause);
      const Duration length = random_length(own, 25);
      co_await compute(length);
      println(current_process().name(), length, since(Instant{}));
      if (Box* const box = Box::here()) box->computed = box->computed + length;
    }
  };
  const int64_t goroutines = 1 + random.below(4);
  for (int64_t i = 0; i < goroutines; ++i) {
    go(work, random.state + static_cast<uint64_t>(i) * 977);
  }
  co_await sleep_for(100 * kSecond);
}

struct Tree {
  std::vector<const Cgroup*> groups;  // the root first, parents before children
  std::vector<const Box*> boxes;
  std::vector<Process*> processes;
};

void build(Machine& machine, Random& random, Tree& tree) {
  std::vector<Cgroup*> groups = {&machine.cgroup()};
  const int64_t count = 1 + random.below(9);
  for (int64_t i = 0; i < count; ++i) {
    Cgroup& parent =
        *groups[static_cast<size_t>(random.below(static_cast<int64_t>(groups.size())))];
    Cgroup& group = *parent.create("g" + std::to_string(i));
    ENGINE_CHECK(!group.set_cpu_weight(static_cast<uint32_t>(1 + random.below(10'000))));
    if (random.below(2) == 0) {
      CpuMax max;
      max.period = kMillisecond * (5 + random.below(60));
      max.quota = kMillisecond + random_length(random, max.period.ns / kMillisecond.ns * 2);
      ENGINE_CHECK(!group.set_cpu_max(max));
    }
    groups.push_back(&group);
  }
  const int64_t processes = 1 + random.below(8);
  for (int64_t i = 0; i < processes; ++i) {
    auto& box =
        *new Box(*groups[static_cast<size_t>(random.below(static_cast<int64_t>(groups.size())))]);
    tree.boxes.push_back(&box);
    tree.processes.push_back(
        box.start(unit("p" + std::to_string(i), churn, {std::to_string(random.below(1 << 30))})));
  }
  tree.groups.assign(groups.begin(), groups.end());
}

// What a group has used in its current period, measured from outside.
struct Meter {
  const Cgroup* group;
  bool has_begun = false;
  Instant begin;
  Duration used_at_begin;
};

const Cgroup& group_of(const Process& process) {
  return static_cast<sim::node::Host*>(process.host())->cgroup();
}

uint32_t computing(const Process& process) {
  uint32_t count = 0;
  for (const Goroutine& task : process.tasks()) {
    const bool waits = task.state() == TaskState::kWaiting && task.op() != nullptr;
    if (waits && task.op()->reason() == WaitReason::kCompute) ++count;
  }
  return count;
}

bool is_throttled(const Cgroup& group, Instant now) {
  const Cgroup* at = &group;
  while (at != nullptr && !at->cpu_stat(now).is_throttled) at = at->parent();
  return at != nullptr;
}

struct Checker {
  const Bench& bench;
  const Tree& tree;
  std::vector<Meter> meters;

  Checker(const Bench& b, const Tree& t) : bench(b), tree(t) {
    for (const Cgroup* group : t.groups) {
      if (group->cpu_max().quota != Duration{}) meters.push_back({group, false, {}, {}});
    }
  }

  // Before a step that happens at `next`.
  void end_periods(Instant next) {
    for (Meter& meter : meters) {
      const CpuMax& max = meter.group->cpu_max();
      while (meter.has_begun && meter.begin + max.period <= next) {
        meter.begin = meter.begin + max.period;
        const Duration used = meter.group->cpu_stat(meter.begin).usage;
        REQUIRE(used - meter.used_at_begin <= max.quota);
        meter.used_at_begin = used;
      }
    }
  }

  // All that happens at this instant has happened.
  void check_instant() {
    const Instant now = bench.run->now();
    uint32_t may_run = 0;
    for (const Process* process : tree.processes) {
      const uint32_t its = computing(*process);
      if (!is_throttled(group_of(*process), now)) may_run += its;
      for (Meter& meter : meters) {
        if (its == 0 || meter.has_begun || !group_of(*process).is_within(*meter.group)) continue;
        meter.has_begun = true;
        meter.begin = now;
      }
    }
    const auto& cpu = bench.machine->cpu();
    REQUIRE(cpu.busy_cores() == std::min(cpu.cores(), may_run));
    REQUIRE(cpu.busy_cores() + cpu.queue_length() == may_run);
    for (const Meter& meter : meters) {
      const CpuStat stat = meter.group->cpu_stat(now);
      const Duration used = stat.usage - meter.used_at_begin;
      REQUIRE(used <= meter.group->cpu_max().quota);
      // It is throttled with less than a nanosecond for each core left.
      if (stat.is_throttled) {
        REQUIRE(used + kNanosecond * cpu.cores() > meter.group->cpu_max().quota);
        REQUIRE(stat.waiting > 0);
      }
    }
    check_sums(false);
  }

  // Of all groups together: what they use, and what their own programs have computed.
  void check_sums(bool all_is_done) const {
    const Instant now = bench.run->now();
    for (const Cgroup* group : tree.groups) {
      Duration own = group->cpu_stat(now).usage;
      for (const Cgroup& child : group->children()) own = own - child.cpu_stat(now).usage;
      Duration computed;
      for (const Box* box : tree.boxes) {
        if (box->group() == group) computed = computed + box->computed;
      }
      REQUIRE(own >= computed);
      if (all_is_done) REQUIRE(own == computed);
    }
  }
};

int64_t seeds() {
  return std::getenv("ORRERY_LONG") != nullptr ? 5000 : 200;
}

void run_checked(uint64_t seed, Policy policy) {
  CAPTURE(seed);
  Random random{seed};
  Options options;
  options.cores = static_cast<uint32_t>(1 + random.below(4));
  options.run = support::with_policy(policy, seed);
  const Tree* tree = nullptr;
  const Bench bench = start(options, [&](Machine& machine) {
    auto& made = *new Tree;
    build(machine, random, made);
    tree = &made;
  });
  // A third of the runs loses a process in the middle.
  const bool kills = seed % 3 == 0;
  const Instant killed_at = at(kMillisecond * random.below(60));
  bool has_killed = false;
  Checker checker(bench, *tree);
  while (bench.run->next_instant() <= at(99 * kSecond)) {
    if (kills && !has_killed && bench.run->next_instant() > killed_at) {
      has_killed = true;
      checker.end_periods(killed_at);
      const uint32_t victim = tree->processes.back()->id().value;
      REQUIRE(bench.run->apply("kill " + std::to_string(victim), killed_at));
    } else {
      checker.end_periods(bench.run->next_instant());
      REQUIRE(bench.run->step());
    }
    if (bench.run->next_instant() > bench.run->now()) checker.check_instant();
  }
  // No alarm is left but those of the sleeping main goroutines.
  const Instant rest = bench.run->next_instant();
  CHECK((rest == at(100 * kSecond) || (kills && rest == kEndOfTime)));
  checker.check_sums(!kills);
  CHECK(bench.machine->cpu().busy_cores() == 0);
}

}  // namespace

TEST_CASE("random work in random groups keeps to every quota and leaves no core idle") {
  for (int64_t seed = 1; seed <= seeds(); ++seed) {
    run_checked(static_cast<uint64_t>(seed), seed % 4 == 0 ? Policy::kRandom : Policy::kFifo);
  }
}

namespace {

// args: how many goroutines compute for ever.
Task<> burn() {
  const auto work = []() -> Task<> { co_await compute(3600 * kSecond); };
  for (int64_t i = std::stoll(current_process().args()[0]); i > 0; --i) go(work);
  co_await sleep_for(3600 * kSecond);
}

// A group's part of the core when something computes in every group without children.
Duration share_of(const Cgroup& group, Duration whole) {
  const Cgroup* const parent = group.parent();
  if (parent == nullptr) return whole;
  int64_t weights = 0;
  for (const Cgroup& sibling : parent->children()) weights += sibling.cpu_weight();
  return share_of(*parent, whole) * group.cpu_weight() / weights;
}

}  // namespace

TEST_CASE("in random groups that all compute, each has the share of its weights") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    Options options;
    std::vector<const Cgroup*>* leaves = nullptr;
    const Bench bench = start(options, [&](Machine& machine) {
      leaves = new std::vector<const Cgroup*>;
      std::vector<Cgroup*> groups = {&machine.cgroup()};
      for (int64_t i = 0; i < 12; ++i) {
        const auto parent = static_cast<size_t>(random.below(i + 1));
        groups.push_back(groups[parent]->create("g" + std::to_string(i)).get());
        const auto weight = static_cast<uint32_t>(10 + random.below(990));
        ENGINE_CHECK(!groups.back()->set_cpu_weight(weight));
      }
      for (Cgroup* const group : groups) {
        if (!group->children().empty()) continue;
        leaves->push_back(group);
        auto& box = *new Box(*group);
        box.start(unit("burn", burn, {std::to_string(1 + random.below(5))}));
      }
    });
    const Instant end = at(20 * kSecond);
    bench.run_to(end);
    for (const Cgroup* const leaf : *leaves) {
      const Duration got = leaf->cpu_stat(end).usage;
      const Duration wanted = share_of(*leaf, 20 * kSecond);
      CAPTURE(leaf->path(), got.ns, wanted.ns);
      CHECK(got <= wanted + 3 * sim::node::Cpu::kSlice);
      CHECK(got + 3 * sim::node::Cpu::kSlice >= wanted);
    }
  }
}

TEST_CASE("single goroutines share several cores by weight where none would need more than one") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    Options options;
    options.cores = static_cast<uint32_t>(2 + random.below(3));
    std::vector<uint32_t> weights;
    uint32_t sum = 0;
    uint32_t most = 0;
    // One more than the cores at least, and none with more than a core's part.
    while (weights.size() <= options.cores || most * options.cores >= sum) {
      weights.push_back(static_cast<uint32_t>(20 + random.below(200)));
      sum += weights.back();
      most = std::max(most, weights.back());
    }
    const Bench bench = start(options, [&](Machine& machine) {
      for (size_t i = 0; i < weights.size(); ++i) {
        Cgroup& group = *machine.cgroup().create("g" + std::to_string(i));
        ENGINE_CHECK(!group.set_cpu_weight(weights[i]));
        (new Box(group))->start(unit("burn", burn, {"1"}));
      }
    });
    const Instant end = at(10 * kSecond);
    bench.run_to(end);
    for (const Cgroup& group : bench.machine->cgroup().children()) {
      const Duration got = group.cpu_stat(end).usage;
      const Duration wanted = 10 * kSecond * options.cores * group.cpu_weight() / sum;
      CAPTURE(group.cpu_weight(), got.ns, wanted.ns);
      CHECK(got <= wanted + 2 * sim::node::Cpu::kSlice);
      CHECK(got + 2 * sim::node::Cpu::kSlice >= wanted);
    }
  }
}

TEST_CASE("without groups, goroutines take turns as they did before there were any") {
  // Who has computed when, of 40 runs on 1 to 4 cores: the hash of what they print.
  uint64_t hash = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Options options;
    options.cores = static_cast<uint32_t>(1 + seed % 4);
    const Bench bench = start(options, [&](Machine& machine) {
      for (uint64_t i = 0; i < 3; ++i) {
        machine.run(unit("p" + std::to_string(i), churn, {std::to_string(seed * 10 + i)}));
      }
    });
    bench.run->run();
    hash = combine(hash, hash_bytes(bench.out()));
  }
  CHECK(hash == 0xcd4bf5015f9cf503);
}
