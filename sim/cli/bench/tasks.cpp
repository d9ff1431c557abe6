// Benchmarks of goroutines and what they wait for. Each mirrors a program of tests/bench/peers.

#include "engine/sync/chan.h"
#include "engine/sync/mutex.h"
#include "engine/sync/select.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "sim/cli/bench/bench.h"

namespace sim::cli::bench {
namespace {

using namespace engine;

constexpr int64_t kRounds = 1'000'000;

Task<> echo(Chan<int64_t> in, Chan<int64_t> out) {
  while (auto value = co_await in.recv()) co_await out.send(*value);
}

Task<> ping_pong_program() {
  Chan<int64_t> there, back;
  go(echo, there, back);
  for (int64_t n = 0; n < kRounds; ++n) {
    co_await there.send(n);
    ENGINE_CHECK(co_await back.recv() == n);
  }
}

Task<> count_to(Chan<int64_t> ch, int64_t last) {
  for (int64_t n = 0; n < last; ++n) co_await ch.send(n);
  ch.close();
}

Task<> buffered_program() {
  constexpr uint32_t kCapacity = 128;
  Chan<int64_t> ch(kCapacity);
  go(count_to, ch, 4 * kRounds);
  int64_t expected = 0;
  while (auto value = co_await ch.recv()) ENGINE_CHECK(*value == expected++);
  ENGINE_CHECK(expected == 4 * kRounds);
}

Task<> spawn_join_program() {
  WaitGroup wg;
  for (int64_t n = 0; n < kRounds; ++n) {
    wg.add(1);
    go([wg]() -> Task<> {
      wg.done();
      co_return;
    });
    co_await wg.wait();
  }
}

Task<> send_in_turn(Chan<int64_t> a, Chan<int64_t> b, Chan<int64_t> c, Chan<int64_t> d) {
  for (int64_t n = 0; n < kRounds; n += 4) {
    co_await a.send(n);
    co_await b.send(n + 1);
    co_await c.send(n + 2);
    co_await d.send(n + 3);
  }
}

Task<> select_program() {
  Chan<int64_t> a, b, c, d;
  go(send_in_turn, a, b, c, d);
  int64_t sum = 0;
  for (int64_t n = 0; n < kRounds; ++n) {
    auto won = co_await select(a.recv(), b.recv(), c.recv(), d.recv());
    switch (won.index()) {
      case 0:
        sum += *won.get<0>();
        break;
      case 1:
        sum += *won.get<1>();
        break;
      case 2:
        sum += *won.get<2>();
        break;
      default:
        sum += *won.get<3>();
        break;
    }
  }
  ENGINE_CHECK(sum == kRounds * (kRounds - 1) / 2);
}

Task<> mutex_program() {
  const Mutex mutex;
  for (int64_t n = 0; n < 20 * kRounds; ++n) {
    co_await mutex.lock();
    mutex.unlock();
  }
}

Task<> contender(Mutex mutex, WaitGroup wg, int64_t rounds) {
  for (int64_t n = 0; n < rounds; ++n) {
    co_await mutex.lock();
    co_await gosched();
    mutex.unlock();
  }
  wg.done();
}

Task<> contended_mutex_program() {
  constexpr int64_t kContenders = 100;
  Mutex mutex;
  WaitGroup wg;
  wg.add(kContenders);
  for (int64_t i = 0; i < kContenders; ++i) go(contender, mutex, wg, kRounds / kContenders);
  co_await wg.wait();
}

Task<> yield_program() {
  WaitGroup wg;
  wg.add(2);
  for (int i = 0; i < 2; ++i) {
    go([wg]() -> Task<> {
      for (int64_t n = 0; n < kRounds; ++n) co_await gosched();
      wg.done();
    });
  }
  co_await wg.wait();
}

Task<> generate(Chan<int64_t> ch) {
  for (int64_t n = 2;; ++n) co_await ch.send(n);
}

Task<> filter(Chan<int64_t> in, Chan<int64_t> out, int64_t prime) {
  for (;;) {
    const auto n = co_await in.recv();
    if (*n % prime != 0) co_await out.send(*n);
  }
}

Task<> sieve_program() {
  constexpr int kPrimes = 3000;
  constexpr int64_t kLastPrime = 27449;
  Chan<int64_t> ch;
  go(generate, ch);
  int64_t prime = 0;
  for (int i = 0; i < kPrimes; ++i) {
    prime = *co_await ch.recv();
    const Chan<int64_t> next;
    go(filter, ch, next, prime);
    ch = next;
  }
  ENGINE_CHECK(prime == kLastPrime);
}

struct None {};

Task<> wait_for_gate(Chan<None> gate) {
  co_await gate.recv();
}

Task<> parked_program() {
  const Chan<None> gate;
  for (int64_t n = 0; n < kRounds; ++n) go(wait_for_gate, gate);
  co_await sleep_for(1 * kSecond);
  gate.close();
  co_await sleep_for(1 * kSecond);
}

Result parked() {
  // What the arena holds when all have parked, less what it held before.
  return repeat("bytes", [] {
    Run run(traced_run(), [] { start_process({"bench", {}, {}}, parked_program); });
    const auto before = static_cast<double>(run.world().arena().live_bytes());
    while (run.now().ns < kSecond.ns && run.step() && run.steps() < kRounds + 1) {
    }
    return (static_cast<double>(run.world().arena().live_bytes()) - before) / kRounds;
  });
}

Result ping_pong() {
  return per_operation(ping_pong_program, kRounds);
}
Result ping_pong_untraced() {
  RunOptions options = traced_run();
  options.world.trace = TraceLevel::kOff;
  return per_operation(ping_pong_program, kRounds, options);
}
Result buffered() {
  return per_operation(buffered_program, 4.0 * kRounds);
}
Result spawn_join() {
  return per_operation(spawn_join_program, kRounds);
}
Result select_4() {
  return per_operation(select_program, kRounds);
}
Result mutex() {
  return per_operation(mutex_program, 20.0 * kRounds);
}
Result mutex_100() {
  return per_operation(contended_mutex_program, kRounds);
}
Result yield() {
  return per_operation(yield_program, 2.0 * kRounds);
}
Result sieve() {
  return repeat("s", [] { return seconds_of_program(sieve_program, traced_run()); });
}

constexpr Benchmark kBenchmarks[] = {
    {"ping-pong", "a value goes to another goroutine and back, unbuffered", ping_pong},
    {"ping-pong-untraced", "the same without the log of events", ping_pong_untraced},
    {"buffered", "one value through a channel with 128 slots", buffered},
    {"spawn-join", "a goroutine is started, ends and is waited for", spawn_join},
    {"select-4", "a value through one of four channels, to a select that waits", select_4},
    {"mutex", "an uncontended lock and unlock", mutex},
    {"mutex-100", "100 goroutines that each yield while they hold one lock", mutex_100},
    {"yield", "one goroutine yields, the next one runs", yield},
    {"parked-1m", "memory of a parked goroutine, of a million", parked},
    {"sieve-3000", "the first 3,000 primes by a chain of filters", sieve},
};

}  // namespace

std::span<const Benchmark> task_benchmarks() {
  return kBenchmarks;
}

}  // namespace sim::cli::bench
