// engine/world/world.h: a world, and how code reaches the one it runs in.
//
// Concept: World is the host's handle. It owns the arena and, outside it, the logs of events and
// output. WorldState is the root object inside the arena: clock, event queue, hash, choices,
// objects. While a Scope is open, the thread's operator new goes to that world's arena and `here()`
// is its state.
//
// Ownership: nothing outside may keep a pointer into a world across a step; nothing inside may hold
// one to host memory. A world belongs to the thread that made it. The thread's current-world record
// in new.cpp is the only writable global of engine and sim.

#pragma once

#include <memory>
#include <string_view>

#include "engine/world/arena.h"
#include "engine/world/choice.h"
#include "engine/world/choice_log.h"
#include "engine/world/event_queue.h"
#include "engine/world/hash.h"
#include "engine/world/here.h"
#include "engine/world/list.h"
#include "engine/world/output_log.h"
#include "engine/world/time.h"
#include "engine/world/trace.h"

namespace engine {

class Object;
class Scheduler;
struct WorldLocal;

struct ObjectTag {};

/// What a world simulates beyond goroutines, such as a cluster of machines. It lives in the arena
/// as long as the world.
class Model {
 public:
  virtual ~Model() = default;
  /// Applies an input that the engine does not know. False: it found no target.
  virtual bool apply(std::string_view input) = 0;
};

/// The root object of a world's arena.
struct WorldState {
  explicit WorldState(uint64_t seed) : choices(seed) {}

  [[nodiscard]] uint64_t events() const { return history.events(); }
  [[nodiscard]] uint64_t hash() const { return history.hash(); }

  Instant now;
  uint64_t step = 0;  // steps begun; between steps, the world's coordinate of time
  uint64_t output_bytes = 0;
  uint64_t choices_taken = 0;
  uint32_t cause = static_cast<uint32_t>(kNoCause);  // the event that explains what is emitted now
  uint32_t running = 0;  // the task that runs now, as events name it; 0: none
  bool muted = false;    // nothing done now is visible: its process is dead or its task is doomed
  EventQueue queue;
  Choices choices;
  Scheduler* scheduler = nullptr;
  Model* model = nullptr;           // null: goroutines only
  WorldLocal* locals = nullptr;     // see local.h
  List<Object, ObjectTag> objects;  // all channels, locks and so on, oldest first
  uint32_t next_object = 1;
  History history;
};

/// The state of the world that this code runs in. REQUIRES: an open scope.
inline WorldState& here() {
  return *t_here.state;
}
inline bool inside() {
  return t_here.state != nullptr;
}

/// The history's batch of events is full: folds it, and hands it to the log if there is one.
void close_batch();

/// Records an event: it is part of the hash, and of the log if there is one. Returns its number.
/// Does nothing while the world is muted.
inline uint64_t emit(EventKind kind, uint32_t subject, uint32_t aux = 0, uint64_t arg = 0) {
#ifdef ENGINE_BARE
  // The preset `bare`: what the engine costs without any history.
  static_cast<void>(kind), static_cast<void>(subject), static_cast<void>(aux);
  static_cast<void>(arg);
  return 0;
#else
  WorldState& w = here();
  const uint64_t number = w.history.events();
  if (w.muted) [[unlikely]]
    return number;
  if (w.history.append(kind, subject, aux, arg, w.cause)) [[unlikely]]
    close_batch();
  return number;
#endif
}

/// Takes a choice and records it. With n of 1 there is nothing to choose, and nothing is drawn.
uint32_t choose(ChoiceKind kind, EntityKey entity, uint32_t n);

/// Prints as process `process`: part of the hash, kept in the world's output log.
void emit_output(uint32_t process, Stream stream, std::string_view text);
/// Prints a report whose text holds source lines: only `essence` is part of the hash.
void emit_report(uint32_t process, std::string_view text, std::string_view essence);

struct WorldOptions {
  uint64_t seed = 1;
  Arena::Options arena;
  TraceLevel trace = TraceLevel::kOn;
  size_t trace_budget_bytes = size_t{128} << 20;
  size_t output_budget_bytes = size_t{8} << 20;
  size_t choice_budget_bytes = size_t{8} << 20;
};

class World {
 public:
  explicit World(const WorldOptions& options);
  /// Gives the region back without running destructors inside: everything there is gone.
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Makes this world the current one for as long as it lives. Scopes of one thread nest.
  class Scope {
   public:
    explicit Scope(World& world);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Here outer_;
  };

  [[nodiscard]] const WorldState& state() const {
    return *static_cast<const WorldState*>(arena_.root());
  }
  [[nodiscard]] Arena& arena() { return arena_; }
  [[nodiscard]] const Arena& arena() const { return arena_; }
  /// The log of events, with all that have been emitted so far. Outside any scope.
  [[nodiscard]] TraceLog& trace() {
    record_open_batch();
    return trace_;
  }
  [[nodiscard]] const TraceLog& trace() const {
    record_open_batch();
    return trace_;
  }
  [[nodiscard]] OutputLog& output() { return output_; }
  [[nodiscard]] const OutputLog& output() const { return output_; }
  /// Whether events and choices are kept for looking at.
  [[nodiscard]] bool keeps_history() const { return trace_.on(); }
  /// Kept only while the trace is on.
  [[nodiscard]] ChoiceLog& choice_log() { return choice_log_; }
  [[nodiscard]] const ChoiceLog& choice_log() const { return choice_log_; }

  /// The world of this thread that `address` lies in, or null.
  static World* owning(const void* address);

 private:
  friend void close_batch();
  void record_batch() const;
  void record_open_batch() const {
    if (state().history.open() != 0) record_batch();
  }

  Arena arena_;
  mutable TraceLog trace_;  // what the arena still holds of the history is copied when it is read
  OutputLog output_;
  ChoiceLog choice_log_;
  World* next_world_ = nullptr;
};

}  // namespace engine
