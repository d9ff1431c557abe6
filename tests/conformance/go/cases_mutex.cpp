// The twins of cases/mutex.go.

#include "engine/sync/mutex.h"

#include <string>

#include "engine/sync/chan.h"
#include "engine/sync/select.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<> mutex_excludes() {
  Mutex mutex;
  WaitGroup group;
  Shared<int> counter;
  for (int i = 0; i < 10; ++i) {
    group.add(1);
    go([mutex, group, counter]() -> Task<> {
      const Defer done([&] { group.done(); });
      for (int k = 0; k < 100; ++k) {
        co_await mutex.lock();
        const int before = co_await counter.load();
        co_await counter.store(before + 1);
        mutex.unlock();
      }
    });
  }
  co_await group.wait();
  const int all = co_await counter.load();
  println(all);
}

Task<> mutex_lock_waits() {
  Mutex mutex;
  Chan<bool> done;
  co_await mutex.lock();
  go([mutex, done]() -> Task<> {
    co_await mutex.lock();
    println("locked");
    mutex.unlock();
    co_await done.send(true);
  });
  co_await pause();
  println("unlocking");
  mutex.unlock();
  co_await done.recv();
}

Task<> mutex_unlock_by_another() {
  Mutex mutex;
  co_await mutex.lock();
  go([mutex]() -> Task<> {
    co_await pause();
    mutex.unlock();
  });
  co_await mutex.lock();
  println("locked again");
}

Task<> mutex_try_lock() {
  Mutex mutex;
  const bool first = mutex.try_lock();
  const bool second = mutex.try_lock();
  mutex.unlock();
  const bool third = mutex.try_lock();
  println(first, second, third);
  co_return;
}

Task<> mutex_serves_all() {
  Mutex mutex;
  WaitGroup group;
  co_await mutex.lock();
  for (int i = 0; i < 4; ++i) {
    group.add(1);
    go([mutex, group, i]() -> Task<> {
      const Defer done([&] { group.done(); });
      co_await mutex.lock();
      const Defer unlocked([&] { mutex.unlock(); });
      println(i);
    });
  }
  co_await pause();
  mutex.unlock();
  co_await group.wait();
}

Task<> mutex_does_not_starve() {
  Mutex mutex;
  Chan<bool> got, quit;
  go([mutex, quit]() -> Task<> {
    while (true) {
      const auto won = co_await select(quit.recv(), otherwise());
      if (won.index() == 0) co_return;
      co_await mutex.lock();
      co_await pause();
      mutex.unlock();
    }
  });
  co_await pause();
  go([mutex, got]() -> Task<> {
    co_await mutex.lock();
    mutex.unlock();
    got.close();
  });
  co_await got.recv();
  quit.close();
  println("got it");
}

Task<> mutex_happens_before() {
  Mutex mutex;
  Shared<std::string> text;
  co_await mutex.lock();
  go([mutex, text]() -> Task<> {
    co_await text.store("hello");
    mutex.unlock();
  });
  co_await mutex.lock();
  const std::string got = co_await text.load();
  println(got);
}

Task<> unlock_of_unlocked() {
  Mutex mutex;
  mutex.unlock();
  co_return;
}

Task<> unlock_twice() {
  Mutex mutex;
  co_await mutex.lock();
  mutex.unlock();
  println("unlocked once");
  mutex.unlock();
  println("never");
}

Task<> unlock_then_wait() {
  Mutex mutex;
  mutex.unlock();
  co_await gosched();
}
Task<> fatal_is_not_recovered() {
  const Defer never([] { println("never"); });
  const auto result = co_await recovered(unlock_then_wait());
  println("never:", result.panic);
}

Task<> fatal_lists_one() {
  Chan<int> ch;
  go([ch]() -> Task<> { co_await ch.recv(); });
  go([]() -> Task<> {
    while (true) {
      co_await pause();
      co_await pause();
    }
  });
  co_await pause();
  Mutex mutex;
  mutex.unlock();
}

Task<> mutex_lock_twice() {
  Mutex mutex;
  co_await mutex.lock();
  co_await mutex.lock();
}

Task<> mutex_cross() {
  Mutex a, b;
  WaitGroup group;
  Chan<bool> both;
  group.add(2);
  go([a, b, group, both]() -> Task<> {
    const Defer done([&] { group.done(); });
    co_await a.lock();
    co_await both.send(true);
    co_await b.lock();
  });
  go([a, b, group, both]() -> Task<> {
    const Defer done([&] { group.done(); });
    co_await b.lock();
    co_await both.recv();
    println("both hold one");
    co_await a.lock();
  });
  co_await group.wait();
}

Task<> panic_under_lock(Mutex mutex) {
  co_await mutex.lock();
  const Defer unlocked([&] { mutex.unlock(); });
  co_await panic("oops");
}
Task<> mutex_unlock_deferred() {
  Mutex mutex;
  const auto result = co_await recovered(panic_under_lock(mutex));
  println("recovered:", result.panic);
  if (mutex.try_lock()) println("free");
}

constexpr Case kCases[] = {
    {"mutex_excludes", mutex_excludes},
    {"mutex_lock_waits", mutex_lock_waits},
    {"mutex_unlock_by_another", mutex_unlock_by_another},
    {"mutex_try_lock", mutex_try_lock},
    {"mutex_serves_all", mutex_serves_all},
    {"mutex_does_not_starve", mutex_does_not_starve},
    {"mutex_happens_before", mutex_happens_before},
    {"unlock_of_unlocked", unlock_of_unlocked},
    {"unlock_twice", unlock_twice},
    {"fatal_is_not_recovered", fatal_is_not_recovered},
    {"fatal_lists_one", fatal_lists_one},
    {"mutex_lock_twice", mutex_lock_twice},
    {"mutex_cross", mutex_cross},
    {"mutex_unlock_deferred", mutex_unlock_deferred},
};

}  // namespace

std::span<const Case> mutex_cases() {
  return kCases;
}

}  // namespace conformance
