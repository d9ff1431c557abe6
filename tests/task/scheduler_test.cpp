#include "engine/task/scheduler.h"

#include <catch_amalgamated.hpp>
#include <memory>
#include <set>

#include "engine/sync/chan.h"
#include "engine/sync/mutex.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "tests/support/simulate.h"

using namespace engine;
using support::simulate;
using support::with_policy;

namespace {

Task<> say(std::string what) {
  println(what);
  co_return;
}

Task<> starts_three() {
  for (const char* name : {"a", "b", "c"}) go(say, std::string(name));
  println("main");
  co_await gosched();
  println("main again");
}

Task<int64_t> depth_sum(int64_t depth) {
  if (depth == 0) co_return 0;
  const int64_t rest = co_await depth_sum(depth - 1);
  co_return rest + 1;
}

constexpr int64_t kDeep = 100'000;

Task<> deep() {
  const int64_t sum = co_await depth_sum(kDeep);
  println(sum);
}

Task<> deep_and_park(int64_t depth, Chan<int64_t> never) {
  if (depth > 0) {
    co_await deep_and_park(depth - 1, never);
  } else {
    co_await never.recv();
  }
}

Task<> deep_deadlock() {
  co_await deep_and_park(kDeep, Chan<int64_t>());
}

Task<std::string> joined(std::string a, std::string b) {
  co_await sleep_for(1 * kMillisecond);
  co_return a + b;
}

Task<> nested_values() {
  std::string text = co_await joined("north", "east");
  println(text);
}

Task<> sleeper(int64_t milliseconds, std::string name) {
  co_await sleep_for(milliseconds * kMillisecond);
  println(name);
}

Task<> sleeps() {
  WaitGroup wg;
  go(sleeper, int64_t{30}, std::string("third"));
  go(sleeper, int64_t{10}, std::string("first"));
  go(sleeper, int64_t{20}, std::string("second, set before"));
  go(sleeper, int64_t{20}, std::string("second, set after"));
  go(sleeper, int64_t{0}, std::string("at once"));
  go(sleeper, int64_t{-5}, std::string("at once too"));
  co_await sleep_for(1 * kSecond);
}

Task<> main_returns_first() {
  go([]() -> Task<> {
    Defer never([] { println("a destructor of a dead process is not seen"); });
    co_await sleep_for(1 * kSecond);
    println("never printed");
  });
  co_await gosched();
  println("main returns");
}

Task<> panics_with_deferred() {
  Chan<int64_t> heard(1, "heard");
  go([heard]() -> Task<> {
    Defer outer([] { println("outer deferred"); });
    Defer inner([] { println("inner deferred"); });
    co_await panic("the disk is on fire");
    println("never printed");
  });
  Defer mains([] { println("main's deferred work does not run"); });
  co_await heard.recv();
}

Task<> doomed_by_a_plain_call() {
  Chan<int64_t> ch(0, "ch");
  WaitGroup wg;
  Defer deferred([] { println("deferred"); });
  ch.close();
  ch.close();
  println("not visible: the second close panicked");
  wg.add(1);
  co_await gosched();
  println("never printed");
}

Task<> doomed_and_returns() {
  Chan<int64_t>::nil().close();
  println("not visible");
  co_return;
}

Task<> unlocks_unlocked() {
  Defer deferred([] { println("a fatal error runs no deferred work"); });
  Mutex mutex;
  mutex.unlock();
  co_await gosched();
}

Task<> panics_twice() {
  Defer again([] { Chan<int64_t>::nil().close(); });
  co_await panic("first");
}

Task<> runs_long() {
  for (int64_t i = 0;; ++i) {
    println("tick", i);
    co_await sleep_for(1 * kSecond);
  }
}

}  // namespace

TEST_CASE("goroutines run in the order they were started, after their starter yields") {
  CHECK(simulate(starts_three).out == "main\na\nb\nc\nmain again\n");
}

