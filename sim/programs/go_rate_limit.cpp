// Requests that are let through at a rate: first one for each tick of a Ticker, then from a bucket
// of tokens that a goroutine refills at each tick, so that a few may go at once.
// After "Go by Example: Rate Limiting".

#include "engine/sync/chan.h"
#include "engine/sync/none.h"
#include "engine/sync/select.h"
#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/programs/numbers.h"

namespace sim::programs {

using namespace engine;

namespace {

Task<> refill(Chan<None> bucket, Ticker ticker) {
  const None token;
  while (co_await ticker.c().recv()) {
    // A token that the full bucket has no place for is dropped.
    co_await select(bucket.send(token), otherwise());
  }
}

}  // namespace

Task<> go_rate_limit() {
  const int64_t requests = number_from_env("REQUESTS", {.otherwise = 5, .least = 0, .most = 1000});
  const int64_t every_ms =
      number_from_env("EVERY_MS", {.otherwise = 50, .least = 1, .most = 10'000});
  const int64_t burst = number_from_env("BURST", {.otherwise = 3, .least = 1, .most = 1000});
  const Duration every = every_ms * kMillisecond;

  const Ticker ticker(every, "ticker");
  Instant began = now();
  for (int64_t i = 1; i <= requests; ++i) {
    co_await ticker.c().recv();
    println("steady request", i, "after", since(began));
  }
  ticker.stop();

  const Chan<None> bucket(static_cast<uint32_t>(burst), "bucket");
  const None token;
  for (int64_t i = 0; i < burst; ++i) co_await bucket.send(token);
  const Ticker refills(every, "refills");
  go(refill, bucket, refills).set_name("refill");
  began = now();
  for (int64_t i = 1; i <= requests; ++i) {
    co_await bucket.recv();
    println("bursty request", i, "after", since(began));
  }
  refills.stop();
  println("requests served:", 2 * requests);
}

}  // namespace sim::programs
