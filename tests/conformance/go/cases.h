// tests/conformance/go/cases.h: the C++ twins of the Go programs in cases/.
//
// Concept: a case is a rule of Go about concurrency, with a Go program that shows it and a program
// of the engine that must show the same. The Go file has the rule, its source and what is expected;
// conformance_test.py compares. The case `close_twice` is the function closeTwice in Go.

#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "engine/task/go.h"
#include "engine/task/print.h"

namespace conformance {

struct Case {
  std::string_view name;
  engine::Task<> (*program)();
};

// One for each file of cases: cases_TOPIC.cpp beside cases/TOPIC.go.
std::span<const Case> atomic_cases();
std::span<const Case> channel_cases();
std::span<const Case> close_cases();
std::span<const Case> cond_cases();
std::span<const Case> context_cases();
std::span<const Case> errgroup_cases();
std::span<const Case> mutex_cases();
std::span<const Case> once_cases();
std::span<const Case> panic_cases();
std::span<const Case> pool_map_cases();
std::span<const Case> runtime_cases();
std::span<const Case> rwmutex_cases();
std::span<const Case> select_cases();
std::span<const Case> semaphore_cases();
std::span<const Case> ticker_cases();
std::span<const Case> timer_cases();
std::span<const Case> waitgroup_cases();

/// Long enough for every other goroutine to come to rest. The Go programs sleep as long.
inline engine::sleep_for pause() {
  return engine::sleep_for(20 * engine::kMillisecond);
}

/// As `fmt.Println(v, ok)` after `v, ok := <-ch`.
template <class T>
void print_received(const std::optional<T>& value) {
  engine::println(value.value_or(T{}), value.has_value());
}

}  // namespace conformance