TEST_CASE("a hundred thousand nested awaits need no host stack, to run or to be destroyed") {
  CHECK(simulate(deep).out == "100000\n");
  const auto died = simulate(deep_deadlock);
  CHECK(died.exit == ExitKind::kFatal);
}

TEST_CASE("an awaited task returns its value to the awaiting one") {
  const auto outcome = simulate(nested_values);
  CHECK(outcome.out == "northeast\n");
  CHECK(outcome.now == Instant{1'000'000});
}

TEST_CASE("sleepers wake by time, and in the order they slept at equal times") {
  CHECK(simulate(sleeps).out ==
        "at once\nat once too\nfirst\nsecond, set before\nsecond, set after\nthird\n");
}

TEST_CASE("main's return ends the process, whatever else runs, and nothing after it is seen") {
  const auto outcome = simulate(main_returns_first);
  CHECK(outcome.out == "main returns\n");
  CHECK(outcome.exit == ExitKind::kReturned);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.now == Instant{0});
}

TEST_CASE(
    "a panic runs its goroutine's deferred work, innermost first, and ends the process as Go "
    "does") {
  const auto outcome = simulate(panics_with_deferred);
  CHECK(outcome.out == "inner deferred\nouter deferred\n");
  CHECK(outcome.exit == ExitKind::kPanic);
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err,
             Catch::Matchers::StartsWith("panic: the disk is on fire\n\ngoroutine 2 [running]:\n"));
}

TEST_CASE("a plain call that panics dooms the goroutine until it suspends") {
  const auto outcome = simulate(doomed_by_a_plain_call);
  CHECK(outcome.out == "deferred\n");
  CHECK_THAT(outcome.err, Catch::Matchers::StartsWith("panic: close of closed channel\n"));
}

TEST_CASE("a doomed goroutine that returns without suspending panics all the same") {
  const auto outcome = simulate(doomed_and_returns);
  CHECK(outcome.out.empty());
  CHECK(outcome.exit == ExitKind::kPanic);
  CHECK_THAT(outcome.err, Catch::Matchers::StartsWith("panic: close of nil channel\n"));
}

TEST_CASE("a fatal error runs no deferred work") {
  const auto outcome = simulate(unlocks_unlocked);
  CHECK(outcome.out.empty());
  CHECK(outcome.exit == ExitKind::kFatal);
  CHECK(outcome.exit_code == 2);
  CHECK_THAT(outcome.err,
             Catch::Matchers::StartsWith("fatal error: sync: unlock of unlocked mutex\n"));
}

TEST_CASE("a panic in deferred work is reported with the first") {
  const auto outcome = simulate(panics_twice);
  CHECK_THAT(outcome.err,
             Catch::Matchers::StartsWith("panic: first\n\tpanic: close of nil channel\n"));
}

