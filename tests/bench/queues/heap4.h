// tests/bench/queues/heap4.h: a comparator: the 4-ary heap with back-pointers.
//
// Entries (due, sequence, alarm) lie in a 4-ary heap, and each alarm knows its place, so cancelling
// takes it out at once. Every move within the heap writes to the alarm that moved.

#pragma once

#include <cstdint>
#include <vector>

#include "engine/world/time.h"

namespace bench {

class Heap4 {
 public:
  struct Alarm {
    using Fire = void (*)(Alarm&);
    explicit Alarm(Fire on_fire) : fire(on_fire) {}
    [[nodiscard]] bool pending() const { return queued; }
    [[nodiscard]] engine::Instant due() const { return at; }
    [[nodiscard]] uint64_t cause() const { return event; }

    engine::Instant at;
    uint64_t event = 0;
    Fire fire;
    uint32_t index = 0;
    bool queued = false;
  };

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] bool due_by(engine::Instant now) const {
    return !heap_.empty() && heap_.front().due <= now;
  }

  void set(Alarm& alarm, engine::Instant due, uint64_t cause) {
    if (alarm.queued) cancel(alarm);
    alarm.queued = true;
    alarm.at = due;
    alarm.event = cause;
    heap_.push_back({});
    sift_up(count() - 1, {due, next_sequence_++, &alarm});
  }

  void cancel(Alarm& alarm) {
    alarm.queued = false;
    const uint32_t index = alarm.index;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (index == count()) return;
    if (index > 0 && last.before(heap_[(index - 1) / kArity])) {
      sift_up(index, last);
    } else {
      sift_down(index, last);
    }
  }

  Alarm& pop() {
    Alarm& alarm = *heap_.front().alarm;
    cancel(alarm);
    return alarm;
  }

 private:
  static constexpr uint32_t kArity = 4;

  struct Entry {
    engine::Instant due;
    uint64_t sequence;
    Alarm* alarm;
    [[nodiscard]] bool before(const Entry& other) const {
      return due != other.due ? due < other.due : sequence < other.sequence;
    }
  };

  [[nodiscard]] uint32_t count() const { return static_cast<uint32_t>(heap_.size()); }

  void place(uint32_t index, const Entry& entry) {
    heap_[index] = entry;
    entry.alarm->index = index;
  }

  void sift_up(uint32_t index, Entry entry) {
    while (index > 0) {
      const uint32_t parent = (index - 1) / kArity;
      if (!entry.before(heap_[parent])) break;
      place(index, heap_[parent]);
      index = parent;
    }
    place(index, entry);
  }

  void sift_down(uint32_t index, Entry entry) {
    for (;;) {
      const uint32_t first = index * kArity + 1;
      if (first >= count()) break;
      uint32_t least = first;
      for (uint32_t child = first + 1; child < first + kArity && child < count(); ++child) {
        if (heap_[child].before(heap_[least])) least = child;
      }
      if (!heap_[least].before(entry)) break;
      place(index, heap_[least]);
      index = least;
    }
    place(index, entry);
  }

  std::vector<Entry> heap_;
  uint64_t next_sequence_ = 0;
};

}  // namespace bench
