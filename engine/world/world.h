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

struct ObjectTag {};

/// The root object of a world's arena.
struct WorldState {
  explicit WorldState(uint64_t seed) : choices(seed) {}

  Instant now;
  uint64_t step = 0;    // steps begun; between steps, the world's coordinate of time
  uint64_t events = 0;  // events emitted
  uint64_t hash = 0;
  uint64_t output_bytes = 0;
  uint64_t choices_taken = 0;
  uint64_t cause = 0;  // number + 1 of the event that explains what is emitted now; 0: none
  bool muted = false;  // nothing done now is visible: its process is dead or its task is doomed
  EventQueue queue;
  Choices choices;
  Scheduler* scheduler = nullptr;
  List<Object, ObjectTag> objects;  // all channels, locks and so on, oldest first
  uint32_t next_object = 1;
};

/// The state of the world that this code runs in. REQUIRES: an open scope.
inline WorldState& here() {
  return *t_here.state;
}
inline bool inside() {
  return t_here.state != nullptr;
}

/// Records an event: folds it into the hash, and into the log if there is one. Returns its number.
/// Does nothing while the world is muted.
inline uint64_t emit(EventKind kind, uint32_t subject, uint32_t aux = 0, uint64_t arg = 0) {
  WorldState& w = here();
  if (w.muted) [[unlikely]]
    return w.events;
  w.hash =
      roll(w.hash, static_cast<uint64_t>(kind) << 32 | subject, arg ^ aux * 0x9e3779b97f4a7c15U);
  const uint64_t number = w.events++;
  if (t_here.trace != nullptr) [[likely]] {
    const uint64_t back = w.cause == 0 ? 0 : number + 1 - w.cause;
    t_here.trace->append(
        number, {arg, subject, aux, back > UINT32_MAX ? 0 : static_cast<uint32_t>(back), kind, 0},
        w.step, w.now);
  }
  return number;
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
  [[nodiscard]] TraceLog& trace() { return trace_; }
  [[nodiscard]] const TraceLog& trace() const { return trace_; }
  [[nodiscard]] OutputLog& output() { return output_; }
  [[nodiscard]] const OutputLog& output() const { return output_; }
  /// Kept only while the trace is on.
  [[nodiscard]] ChoiceLog& choice_log() { return choice_log_; }
  [[nodiscard]] const ChoiceLog& choice_log() const { return choice_log_; }

  /// The world of this thread that `address` lies in, or null.
  static World* owning(const void* address);

 private:
  Arena arena_;
  TraceLog trace_;
  OutputLog output_;
  ChoiceLog choice_log_;
  World* next_world_ = nullptr;
};

}  // namespace engine
