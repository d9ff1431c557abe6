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

struct Account {
  explicit Account(std::string_view owner) : lock(owner) {}
  Mutex lock;
  Chan<bool> taken;  // closed once its first lock is held, so that the two always meet
};

Task<> transfer(Account from, Account to, WaitGroup wg) {
  Defer done([&] { wg.done(); });
  co_await from.lock.lock();
  Defer unlock_from([&] { from.lock.unlock(); });
  println("one lock taken");
  from.taken.close();
  co_await to.taken.recv();
  co_await to.lock.lock();
  Defer unlock_to([&] { to.lock.unlock(); });
  println("transferred");
}

}  // namespace

Task<> go_deadlock() {
  const Account alice("alice");
  const Account bob("bob");
  WaitGroup wg("wg");
  wg.add(2);
  go(transfer, alice, bob, wg).set_name("alice-to-bob");
  go(transfer, bob, alice, wg).set_name("bob-to-alice");
  co_await wg.wait();
}

}  // namespace sim::programs
