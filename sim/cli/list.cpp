// `list`: the scenarios of the gallery.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/cli/cli.h"
#include "sim/scenario/gallery.h"

namespace sim::cli {
namespace {

int list(bool as_json) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const scenario::GalleryEntry& entry : scenario::gallery()) {
    const scenario::Scenario scenario = open_scenario(std::string(entry.name)).scenario;
    if (!as_json) {
      print_out(fmt::format("{:16} {}\n", entry.name, scenario.title));
      continue;
    }
    nlohmann::ordered_json knobs = nlohmann::ordered_json::array();
    for (const scenario::Knob& knob : scenario.knobs) {
      knobs.push_back({{"name", knob.name},
                       {"default", scenario::knob_text(knob.default_value)},
                       {"accepts", scenario::describe_knob(knob)},
                       {"about", knob.about}});
    }
    rows.push_back({{"name", entry.name},
                    {"title", scenario.title},
                    {"about", scenario.about},
                    {"knobs", std::move(knobs)}});
  }
  if (as_json) print_out(rows.dump(2) + "\n");
  return kExitOk;
}

}  // namespace

std::function<int()> list_verb(Options& options) {
  auto as_json = std::make_shared<bool>(false);
  options.flag("--json", *as_json, "With knobs, for programs");
  return [as_json] { return list(*as_json); };
}

}  // namespace sim::cli
