// sim/scenario/scenario.cpp: the stations of a scenario file: YAML, then shape, then meaning.
//
// Promises: each station sees only what the one before it accepted.
// Does not: hold any state between files.

#include "sim/scenario/scenario.h"

#include "generated/schema.h"
#include "sim/scenario/build.h"
#include "sim/scenario/schema.h"
#include "sim/scenario/wording.h"
#include "sim/yaml/yaml.h"

#include <fmt/format.h>

#include <cstddef>

namespace sim::scenario {
namespace {

/// The last folder of `.../chan/scenario.yaml`, or `chan` of `chan.yaml`.
std::string name_of(std::string_view file) {
  const auto last_part = [](std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
  };
  const std::string_view base = last_part(file);
  const std::string_view folder = file.substr(0, file.size() - base.size());
  if (base == "scenario.yaml" && folder.size() > 1) {
    return std::string(last_part(folder.substr(0, folder.size() - 1)));
  }
  return std::string(base.substr(0, base.rfind('.')));
}

}  // namespace

Parsed parse(std::string_view file_name, std::string_view text) {
  const Result<yaml::Node, Problem> tree = yaml::parse(file_name, text);
  if (!tree.ok()) return std::vector<Problem>{tree.error()};
  std::vector<Problem> problems =
      validate(tree.value(), schema_text(), scenario_formats(), file_name);
  if (!problems.empty()) return problems;
  Parsed parsed = build(tree.value(), file_name);
  if (!parsed.ok()) return parsed;
  parsed.value().name = name_of(file_name);
  parsed.value().identity = identity_hash(text);
  return parsed;
}

std::optional<std::string> set_knob(Scenario& scenario, std::string_view setting) {
  std::vector<std::string_view> names;
  for (const Knob& knob : scenario.knobs) names.push_back(knob.name);
  if (names.empty()) return "this scenario has no knobs";

  const std::size_t equals = setting.find('=');
  if (equals == std::string_view::npos) {
    const Knob& first = scenario.knobs.front();
    return fmt::format("expected KNOB=VALUE, such as {}={}, found {}", first.name,
                       knob_text(first.default_value), in_quotes(setting));
  }
  const std::string_view name = setting.substr(0, equals);
  for (Knob& knob : scenario.knobs) {
    if (knob.name != name) continue;
    Result<KnobValue, std::string> value = read_knob_value(knob, setting.substr(equals + 1));
    if (!value.ok()) return std::move(value.error());
    knob.value = std::move(value.value());
    return std::nullopt;
  }
  return fmt::format("there is no knob {}{}; the knobs are {}", in_quotes(name),
                     did_you_mean(name, names), listed(names));
}

std::uint64_t identity_hash(std::string_view bytes) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 0x100000001B3;
  }
  return hash;
}

std::string_view say_in(const StoryStep& step, std::string_view language) {
  std::string_view english;
  for (const Saying& saying : step.say) {
    if (saying.language == language) return saying.text;
    if (saying.language == "en") english = saying.text;
  }
  return english;
}

std::string_view schema_text() {
  for (const generated::EmbeddedFile& file : generated::schema()) {
    if (file.path.ends_with("scenario.schema.json")) return file.bytes;
  }
  return {};
}

std::string policy_names() {
  std::vector<std::string_view> names;
  for (const engine::Policy policy : engine::policies()) {
    names.push_back(engine::policy_name(policy));
  }
  return listed(names, " or ");
}

}  // namespace sim::scenario
