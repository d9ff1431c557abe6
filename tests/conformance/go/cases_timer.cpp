// The twins of cases/timer.go: sleeping, timers, delayed calls.

#include "engine/sync/timer.h"

#include "engine/sync/chan.h"
#include "engine/sync/select.h"
#include "engine/sync/wait_group.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<> sleep_is_long_enough() {
  const Instant start = now();
  co_await sleep_for(30 * kMillisecond);
  println(since(start) >= 30 * kMillisecond);
}

Task<> sleep_zero() {
  co_await sleep_for(Duration{});
  co_await sleep_for(-3600 * kSecond);
  println("done");
}

Task<> sleep_order() {
  Chan<bool> done;
  for (const int n : {3, 1, 2}) {
    go([done, n]() -> Task<> {
      co_await sleep_for(n * 40 * kMillisecond);
      println(n);
      co_await done.send(true);
    });
  }
  for (int i = 0; i < 3; ++i) co_await done.recv();
}

Task<> timer_fires_once() {
  const Instant start = now();
  const Timer timer(30 * kMillisecond);
  const auto at = co_await timer.c().recv();
  println(*at - start >= 30 * kMillisecond);
  co_await pause();
  co_await pause();
  const auto won = co_await select(timer.c().recv(), otherwise());
  println(won.index() == 0 ? "again" : "nothing more");
}

Task<> timer_not_positive() {
  const Timer zero(Duration{});
  co_await zero.c().recv();
  println("fired");
  const Timer negative(-1 * kSecond);
  co_await negative.c().recv();
  println("fired");
}

Task<> timer_stop() {
  const Timer timer(30 * kMillisecond);
  const bool first = timer.stop();
  println(first, timer.stop());
  co_await pause();
  co_await pause();
  const auto won = co_await select(timer.c().recv(), otherwise());
  println(won.index() == 0 ? "fired" : "nothing");
}

Task<> timer_stop_after_expiry() {
  const Timer timer(10 * kMillisecond);
  co_await pause();
  co_await pause();
  println(timer.stop());
  const auto won = co_await select(timer.c().recv(), otherwise());
  println(won.index() == 0 ? "stale" : "nothing");
}

Task<> timer_stop_after_receive() {
  const Timer timer(10 * kMillisecond);
  co_await timer.c().recv();
  println(timer.stop());
}

Task<> timer_receive_after_stop() {
  const Timer timer(3600 * kSecond);
  timer.stop();
  co_await timer.c().recv();
}

Task<> timer_reset() {
  const Instant start = now();
  const Timer timer(10 * kMillisecond);
  println(timer.reset(60 * kMillisecond));
  co_await timer.c().recv();
  println("fired late:", since(start) >= 60 * kMillisecond);
  println(timer.reset(10 * kMillisecond));
  co_await timer.c().recv();
  println("fired again");
}

Task<> timer_reset_after_expiry() {
  const Timer timer(10 * kMillisecond);
  co_await pause();
  co_await pause();
  const Instant start = now();
  println(timer.reset(200 * kMillisecond));
  const auto won = co_await select(timer.c().recv(), otherwise());
  println(won.index() == 0 ? "stale" : "not yet");
  const auto at = co_await timer.c().recv();
  println("fresh:", *at - start >= 200 * kMillisecond);
}

Task<> timer_reset_after_stop() {
  const Timer timer(3600 * kSecond);
  timer.stop();
  println(timer.reset(10 * kMillisecond));
  co_await timer.c().recv();
  println("fired");
}

Task<> timer_reset_under_receiver() {
  const Timer timer(3600 * kSecond);
  go([timer]() -> Task<> {
    co_await pause();
    timer.reset(10 * kMillisecond);
  });
  co_await timer.c().recv();
  println("served");
}

Task<> timer_len_and_cap() {
  const Timer timer(10 * kMillisecond);
  println(timer.c().len(), timer.c().cap());
  co_await pause();
  co_await pause();
  println(timer.c().len(), timer.c().cap());
}

Task<> after_duration() {
  const Instant start = now();
  const auto at = co_await after(20 * kMillisecond).recv();
  println(*at - start >= 20 * kMillisecond);
}

Task<> after_shortest() {
  const auto late = after(10 * kSecond), soon = after(10 * kMillisecond);
  const auto won = co_await select(late.recv(), soon.recv());
  println(won.index() == 0 ? "long" : "short");
}

Task<> after_func_calls() {
  Chan<bool> done;
  Chan<uint32_t> count(1);
  after_func(10 * kMillisecond, [done, count]() -> Task<> {
    println("called");
    co_await count.send(num_goroutine());
    co_await done.recv();
  });
  const auto n = co_await count.recv();
  println(*n);
  done.close();
}

