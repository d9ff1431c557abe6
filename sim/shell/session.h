// sim/shell/session.h: what commands of a shell share: variables, a directory, files, outputs.
//
// Concept: the shell and its tools are one program, as busybox is: a tool is a function that is
// given its words, an input text, and where its output and its errors go. Files are those of the
// container that the process runs in, with its volumes; on a bare machine, a small tree of the
// machine's own that all of its shells see.
// Lifetime: counted; one for each process, and one more while a tool such as `env` runs another.
// Source: POSIX.1, "Shell Command Language"; busybox. Not modelled: users, permissions, times of
// files; a standard error apart from standard output.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/counted.h"
#include "engine/sync/error.h"
#include "engine/task/task.h"
#include "sim/container/container.h"

namespace sim::shell {

/// Where a command's output goes.
class Output : public engine::Counted<Output> {
 public:
  virtual ~Output() = default;
  virtual void write(std::string_view text) = 0;
};
/// The standard output of the running process.
engine::Ref<Output> process_output();
/// Nowhere, as /dev/null.
engine::Ref<Output> no_output();

class Session final : public engine::Counted<Session> {
 public:
  /// Of the running process: its variables, where it begins, what it can read.
  Session();

  /// By name: all of them are exported. On a bare machine without those that the process was
  /// started with, which variable() knows too.
  std::map<std::string, std::string, std::less<>> variables;
  std::string directory = "/";
  /// $0, $1, ...
  std::vector<std::string> parameters = {"sh"};
  /// $?
  int status = 0;
  /// `exit` was called: nothing runs any more.
  bool exits = false;
  /// Null: on a bare machine.
  container::Container* container = nullptr;
  /// What the process has on its standard input.
  std::string input;

  /// The value of a variable; empty if there is none.
  [[nodiscard]] std::string variable(std::string_view name) const;
  /// `path` as an absolute, clean one.
  [[nodiscard]] std::string absolute(std::string_view path) const;
  /// The files that a path leads to. Devices such as /dev/null are no files.
  [[nodiscard]] container::Container::Seen files_at(std::string_view path) const;
  /// All of a file. Errors: of UnionFs::read().
  [[nodiscard]] container::FileRead read(std::string_view path) const;
  /// A process's number as the container (or the machine) sees it: 1 is a container's first one.
  [[nodiscard]] int64_t pid_of(engine::ProcessId process) const;
};

/// What a tool is run with.
struct Call {
  engine::Ref<Session> session;
  /// The first is its name.
  std::vector<std::string> words;
  std::string input;
  engine::Ref<Output> out;
  engine::Ref<Output> err;

  /// `NAME: TEXT` and a line's end, to the errors. Gives `status`.
  int fail(std::string_view text, int status = 1) const;
};

/// An error of the files as the C library words it: "No such file or directory".
std::string error_text(const engine::Error& error);

}  // namespace sim::shell
