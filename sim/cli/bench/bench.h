// sim/cli/bench/bench.h: what the benchmarks share.
//
// A benchmark is a row of one of the tables below. Each runs a simulated program of its own for a
// fixed amount of work and is repeated; the fastest repetition counts. Hash and trace are on unless
// a name says otherwise. Simulated results are checked, so that nothing is measured that did not
// happen.

#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "engine/task/run.h"

namespace sim::cli::bench {

struct Result {
  std::string unit;  // of `value`: "ns", "ms", "s", "bytes" (less is better) or "M/s" (more is)
  double value = 0;  // the best repetition
  double median = 0;
  nlohmann::ordered_json extra = nlohmann::ordered_json::object();
};

struct Benchmark {
  std::string_view name;
  std::string_view about;
  Result (*run)();
};

/// Goroutines, channels, locks, select.
std::span<const Benchmark> task_benchmarks();
/// Timers and event queues.
std::span<const Benchmark> event_benchmarks();
/// Snapshots, restores, seeks.
std::span<const Benchmark> history_benchmarks();
/// Packets, HTTP, gRPC.
std::span<const Benchmark> network_benchmarks();

double seconds_of(const std::function<void()>& work);
/// Repeats `sample`, which returns one figure; the least counts, or the greatest of "M/s".
Result repeat(std::string unit, const std::function<double()>& sample);

engine::RunOptions traced_run();
/// Seconds that a world takes whose only process runs `program` to its end.
double seconds_of_program(engine::Task<> (*program)(), const engine::RunOptions& options);
/// Nanoseconds per operation of a program that does `operations` of them.
Result per_operation(engine::Task<> (*program)(), double operations,
                     const engine::RunOptions& options = traced_run());
/// Millions of operations a second of a program that does `operations` of them.
Result per_second(engine::Task<> (*program)(), double operations);

}  // namespace sim::cli::bench
