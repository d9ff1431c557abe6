// tests/node/signal_test.cpp: programs that ask for signals, and programs that do not.

#include "sim/node/signal.h"

#include <catch_amalgamated.hpp>

#include "engine/sync/timer.h"
#include "tests/support/simulate.h"

namespace {

using namespace engine;
using namespace sim::node;

Task<> graceful() {
  const Chan<Signal> stop = notify_signals({Signal::kTerminate, Signal::kInterrupt});
  const std::optional<Signal> got = co_await stop.recv();
  println("stopping:", signal_name(*got));
  co_await sleep_for(kSecond);
  println("stopped");
}

Task<> careless() {
  co_await sleep_for(100 * kSecond);
  println("never");
}

Task<> main_of_tests() {
  Process& one = start_process({"one", {}, {}}, graceful);
  Process& two = start_process({"two", {}, {}}, careless);
  Process& three = start_process({"three", {}, {}}, careless);
  Process& four = start_process({"four", {}, {}}, graceful);
  co_await sleep_for(kSecond);
  println(send_signal(one.id(), Signal::kTerminate));
  println(send_signal(two.id(), Signal::kTerminate));
  println(send_signal(three.id(), Signal::kTerminate, true));
  println(send_signal(four.id(), Signal::kKill));
  co_await sleep_for(10 * kSecond);
  println(one.exit_code(), two.exit_code(), three.exit_code(), four.exit_code());
  println(send_signal(one.id(), Signal::kTerminate));
}

}  // namespace

TEST_CASE("A program that asks for a signal gets it; another one ends of it") {
  CHECK(support::simulate(main_of_tests).out ==
        "true\ntrue\ntrue\ntrue\nstopping: SIGTERM\nstopped\n0 143 2 137\nfalse\n");
}

TEST_CASE("Signals have names and numbers") {
  CHECK(signal_named("SIGTERM") == Signal::kTerminate);
  CHECK(signal_named("TERM") == Signal::kTerminate);
  CHECK(signal_named("15") == Signal::kTerminate);
  CHECK_FALSE(signal_named("SIGNONE"));
  CHECK_FALSE(signal_named(""));
  CHECK(signal_name(Signal::kKill) == "SIGKILL");
}
