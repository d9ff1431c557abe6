// sim/shell/syntax.h: a command line of the shell, read into its parts.
//
// Concept: a list of commands joined by `;`, `&&`, `||` or line ends; each is a row of words with
// redirections, or `while`, `until`, `if` or `{ }` around other lists. A word keeps apart what was
// quoted and what is a variable, because only a variable without quotes is split later.
// Lifetime: a script never changes once it is read, and is counted, so that a loop can run it.
// Source: POSIX.1, "Shell Command Language"; busybox ash for the texts of its errors.
// Not modelled: pipes, background jobs, `for`, `case`, functions, here-documents, `$(...)`,
// arithmetic, patterns of file names, `${NAME:-...}`.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/counted.h"

namespace sim::shell {

/// A part of a word: text as it is, or the name of a variable.
struct Piece {
  std::string text;
  bool is_variable = false;
  bool is_quoted = false;
};
using Word = std::vector<Piece>;

struct Redirection {
  enum class Kind : uint8_t {
    kWrite,   // > FILE
    kAppend,  // >> FILE
    kRead,    // < FILE
    kCopy,    // >&N
  };
  int descriptor = 1;
  Kind kind = Kind::kWrite;
  Word target;
};

struct Step;
using List = std::vector<Step>;

struct Step {
  enum class Kind : uint8_t { kCommand, kWhile, kUntil, kIf, kGroup };
  /// When it runs, by how the one before it has ended.
  enum class Joint : uint8_t { kAlways, kAnd, kOr };

  Kind kind = Kind::kCommand;
  Joint joint = Joint::kAlways;
  bool is_negated = false;
  /// Of kCommand: assignments come first, as the words that they are.
  std::vector<Word> words;
  std::vector<Redirection> redirections;
  List condition;  // of loops and kIf
  List body;
  List otherwise;  // of kIf
};

class Script final : public engine::Counted<Script> {
 public:
  List steps;
  /// Why it could not be read, in ash's words, such as `syntax error: unexpected ")"`; else empty.
  std::string error;
};

/// Reads `text`, one line or several.
[[nodiscard]] engine::Ref<Script> read_script(std::string_view text);
/// Whether a variable may have this name.
[[nodiscard]] bool is_variable_name(std::string_view text);

}  // namespace sim::shell
