// Two goroutines that work for one and two seconds, and a main that waits for both.

#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "engine/task/print.h"

namespace sim::programs {

using namespace engine;

Task<> go_waitgroup() {
  WaitGroup wg("wg");
  wg.add(2);

  go([wg]() -> Task<> {
    Defer done([&] { wg.done(); });
    println("Hello from goroutine 1");
    co_await sleep_for(1 * kSecond);
  }).set_name("hello-1");

  go([wg]() -> Task<> {
    Defer done([&] { wg.done(); });
    println("Hello from goroutine 2");
    co_await sleep_for(2 * kSecond);
  }).set_name("hello-2");

  co_await wg.wait();
}

}  // namespace sim::programs
