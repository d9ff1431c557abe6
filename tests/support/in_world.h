// tests/support/in_world.h: a world to be in, for what needs one but runs nothing.

#pragma once

#include "engine/world/world.h"

namespace support {

/// While it lives, the test is inside a fresh world's scope. Nothing made there may outlive it.
class InWorld {
 public:
  InWorld() = default;

 private:
  engine::World world_{engine::WorldOptions{}};
  engine::World::Scope scope_{world_};
};

}  // namespace support
