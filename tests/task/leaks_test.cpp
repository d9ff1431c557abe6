#include "engine/task/leaks.h"

#include <catch_amalgamated.hpp>

#include "engine/sync/chan.h"
#include "engine/sync/mutex.h"
#include "engine/sync/wait_group.h"
#include "tests/support/simulate.h"

using namespace engine;

namespace {

Task<> waits_on(Chan<int64_t> ch) {
  Chan<int64_t> alias = ch;
  co_await alias.recv();
}

// Two leaks: a receiver on a channel that only it holds, and a pair that holds each other's
// channels. Not leaks: a receiver whose channel main holds, one whose channel a reachable waiter
// holds, sleepers.
Task<> mixture() {
  Chan<int64_t> held(0, "held");
  Chan<std::string> indirect(0, "indirect");
  go(waits_on, held).set_name("held-by-main");
  go(waits_on, Chan<int64_t>(0, "lost")).set_name("lost");
  go([held, indirect]() -> Task<> { co_await held.recv(); }).set_name("holder");
  go([](Chan<std::string> ch) -> Task<> { co_await ch.recv(); }, indirect).set_name("indirect");
  indirect = Chan<std::string>(0, "another");
  {
    const Chan<int64_t> a(0, "a");
    const Chan<int64_t> b(0, "b");
    go([a, b]() -> Task<> {
      co_await a.recv();
      co_await b.send(1);
    }).set_name("left");
    go([a, b]() -> Task<> {
      co_await b.recv();
      co_await a.send(1);
    }).set_name("right");
  }
  go([]() -> Task<> { co_await sleep_for(100 * kSecond); }).set_name("sleeper");
  co_await sleep_for(50 * kSecond);
  co_await held.send(1);
}

Task<> lock_forgotten() {
  {
    const Mutex forgotten("forgotten");
    co_await forgotten.lock();
    go([forgotten]() -> Task<> { co_await forgotten.lock(); }).set_name("locker");
  }
  co_await sleep_for(10 * kSecond);
}

std::vector<std::string> leaked_names(Run& run) {
  std::vector<std::string> names;
  const std::vector<TaskId> leaks = find_leaks(run.world());
  for (const Process& process : run.world().state().scheduler->processes()) {
    for (const Goroutine& task : process.tasks()) {
      for (const TaskId id : leaks) {
        if (id == task.id()) names.emplace_back(task.name());
      }
    }
  }
  return names;
}

void run_until(Run& run, Duration instant) {
  while (run.next_instant() <= Instant{} + instant && run.step()) {
  }
}

}  // namespace

TEST_CASE("goroutines that nobody can ever wake are found, and no others") {
  const auto run = support::start(mixture);
  CHECK(leaked_names(*run).empty());
  run_until(*run, 1 * kSecond);
  CHECK(leaked_names(*run) == std::vector<std::string>{"lost", "left", "right"});
  const uint64_t before = run->world().arena().digest();
  find_leaks(run->world());
  CHECK(run->world().arena().digest() == before);
}

TEST_CASE("a lock that went out of scope while held leaks whoever waits for it") {
  const auto run = support::start(lock_forgotten);
  run_until(*run, 1 * kSecond);
  CHECK(leak_report(run->world()) ==
        "goroutine 2 [sync.Mutex.Lock (leaked)]:\n"
        "locker()\n"
        "\ttests/task/leaks_test.cpp:51\n"
        "created by goroutine 1\n"
        "\ttests/task/leaks_test.cpp:51\n");
}

TEST_CASE("goroutines that are left when main returns are no leak") {
  const auto run = support::start(lock_forgotten);
  while (run->step()) {
  }
  CHECK(leak_report(run->world()).empty());
}
