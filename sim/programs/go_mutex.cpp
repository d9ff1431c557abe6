// Goroutines that each add one to a counter under a mutex. LOCKED=false leaves the mutex out: then
// updates can be lost, on schedules where two goroutines read before either writes.

#include "engine/sync/mutex.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "engine/task/print.h"

namespace sim::programs {

using namespace engine;

namespace {

Task<> increment(Mutex mutex, Shared<int64_t> counter, WaitGroup wg, bool locked) {
  Defer done([&] { wg.done(); });
  if (locked) co_await mutex.lock();
  const int64_t before = co_await counter.load();
  co_await counter.store(before + 1);
  if (locked) mutex.unlock();
}

}  // namespace

Task<> go_mutex() {
  const int64_t goroutines = current_process().env_int("GOROUTINES", 10);
  const bool locked = current_process().env_bool("LOCKED", true);
  Mutex mutex("mutex");
  Shared<int64_t> counter(0, "counter");
  WaitGroup wg("wg");
  wg.add(goroutines);

  for (int64_t i = 0; i < goroutines; ++i) {
    std::string name = "adder-";
    append_operand(name, i + 1);
    go(increment, mutex, counter, wg, locked).set_name(name);
  }

  co_await wg.wait();
  const int64_t total = co_await counter.load();
  println("Counter:", total);
}

}  // namespace sim::programs
