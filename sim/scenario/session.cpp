#include "sim/scenario/session.h"

#include <fmt/format.h>

#include "engine/task/go.h"
#include "engine/task/report.h"
#include "sim/net/cluster.h"
#include "sim/programs/images.h"
#include "sim/programs/program.h"
#include "sim/scenario/kubernetes.h"
#include "sim/scenario/wording.h"

namespace sim::scenario {
namespace {

// `orrery/go-mutex:1` runs as process `go-mutex`.
std::string_view process_name(std::string_view image) {
  const size_t slash = image.rfind('/');
  if (slash != std::string_view::npos) image.remove_prefix(slash + 1);
  return image.substr(0, image.find(':'));
}

// Inside the world: everything that the machine keeps is copied into its arena.
node::Unit unit_of(const Workload& workload, const std::vector<Knob>& knobs) {
  node::Unit unit;
  unit.name = process_name(workload.image);
  unit.main = programs::find(workload.image)->main;
  for (const std::string& arg : workload.args) unit.args.push_back(with_knobs(arg, knobs));
  // The first of a name counts: what the workload says itself goes before the knobs.
  for (const auto& [name, value] : workload.env) {
    unit.env.emplace_back(name, with_knobs(value, knobs));
  }
  for (const Knob& knob : knobs) unit.env.emplace_back(knob.name, knob_text(knob.value));
  return unit;
}

net::LinkOptions link_options(const Link& link) {
  net::LinkOptions options;
  options.latency = {link.latency_ns};
  options.jitter = {link.jitter_ns};
  options.loss_ppm = link.loss_ppm;
  options.duplicate_ppm = link.duplicate_ppm;
  options.reorder_ppm = link.reorder_ppm;
  options.corrupt_ppm = link.corrupt_ppm;
  options.bandwidth_bps = link.bandwidth_bps.value_or(0);
  options.queue_bytes = link.queue_bytes;
  return options;
}

// A fault as the input that does the same.
struct FaultInput {
  const std::vector<Knob>& knobs;

  std::string operator()(const Kill& kill) const { return "crash " + kill.node; }
  std::string operator()(const Restart& restart) const { return "restart " + restart.node; }
  std::string operator()(const Partition& partition) const {
    return (partition.one_way ? "partition-from " : "partition ") + partition.from + " " +
           partition.to;
  }
  std::string operator()(const Command& command) const {
    return "run " + command.node + " " + with_knobs(command.text, knobs);
  }
  std::string operator()(const Heal& heal) const {
    return (heal.one_way ? "heal-from " : "heal ") + heal.from + " " + heal.to;
  }
};

// Source: kubeadm's kubelet.service, RestartSec.
constexpr engine::Duration kRestartAfter = 10 * engine::kSecond;
constexpr std::string_view kRunsOnce = "kube-addons";

// Inside the world.
void set_up(const Scenario& scenario) {
  programs::provide_images();
  auto& cluster = *new net::Cluster;
  const std::vector<Workload> kubernetes = kubernetes_workloads(scenario);
  for (const Node& node : scenario.topology.nodes) {
    node::Machine::Options options;
    options.name = node.name;
    options.zone = node.zone;
    options.cores = static_cast<uint32_t>(node.cores);
    options.memory_bytes = node.memory_bytes;
    node::Machine& machine = cluster.add_machine(options);
    for (const Workload& workload : kubernetes) {
      if (workload.on != node.name) continue;
      node::Unit unit = unit_of(workload, scenario.knobs);
      if (unit.name != kRunsOnce) unit.restart_after = kRestartAfter;
      machine.add_unit(std::move(unit));
    }
    for (const Workload& workload : scenario.workloads) {
      if (workload.on == node.name) machine.add_unit(unit_of(workload, scenario.knobs));
    }
  }
  for (const Link& link : scenario.topology.links) {
    cluster.network().add_link({link.from, link.to}, link_options(link));
  }
  for (const Fault& fault : scenario.faults) {
    cluster.plan(engine::Instant{fault.at_ns},
                 std::visit(FaultInput{scenario.knobs}, fault.action));
  }
  cluster.set_programs(programs::find_command);
  cluster.boot();
}

bool printed_line(const engine::Run& run, std::string_view line) {
  std::string all;
  run.world().output().for_each_until(
      UINT64_MAX, [&](const engine::OutputLog::Chunk& chunk, std::string_view text) {
        if (chunk.stream == engine::Stream::kStdout) all += text;
      });
  std::string_view rest = all;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    if (rest.substr(0, end) == line) return true;
    if (end == std::string_view::npos) return false;
    rest.remove_prefix(end + 1);
  }
  return false;
}

// What is wrong with an invariant at the end of a run; empty if it holds.
struct InvariantCheck {
  const Scenario& scenario;
  const engine::Run& run;

