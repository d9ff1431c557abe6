// sim/container/command.h: which program a command line names in a container.
//
// Concept: the first word is a path, or a name that is looked for in $PATH; the file found there
// says which program it is. A file whose first line ends in ` argv0` wants the name that it was
// called by as its first argument, as busybox does, which is one file under many names.
// Source: execve(2); runc's texts for a command that cannot be run.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/sync/error.h"
#include "engine/task/goroutine.h"
#include "engine/task/task.h"

namespace sim::container {

class Container;

using Environment = std::vector<std::pair<std::string, std::string>>;
/// Which program an executable file is: its first line is `#!` and the name of the program, such as
/// `#!orrery/hello-http:1`.
using ProgramMain = engine::Task<> (*)();

/// What shells and Docker answer if a command is not there, if it may not be run, and if it is
/// none.
inline constexpr int kCommandNotFound = 127;
inline constexpr int kCannotInvoke = 126;
inline constexpr int kCannotStart = 128;
/// Behind a program's name in its file.
inline constexpr std::string_view kWantsItsName = " argv0";

struct Command {
  ProgramMain main = nullptr;
  std::string name;  // of its process: "hello-http"
  std::vector<std::string> args;
  engine::Error error;
  int code = 0;  // if there is an error: what a container exits with
};
/// REQUIRES: there is a first word.
Command find_command(Container& container, const std::vector<std::string>& words,
                     const Environment& env);

/// The value that counts, the last one; empty if there is none.
std::string_view value_of(const Environment& env, std::string_view key);

/// A process's command line, as `ps` shows it.
std::string command_text(const engine::Process& process);

}  // namespace sim::container
