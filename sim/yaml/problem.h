// sim/yaml/problem.h: a user's mistake, with its place in the file.
//
// Promises: lines and columns count from 1; a column counts characters, not bytes. What is quoted
// in a message has a bounded length, and no control character of it reaches a terminal.
// Does not: decide how many problems are shown, or where they are printed.

#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sim::yaml {

/// A place in a text file; both numbers count from 1.
struct Place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  auto operator<=>(const Place&) const = default;
};

/// What is wrong, and where.
struct Problem {
  std::string file;
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  std::string message;

  bool operator==(const Problem&) const = default;
};

/// `text` in double quotes, with control characters escaped, cut after 60 characters.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// `file:line:column: message`, the form that editors and terminals know how to open.
[[nodiscard]] std::string format_problem(const Problem& problem);

/// One line for each problem, each with its line feed.
[[nodiscard]] std::string format_problems(std::span<const Problem> problems);

}  // namespace sim::yaml
