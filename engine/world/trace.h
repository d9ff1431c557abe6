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
  kSleep = 18,         // subject: a task that parks until then; arg: due time in ns
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
  kRead = 37,          // a Shared<T>, an atomic, a map or a pool is read
  kWrite = 38,         // it is written
  kHandOver = 39,      // a value goes to a waiting receiver, which wakes; arg: the receiver
  kTakeOver = 40,      // a waiting sender's value is taken, it wakes; arg: sender | length << 32
  kReadLock = 41,      // arg: readers afterwards
  kReadUnlock = 42,    // arg: readers afterwards
  kSignal = 43,        // a condition; arg: 1 for all waiters
  kTimerSet = 44,      // a program's timer; arg: due time in ns
  kTimerStop = 45,     //
  kCancel = 46,        // a context; arg: hash of the error's text
  kRecover = 47,       // a panic was recovered; subject: the task
  kGoexit = 48,        // subject: the task
  kPriority = 49,      // the policy gives a task another priority; subject: task; arg: priority
  kOnce = 50,          // the function of a Once has run
  // The network. Subject: the sending machine; aux: the receiving one; arg: hash of the packet.
  kPacketSend = 60,
  kPacketArrive = 61,
  kPacketDrop = 62,  // arg: why
  // Machines and links. Subject: the machine; aux as said.
  kNodeCrash = 70,
  kNodeStart = 71,
  kLinkChange = 72,  // subject: whether packets pass now; arg: hash of its ends' names
  kDisk = 73,        // arg: hash of what was done and how it ended
  kCompute = 74,     // aux: the task that begins to compute; arg: for how long, in ns
  kThrottle = 75,    // aux: a control group whose goroutines wait for its next period; arg: 1 or 0
  kOomKill = 76,     // aux: a process that is killed; arg: the control group without memory
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
  uint64_t arg;
  uint32_t subject;
  uint32_t aux;
  uint32_t cause;  // the low bits of the number of the event that caused it; see cause_of()
  EventKind kind;
  uint16_t reserved;

  bool operator==(const Event&) const = default;
};
static_assert(sizeof(Event) == 24);

/// What stands for the number of a cause that is not known.
inline constexpr uint64_t kNoCause = UINT64_MAX;

/// Number + 1 of the event that caused event `number`; 0: none known.
constexpr uint64_t cause_of(const Event& event, uint64_t number) {
  const uint32_t back = static_cast<uint32_t>(number) - event.cause;
  return back == 0 || back > number ? 0 : number - back + 1;
}

/// The task that becomes ready by the event; 0 if none does.
constexpr uint32_t woken_by(const Event& event) {
  if (event.kind == EventKind::kWake) return event.subject;
  const bool meets = event.kind == EventKind::kHandOver || event.kind == EventKind::kTakeOver;
  return meets ? static_cast<uint32_t>(event.arg) : 0;
}

/// The part of a run's history that lies in the arena: the hash of all events so far, and the last
/// of them, which have not been folded or handed to the log yet. The hash depends on the sequence
/// of events alone, not on when they are folded.
class History {
 public:
  static constexpr uint32_t kBatch = 64;  // a power of two that divides TraceLog::kBlockEvents

  [[nodiscard]] uint64_t events() const { return folded_ + open(); }
  [[nodiscard]] uint64_t hash() const;

  /// Appends an event. True: the batch is full, and close_batch() must follow. `cause` is the low
  /// bits of the number of an earlier event, or of kNoCause.
  bool append(EventKind kind, uint32_t subject, uint32_t aux, uint64_t arg, uint32_t cause) {
    Event& event = *next_++;
    event.arg = arg;
    event.subject = subject;
    event.aux = aux;
    event.cause = cause;
    event.kind = kind;
    event.reserved = 0;
    return next_ == batch_ + kBatch;
  }
  /// Folds the full batch. `step` and `now` are those of the event just appended.
  void close_batch(uint64_t step, Instant now);

  /// The events that are not folded yet, or the full batch just before close_batch().
  [[nodiscard]] const Event* batch() const { return batch_; }
  [[nodiscard]] uint32_t open() const { return static_cast<uint32_t>(next_ - batch_); }
  [[nodiscard]] uint64_t batch_first() const { return folded_; }
  /// The step and time at which the batch began, before its first event.
  [[nodiscard]] uint64_t batch_step() const { return batch_step_; }
  [[nodiscard]] Instant batch_at() const { return batch_at_; }

 private:
  static constexpr uint32_t kLanes = 6;
  static void fold(uint64_t (&lanes)[kLanes], const Event* events, uint32_t count);

  uint64_t folded_ = 0;   // how many events have been folded
  Event* next_ = batch_;  // where the next one goes
  uint64_t batch_step_ = 0;
  Instant batch_at_;
  uint64_t lanes_[kLanes] = {1, 2, 3, 4, 5, 6};
  Event batch_[kBatch];
};

/// Whether events are kept for looking at. Never changes the hash.
enum class TraceLevel : uint8_t { kOff, kOn };

class TraceLog {
 public:
  static constexpr uint32_t kBlockEvents = 4096;

  /// Keeps at most about `budget_bytes` of events.
  explicit TraceLog(TraceLevel level, size_t budget_bytes);

  [[nodiscard]] bool on() const { return level_ == TraceLevel::kOn; }

  /// A stretch of history that lies in one block: `first` is the number of events[0], a multiple of
  /// History::kBatch; `step` and `at` are those before it.
  struct Stretch {
    uint64_t first = 0;
    const Event* events = nullptr;
    uint32_t count = 0;
    uint64_t step = 0;
    Instant at;
  };
  /// Records what is new of it and compares the rest with the record: a difference aborts.
  /// Outside any scope.
  void record(const Stretch& stretch);

  /// An event with its place. `at` is the virtual time when it happened.
  struct Placed {
    uint64_t number;
    uint64_t step;
    Instant at;
    Event event;

    /// Number + 1 of the event that caused it; 0: none known.
    [[nodiscard]] uint64_t cause() const { return cause_of(event, number); }
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
    uint64_t step = 0;  // step and time before the event in slot `begin`
    Instant at;
    Event events[kBlockEvents];
  };
  using BlockPtr = std::shared_ptr<Block>;
  BlockPtr fresh_block();
  void drop_oldest();

  TraceLevel level_;
  size_t budget_blocks_;
  std::vector<BlockPtr> blocks_;  // by number / kBlockEvents; null where dropped
  BlockPtr spare_;                // a dropped block, to be filled again
  size_t held_blocks_ = 0;
  size_t oldest_hint_ = 0;
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
      if (begins_step(event.kind)) ++step;
      if (moves_clock(event.kind)) at = Instant{static_cast<int64_t>(event.arg)};
      if (number >= last) return;
      if (number >= first && !visit(Placed{number, step, at, event})) return;
    }
  }
}

}  // namespace engine
