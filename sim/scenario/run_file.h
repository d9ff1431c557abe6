// sim/scenario/run_file.h: a run's identity as a file that replays it.
//
// Concept: JSON with everything that decides the run: the scenario's text, knobs, seed, policy,
// inputs and overridden choices, and what came out. Promises: what write_run_file() gives,
// read_run_file() reads back to an equal spec; any bytes give a spec or a message. Does not touch
// files.

#pragma once

#include <string>
#include <string_view>

#include "sim/scenario/session.h"
#include "sim/yaml/result.h"

namespace sim::scenario {

using yaml::Result;

inline constexpr int kRunFileVersion = 1;
/// Raised with every change of what a run does: whenever a golden hash changes.
inline constexpr int kBehaviourVersion = 2;

struct RunFile {
  RunSpec spec;
  std::string scenario_text;
  /// The last line that the run printed; empty if it was not finished.
  std::string summary;
  std::string reason;
  int behaviour = kBehaviourVersion;
};

[[nodiscard]] std::string write_run_file(const RunFile& file);

/// `file_name` names the file in the messages, which say what was expected where.
[[nodiscard]] Result<RunFile, std::string> read_run_file(std::string_view file_name,
                                                         std::string_view text);

}  // namespace sim::scenario
