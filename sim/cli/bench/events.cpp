// Benchmarks of virtual time: timers, sleepers, and the PHOLD model, in which each event sets one
// more at a random distance. Source: Fujimoto, "Performance of Time Warp Under Synthetic
// Workloads", 1990.

#include <bit>

#include "engine/sync/chan.h"
#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "sim/cli/bench/bench.h"

namespace sim::cli::bench {
namespace {

using namespace engine;

constexpr uint32_t kProcesses = 1024;
constexpr int64_t kMeanNs = 1'000'000'000;

/// Uniform 64-bit numbers. Source: Vigna, "xorshift64*".
struct Draws {
  uint64_t state = 88172645463325252U;
  uint64_t next() {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 2685821657736338717U;
  }
  /// Exponential with mean kMeanNs: the number of leading zeros gives the integer part of -log2,
  /// and a line between powers of two the rest.
  int64_t exponential_ns() {
    const uint64_t bits = next() | 1;
    const int zeros = std::countl_zero(bits);
    const uint64_t mantissa = (bits << zeros) << 1;
    const double log2 = zeros + 1 - static_cast<double>(mantissa) * 0x1p-64;
    constexpr double kLn2 = 0.6931471805599453;
    return static_cast<int64_t>(log2 * kLn2 * kMeanNs);
  }
  uint32_t process() { return static_cast<uint32_t>(next() >> 54); }
};

/// PHOLD as bare timers: a model of kProcesses counters, in the world's arena.
struct Phold {
  explicit Phold(uint32_t events) {
    counts.assign(kProcesses, 0);
    for (uint32_t i = 0; i < events; ++i) {
      jobs.push_back(new Job(*this, i % kProcesses));
      jobs.back()->schedule();
    }
  }
  struct Job : Alarm {
    Job(Phold& m, uint32_t p) : Alarm(arrive), model(m), process(p) {}
    static void arrive(Alarm& timer) {
      auto& job = static_cast<Job&>(timer);
      ++job.model.counts[job.process];
      job.process = job.model.draws.process();
      job.schedule();
    }
    void schedule() {
      WorldState& w = here();
      w.queue.set(*this, w.now + Duration{model.draws.exponential_ns()}, w.events());
    }
    Phold& model;
    uint32_t process;
  };
  Draws draws;
  std::vector<uint64_t> counts;
  std::vector<Job*> jobs;
};

Result phold(uint32_t pending, uint64_t events) {
  return repeat("M/s", [=] {
    Phold* model = nullptr;
    Run run(traced_run(), [&] { model = new Phold(pending); });
    run.run(pending);  // the initial ones, so that the queue is in its stride
    const double seconds = seconds_of([&] { ENGINE_CHECK(run.run(events) == events); });
    uint64_t arrived = 0;
    for (const uint64_t count : model->counts) arrived += count;
    ENGINE_CHECK(arrived == pending + events);
    return static_cast<double>(events) / seconds / 1e6;
  });
}

Result phold_16k() {
  return phold(16 * kProcesses, 4'000'000);
}
Result phold_1m() {
  return phold(1'000'000, 4'000'000);
}

/// PHOLD as goroutines: each has a mailbox; a job travels to it as a sleep of its own.
constexpr int64_t kGoroutineEvents = 1'000'000;

struct Mailboxes {
  std::vector<Chan<int64_t>> all;
  Draws draws;
  int64_t left = kGoroutineEvents;
};

Task<> phold_process(Mailboxes* shared, uint32_t self, WaitGroup wg) {
  const Chan<int64_t> mailbox = shared->all[self];
  while (co_await mailbox.recv()) {
    if (--shared->left == 0) wg.done();
    const Chan<int64_t> target = shared->all[shared->draws.process()];
    after_func(Duration{shared->draws.exponential_ns()},
               [target]() -> Task<> { co_await target.send(1); });
  }
}

Task<> phold_goroutines_program() {
  Mailboxes shared;
  constexpr uint32_t kJobsEach = 16;
  for (uint32_t i = 0; i < kProcesses; ++i) shared.all.emplace_back(kJobsEach * kProcesses);
  const WaitGroup wg;
  wg.add(1);
  for (uint32_t i = 0; i < kProcesses; ++i) go(phold_process, &shared, i, wg);
  for (uint32_t i = 0; i < kProcesses * kJobsEach; ++i) {
    co_await shared.all[i % kProcesses].send(1);
  }
  co_await wg.wait();
}

Result phold_goroutines() {
  return per_second(phold_goroutines_program, kGoroutineEvents);
}

constexpr int64_t kSleeps = 2'000;

Task<> sleeper(Draws* draws, WaitGroup wg) {
  for (int64_t n = 0; n < kSleeps; ++n) co_await sleep_for(Duration{draws->exponential_ns()});
  wg.done();
}

Task<> sleepers_program() {
  Draws draws;
  WaitGroup wg;
  wg.add(kProcesses);
  for (uint32_t i = 0; i < kProcesses; ++i) go(sleeper, &draws, wg);
  co_await wg.wait();
}

Result sleepers() {
  return per_second(sleepers_program, static_cast<double>(kSleeps) * kProcesses);
}

constexpr int64_t kTimers = 1'000'000;

Task<> timers_program() {
  Draws draws;
  WaitGroup wg;
  wg.add(kTimers);
  for (int64_t n = 0; n < kTimers; ++n) {
    const auto delay = static_cast<int64_t>(draws.next() >> 34);  // up to 1.07 s
    after_func(Duration{1 + delay}, [wg]() -> Task<> {
      wg.done();
      co_return;
    });
  }
  co_await wg.wait();
}

Result timers_1m() {
  return per_operation(timers_program, kTimers);
}

struct Counted : Alarm {
  explicit Counted(uint64_t& c) : Alarm(count), counter(c) {}
  static void count(Alarm& timer) { ++static_cast<Counted&>(timer).counter; }
  uint64_t& counter;
};

Result timers_bare_1m() {
  return repeat("ns", [] {
    uint64_t* counter = nullptr;
    Run run(traced_run(), [&] { counter = new uint64_t(0); });
    const double seconds = seconds_of([&] {
      {
        const World::Scope scope(run.world());
        Draws draws;
        for (int64_t n = 0; n < kTimers; ++n) {
          const auto delay = static_cast<int64_t>(draws.next() >> 34);
          WorldState& w = here();
          w.queue.set(*new Counted(*counter), w.now + Duration{1 + delay}, w.events());
        }
      }
      run.run();
    });
    ENGINE_CHECK(*counter == kTimers);
    return seconds * 1e9 / kTimers;
  });
}

constexpr Benchmark kBenchmarks[] = {
    {"timers-1m", "time.AfterFunc a million times, each run in a goroutine", timers_1m},
    {"timers-bare-1m", "the engine's own timers, a million set and fired", timers_bare_1m},
    {"phold-16k", "PHOLD, 1,024 processes with 16 events each, as timers", phold_16k},
    {"phold-1m", "PHOLD with a million pending events, as timers", phold_1m},
    {"phold-goroutines", "PHOLD as 1,024 goroutines with channels", phold_goroutines},
    {"sleepers", "1,024 goroutines that sleep for exponential times", sleepers},
};

}  // namespace

std::span<const Benchmark> event_benchmarks() {
  return kBenchmarks;
}

}  // namespace sim::cli::bench
