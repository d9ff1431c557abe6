// sim/programs/numbers.h: settings that are whole numbers, and names that hold one.
//
// A knob of a scenario has limits of its own; a program keeps its limits also where a workload's
// `env` sets the variable.

#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/task/print.h"

namespace sim::programs {

struct Limits {
  int64_t otherwise;  // without such a variable
  int64_t least;
  int64_t most;
};

/// The current process's variable, brought within its limits.
inline int64_t number_from_env(std::string_view name, Limits limits) {
  const int64_t number = engine::current_process().env_int(name, limits.otherwise);
  return std::clamp(number, limits.least, limits.most);
}

/// "worker-" and 3 give "worker-3".
inline std::string numbered(std::string_view prefix, int64_t number) {
  std::string name(prefix);
  engine::append_operand(name, number);
  return name;
}

}  // namespace sim::programs
