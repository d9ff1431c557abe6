#include "tests/fuzz/semantics/run_engine.h"

#include <memory>

#include "engine/task/run.h"
#include "tests/fuzz/semantics/interpreter.h"

namespace semantics {
namespace {

using engine::EventKind;

constexpr uint64_t kStepsMax = 1500;
constexpr uint64_t kStepsAtOnce = 128;
/// Priorities under `pct` that were drawn lie above all that were lowered. Only their order
/// matters.
constexpr uint64_t kLowestDrawn = uint64_t{1} << 40;

engine::RunOptions options_for(engine::Policy policy, uint64_t seed) {
  engine::RunOptions options;
  options.policy = policy;
  options.world.seed = seed;
  options.world.arena.reserve_bytes = size_t{8} << 20;
  options.world.arena.limit_bytes = size_t{4} << 20;
  return options;
}

/// Reads the trace into steps.
class Reader {
 public:
  Reader(const Log& log, Record& record) : log_(log), record_(record) { begin({}); }

  /// False: the process has ended, and with it what is looked at.
  bool see(uint64_t step, const engine::Event& event) {
    if (engine::begins_step(event.kind)) {
      if (record_.steps.back().exit != Exit::kRunning) return false;
      take_observations(step - 1);
      begin(step_of(event));
      return true;
    }
    Step& now = record_.steps.back();
    switch (event.kind) {
      case EventKind::kSpawn:
        spawned_ = event.subject;
        record_.readied.push_back(event.subject);
        break;
      case EventKind::kPark:
        now.stop = Stop::kParked;
        now.reason = engine::wait_reason_text(static_cast<engine::WaitReason>(event.aux));
        break;
      case EventKind::kSleep:
        now.stop = Stop::kParked;
        now.reason = "sleep";
        break;
      case EventKind::kYield:
        now.stop = Stop::kYielded;
        break;
      case EventKind::kTaskEnd:
        now.stop = Stop::kEnded;
        break;
      case EventKind::kProcessExit:
        now.exit = static_cast<Exit>(event.aux);
        break;
      case EventKind::kChoice:
        see_choice(event);
        break;
      case EventKind::kPriority:
        record_.priorities.push_back({event.subject, event.arg});
        break;
      default:
        if (const uint32_t woken = engine::woken_by(event)) record_.readied.push_back(woken);
    }
    return true;
  }
  void finish() {
    take_observations(UINT32_MAX);
    begin({});
  }

 private:
  static Step step_of(const engine::Event& event) {
    Step step;
    step.at_ns = static_cast<int64_t>(event.arg);
    step.goroutine = event.subject;
    step.kind = event.kind == EventKind::kDispatch     ? StepKind::kDispatch
                : event.kind == EventKind::kTimerFired ? StepKind::kTimer
                : event.kind == EventKind::kQuiescence ? StepKind::kDeadlock
                                                       : StepKind::kKill;
    return step;
  }
  void begin(Step step) {
    step.observations = static_cast<uint32_t>(record_.observations.size());
    step.choices = static_cast<uint32_t>(record_.choices.size());
    step.readied = static_cast<uint32_t>(record_.readied.size());
    step.priorities = static_cast<uint32_t>(record_.priorities.size());
    record_.steps.push_back(step);
  }
  void take_observations(uint64_t step) {
    while (taken_ < log_.count && log_.at[taken_].step <= step) {
      record_.observations.push_back(log_.at[taken_++]);
    }
  }
  void see_choice(const engine::Event& event) {
    if (event.subject == static_cast<uint32_t>(engine::ChoiceKind::kSelect)) {
      record_.choices.push_back({event.aux, static_cast<uint32_t>(event.arg)});
    } else if (event.subject == static_cast<uint32_t>(engine::ChoiceKind::kPriority)) {
      record_.priorities.push_back({spawned_, kLowestDrawn + event.arg});
    }
  }

  const Log& log_;
  Record& record_;
  uint32_t taken_ = 0;
  uint32_t spawned_ = 0;
};

/// The lines of a report that name goroutines.
void read_report(const engine::World& world, std::vector<std::string>& out) {
  world.output().for_each_until(
      UINT64_MAX, [&](const engine::OutputLog::Chunk& /*chunk*/, std::string_view text) {
        while (!text.empty()) {
          const size_t end = text.find('\n');
          const std::string_view line = text.substr(0, end);
          if (line.starts_with("goroutine ")) out.emplace_back(line.substr(0, line.size() - 1));
          text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        }
      });
}

void read_ending(const engine::World& world, const Env& env, Record& record) {
  const engine::Process& process = *world.state().scheduler->processes().front();
  record.exit = static_cast<Exit>(process.exit_kind());
  record.exit_code = process.exit_code();
  record.failure = process.failure();
  if (record.exit == Exit::kFatal) read_report(world, record.waiting);
  for (const engine::Goroutine& task : process.tasks()) {
    const bool waits = task.state() == engine::TaskState::kWaiting;
    record.waiting.push_back(
        "goroutine " + std::to_string(task.id().value) + " [" +
        std::string(waits ? engine::wait_reason_text(task.op()->reason()) : "runnable") + "]");
  }
  for (const engine::Chan<int64_t>& channel : env.channels) {
    auto& buffer = record.buffers.emplace_back();
    if (channel.len() == 0) continue;
    const engine::Object* const object = channel.recv().object();
    static_cast<const engine::ChanCore*>(object)->describe_items(buffer);
  }
}

}  // namespace

void Record::clear() {
  steps.clear();
  observations.clear();
  choices.clear();
  readied.clear();
  priorities.clear();
  cut = false;
  exit = Exit::kRunning;
  exit_code = 0;
  failure.clear();
  waiting.clear();
  buffers.clear();
}

void run_engine(const Program& program, engine::Policy policy, uint64_t seed, Record& record) {
  record.clear();
  const auto log = std::make_unique<Log>();
  Env* env = nullptr;
  engine::Run run(options_for(policy, seed), [&] {
    env = new Env(program, *log);
    start(env);
  });
  const auto& process = *run.world().state().scheduler->processes().front();
  if (program.kill_at != 0) {
    run.run(program.kill_at);
    if (process.running()) run.apply("kill 1", run.now());
  }
  while (process.running() && run.steps() < kStepsMax && !log->full) {
    if (run.run(kStepsAtOnce) == 0) break;
  }
  record.cut = process.running() && (run.steps() >= kStepsMax || log->full);

  Reader reader(*log, record);
  run.world().trace().for_each(
      0, UINT64_MAX, [&](const auto& placed) { return reader.see(placed.step, placed.event); });
  reader.finish();
  read_ending(run.world(), *env, record);
}

}  // namespace semantics
