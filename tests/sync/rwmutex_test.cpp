#include "engine/sync/rwmutex.h"

#include <catch_amalgamated.hpp>

#include "engine/sync/atomic.h"
#include "engine/sync/wait_group.h"
#include "engine/view/view.h"
#include "tests/support/simulate.h"

using namespace engine;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using support::simulate;
using support::with_policy;

namespace {

Task<> readers_share() {
  const RWMutex lock;
  WaitGroup wg;
  for (int64_t i = 0; i < 3; ++i) {
    wg.go([lock, i]() -> Task<> {
      co_await lock.rlock();
      println("in", i);
      co_await sleep_for(1 * kMillisecond);
      println("out", i);
      lock.runlock();
    });
  }
  co_await wg.wait();
}

// Readers and writers note who is inside. 8 goroutines, each some rounds.
Task<> exclusion() {
  const RWMutex lock;
  const Shared<int64_t> writers, total;
  const Atomic<int64_t> readers;
  WaitGroup wg;
  for (int64_t i = 0; i < 4; ++i) {
    wg.go([=]() -> Task<> {
      for (int round = 0; round < 5; ++round) {
        co_await lock.lock();
        const int64_t writing = co_await writers.load();
        const int64_t reading = co_await readers.load();
        if (writing + reading != 0) println("a writer is not alone");
        co_await writers.store(1);
        const int64_t before = co_await total.load();
        co_await total.store(before + 1);
        co_await writers.store(0);
        lock.unlock();
      }
    });
    wg.go([=]() -> Task<> {
      for (int round = 0; round < 5; ++round) {
        co_await lock.rlock();
        co_await readers.add(1);
        const int64_t writing = co_await writers.load();
        if (writing != 0) println("a reader beside a writer");
        const int64_t first = co_await total.load();
        const int64_t second = co_await total.load();
        if (first != second) println("a reader sees a change");
        co_await readers.add(-1);
        lock.runlock();
      }
    });
  }
  co_await wg.wait();
  const int64_t sum = co_await total.load();
  println(sum);
}

Task<> writer_blocks_new_readers() {
  const RWMutex lock;
  co_await lock.rlock();
  go([lock]() -> Task<> {
    co_await lock.lock();
    println("writer");
    lock.unlock();
  });
  co_await sleep_for(1 * kMillisecond);
  go([lock]() -> Task<> {
    co_await lock.rlock();
    println("new reader");
    lock.runlock();
  });
  co_await sleep_for(1 * kMillisecond);
  println("try_rlock:", lock.try_rlock());
  println("old reader leaves");
  lock.runlock();
  co_await sleep_for(1 * kMillisecond);
}

// Two writers and two readers wait behind a writer.
Task<> readers_go_first() {
  const RWMutex lock;
  WaitGroup wg;
  co_await lock.lock();
  for (int64_t i = 0; i < 2; ++i) {
    wg.go([lock, i]() -> Task<> {
      co_await lock.lock();
      println("writer", i);
      lock.unlock();
    });
    co_await sleep_for(1 * kMicrosecond);
    wg.go([lock, i]() -> Task<> {
      co_await lock.rlock();
      println("reader", i);
      co_await sleep_for(1 * kMicrosecond);
      println("reader leaves", i);
      lock.runlock();
    });
    co_await sleep_for(1 * kMicrosecond);
  }
  lock.unlock();
  co_await wg.wait();
}

Task<> tries() {
  const RWMutex lock("lock");
  bool first = lock.try_rlock();
  bool second = lock.try_rlock();
  bool other = lock.try_lock();
  println(first, second, other);
  lock.runlock();
  lock.runlock();
  first = lock.try_lock();
  second = lock.try_lock();
  other = lock.try_rlock();
  println(first, second, other);
  lock.unlock();
  co_await lock.lock();
  lock.unlock();
  println(lock.try_rlock());
}

Task<> recursive_reading() {
  const RWMutex lock;
  co_await lock.rlock();
  go([lock]() -> Task<> { co_await lock.lock(); });
  co_await sleep_for(1 * kMillisecond);
  go([lock]() -> Task<> { co_await lock.lock(); });
  co_await sleep_for(1 * kMillisecond);
  co_await lock.rlock();
}

Task<> runlock_of_unlocked() {
  const Defer deferred([] { println("deferred"); });
  const RWMutex lock;
  lock.runlock();
  co_await gosched();
}
Task<> unlock_of_unlocked() {
  const RWMutex lock;
  lock.unlock();
  co_await gosched();
}
Task<> runlock_of_write_locked() {
  const RWMutex lock("lock");
  co_await lock.lock();
  lock.runlock();
  co_await gosched();
}
Task<> unlock_of_read_locked() {
  const RWMutex lock;
  co_await lock.rlock();
  lock.unlock();
  co_await gosched();
}

Task<> barging() {
  const RWMutex lock;
  co_await lock.lock();
  go([lock]() -> Task<> {
    co_await lock.lock();
    println("waiter");
    lock.unlock();
  });
  co_await gosched();
  lock.unlock();
  co_await lock.lock();
  println("newcomer");
  lock.unlock();
  co_await sleep_for(1 * kSecond);
}

// As tests/sync/lock_test.cpp has it for a Mutex.
Task<> starvation() {
  const RWMutex lock;
  co_await lock.lock();
  go([lock]() -> Task<> {
    co_await lock.lock();
    println("waiter");
    lock.unlock();
  });
  co_await gosched();
  co_await sleep_for(2 * kMillisecond);
  lock.unlock();
  co_await lock.lock();
  println("newcomer barges once");
  co_await gosched();
  lock.unlock();
  println("lock is free for a newcomer:", lock.try_lock());
  co_await sleep_for(1 * kSecond);
  println("and afterwards:", lock.try_lock());
}

// Operations that are destroyed while they wait, as with frames that die alone.
Task<> abandoned() {
  const RWMutex lock;
  co_await lock.rlock();
  {
    auto writer = lock.lock();
    println("writer waits:", !writer.attempt());
    go([lock]() -> Task<> {
      co_await lock.rlock();
      println("the reader behind it goes on");
      lock.runlock();
    });
    co_await gosched();
    println("try_rlock:", lock.try_rlock());
  }
  co_await gosched();
  println("try_lock:", lock.try_lock());
  lock.runlock();
  co_await lock.lock();
  {
    auto reader = lock.rlock();
    auto writer = lock.lock();
    println("reader waits:", !reader.attempt());
    println("writer waits:", !writer.attempt());
  }
  lock.unlock();
  println("free:", lock.try_lock());
}

Task<> on_stage() {
  const RWMutex lock("lock");
  co_await lock.rlock();
  go([lock]() -> Task<> { co_await lock.lock(); });
  co_await gosched();
  go([lock]() -> Task<> { co_await lock.lock(); });
  go([lock]() -> Task<> { co_await lock.rlock(); });
  co_await sleep_for(1 * kMillisecond);
  lock.runlock();
  co_await sleep_for(1 * kMillisecond);
}

}  // namespace

