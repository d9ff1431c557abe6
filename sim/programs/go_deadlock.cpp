// Two goroutines that take two locks in opposite order, each waiting for the other to take its
// first: neither gets its second, and main waits for both for ever.

#include "engine/sync/chan.h"
#include "engine/sync/mutex.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "engine/task/print.h"

namespace sim::programs {

using namespace engine;

namespace {

Task<> transfer(Mutex from, Mutex to, Chan<bool> mine, Chan<bool> theirs, WaitGroup wg) {
  Defer done([&] { wg.done(); });
  co_await from.lock();
  Defer unlock_from([&] { from.unlock(); });
  println("one lock taken");
  mine.close();
  co_await theirs.recv();
  co_await to.lock();
  Defer unlock_to([&] { to.unlock(); });
  println("transferred");
}

}  // namespace

Task<> go_deadlock() {
  Mutex alice("alice"), bob("bob");
  Chan<bool> alice_taken(0, "alice-taken"), bob_taken(0, "bob-taken");
  WaitGroup wg("wg");
  wg.add(2);
  const auto start = [&](Mutex from, Mutex to, Chan<bool> mine, Chan<bool> theirs,
                         std::string_view name) {
    go([=]() -> Task<> { co_await transfer(from, to, mine, theirs, wg); }).set_name(name);
  };
  start(alice, bob, alice_taken, bob_taken, "alice-to-bob");
  start(bob, alice, bob_taken, alice_taken, "bob-to-alice");
  co_await wg.wait();
}

}  // namespace sim::programs
