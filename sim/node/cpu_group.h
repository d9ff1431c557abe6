// sim/node/cpu_group.h: a control group as a machine's cores see it: who goes next, and for how
// long.
//
// Concept: groups form a tree, and a group's goroutines compete with its child groups. Whoever has
// had the least processor time for its weight (its virtual runtime) goes next; a goroutine of the
// group itself has the default weight. A group's own goroutines take turns first in, first out.
// What begins to wait is placed at the virtual runtime that its competitors have reached, so nobody
// saves up processor time by sleeping, or by having a core to itself where others share one.
// Determinism: integers; of equal ones a group's own goroutines go first, then the oldest group.
// Lifetime: made when something in a control group first computes; a parent outlives its children.
// Costs: a decision looks at those that compute among the children of each group on its way.
// Not modelled: a queue for each core; nice values and other classes than CFS; more than about 100
// days of one core's time in a group of weight 1 (the virtual runtime has 63 bits).
// Sources: Linux, Documentation/admin-guide/cgroup-v2.rst, "CPU"; sched-design-CFS.rst. Goyal, Vin,
// Cheng, "Start-time Fair Queuing" (SIGCOMM 1996), for where what wakes is placed.

#pragma once

#include <cstdint>
#include <memory>

#include "engine/task/go.h"
#include "sim/node/bandwidth.h"

namespace sim::node {

class Cpu;

/// What cpu.stat and cpu.pressure tell. Source: Linux, Documentation/admin-guide/cgroup-v2.rst.
struct CpuStat {
  engine::Duration usage;      // of all cores
  engine::Duration throttled;  // how long it had to wait for its next period
  engine::Duration stalled;    // how long some goroutine of it waited: the total of `some`
  uint64_t periods = 0;
  uint64_t throttled_periods = 0;
  uint32_t running = 0;  // goroutines that have a core now
  uint32_t waiting = 0;  // and that wait for one, except in a group below that is throttled
  bool is_throttled = false;
};

struct RunnableTag {};

class CpuGroup : public engine::ListNode<RunnableTag> {
 public:
  /// Source: Linux, Documentation/admin-guide/cgroup-v2.rst, `cpu.weight`.
  static constexpr uint32_t kDefaultWeight = 100;

  /// `id` numbers the groups of a machine in the order of their creation.
  CpuGroup(Cpu& cpu, CpuGroup* parent, uint32_t id, uint32_t weight);

  [[nodiscard]] Cpu& cpu() const { return cpu_; }
  [[nodiscard]] CpuGroup* parent() const { return parent_; }
  [[nodiscard]] uint32_t id() const { return id_; }
  [[nodiscard]] uint32_t running() const { return running_; }
  [[nodiscard]] uint32_t waiting() const { return waiting_; }
  [[nodiscard]] bool is_throttled() const { return limit_ != nullptr && limit_->is_throttled; }
  [[nodiscard]] bool is_within(const CpuGroup& ancestor) const;
  /// As of `now`, which is not before anything that happened. Only looks.
  [[nodiscard]] CpuStat stat(engine::Instant now) const;

 private:
  friend class Cpu;

  /// The alarm rings when the quota has run out or, while it is throttled, at the period's end.
  struct Limit : engine::Alarm {
    Limit(CpuGroup& g, const CpuMax& max);
    CpuGroup& group;
    Bandwidth bandwidth;
    engine::Instant throttled_at;
    engine::Duration throttled;
    bool is_throttled = false;
  };

  void update(engine::Instant now);
  void set_weight(uint32_t weight);
  void set_max(const CpuMax& max);

  void enqueue(engine::Waiter& waiter, bool wakes);
  void dequeue(engine::Waiter& waiter);
  CpuGroup* next();
  engine::Waiter& begin_turn();
  void end_turn();

  [[nodiscard]] bool has_run_out() const;
  void throttle();
  void unthrottle();

  [[nodiscard]] uint32_t own_weight() const;
  void place(int64_t& vruntime, uint32_t weight, bool wakes);
  void gain_waiting(uint32_t count, bool wakes);
  void lose_waiting(uint32_t count);
  void end_throttling();
  void set_alarm();

  Cpu& cpu_;
  CpuGroup* parent_;
  engine::Instant updated_at_;
  int64_t vruntime_ = 0;        // among the siblings
  int64_t own_vruntime_ = 0;    // of its own goroutines, among its children
  int64_t queue_vruntime_ = 0;  // what those that wait among its children have reached
  engine::Duration usage_;
  engine::Duration stalled_;
  engine::WaitList own_;                          // its own goroutines that wait
  engine::List<CpuGroup, RunnableTag> runnable_;  // children in which something computes
  std::unique_ptr<Limit> limit_;                  // null: no quota
  uint32_t id_;
  uint32_t weight_;
  uint32_t running_ = 0;      // with all groups below
  uint32_t waiting_ = 0;      // likewise, except in groups below that are throttled
  uint32_t own_running_ = 0;  // its own goroutines alone
  uint32_t own_waiting_ = 0;
};

}  // namespace sim::node
