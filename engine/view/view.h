// engine/view/view.h: read-only pictures of a world, for people to look at.
//
// Concept: look() copies what a view shows into host memory. It costs nothing when nobody looks,
// never writes to the arena and keeps no pointer into it, so a view stays valid after the world
// moves on, though it is then out of date. Ids name things across views of the same world.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/task/goroutine.h"
#include "engine/world/world.h"

namespace engine {

struct GoroutineView {
  uint32_t id = 0;
  uint32_t process = 0;
  uint32_t parent = 0;  // 0: none
  std::string name;     // "main", its own name, or "goroutine 4"
  TaskState state = TaskState::kReady;
  std::string status;     // Go's words: "running", "runnable", "chan receive", "sleep"
  uint32_t waits_on = 0;  // object id; 0: none
  std::string waits_on_name;
  int64_t wakes_at_ns = -1;  // for a sleeper; -1 otherwise
  std::string where;         // file:line where it is suspended; empty before its first dispatch
  std::string created;       // file:line of the go statement
  uint32_t queue_place = 0;  // 1: next in the run queue; 0: not ready
};

struct ProcessView {
  uint32_t id = 0;
  std::string name;
  std::string status;  // "running", "exited", "panicked", "fatal error", "killed"
  int exit_code = 0;
  std::string failure;
  std::string host;  // the machine that it runs on; empty: none
};

struct ChanView {
  uint32_t id = 0;
  std::string name;  // its own, or "chan 3"
  uint32_t capacity = 0;
  std::vector<std::string> items;  // oldest first
  bool closed = false;
  std::vector<uint32_t> senders;  // goroutines that wait to send, in order
  std::vector<uint32_t> receivers;
};

/// A mutex or a read-write mutex.
struct LockView {
  uint32_t id = 0;
  std::string name;
  uint32_t owner = 0;  // 0: not locked, or only for reading
  bool starving = false;
  std::vector<uint32_t> waiters;       // goroutines that wait to lock it, in order
  uint32_t readers = 0;                // how many hold it for reading
  std::vector<uint32_t> read_waiters;  // goroutines that wait to read, in order
};

struct CondView {
  uint32_t id = 0;
  std::string name;
  uint32_t lock = 0;  // object id
  std::vector<uint32_t> waiters;
};

struct WaitGroupView {
  uint32_t id = 0;
  std::string name;
  int64_t counter = 0;
  std::vector<uint32_t> waiters;
};

struct ContextView {
  uint32_t id = 0;
  std::string name;         // its own, that of its value's key, or "context 3"
  uint32_t parent = 0;      // object id; 0: the background
  bool can_end = false;     // it, or one above it, can be cancelled
  std::string err;          // Go's words once it has ended; empty before
  std::string cause;        // what context.Cause says, where that is something else
  int64_t ends_at_ns = -1;  // its deadline; -1: none
};

struct SharedView {
  uint32_t id = 0;
  std::string name;
  std::string value;
};

struct WorldView {
  uint64_t step = 0;
  Instant now;
  uint64_t hash = 0;
  uint64_t events = 0;
  size_t arena_bytes = 0;
  uint32_t timers_pending = 0;
  std::vector<ProcessView> processes;
  std::vector<GoroutineView> goroutines;  // by id
  std::vector<ChanView> chans;
  std::vector<LockView> locks;
  std::vector<CondView> conditions;
  std::vector<WaitGroupView> wait_groups;
  std::vector<ContextView> contexts;
  std::vector<SharedView> variables;
};

/// Copies out everything. REQUIRES: called between steps, outside any scope.
WorldView look(const World& world);

/// One line of the event list.
struct EventLine {
  uint64_t number = 0;
  uint64_t step = 0;
  Instant at;
  uint64_t cause = 0;  // number + 1 of the causing event; 0: none
  EventKind kind = EventKind::kNone;
  std::string text;  // "goroutine 2 sends on results"
};

/// Names for ids of tasks and objects, gathered from views, so that events of things that are gone
/// still read well.
class EventNames {
 public:
  void learn(const WorldView& view);
  [[nodiscard]] std::string task(uint32_t id) const;
  [[nodiscard]] std::string object(uint32_t id) const;
  [[nodiscard]] std::string process(uint32_t id) const;
  /// A machine that events name by number.
  void learn_node(uint32_t id, const std::string& name);
  [[nodiscard]] std::string node(uint32_t id) const;

 private:
  std::vector<std::string> tasks_;
  std::vector<std::string> objects_;
  std::vector<std::string> processes_;
  std::vector<std::string> nodes_;
};

/// What an event says, in words.
std::string event_text(const Event& event, const EventNames& names);
/// The recorded events with first <= number < last, newest last, `limit` at most (the newest of
/// them).
std::vector<EventLine> events_between(const TraceLog& log, uint64_t first, uint64_t last,
                                      size_t limit, const EventNames& names);

}  // namespace engine
