#include "engine/timeline/timeline.h"

#include <algorithm>
#include <catch_amalgamated.hpp>
#include <map>

#include "engine/sync/chan.h"
#include "engine/sync/mutex.h"
#include "engine/sync/wait_group.h"
#include "engine/view/view.h"
#include "tests/support/simulate.h"

using namespace engine;

namespace {

Task<> worker(Chan<std::string> in, Mutex mutex, WaitGroup wg) {
  while (auto text = co_await in.recv()) {
    co_await mutex.lock();
    println(*text);
    co_await sleep_for(3 * kMillisecond);
    mutex.unlock();
  }
  wg.done();
}

// Channels, locks, timers, strings on the heap, and goroutines that come and go.
Task<> busy() {
  Chan<std::string> work(2, "work");
  Mutex mutex("printer");
  WaitGroup wg("workers");
  wg.add(3);
  for (int i = 0; i < 3; ++i) go(worker, work, mutex, wg);
  for (int64_t i = 0; i < 60; ++i) {
    std::string text = "job number ";
    append_operand(text, i);
    text += " with a text that needs memory of its own";
    co_await work.send(text);
    if (i % 7 == 0) co_await sleep_for(1 * kMillisecond);
  }
  work.close();
  co_await wg.wait();
}

Task<> ticker(std::string name) {
  for (int64_t i = 0; i < 1000; ++i) {
    println(name, i);
    co_await sleep_for(1 * kSecond);
  }
}

Task<> tickers() {
  go(ticker, std::string("a"));
  go(ticker, std::string("b"));
  co_await sleep_for(2000 * kSecond);
}

struct Fixture {
  explicit Fixture(support::Program program, uint64_t spacing = 4, Policy policy = Policy::kRandom)
      : run(support::start(program, support::with_policy(policy, 11))),
        timeline(*run, with_spacing(spacing)) {}
  static TimelineOptions with_spacing(uint64_t spacing) {
    TimelineOptions options;
    options.spacing = spacing;
    return options;
  }
  void to_end() {
    while (timeline.forward()) {
    }
  }
  std::unique_ptr<Run> run;
  Timeline timeline;
};

uint64_t digest_of(Run& run) {
  return run.world().arena().digest();
}

}  // namespace

TEST_CASE("every position of a history can be returned to, with the same state") {
  Fixture f(busy);
  std::map<uint64_t, uint64_t> hashes;
  std::map<uint64_t, uint64_t> printed;
  do {
    hashes[f.timeline.position()] = f.run->world().state().hash();
    printed[f.timeline.position()] = f.run->world().state().output_bytes;
  } while (f.timeline.forward());
  CHECK(f.timeline.run_end() == RunEnd::kNothingLeft);
  const uint64_t end = f.timeline.known_end();
  REQUIRE(end > 200);
  uint64_t draw = 5;
  for (int i = 0; i < 400; ++i) {
    draw = mix64(draw);
    const uint64_t target = draw % (end + 1);
    REQUIRE(f.timeline.seek(target) == target);
    REQUIRE(f.run->world().state().hash() == hashes[target]);
    REQUIRE(support::printed(f.run->world(), Stream::kStdout, target).size() == printed[target]);
  }
  CHECK(f.timeline.seek(end + 1000) == end);
}

TEST_CASE("the arena itself is byte for byte the same after a journey") {
  Fixture f(busy);
  f.timeline.seek(150);
  const uint64_t before = digest_of(*f.run);
  f.timeline.seek(3);
  f.timeline.seek(150);
  CHECK(digest_of(*f.run) == before);
}

TEST_CASE("looking at a world leaves its arena unchanged") {
  Fixture f(busy);
  for (uint64_t position = 0; position < 200; position += 9) {
    f.timeline.seek(position);
    const uint64_t before = digest_of(*f.run);
    const WorldView view = look(f.run->world());
    EventNames names;
    names.learn(view);
    const auto lines =
        events_between(f.run->world().trace(), 0, f.run->world().state().events(), 50, names);
    CHECK(lines.size() <= 50);
    CHECK(digest_of(*f.run) == before);
  }
}

TEST_CASE("snapshots stay within their budget by being spaced further apart") {
  const auto run = support::start(tickers);
  TimelineOptions options;
  options.spacing = 1;
  options.budget_bytes = size_t{1} << 20;
  Timeline timeline(*run, options);
  while (timeline.forward()) REQUIRE(timeline.snapshot_bytes() <= options.budget_bytes);
  CHECK(timeline.spacing() > 1);
  CHECK(timeline.snapshot_positions().size() > 10);
  CHECK(timeline.snapshot_positions().front() == 0);
  const uint64_t end = timeline.position();
  const uint64_t hash = run->world().state().hash();
  timeline.seek(end / 3);
  CHECK(timeline.seek(end) == end);
  CHECK(run->world().state().hash() == hash);
}

