// sim/node/cpu.h: a machine's cores, for which goroutines contend.
//
// Concept: a goroutine that computes asks for processor time. Each core runs one at a time; when
// more ask than there are cores, they take turns of a slice. The control groups that they belong to
// say who goes next (cpu_group.h); without groups it is first come, first served. A group that has
// used up its quota leaves its cores at that very instant. What does not compute costs no processor
// time: sending, locking and so on are free.
// Determinism: no choices. One queue for all cores: no core is idle while a goroutine waits whose
// groups may run. Alarms are set only while something computes.
// Not modelled: caches, migration costs, priorities; operating systems that keep a queue for each
// core; preemption within a slice: what wakes waits for the end of a running one.

#pragma once

#include <cstdint>
#include <vector>

#include "engine/task/go.h"
#include "sim/node/cpu_group.h"

namespace sim::node {

class Compute;

class Cpu {
 public:
  /// A turn. Source: Linux EEVDF, base_slice_ns (3 ms with some cores).
  static constexpr engine::Duration kSlice = 3 * engine::kMillisecond;

  struct Options {
    uint32_t machine = 0;  // as events name it
    uint32_t cores = 1;
  };
  explicit Cpu(const Options& options);
  Cpu(const Cpu&) = delete;
  Cpu& operator=(const Cpu&) = delete;

  [[nodiscard]] uint32_t machine_id() const { return machine_; }
  [[nodiscard]] uint32_t cores() const { return static_cast<uint32_t>(cores_.size()); }
  [[nodiscard]] uint32_t busy_cores() const { return root_.running(); }
  /// Goroutines that wait for a core, except those of throttled groups.
  [[nodiscard]] uint32_t queue_length() const { return root_.waiting(); }
  /// Processor time that was used until `now`, of all cores.
  [[nodiscard]] engine::Duration used(engine::Instant now) const { return root_.stat(now).usage; }
  /// The same until this instant. Inside the world's scope.
  [[nodiscard]] engine::Duration used() const { return used(engine::here().now); }
  [[nodiscard]] uint64_t switches() const { return switches_; }

  /// The group above all others.
  [[nodiscard]] CpuGroup& root() { return root_; }
  [[nodiscard]] const CpuGroup& root() const { return root_; }
  /// Changes a group of this machine from now on.
  void set_weight(CpuGroup& group, uint32_t weight) { group.set_weight(weight); }
  void set_max(CpuGroup& group, const CpuMax& max);

  /// Nobody computes any more. REQUIRES: what computed has been destroyed.
  void reset();

 private:
  friend class Compute;
  friend class CpuGroup;
  struct Core : engine::Alarm {
    Core() : Alarm(slice_ended) {}
    Core(const Core&) = delete;
    Cpu* cpu = nullptr;
    Compute* running = nullptr;
    engine::Instant since;
  };
  static void slice_ended(engine::Alarm& alarm);
  static void limit_rings(engine::Alarm& alarm);
  void add(Compute& work);
  void remove(Compute& work);
  void queue(Compute& work, bool wakes);
  void take_turn(Core& core, Compute& work);
  void stop_turn(Core& core);
  void throttle(CpuGroup& group);
  [[nodiscard]] Core* idle_core() const;
  Compute& next_work();
  void fill_cores(Core* first);
  void serve();
  void shorten_turns();

  uint32_t machine_;
  std::vector<Core*> cores_;
  CpuGroup root_;
  uint64_t switches_ = 0;
};

/// Suspends until the running goroutine has had `length` of processor time on its machine, in the
/// control group of its host. REQUIRES: its process runs on one.
class [[nodiscard]] Compute : public engine::Await<Compute>, private engine::Waiter {
 public:
  explicit Compute(engine::Duration length) : Await(kKind), left_(length) {}
  ~Compute();
  bool attempt();

 private:
  friend class Cpu;
  static bool always(const WaitOp&) { return true; }
  static constexpr engine::OpKind kKind = {
      .attempt = attempt_of, .reason = engine::WaitReason::kCompute, .wakes_by_itself = always};
  engine::Duration left_;
  CpuGroup* group_ = nullptr;  // while it waits or has a core
};
inline Compute compute(engine::Duration length) {
  return Compute(length);
}

}  // namespace sim::node
