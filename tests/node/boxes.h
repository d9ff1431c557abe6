// tests/node/boxes.h: a machine in a world of its own, with hosts in control groups on it.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/node/machine.h"
#include "tests/support/simulate.h"

namespace boxes {

using engine::Duration;
using engine::Instant;
using engine::kMillisecond;
using engine::kSecond;
using sim::node::Cgroup;
using sim::node::CpuMax;
using sim::node::Machine;

/// As little of a container as a host can be. Lives in the arena as long as the world.
class Box final : public sim::node::Host {
 public:
  explicit Box(Cgroup& group, sim::node::Device* network = nullptr)
      : group_(&group), network_(network) {}
  Machine& machine() override { return group_->machine(); }
  Cgroup& cgroup() override { return *group_; }
  [[nodiscard]] sim::node::Device* network() const override { return network_; }
  [[nodiscard]] std::string_view host_name() const override { return group_->name(); }

  [[nodiscard]] const Cgroup* group() const { return group_.get(); }
  /// The running goroutine's; null if its host is the machine itself.
  static Box* here() {
    sim::node::Host& host = sim::node::this_host();
    return &host == &host.machine() ? nullptr : static_cast<Box*>(&host);
  }
  engine::Process* start(const sim::node::Unit& unit) { return machine().run(unit, *this).process; }

  std::vector<std::string> ended;  // names of its processes, and whether the machine was up
  Duration computed;               // by its programs, as they say
  sim::node::MemoryBlock kept;     // what one of them leaves behind

 private:
  void on_process_ended(engine::Process& process) override {
    ended.push_back(std::string(process.name()) + (machine().is_up() ? "" : " by a crash"));
  }
  engine::Ref<Cgroup> group_;
  sim::node::Device* network_;
};

struct Bench {
  std::unique_ptr<engine::Run> run;
  Machine* machine = nullptr;

  /// Runs all that happens up to `at`, and no further.
  void run_to(Instant at) const {
    while (run->next_instant() <= at && run->step()) {
    }
  }
  [[nodiscard]] std::string out() const {
    return support::printed(run->world(), engine::Stream::kStdout);
  }
  [[nodiscard]] Duration usage(const Cgroup& group, Instant at) const {
    return group.cpu_stat(at).usage;
  }
};

struct Options {
  uint32_t cores = 1;
  int64_t memory_bytes = int64_t{1} << 30;
  engine::RunOptions run = {};
};

/// `setup(machine)` makes groups and hosts and starts processes.
inline Bench start(const Options& options, const std::function<void(Machine&)>& setup) {
  Bench bench;
  bench.run = std::make_unique<engine::Run>(options.run, [&] {
    Machine::Options machine;
    machine.name = "machine";
    machine.cores = options.cores;
    machine.memory_bytes = options.memory_bytes;
    bench.machine = new Machine(1, machine);
    setup(*bench.machine);
    bench.machine->boot();
  });
  return bench;
}

inline Instant at(Duration since_begin) {
  return Instant{} + since_begin;
}

inline sim::node::Unit unit(std::string name, support::Program program,
                            std::vector<std::string> args = {}) {
  sim::node::Unit made;
  made.name = std::move(name);
  made.main = program;
  made.args = std::move(args);
  return made;
}

/// A new group with a box in it. The group stays as long as the world.
inline Box& box_in(Cgroup& parent, std::string_view name) {
  const engine::Ref<Cgroup> group = parent.create(name);
  return *new Box(*group);
}

}  // namespace boxes
