// sim/node/machine.h: a virtual machine: what processes run on, and what dies with it.
//
// Concept: a machine boots its units (programs with their arguments), each as a process that sees
// only this machine; a unit may be started again when it ends. It also runs processes of other
// hosts on it, such as containers. A crash takes everything that runs with it at once, unseen by
// what dies, and all control groups but the root; a start boots the units anew. Devices (networks)
// are told of both. Lifetime: machines live in the arena as long as their world. Source: systemd's
// words for what a machine starts by itself.

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "engine/world/choice.h"
#include "sim/node/cgroup.h"
#include "sim/node/clock.h"
#include "sim/node/cpu.h"
#include "sim/node/disk.h"
#include "sim/node/host.h"
#include "sim/node/memory.h"

namespace sim::node {

/// A program with its arguments, as a machine starts it.
struct Unit {
  std::string name;
  engine::Task<> (*main)() = nullptr;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  /// Memory that the process takes by being there.
  int64_t base_memory_bytes = 0;
  /// From -1000 (the OOM killer never kills it) to 1000.
  int32_t oom_score_adj = 0;
  /// Started again so long after its process has ended, however that was. Nothing: not before the
  /// next boot. Source: systemd's Restart=always and RestartSec.
  std::optional<engine::Duration> restart_after;
};

class Machine final : public Host {
 public:
  struct Options {
    std::string_view name;
    std::string_view zone;
    uint32_t cores = 1;
    int64_t memory_bytes = int64_t{1} << 30;
    ClockOptions clock;
    DiskOptions disk;
  };

  /// `id` numbers the machines of a world from 1.
  Machine(uint32_t id, const Options& options);

  [[nodiscard]] uint32_t id() const { return id_; }
  [[nodiscard]] engine::EntityKey key() const { return key_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& zone() const { return zone_; }
  [[nodiscard]] int64_t memory_bytes() const { return memory_bytes_; }
  [[nodiscard]] bool is_up() const { return is_up_; }

  [[nodiscard]] Cpu& cpu() { return cpu_; }
  [[nodiscard]] const Cpu& cpu() const { return cpu_; }
  [[nodiscard]] Disk& disk() { return disk_; }
  [[nodiscard]] const Disk& disk() const { return disk_; }
  [[nodiscard]] Clock& wall_clock() { return clock_; }
  [[nodiscard]] const Clock& wall_clock() const { return clock_; }
  /// The group above all others, in which the machine's bare processes are.
  [[nodiscard]] const Cgroup& cgroups() const { return *root_; }

  Machine& machine() override { return *this; }
  Cgroup& cgroup() override { return *root_; }
  [[nodiscard]] Device* network() const override { return network_; }
  void set_network(Device* device) { network_ = device; }
  /// A device beside its network, such as a network namespace's: told of crashes and starts after
  /// it, in the order of attaching. It may not attach or detach devices meanwhile.
  void attach(Device& device) { devices_.push_back(&device); }
  void detach(Device& device);

  /// Started at each boot.
  void add_unit(Unit unit) { units_.emplace_back(*this, std::move(unit)); }
  /// Starts the units.
  void boot();
  /// Starts one more bare process. REQUIRES: it is up; the root has no pids.max.
  engine::Process& run(const Unit& unit);
  struct Started {
    engine::Process* process = nullptr;  // null: the error says why
    engine::Error error;
  };
  /// Starts a process in `host`, which is on this machine. kResourceUnavailable: a pids.max of its
  /// group forbids it; kNoSuchDevice: the group has been removed. REQUIRES: the machine is up.
  Started run(const Unit& unit, Host& host);
  /// Loses power. False: it is down already.
  bool crash();
  /// Boots after a crash. False: it is up.
  bool start();
  /// Its running processes, oldest first.
  [[nodiscard]] const std::vector<engine::ProcessId>& processes() const { return running_; }

  /// The memory of each of them, in the same order.
  [[nodiscard]] const std::vector<std::unique_ptr<ProcessMemory>>& memories() const {
    return memories_;
  }
  /// Null: it does not run here.
  [[nodiscard]] ProcessMemory* memory_of(engine::ProcessId process) const;

  /// `observer` is told of what the OOM killer does, in the order of these calls.
  void add_oom_observer(OomObserver& observer) { oom_observers_.push_back(&observer); }
  void tell_of_oom(const OomKill& kill) const;

  uint32_t next_cgroup_id() { return ++last_cgroup_; }
  /// A process of one of its hosts has ended.
  void forget(engine::Process& process);
  [[nodiscard]] std::string_view host_name() const override { return name_; }

 protected:
  void on_process_ended(engine::Process& process) override;

 private:
  /// What is started at each boot, and waits to be started again when it has ended.
  struct BootUnit : engine::Alarm {
    BootUnit(Machine& m, Unit u) : Alarm(ring), machine(m), unit(std::move(u)) {}
    void start();
    Machine& machine;
    Unit unit;
    std::optional<engine::ProcessId> process;
  };
  static void ring(engine::Alarm& alarm);

  uint32_t id_;
  engine::EntityKey key_;
  std::string name_;
  std::string zone_;
  int64_t memory_bytes_;
  bool is_up_ = true;
  uint32_t last_cgroup_ = 0;
  Device* network_ = nullptr;
  std::vector<Device*> devices_;
  std::vector<OomObserver*> oom_observers_;
  std::deque<BootUnit> units_;
  std::vector<engine::ProcessId> running_;
  std::vector<std::unique_ptr<ProcessMemory>> memories_;
  Cpu cpu_;
  engine::Ref<Cgroup> root_;
  Disk disk_;
  Clock clock_;
};

}  // namespace sim::node
