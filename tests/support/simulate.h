// tests/support/simulate.h: run a small program in a world of its own and look at what came out.

#pragma once

#include <memory>
#include <string>

#include "engine/task/go.h"
#include "engine/task/print.h"
#include "engine/task/run.h"

namespace support {

using Program = engine::Task<> (*)();

inline std::unique_ptr<engine::Run> start(Program program, engine::RunOptions options = {}) {
  return std::make_unique<engine::Run>(
      options, [program] { engine::start_process({"test", {}, {}}, program); });
}

inline std::string printed(const engine::World& world, engine::Stream stream,
                           uint64_t until_step = UINT64_MAX) {
  std::string all;
  world.output().for_each_until(until_step,
                                [&](const engine::OutputLog::Chunk& chunk, std::string_view text) {
                                  if (chunk.stream == stream) all += text;
                                });
  return all;
}

struct Outcome {
  std::string out;
  std::string err;
  uint64_t hash = 0;
  uint64_t steps = 0;
  engine::Instant now;
  engine::ExitKind exit = engine::ExitKind::kRunning;
  int exit_code = 0;
};

inline Outcome outcome_of(const engine::Run& run) {
  const engine::World& world = run.world();
  const engine::Process& process = *world.state().scheduler->processes().front();
  return {printed(world, engine::Stream::kStdout),
          printed(world, engine::Stream::kStderr),
          world.state().hash(),
          run.steps(),
          run.now(),
          process.exit_kind(),
          process.exit_code()};
}

/// Runs `program` as main to its end.
inline Outcome simulate(Program program, engine::RunOptions options = {}) {
  const auto run = start(program, options);
  while (run->step()) {
  }
  return outcome_of(*run);
}

inline engine::RunOptions with_policy(engine::Policy policy, uint64_t seed = 1) {
  engine::RunOptions options;
  options.policy = policy;
  options.world.seed = seed;
  return options;
}

}  // namespace support
