// sim/node/machine.h: a virtual machine: what processes run on, and what dies with it.
//
// Concept: a machine boots its units (programs with their arguments), each as a process that sees
// only this machine. A crash takes everything that runs with it at once, unseen by what dies; a
// start boots the units anew. Devices (the network) are told of both.
// Lifetime: machines live in the arena as long as their world.
// Source: systemd's words for what a machine starts by itself.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "engine/world/choice.h"
#include "sim/node/clock.h"
#include "sim/node/cpu.h"
#include "sim/node/disk.h"

namespace sim::node {

/// What is told of a machine's fate.
class Device {
 public:
  /// A process of the machine has ended by itself or was killed, and the machine goes on.
  virtual void process_ended(engine::ProcessId process) = 0;
  /// The machine has lost power. Its processes are still there, and do not run again.
  virtual void machine_crashed() = 0;
  virtual void machine_started() = 0;

 protected:
  ~Device() = default;
};

/// A program with its arguments, as a machine starts it.
struct Unit {
  std::string name;
  engine::Task<> (*main)() = nullptr;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
};

class Machine final : public engine::ProcessHost {
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
  [[nodiscard]] Device* network() const { return network_; }
  void set_network(Device* device) { network_ = device; }

  /// Started at each boot.
  void add_unit(Unit unit) { units_.push_back(std::move(unit)); }
  /// Starts the units.
  void boot();
  /// Starts one more process.
  engine::Process& run(const Unit& unit);
  /// Loses power. False: it is down already.
  bool crash();
  /// Boots after a crash. False: it is up.
  bool start();
  /// Its running processes, oldest first.
  [[nodiscard]] const std::vector<engine::ProcessId>& processes() const { return running_; }

  void process_ended(engine::Process& process) override;
  [[nodiscard]] std::string_view host_name() const override { return name_; }

 private:
  uint32_t id_;
  engine::EntityKey key_;
  std::string name_;
  std::string zone_;
  int64_t memory_bytes_;
  bool is_up_ = true;
  Device* network_ = nullptr;
  std::vector<Unit> units_;
  std::vector<engine::ProcessId> running_;
  Cpu cpu_;
  Disk disk_;
  Clock clock_;
};

/// The machine that the running goroutine's process runs on. REQUIRES: there is one.
Machine& this_machine();
/// The same, or null.
Machine* this_machine_or_null();

}  // namespace sim::node
