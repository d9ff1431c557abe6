// The tree of control groups, processes in hosts of their own, pids.max, and crashes.

#include "sim/node/cgroup.h"

#include <catch_amalgamated.hpp>

#include "sim/net/cluster.h"
#include "tests/node/boxes.h"

using namespace engine;
using namespace boxes;
using sim::node::allocate;
using sim::node::CgroupView;
using sim::node::compute;
using sim::node::look_at_cgroups;
using sim::node::MemoryBlock;
using sim::node::this_host;
using sim::node::this_machine;
using sim::node::this_machine_or_null;

namespace {

using Names = std::vector<std::string>;

Task<> sleep_long() {
  co_await sleep_for(10 * kSecond);
}

struct Recorder final : sim::node::Device {
  Names seen;
  void process_ended(ProcessId) override { seen.push_back("ended"); }
  void machine_crashed() override { seen.push_back("crashed"); }
  void machine_started() override { seen.push_back("started"); }
};

std::vector<std::string> paths(const Cgroup& group) {
  Names names;
  for (const CgroupView& view : look_at_cgroups(group, Instant{})) names.push_back(view.path);
  return names;
}

}  // namespace

TEST_CASE("groups have paths, and are looked at from the root down, oldest first") {
  const Bench bench = start({}, [](Machine& machine) {
    Cgroup& kubepods = *machine.cgroup().create("kubepods");
    Cgroup& burstable = *kubepods.create("burstable");
    burstable.create("pod1")->create("c1");
    kubepods.create("besteffort");
    burstable.create("pod2");
  });
  CHECK(paths(bench.machine->cgroup()) ==
        Names{"/", "/kubepods", "/kubepods/burstable", "/kubepods/burstable/pod1",
              "/kubepods/burstable/pod1/c1", "/kubepods/burstable/pod2", "/kubepods/besteffort"});
  const Cgroup& c1 =
      *bench.machine->cgroup().child("kubepods")->child("burstable")->child("pod1")->child("c1");
  CHECK(c1.is_within(bench.machine->cgroup()));
  CHECK(c1.is_within(c1));
  CHECK_FALSE(bench.machine->cgroup().is_within(c1));
  CHECK(bench.machine->cgroup().child("besteffort") == nullptr);
}

TEST_CASE("a group with processes or groups is busy; one that is removed can still be read") {
  const Bench bench = start({}, [](Machine& machine) {
    machine.run(unit("runtime", []() -> Task<> {
      Cgroup& root = this_machine().cgroup();
      Ref<Cgroup> pod = root.create("pod");
      const Ref<Cgroup> inner = pod->create("inner");
      println(root.remove());
      println(pod->remove());
      auto& box = *new Box(*inner);
      const Process& process = *box.start(unit("app", []() -> Task<> {
        const MemoryBlock block = co_await allocate(500);
        co_await compute(2 * kSecond);
      }));
      co_await sleep_for(kSecond);
      println(inner->remove());
      println(inner->pids(), pod->pids());
      scheduler().kill(process.id());
      println(inner->remove());
      println(inner->is_removed());
      println(inner->remove());
      println(pod->remove());
      println(inner->path(), inner->memory_peak(), inner->cpu_stat(now()).usage, inner->pids());
      const auto again = this_machine().run(unit("late", sleep_long), box);
      println(again.process == nullptr, again.error);
      println(root.children().empty(), root.cpu_stat(now()).usage);
    }));
  });
  bench.run->run();
  CHECK(bench.out() ==
        "device or resource busy\ndevice or resource busy\ndevice or resource busy\n1 1\n"
        "<nil>\ntrue\n<nil>\n<nil>\n"
        "/pod/inner 500 1s 0\n"
        "true no such device\n"
        "true 1s\n");
}

TEST_CASE("a process sees its host, and the machine under it") {
  Recorder* network = nullptr;
  Recorder* inside = nullptr;
  Box* box = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    network = new Recorder;
    inside = new Recorder;
    machine.set_network(network);
    box = new Box(*machine.cgroup().create("c1"), inside);
    static constexpr auto tell = []() -> Task<> {
      println(current_process().host()->host_name(), this_machine().name(),
              this_host().cgroup().path(), this_host().network() == this_machine().network(),
              &this_host() == &this_machine());
      co_return;
    };
    machine.run(unit("bare", tell));
    box->start(unit("boxed", tell));
  });
  bench.run->run();
  CHECK(bench.out() == "machine machine / true true\nc1 machine /c1 false false\n");
  CHECK(network->seen == Names{"ended"});
  CHECK(inside->seen == Names{"ended"});
  CHECK(box->ended == Names{"boxed"});
  CHECK(bench.machine->processes().empty());
}

