// sim/yaml/problem.cpp: problems as lines of text.
//
// Promises: one problem is one line, because messages are built from escaped text.
// Does not: sort or count them.

#include "sim/yaml/problem.h"

#include <fmt/format.h>

#include <cstddef>

namespace sim::yaml {
namespace {

constexpr std::size_t kQuotedCharactersMax = 60;

bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

void append_escaped(std::string& out, char byte) {
  const auto value = static_cast<unsigned char>(byte);
  if (byte == '"' || byte == '\\') {
    out += '\\';
    out += byte;
  } else if (byte == '\n') {
    out += "\\n";
  } else if (byte == '\t') {
    out += "\\t";
  } else if (value < 0x20 || value == 0x7F) {
    out += fmt::format("\\x{:02x}", value);
  } else {
    out += byte;
  }
}

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  std::size_t characters = 0;
  for (const char byte : text) {
    if (!continues_character(byte) && ++characters > kQuotedCharactersMax) {
      return out + "...\"";
    }
    append_escaped(out, byte);
    // Bytes that only continue characters are no text; they must not make the message long either.
    if (out.size() > 8 * kQuotedCharactersMax) return out + "...\"";
  }
  return out + '"';
}

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

}  // namespace sim::yaml
