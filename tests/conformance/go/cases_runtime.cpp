// The twins of cases/runtime.go: the life of goroutines and programs.

#include <string>

#include "engine/sync/atomic.h"
#include "engine/sync/chan.h"
#include "engine/sync/mutex.h"
#include "engine/sync/select.h"
#include "engine/sync/shared.h"
#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<> waits_for_ever() {
  Chan<int> ch;
  co_await ch.recv();
}

Task<> main_returns() {
  go([]() -> Task<> {
    co_await sleep_for(3600 * kSecond);
    println("never");
  });
  println("main");
  co_return;
}

Task<> main_returns_while_others_block() {
  Mutex mutex;
  co_await mutex.lock();
  go(waits_for_ever);
  go([mutex]() -> Task<> { co_await mutex.lock(); });
  go([]() -> Task<> { co_await select(); });
  co_await pause();
  println("main");
}

Task<> main_returns_without_others_deferred() {
  const Defer deferred([] { println("main's deferred work"); });
  go([]() -> Task<> {
    const Defer never([] { println("never"); });
    co_await waits_for_ever();
  });
  co_await pause();
}

Task<> num_goroutine_case() {
  Chan<bool> gate;
  println(num_goroutine());
  for (int i = 0; i < 3; ++i) {
    go([gate]() -> Task<> { co_await gate.recv(); });
  }
  println(num_goroutine());
  gate.close();
  co_await pause();
  println(num_goroutine());
}

Task<> num_goroutine_of_timers() {
  Chan<bool> gate;
  after_func(30 * kMillisecond, [gate]() -> Task<> { co_await gate.recv(); });
  const uint32_t before = num_goroutine();
  co_await pause();
  co_await pause();
  const uint32_t during = num_goroutine();
  gate.close();
  co_await pause();
  println(before, during, num_goroutine());
}

Task<> gosched_lets_others_run() {
  Atomic<bool> ran;
  go([ran]() -> Task<> { co_await ran.store(true); });
  while (true) {
    const bool has_run = co_await ran.load();
    if (has_run) break;
    co_await gosched();
  }
  println("the other ran");
}

struct Turns {
  Atomic<int> turn;
  Shared<std::string> line;
  Chan<bool> done;
};
Task<> play(Turns turns, int mine, std::string_view word) {
  for (int i = 0; i < 3; ++i) {
    while (true) {
      const int turn = co_await turns.turn.load();
      if (turn == mine) break;
      co_await gosched();
    }
    std::string line = co_await turns.line.load();
    if (!line.empty()) line += ' ';
    line += word;
    co_await turns.line.store(line);
    co_await turns.turn.store(1 - mine);
  }
  co_await turns.done.send(true);
}
Task<> gosched_turns() {
  Turns turns;
  go(play, turns, 0, std::string_view("ping"));
  go(play, turns, 1, std::string_view("pong"));
  co_await turns.done.recv();
  co_await turns.done.recv();
  const std::string line = co_await turns.line.load();
  println(line);
}

Task<> leaves_from_inside() {
  const Defer inner([] { println("inner"); });
  co_await goexit();
}
Task<> goexit_runs_deferred() {
  Chan<bool> done;
  go([done]() -> Task<> {
    const Defer closed([&] { done.close(); });
    const Defer outer([] { println("outer"); });
    co_await leaves_from_inside();
    println("never");
  });
  co_await done.recv();
  println("others go on");
}

Task<> goexit_from_main() {
  const Defer deferred([] { println("main's deferred work"); });
  go([]() -> Task<> {
    co_await pause();
    println("the other is done");
  });
  co_await goexit();
}

Task<> goexit_from_main_alone() {
  co_await goexit();
}

Task<> goexit_from_main_others_block() {
  go(waits_for_ever);
  co_await goexit();
}

Task<> goexit_from_main_then_panic() {
  go([]() -> Task<> {
    co_await pause();
    co_await panic("after main");
  });
  co_await goexit();
}

Task<> child_outlives_parent() {
  Chan<bool> ended, done;
  go([ended, done]() -> Task<> {
    go([ended, done]() -> Task<> {
      co_await ended.recv();
      co_await pause();
      println("child");
      co_await done.send(true);
    });
    println("parent ends");
    ended.close();
    co_return;
  });
  co_await done.recv();
}

Task<> loop_variables() {
  WaitGroup group;
  for (int i = 0; i < 3; ++i) {
    group.add(1);
    go([group, i]() -> Task<> {
      const Defer done([&] { group.done(); });
      println(i);
      co_return;
    });
  }
  co_await group.wait();
}

Task<> body_with_deferred() {
  const Defer first([] { println("deferred 1"); });
  const Defer second([] { println("deferred 2"); });
  println("body");
  co_return;
}
Task<> defer_before_caller() {
  co_await body_with_deferred();
  println("caller");
}

Task<> num_goroutine_after_panic() {
  go([]() -> Task<> { co_await panic("mine"); }).on_panic([](std::string_view) {});
  co_await pause();
  println(num_goroutine());
}

Task<> goexit_from_main_while_others_work() {
  Chan<int> ch;
  go([ch]() -> Task<> {
    while (const auto v = co_await ch.recv()) println(*v);
  });
  go([ch]() -> Task<> {
    const Defer closed([&] { ch.close(); });
    co_await ch.send(1);
    co_await pause();
    co_await ch.send(2);
  });
  co_await goexit();
}

constexpr Case kCases[] = {
    {"main_returns", main_returns},
    {"main_returns_while_others_block", main_returns_while_others_block},
    {"main_returns_without_others_deferred", main_returns_without_others_deferred},
    {"num_goroutine", num_goroutine_case},
    {"num_goroutine_of_timers", num_goroutine_of_timers},
    {"gosched_lets_others_run", gosched_lets_others_run},
    {"gosched_turns", gosched_turns},
    {"goexit_runs_deferred", goexit_runs_deferred},
    {"goexit_from_main", goexit_from_main},
    {"goexit_from_main_alone", goexit_from_main_alone},
    {"goexit_from_main_others_block", goexit_from_main_others_block},
    {"goexit_from_main_then_panic", goexit_from_main_then_panic},
    {"child_outlives_parent", child_outlives_parent},
    {"loop_variables", loop_variables},
    {"defer_before_caller", defer_before_caller},
    {"num_goroutine_after_panic", num_goroutine_after_panic},
    {"goexit_from_main_while_others_work", goexit_from_main_while_others_work},
};

}  // namespace

std::span<const Case> runtime_cases() {
  return kCases;
}

}  // namespace conformance