TEST_CASE("a run stops before the first step beyond its limit of virtual time") {
  RunOptions options;
  options.until = Instant{2'500'000'000};
  const auto run = support::start(runs_long, options);
  while (run->step()) {
  }
  CHECK(run->end() == RunEnd::kUntil);
  CHECK(support::outcome_of(*run).out == "tick 0\ntick 1\ntick 2\n");
}

TEST_CASE("a run stops at its limit of steps, and when the arena is full") {
  RunOptions options;
  options.max_steps = 5;
  const auto run = support::start(runs_long, options);
  while (run->step()) {
  }
  CHECK(run->end() == RunEnd::kMaxSteps);
  CHECK(run->steps() == 5);

  RunOptions tight;
  tight.world.arena.limit_bytes = size_t{1} << 20;
  const auto hoarder = support::start(
      +[]() -> Task<> {
        Chan<int64_t> never;
        for (;;) {
          go([never]() -> Task<> { co_await never.recv(); });
          co_await gosched();
        }
      },
      tight);
  while (hoarder->step()) {
  }
  CHECK(hoarder->end() == RunEnd::kArenaLimit);
}

TEST_CASE("killing a process takes a step, ends it and everything it was waiting for") {
  const auto run = support::start(runs_long);
  while (run->steps() < 7) run->step();
  CHECK(run->apply("kill 1", run->now()));
  CHECK(run->steps() == 8);
  CHECK_FALSE(run->step());
  CHECK(run->end() == RunEnd::kNothingLeft);
  const auto outcome = support::outcome_of(*run);
  CHECK(outcome.exit == ExitKind::kKilled);
  CHECK(outcome.exit_code == 137);
  CHECK_FALSE(run->apply("kill 1", run->now()));
}

TEST_CASE("run-next moves a ready goroutine to the front, and reports a missing one") {
  const auto run = support::start(starts_three);
  run->step();
  CHECK(run->apply("run-next 4", run->now()));
  CHECK_FALSE(run->apply("run-next 99", run->now()));
  while (run->step()) {
  }
  CHECK(support::outcome_of(*run).out == "main\nc\na\nb\nmain again\n");
}

TEST_CASE("only well-formed inputs are understood") {
  std::string expected;
  CHECK(Run::understands("kill 1", expected));
  CHECK(Run::understands("run-next 12", expected));
  for (const char* text : {"", "kill", "kill ", "kill x", "kill 1 2", "kill -1", "kill 99999999999",
                           "run-next", "runnext 1", "KILL 1"}) {
    CAPTURE(text);
    CHECK_FALSE(Run::understands(text, expected));
    CHECK(expected == "`kill NUMBER` or `run-next NUMBER`");
  }
}

TEST_CASE("the random policy reaches every order of three goroutines, fifo only one") {
  std::set<std::string> orders;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const auto outcome = simulate(starts_three, with_policy(Policy::kRandom, seed));
    orders.insert(outcome.out);
    CHECK(simulate(starts_three, with_policy(Policy::kFifo, seed)).out ==
          "main\na\nb\nc\nmain again\n");
  }
  for (const char* order :
       {"a\nb\nc\n", "a\nc\nb\n", "b\na\nc\n", "b\nc\na\n", "c\na\nb\n", "c\nb\na\n"}) {
    CAPTURE(order);
    CHECK(orders.count("main\n" + std::string(order) + "main again\n") == 1);
  }
}

TEST_CASE("the same seed gives the same history, and the trace level changes nothing") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    auto options = with_policy(Policy::kRandom, seed);
    const uint64_t hash = simulate(sleeps, options).hash;
    CHECK(simulate(sleeps, options).hash == hash);
    options.world.trace = TraceLevel::kOff;
    CHECK(simulate(sleeps, options).hash == hash);
  }
}

TEST_CASE("when a process has ended, nothing of it is left in the arena but its record") {
  const auto run = support::start(panics_with_deferred);
  const size_t before = run->world().arena().live_bytes();
  while (run->step()) {
  }
  CHECK(run->world().state().objects.empty());
  CHECK(run->world().state().queue.empty());
  CHECK(run->world().arena().live_bytes() < before + 2048);
}

