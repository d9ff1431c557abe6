// Memory of control groups: what counts where, and whom the OOM killer kills.

#include <catch_amalgamated.hpp>

#include "tests/node/boxes.h"

using namespace engine;
using namespace boxes;
using sim::node::allocate;
using sim::node::MemoryBlock;
using sim::node::MemoryEvents;
using sim::node::OomKill;
using sim::node::ProcessMemory;
using sim::node::this_host;
using sim::node::this_machine;

namespace {

constexpr int64_t kMiB = int64_t{1} << 20;

// args: pairs of ms to sleep, then MiB to take. Keeps them for 10 s more.
Task<> take() {
  const std::vector<std::string> plan = current_process().args();
  std::vector<MemoryBlock> blocks;
  for (size_t i = 0; i + 1 < plan.size(); i += 2) {
    co_await sleep_for(kMillisecond * std::stoll(plan[i]));
    MemoryBlock block = co_await allocate(std::stoll(plan[i + 1]) * kMiB);
    println(current_process().name(), block ? "has" : "is refused", std::stoll(plan[i + 1]), "at",
            since(Instant{}));
    blocks.push_back(std::move(block));
  }
  co_await sleep_for(10 * kSecond);
}

Cgroup& group_of(Cgroup& parent, std::string_view name, int64_t limit_mib) {
  Cgroup& group = *parent.create(name);
  if (limit_mib > 0) group.set_memory_max(limit_mib * kMiB);
  return group;
}

sim::node::Unit taker(std::string name, std::vector<std::string> plan, int32_t adjustment = 0) {
  sim::node::Unit made = unit(std::move(name), take, std::move(plan));
  made.oom_score_adj = adjustment;
  return made;
}

struct Watcher final : sim::node::OomObserver {
  std::vector<std::string> seen;  // PROCESS in GROUP by LIMIT
  void oom_kills(const OomKill& kill) override {
    ENGINE_CHECK(kill.process.running());
    seen.push_back(std::string(kill.process.name()) + " in " + kill.host.cgroup().path() + " by " +
                   kill.cgroup.path());
  }
};

Watcher& watch(Machine& machine) {
  auto& watcher = *new Watcher;
  machine.add_oom_observer(watcher);
  return watcher;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("memory counts in the process, its group and all above, until it is given back") {
  Cgroup* pod = nullptr;
  Cgroup* one = nullptr;
  Process* first = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    pod = &group_of(machine.cgroup(), "pod", 0);
    one = &group_of(*pod, "one", 0);
    first = (new Box(*one))->start(unit("first", []() -> Task<> {
      {
        MemoryBlock block = co_await allocate(300);
        MemoryBlock moved = std::move(block);
        ENGINE_CHECK(!block && block.bytes() == 0 && moved.bytes() == 300);
        MemoryBlock more = co_await allocate(50);
        more = std::move(moved);
        co_await sleep_for(kSecond);
        more.free();
        more.free();
        co_await sleep_for(kSecond);
        more = co_await allocate(7);
      }
      MemoryBlock last = co_await allocate(20);
      co_await sleep_for(kSecond);
    }));
    (new Box(group_of(*pod, "two", 0)))->start(unit("second", []() -> Task<> {
      const MemoryBlock block = co_await allocate(1000);
      co_await sleep_for(10 * kSecond);
    }));
  });
  const auto usage = [&](Duration when) {
    bench.run_to(at(when));
    const ProcessMemory* const memory = bench.machine->memory_of(first->id());
    return std::vector<int64_t>{memory == nullptr ? -1 : memory->bytes(), one->memory_usage(),
                                pod->memory_usage(), bench.machine->cgroup().memory_usage()};
  };
  CHECK(usage(500 * kMillisecond) == std::vector<int64_t>{300, 300, 1300, 1300});
  CHECK(usage(1500 * kMillisecond) == std::vector<int64_t>{0, 0, 1000, 1000});
  CHECK(usage(2500 * kMillisecond) == std::vector<int64_t>{20, 20, 1020, 1020});
  CHECK(usage(5 * kSecond) == std::vector<int64_t>{-1, 0, 1000, 1000});
  bench.run->run();
  CHECK(pod->memory_usage() == 0);
  CHECK(one->memory_peak() == 350);
  CHECK(pod->memory_peak() == 1300);
}