  std::string operator()(const NoDeadlock&) const {
    for (const engine::ProcessFailure& failure : engine::failures(run.world())) {
      if (failure.message == engine::kDeadlockMessage) return "invariant failed: no-deadlock";
    }
    return {};
  }
  std::string operator()(const NoPanic&) const {
    for (const engine::ProcessFailure& failure : engine::failures(run.world())) {
      if (failure.kind == engine::ExitKind::kPanic) return "invariant failed: no-panic";
    }
    return {};
  }
  std::string operator()(const Prints& prints) const {
    const std::string line = with_knobs(prints.text, scenario.knobs);
    if (printed_line(run, line)) return {};
    return fmt::format("invariant failed: no line of output is {}", in_quotes(line));
  }
};

std::string first_broken_invariant(const Scenario& scenario, const engine::Run& run) {
  for (const Invariant& invariant : scenario.invariants) {
    std::string broken = std::visit(InvariantCheck{scenario, run}, invariant);
    if (!broken.empty()) return broken;
  }
  return {};
}

}  // namespace

std::vector<Problem> problems_of(const Scenario& scenario) {
  std::vector<Problem> problems;
  const auto add = [&](Place at, std::string message) {
    problems.push_back({scenario.file, at.line, at.column, std::move(message)});
  };
  std::vector<std::string_view> images;
  for (const programs::Program& program : programs::all()) images.push_back(program.image);
  for (const Workload& workload : scenario.workloads) {
    if (programs::find(workload.image) != nullptr) continue;
    const std::string guess = did_you_mean(workload.image, images);
    add(workload.image_at, fmt::format("there is no image {}{}; there is {}",
                                       in_quotes(workload.image), guess, listed(images, " and ")));
  }
  for (const Workload& workload : kubernetes_workloads(scenario)) {
    if (programs::find(workload.image) != nullptr) continue;
    add({}, fmt::format("this build has no {}", workload.image));
  }
  for (const Fault& fault : scenario.faults) {
    const auto* const command = std::get_if<Command>(&fault.action);
    if (command == nullptr) continue;
    const std::string_view word =
        std::string_view(command->text).substr(0, command->text.find_first_of(" \n"));
    if (programs::find_command(word) == nullptr) {
      add(command->at, fmt::format("there is no program {}", in_quotes(word)));
    }
  }
  for (Problem& problem : manifest_problems(scenario)) problems.push_back(std::move(problem));
  for (const Expose& expose : scenario.expose) {
    if (expose.protocol == "udp") add({}, "exposing a udp port is not modelled yet");
  }
  return problems;
}

bool understands_input(std::string_view text, std::string& expected) {
  if (engine::Run::understands(text, expected)) return true;
  std::string others;
  if (net::Cluster::understands(text, others)) return true;
  expected += ", " + others;
  return false;
}

std::unique_ptr<engine::Run> start(const RunSpec& spec, engine::WorldOptions world) {
  engine::RunOptions options;
  options.world = world;
  options.world.seed = spec.seed;
  options.policy = spec.policy;
  options.choices = spec.choices;
  options.max_steps = spec.max_steps;
  if (spec.scenario.until_ns) options.until = engine::Instant{*spec.scenario.until_ns};
  if (spec.until) options.until = *spec.until;
  return std::make_unique<engine::Run>(options, [&spec] { set_up(spec.scenario); });
}

Verdict judge(const Scenario& scenario, const engine::Run& run) {
  if (run.end() == engine::RunEnd::kArenaLimit) {
    return {VerdictKind::kLimit, fmt::format("the world outgrew its arena of {} MiB at step {}",
                                             run.world().arena().limit_bytes() >> 20, run.steps())};
  }
  const auto failed = engine::failures(run.world());
  if (!failed.empty()) {
    const bool fatal = failed.front().kind == engine::ExitKind::kFatal;
    return {VerdictKind::kProgramFailed,
            fmt::format("{}: {}: {}", failed.front().name, fatal ? "fatal error" : "panic",
                        failed.front().message),
            first_broken_invariant(scenario, run)};
  }
  if (run.end() == engine::RunEnd::kMaxSteps) {
    return {VerdictKind::kLimit, fmt::format("stopped after {} steps", run.steps())};
  }
  std::string broken = first_broken_invariant(scenario, run);
  if (!broken.empty()) return {VerdictKind::kInvariantFailed, broken, broken};
  return {};
}

std::string summary_line(const engine::Run& run) {
  constexpr int64_t kMillisecond = 1'000'000;
  const int64_t milliseconds = run.now().ns / kMillisecond;
  const engine::WorldState& state = run.world().state();
  return fmt::format("hash={:016x} steps={} events={} virtual={}.{:03}s", state.hash(), state.step,
                     state.events(), milliseconds / 1000, milliseconds % 1000);
}

}  // namespace sim::scenario