namespace {

Task<> spins_until_told() {
  Shared<bool> told(false, "told");
  go([told]() -> Task<> {
    co_await sleep_for(1 * kMillisecond);
    co_await told.store(true);
  });
  for (;;) {
    const bool seen = co_await told.load();
    if (seen) break;
  }
  println("told");
}

Task<> doomed_with_a_deferred_line() {
  Defer outer([] { println("outer"); });
  Defer inner([] {
    println("inner");
    Chan<int64_t>::nil().close();
    println("not visible");
  });
  const Chan<int64_t> ch;
  ch.close();
  ch.close();
  println("not visible");
  co_return;
}

Task<> fatal_while_panicking() {
  Defer unlocks([] { Mutex().unlock(); });
  co_await panic("first");
}

struct DoneTooOften {
  explicit DoneTooOften(WaitGroup group) : wg(std::move(group)) {}
  DoneTooOften(DoneTooOften&& other) noexcept
      : wg(other.wg), armed(std::exchange(other.armed, false)) {}
  // Kept out of line: g++ 12 mistakes two inlined handles for one that is used after its end.
  [[gnu::noinline]] ~DoneTooOften() {
    if (armed) wg.done();
  }
  WaitGroup wg;
  bool armed = true;
};

Task<> panics_in_a_parameter() {
  WaitGroup wg;
  go([](DoneTooOften) -> Task<> { co_return; }, DoneTooOften(wg));
  co_await sleep_for(1 * kSecond);
  println("never printed");
}

Task<> panics_in_a_capture() {
  WaitGroup wg;
  auto guard = std::make_shared<DoneTooOften>(wg);
  go([moved = std::move(guard)]() -> Task<> { co_return; });
  co_await sleep_for(1 * kSecond);
}

Task<> sleeps_for_ever() {
  co_await sleep_for(1 * kSecond);
  go([]() -> Task<> {
    co_await sleep_for(Duration{INT64_MAX});
    println("never printed");
  });
  co_await sleep_for(1 * kSecond);
}

Task<> stuck() {
  co_await Chan<int64_t>().recv();
}

}  // namespace

TEST_CASE("a goroutine that spins uses up its time slice, and timers come due") {
  for (const Policy policy : {Policy::kFifo, Policy::kRandom}) {
    const auto outcome = simulate(spins_until_told, with_policy(policy));
    CHECK(outcome.out == "told\n");
    CHECK(outcome.now.ns >= 10'000'000);
  }
}

TEST_CASE("deferred work of a doomed goroutine is visible, and survives a panic of its own") {
  const auto outcome = simulate(doomed_with_a_deferred_line);
  CHECK(outcome.out == "inner\nouter\n");
  CHECK_THAT(outcome.err, Catch::Matchers::StartsWith(
                              "panic: close of closed channel\n\tpanic: close of nil channel\n"));
}

TEST_CASE("a fatal error in deferred work ends the process as one") {
  const auto outcome = simulate(fatal_while_panicking);
  CHECK(outcome.exit == ExitKind::kFatal);
  CHECK_THAT(outcome.err, Catch::Matchers::StartsWith(
                              "panic: first\n\tfatal error: sync: unlock of unlocked mutex\n"));
}

TEST_CASE("a panic while a goroutine's parameters or captures die is its own") {
  for (const auto program : {panics_in_a_parameter, panics_in_a_capture}) {
    const auto outcome = simulate(program);
    CHECK(outcome.out.empty());
    CHECK(outcome.exit == ExitKind::kPanic);
    CHECK_THAT(outcome.err,
               Catch::Matchers::StartsWith("panic: sync: negative WaitGroup counter\n"));
  }
}

TEST_CASE("a sleep beyond the end of time does not wake") {
  const auto outcome = simulate(sleeps_for_ever);
  CHECK(outcome.out.empty());
  CHECK(outcome.now == Instant{} + 2 * kSecond);
}

TEST_CASE("a deadlocked process is ended though another one goes on") {
  Run run({}, [] {
    start_process({"stuck", {}, {}}, stuck);
    start_process({"busy", {}, {}}, runs_long);
  });
  while (run.now() == Instant{0} && run.step()) {
  }
  const auto found = failures(run.world());
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "stuck");
  CHECK(found[0].message == "all goroutines are asleep - deadlock!");
}

TEST_CASE("a hundred thousand goroutines that main leaves behind end quickly enough to wait for") {
  const auto outcome = simulate(+[]() -> Task<> {
    for (int64_t i = 0; i < 100'000; ++i) go(say, std::string("never printed"));
    co_return;
  });
  CHECK(outcome.out.empty());
  CHECK(outcome.steps == 1);
}

TEST_CASE("run-next decides who runs next under the random policy too") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const auto run = support::start(starts_three, with_policy(Policy::kRandom, seed));
    run->step();
    REQUIRE(run->apply("run-next 3", run->now()));
    run->step();
    CHECK(support::outcome_of(*run).out == "main\nb\n");
  }
}