TEST_CASE("an RWMutex is held by any number of readers") {
  CHECK(simulate(readers_share).out == "in 0\nin 1\nin 2\nout 0\nout 1\nout 2\n");
}

TEST_CASE("an RWMutex is held by one writer and no reader, on any schedule") {
  for (const Policy policy : policies()) {
    for (uint64_t seed = 1; seed <= 100; ++seed) {
      CAPTURE(policy_name(policy), seed);
      REQUIRE(simulate(exclusion, with_policy(policy, seed)).out == "20\n");
    }
  }
}

TEST_CASE("a blocked Lock call excludes new readers from acquiring the lock") {
  for (const Policy policy : policies()) {
    CAPTURE(policy_name(policy));
    CHECK(simulate(writer_blocks_new_readers, with_policy(policy)).out ==
          "try_rlock: false\nold reader leaves\nwriter\nnew reader\n");
  }
}

TEST_CASE("when a writer unlocks, the readers that waited go first; the next writer awaits them") {
  CHECK(simulate(readers_go_first).out ==
        "reader 0\nreader 1\nreader leaves 0\nreader leaves 1\nwriter 0\nwriter 1\n");
}

TEST_CASE("try_rlock fails only beside a writer, try_lock beside anybody") {
  CHECK(simulate(tries).out == "true true false\ntrue false false\ntrue\n");
}

