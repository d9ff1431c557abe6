// Does nothing until it is told to end, as the container that holds a pod together.

#include "sim/node/signal.h"

namespace sim::programs {

engine::Task<> pause() {
  const engine::Chan<node::Signal> stop = node::notify_signals({node::Signal::kTerminate});
  co_await stop.recv();
}

}  // namespace sim::programs
