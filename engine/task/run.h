// engine/task/run.h: one run of a world, from its seed to its end.
//
// Concept: a Run owns a world, sets it up with a scheduler and the processes that `setup` starts,
// and turns the crank. Its identity is setup + options + the inputs applied to it; two runs with
// the same identity have the same history. Inputs are short texts (`kill 1`, `run-next 4`) and take
// a step.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/task/scheduler.h"
#include "engine/world/world.h"

namespace engine {

struct RunOptions {
  WorldOptions world;
  Policy policy = Policy::kFifo;
  std::vector<ChoiceOverride> choices;
  /// The run ends before the first step beyond this instant.
  Instant until = kEndOfTime;
  uint64_t max_steps = UINT64_MAX;
};

/// Why a run takes no further step.
enum class RunEnd : uint8_t {
  kNotYet,
  kNothingLeft,  // every process has ended
  kUntil,
  kMaxSteps,
  kArenaLimit,
};

class Run {
 public:
  /// Called inside the world's scope; starts processes. Must depend on nothing but itself.
  using Setup = std::function<void()>;

  Run(const RunOptions& options, const Setup& setup);

  /// Runs one step. False if the run has ended; end() says why.
  bool step() { return run(1) == 1; }
  /// Runs at most so many steps, to the run's end if that comes first. Returns how many it took.
  uint64_t run(uint64_t most = UINT64_MAX);
  /// Applies an input as a step of its own. False if it found no target; the step is taken all the
  /// same. If `at` lies ahead, the clock moves there first, but never beyond
  /// next_instant().
  bool apply(std::string_view text, Instant at);
  /// Whether `text` is an input that this engine understands; otherwise says what it expected.
  static bool understands(std::string_view text, std::string& expected);

  [[nodiscard]] RunEnd end() const;
  [[nodiscard]] uint64_t steps() const { return world_.state().step; }
  [[nodiscard]] Instant now() const { return world_.state().now; }
  /// The virtual time of the next step, or kEndOfTime if nothing is left.
  [[nodiscard]] Instant next_instant() const;
  [[nodiscard]] World& world() { return world_; }
  [[nodiscard]] const World& world() const { return world_; }

 private:
  World world_;
  Instant until_;
  uint64_t max_steps_;
};

/// How the processes of a world ended, as a verdict on the run.
struct ProcessFailure {
  ProcessId process;
  std::string name;
  ExitKind kind = ExitKind::kRunning;
  std::string message;
};
/// Processes that panicked or met a fatal error. Host memory.
std::vector<ProcessFailure> failures(const World& world);

}  // namespace engine
