// tests/support/random_value.h: JSON values drawn at random, for properties that hold of all.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/json/value.h"

namespace support {

/// Draws the same values from the same seed. REQUIRES: a world's scope wherever a value is drawn.
class RandomValues {
 public:
  struct Options {
    bool nulls = true;
    int depth = 4;
  };
  explicit RandomValues(uint64_t seed) : state_(seed * 2 + 1) {}
  RandomValues(uint64_t seed, Options options) : options_(options), state_(seed * 2 + 1) {}

  /// Below `end`.
  uint64_t below(uint64_t end) {
    state_ = state_ * 6364136223846793005 + 1442695040888963407;
    return (state_ >> 33) % end;
  }
  bool one_in(uint64_t n) { return below(n) == 0; }

  /// A letter, or text. Never <<, which YAML takes for more than a key.
  std::string key() {
    std::string out = one_in(5) ? text() : std::string(1, static_cast<char>('a' + below(5)));
    return out == "<<" ? "a" : out;
  }

  /// Words, signs and white space that YAML and JSON may take for something else.
  std::string text() {
    static constexpr std::string_view kParts[] = {
        "a",    "b",    "web", "yes",  "No",  "true", "null",     "~",    "0",      "12",
        "0x1f", "1e3",  ".5",  "1_0",  "- ",  ": ",   ":",        " #",   "#",      "\n",
        "\n\n", " ",    "\t",  "\"",   "'",   "\\",   "{",        "[",    ",",      "&",
        "*",    "!",    "|",   ">",    "%",   "@",    "`",        "? ",   "\x01",   "é",
        "日本", "--- ", "...", "12:3", "on ", "<<",   "2024-1-1", "\r\n", "\u2028", "lorem ipsum "};
    std::string out;
    const uint64_t count = below(one_in(4) ? 20 : 4);
    for (uint64_t i = 0; i < count; ++i) out += kParts[below(std::size(kParts))];
    return out;
  }

  sim::json::Value value() { return value(options_.depth); }
  sim::json::Value object() { return object(options_.depth); }

 private:
  sim::json::Value scalar() {
    switch (below(options_.nulls ? 6 : 5)) {
      case 0:
        return static_cast<int64_t>(below(2000)) - 1000;
      case 1:
        return one_in(2) ? INT64_MAX : INT64_MIN + static_cast<int64_t>(below(9));
      case 2:
        return one_in(2);
      case 3:
        return sim::json::Value(static_cast<double>(below(1 << 20)) / 1024 + 1.0 / 4096);
      case 4:
        return text();
      default:
        return nullptr;
    }
  }
  sim::json::Value value(int depth) {
    if (depth == 0 || one_in(2)) return scalar();
    if (one_in(3)) {
      sim::json::Array list;
      for (uint64_t n = below(4); n > 0; --n) list.add(value(depth - 1));
      return list.build();
    }
    return object(depth);
  }
  sim::json::Value object(int depth) {
    sim::json::Object made;
    for (uint64_t n = below(5); n > 0; --n) {
      const std::string name = key();
      made.set(name, value(depth - 1));
    }
    return std::move(made).build();
  }

  Options options_;
  uint64_t state_;
};

}  // namespace support