Task<> nothing() {
  co_return;
}
Task<> after_func_has_no_channel() {
  const Timer timer = after_func(3600 * kSecond, nothing);
  println(timer.c().is_nil());
  timer.stop();
  co_return;
}

Task<> after_func_stop() {
  const Timer timer = after_func(20 * kMillisecond, []() -> Task<> {
    println("called");
    co_return;
  });
  const bool first = timer.stop();
  println(first, timer.stop());
  co_await pause();
  co_await pause();
}

Task<> after_func_stop_too_late() {
  Chan<bool> started, release, done;
  const Timer timer = after_func(10 * kMillisecond, [started, release, done]() -> Task<> {
    println("started");
    co_await started.send(true);
    co_await release.recv();
    println("finished");
    co_await done.send(true);
  });
  co_await started.recv();
  println(timer.stop());
  co_await release.send(true);
  co_await done.recv();
}

Task<> after_func_reset() {
  Chan<bool> called;
  const Timer timer =
      after_func(10 * kMillisecond, [called]() -> Task<> { co_await called.send(true); });
  co_await called.recv();
  println("called");
  println(timer.reset(10 * kMillisecond));
  co_await called.recv();
  println("called");
}

Task<> after_func_zero() {
  Chan<bool> called;
  after_func(Duration{}, [called]() -> Task<> { co_await called.send(true); });
  co_await called.recv();
  println("called");
}

Task<> after_func_breaks_deadlock() {
  Chan<int> ch;
  after_func(30 * kMillisecond, [ch]() -> Task<> { co_await ch.send(1); });
  const auto got = co_await ch.recv();
  println("served", *got);
}

Task<> timer_unwatched_deadlock() {
  const Timer timer(3600 * kSecond);
  Chan<int> ch;
  co_await ch.recv();
  timer.stop();
}

Task<> after_func_panics() {
  after_func(10 * kMillisecond, []() -> Task<> { co_await panic("in the call"); });
  co_await sleep_for(10 * kSecond);
}

Task<> timer_reset_not_positive() {
  const Timer timer(3600 * kSecond);
  println(timer.reset(-1 * kSecond));
  co_await timer.c().recv();
  println("fired");
}

Task<> timer_stop_under_receiver() {
  const Timer timer(100 * kMillisecond);
  Chan<bool> done;
  go([timer, done]() -> Task<> {
    co_await timer.c().recv();
    co_await done.send(true);
  });
  co_await pause();
  timer.stop();
  co_await done.recv();
}

Task<> timer_serves_one() {
  const Timer timer(40 * kMillisecond);
  WaitGroup group;
  for (int i = 0; i < 2; ++i) {
    group.add(1);
    go([timer, group]() -> Task<> {
      const Defer done([&] { group.done(); });
      co_await timer.c().recv();
      println("served");
    });
  }
  co_await group.wait();
}

Task<> timer_stop_under_select() {
  const Timer timer(100 * kMillisecond);
  Chan<bool> done;
  go([timer, done]() -> Task<> { co_await select(timer.c().recv(), done.recv()); });
  co_await pause();
  timer.stop();
  Chan<int> ch;
  co_await ch.recv();
}

constexpr Case kCases[] = {
    {"sleep_is_long_enough", sleep_is_long_enough},
    {"sleep_zero", sleep_zero},
    {"sleep_order", sleep_order},
    {"timer_fires_once", timer_fires_once},
    {"timer_not_positive", timer_not_positive},
    {"timer_stop", timer_stop},
    {"timer_stop_after_expiry", timer_stop_after_expiry},
    {"timer_stop_after_receive", timer_stop_after_receive},
    {"timer_receive_after_stop", timer_receive_after_stop},
    {"timer_reset", timer_reset},
    {"timer_reset_after_expiry", timer_reset_after_expiry},
    {"timer_reset_after_stop", timer_reset_after_stop},
    {"timer_reset_under_receiver", timer_reset_under_receiver},
    {"timer_len_and_cap", timer_len_and_cap},
    {"after_duration", after_duration},
    {"after_shortest", after_shortest},
    {"after_func_calls", after_func_calls},
    {"after_func_has_no_channel", after_func_has_no_channel},
    {"after_func_stop", after_func_stop},
    {"after_func_stop_too_late", after_func_stop_too_late},
    {"after_func_reset", after_func_reset},
    {"after_func_zero", after_func_zero},
    {"after_func_breaks_deadlock", after_func_breaks_deadlock},
    {"timer_unwatched_deadlock", timer_unwatched_deadlock},
    {"after_func_panics", after_func_panics},
    {"timer_reset_not_positive", timer_reset_not_positive},
    {"timer_stop_under_receiver", timer_stop_under_receiver},
    {"timer_serves_one", timer_serves_one},
    {"timer_stop_under_select", timer_stop_under_select},
};

}  // namespace

std::span<const Case> timer_cases() {
  return kCases;
}

}  // namespace conformance
