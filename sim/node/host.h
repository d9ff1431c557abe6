// sim/node/host.h: what a process runs in, as it sees it: a machine itself, or a container on one.
//
// Concept: a process asks its host for its machine's clock, disk and cores, for the control group
// that it counts in, and for its network. A machine is the host of its bare processes; a container
// derives from Host and names its own control group and network, and its own host name.
// Lifetime: a host outlives its processes, and keeps the same control group while it has any.

#pragma once

#include "engine/task/go.h"

namespace sim::node {

class Cgroup;
class Machine;

/// What is told of the fate of a machine and of the processes that use it.
class Device {
 public:
  /// A process that uses it has ended by itself or was killed, and the machine goes on.
  virtual void process_ended(engine::ProcessId process) = 0;
  /// The machine has lost power. Its processes are still there, and do not run again.
  virtual void machine_crashed() = 0;
  virtual void machine_started() = 0;

 protected:
  ~Device() = default;
};

class Host : public engine::ProcessHost {
 public:
  virtual Machine& machine() = 0;
  /// The group in which its processes count.
  virtual Cgroup& cgroup() = 0;
  /// Null: it has none.
  [[nodiscard]] virtual Device* network() const = 0;

  /// The machine forgets the process and takes its memory back, the network closes its sockets.
  void process_ended(engine::Process& process) final;

 protected:
  ~Host() = default;
  /// One of its processes has ended, and all others have been told. The machine may be down: then
  /// it has just crashed. May start processes of a machine that is up; the host must stay.
  virtual void on_process_ended(engine::Process& /*process*/) {}
};

/// What the running goroutine's process runs in. REQUIRES: it runs on a machine.
Host& this_host();
/// The machine that the running goroutine's process runs on. REQUIRES: there is one.
Machine& this_machine();
/// The same, or null.
Machine* this_machine_or_null();

}  // namespace sim::node
