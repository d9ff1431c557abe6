#include "engine/task/run.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace engine {
namespace {

// `VERB NUMBER`: all that the engine itself understands.
struct Command {
  bool (*act)(Scheduler&, uint32_t id);
  std::string_view verb;
};

constexpr Command kCommands[] = {
    {[](Scheduler& s, uint32_t id) { return s.kill(ProcessId{id}); }, "kill"},
    {[](Scheduler& s, uint32_t id) { return s.run_next(TaskId{id}); }, "run-next"},
};

struct Parsed {
  const Command* command;
  uint32_t id;
};

std::optional<Parsed> parse(std::string_view text) {
  for (const Command& command : kCommands) {
    if (!text.starts_with(command.verb)) continue;
    std::string_view rest = text.substr(command.verb.size());
    if (!rest.starts_with(' ')) continue;
    rest.remove_prefix(1);
    uint32_t id = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), id);
    if (error != std::errc() || end != rest.data() + rest.size()) continue;
    return Parsed{&command, id};
  }
  return std::nullopt;
}

}  // namespace

Run::Run(const RunOptions& options, const Setup& setup)
    : world_(options.world), until_(options.until), max_steps_(options.max_steps) {
  const World::Scope scope(world_);
  t_here.scheduler = here().scheduler = new Scheduler(options.policy);
  here().choices.override_with(options.choices);
  setup();
}

RunEnd Run::end() const {
  if (world_.arena().over_limit()) return RunEnd::kArenaLimit;
  const Instant next = next_instant();
  if (next == kEndOfTime) return RunEnd::kNothingLeft;
  if (next > until_) return RunEnd::kUntil;
  return steps() >= max_steps_ ? RunEnd::kMaxSteps : RunEnd::kNotYet;
}

Instant Run::next_instant() const {
  const WorldState& w = world_.state();
  if (w.scheduler->ready_count() > 0) return w.now;
  if (!w.queue.empty()) return w.queue.next_due();
  for (const Process& process : w.scheduler->processes()) {
    if (process.is_stuck()) return w.now;  // to be found deadlocked
  }
  return kEndOfTime;
}

uint64_t Run::run(uint64_t most) {
  const World::Scope scope(world_);
  return scheduler().run(until_, std::min(most, max_steps_ - std::min(max_steps_, steps())));
}

bool Run::apply(std::string_view text, Instant at) {
  const World::Scope scope(world_);
  WorldState& w = here();
  w.now = std::max(w.now, std::min(at, next_instant()));
  scheduler().begin_input_step(static_cast<uint32_t>(hash_bytes(text)));
  const std::optional<Parsed> parsed = parse(text);
  bool found = false;
  if (parsed) {
    found = parsed->command->act(scheduler(), parsed->id);
  } else if (w.model != nullptr) {
    found = w.model->apply(text);
  }
  if (!found) emit(EventKind::kInputMissed, 0);
  return found;
}

bool Run::understands(std::string_view text, std::string& expected) {
  if (parse(text)) return true;
  expected.clear();
  for (const Command& command : kCommands) {
    if (!expected.empty()) expected += " or ";
    expected += "`";
    expected += command.verb;
    expected += " NUMBER`";
  }
  return false;
}

std::vector<ProcessFailure> failures(const World& world) {
  std::vector<ProcessFailure> found;
  for (const Process& process : world.state().scheduler->processes()) {
    const ExitKind kind = process.exit_kind();
    if (kind != ExitKind::kPanic && kind != ExitKind::kFatal) continue;
    found.push_back(
        {process.id(), std::string(process.name()), kind, std::string(process.failure())});
  }
  return found;
}

}  // namespace engine
