// sim/scenario/schema.h: checks a YAML tree against a JSON Schema and says what was expected.
//
// Promises: all problems up to the limit, in the order of the file; a message names the place in
// the tree, what was expected and what was found. Work is bounded by the tree.
// Does not: the whole of JSON Schema (draft 2020-12). It reads type, properties, required,
// additionalProperties, propertyNames, items, minItems, maxItems, minLength, enum, const, minimum,
// maximum, $ref into #/$defs, and oneOf where the branches differ by type or each require one key.
// `pattern` is for other tools: here `format` names a parser, which says more than a pattern could.

#pragma once

#include "sim/yaml/problem.h"
#include "sim/yaml/yaml.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sim::scenario {

using yaml::Problem;

inline constexpr std::size_t kProblemsMax = 20;

/// What the `format` keyword can name.
struct Format {
  std::string_view name;
  /// `a duration such as 120s`: what the message says was expected.
  std::string_view expected;
  /// Why `text` is none, as the end of a sentence; nothing if it is one, and empty if the
  /// expectation says it all.
  std::optional<std::string> (*mistake)(std::string_view text);
};

/// The formats that scenario files use.
[[nodiscard]] std::span<const Format> scenario_formats();

/// The problems of `root`, at most kProblemsMax; none if it fits. A `schema_text` that is no schema
/// is a bug, and is answered as one problem.
[[nodiscard]] std::vector<Problem> validate(const yaml::Node& root, std::string_view schema_text,
                                            std::span<const Format> formats, std::string_view file);

}  // namespace sim::scenario
