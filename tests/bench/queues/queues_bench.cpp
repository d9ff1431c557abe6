// What the event queue costs, beside three well-known structures with the same face.
//
// Each structure runs each workload in turn, and the best of several rounds counts. Every popped
// (due, cause) is folded into a hash, and all structures must agree on it. Prints a Markdown table:
// millions of operations a second, and nanoseconds each. An operation is one pop and one set; one
// set and one cancel (timeouts); one alarm set and, later, popped (fill and drain, one instant).
//
// queues_bench [ROUNDS]

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <vector>

#include "engine/world/event_queue.h"
#include "engine/world/hash.h"
#include "tests/bench/queues/calendar_queue.h"
#include "tests/bench/queues/heap4.h"
#include "tests/bench/queues/timing_wheel.h"

namespace {

using engine::Duration;
using engine::Instant;
using engine::kMicrosecond;
using engine::kMillisecond;
using engine::kNanosecond;
using engine::kSecond;

/// The queue under test, named like the comparators name their parts.
struct RadixLadder : engine::EventQueue {
  using Alarm = engine::Alarm;
};

class Stopwatch {
 public:
  [[nodiscard]] double ns() const {
    return std::chrono::duration<double, std::nano>(Clock::now() - start_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

struct Measured {
  double ns_each = 0;
  uint64_t hash = 0;
};

struct Workload {
  const char* name;
  uint32_t alarms;
  uint32_t operations;
};

/// Exponential lengths of mean `mean`, drawn beforehand.
class Lengths {
 public:
  explicit Lengths(Duration mean) : lengths_(1U << 16) {
    for (uint32_t i = 0; i < lengths_.size(); ++i) {
      const double uniform = static_cast<double>(engine::mix64(i + 1) >> 11) * 0x1p-53;
      const double length = -std::log(1.0 - uniform) * static_cast<double>(mean.ns);
      lengths_[i] = {static_cast<int64_t>(length) + 1};
    }
  }
  Duration next() { return lengths_[at_++ % lengths_.size()]; }

 private:
  std::vector<Duration> lengths_;
  size_t at_ = 0;
};

template <class Queue>
std::deque<typename Queue::Alarm> make_alarms(uint32_t count) {
  std::deque<typename Queue::Alarm> alarms;
  for (uint32_t i = 0; i < count; ++i) alarms.emplace_back([](typename Queue::Alarm&) {});
  return alarms;
}

template <class Alarm>
void fold(uint64_t& hash, const Alarm& alarm) {
  hash = engine::roll(hash, static_cast<uint64_t>(alarm.due().ns), alarm.cause());
}

/// The hold model: each alarm that fires is set again. `Next` says how far ahead.
template <class Queue, class Next>
Measured hold(const Workload& work, Next next) {
  auto alarms = make_alarms<Queue>(work.alarms);
  Queue queue;
  for (uint32_t i = 0; i < work.alarms; ++i) queue.set(alarms[i], Instant{} + next(i), i);
  Measured measured;
  const auto run = [&](uint32_t operations) {
    for (uint32_t i = 0; i < operations; ++i) {
      typename Queue::Alarm& alarm = queue.pop();
      fold(measured.hash, alarm);
      const uint64_t cause = alarm.cause();
      queue.set(alarm, alarm.due() + next(cause), cause);
    }
  };
  run(2 * work.alarms);
  const Stopwatch watch;
  run(work.operations);
  measured.ns_each = watch.ns() / work.operations;
  return measured;
}

template <class Queue>
Measured phold(const Workload& work) {
  Lengths lengths(kSecond);
  return hold<Queue>(work, [&](uint64_t) { return lengths.next(); });
}

/// Sleepers with periods of 1 to 10 ms of their own.
template <class Queue>
Measured sleepers(const Workload& work) {
  return hold<Queue>(work, [](uint64_t which) {
    return kMillisecond + static_cast<int64_t>(engine::mix64(which) % 9000) * kMicrosecond;
  });
}

template <class Queue, class Next>
Measured set_then_fire(const Workload& work, Next next) {
  auto alarms = make_alarms<Queue>(work.alarms);
  Queue queue;
  Measured measured;
  const Stopwatch watch;
  for (uint32_t i = 0; i < work.alarms; ++i) queue.set(alarms[i], Instant{} + next(), i);
  while (!queue.empty()) fold(measured.hash, queue.pop());
  measured.ns_each = watch.ns() / work.operations;
  return measured;
}

template <class Queue>
Measured fill_and_drain(const Workload& work) {
  Lengths lengths(kSecond);
  int64_t set = 0;  // the lengths repeat; the instants hardly do
  return set_then_fire<Queue>(work, [&] { return lengths.next() + ++set * kNanosecond; });
}

template <class Queue>
Measured one_instant(const Workload& work) {
  return set_then_fire<Queue>(work, [] { return kSecond; });
}

/// Timeouts of 10 s, each cancelled a millisecond or so after it was set.
template <class Queue>
Measured timeouts(const Workload& work) {
  auto alarms = make_alarms<Queue>(work.alarms);
  Queue queue;
  Instant now;
  Measured measured;
  const auto run = [&](uint32_t operations) {
    for (uint32_t i = 0; i < operations; ++i) {
      typename Queue::Alarm& alarm = alarms[i % work.alarms];
      if (alarm.pending()) queue.cancel(alarm);
      queue.set(alarm, now + 10 * kSecond, i);
      now = now + kMicrosecond;
      if (queue.due_by(now)) std::abort();
    }
  };
  run(work.alarms);
  const Stopwatch watch;
  run(work.operations);
  measured.ns_each = watch.ns() / work.operations;
  while (!queue.empty()) fold(measured.hash, queue.pop());
  return measured;
}

/// Prints one row. `measure` is called with each structure as its template argument.
template <class Measure>
void compare(const Workload& work, int rounds, Measure measure) {
  std::printf("| %s |", work.name);
  uint64_t expected = 0;
  const auto column = [&]<class Queue>() {
    Measured best = measure.template operator()<Queue>(work);
    if (expected == 0) expected = best.hash;
    if (best.hash != expected) {
      std::printf(" another order! |\n");
      std::exit(1);
    }
    for (int round = 1; round < rounds; ++round) {
      best.ns_each = std::min(best.ns_each, measure.template operator()<Queue>(work).ns_each);
    }
    std::printf(" %.1f M/s, %.1f ns |", 1e3 / best.ns_each, best.ns_each);
    std::fflush(stdout);
  };
  column.template operator()<RadixLadder>();
  column.template operator()<bench::Heap4>();
  column.template operator()<bench::CalendarQueue>();
  column.template operator()<bench::TimingWheel>();
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 3;
  const auto exponential = []<class Queue>(const Workload& work) { return phold<Queue>(work); };
  constexpr uint32_t kMillion = 1'000'000;
  constexpr uint32_t kOperations = 4 * kMillion;
  std::printf("| workload | radix ladder | 4-ary heap | calendar queue | timing wheel |\n");
  std::printf("|---|---|---|---|---|\n");
  compare({"hold, 16,384 pending", 16'384, kOperations}, rounds, exponential);
  compare({"hold, 1,000,000 pending", kMillion, kOperations}, rounds, exponential);
  compare({"hold, 8 pending", 8, kOperations}, rounds, exponential);
  compare({"sleepers, 1,024 of 1 to 10 ms", 1024, kOperations}, rounds,
          []<class Queue>(const Workload& work) { return sleepers<Queue>(work); });
  compare({"timeouts of 10 s cancelled after 1 ms, 1,000 live", 1000, kOperations}, rounds,
          []<class Queue>(const Workload& work) { return timeouts<Queue>(work); });
  compare({"1,000,000 set, then all fired", kMillion, kMillion}, rounds,
          []<class Queue>(const Workload& work) { return fill_and_drain<Queue>(work); });
  compare({"1,000,000 at one instant", kMillion, kMillion}, rounds,
          []<class Queue>(const Workload& work) { return one_instant<Queue>(work); });
}
