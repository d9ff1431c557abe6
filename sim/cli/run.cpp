// `run` and `replay`: one run, from its first step to its last.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/task/leaks.h"
#include "engine/view/view.h"
#include "sim/cli/cli.h"
#include "sim/scenario/wording.h"

namespace sim::cli {
namespace {

struct RunOutput {
  bool json = false;
  std::string trace_file;
  std::string run_file_dir = ".";
  uint64_t to_step = UINT64_MAX;
  /// Of a replay: the last line that the recorded run printed.
  std::string recorded_summary;
};

// Prints what was printed since the last call, each stream to its own.
class OutputPrinter {
 public:
  void print_new(const engine::Run& run, nlohmann::ordered_json* collect) {
    const uint64_t bytes = run.world().state().output_bytes;
    if (bytes == seen_) return;
    run.world().output().for_each_of(
        run.steps(), [&](const engine::OutputLog::Chunk& chunk, std::string_view text) {
          if (chunk.offset < seen_ || !engine::is_terminal(chunk.stream)) return;
          const bool is_stdout = chunk.stream == engine::Stream::kStdout;
          if (collect != nullptr) {
            collect->push_back({{"step", chunk.step},
                                {"process", chunk.process},
                                {"stream", is_stdout ? "stdout" : "stderr"},
                                {"text", std::string(text)}});
          } else {
            (is_stdout ? print_out : print_error)(text);
          }
        });
    seen_ = bytes;
  }

 private:
  uint64_t seen_ = 0;
};

// Writes events as they happen, one JSON object a line, after a line that describes the file.
class TraceWriter {
 public:
  TraceWriter(const std::string& path, const scenario::RunSpec& spec) : path_(path) {
    if (path.empty()) return;
    write_file(path, "");
    file_ = std::fopen(path.c_str(), "ab");
    const nlohmann::ordered_json header = {{"format", "orrery-trace"},
                                           {"version", 1},
                                           {"scenario", spec.scenario.name},
                                           {"seed", spec.seed},
                                           {"policy", engine::policy_name(spec.policy)}};
    line(header.dump());
  }
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;
  ~TraceWriter() {
    if (file_ != nullptr) std::fclose(file_);
  }

