// sim/cli/cli.h: the headless command line: its verbs, and what they share.
//
// Each verb is one function in a file of its own that names its options and returns what to do. A
// user's mistake is a UsageError: one message on standard error, exit code 2. Standard output holds
// only what a script may rely on.

#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/run_file.h"
#include "sim/scenario/session.h"

namespace CLI {
class App;
}

namespace sim::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitInvariant = 1;
inline constexpr int kExitUsage = 2;

/// A mistake of whoever typed the command. Its text is complete: place, found and expected.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The options of one verb, each bound to a variable that outlives the reading of the arguments.
/// A name without a leading dash is positional.
class Options {
 public:
  explicit Options(CLI::App& app) : app_(app) {}

  void flag(const std::string& name, bool& value, const std::string& about);
  void value(const std::string& name, std::string& value, const std::string& about);
  void required(const std::string& name, std::string& value, const std::string& about);
  /// May be given several times, each time with one value.
  void values(const std::string& name, std::vector<std::string>& values, const std::string& about);

 private:
  CLI::App& app_;
};

/// Names the verb's options; the result runs it and returns the exit code.
using Verb = std::function<int()> (*)(Options& options);
std::function<int()> list_verb(Options& options);
std::function<int()> run_verb(Options& options);
std::function<int()> replay_verb(Options& options);
std::function<int()> serve_verb(Options& options);
std::function<int()> explore_verb(Options& options);
std::function<int()> verify_verb(Options& options);
std::function<int()> bench_verb(Options& options);

/// A scenario of the gallery by its name, or one from a file, ready to start.
struct Opened {
  scenario::Scenario scenario;
  std::string text;
};
Opened open_scenario(const std::string& name_or_file);

/// `[first, last]`.
struct SeedRange {
  uint64_t first = 1;
  uint64_t last = 1;
};

// Readers of option values. `option` is its name as typed, for the message.
uint64_t read_whole_number(std::string_view option, std::string_view text);
SeedRange read_seeds(std::string_view option, std::string_view text);
int64_t read_duration_ns(std::string_view option, std::string_view text);
engine::Policy read_policy(std::string_view option, std::string_view text);

/// A UsageError if `path` is no folder.
void check_folder(std::string_view option, const std::string& path);
/// `go-mutex-seed-2-<hash>.run.json`: the hash keeps runs apart that differ in policy, knobs or
/// inputs.
std::string run_file_name(const scenario::RunSpec& spec, const engine::Run& run);

/// The whole of a file; a UsageError says why it cannot be read.
std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view text);
/// Writes to standard output or error, as the program's own bytes, unbuffered across the two.
void print_out(std::string_view text);
void print_error(std::string_view text);

}  // namespace sim::cli
