// The twins of cases/panics.go: panics, recovering, deferred work.

#include <string>

#include "engine/sync/chan.h"
#include "engine/sync/error.h"
#include "engine/sync/mutex.h"
#include "engine/sync/shared.h"
#include "tests/conformance/go/cases.h"

namespace conformance {

using namespace engine;

namespace {

/// As fmt prints what recover() gives.
std::string recovered_text(std::string_view message) {
  return message.empty() ? "<nil>" : std::string(message);
}

Task<> panic_ends_program() {
  println("before");
  co_await panic("out of cheese");
}

Task<> panic_in_goroutine() {
  const Defer never([] { println("never: other goroutines run no deferred work"); });
  go([]() -> Task<> { co_await panic("in a goroutine"); });
  co_await pause();
  println("never");
}

Task<> panic_runs_deferred() {
  const Defer first([] { println("first"); });
  const Defer second([] { println("second"); });
  const Defer third([] { println("third"); });
  co_await panic("now");
}

Task<> inner_panics(std::string_view message) {
  const Defer inner([] { println("inner"); });
  co_await panic(message);
}
Task<> middle_panics(std::string_view message) {
  const Defer middle([] { println("middle"); });
  co_await inner_panics(message);
}
Task<> panic_unwinds_callers() {
  const Defer outer([] { println("outer"); });
  co_await middle_panics("deep");
  println("never");
}

Task<> panics_with_deferred(std::string_view message) {
  const Defer deferred([] { println("deferred"); });
  co_await panic(message);
}
Task<> calls_what_panics(std::string_view message) {
  co_await panics_with_deferred(message);
  println("never");
}
Task<> recover_stops_panic() {
  const auto result = co_await recovered(calls_what_panics("stop"));
  println("recovered:", result.panic);
  println("goes on");
}

Task<int> seven() {
  co_return 7;
}
Task<> recover_without_panic() {
  const auto result = co_await recovered(seven());
  println(result.panic.empty(), result.value.value_or(0));
}

Task<> check(int n) {
  if (n == 0) co_await panic("zero");
  if (n == 2) co_await panic("two");
}
Task<> recover_repeatedly() {
  for (int n = 0; n < 4; ++n) {
    const auto result = co_await recovered(check(n));
    if (result) {
      println(n);
    } else {
      println(n, "recovered:", result.panic);
    }
  }
}

Task<> recover_in_goroutine() {
  Chan<bool> done;
  go([]() -> Task<> { co_await panic("mine"); }).on_panic([done](std::string_view message) {
    println("recovered:", recovered_text(message));
    done.close();
  });
  co_await done.recv();
  println("main goes on");
}

Task<> starts_what_panics() {
  go([]() -> Task<> { co_await panic("alone"); });
  co_await pause();
}
Task<> recover_is_per_goroutine() {
  const auto result = co_await recovered(starts_what_panics());
  println("never:", result.panic);
}

Task<> panics_plainly(std::string_view message) {
  co_await panic(message);
}
Task<> recovers_inside() {
  const auto result = co_await recovered(panics_plainly("once"));
  println("inner:", result.panic);
}
Task<> recover_innermost() {
  const auto result = co_await recovered(recovers_inside());
  println("outer:", recovered_text(result.panic));
}

/// A panic from deferred work, which cannot suspend.
void panic_now(std::string_view message) {
  scheduler().panic(message);
}

Task<> panic_in_deferred() {
  const Defer second([] { panic_now("second"); });
  co_await panic("first");
}

Task<> panic_three_times() {
  const Defer third([] { panic_now("third"); });
  const Defer second([] { panic_now("second"); });
  co_await panic("first");
}

Task<> panic_replaced() {
  const auto result = co_await recovered(panic_in_deferred());
  println("recovered:", result.panic);
}

Task<> panic_in_deferred_runs_rest() {
  const Defer first([] { println("first"); });
  const Defer second([] { panic_now("two"); });
  const Defer last([] { println("last"); });
  co_await panic("one");
}

Task<> panic_after_recover() {
  Chan<bool> done;
  go([]() -> Task<> { co_await panic("first"); }).on_panic([](std::string_view) {
    panic_now("second");
  });
  co_await done.recv();
}

Task<> panic_again_later() {
  const auto result = co_await recovered(panics_plainly("first"));
  println("recovered:", result.panic);
  co_await panic("second");
}

Task<> panic_with_error() {
  const std::string text = errors_new("broken pipe").message();
  co_await panic(text);
}

Task<> leaves() {
  co_await goexit();
}
Task<> goexit_is_no_panic() {
  Chan<bool> done;
  go([done]() -> Task<> {
    const Defer closed([&] { done.close(); });
    std::string message;
    const Defer reports([&] { println("recovered:", recovered_text(message)); });
    const auto result = co_await recovered(leaves());
    message = "never";
  });
  co_await done.recv();
  println("ended");
}

Task<> panic_during_goexit() {
  Chan<bool> done;
  go([]() -> Task<> {
    const Defer deferred([] {
      println("deferred");
      panic_now("while leaving");
    });
    co_await goexit();
  });
  co_await done.recv();
}

Task<> goexit_survives_recover() {
  Chan<bool> done;
  go([]() -> Task<> {
    const Defer deferred([] { println("deferred"); });
    const Defer lost([] { panic_now("lost"); });
    co_await goexit();
  }).on_panic([done](std::string_view message) {
    println("recovered:", recovered_text(message));
    done.close();
  });
  co_await done.recv();
  println("main goes on");
}

Task<> tells_and_panics(Chan<bool> told) {
  const Defer tells([&] { told.close(); });
  co_await panic("later");
}
Task<> deferred_may_unblock_others() {
  Chan<bool> told, done;
  go([told, done]() -> Task<> {
    co_await told.recv();
    println("told");
    done.close();
  });
  const auto result = co_await recovered(tells_and_panics(told));
  co_await done.recv();
  println("recovered:", result.panic);
}

Task<> starts_another_on_its_way_out(Chan<bool> done) {
  const Defer starts([done] {
    go([done]() -> Task<> {
      println("started");
      done.close();
      co_return;
    });
  });
  const Defer fails([] { panic_now("late"); });
  co_return;
}
Task<> deferred_may_start_others() {
  Chan<bool> done;
  const auto result = co_await recovered(starts_another_on_its_way_out(done));
  println("recovered:", result.panic);
  co_await done.recv();
}

Task<> has_deferred_work_of_its_own() {
  const Defer outer([] {
    const Defer inner([] { println("inner"); });
    println("outer");
  });
  const Defer fails([] { panic_now("late"); });
  co_return;
}
Task<> deferred_may_defer() {
  const auto result = co_await recovered(has_deferred_work_of_its_own());
  println("recovered:", result.panic);
}

Task<> panic_with_lines() {
  co_await panic("one\ntwo");
}

Task<> fatal_during_panic() {
  const Defer never([] { println("never"); });
  const Defer unlocks([] { Mutex().unlock(); });
  const Defer last([] { println("last"); });
  co_await panic("first");
}

Task<> half_done(Shared<std::string> result) {
  co_await result.store("half");
  const std::string before = co_await result.load();
  co_await result.store(before + " done");
  co_await panic("stop");
}
Task<> recover_keeps_result() {
  Shared<std::string> result;
  co_await recovered(half_done(result));
  const std::string got = co_await result.load();
  println(got);
}

constexpr Case kCases[] = {
    {"panic_ends_program", panic_ends_program},
    {"panic_in_goroutine", panic_in_goroutine},
    {"panic_runs_deferred", panic_runs_deferred},
    {"panic_unwinds_callers", panic_unwinds_callers},
    {"recover_stops_panic", recover_stops_panic},
    {"recover_without_panic", recover_without_panic},
    {"recover_repeatedly", recover_repeatedly},
    {"recover_in_goroutine", recover_in_goroutine},
    {"recover_is_per_goroutine", recover_is_per_goroutine},
    {"recover_innermost", recover_innermost},
    {"panic_in_deferred", panic_in_deferred},
    {"panic_three_times", panic_three_times},
    {"panic_replaced", panic_replaced},
    {"panic_in_deferred_runs_rest", panic_in_deferred_runs_rest},
    {"panic_after_recover", panic_after_recover},
    {"panic_again_later", panic_again_later},
    {"panic_with_error", panic_with_error},
    {"goexit_is_no_panic", goexit_is_no_panic},
    {"panic_during_goexit", panic_during_goexit},
    {"goexit_survives_recover", goexit_survives_recover},
    {"deferred_may_unblock_others", deferred_may_unblock_others},
    {"deferred_may_start_others", deferred_may_start_others},
    {"deferred_may_defer", deferred_may_defer},
    {"panic_with_lines", panic_with_lines},
    {"fatal_during_panic", fatal_during_panic},
    {"recover_keeps_result", recover_keeps_result},
};

}  // namespace

std::span<const Case> panic_cases() {
  return kCases;
}

}  // namespace conformance
