// sim/scenario/problem.cpp: problems as lines of text.
//
// Promises: one problem is one line, because messages are built from escaped text.
// Does not: sort or count them.

#include "sim/scenario/problem.h"

#include <fmt/format.h>

namespace sim::scenario {

std::string format_problem(const Problem& problem) {
  return fmt::format("{}:{}:{}: {}", problem.file, problem.line, problem.column, problem.message);
}

std::string format_problems(std::span<const Problem> problems) {
  std::string out;
  for (const Problem& problem : problems) {
    out += format_problem(problem);
    out += '\n';
  }
  return out;
}

}  // namespace sim::scenario
