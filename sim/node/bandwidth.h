// sim/node/bandwidth.h: cpu.max: how much processor time a group may take in each period.
//
// Concept: in each period a group may have `quota` of processor time, of all cores together. The
// first period begins when the group first wants a core; the others follow it without a gap, also
// while nobody asks. What is left at a period's end is lost. This is the bookkeeping alone, between
// instants at which the number of the group's running goroutines changes; Cpu takes the cores away.
// Determinism: integers. With n cores, what is left and less than n ns is not handed out: a group
// never has more than its quota. Copies are independent, so views ask a copy.
// Not modelled: bursts (cpu.max.burst); the slices of 5 ms in which each core of Linux fetches its
// part of the quota, and may have some left while another has none.
// Source: Linux, Documentation/scheduler/sched-bwc.rst; kernel/sched/fair.c.

#pragma once

#include <cstdint>

#include "engine/world/time.h"

namespace sim::node {

/// The file cpu.max. Source: Linux, Documentation/admin-guide/cgroup-v2.rst.
struct CpuMax {
  static constexpr engine::Duration kDefaultPeriod = 100 * engine::kMillisecond;
  /// Processor time in each period; 0: as much as there is (`max`).
  engine::Duration quota;
  engine::Duration period = kDefaultPeriod;

  bool operator==(const CpuMax&) const = default;
};

class Bandwidth {
 public:
  /// REQUIRES: `max` has a quota.
  explicit Bandwidth(const CpuMax& max) : max_(max), left_(max.quota) {}

  [[nodiscard]] const CpuMax& max() const { return max_; }

  /// From `from` to `to` the group had `running` cores all the time. The first period begins with
  /// the first call. REQUIRES: it had run out at no instant between the two.
  void advance(engine::Instant from, engine::Instant to, uint32_t running);
  /// Starts afresh with another limit; the counts go on.
  void change(const CpuMax& max);

  // As of the instant of the last advance():

  /// Whether the quota lasts for `cores` cores, even for a nanosecond.
  [[nodiscard]] bool lasts_for(uint32_t cores) const {
    return left_ >= engine::kNanosecond * cores;
  }
  /// When it runs out if the group keeps `running` cores; kEndOfTime if it never does.
  [[nodiscard]] engine::Instant runs_out(engine::Instant now, uint32_t running) const;
  [[nodiscard]] engine::Instant period_end() const { return begin_ + max_.period; }

  /// The group's goroutines have to wait for the next period.
  void note_throttled() {
    if (!was_throttled_) ++throttled_periods_;
    was_throttled_ = true;
  }
  /// Periods that have ended in which the group had a core. As nr_periods of cpu.stat.
  [[nodiscard]] uint64_t periods() const { return periods_; }
  /// Periods in which it was throttled. As nr_throttled of cpu.stat.
  [[nodiscard]] uint64_t throttled_periods() const { return throttled_periods_; }

 private:
  CpuMax max_;
  engine::Duration left_;  // of the current period's quota
  engine::Instant begin_;  // of the current period
  uint64_t periods_ = 0;
  uint64_t throttled_periods_ = 0;
  bool has_begun_ = false;
  bool was_throttled_ = false;  // in the current period
};

}  // namespace sim::node
