// engine/world/trace.h: the typed binary events of a run, and the host's log of them.
//
// Every event is folded into the world's rolling hash as fixed-width words, whether or not anybody
// records it. Events are numbered from 0; an event's cause is the number of an earlier one. The log
// lives outside the arena in blocks under a byte budget. When a part of history is run again, each
// event is compared with the recorded one and a difference aborts, showing both: the same run must
// give the same history. Blocks over the budget are dropped, oldest first, and come back by replay.

#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/world/time.h"

namespace engine {

/// What happened. Values are part of the hash: append, never renumber.
enum class EventKind : uint16_t {
  kNone = 0,
  // Each step of the world begins with exactly one of these.
  kDispatch = 1,     // subject: task; aux: its process
  kTimerFired = 2,   // arg: the virtual time in ns
  kInput = 3,        // arg: hash of the input's text
  kQuiescence = 4,   // nothing can run any more; subject: the process that is found deadlocked
  kInputMissed = 5,  // the input of this step found no target
  // Tasks and processes.
  kSpawn = 10,    // subject: the new task; aux: its process; arg: its key
  kWake = 11,     // subject: the task that becomes ready; aux: by which task (0: not by a task)
  kPark = 12,     // subject: task; aux: wait reason; arg: the object waited on
  kYield = 13,    // subject: task
  kTaskEnd = 14,  // subject: task
  kPanic = 15,    // subject: task; arg: hash of the message
  kProcessStart = 16,  // subject: process
  kProcessExit = 17,   // subject: process; aux: exit kind; arg: simulated exit code
  kSleep = 18,         // subject: task; arg: due time in ns
  kOutput = 19,        // subject: process; aux: stream << 28 | length; arg: hash of the bytes
  kChoice = 20,        // subject: kind of choice; aux: how many there were; arg: which was taken
  kPreempt = 21,       // subject: a task that used up its time slice; arg: the virtual time in ns
  // Synchronization. Subject: the object; aux: the task; arg as said.
  kCreate = 30,        // arg: kind of object
  kSend = 31,          // arg: length of the buffer afterwards
  kReceive = 32,       // arg: length of the buffer afterwards, or ~0 for closed
  kClose = 33,         //
  kLock = 34,          //
  kUnlock = 35,        //
  kWaitGroupAdd = 36,  // arg: the counter afterwards
  kRead = 37,          // a Shared<T> is read
  kWrite = 38,         // a Shared<T> is written
};

/// The name as the page and `--trace` print it.
std::string_view event_name(EventKind kind);
/// Whether this event begins a step.
constexpr bool begins_step(EventKind kind) {
  return kind != EventKind::kNone && kind <= EventKind::kQuiescence;
}

/// Whether `arg` is the new virtual time.
constexpr bool moves_clock(EventKind kind) {
  return kind == EventKind::kTimerFired || kind == EventKind::kInput || kind == EventKind::kPreempt;
}

struct Event {
  uint64_t arg = 0;
  uint32_t subject = 0;
  uint32_t aux = 0;
  uint32_t cause = 0;  // how many events back the cause is; 0: none known
  EventKind kind = EventKind::kNone;
  uint16_t reserved = 0;

  bool operator==(const Event&) const = default;
};
static_assert(sizeof(Event) == 24);

/// Whether events are kept for looking at. Never changes the hash.
enum class TraceLevel : uint8_t { kOff, kOn };

class TraceLog {
 public:
  static constexpr uint32_t kBlockEvents = 4096;

  /// Keeps at most about `budget_bytes` of events.
  explicit TraceLog(TraceLevel level, size_t budget_bytes);

  [[nodiscard]] bool on() const { return level_ == TraceLevel::kOn; }

  /// Records event number `number` of step `step` at time `now`, or compares it with the record.
  void append(uint64_t number, const Event& event, uint64_t step, Instant now) {
    if (number < write_end_ && write_ != nullptr) [[likely]] {
      if (number == recorded_end_) [[likely]] {
        write_[number % kBlockEvents] = event;
        recorded_end_ = number + 1;
        ++open_->count;
        return;
      }
    }
    append_slow(number, event, step, now);
  }

  /// An event with its place. `at` is the virtual time when it happened.
  struct Placed {
    uint64_t number;
    uint64_t step;
    Instant at;
    Event event;
  };
  /// Calls `visit(Placed)` for each recorded event with first <= number < last, in order, skipping
  /// what was dropped. `visit` returns false to stop.
  template <class Visit>
  void for_each(uint64_t first, uint64_t last, Visit visit) const;

  /// Number of the first recorded event of `step`, or UINT64_MAX if it was dropped or is not
  /// recorded.
  [[nodiscard]] uint64_t first_event_of(uint64_t step) const;
  /// Copies of everything before event `number`, for a branch that shares this past. Blocks are
  /// shared.
  [[nodiscard]] TraceLog fork(uint64_t number) const;
  [[nodiscard]] size_t bytes() const;

 private:
  struct Block {
    uint64_t first = 0;  // number of the event in events[0]'s slot
    uint32_t begin = 0;  // recorded are the slots [begin, begin + count)
    uint32_t count = 0;
    uint64_t step = 0;  // step and time of the event in slot `begin`
    Instant at;
    Event events[kBlockEvents];
  };
  void append_slow(uint64_t number, const Event& event, uint64_t step, Instant now);
  void drop_oldest();

  TraceLevel level_;
  size_t budget_blocks_;
  std::vector<std::shared_ptr<Block>> blocks_;  // by number / kBlockEvents; null where dropped
  size_t held_blocks_ = 0;
  size_t oldest_hint_ = 0;
  // The block that is open for recording: plain appends go to write_[...] while number <
  // write_end_.
  Block* open_ = nullptr;
  Event* write_ = nullptr;
  uint64_t write_end_ = 0;
  uint64_t recorded_end_ = 0;
};

template <class Visit>
void TraceLog::for_each(uint64_t first, uint64_t last, Visit visit) const {
  for (auto b = static_cast<size_t>(first / kBlockEvents);
       b < blocks_.size() && b * kBlockEvents < last; ++b) {
    if (blocks_[b] == nullptr) continue;
    const Block& block = *blocks_[b];
    uint64_t step = block.step;
    Instant at = block.at;
    for (uint32_t i = block.begin; i < block.begin + block.count; ++i) {
      const Event& event = block.events[i];
      const uint64_t number = block.first + i;
      if (i != block.begin && begins_step(event.kind)) ++step;
      if (moves_clock(event.kind)) at = Instant{static_cast<int64_t>(event.arg)};
      if (number >= last) return;
      if (number >= first && !visit(Placed{number, step, at, event})) return;
    }
  }
}

}  // namespace engine
