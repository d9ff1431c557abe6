#include "sim/node/clock.h"

#include "sim/node/machine.h"

namespace sim::node {

int64_t unix_nano() {
  return this_machine().wall_clock().unix_ns(engine::here().now);
}

}  // namespace sim::node
