// sim/container/docker/flags.h: the options of a command, as Docker's command line reads them.
//
// Source: spf13/pflag (short options in a group, `--name value`, `--name=value`, its texts).

#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sim::container::docker {

struct Flag {
  std::string_view name;
  char letter = '\0';
  bool takes_value = false;
};

struct Flags {
  /// By name; a flag without a value has "true".
  std::map<std::string, std::vector<std::string>, std::less<>> values;
  std::vector<std::string> rest;
  /// `unknown flag: --x`; empty if all is well.
  std::string error;

  [[nodiscard]] bool has(std::string_view name) const;
  /// The last one; empty if it was not given.
  [[nodiscard]] std::string get(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
};

/// Reads `words` from `first` on. `stops_early`: everything behind the first other word belongs to
/// it, as with `run` and `exec`.
Flags read_flags(const std::vector<std::string>& words, size_t first, std::span<const Flag> known,
                 bool stops_early = false);

}  // namespace sim::container::docker
