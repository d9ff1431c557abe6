// The twins of cases/ticker.go.

#include "engine/sync/chan.h"
#include "engine/sync/select.h"
#include "engine/sync/timer.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

Task<> ticker_ticks() {
  const Instant start = now();
  const Ticker ticker(20 * kMillisecond);
  const Defer stopped([&] { ticker.stop(); });
  const auto first = co_await ticker.c().recv();
  const auto second = co_await ticker.c().recv();
  const auto third = co_await ticker.c().recv();
  println(*first - start >= 20 * kMillisecond, *second - start >= 40 * kMillisecond,
          *third - start >= 60 * kMillisecond);
}

Task<> ticker_drops_ticks() {
  const Ticker ticker(200 * kMillisecond);
  const Defer stopped([&] { ticker.stop(); });
  co_await sleep_for(700 * kMillisecond);
  for (int i = 0; i < 2; ++i) {
    const auto won = co_await select(ticker.c().recv(), otherwise());
    println(won.index() == 0 ? "one tick" : "no more yet");
  }
}

Task<> ticker_stop() {
  const Ticker ticker(10 * kMillisecond);
  co_await ticker.c().recv();
  ticker.stop();
  co_await pause();
  co_await pause();
  const auto won = co_await select(ticker.c().recv(), otherwise());
  println(won.index() == 0 ? "a tick, or closed" : "nothing");
}

Task<> ticker_stop_drops_stale() {
  const Ticker ticker(10 * kMillisecond);
  co_await pause();
  co_await pause();
  ticker.stop();
  const auto won = co_await select(ticker.c().recv(), otherwise());
  println(won.index() == 0 ? "stale" : "nothing");
}

Task<> ticker_receive_after_stop() {
  const Ticker ticker(10 * kMillisecond);
  ticker.stop();
  co_await ticker.c().recv();
}

Task<> ticker_reset() {
  const Ticker ticker(3600 * kSecond);
  const Defer stopped([&] { ticker.stop(); });
  const Instant start = now();
  ticker.reset(20 * kMillisecond);
  const auto first = co_await ticker.c().recv();
  const auto second = co_await ticker.c().recv();
  println(*first - start >= 20 * kMillisecond, *second - start >= 40 * kMillisecond);
}

Task<> ticker_reset_after_stop() {
  const Ticker ticker(10 * kMillisecond);
  ticker.stop();
  ticker.reset(10 * kMillisecond);
  co_await ticker.c().recv();
  println("tick");
}

Task<> ticker_not_positive() {
  const Ticker ticker(Duration{});
  co_return;
}

Task<> ticker_reset_not_positive() {
  const Ticker ticker(1 * kSecond);
  ticker.reset(-1 * kSecond);
  co_return;
}

Task<> tick_not_positive() {
  println(tick(Duration{}).is_nil(), tick(-1 * kNanosecond).is_nil(),
          tick(3600 * kSecond).is_nil());
  co_return;
}

Task<> tick_ticks() {
  const auto ticks = tick(10 * kMillisecond);
  co_await ticks.recv();
  println("tick");
  co_await ticks.recv();
  println("tick");
}

Task<> ticker_is_no_deadlock() {
  const Ticker ticker(10 * kMillisecond);
  const Defer stopped([&] { ticker.stop(); });
  Chan<bool> done;
  go([ticker, done]() -> Task<> {
    for (int i = 0; i < 3; ++i) co_await ticker.c().recv();
    co_await done.send(true);
  });
  co_await done.recv();
  println("3 ticks");
}

Task<> ticker_unwatched_deadlock() {
  const Ticker ticker(10 * kMillisecond);
  const Defer stopped([&] { ticker.stop(); });
  Chan<int> ch;
  co_await ch.recv();
}

Task<> ticker_until_timeout() {
  const Ticker ticker(20 * kMillisecond);
  const Defer stopped([&] { ticker.stop(); });
  const auto end = after(150 * kMillisecond);
  int ticks = 0;
  while (true) {
    const auto won = co_await select(ticker.c().recv(), end.recv());
    if (won.index() == 1) break;
    ++ticks;
  }
  if (ticks > 0 && ticks <= 8) println("ticked, then stopped");
}

constexpr Case kCases[] = {
    {"ticker_ticks", ticker_ticks},
    {"ticker_drops_ticks", ticker_drops_ticks},
    {"ticker_stop", ticker_stop},
    {"ticker_stop_drops_stale", ticker_stop_drops_stale},
    {"ticker_receive_after_stop", ticker_receive_after_stop},
    {"ticker_reset", ticker_reset},
    {"ticker_reset_after_stop", ticker_reset_after_stop},
    {"ticker_not_positive", ticker_not_positive},
    {"ticker_reset_not_positive", ticker_reset_not_positive},
    {"tick_not_positive", tick_not_positive},
    {"tick_ticks", tick_ticks},
    {"ticker_is_no_deadlock", ticker_is_no_deadlock},
    {"ticker_unwatched_deadlock", ticker_unwatched_deadlock},
    {"ticker_until_timeout", ticker_until_timeout},
};

}  // namespace

std::span<const Case> ticker_cases() {
  return kCases;
}

}  // namespace conformance