TEST_CASE("a block that outlives its process has no bytes, and nothing is given back twice") {
  Box* box = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    box = new Box(*machine.cgroup().create("group"));
    static constexpr auto keep = []() -> Task<> {
      MemoryBlock block = co_await allocate(500);
      Box::here()->kept = std::move(block);
      co_await sleep_for(kSecond);
    };
    box->start(unit("keeper", keep));
    machine.run(unit("second", []() -> Task<> {
      const MemoryBlock block = co_await allocate(1);
      co_await sleep_for(3 * kSecond);
    }));
  });
  bench.run_to(at(500 * kMillisecond));
  CHECK(box->kept.bytes() == 500);
  CHECK(bench.machine->cgroup().memory_usage() == 501);
  bench.run_to(at(1500 * kMillisecond));
  CHECK_FALSE(box->kept);
  CHECK(box->kept.bytes() == 0);
  CHECK(box->cgroup().memory_usage() == 0);
  CHECK(bench.machine->cgroup().memory_usage() == 1);
}

TEST_CASE("a group over its limit loses its largest process, and the allocation goes on") {
  Cgroup* group = nullptr;
  Process* large = nullptr;
  Process* asker = nullptr;
  Watcher* watcher = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    watcher = &watch(machine);
    group = &group_of(machine.cgroup(), "group", 100);
    auto& box = *new Box(*group);
    large = box.start(taker("large", {"0", "60"}));
    box.start(taker("small", {"0", "20"}));
    asker = box.start(taker("asker", {"1000", "50", "1000", "29", "0", "1"}));
    machine.run(taker("bystander", {"0", "500"}));
  });
  bench.run->run();
  CHECK(bench.out() ==
        "large has 60 at 0s\nsmall has 20 at 0s\nbystander has 500 at 0s\n"
        "asker has 50 at 1s\nasker has 29 at 2s\nasker has 1 at 2s\n");
  CHECK(large->exit_kind() == ExitKind::kKilled);
  CHECK(large->exit_code() == 137);
  CHECK(asker->exit_code() == 0);
  CHECK(watcher->seen == Names{"large in /group by /group"});
  const MemoryEvents once{.max = 1, .oom = 1, .oom_kill = 1, .oom_group_kill = 0};
  CHECK(group->memory_events() == once);
  CHECK(bench.machine->cgroup().memory_events() == once);
  CHECK(group->memory_peak() == 100 * kMiB);
}

TEST_CASE("whoever asks for more than its group may have is killed itself, in the middle of it") {
  Process* asker = nullptr;
  Cgroup* group = nullptr;
  Box* box = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    group = &group_of(machine.cgroup(), "group", 100);
    box = new Box(*group);
    asker = box->start(taker("asker", {"0", "60", "1000", "60"}));
  });
  bench.run->run();
  CHECK(bench.out() == "asker has 60 at 0s\n");
  CHECK(asker->exit_code() == 137);
  CHECK(bench.run->now() == at(kSecond));
  CHECK(group->memory_usage() == 0);
  CHECK(group->memory_events().oom_kill == 1);
  CHECK(box->ended == Names{"asker"});
}

TEST_CASE("a limit of a group above kills in all of its groups, and only there") {
  Watcher* watcher = nullptr;
  Cgroup* pod = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    watcher = &watch(machine);
    pod = &group_of(machine.cgroup(), "pod", 100);
    Cgroup& one = group_of(*pod, "one", 80);
    Cgroup& two = group_of(*pod, "two", 80);
    (new Box(one))->start(taker("first", {"0", "70"}));
    (new Box(two))->start(taker("second", {"1000", "50"}));
    (new Box(machine.cgroup()))->start(taker("outside", {"0", "200"}));
  });
  bench.run_to(at(2 * kSecond));
  CHECK(watcher->seen == Names{"first in /pod/one by /pod"});
  CHECK(pod->memory_usage() == 50 * kMiB);
  // The kill counts where the victim was, the limit where it was hit.
  CHECK(pod->child("one")->memory_events() == MemoryEvents{.oom_kill = 1});
  CHECK(pod->child("two")->memory_events() == MemoryEvents{});
  CHECK(pod->memory_events() == MemoryEvents{.max = 1, .oom = 1, .oom_kill = 1});
}

