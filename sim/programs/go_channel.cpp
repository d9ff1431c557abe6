// One value over an unbuffered channel. CAPACITY makes it buffered.

#include "engine/sync/chan.h"
#include "engine/task/go.h"
#include "engine/task/print.h"

namespace sim::programs {

using namespace engine;

Task<> go_channel() {
  const int64_t capacity = current_process().env_int("CAPACITY", 0);
  if (capacity < 0 || capacity > UINT32_MAX) co_await panic("makechan: size out of range");
  Chan<int> ch(static_cast<uint32_t>(capacity), "ch");

  go([ch]() -> Task<> { co_await ch.send(1); }).set_name("sender");

  const auto val = co_await ch.recv();
  println(*val);
}

}  // namespace sim::programs