TEST_CASE("a process that runs on nothing has no machine") {
  const auto outcome = support::simulate([]() -> Task<> {
    println(this_machine_or_null() == nullptr);
    co_return;
  });
  CHECK(outcome.out == "true\n");
}

TEST_CASE("pids.max keeps processes from starting, in the group and below it") {
  Cgroup* pod = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    pod = &*machine.cgroup().create("pod");
    pod->set_pids_max(2);
    machine.run(unit("runtime", []() -> Task<> {
      Cgroup& group = *this_machine().cgroup().child("pod");
      auto& one = *new Box(*group.create("one"));
      auto& two = *new Box(*group.create("two"));
      Machine& mine = this_machine();
      // Goroutines are not threads.
      const auto first = mine.run(unit("first",
                                       []() -> Task<> {
                                         for (int i = 0; i < 100; ++i) go(sleep_long);
                                         co_await sleep_for(kSecond);
                                       }),
                                  one);
      const auto second = mine.run(unit("second", sleep_long), two);
      const auto third = mine.run(unit("third", sleep_long), two);
      println(first.error, second.error, third.error, third.process == nullptr, group.pids());
      co_await sleep_for(2 * kSecond);
      const auto fourth = mine.run(unit("fourth", sleep_long), one);
      println(fourth.error, group.pids());
    }));
  });
  bench.run->run();
  CHECK(bench.out() == "<nil> <nil> resource temporarily unavailable true 2\n<nil> 2\n");
  CHECK(pod->pids() == 0);
  CHECK(pod->pids_refused() == 1);
  CHECK(pod->child("two")->pids_refused() == 0);
}

namespace {

// Computes and takes memory in a group, or says that all groups are gone.
Task<> boot() {
  Machine& machine = this_machine();
  println("boot at", since(Instant{}), machine.cgroup().children().empty(),
          machine.cgroup().memory_usage(), machine.cgroup().pids());
  Cgroup& pod = *machine.cgroup().create("pod");
  ENGINE_CHECK(!pod.set_cpu_max({.quota = 20 * kMillisecond}));
  auto& box = *new Box(*pod.create("c1"));
  static constexpr auto app = []() -> Task<> {
    const MemoryBlock block = co_await allocate(int64_t{1} << 20);
    co_await compute(50 * kMillisecond);
    println("done at", since(Instant{}));
    co_await sleep_for(3600 * kSecond);
  };
  box.start(unit("app", app));
  box.start(unit("second", app));
  co_await sleep_for(3600 * kSecond);
}

}  // namespace

TEST_CASE("a crash ends the processes of all hosts and all groups; a start begins anew") {
  Machine* machine = nullptr;
  Box* box = nullptr;
  Recorder* network = nullptr;
  Recorder* inside = nullptr;
  const auto run = std::make_unique<Run>(RunOptions{}, [&] {
    auto& cluster = *new sim::net::Cluster;
    Machine::Options options;
    options.name = "local";
    options.cores = 2;
    machine = &cluster.add_machine(options);
    network = new Recorder;
    inside = new Recorder;
    machine->set_network(network);
    machine->attach(*inside);
    machine->add_unit(unit("boot", boot));
    const Ref<Cgroup> group = machine->cgroup().create("lasting");
    box = new Box(*group, inside);
    box->start(unit("boxed", sleep_long));
    cluster.plan(at(15 * kMillisecond), "crash local");
    cluster.plan(at(kSecond), "restart local");
    cluster.plan(at(1500 * kMillisecond), "crash local");
    cluster.boot();
  });
  while (run->next_instant() <= at(14 * kMillisecond) && run->step()) {
  }
  // Two cores have used up the 20 ms.
  CHECK(machine->cgroup().child("pod")->cpu_stat(run->now()).is_throttled);
  CHECK(machine->cgroup().memory_usage() == int64_t{2} << 20);
  CHECK(machine->cgroup().pids() == 4);
  while (run->next_instant() <= at(500 * kMillisecond) && run->step()) {
  }
  CHECK(run->now() == at(15 * kMillisecond));
  CHECK(machine->cgroup().children().empty());
  CHECK(machine->cgroup().memory_usage() == 0);
  CHECK(machine->cgroup().memory_peak() == 0);
  CHECK(machine->cgroup().pids() == 0);
  CHECK(machine->cpu().busy_cores() == 0);
  CHECK(machine->processes().empty());
  CHECK(box->cgroup().is_removed());
  CHECK(box->cgroup().path() == "/lasting");
  CHECK(box->ended == Names{"boxed by a crash"});
  CHECK(inside->seen == Names{"crashed"});
  run->run();
  CHECK(support::printed(run->world(), Stream::kStdout) ==
        "boot at 0s false 0 2\nboot at 1s true 0 1\ndone at 1.41s\ndone at 1.41s\n");
  CHECK(run->now() == at(1500 * kMillisecond));
  // A crash tells no device of the processes that it ends.
  CHECK(network->seen == Names{"crashed", "started", "crashed"});
  CHECK(inside->seen == Names{"crashed", "started", "crashed"});
}

