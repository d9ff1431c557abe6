// tests/fuzz/scenario_fuzz.cpp: any bytes are a scenario or have problems, and nothing crashes.
//
// The bytes before a first 0x00, if there is one, are a knob setting; the rest is the file. Seeds:
// the scenario.yaml files under assets/scenarios.

#include "sim/scenario/scenario.h"
#include "sim/scenario/schema.h"
#include "sim/scenario/units.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace sim::scenario;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_problems(const std::vector<Problem>& problems) {
  require(!problems.empty() && problems.size() <= kProblemsMax);
  Place before;
  for (const Problem& problem : problems) {
    const Place at{problem.line, problem.column};
    require(at.line >= 1 && at.column >= 1 && before <= at && !problem.message.empty());
    before = at;
  }
  const std::string lines = format_problems(problems);
  std::size_t count = 0;
  for (const char byte : lines) count += byte == '\n' ? 1 : 0;
  require(count == problems.size());
}

void check_scenario(Scenario& scenario, std::string_view setting) {
  require(!scenario.workloads.empty() || scenario.kubernetes);
  require(!scenario.topology.nodes.empty());
  if (scenario.until_ns) {
    const Measured again = parse_duration(format_duration(*scenario.until_ns));
    require(again.ok() && again.value() == *scenario.until_ns);
  }
  const std::vector<Knob> before = scenario.knobs;
  if (set_knob(scenario, setting)) require(scenario.knobs == before);
  for (const Knob& knob : scenario.knobs) require(knob_accepts(knob, knob.value));
  for (const StoryStep& step : scenario.story) require(!say_in(step, "xx").empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = input.find('\0');
  const bool has_setting = zero != std::string_view::npos;
  const std::string_view setting = has_setting ? input.substr(0, zero) : "replicas=1";
  Parsed parsed = parse("fuzz.yaml", has_setting ? input.substr(zero + 1) : input);
  if (parsed.ok()) {
    check_scenario(parsed.value(), setting);
  } else {
    check_problems(parsed.error());
  }
  return 0;
}