TEST_CASE("intervening in the past forks a branch, and the old future stays reachable") {
  Fixture f(tickers, 4, Policy::kFifo);
  f.timeline.seek(100);
  const uint64_t old_hash = f.run->world().state().hash();
  const uint64_t old_events = f.run->world().state().events();
  f.timeline.seek(50);
  CHECK(f.timeline.intervene("kill 1"));
  CHECK(f.timeline.position() == 51);
  CHECK(f.timeline.active_branch() == 1);
  CHECK_FALSE(f.timeline.forward());
  CHECK(f.timeline.run_end() == RunEnd::kNothingLeft);
  REQUIRE(f.timeline.branches().size() == 2);
  const auto info = f.timeline.branches()[1];
  CHECK(info.parent == 0);
  CHECK(info.forked_at == 50);
  CHECK(info.cause == "kill 1");
  const std::string killed = support::printed(f.run->world(), Stream::kStdout);

  f.timeline.switch_to(0, 100);
  CHECK(f.run->world().state().hash() == old_hash);
  CHECK(f.run->world().state().events() == old_events);
  CHECK(support::printed(f.run->world(), Stream::kStdout).starts_with(killed));
  f.timeline.seek(120);
  f.timeline.switch_to(1, 51);
  CHECK(support::printed(f.run->world(), Stream::kStdout) == killed);
  CHECK(look(f.run->world()).processes.front().status == "killed");
  CHECK(f.timeline.seek(20) == 20);
  CHECK(f.timeline.seek(99) == 51);
}

TEST_CASE("an input at the end of known history extends the branch and replays with it") {
  Fixture f(tickers);
  f.timeline.seek(40);
  CHECK(f.timeline.intervene("kill 1"));
  CHECK(f.timeline.branches().size() == 1);
  const uint64_t hash = f.run->world().state().hash();
  f.timeline.seek(7);
  CHECK(f.timeline.seek(41) == 41);
  CHECK(f.run->world().state().hash() == hash);
  REQUIRE(f.timeline.inputs().size() == 1);
  CHECK(f.timeline.inputs()[0].step == 41);
}

TEST_CASE("after an earlier edit, later inputs apply by their instant and are stamped anew") {
  Fixture f(tickers, 4, Policy::kFifo);
  f.timeline.seek(60);
  const Instant killed_at = f.run->now();
  f.timeline.intervene("kill 1");
  f.timeline.seek(10);
  f.timeline.intervene("run-next 77");
  REQUIRE(f.timeline.missed().size() == 1);
  CHECK(f.timeline.missed()[0].text == "run-next 77");
  CHECK(f.timeline.missed()[0].step == 11);
  f.to_end();
  REQUIRE(f.timeline.inputs().size() == 2);
  CHECK(f.timeline.inputs()[1].text == "kill 1");
  CHECK(f.timeline.inputs()[1].step == f.timeline.position());
  CHECK(f.run->now() == killed_at);
  const uint64_t hash = f.run->world().state().hash();
  const uint64_t end = f.timeline.position();
  f.timeline.seek(0);
  CHECK(f.timeline.seek(end) == end);
  CHECK(f.run->world().state().hash() == hash);
}

TEST_CASE("inputs laid down beforehand take their steps, as in a saved run") {
  Fixture first(tickers);
  first.timeline.seek(33);
  first.timeline.intervene("run-next 2");
  first.timeline.seek(50);
  const auto inputs = first.timeline.inputs();
  const uint64_t hash = first.run->world().state().hash();

  Fixture second(tickers);
  second.timeline.schedule(inputs);
  second.timeline.seek(50);
  CHECK(second.run->world().state().hash() == hash);
}

TEST_CASE("a branch of a branch keeps each past apart") {
  Fixture f(tickers, 3, Policy::kFifo);
  f.timeline.seek(90);
  const uint64_t trunk = f.run->world().state().hash();
  f.timeline.seek(60);
  f.timeline.intervene("run-next 3");
  f.timeline.seek(80);
  const uint64_t bough = f.run->world().state().hash();
  f.timeline.seek(70);
  f.timeline.intervene("kill 1");
  const uint64_t twig = f.run->world().state().hash();
  f.timeline.switch_to(0, 90);
  CHECK(f.run->world().state().hash() == trunk);
  f.timeline.switch_to(2, 71);
  CHECK(f.run->world().state().hash() == twig);
  f.timeline.switch_to(1, 80);
  CHECK(f.run->world().state().hash() == bough);
  CHECK(f.timeline.branches()[2].parent == 1);
}

TEST_CASE("an intervention before inputs that were laid down lets them come by their instants") {
  Fixture f(tickers, 4, Policy::kFifo);
  f.timeline.schedule({{50, Instant{} + 10 * kSecond, "kill 1"}});
  f.timeline.seek(20);
  f.timeline.intervene("kill 7");
  f.to_end();
  CHECK(f.timeline.inputs().size() == 2);
  const uint64_t end = f.timeline.position();
  const uint64_t hash = f.run->world().state().hash();
  f.timeline.seek(0);
  CHECK(f.timeline.seek(end) == end);
  CHECK(f.run->world().state().hash() == hash);
  CHECK(f.timeline.run_end() == RunEnd::kNothingLeft);
}

TEST_CASE("a branch that leaves before what the output log dropped goes on printing") {
  auto options = support::with_policy(Policy::kFifo, 1);
  options.world.output_budget_bytes = 200;
  const auto run = support::start(tickers, options);
  Timeline timeline(*run, Fixture::with_spacing(4));
  timeline.seek(100);
  timeline.seek(20);
  CHECK(timeline.intervene("run-next 99") == false);
  timeline.seek(60);
  CHECK_FALSE(support::printed(run->world(), Stream::kStdout).empty());
  timeline.seek(10);
  CHECK(timeline.seek(60) == 60);
}
