// sim/node/cpu.h: a machine's cores, for which goroutines contend.
//
// Concept: a goroutine that computes asks for processor time. Each core runs one at a time; when
// more ask than there are cores, they wait in one run queue and take turns of a slice. What does
// not compute costs no processor time: sending, locking and so on are free.
// Determinism: first come, first served; no choices.
// Not modelled: caches, migration costs, priorities; operating systems that keep a queue for each
// core.

#pragma once

#include <cstdint>
#include <vector>

#include "engine/task/go.h"

namespace sim::node {

class Compute;

class Cpu {
 public:
  /// A turn. Source: Linux EEVDF, base_slice_ns (3 ms with some cores).
  static constexpr engine::Duration kSlice = 3 * engine::kMillisecond;

  explicit Cpu(uint32_t cores);

  [[nodiscard]] uint32_t cores() const { return static_cast<uint32_t>(cores_.size()); }
  [[nodiscard]] uint32_t busy_cores() const;
  [[nodiscard]] uint32_t queue_length() const { return waiting_count_; }
  /// Processor time that was used so far, of all cores.
  [[nodiscard]] engine::Duration used() const { return used_; }
  [[nodiscard]] uint64_t switches() const { return switches_; }

  /// Nobody computes any more.
  void reset();

 private:
  friend class Compute;
  struct Core : engine::Alarm {
    Core() : Alarm(slice_ended) {}
    Core(const Core&) = delete;
    Cpu* cpu = nullptr;
    Compute* running = nullptr;
    engine::Instant since;
  };
  static void slice_ended(engine::Alarm& alarm);
  void add(Compute& work);
  void remove(Compute& work);
  void take_turn(Core& core, Compute& work);
  void stop_turn(Core& core);
  void next_turn(Core& core);
  void shorten_turns();

  std::vector<Core*> cores_;
  engine::WaitList waiting_;
  uint32_t waiting_count_ = 0;
  engine::Duration used_;
  uint64_t switches_ = 0;
};

/// Suspends until the running goroutine has had `length` of processor time on its machine.
/// REQUIRES: its process runs on one.
class [[nodiscard]] Compute : public engine::Await<Compute> {
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
  Cpu* cpu_ = nullptr;
  engine::Waiter waiter_;
};
inline Compute compute(engine::Duration length) {
  return Compute(length);
}

}  // namespace sim::node
