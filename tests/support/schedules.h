// tests/support/schedules.h: a program under every policy and several seeds, and what it leaves.

#pragma once

#include <catch_amalgamated.hpp>
#include <string>
#include <vector>

#include "engine/task/policy.h"
#include "tests/support/simulate.h"

namespace support {

/// Every policy; those that draw with so many seeds.
inline std::vector<engine::RunOptions> schedules(uint64_t seeds = 10) {
  std::vector<engine::RunOptions> all;
  for (const engine::Policy policy : engine::policies()) {
    const bool draws = policy == engine::Policy::kRandom || policy == engine::Policy::kPct;
    for (uint64_t seed = 1; seed <= (draws ? seeds : 2); ++seed) {
      all.push_back(with_policy(policy, seed));
      // Small, because the sanitizers mark the whole region for each world.
      all.back().world.arena.reserve_bytes = size_t{8} << 20;
      all.back().world.arena.limit_bytes = size_t{4} << 20;
    }
  }
  return all;
}

/// How many channels, locks, contexts and so on there are in this world.
inline int64_t count_objects() {
  int64_t count = 0;
  for (const engine::Object& object : engine::here().objects) count += object.id() != 0 ? 1 : 0;
  return count;
}

/// What a run left in its world: alarms that are pending, and objects.
struct Residue {
  uint32_t alarms = 0;
  int64_t objects = 0;
  bool operator==(const Residue&) const = default;
};
inline Residue residue_of(const engine::Run& run) {
  const engine::WorldState& state = run.world().state();
  Residue residue{state.queue.size(), 0};
  for (const engine::Object& object : state.objects) residue.objects += object.id() != 0 ? 1 : 0;
  return residue;
}

/// The hash of the same run in memory that held something else before, without a trace.
inline uint64_t hash_elsewhere(Program program, engine::RunOptions options) {
  options.world.arena.fill = 0xA5;
  options.world.trace = engine::TraceLevel::kOff;
  const auto run = start(program, options);
  run->run();
  return run->world().state().hash();
}

/// Requires that `program` prints `out` on every schedule, and leaves nothing behind.
inline void check_everywhere(Program program, const std::string& out, uint64_t seeds = 10) {
  for (const engine::RunOptions& options : schedules(seeds)) {
    CAPTURE(engine::policy_name(options.policy), options.world.seed);
    const auto run = start(program, options);
    run->run();
    const Outcome outcome = outcome_of(*run);
    CHECK(outcome.err.empty());
    CHECK(outcome.hash == hash_elsewhere(program, options));
    REQUIRE(outcome.out == out);
    REQUIRE(residue_of(*run) == Residue{});
  }
}

/// Requires that `program` ends with `report` on every schedule, after printing `out`.
inline void check_fails_everywhere(Program program, const std::string& report,
                                   const std::string& out = {}) {
  for (const engine::RunOptions& options : schedules()) {
    CAPTURE(engine::policy_name(options.policy), options.world.seed);
    const auto run = start(program, options);
    run->run();
    const Outcome outcome = outcome_of(*run);
    REQUIRE_THAT(outcome.err, Catch::Matchers::StartsWith(report));
    REQUIRE(outcome.out == out);
    REQUIRE(residue_of(*run) == Residue{});
  }
}

inline constexpr const char* kDeadlock = "fatal error: all goroutines are asleep - deadlock!\n\n";

}  // namespace support
