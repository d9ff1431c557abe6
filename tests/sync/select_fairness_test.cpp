#include "engine/sync/select.h"

#include <catch_amalgamated.hpp>
#include <string>
#include <vector>

#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "tests/support/schedules.h"

using namespace engine;
using support::check_everywhere;
using support::simulate;
using support::with_policy;

// Each case cites the rule of The Go Programming Language Specification, "Select statements", that
// it tests.

namespace {

// Selects and plain receives stand in one queue.
Task<> arrival_order() {
  const Chan<int64_t> ch;
  const Chan<int64_t> other;
  WaitGroup wg;
  wg.add(3);
  go([ch, other, wg]() -> Task<> {
    auto won = co_await select(other.recv(), ch.recv());
    println("first", *won.get<1>());
    wg.done();
  });
  go([ch, wg]() -> Task<> {
    const auto value = co_await ch.recv();
    println("second", *value);
    wg.done();
  });
  go([ch, other, wg]() -> Task<> {
    auto won = co_await select(ch.recv(), other.recv());
    println("third", *won.get<0>());
    wg.done();
  });
  co_await gosched();
  for (int64_t i = 1; i <= 3; ++i) co_await ch.send(i);
  co_await wg.wait();
}

constexpr int64_t kRounds = 3000;

// Prints how often each of three ready cases, and of two others that are not, was chosen.
Task<> count_choices() {
  const Chan<int64_t> in(1);
  const Chan<int64_t> out(kRounds);
  const Chan<int64_t> closed;
  const Chan<int64_t> never;
  closed.close();
  int64_t counts[5] = {};
  for (int64_t i = 0; i < kRounds; ++i) {
    if (in.len() == 0) co_await in.send(i);
    const auto won = co_await select(in.recv(), never.recv(), out.send(i), closed.recv(),
                                     Chan<int64_t>::nil().recv());
    ++counts[won.index()];
  }
  println(counts[0], counts[1], counts[2], counts[3], counts[4]);
}

Task<> first_choice() {
  const Chan<int64_t> ch;
  ch.close();
  const auto won = co_await select(ch.recv(), ch.recv(), ch.recv(), ch.recv());
  println(won.index());
}

// The producer never runs dry, and still the stop arrives.
Task<> stops_in_time() {
  const Chan<int64_t> data(1);
  const Chan<int64_t> stop;
  go([data]() -> Task<> {
    for (int64_t i = 0;; ++i) co_await data.send(i);
  });
  stop.close();
  int64_t received = 0;
  for (;;) {
    const auto won = co_await select(data.recv(), stop.recv());
    if (won.index() == 1) break;
    ++received;
  }
  println(received < 100);
}

Task<> with_timers() {
  const Chan<int64_t> results;
  go([results]() -> Task<> {
    co_await sleep_for(2 * kSecond);
    co_await results.send(1);
  });
  const auto late = co_await select(results.recv(), after(1 * kSecond).recv());
  const auto in_time = co_await select(results.recv(), after(5 * kSecond).recv());
  println(late.index(), in_time.index(), since(Instant{}), here().queue.size());
}

std::vector<int64_t> numbers_in(const std::string& text) {
  std::vector<int64_t> numbers;
  for (size_t at = 0; at < text.size();) {
    size_t used = 0;
    numbers.push_back(std::stoll(text.substr(at), &used));
    at += used + 1;
  }
  return numbers;
}

// Waiting goroutines at all channels of the world.
size_t waiters_in(const Run& run) {
  size_t count = 0;
  for (const Object& object : run.world().state().objects) {
    if (object.kind() != ObjectKind::kChan) continue;
    const auto& chan = static_cast<const ChanCore&>(object);
    for (const Waiter& waiter : chan.receivers()) count += waiter.linked() ? 1 : 0;
    for (const Waiter& waiter : chan.senders()) count += waiter.linked() ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("selects and plain receives are served in the order they came") {
  CHECK(simulate(arrival_order).out == "first 1\nsecond 2\nthird 3\n");
}

TEST_CASE("among the cases that can proceed, each has the same chance") {
  for (const RunOptions& options : support::schedules(3)) {
    CAPTURE(policy_name(options.policy), options.world.seed);
    const std::vector<int64_t> counts = numbers_in(simulate(count_choices, options).out);
    REQUIRE(counts.size() == 5);
    CHECK(counts[1] == 0);
    CHECK(counts[4] == 0);
    // Five standard deviations are 130.
    for (const size_t i : {0, 2, 3}) CHECK(std::abs(counts[i] - kRounds / 3) < 130);
  }
}

TEST_CASE("among the cases that can proceed, each has the same chance in the runs of many seeds") {
  int64_t counts[4] = {};
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    const std::string out = simulate(first_choice, with_policy(Policy::kFifo, seed)).out;
    ++counts[numbers_in(out).front()];
  }
  // Five standard deviations are 43.
  for (const int64_t count : counts) CHECK(std::abs(count - 100) < 43);
}

TEST_CASE("a case that is always ready does not starve another") {
  check_everywhere(stops_in_time, "true\n");
}

TEST_CASE("timers take part through their channels, and are gone with the select") {
  check_everywhere(with_timers, "1 0 2s 0\n");
}

TEST_CASE("a select whose goroutine is destroyed leaves nothing queued") {
  for (const Policy policy : policies()) {
    CAPTURE(policy_name(policy));
    // Two processes share the channels, so that these outlive the one that is killed.
    Run run(with_policy(policy), [] {
      const Chan<int64_t> in;
      const Chan<int64_t> out;
      start_process({"first", {}, {}}, [in, out]() -> Task<> {
        co_await select(in.recv(), out.send(1), after(100 * kSecond).recv());
      });
      start_process({"second", {}, {}}, [in, out]() -> Task<> {
        co_await sleep_for(1 * kSecond);
        const auto unheard = co_await select(in.send(2), out.recv(), otherwise());
        println(unheard.index());
      });
    });
    while (waiters_in(run) < 3) REQUIRE(run.step());
    REQUIRE(run.apply("kill 1", run.now()));
    CHECK(waiters_in(run) == 0);
    CHECK(run.world().state().queue.size() <= 1);
    run.run();
    CHECK(support::printed(run.world(), Stream::kStdout) == "2\n");
    CHECK(support::residue_of(run) == support::Residue{});
  }
}
