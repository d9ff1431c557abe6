// sim/shell/interpreter.h: runs scripts, and single commands as a shell finds them.
//
// Concept: a command is a built-in or a tool of the shell itself, else an executable file of the
// container, which runs as a process of its own until it ends. What no one knows is answered with
// `sh: NAME: not found` and 127. Each command costs kCommandCost of processor time, in its
// process's control group: so that an endless loop takes time, and a throttled shell is a slow one.
// Source: POSIX.1, "Shell Command Language"; busybox ash. Not modelled: programs other than the
// tools on a bare machine; redirecting the output of a bare machine's programs.

#pragma once

#include <string>

#include "engine/task/task.h"
#include "sim/shell/session.h"
#include "sim/shell/syntax.h"

namespace sim::shell {

/// A stand-in for fork and exec of a small program.
inline constexpr engine::Duration kCommandCost = 100 * engine::kMicrosecond;

/// Where the commands of a script read and write.
struct Streams {
  std::string input;
  engine::Ref<Output> out;
  engine::Ref<Output> err;
};

/// Runs a script to its end, or until it exits. Gives the status of the last command.
engine::Task<int> run_script(engine::Ref<Session> session, engine::Ref<Script> script,
                             Streams streams);
/// Reads and runs `text`; a script that cannot be read is answered with 2.
engine::Task<int> run_text(engine::Ref<Session> session, std::string text, Streams streams);
/// Runs one command, whose words are expanded already. REQUIRES: there is a word.
engine::Task<int> run_words(Call call);

}  // namespace sim::shell
