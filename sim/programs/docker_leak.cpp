// A service that forgets nothing: each STEP_MS milliseconds it keeps STEP_MIB more, and says so.

#include "engine/task/print.h"
#include "sim/node/memory.h"

namespace sim::programs {

using namespace engine;

Task<> docker_leak() {
  const int64_t step = current_process().env_int("STEP_MIB", 4);
  const Duration pause = kMillisecond * current_process().env_int("STEP_MS", 100);
  std::vector<node::MemoryBlock> kept;
  println("leak: started");
  for (int64_t held = step;; held += step) {
    node::MemoryBlock block = co_await node::allocate(step << 20);
    kept.push_back(std::move(block));
    println("leak: holding", held, "MiB");
    co_await sleep_for(pause);
  }
}

}  // namespace sim::programs