TEST_CASE("a limit of an inner group is hit first, whatever those above it have") {
  Watcher* watcher = nullptr;
  const Bench bench = start({.memory_bytes = 100 * kMiB}, [&](Machine& machine) {
    watcher = &watch(machine);
    Cgroup& pod = group_of(machine.cgroup(), "pod", 90);
    Cgroup& inner = group_of(pod, "inner", 80);
    (new Box(inner))->start(taker("small", {"0", "5"}));
    (new Box(pod))->start(taker("large", {"0", "40"}));
    (new Box(inner))->start(taker("asker", {"1000", "78"}));
  });
  bench.run_to(at(2 * kSecond));
  // inner has no room: small goes. Then pod has none: large goes.
  CHECK(watcher->seen == Names{"small in /pod/inner by /pod/inner", "large in /pod by /pod"});
  CHECK(bench.machine->cgroup().memory_usage() == 78 * kMiB);
}

TEST_CASE("a machine without memory kills as many as it takes, the largest first") {
  Watcher* watcher = nullptr;
  const Bench bench = start({.memory_bytes = 100 * kMiB}, [&](Machine& machine) {
    watcher = &watch(machine);
    Cgroup& group = group_of(machine.cgroup(), "group", 0);
    (new Box(group))->start(taker("a", {"0", "30"}));
    machine.run(taker("b", {"0", "40"}));
    (new Box(group))->start(taker("c", {"0", "20"}));
    machine.run(taker("asker", {"1000", "75"}));
  });
  bench.run_to(at(2 * kSecond));
  CHECK(watcher->seen == Names{"b in / by /", "a in /group by /"});
  CHECK(bench.machine->cgroup().memory_usage() == 95 * kMiB);
  CHECK(bench.machine->cgroup().memory_events().oom == 2);
}

TEST_CASE("of equal processes the youngest is killed") {
  Watcher* watcher = nullptr;
  const Bench bench = start({.memory_bytes = 100 * kMiB}, [&](Machine& machine) {
    watcher = &watch(machine);
    machine.run(taker("oldest", {"2", "40"}));
    machine.run(taker("middle", {"1", "40"}));
    machine.run(taker("youngest", {"1000", "40"}));
  });
  bench.run_to(at(2 * kSecond));
  CHECK(watcher->seen == Names{"middle in / by /"});
}

TEST_CASE("oom_score_adj moves a process by thousandths of the memory in question") {
  // In a group of 1000 MiB: 200 + 0 against 50 + 151, then against 50 + 149.
  for (const int32_t adjustment : {151, 149}) {
    Watcher* watcher = nullptr;
    const Bench bench = start({}, [&](Machine& machine) {
      watcher = &watch(machine);
      auto& box = *new Box(group_of(machine.cgroup(), "group", 1000));
      box.start(taker("plain", {"0", "200"}));
      box.start(taker("adjusted", {"0", "50"}, adjustment));
      box.start(taker("asker", {"1000", "760"}, -999));
    });
    bench.run_to(at(2 * kSecond));
    CAPTURE(adjustment);
    CHECK(watcher->seen.front() ==
          (adjustment == 151 ? "adjusted in /group by /group" : "plain in /group by /group"));
  }
}

TEST_CASE("oom_score_adj of -1000 is never killed; if nobody may be, nothing is granted") {
  Watcher* watcher = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    watcher = &watch(machine);
    auto& box = *new Box(group_of(machine.cgroup(), "group", 100));
    box.start(taker("kept", {"0", "60"}, ProcessMemory::kNeverKilled));
    box.start(taker("spare", {"0", "1"}));
    box.start(taker("asker", {"1000", "60"}, ProcessMemory::kNeverKilled));
  });
  bench.run_to(at(2 * kSecond));
  CHECK(watcher->seen == Names{"spare in /group by /group"});
  CHECK(bench.out() == "kept has 60 at 0s\nspare has 1 at 0s\nasker is refused 60 at 1s\n");
}