TEST_CASE("reading recursively around a waiting writer deadlocks, with the dump that Go gives") {
  const auto outcome = simulate(recursive_reading);
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err, StartsWith("fatal error: all goroutines are asleep - deadlock!\n\n"
                                     "goroutine 1 [sync.RWMutex.RLock]:\n"));
  CHECK_THAT(outcome.err, ContainsSubstring("goroutine 2 [sync.RWMutex.Lock]:\n"));
  // It waits for its turn among the writers.
  CHECK_THAT(outcome.err, ContainsSubstring("goroutine 3 [sync.Mutex.Lock]:\n"));
}

TEST_CASE("unlocking an RWMutex that is not locked so is a fatal error") {
  const auto outcome = simulate(runlock_of_unlocked);
  CHECK_THAT(outcome.err, StartsWith("fatal error: sync: RUnlock of unlocked RWMutex\n"));
  CHECK(outcome.out.empty());
  CHECK_THAT(simulate(unlock_of_unlocked).err,
             StartsWith("fatal error: sync: Unlock of unlocked RWMutex\n"));
  CHECK_THAT(simulate(runlock_of_write_locked).err,
             StartsWith("fatal error: sync: RUnlock of unlocked RWMutex\n"));
  CHECK_THAT(simulate(unlock_of_read_locked).err,
             StartsWith("fatal error: sync: Unlock of unlocked RWMutex\n"));
}

TEST_CASE("writers compete for an RWMutex as for a Mutex") {
  CHECK(simulate(barging).out == "newcomer\nwaiter\n");
  CHECK(simulate(starvation).out ==
        "newcomer barges once\nlock is free for a newcomer: false\nwaiter\n"
        "and afterwards: true\n");
}

TEST_CASE("an operation that dies while it waits leaves the RWMutex to the others") {
  CHECK(simulate(abandoned).out ==
        "writer waits: true\ntry_rlock: false\nthe reader behind it goes on\ntry_lock: false\n"
        "reader waits: true\nwriter waits: true\nfree: true\n");
}

TEST_CASE("a view shows who holds an RWMutex and who waits") {
  const auto run = support::start(on_stage);
  while (run->now() < Instant{} + 1 * kMillisecond) run->step();
  WorldView view = look(run->world());
  REQUIRE(view.locks.size() == 1);
  CHECK(view.locks[0].name == "lock");
  CHECK(view.locks[0].owner == 0);
  CHECK(view.locks[0].readers == 1);
  CHECK(view.locks[0].waiters == std::vector<uint32_t>{2, 3});
  CHECK(view.locks[0].read_waiters == std::vector<uint32_t>{4});
  CHECK(view.goroutines[2].waits_on_name == "lock");
  while (run->now() < Instant{} + 2 * kMillisecond) run->step();
  view = look(run->world());
  CHECK(view.locks[0].owner == 2);
  CHECK(view.locks[0].readers == 0);

  EventNames names;
  names.learn(view);
  std::string said;
  const auto lines =
      events_between(run->world().trace(), 0, run->world().state().events(), 1000, names);
  for (const EventLine& line : lines) said += line.text + "\n";
  CHECK_THAT(said, ContainsSubstring("main takes lock for reading (1 readers)\n"));
  CHECK_THAT(said, ContainsSubstring("main stops reading under lock (0 readers)\n"
                                     "goroutine 2 takes lock\ngoroutine 2 becomes ready\n"));
}
