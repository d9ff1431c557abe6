// The twins of cases/rwmutex.go.

#include "engine/sync/rwmutex.h"

#include "engine/sync/chan.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<> rwmutex_readers_share() {
  RWMutex lock;
  Chan<bool> meet, done;
  go([lock, meet, done]() -> Task<> {
    co_await lock.rlock();
    const Defer unlocked([&] { lock.runlock(); });
    co_await meet.send(true);
    co_await done.recv();
  });
  co_await lock.rlock();
  co_await meet.recv();
  println("both read");
  lock.runlock();
  co_await done.send(true);
}

Task<> rwmutex_reader_waits_for_writer() {
  RWMutex lock;
  Shared<int> value;
  Chan<bool> done;
  co_await lock.lock();
  go([lock, value, done]() -> Task<> {
    co_await lock.rlock();
    const int got = co_await value.load();
    println("read", got);
    lock.runlock();
    co_await done.send(true);
  });
  co_await pause();
  co_await value.store(1);
  println("written");
  lock.unlock();
  co_await done.recv();
}

Task<> rwmutex_writer_waits_for_readers() {
  RWMutex lock;
  Chan<bool> done;
  co_await lock.rlock();
  co_await lock.rlock();
  go([lock, done]() -> Task<> {
    co_await lock.lock();
    println("writer");
    lock.unlock();
    co_await done.send(true);
  });
  co_await pause();
  println("one reader left");
  lock.runlock();
  co_await pause();
  println("no reader left");
  lock.runlock();
  co_await done.recv();
}

Task<> rwmutex_writers_exclude() {
  RWMutex lock;
  WaitGroup group;
  Shared<int> counter;
  for (int i = 0; i < 4; ++i) {
    group.add(1);
    go([lock, group, counter]() -> Task<> {
      const Defer done([&] { group.done(); });
      for (int k = 0; k < 100; ++k) {
        co_await lock.lock();
        const int before = co_await counter.load();
        co_await counter.store(before + 1);
        lock.unlock();
      }
    });
  }
  co_await group.wait();
  const int all = co_await counter.load();
  println(all);
}

Task<> rwmutex_writer_blocks_readers() {
  RWMutex lock;
  WaitGroup group;
  group.add(2);
  co_await lock.rlock();
  go([lock, group]() -> Task<> {
    const Defer done([&] { group.done(); });
    co_await lock.lock();
    println("writer");
    lock.unlock();
  });
  co_await pause();
  println("TryRLock", lock.try_rlock());
  go([lock, group]() -> Task<> {
    const Defer done([&] { group.done(); });
    co_await lock.rlock();
    println("late reader");
    lock.runlock();
  });
  co_await pause();
  lock.runlock();
  co_await group.wait();
}

Task<> rwmutex_readers_go_first() {
  RWMutex lock;
  WaitGroup group;
  group.add(2);
  co_await lock.lock();
  go([lock, group]() -> Task<> {
    const Defer done([&] { group.done(); });
    co_await lock.lock();
    println("writer");
    lock.unlock();
  });
  co_await pause();
  go([lock, group]() -> Task<> {
    const Defer done([&] { group.done(); });
    co_await lock.rlock();
    co_await pause();
    println("reader");
    lock.runlock();
  });
  co_await pause();
  lock.unlock();
  co_await group.wait();
}

Task<> rwmutex_recursive_read() {
  RWMutex lock;
  co_await lock.rlock();
  go([lock]() -> Task<> { co_await lock.lock(); });
  co_await pause();
  co_await lock.rlock();
}

Task<> rwmutex_try() {
  RWMutex lock;
  println("free", lock.try_lock());
  const bool write = lock.try_lock();
  println("written", write, lock.try_rlock());
  lock.unlock();
  println("free", lock.try_rlock());
  const bool read = lock.try_rlock();
  println("read", read, lock.try_lock());
  co_return;
}

Task<> rwmutex_unlock_by_another() {
  RWMutex lock;
  co_await lock.lock();
  go([lock]() -> Task<> {
    lock.unlock();
    co_return;
  });
  co_await lock.rlock();
  go([lock]() -> Task<> {
    lock.runlock();
    co_return;
  });
  co_await pause();
  println(lock.try_lock());
}

Task<> rwmutex_r_locker() {
  RWMutex lock;
  const RLocker reader = lock.rlocker();
  co_await reader.lock();
  const bool can_read = lock.try_rlock();
  const bool can_write = lock.try_lock();
  lock.runlock();
  reader.unlock();
  println(can_read, can_write, lock.try_lock());
}

Task<> rwmutex_unlock_unlocked() {
  RWMutex lock;
  lock.unlock();
  co_return;
}

Task<> rwmutex_unlock_of_reader() {
  RWMutex lock;
  co_await lock.rlock();
  lock.unlock();
}

Task<> rwmutex_r_unlock_unlocked() {
  RWMutex lock;
  lock.runlock();
  co_return;
}

Task<> rwmutex_r_unlock_of_writer() {
  RWMutex lock;
  co_await lock.lock();
  lock.runlock();
}

Task<> rwmutex_read_while_writing() {
  RWMutex lock;
  co_await lock.lock();
  co_await lock.rlock();
}

Task<> rwmutex_upgrade() {
  RWMutex lock;
  co_await lock.rlock();
  co_await lock.lock();
}

Task<> rwmutex_write_twice() {
  RWMutex lock;
  co_await lock.lock();
  co_await lock.lock();
}

constexpr Case kCases[] = {
    {"rwmutex_readers_share", rwmutex_readers_share},
    {"rwmutex_reader_waits_for_writer", rwmutex_reader_waits_for_writer},
    {"rwmutex_writer_waits_for_readers", rwmutex_writer_waits_for_readers},
    {"rwmutex_writers_exclude", rwmutex_writers_exclude},
    {"rwmutex_writer_blocks_readers", rwmutex_writer_blocks_readers},
    {"rwmutex_readers_go_first", rwmutex_readers_go_first},
    {"rwmutex_recursive_read", rwmutex_recursive_read},
    {"rwmutex_try", rwmutex_try},
    {"rwmutex_unlock_by_another", rwmutex_unlock_by_another},
    {"rwmutex_r_locker", rwmutex_r_locker},
    {"rwmutex_unlock_unlocked", rwmutex_unlock_unlocked},
    {"rwmutex_unlock_of_reader", rwmutex_unlock_of_reader},
    {"rwmutex_r_unlock_unlocked", rwmutex_r_unlock_unlocked},
    {"rwmutex_r_unlock_of_writer", rwmutex_r_unlock_of_writer},
    {"rwmutex_read_while_writing", rwmutex_read_while_writing},
    {"rwmutex_upgrade", rwmutex_upgrade},
    {"rwmutex_write_twice", rwmutex_write_twice},
};

}  // namespace

std::span<const Case> rwmutex_cases() {
  return kCases;
}

}  // namespace conformance