TEST_CASE("memory.oom.group kills all of the outermost such group below the limit, or above none") {
  Watcher* watcher = nullptr;
  Cgroup* pod = nullptr;
  Cgroup* inner = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    watcher = &watch(machine);
    pod = &group_of(machine.cgroup(), "pod", 100);
    inner = &group_of(*pod, "inner", 0);
    Cgroup& leaf = group_of(*inner, "leaf", 0);
    inner->set_oom_group(true);
    leaf.set_oom_group(true);
    (new Box(leaf))->start(taker("large", {"0", "70"}));
    (new Box(*inner))->start(taker("beside", {"0", "5"}));
    (new Box(leaf))->start(taker("exempt", {"0", "1"}, ProcessMemory::kNeverKilled));
    (new Box(group_of(*pod, "other", 0)))->start(taker("asker", {"1000", "50"}));
  });
  bench.run_to(at(2 * kSecond));
  CHECK(watcher->seen == Names{"large in /pod/inner/leaf by /pod", "beside in /pod/inner by /pod"});
  CHECK(inner->memory_events() == MemoryEvents{.oom_kill = 2, .oom_group_kill = 1});
  CHECK(pod->memory_events().oom == 1);
  CHECK(pod->memory_usage() == 51 * kMiB);
}

TEST_CASE("memory.oom.group of a group above the one that is full does not count") {
  Watcher* watcher = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    watcher = &watch(machine);
    Cgroup& pod = group_of(machine.cgroup(), "pod", 0);
    pod.set_oom_group(true);
    auto& box = *new Box(group_of(pod, "full", 100));
    box.start(taker("large", {"0", "70"}));
    box.start(taker("asker", {"1000", "50"}));
  });
  bench.run_to(at(2 * kSecond));
  CHECK(watcher->seen == Names{"large in /pod/full by /pod/full"});
}

TEST_CASE("a process takes its base memory when it starts, or is killed before it runs") {
  Process* fits = nullptr;
  Process* fails = nullptr;
  Cgroup* group = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    group = &group_of(machine.cgroup(), "group", 100);
    auto& box = *new Box(*group);
    sim::node::Unit small = taker("small", {"0", "1"});
    small.base_memory_bytes = 60 * kMiB;
    fits = box.start(small);
    auto& other = *new Box(group_of(machine.cgroup(), "other", 10));
    sim::node::Unit large = taker("large", {"0", "1"});
    large.base_memory_bytes = 11 * kMiB;
    fails = other.start(large);
  });
  bench.run_to(at(kSecond));
  CHECK(bench.out() == "small has 1 at 0s\n");
  CHECK(fits->running());
  CHECK(group->memory_usage() == 61 * kMiB);
  CHECK(fails->exit_code() == 137);
  CHECK(bench.machine->cgroup().memory_usage() == 61 * kMiB);
  bench.run->run();
  CHECK(bench.machine->cgroup().memory_usage() == 0);
}

TEST_CASE("base memory that does not fit kills whoever is worse") {
  Watcher* watcher = nullptr;
  const Bench bench = start({.memory_bytes = 100 * kMiB}, [&](Machine& machine) {
    watcher = &watch(machine);
    machine.run(taker("large", {"0", "60"}));
    machine.run(unit("starter", []() -> Task<> {
      co_await sleep_for(kSecond);
      sim::node::Unit late = taker("late", {"0", "1"});
      late.base_memory_bytes = 50 * kMiB;
      this_machine().run(late);
      println("started");
    }));
  });
  bench.run_to(at(2 * kSecond));
  CHECK(watcher->seen == Names{"large in / by /"});
  CHECK(bench.out() == "large has 60 at 0s\nstarted\nlate has 1 at 1s\n");
}

TEST_CASE("a process that dies while it waits for memory leaves nothing behind") {
  const Bench bench = start({.memory_bytes = 100 * kMiB}, [&](Machine& machine) {
    machine.run(unit("parent", []() -> Task<> {
      Machine& here = this_machine();
      const ProcessId child = here.run(taker("child", {"1000", "200"})).id();
      // Asks in the same step in which the child does.
      co_await sleep_for(kSecond);
      scheduler().kill(child);
      println(here.cgroup().memory_usage(), here.processes().size());
    }));
  });
  bench.run->run();
  CHECK(bench.out() == "0 1\n");
}
