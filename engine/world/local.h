// engine/world/local.h: one object of a type for each world, made when it is first asked for.
//
// Concept: what would be a global elsewhere (a pool of shared values, a table that is built once)
// belongs to the world here, because everything mutable does. The object lives in the arena as long
// as the world. Determinism: its creation is part of the step that asked first.

#pragma once

#include "engine/world/world.h"

namespace engine {

/// The base of such an object, by which the world knows it.
struct WorldLocal {
  WorldLocal* next = nullptr;
  const void* type = nullptr;

 protected:
  ~WorldLocal() = default;
};

namespace detail {
template <class T>
inline constexpr char kLocalType = 0;
}  // namespace detail

/// The current world's T. REQUIRES: an open scope; T derives from WorldLocal and is made by
/// default.
template <class T>
T& world_local() {
  WorldState& world = here();
  const void* const type = &detail::kLocalType<T>;
  for (WorldLocal* local = world.locals; local != nullptr; local = local->next) {
    if (local->type == type) return *static_cast<T*>(local);
  }
  auto* made = new T;
  made->type = type;
  made->next = world.locals;
  world.locals = made;
  return *made;
}

}  // namespace engine
