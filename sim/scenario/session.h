// sim/scenario/session.h: from a scenario to a run of it, and from a run to a verdict.
//
// A RunSpec is a run's identity: scenario, parameters, seed, policy, inputs and overridden choices.
// The same spec gives the same history on every build. Host memory; no files.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/task/run.h"
#include "engine/timeline/timeline.h"
#include "sim/scenario/scenario.h"

namespace sim::scenario {

struct RunSpec {
  Scenario scenario;  // its knobs set
  uint64_t seed = 1;
  engine::Policy policy = engine::Policy::kFifo;
  /// Overrides the scenario's own limit of virtual time.
  std::optional<engine::Instant> until;
  uint64_t max_steps = UINT64_MAX;
  std::vector<engine::Input> inputs;
  std::vector<engine::ChoiceOverride> choices;
};

/// The problems that only show when a scenario meets the programs of this build: an image that does
/// not exist, and what is not modelled yet. Empty: it can be started.
std::vector<Problem> problems_of(const Scenario& scenario);

/// Whether `text` is an input that a run of a scenario understands; otherwise says what it
/// expected.
bool understands_input(std::string_view text, std::string& expected);

/// A run that has taken no step yet. `world` says how to hold it; its seed is the spec's.
/// REQUIRES: problems_of(spec.scenario) is empty.
std::unique_ptr<engine::Run> start(const RunSpec& spec, engine::WorldOptions world = {});

/// What the command line's exit code says of a run that has ended.
enum class VerdictKind : uint8_t {
  kHeld = 0,
  kInvariantFailed = 1,
  kProgramFailed = 3,
  kLimit = 4
};
struct Verdict {
  VerdictKind kind = VerdictKind::kHeld;
  std::string reason = {};  // empty if everything held
  std::string broken_invariant =
      {};  // the first one that failed, also when a program's failure decides
};
Verdict judge(const Scenario& scenario, const engine::Run& run);

/// Where a story step belongs in the history of a run without inputs.
struct StoryPlace {
  size_t story_step = 0;  // index in Scenario::story
  uint64_t position = 0;  // the state in which it appears
};
/// Runs the spec once on the side and notes when each story step first applies, in story order: a
/// step is looked for from where the one before it was found. Steps that never apply are left out.
/// Looks at no more than `max_steps` steps.
std::vector<StoryPlace> locate_story(const RunSpec& spec, uint64_t max_steps = 200'000);

/// `hash=<16 hex> steps=N events=N virtual=12.345s`: a run in one line, the same on every build.
std::string summary_line(const engine::Run& run);

}  // namespace sim::scenario
