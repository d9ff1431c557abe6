#include "engine/view/view.h"

#include <catch_amalgamated.hpp>

#include "engine/sync/chan.h"
#include "engine/sync/context.h"
#include "engine/sync/mutex.h"
#include "engine/sync/shared.h"
#include "engine/sync/wait_group.h"
#include "tests/support/simulate.h"

using namespace engine;

namespace {

Task<> stage() {
  Chan<int64_t> results(2, "results");
  Chan<std::string> words(0, "words");
  Mutex mutex("ledger");
  WaitGroup wg("crew");
  Shared<int64_t> total(5, "total");
  wg.add(2);
  co_await results.send(10);
  co_await results.send(20);
  co_await mutex.lock();
  go([results]() -> Task<> { co_await results.send(30); }).set_name("sender");
  go([mutex]() -> Task<> { co_await mutex.lock(); }).set_name("locker");
  go([words]() -> Task<> { co_await words.recv(); }).set_name("reader");
  go([]() -> Task<> { co_await sleep_for(5 * kSecond); }).set_name("sleeper");
  go([]() -> Task<> { co_await gosched(); });
  co_await wg.wait();
}

}  // namespace

TEST_CASE("a view shows every goroutine and object with who waits on it") {
  const auto run = support::start(stage);
  for (int i = 0; i < 6; ++i) run->step();
  const WorldView view = look(run->world());

  REQUIRE(view.processes.size() == 1);
  CHECK(view.processes[0].status == "running");
  REQUIRE(view.goroutines.size() == 6);
  const auto status = [&](size_t i) {
    return view.goroutines[i].name + ": " + view.goroutines[i].status + " " +
           view.goroutines[i].waits_on_name;
  };
  CHECK(status(0) == "main: sync.WaitGroup.Wait crew");
  CHECK(status(1) == "sender: chan send results");
  CHECK(status(2) == "locker: sync.Mutex.Lock ledger");
  CHECK(status(3) == "reader: chan receive words");
  CHECK(status(4) == "sleeper: sleep ");
  CHECK(status(5) == "goroutine 6: runnable ");
  CHECK(view.goroutines[4].wakes_at_ns == 5'000'000'000);
  CHECK(view.goroutines[5].queue_place == 1);
  CHECK(view.goroutines[1].parent == 1);
  CHECK(view.goroutines[1].where == "tests/view/view_test.cpp:26");
  CHECK(view.goroutines[4].created == "tests/view/view_test.cpp:29");

  REQUIRE(view.chans.size() == 2);
  CHECK(view.chans[0].name == "results");
  CHECK(view.chans[0].capacity == 2);
  CHECK(view.chans[0].items == std::vector<std::string>{"10", "20"});
  CHECK(view.chans[0].senders == std::vector<uint32_t>{2});
  CHECK(view.chans[1].receivers == std::vector<uint32_t>{4});
  REQUIRE(view.locks.size() == 1);
  CHECK(view.locks[0].owner == 1);
  CHECK(view.locks[0].waiters == std::vector<uint32_t>{3});
  REQUIRE(view.wait_groups.size() == 1);
  CHECK(view.wait_groups[0].counter == 2);
  CHECK(view.wait_groups[0].waiters == std::vector<uint32_t>{1});
  REQUIRE(view.variables.size() == 1);
  CHECK(view.variables[0].value == "5");
  CHECK(view.timers_pending == 1);
}

namespace {

constexpr ContextKey<int64_t> kUser("user");

Task<> with_contexts() {
  const auto request = with_cancel_cause(background(), "request");
  const Context user = with_value(request.context, kUser, 7);
  const auto call = with_timeout(user, 2 * kSecond, "call");
  const Context detached = without_cancel(user);
  co_await gosched();
  request.cancel(errors_new("the user has left"));
  co_await gosched();
}

}  // namespace

TEST_CASE("a view shows contexts, what they hang under and how they end") {
  const auto run = support::start(with_contexts);
  run->step();
  const std::vector<ContextView> before = look(run->world()).contexts;
  REQUIRE(before.size() == 4);
  const auto& [request, user, call, detached] =
      std::tie(before[0], before[1], before[2], before[3]);
  CHECK(request.name == "request");
  CHECK(request.parent == 0);
  CHECK(request.ends_at_ns == -1);
  CHECK(user.name == "user");
  CHECK(user.parent == request.id);
  CHECK(user.can_end);
  CHECK(call.parent == user.id);
  CHECK(call.ends_at_ns == 2'000'000'000);
  CHECK(call.err.empty());
  CHECK_FALSE(detached.can_end);

  run->step();
  const std::vector<ContextView> after = look(run->world()).contexts;
  REQUIRE(after.size() == 4);
  CHECK(after[2].err == "context canceled");
  CHECK(after[2].cause == "the user has left");
  CHECK(after[1].err == "context canceled");
  CHECK(after[3].err.empty());
}

TEST_CASE("events read as sentences and name their causes") {
  const auto run = support::start(stage);
  for (int i = 0; i < 6; ++i) run->step();
  EventNames names;
  names.learn(look(run->world()));
  const auto lines =
      events_between(run->world().trace(), 0, run->world().state().events(), 1000, names);
  const auto has = [&](const std::string& text) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const EventLine& line) { return line.text == text; });
  };
  CHECK(has("main runs"));
  CHECK(has("main sends on results"));
  CHECK(has("main takes ledger"));
  CHECK(has("sender parks: chan send on results"));
  CHECK(has("sleeper sleeps until 5s"));
  CHECK(has("results is created (chan)"));
  for (const EventLine& line : lines) {
    CHECK(line.cause <= line.number);
    if (line.kind == EventKind::kDispatch) CHECK(line.cause > 0);
  }
}
