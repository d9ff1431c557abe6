// sim/scenario/yaml.h: YAML text as a tree that remembers where everything stood.
//
// Promises: work and memory are bounded by the limits below; any bytes give a tree or a problem.
// Keys and items keep their order. Keys of one mapping differ.
// Does not: anchors, aliases, tags or several documents (each is answered with a problem); nor does
// it know what a scenario is. Source: YAML 1.2.2, read by libyaml.

#pragma once

#include "sim/scenario/problem.h"
#include "sim/scenario/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sim::scenario::yaml {

inline constexpr std::size_t kBytesMax = 256 * 1024;
inline constexpr std::uint32_t kDepthMax = 32;
inline constexpr std::uint32_t kNodesMax = 20'000;

enum class Kind : std::uint8_t { scalar, sequence, mapping };

/// The types of the YAML core schema (YAML 1.2.2, 10.3).
enum class ScalarType : std::uint8_t { null, boolean, integer, floating, string };

/// One value. A child of a mapping also carries its key.
struct Node {
  Kind kind = Kind::scalar;
  /// Of a scalar: its text, with escapes and folding resolved.
  std::string text;
  /// Of a scalar: it was not plain, so it is a string whatever it looks like.
  bool quoted = false;
  Place at;
  /// Of a mapping's child.
  std::string key;
  Place key_at;
  /// The items of a sequence, or the values of a mapping, as they stood in the text.
  std::vector<Node> children;

  /// The value at `name`, or null if this is no mapping or has no such key.
  [[nodiscard]] const Node* find(std::string_view name) const;
};

/// The tree, or the first mistake. `file` only names the file in the problem.
[[nodiscard]] Result<Node, Problem> parse(std::string_view file, std::string_view text);

/// The type that the core schema gives a scalar. REQUIRES: node.kind == Kind::scalar.
[[nodiscard]] ScalarType scalar_type(const Node& node);

/// The value of an integer (decimal, 0o or 0x); nothing if it is none, or does not fit in 64 bits.
[[nodiscard]] std::optional<std::int64_t> to_integer(const Node& node);

/// The value of a boolean; nothing if it is none.
[[nodiscard]] std::optional<bool> to_boolean(const Node& node);

}  // namespace sim::scenario::yaml
