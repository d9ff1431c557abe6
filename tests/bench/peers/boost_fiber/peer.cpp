// What goroutines do, in Boost.Fiber: one thread, the default round-robin scheduler, and Boost's
// own channels and locks. Fibers have their default stacks, except where many are parked.

#include <unistd.h>

#include <boost/fiber/all.hpp>
#include <cstdlib>
#include <memory>
#include <vector>

#include "common/report.h"

namespace {

namespace fibers = boost::fibers;

using Channel = fibers::unbuffered_channel<int64_t>;

void check(bool held, const char* what) {
  if (held) return;
  std::fprintf(stderr, "wrong result: %s\n", what);
  std::exit(1);
}

void ping_pong(std::string_view name) {
  constexpr int64_t kRounds = 2'000'000;
  peers::report_ns(name, kRounds, [] {
    Channel there, back;
    fibers::fiber echo([&] {
      int64_t value = 0;
      while (there.pop(value) == fibers::channel_op_status::success) back.push(value);
    });
    fibers::fiber caller([&] {
      for (int64_t n = 0; n < kRounds; ++n) {
        there.push(n);
        check(back.value_pop() == n, "an echo");
      }
      there.close();
    });
    caller.join();
    echo.join();
  });
}

// A buffered_channel of 128 slots holds 127 values.
void buffered(std::string_view name) {
  constexpr int64_t kItems = 20'000'000;
  constexpr size_t kSlots = 128;
  peers::report_ns(name, kItems, [] {
    fibers::buffered_channel<int64_t> channel(kSlots);
    fibers::fiber producer([&] {
      for (int64_t n = 0; n < kItems; ++n) channel.push(n);
      channel.close();
    });
    fibers::fiber consumer([&] {
      int64_t expected = 0;
      int64_t value = 0;
      while (channel.pop(value) == fibers::channel_op_status::success) {
        check(value == expected++, "the order of items");
      }
      check(expected == kItems, "the number of items");
    });
    producer.join();
    consumer.join();
  });
}

void spawn_join(std::string_view name) {
  constexpr int64_t kFibers = 1'500'000;
  peers::report_ns(name, kFibers, [] {
    for (int64_t n = 0; n < kFibers; ++n) fibers::fiber([] {}).join();
  });
}

void mutex(std::string_view name) {
  constexpr int64_t kLocks = 30'000'000;
  peers::report_ns(name, kLocks, [] {
    fibers::mutex mutex;
    for (int64_t n = 0; n < kLocks; ++n) {
      mutex.lock();
      mutex.unlock();
    }
  });
}

void mutex_100(std::string_view name) {
  constexpr int64_t kContenders = 100;
  constexpr int64_t kLocksEach = 30'000;
  peers::report_ns(name, kContenders * kLocksEach, [] {
    fibers::mutex mutex;
    std::vector<fibers::fiber> contenders;
    for (int64_t i = 0; i < kContenders; ++i) {
      contenders.emplace_back([&mutex] {
        for (int64_t n = 0; n < kLocksEach; ++n) {
          mutex.lock();
          boost::this_fiber::yield();
          mutex.unlock();
        }
      });
    }
    for (fibers::fiber& contender : contenders) contender.join();
  });
}

int64_t resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  long long total = 0;
  long long resident = 0;
  check(file != nullptr && std::fscanf(file, "%lld %lld", &total, &resident) == 2, "statm");
  std::fclose(file);
  return resident * sysconf(_SC_PAGESIZE);
}

// Measured once, because a second repetition would find the memory of the first. Ten times fewer
// than the name says, because their page faults take long; each fiber needs the same. A parked
// fiber touches one page of its stack, but needs a second one to end.
void parked_1m(std::string_view name) {
  constexpr int64_t kFibers = 100'000;
  constexpr int64_t kStackBytes = 8192;
  const int64_t before_bytes = resident_bytes();
  Channel gate;
  int64_t started = 0;
  std::vector<fibers::fiber> parked;
  for (int64_t i = 0; i < kFibers; ++i) {
    parked.emplace_back(std::allocator_arg, fibers::fixedsize_stack(kStackBytes), [&] {
      ++started;
      int64_t value = 0;
      gate.pop(value);
    });
  }
  while (started < kFibers) boost::this_fiber::yield();
  const double each = static_cast<double>(resident_bytes() - before_bytes) / kFibers;
  gate.close();
  for (fibers::fiber& fiber : parked) fiber.join();
  peers::report(name, "bytes", {each}, {{"parked", kFibers}, {"stack_bytes", kStackBytes}});
}

// A chain of filters, each of which drops the multiples of one prime.
void sieve_3000(std::string_view name) {
  constexpr int64_t kPrimes = 3000;
  constexpr int64_t kLastPrime = 27449;
  constexpr auto kSuccess = fibers::channel_op_status::success;
  std::vector<double> samples;
  for (int i = 0; i < peers::kRepetitions; ++i) {
    std::vector<std::unique_ptr<Channel>> channels;
    std::vector<fibers::fiber> filters;
    const auto add_channel = [&] { return channels.emplace_back(new Channel).get(); };
    const auto begin = peers::Clock::now();
    Channel* in = add_channel();
    bool enough = false;
    filters.emplace_back([in, &enough] {
      for (int64_t n = 2; !enough; ++n) in->push(n);
      in->close();
    });
    int64_t prime = 0;
    for (int64_t count = 0; count < kPrimes; ++count) {
      prime = in->value_pop();
      Channel* out = add_channel();
      filters.emplace_back([in, out, prime] {
        int64_t n = 0;
        while (in->pop(n) == kSuccess) {
          if (n % prime != 0) out->push(n);
        }
        out->close();
      });
      in = out;
    }
    samples.push_back(peers::seconds_since(begin));
    check(prime == kLastPrime, "the last prime");
    enough = true;
    while (in->pop(prime) == kSuccess) {
    }
    for (fibers::fiber& filter : filters) filter.join();
  }
  peers::report(name, "s", std::move(samples));
}

constexpr peers::Workload kWorkloads[] = {
    {"ping-pong", ping_pong},   {"buffered", buffered},   {"spawn-join", spawn_join},
    {"mutex", mutex},           {"mutex-100", mutex_100}, {"parked-1m", parked_1m},
    {"sieve-3000", sieve_3000},
};

}  // namespace

int main(int argc, char** argv) {
  return peers::run_named(kWorkloads, argc, argv);
}
