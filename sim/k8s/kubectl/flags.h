// sim/k8s/kubectl/flags.h: the flags of a command line.
//
// Concept: a command has a table of its flags. parse() sorts the words behind the command's name
// into flags and arguments: `--name=value`, `--name value`, `-nvalue`, `-n value`, `-it` for
// several without values, and all that follows `--` is arguments.
// Source: pflag's documentation and the texts of its errors; Go's strconv.
// Not modelled: deprecated flags.

#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/world/time.h"

namespace sim::k8s::kubectl {

enum class FlagType : uint8_t {
  kString,
  kBool,
  kInt,
  kDuration,
  kStrings,  // separated by commas, or given several times
  kArray,    // given several times
};

struct Flag {
  std::string_view name;
  char letter = 0;
  FlagType type = FlagType::kString;
  std::string_view otherwise = {};  // the value if it is not given
  /// The value if it is given without one; a flag that has this takes none from the next word.
  std::string_view bare = {};
};

using FlagTable = std::span<const Flag>;

class Flags {
 public:
  struct Parsed;
  /// The text of the error, without what kubectl puts around it.
  static Parsed parse(std::span<const FlagTable> tables, std::span<const std::string> words);

  [[nodiscard]] bool given(std::string_view name) const { return values_.contains(name); }
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] bool truth(std::string_view name) const { return text(name) == "true"; }
  [[nodiscard]] int64_t number(std::string_view name) const;
  [[nodiscard]] engine::Duration length(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const;

 private:
  [[nodiscard]] const Flag* find(std::string_view name) const;
  [[nodiscard]] const Flag* find(char letter) const;
  std::string set(const Flag& flag, std::string_view value);

  std::vector<FlagTable> tables_;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

struct Flags::Parsed {
  Flags flags;
  std::vector<std::string> arguments;
  /// How many arguments there were before `--`; less than 0 if there was none.
  int64_t before_dashes = -1;
  bool wants_help = false;
  std::string error;
};

/// A whole number as Go's strconv.ParseInt reads it in base 0 with decimals only. False if it is
/// none.
bool parse_number(std::string_view text, int64_t& number);

}  // namespace sim::k8s::kubectl