TEST_CASE("a device that is detached hears no more") {
  Recorder* device = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    device = new Recorder;
    machine.attach(*device);
    machine.crash();
    machine.detach(*device);
    machine.start();
  });
  CHECK(device->seen == Names{"crashed"});
}

TEST_CASE("many groups are small, and quick to make and to remove") {
  constexpr int kGroups = 150'000;
  size_t before = 0;
  size_t with_them = 0;
  const Bench bench = start({}, [&](Machine& machine) {
    machine.run(unit("runtime", []() -> Task<> {
      Cgroup& pods = *this_machine().cgroup().create("pods");
      co_await sleep_for(kSecond);
      for (int i = 0; i < kGroups; ++i) {
        Cgroup& group = *pods.create("pod" + std::to_string(i));
        ENGINE_CHECK(!group.set_cpu_max({.quota = kMillisecond}));
        group.set_memory_max(1000);
      }
      co_await sleep_for(kSecond);
      while (Cgroup* const last = pods.children().back()) ENGINE_CHECK(!last->remove());
      co_await sleep_for(kSecond);
    }));
  });
  bench.run_to(at(500 * kMillisecond));
  before = bench.run->world().arena().live_bytes();
  bench.run_to(at(1500 * kMillisecond));
  with_them = bench.run->world().arena().live_bytes();
  CHECK((with_them - before) / kGroups <= 208);
  bench.run->run();
  CHECK(bench.run->world().arena().live_bytes() <= before + 100'000);
}

TEST_CASE("views only look") {
  Cgroup* group = nullptr;
  const Bench bench = start({}, [&](Machine& machine) {
    group = &*machine.cgroup().create("group");
    ENGINE_CHECK(!group->set_cpu_max({.quota = 20 * kMillisecond}));
    (new Box(*group))->start(unit("app", []() -> Task<> {
      const MemoryBlock block = co_await allocate(77);
      co_await compute(kSecond);
    }));
  });
  bench.run_to(at(50 * kMillisecond));
  const size_t bytes = bench.run->world().arena().used_bytes();
  const std::vector<CgroupView> views =
      look_at_cgroups(bench.machine->cgroup(), at(90 * kMillisecond));
  CHECK(bench.run->world().arena().used_bytes() == bytes);
  REQUIRE(views.size() == 2);
  CHECK(views[1].path == "/group");
  CHECK(views[1].cpu.usage == 20 * kMillisecond);
  CHECK(views[1].cpu.throttled == 70 * kMillisecond);
  CHECK(views[1].cpu.is_throttled);
  CHECK(views[1].memory_usage == 77);
  CHECK(views[1].memory_max == Cgroup::kNoMemoryLimit);
  CHECK(views[1].pids == 1);
  CHECK(views[0].memory_max == int64_t{1} << 30);
  // Nothing has changed: what follows is as if nobody had looked.
  bench.run_to(at(110 * kMillisecond));
  CHECK(group->cpu_stat(at(110 * kMillisecond)).usage == 30 * kMillisecond);
}
