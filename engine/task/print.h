// engine/task/print.h: what programs write to their standard output.
//
// println() has the form of Go's fmt.Println: operands separated by spaces, then a newline. The
// bytes are part of the hash. Not modelled: floating point, which programs format themselves.

#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "engine/task/go.h"

namespace engine {

/// Appends the operand as Go's `%v` does.
void append_operand(std::string& out, std::string_view text);
void append_operand(std::string& out, int64_t number);
void append_operand(std::string& out, uint64_t number);
void append_operand(std::string& out, Duration length);
template <std::integral T>
void append_operand(std::string& out, T number) {
  if constexpr (std::same_as<T, bool>) {
    append_operand(out, number ? std::string_view("true") : std::string_view("false"));
  } else if constexpr (std::signed_integral<T>) {
    append_operand(out, static_cast<int64_t>(number));
  } else {
    append_operand(out, static_cast<uint64_t>(number));
  }
}
inline void append_operand(std::string& out, const char* text) {
  append_operand(out, std::string_view(text));
}
inline void append_operand(std::string& out, const std::string& text) {
  append_operand(out, std::string_view(text));
}

/// Writes bytes to the current process's standard output as they are.
void print(std::string_view text);

/// Writes the operands and a newline. Source: Go documentation, `fmt.Println`.
template <class... T>
void println(const T&... operands) {
  std::string line;
  const auto append = [&line](const auto& operand) {
    append_operand(line, operand);
    line += ' ';
  };
  (append(operands), ...);
  if (!line.empty()) line.pop_back();
  line += '\n';
  print(line);
}

/// Go's text for a duration: "1.5s", "2m0s", "100ms", "0s". Source: Go documentation,
/// `time.Duration.String`.
std::string duration_text(Duration length);

}  // namespace engine
