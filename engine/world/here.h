// engine/world/here.h: which world the thread is in.
//
// The one writable global of engine and sim, and the way out of a world's scope for the host's own
// logs. Everybody else uses World::Scope and here() of world.h.

#pragma once

namespace engine {

class Arena;
class Scheduler;
struct WorldState;
class World;

/// The thread's current world. Only scopes write it.
struct Here {
  WorldState* state = nullptr;
  Scheduler* scheduler = nullptr;
  Arena* arena = nullptr;  // where operator new takes memory from; null: from the host
  World* world = nullptr;
  World* worlds = nullptr;  // all live worlds of this thread, linked
};
extern constinit thread_local Here t_here;

/// While it lives, memory comes from the host again. For the logs that lie outside the arena.
class OutsideScope {
 public:
  OutsideScope() : outer_(t_here) {
    World* const worlds = t_here.worlds;
    t_here = {};
    t_here.worlds = worlds;
  }
  ~OutsideScope() { t_here = outer_; }
  OutsideScope(const OutsideScope&) = delete;
  OutsideScope& operator=(const OutsideScope&) = delete;

 private:
  Here outer_;
};

}  // namespace engine
