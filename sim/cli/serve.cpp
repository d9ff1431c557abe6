// `serve`: a scenario that real clients can talk to, over loopback sockets.
//
// Standard output has a line `listening REAL -> NODE:PORT (PROTOCOL)` for each port, then what the
// programs print, and at the end the line that `run` ends with. A recording holds what the clients
// did; `replay` makes the same history of it. The Node build has no sockets and says so.

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "sim/cli/cli.h"
#include "sim/scenario/wording.h"

#if !defined(__EMSCRIPTEN__)
#include "sim/gateway/gateway.h"
#endif

namespace sim::cli {
namespace {

struct ServeArguments {
  std::string name;
  std::string seed = "1";
  std::string policy;
  std::string until;
  std::string speed = "1";
  std::vector<std::string> knobs;
  std::vector<std::string> listens;
  std::string record;
};

#if defined(__EMSCRIPTEN__)

int serve(const ServeArguments&) {
  throw UsageError("serve: this build has no sockets; the native program serves");
}

#else

using gateway::Endpoint;
using gateway::Gateway;
using gateway::Stop;

/// Less than `replay` reads: the rest of a run file needs room too.
constexpr uint64_t kRecordingBytesMost = uint64_t{15} << 20;

double read_speed(std::string_view text) {
  constexpr double kMost = 1e6;
  double speed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || !(speed >= 1 / kMost) || !(speed <= kMost)) {
    throw UsageError(
        fmt::format("serve: --speed: expected a number from 0.000001 to 1000000, "
                    "found {}",
                    scenario::in_quotes(text)));
  }
  return speed;
}

// What `--listen` says, or else what the scenario exposes, each on a free port.
std::vector<Endpoint> endpoints_of(const ServeArguments& arguments,
                                   const scenario::Scenario& scenario) {
  std::vector<Endpoint> endpoints;
  for (const std::string& text : arguments.listens) {
    auto endpoint = gateway::parse_endpoint(text, scenario);
    if (!endpoint) throw UsageError("serve: --listen: " + endpoint.error());
    endpoints.push_back(std::move(endpoint.value()));
  }
  if (endpoints.empty()) {
    for (const scenario::Expose& expose : scenario.expose) {
      Endpoint endpoint;
      endpoint.simulated = expose;
      endpoints.push_back(std::move(endpoint));
    }
  }
  if (endpoints.empty()) {
    throw UsageError(fmt::format(
        "serve: {} exposes no port; expected one --listen 127.0.0.1:PORT=NODE:PORT at least",
        scenario.name));
  }
  if (endpoints.size() > gateway::kEndpointsMost) {
    throw UsageError(fmt::format("serve: expected at most {} ports, found {}",
                                 gateway::kEndpointsMost, endpoints.size()));
  }
  return endpoints;
}

scenario::RunSpec spec_of(const ServeArguments& arguments, scenario::Scenario scenario) {
  scenario::RunSpec spec;
  for (const std::string& setting : arguments.knobs) {
    const auto problem = scenario::set_knob(scenario, setting);
    if (problem) throw UsageError("serve: --set: " + *problem);
  }
  spec.seed = read_whole_number("--seed", arguments.seed);
  spec.policy = scenario.policy.value_or(engine::Policy::kFifo);
  if (!arguments.policy.empty()) spec.policy = read_policy("--policy", arguments.policy);
  // A served scenario goes on for as long as somebody may come.
  spec.until = engine::kEndOfTime;
  if (!arguments.until.empty()) {
    spec.until = engine::Instant{read_duration_ns("--until", arguments.until)};
  }
  spec.scenario = std::move(scenario);
  return spec;
}

void print_program_output(engine::Stream stream, std::string_view text) {
  (stream == engine::Stream::kStdout ? print_out : print_error)(text);
}

std::string reason_of(Stop stop, const scenario::RunSpec& spec, const engine::Run& run) {
  if (stop == Stop::kArenaLimit) return scenario::judge(spec.scenario, run).reason;
  if (stop == Stop::kRecordingFull) {
    return fmt::format("stopped: the clients have sent as much as a recording holds ({} MiB)",
                       kRecordingBytesMost >> 20);
  }
  if (stop == Stop::kNothingLeft) return "stopped: every program has ended";
  return {};
}

scenario::VerdictKind verdict_of(Stop stop, const engine::Run& run) {
  if (stop == Stop::kArenaLimit || stop == Stop::kRecordingFull) {
    return scenario::VerdictKind::kLimit;
  }
  const bool failed = !engine::failures(run.world()).empty();
  return failed ? scenario::VerdictKind::kProgramFailed : scenario::VerdictKind::kHeld;
}

int serve(const ServeArguments& arguments) {
  Opened opened = open_scenario(arguments.name);
  scenario::RunSpec spec = spec_of(arguments, std::move(opened.scenario));
  const bool records = !arguments.record.empty();
  Gateway::Options options;
  options.speed = read_speed(arguments.speed);
  options.until = *spec.until;
  options.recording_bytes_most = records ? kRecordingBytesMost : 0;
  std::vector<Endpoint> endpoints = endpoints_of(arguments, spec.scenario);

  engine::WorldOptions world;
  world.trace = engine::TraceLevel::kOff;
  const auto run = scenario::start(spec, world);
  Gateway gateway(*run, options, print_program_output);
  for (Endpoint& endpoint : endpoints) {
    const std::string problem = gateway.listen(endpoint);
    if (!problem.empty()) {
      throw UsageError(
          fmt::format("serve: cannot listen at {}: {}", net::address_text(endpoint.real), problem));
    }
  }
  if (records) write_file(arguments.record, "");
  const gateway::Fd stop_fd = gateway::stop_signals();
  for (const Endpoint& endpoint : endpoints) {
    print_out(fmt::format("listening {}\n", gateway::endpoint_text(endpoint)));
  }

  const Stop stop = gateway.serve(stop_fd);
  gateway.finish_instant();
  const std::string summary = scenario::summary_line(*run);
  const std::string reason = reason_of(stop, spec, *run);
  if (records) {
    // The step alone says where it ended; with the instant, a replay ends there for no limit.
    spec.until = run->now();
    spec.max_steps = run->steps();
    spec.inputs = gateway.inputs();
    write_file(arguments.record, scenario::write_run_file({spec, opened.text, summary, reason}));
  }
  if (!reason.empty()) print_error(reason + "\n");
  print_out(summary + "\n");
  return static_cast<int>(verdict_of(stop, *run));
}

#endif

}  // namespace

std::function<int()> serve_verb(Options& options) {
  auto arguments = std::make_shared<ServeArguments>();
  options.required("SCENARIO", arguments->name, "A name that `orrery list` shows, or a .yaml file");
  options.value("--seed", arguments->seed, "What all choices derive from (1)");
  options.value("--policy", arguments->policy,
                "Which ready goroutine runs next: " + scenario::policy_names());
  options.values("--set", arguments->knobs, "Set a knob: NAME=VALUE");
  options.value("--until", arguments->until,
                "Stop at this virtual time (the scenario's own is not used)");
  options.value("--speed", arguments->speed, "Virtual seconds in a real second (1)");
  options.values("--listen", arguments->listens,
                 "127.0.0.1:PORT=NODE:PORT, instead of what the scenario exposes; PORT 0: a free "
                 "one");
  options.value("--record", arguments->record, "Keep the session in a file for `orrery replay`");
  return [arguments] { return serve(*arguments); };
}

}  // namespace sim::cli
