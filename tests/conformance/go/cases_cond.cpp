// The twins of cases/cond.go.

#include "engine/sync/cond.h"

#include <deque>

#include "engine/sync/chan.h"
#include "engine/sync/mutex.h"
#include "engine/sync/rwmutex.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<> cond_wait_unlocks() {
  Mutex mutex;
  Cond cond(mutex);
  Chan<bool> done;
  go([mutex, cond, done]() -> Task<> {
    co_await mutex.lock();
    co_await cond.wait();
    println("holds the lock:", !mutex.try_lock());
    mutex.unlock();
    co_await done.send(true);
  });
  co_await pause();
  co_await mutex.lock();
  println("unlocked while waiting");
  cond.signal();
  mutex.unlock();
  co_await done.recv();
}

Task<> cond_signal_wakes_one() {
  Mutex mutex;
  Cond cond(mutex);
  Shared<int> woken;
  for (int i = 0; i < 3; ++i) {
    go([mutex, cond, woken]() -> Task<> {
      co_await mutex.lock();
      co_await cond.wait();
      const int before = co_await woken.load();
      co_await woken.store(before + 1);
      mutex.unlock();
    });
  }
  co_await pause();
  for (int i = 0; i < 2; ++i) {
    cond.signal();
    co_await pause();
    co_await mutex.lock();
    const int all = co_await woken.load();
    println("woken", all);
    mutex.unlock();
  }
}

Task<> cond_broadcast_wakes_all() {
  Mutex mutex;
  Cond cond(mutex);
  WaitGroup group;
  Shared<int> woken;
  for (int i = 0; i < 3; ++i) {
    group.add(1);
    go([mutex, cond, group, woken]() -> Task<> {
      const Defer done([&] { group.done(); });
      co_await mutex.lock();
      const Defer unlocked([&] { mutex.unlock(); });
      co_await cond.wait();
      const int before = co_await woken.load();
      co_await woken.store(before + 1);
    });
  }
  co_await pause();
  cond.broadcast();
  co_await group.wait();
  const int all = co_await woken.load();
  println(all, "woken");
}

Task<> cond_signal_order() {
  Mutex mutex;
  Cond cond(mutex);
  for (int i = 0; i < 3; ++i) {
    go([mutex, cond, i]() -> Task<> {
      co_await mutex.lock();
      co_await cond.wait();
      println(i);
      mutex.unlock();
    });
    co_await pause();
  }
  for (int i = 0; i < 3; ++i) {
    cond.signal();
    co_await pause();
  }
}

Task<> cond_signal_is_not_kept() {
  Mutex mutex;
  Cond cond(mutex);
  cond.signal();
  cond.broadcast();
  co_await mutex.lock();
  co_await cond.wait();
}

Task<> cond_wait_in_loop() {
  Mutex mutex;
  Cond cond(mutex);
  Chan<bool> done;
  Shared<int> value, checks;
  go([mutex, cond, done, value, checks]() -> Task<> {
    co_await mutex.lock();
    for (int check = 1;; ++check) {
      co_await checks.store(check);
      const int now_is = co_await value.load();
      if (now_is >= 2) break;
      co_await cond.wait();
    }
    mutex.unlock();
    co_await done.send(true);
  });
  for (int i = 0; i < 2; ++i) {
    co_await pause();
    co_await mutex.lock();
    const int before = co_await value.load();
    co_await value.store(before + 1);
    cond.signal();
    mutex.unlock();
  }
  co_await done.recv();
  const int all = co_await checks.load();
  println("checked", all, "times");
}

Task<> cond_signal_without_lock() {
  Mutex mutex;
  Cond cond(mutex);
  Chan<bool> done;
  for (const bool locked : {true, false}) {
    go([mutex, cond, done]() -> Task<> {
      co_await mutex.lock();
      co_await cond.wait();
      mutex.unlock();
      println("woken");
      co_await done.send(true);
    });
    co_await pause();
    if (locked) {
      co_await mutex.lock();
      cond.signal();
      mutex.unlock();
    } else {
      cond.signal();
    }
    co_await done.recv();
  }
}

Task<> cond_wait_unlocked() {
  Mutex mutex;
  Cond cond(mutex);
  co_await cond.wait();
}

Task<> cond_with_readers() {
  RWMutex lock;
  Cond<RLocker> cond(lock.rlocker());
  Chan<bool> meet, done;
  go([lock, cond, meet, done]() -> Task<> {
    co_await lock.rlock();
    const Defer unlocked([&] { lock.runlock(); });
    co_await cond.wait();
    co_await meet.send(true);
    co_await done.recv();
  });
  go([lock, cond, meet, done]() -> Task<> {
    co_await lock.rlock();
    const Defer unlocked([&] { lock.runlock(); });
    co_await cond.wait();
    co_await meet.recv();
    println("2 readers woken at once");
    co_await done.send(true);
    co_await done.send(true);
  });
  co_await pause();
  co_await lock.lock();
  cond.broadcast();
  lock.unlock();
  co_await done.recv();
}

Task<> cond_needs_lock_again() {
  Mutex mutex;
  Cond cond(mutex);
  go([mutex, cond]() -> Task<> {
    co_await mutex.lock();
    co_await cond.wait();
    println("never");
  });
  co_await pause();
  co_await mutex.lock();
  cond.signal();
  Chan<int> ch;
  co_await ch.recv();
}

Task<> cond_bounded_queue() {
  Mutex mutex;
  Cond not_full(mutex), not_empty(mutex);
  Shared<std::deque<int>> queue;
  go([mutex, not_full, not_empty, queue]() -> Task<> {
    for (int i = 0; i < 10; ++i) {
      co_await mutex.lock();
      std::deque<int> items = co_await queue.load();
      while (items.size() == 2) {
        co_await not_full.wait();
        items = co_await queue.load();
      }
      items.push_back(i);
      co_await queue.store(items);
      not_empty.signal();
      mutex.unlock();
    }
  });
  int sum = 0;
  for (int i = 0; i < 10; ++i) {
    co_await mutex.lock();
    std::deque<int> items = co_await queue.load();
    while (items.empty()) {
      co_await not_empty.wait();
      items = co_await queue.load();
    }
    sum += items.front();
    items.pop_front();
    co_await queue.store(items);
    not_full.signal();
    mutex.unlock();
  }
  println(sum);
}

constexpr Case kCases[] = {
    {"cond_wait_unlocks", cond_wait_unlocks},
    {"cond_signal_wakes_one", cond_signal_wakes_one},
    {"cond_broadcast_wakes_all", cond_broadcast_wakes_all},
    {"cond_signal_order", cond_signal_order},
    {"cond_signal_is_not_kept", cond_signal_is_not_kept},
    {"cond_wait_in_loop", cond_wait_in_loop},
    {"cond_signal_without_lock", cond_signal_without_lock},
    {"cond_wait_unlocked", cond_wait_unlocked},
    {"cond_with_readers", cond_with_readers},
    {"cond_needs_lock_again", cond_needs_lock_again},
    {"cond_bounded_queue", cond_bounded_queue},
};

}  // namespace

std::span<const Case> cond_cases() {
  return kCases;
}

}  // namespace conformance
