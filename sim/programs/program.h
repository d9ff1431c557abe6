// sim/programs/program.h: the programs that workloads name as images.
//
// A program is a coroutine that runs as the main goroutine of a process and sees only that process:
// its arguments, environment and output. The table is generated from the list in
// sim/CMakeLists.txt.

#pragma once

#include <span>
#include <string_view>

#include "engine/task/task.h"

namespace sim::programs {

struct Program {
  std::string_view image;  // "orrery/go-mutex:1"
  engine::Task<> (*main)();
};

/// All of them, in the order of the list.
std::span<const Program> all();
/// Null if there is no such image.
const Program* find(std::string_view image);
/// What the word `name` starts at a machine's console: the program of the image orrery/NAME:1.
/// Null if there is none.
engine::Task<> (*find_command(std::string_view name))();

}  // namespace sim::programs
