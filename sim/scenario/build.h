// sim/scenario/build.h: from a tree that fits the schema to a Scenario.
//
// Promises: what the schema cannot say is checked here: names that must be declared or differ,
// values that depend on each other. All such problems are found, not only the first.
// Does not: check shapes again. It is a part of scenario.h's parse() and of no use elsewhere.

#pragma once

#include "sim/scenario/scenario.h"
#include "sim/yaml/yaml.h"

#include <string_view>

namespace sim::scenario {

/// REQUIRES: `root` passed validate() with the scenario schema. `name` and `identity` are left to
/// the caller.
[[nodiscard]] Parsed build(const yaml::Node& root, std::string_view file);

}  // namespace sim::scenario
