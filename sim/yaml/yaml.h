// sim/yaml/yaml.h: YAML text as a tree that remembers where everything stood.
//
// Promises: work and memory are bounded by the options; any bytes give a tree or a problem. Keys
// and items keep their order. Does not: know what the text is for. Source: YAML 1.2.2, read by
// libyaml; with Wording::kGo, the texts and line numbers of Go's yaml.v2, which is libyaml in Go.
// Not modelled: anchors, aliases and tags (each is answered with a problem).

#pragma once

#include "sim/yaml/problem.h"
#include "sim/yaml/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sim::yaml {

/// How a mistake in the syntax is put: with what it means, or as Go's yaml.v2 puts it, place
/// included: `yaml: line 3: did not find expected key`.
enum class Wording : std::uint8_t { kPlain, kGo };

/// The defaults are for files that people write by hand, such as scenarios.
struct Options {
  std::size_t bytes_max = 256 * 1024;
  std::uint32_t depth_max = 32;
  std::uint32_t nodes_max = 20'000;
  /// That a key of a mapping comes twice is no problem; both are in the tree.
  bool keys_may_repeat = false;
  /// No document is a null at the text's begin, and all documents but the first are ignored.
  bool takes_first_document = false;
  Wording wording = Wording::kPlain;
};

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
  bool key_quoted = false;
  Place key_at;
  /// The items of a sequence, or the values of a mapping, as they stood in the text.
  std::vector<Node> children;

  /// The value at `name`, or null if this is no mapping or has no such key.
  [[nodiscard]] const Node* find(std::string_view name) const;
};

/// The tree, or the first mistake. `file` only names the file in the problem.
[[nodiscard]] Result<Node, Problem> parse(std::string_view file, std::string_view text,
                                          const Options& options = {});

/// The type that the core schema gives a scalar. REQUIRES: node.kind == Kind::scalar.
[[nodiscard]] ScalarType scalar_type(const Node& node);

/// The value of an integer (decimal, 0o or 0x); nothing if it is none, or does not fit in 64 bits.
[[nodiscard]] std::optional<std::int64_t> to_integer(const Node& node);

/// The value of a boolean; nothing if it is none.
[[nodiscard]] std::optional<bool> to_boolean(const Node& node);

}  // namespace sim::yaml
