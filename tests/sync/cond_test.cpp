#include "engine/sync/cond.h"

#include <catch_amalgamated.hpp>

#include <memory>

#include "engine/sync/chan.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "engine/view/view.h"
#include "tests/support/simulate.h"

using namespace engine;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using support::simulate;
using support::with_policy;

namespace {

// A bounded buffer: the classic use of two conditions.
Task<> bounded_buffer() {
  const Mutex mutex;
  const Cond not_empty(mutex), not_full(mutex);
  Shared<int64_t> filled, taken;
  WaitGroup wg;
  for (int64_t i = 0; i < 3; ++i) {
    wg.go([=]() -> Task<> {
      for (int n = 0; n < 4; ++n) {
        co_await mutex.lock();
        while (co_await filled.load() == 2) co_await not_full.wait();
        const int64_t now = co_await filled.load();
        co_await filled.store(now + 1);
        not_empty.signal();
        mutex.unlock();
      }
    });
    wg.go([=]() -> Task<> {
      for (int n = 0; n < 4; ++n) {
        co_await mutex.lock();
        while (co_await filled.load() == 0) co_await not_empty.wait();
        const int64_t now = co_await filled.load();
        if (now < 1 || now > 2) println("out of bounds");
        co_await filled.store(now - 1);
        const int64_t sum = co_await taken.load();
        co_await taken.store(sum + 1);
        not_full.signal();
        mutex.unlock();
      }
    });
  }
  co_await wg.wait();
  const int64_t sum = co_await taken.load();
  const int64_t rest = co_await filled.load();
  println(sum, rest);
}

Task<> signals() {
  const Mutex mutex;
  const Cond cond(mutex);
  cond.signal();  // nobody waits
  for (int64_t i = 0; i < 4; ++i) {
    go([=]() -> Task<> {
      co_await mutex.lock();
      co_await cond.wait();
      println("woken", i);
      mutex.unlock();
    });
    co_await sleep_for(1 * kMillisecond);
  }
  println("signal");
  cond.signal();
  co_await sleep_for(1 * kMillisecond);
  println("broadcast");
  cond.broadcast();
  co_await sleep_for(1 * kMillisecond);
  println("free:", mutex.try_lock());
}

Task<> read_side() {
  const RWMutex lock;
  const Cond cond(lock.rlocker());
  const Cond exclusive(lock);
  WaitGroup wg;
  for (int64_t i = 0; i < 2; ++i) {
    wg.go([=]() -> Task<> {
      co_await lock.rlock();
      co_await cond.wait();
      println("reader", i);
      co_await sleep_for(1 * kMillisecond);
      lock.runlock();
    });
  }
  wg.go([=]() -> Task<> {
    co_await lock.lock();
    co_await exclusive.wait();
    println("writer");
    lock.unlock();
  });
  co_await sleep_for(1 * kMillisecond);
  co_await lock.lock();
  cond.broadcast();
  co_await gosched();
  lock.unlock();
  co_await gosched();
  exclusive.signal();
  co_await wg.wait();
}

Task<> waits_for_ever() {
  const Mutex mutex("mutex");
  const Cond cond(mutex, "cond");
  go([=]() -> Task<> {
    co_await mutex.lock();
    co_await cond.wait();
  });
  go([=]() -> Task<> {
    co_await mutex.lock();
    co_await cond.wait();
  });
  co_await sleep_for(1 * kMillisecond);
  co_await mutex.lock();
  cond.signal();
  co_await sleep_for(1 * kMillisecond);
  co_await Chan<int>::nil().recv();
}

Task<> not_locked() {
  const Mutex mutex;
  const Cond cond(mutex);
  co_await cond.wait();
}
Task<> not_write_locked() {
  const RWMutex lock;
  const Cond cond(lock);
  co_await cond.wait();
}
Task<> not_read_locked() {
  const RWMutex lock;
  const Cond cond(lock.rlocker());
  co_await cond.wait();
}

// The lock and the condition have no other handle than the waiter's.
Task<> last_handle() {
  Chan<int> over;
  go([over]() -> Task<> {
    const Mutex mutex;
    co_await mutex.lock();
    auto cond = std::make_unique<Cond<>>(mutex);
    const Cond<> copy = *cond;
    go([copy]() -> Task<> {
      co_await copy.locker().lock();
      copy.broadcast();
      copy.locker().unlock();
    });
    co_await cond->wait();
    cond.reset();
    mutex.unlock();
    over.close();
  });
  co_await over.recv();
  println("over");
}

}  // namespace

TEST_CASE("a bounded buffer under two conditions keeps its bounds, on any schedule") {
  for (const Policy policy : policies()) {
    for (uint64_t seed = 1; seed <= 100; ++seed) {
      CAPTURE(policy_name(policy), seed);
      REQUIRE(simulate(bounded_buffer, with_policy(policy, seed)).out == "12 0\n");
    }
  }
}

TEST_CASE("Signal wakes one goroutine waiting on the condition, if there is any; Broadcast all") {
  CHECK(simulate(signals).out ==
        "signal\nwoken 0\nbroadcast\nwoken 1\nwoken 2\nwoken 3\nfree: true\n");
  // What Go prints with GOMAXPROCS=1: the one readied last runs next.
  CHECK(simulate(signals, with_policy(Policy::kGo)).out ==
        "signal\nwoken 0\nbroadcast\nwoken 3\nwoken 1\nwoken 2\nfree: true\n");
}

TEST_CASE("a condition works over an RWMutex and its reading side") {
  for (const Policy policy : policies()) {
    CAPTURE(policy_name(policy));
    const auto outcome = simulate(read_side, with_policy(policy));
    CHECK(outcome.exit_code == 0);
    CHECK_THAT(outcome.out, ContainsSubstring("reader 0\n") && ContainsSubstring("reader 1\n") &&
                                ContainsSubstring("writer\n"));
  }
}

TEST_CASE("a waiter on a condition that was signalled waits for the lock, as Go's dump shows") {
  const auto run = support::start(waits_for_ever);
  while (run->now() < Instant{} + 1 * kMillisecond) run->step();
  const WorldView view = look(run->world());
  REQUIRE(view.conditions.size() == 1);
  CHECK(view.conditions[0].name == "cond");
  CHECK(view.conditions[0].lock == view.locks[0].id);
  CHECK(view.conditions[0].waiters == std::vector<uint32_t>{2, 3});
  CHECK(view.goroutines[1].waits_on_name == "cond");

  const auto outcome = simulate(waits_for_ever);
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err, ContainsSubstring("goroutine 2 [sync.Mutex.Lock]:\n"));
  CHECK_THAT(outcome.err, ContainsSubstring("goroutine 3 [sync.Cond.Wait]:\n"));
}

TEST_CASE("Wait under a lock that is not held is the fatal error of its Unlock") {
  CHECK_THAT(simulate(not_locked).err, StartsWith("fatal error: sync: unlock of unlocked mutex\n"));
  CHECK_THAT(simulate(not_write_locked).err,
             StartsWith("fatal error: sync: Unlock of unlocked RWMutex\n"));
  CHECK_THAT(simulate(not_read_locked).err,
             StartsWith("fatal error: sync: RUnlock of unlocked RWMutex\n"));
}

TEST_CASE("a waiter keeps its condition and its lock alive") {
  CHECK(simulate(last_handle).out == "over\n");
}
