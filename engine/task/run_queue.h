// engine/task/run_queue.h: the ready goroutines, and the policy that says who leaves the queue.
//
// fifo     First in, first out. Draws nothing.
// random   Any of them with equal chance. Before each operation, with one chance in four, others go
//          first.
// pct      Each goroutine draws a priority when it starts; the highest runs. After a few numbers of
//          operations, drawn at the start, the running goroutine falls below all others. Finds a
//          bug that needs d orderings with a probability that does not shrink with the number of
//          schedules. Source: Burckhardt et al., "A Randomized Scheduler with Probabilistic
//          Guarantees of Finding Bugs", 2010. Unlike there, the length of the run is not known: the
//          change points are spread over its logarithm.
// go       What one P of Go's runtime does: whoever is started or woken last runs next and inherits
//          the time slice; the others wait in a local queue of 256; a full one sends half to the
//          global queue, which takes those that yield and is looked at each 61st time. Draws
//          nothing. Source: Go runtime, `runqput`, `schedule`. Not modelled: several Ps and
//          stealing.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/task/goroutine.h"
#include "engine/task/policy.h"

namespace engine {

class RunQueue {
 public:
  RunQueue(Policy policy, EntityKey key) : policy_(policy), key_(key) {}
  RunQueue(const RunQueue&) = delete;
  RunQueue& operator=(const RunQueue&) = delete;

  [[nodiscard]] Policy policy() const { return policy_; }
  [[nodiscard]] uint32_t size() const {
    return local_.size() + global_.size() + (next_ == nullptr ? 0 : 1);
  }

  /// How a goroutine stopped: parked (or it has not run yet), let all others go first, or had to
  /// give way because the policy said so.
  enum class Stop : uint8_t { kParks, kYields, kGivesWay };
  void push(Goroutine& task, Stop stopped) {
    if (policy_ == Policy::kFifo) [[likely]] {
      local_.push_back(&task);
    } else {
      push_by_policy(task, stopped);
    }
  }
  /// Who runs next; null if nobody is ready.
  Goroutine* take() {
    if (policy_ == Policy::kFifo) [[likely]]
      return local_.empty() ? nullptr : local_.pop_front();
    return take_by_policy();
  }
  /// Whether the one that take() gave last goes on with the time slice of the one before.
  [[nodiscard]] bool inherits_slice() const { return inherits_slice_; }
  /// Whether `task`, which runs and is at an operation, lets others go first. REQUIRES: not fifo.
  bool interrupts(Goroutine& task);
  /// Gives a new goroutine what the policy needs to know of it.
  void admit(Goroutine& task) {
    if (policy_ == Policy::kPct) draw_priority(task);
  }

  /// Makes a ready goroutine the next to run, under any policy. False if it is not ready.
  bool run_next(TaskId id);
  void forget(const Process& process);
  /// In queue order, for views.
  [[nodiscard]] std::vector<const Goroutine*> tasks() const;

 private:
  /// A queue in a power-of-two ring.
  class Ring {
   public:
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] uint32_t size() const { return count_; }
    [[nodiscard]] Goroutine*& operator[](uint32_t nth) { return slots_[slot(nth)]; }
    [[nodiscard]] Goroutine* operator[](uint32_t nth) const { return slots_[slot(nth)]; }
    void push_back(Goroutine* task) {
      if (count_ == size_) [[unlikely]]
        grow();
      slots_[slot(count_++)] = task;
    }
    Goroutine* pop_front() {
      Goroutine* const task = slots_[head_];
      head_ = slot(1);
      --count_;
      return task;
    }
    /// Moves the nth to the front, and those before it back by one.
    void bring_forward(uint32_t nth);
    void keep_if_not_of(const Process& process);

   private:
    [[nodiscard]] uint32_t slot(uint32_t nth) const { return (head_ + nth) & (size_ - 1); }
    void grow();
    std::unique_ptr<Goroutine*[]> slots_;
    uint32_t size_ = 0;
    uint32_t head_ = 0;
    uint32_t count_ = 0;
  };

  void draw_priority(Goroutine& task);
  void push_by_policy(Goroutine& task, Stop stopped);
  void lower_priority(Goroutine& task);
  Goroutine* take_by_policy();
  Goroutine* take_as_go();
  void put_local(Goroutine* task);

  Policy policy_;
  bool next_is_forced_ = false;  // an input decided who leaves the queue next
  bool inherits_slice_ = false;
  EntityKey key_;
  Ring local_;
  Ring global_;                   // policy `go` only
  Goroutine* next_ = nullptr;     // policy `go` only
  uint32_t ticks_ = 0;            // policy `go` only
  uint64_t operations_ = 0;       // policy `pct` only, as what follows
  uint32_t lowest_ = UINT32_MAX;  // the last lowered priority; UINT32_MAX: none drawn yet
  std::vector<uint64_t> change_points_;
};

}  // namespace engine