  void write_new(const engine::Run& run) {
    if (file_ == nullptr) return;
    const uint64_t events = run.world().state().events();
    names_.learn(engine::look(run.world()));
    run.world().trace().for_each(seen_, events, [&](const engine::TraceLog::Placed& placed) {
      nlohmann::ordered_json row = {{"n", placed.number},
                                    {"step", placed.step},
                                    {"ns", placed.at.ns},
                                    {"kind", engine::event_name(placed.event.kind)},
                                    {"subject", placed.event.subject},
                                    {"aux", placed.event.aux},
                                    {"arg", placed.event.arg}};
      if (placed.cause() != 0) row["cause"] = placed.cause() - 1;
      if (placed.event.kind == engine::EventKind::kChoice) add_choice(run, placed.number, row);
      row["text"] = engine::event_text(placed.event, names_);
      line(row.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
      return true;
    });
    seen_ = events;
  }

 private:
  // What a run file's `choices` needs to decide the same, or something else.
  void add_choice(const engine::Run& run, uint64_t event, nlohmann::ordered_json& row) {
    const engine::ChoiceRecord* record = run.world().choice_log().find(choices_seen_++);
    if (record == nullptr || record->event != event) return;
    row["entity"] = record->taken.entity;
    row["ordinal"] = record->taken.ordinal;
  }

  void line(const std::string& text) {
    if (std::fputs(text.c_str(), file_) < 0 || std::fputc('\n', file_) == EOF) {
      throw UsageError(fmt::format("{}: cannot be written", path_));
    }
  }

  std::string path_;
  std::FILE* file_ = nullptr;
  engine::EventNames names_;
  uint64_t seen_ = 0;
  uint64_t choices_seen_ = 0;
};

// Inputs that are to come at an instant, in the order of time; each has its step once it has come.
using Timed = std::vector<engine::Input>;

// The inputs of `--input "30s crash node-1"`.
Timed read_inputs(const std::vector<std::string>& texts) {
  Timed out;
  for (const std::string& text : texts) {
    const size_t space = text.find(' ');
    const int64_t at = read_duration_ns("--input", text.substr(0, space));
    const std::string input = space == std::string::npos ? std::string() : text.substr(space + 1);
    std::string expected;
    if (!scenario::understands_input(input, expected)) {
      throw UsageError(
          fmt::format("run: --input: expected a time and one of {}, found \"{}\"", expected, text));
    }
    out.push_back({0, engine::Instant{at}, input});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const engine::Input& a, const engine::Input& b) { return a.at < b.at; });
  return out;
}

// Lays down the first of `timed` if nothing else comes before it; also where all is quiet.
void lay_down_due(const engine::Run& run, engine::Instant until, Timed& timed,
                  std::vector<engine::Input>& inputs) {
  if (timed.empty() || timed.front().at > until) return;
  if (run.next_instant() <= timed.front().at) return;
  const engine::RunEnd end = run.end();
  if (end == engine::RunEnd::kArenaLimit || end == engine::RunEnd::kMaxSteps) return;
  engine::Input input = timed.front();
  timed.erase(timed.begin());
  input.step = run.steps() + 1;
  inputs.push_back(input);
}

// Takes one step: the next input that is laid down, or one of the world's own.
bool advance(engine::Run& run, const std::vector<engine::Input>& inputs, size_t& next_input) {
  if (next_input < inputs.size() && inputs[next_input].step == run.steps() + 1) {
    const engine::Input& input = inputs[next_input++];
    if (!run.apply(input.text, input.at)) {
      print_error(fmt::format("input `{}` at step {} found no target\n", input.text, input.step));
    }
    return true;
  }
  return run.step();
}

int run_spec(scenario::RunSpec spec, const std::string& scenario_text, const RunOutput& wanted,
             Timed timed = {}) {
  engine::WorldOptions world;
  world.trace = wanted.trace_file.empty() ? engine::TraceLevel::kOff : engine::TraceLevel::kOn;
  world.trace_budget_bytes = size_t{8} << 20;
  // The verdict is taken from the output, so none of it may be dropped.
  world.output_budget_bytes = SIZE_MAX;
  check_folder("--out", wanted.run_file_dir);
  const auto run = scenario::start(spec, world);
  TraceWriter trace(wanted.trace_file, spec);
  OutputPrinter printer;
  nlohmann::ordered_json printed = nlohmann::ordered_json::array();
  nlohmann::ordered_json* const collect = wanted.json ? &printed : nullptr;
  size_t next_input = 0;
  trace.write_new(*run);
  const engine::Instant until = spec.until.value_or(
      spec.scenario.until_ns ? engine::Instant{*spec.scenario.until_ns} : engine::kEndOfTime);
  for (;;) {
    lay_down_due(*run, until, timed, spec.inputs);
    if (run->steps() >= wanted.to_step || !advance(*run, spec.inputs, next_input)) break;
    printer.print_new(*run, collect);
    trace.write_new(*run);
  }
  for (const engine::Input& input : timed) {
    print_error(fmt::format("input `{}`: the run ended before its time\n", input.text));
  }
  if (run->steps() < wanted.to_step && next_input < spec.inputs.size()) {
    print_error(fmt::format("input `{}` at step {}: the run ended at step {}\n",
                            spec.inputs[next_input].text, spec.inputs[next_input].step,
                            run->steps()));
  }

  const std::string leaks = engine::leak_report(run->world());
  if (!leaks.empty()) print_error(leaks);

  const std::string summary = scenario::summary_line(*run);
  const bool stopped_early = run->end() == engine::RunEnd::kNotYet;
  const scenario::Verdict verdict =
      stopped_early ? scenario::Verdict{} : scenario::judge(spec.scenario, *run);
  std::string run_file;
  if (!verdict.broken_invariant.empty() && wanted.recorded_summary.empty()) {
    run_file = wanted.run_file_dir + "/" + run_file_name(spec, *run);
    write_file(run_file, scenario::write_run_file({spec, scenario_text, summary, verdict.reason}));
  }
  if (wanted.json) {
    nlohmann::ordered_json out = {{"scenario", spec.scenario.name},
                                  {"seed", spec.seed},
                                  {"policy", engine::policy_name(spec.policy)},
                                  {"output", std::move(printed)},
                                  {"hash", fmt::format("{:016x}", run->world().state().hash())},
                                  {"steps", run->steps()},
                                  {"events", run->world().state().events()},
                                  {"virtual_ns", run->now().ns},
                                  {"exit", static_cast<int>(verdict.kind)},
                                  {"reason", verdict.reason},
                                  {"run_file", run_file}};
    print_out(out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    return static_cast<int>(verdict.kind);
  }
  if (verdict.kind != scenario::VerdictKind::kProgramFailed && !verdict.reason.empty()) {
    print_error(verdict.reason + "\n");
  } else if (!verdict.broken_invariant.empty()) {
    print_error(verdict.broken_invariant + "\n");
  }
  if (!run_file.empty()) print_error(fmt::format("run file: {}\n", run_file));
  print_out(summary + "\n");
  const bool replayed_whole = !wanted.recorded_summary.empty() && !stopped_early;
  if (replayed_whole && wanted.recorded_summary != summary) {
    print_error(fmt::format("replay: this run differs from the recorded one, which ended in\n{}\n",
                            wanted.recorded_summary));
    return kExitInvariant;
  }
  return static_cast<int>(verdict.kind);
}

struct RunArguments {
  std::string name;
  std::string seed = "1";
  std::string policy;
  std::string until;
  std::string max_steps;
  std::vector<std::string> knobs;
  std::vector<std::string> inputs;
  RunOutput output;
};

int run(const RunArguments& arguments) {
  Opened opened = open_scenario(arguments.name);
  scenario::RunSpec spec;
  for (const std::string& setting : arguments.knobs) {
    const auto problem = scenario::set_knob(opened.scenario, setting);
    if (problem) throw UsageError("run: --set: " + *problem);
  }
  spec.seed = read_whole_number("--seed", arguments.seed);
  spec.policy = opened.scenario.policy.value_or(engine::Policy::kFifo);
  if (!arguments.policy.empty()) spec.policy = read_policy("--policy", arguments.policy);
  if (!arguments.until.empty()) {
    spec.until = engine::Instant{read_duration_ns("--until", arguments.until)};
  }
  if (!arguments.max_steps.empty()) {
    spec.max_steps = read_whole_number("--max-steps", arguments.max_steps);
  }
  spec.scenario = std::move(opened.scenario);
  return run_spec(std::move(spec), opened.text, arguments.output, read_inputs(arguments.inputs));
}

int replay(const std::string& path, const std::string& to_step, RunOutput output) {
  auto read = scenario::read_run_file(path, read_file(path));
  if (!read) throw UsageError(read.error());
  scenario::RunFile& file = read.value();
  const auto problems = scenario::problems_of(file.spec.scenario);
  if (!problems.empty()) {
    throw UsageError(
        fmt::format("{}: /scenario/text: {}", path, scenario::format_problem(problems.front())));
  }
  if (file.behaviour != scenario::kBehaviourVersion) {
    print_error(
        fmt::format("{}: recorded by behaviour version {}, this is {}: the run may differ\n", path,
                    file.behaviour, scenario::kBehaviourVersion));
  }
  output.recorded_summary = file.summary;
  if (!to_step.empty()) output.to_step = read_whole_number("--to-step", to_step);
  return run_spec(file.spec, file.scenario_text, output);
}

}  // namespace

std::function<int()> run_verb(Options& options) {
  auto arguments = std::make_shared<RunArguments>();
  options.required("SCENARIO", arguments->name, "A name that `orrery list` shows, or a .yaml file");
  options.value("--seed", arguments->seed, "What all choices derive from (1)");
  options.value("--policy", arguments->policy,
                "Which ready goroutine runs next: " + scenario::policy_names());
  options.value("--until", arguments->until, "Stop before the first step beyond this virtual time");
  options.value("--max-steps", arguments->max_steps, "Stop after so many steps");
  options.values("--set", arguments->knobs, "Set a knob: NAME=VALUE");
  options.values(
      "--input", arguments->inputs,
      "Do something at an instant: \"30s crash node-1\", \"1m run cp kubectl get pods\"");
  options.flag("--json", arguments->output.json, "Print one JSON object instead");
  options.value("--trace", arguments->output.trace_file,
                "Write every event to a file (JSON lines)");
  options.value("--out", arguments->output.run_file_dir,
                "Where to keep the run file if an invariant fails (.)");
  return [arguments] { return run(*arguments); };
}

std::function<int()> replay_verb(Options& options) {
  struct Arguments {
    std::string path;
    std::string to_step;
    RunOutput output;
  };
  auto arguments = std::make_shared<Arguments>();
  options.required("RUN.json", arguments->path, "A run file");
  options.value("--to-step", arguments->to_step, "Stop after this step");
  options.flag("--json", arguments->output.json, "Print one JSON object instead");
  options.value("--trace", arguments->output.trace_file,
                "Write every event to a file (JSON lines)");
  return [arguments] { return replay(arguments->path, arguments->to_step, arguments->output); };
}

}  // namespace sim::cli
