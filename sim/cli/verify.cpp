// `verify`: the contract that nothing but a run's identity decides its history, put to the test.
//
// Each scenario runs for each seed under the policies fifo and random, for the first seed under the
// others too, plainly and under every condition that must not matter: fresh memory filled with 0x00
// and with 0xA5, two base addresses, beside a second world that is stepped alternately, with and
// without the trace, with snapshots, and with random seeks back.

#include <fmt/format.h>

#include "engine/timeline/timeline.h"
#include "sim/cli/cli.h"
#include "sim/scenario/gallery.h"

namespace sim::cli {
namespace {

using scenario::RunSpec;

std::string run_plain(const RunSpec& spec, const engine::WorldOptions& world) {
  const auto run = scenario::start(spec, world);
  run->run();
  return scenario::summary_line(*run);
}

std::string run_filled(const RunSpec& spec, uint8_t fill) {
  engine::WorldOptions world;
  world.trace = engine::TraceLevel::kOff;
  world.arena.fill = fill;
  return run_plain(spec, world);
}

std::string run_filled_00(const RunSpec& spec) {
  return run_filled(spec, 0x00);
}
std::string run_filled_a5(const RunSpec& spec) {
  return run_filled(spec, 0xA5);
}

std::string run_traced(const RunSpec& spec) {
  engine::WorldOptions world;
  world.trace_budget_bytes = size_t{4} << 20;
  return run_plain(spec, world);
}

// While the first world holds the platform's favourite place, the second one gets another.
std::string run_elsewhere(const RunSpec& spec) {
  engine::WorldOptions world;
  world.trace = engine::TraceLevel::kOff;
  const engine::World placeholder(world);
  constexpr unsigned kApartBits = sizeof(void*) == 8 ? 36 : 0;
  world.arena.base_hint =
      reinterpret_cast<uintptr_t>(placeholder.arena().base()) - (uintptr_t{1} << kApartBits);
  return run_plain(spec, world);
}

std::string run_beside_another(const RunSpec& spec) {
  engine::WorldOptions world;
  world.trace = engine::TraceLevel::kOff;
  RunSpec other_spec = spec;
  other_spec.seed = spec.seed + 1;
  const auto run = scenario::start(spec, world);
  const auto other = scenario::start(other_spec, world);
  while (run->step()) other->step();
  return scenario::summary_line(*run);
}

std::string run_with_snapshots(const RunSpec& spec) {
  engine::WorldOptions world;
  world.trace_budget_bytes = size_t{4} << 20;
  const auto run = scenario::start(spec, world);
  engine::TimelineOptions options;
  options.spacing = 1 + spec.seed % 7;
  engine::Timeline timeline(*run, options);
  while (timeline.forward()) {
  }
  return scenario::summary_line(*run);
}

// At pseudo-random steps: back to a pseudo-random position, and forward again.
std::string run_with_time_travel(const RunSpec& spec) {
  engine::WorldOptions world;
  world.trace_budget_bytes = size_t{4} << 20;
  const auto run = scenario::start(spec, world);
  engine::TimelineOptions options;
  options.spacing = 1 + spec.seed % 5;
  engine::Timeline timeline(*run, options);
  uint64_t draw = spec.seed;
  const auto next_below = [&draw](uint64_t bound) {
    draw = engine::mix64(draw + 1);
    return draw % bound;
  };
  constexpr int kJourneys = 8;
  int journeys = 0;
  while (timeline.forward()) {
    if (journeys == kJourneys || next_below(4) != 0) continue;
    ++journeys;
    const uint64_t from = timeline.position();
    const std::string before = scenario::summary_line(*run);
    timeline.seek(next_below(from + 1));
    timeline.seek(from);
    const std::string after = scenario::summary_line(*run);
    if (after != before) return fmt::format("{} after a journey, {} before", after, before);
  }
  const uint64_t end = timeline.position();
  timeline.seek(0);
  timeline.seek(end);
  return scenario::summary_line(*run);
}

struct Condition {
  std::string_view name;
  std::string (*run)(const RunSpec& spec);
};

constexpr Condition kConditions[] = {
    {"fresh memory filled with 0xA5", run_filled_a5},
    {"trace on", run_traced},
    {"another base address", run_elsewhere},
    {"beside a second world", run_beside_another},
    {"snapshots", run_with_snapshots},
    {"time travel", run_with_time_travel},
};

// Prints the line of one run; returns how many conditions gave another one.
int verify_run(const std::string& name, const RunSpec& spec) {
  const std::string expected = run_filled_00(spec);
  const std::string label =
      fmt::format("{} policy={} seed={}", name, engine::policy_name(spec.policy), spec.seed);
  print_out(fmt::format("{} {}\n", label, expected));
  int differing = 0;
  for (const Condition& condition : kConditions) {
    const std::string found = condition.run(spec);
    if (found == expected) continue;
    ++differing;
    print_error(fmt::format("{}: differs with {}: {}\n", label, condition.name, found));
  }
  return differing;
}

int verify(std::vector<std::string> names, const std::string& seeds_text) {
  const SeedRange seeds = read_seeds("--seeds", seeds_text);
  if (names.empty()) {
    for (const scenario::GalleryEntry& entry : scenario::gallery()) {
      names.emplace_back(entry.name);
    }
  }
  int differing = 0;
  for (const std::string& name : names) {
    RunSpec spec;
    spec.scenario = open_scenario(name).scenario;
    for (uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
      spec.seed = seed;
      for (const engine::Policy policy : engine::policies()) {
        const bool always = policy == engine::Policy::kFifo || policy == engine::Policy::kRandom;
        if (!always && seed != seeds.first) continue;
        spec.policy = policy;
        differing += verify_run(name, spec);
      }
    }
  }
  return differing == 0 ? kExitOk : kExitInvariant;
}

}  // namespace

std::function<int()> verify_verb(Options& options) {
  struct Arguments {
    std::vector<std::string> names;
    std::string seeds = "1..10";
  };
  auto arguments = std::make_shared<Arguments>();
  options.values("SCENARIO", arguments->names, "Which; all if none is named");
  options.value("--seeds", arguments->seeds, "A..B or one seed (1..10)");
  return [arguments] { return verify(arguments->names, arguments->seeds); };
}

}  // namespace sim::cli
