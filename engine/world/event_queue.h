// engine/world/event_queue.h: what is to happen at which virtual instant.
//
// Concept: timers are nodes that their owners embed; the queue holds pointers in a 4-ary heap
// ordered by (time, sequence), so equal instants fire in the order they were set. Cancelling
// removes the entry at once; a timer that is destroyed cancels itself.

#pragma once

#include <cstdint>
#include <vector>

#include "engine/world/time.h"

namespace engine {

class EventQueue;

/// Something that fires once at an instant. Embed it, derive from it or allocate it in the world.
class Timer {
 public:
  /// The function runs in the scheduler's loop; it may set timers again and ready tasks, never
  /// resume them.
  using Fire = void (*)(Timer&);

  explicit Timer(Fire on_fire) : fire_(on_fire) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { cancel(); }

  [[nodiscard]] bool pending() const { return queue_ != nullptr; }
  /// REQUIRES: pending().
  [[nodiscard]] Instant due() const { return due_; }
  /// The event that set this timer: the cause of its firing.
  [[nodiscard]] uint64_t cause() const { return cause_; }
  void cancel();
  void fire() { fire_(*this); }

 private:
  friend class EventQueue;
  EventQueue* queue_ = nullptr;
  Instant due_;
  uint64_t sequence_ = 0;
  uint64_t cause_ = 0;
  Fire fire_;
  uint32_t index_ = 0;
};

class EventQueue {
 public:
  EventQueue() = default;
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;
  ~EventQueue();

  /// Sets `timer`, or moves it if it is pending. `cause` is the number of the event that asked for
  /// it.
  void set(Timer& timer, Instant due, uint64_t cause);
  void cancel(Timer& timer);

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(heap_.size()); }
  /// The earliest instant, or kEndOfTime when empty.
  [[nodiscard]] Instant next_due() const { return empty() ? kEndOfTime : heap_.front().due; }
  /// Takes the earliest timer out. REQUIRES: not empty.
  Timer& pop();

 private:
  struct Entry {
    Instant due;
    uint64_t sequence;
    Timer* timer;
    [[nodiscard]] bool before(const Entry& other) const {
      return due != other.due ? due < other.due : sequence < other.sequence;
    }
  };
  void remove(uint32_t index);
  void place(uint32_t index, const Entry& entry);
  void sift_up(uint32_t index, Entry entry);
  void sift_down(uint32_t index, Entry entry);

  std::vector<Entry> heap_;
  uint64_t next_sequence_ = 0;
};

inline void Timer::cancel() {
  if (queue_ != nullptr) queue_->cancel(*this);
}

}  // namespace engine
