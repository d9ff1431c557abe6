#include "tests/fuzz/semantics/check.h"

#include "tests/fuzz/semantics/run_engine.h"

namespace semantics {
namespace {

Schedule schedule_of(engine::Policy policy) {
  switch (policy) {
    case engine::Policy::kFifo:
      return Schedule::kFifo;
    case engine::Policy::kRandom:
      return Schedule::kRandom;
    case engine::Policy::kPct:
      return Schedule::kPct;
    case engine::Policy::kGo:
      return Schedule::kGo;
  }
  return Schedule::kFifo;
}

std::string history_of(const Record& record) {
  constexpr const char* kKinds[] = {"start", "runs", "timer", "kill", "deadlock"};
  constexpr const char* kStops[] = {"", "waits in ", "lets others go first", "ends"};
  constexpr const char* kExits[] = {"", "main returns", "panic", "fatal error", "killed"};
  constexpr size_t kShown = 100;
  const size_t steps = record.steps.size() - 1;
  std::string out = steps > kShown ? "...\n" : "";
  for (size_t i = steps > kShown ? steps - kShown : 0; i < steps; ++i) {
    const Step& step = record.steps[i];
    const Step& next = record.steps[i + 1];
    out += "step " + std::to_string(i) + ": " + kKinds[static_cast<size_t>(step.kind)];
    if (step.kind == StepKind::kDispatch) out += " goroutine " + std::to_string(step.goroutine);
    if (step.kind == StepKind::kTimer) out += " at " + std::to_string(step.at_ns);
    for (uint32_t o = step.observations; o < next.observations; ++o) {
      const Observation& seen = record.observations[o];
      out += "; " + std::to_string(seen.statement) + " gives " + std::to_string(seen.value);
    }
    for (uint32_t r = step.readied; r < next.readied; ++r) {
      out += (r == step.readied ? "; ready: " : ", ") + std::to_string(record.readied[r]);
    }
    if (step.stop != Stop::kNone) {
      out += "; ";
      out += kStops[static_cast<size_t>(step.stop)];
      out += step.reason;
    }
    if (step.exit != Exit::kRunning) out += "; ";
    out += kExits[static_cast<size_t>(step.exit)];
    out += "\n";
  }
  if (!record.failure.empty()) out += "message: " + record.failure + "\n";
  return out;
}

void count(const Record& record, Tally& tally) {
  ++tally.runs;
  tally.steps += record.steps.size() - 1;
  tally.observations += record.observations.size();
  tally.cut += record.cut ? 1 : 0;
  ++tally.exits[static_cast<size_t>(record.exit)];
  tally.deadlocks += record.failure.ends_with("deadlock!") ? 1 : 0;
}

/// Deletes statements and simplifies them for as long as the difference remains.
class Shrinker {
 public:
  Shrinker(Program program, const CheckOptions& options)
      : program_(std::move(program)), options_(options) {}

  Program run() {
    while (pass(program_.main) || pass_on_head()) {
    }
    return std::move(program_);
  }

 private:
  static constexpr uint32_t kChecksMax = 5000;

  bool still_differs() { return checks_++ < kChecksMax && !check(program_, options_).empty(); }
  /// Keeps `change` if the difference remains; else sets `at` back.
  template <class T, class Change>
  bool attempt(T& at, Change change) {
    T before = at;
    change(at);
    if (still_differs()) return true;
    at = std::move(before);
    return false;
  }
  bool pass_on_head() {
    bool any = program_.kill_at != 0 && attempt(program_.kill_at, [](uint32_t& at) { at = 0; });
    any = (program_.main_recovers && attempt(program_.main_recovers, [](bool& f) { f = false; })) ||
          any;
    for (int64_t& capacity : program_.channels) {
      any = (capacity != 0 && attempt(capacity, [](int64_t& c) { c = 0; })) || any;
    }
    return any;
  }
  bool pass(Block& block) {
    bool any = false;
    for (size_t i = 0; i < block.size();) {
      if (attempt(block, [&](Block& b) { b.erase(b.begin() + static_cast<ptrdiff_t>(i)); }) ||
          unwrap(block, i)) {
        any = true;
        continue;
      }
      any = pass(block[i]) || any;
      ++i;
    }
    return any;
  }
  /// A statement's body in its place.
  bool unwrap(Block& block, size_t i) {
    if (block[i].body.empty() || block[i].op == Op::kDefer) return false;
    return attempt(block, [&](Block& b) {
      const Block body = std::move(b[i].body);
      b.erase(b.begin() + static_cast<ptrdiff_t>(i));
      b.insert(b.begin() + static_cast<ptrdiff_t>(i), body.begin(), body.end());
    });
  }
  bool pass(Stmt& s) {
    bool any = s.flag && attempt(s.flag, [](bool& flag) { flag = false; });
    if (s.op != Op::kDefer) any = pass(s.body) || any;
    for (size_t i = 0; i < s.cases.size();) {
      const auto without = [&](std::vector<Case>& c) {
        c.erase(c.begin() + static_cast<ptrdiff_t>(i));
      };
      if (attempt(s.cases, without)) {
        any = true;
        continue;
      }
      any = pass(s.cases[i].body) || any;
      ++i;
    }
    return any;
  }

  Program program_;
  CheckOptions options_;
  uint32_t checks_ = 0;
};

}  // namespace

std::string check(const Program& program, const CheckOptions& options, Tally* tally) {
  Record record;
  run_engine(program, options.policy, options.seed, record);
  if (tally != nullptr) count(record, *tally);
  if (record.cut) return {};
  Model model(program, schedule_of(options.policy), options.mutation);
  std::string difference = model.judge(record);
  if (tally != nullptr) tally->gave_up += model.gave_up() ? 1 : 0;
  return difference;
}

Program shrink(Program program, const CheckOptions& options) {
  return Shrinker(std::move(program), options).run();
}

std::string report(const Program& program, const CheckOptions& options) {
  Record record;
  run_engine(program, options.policy, options.seed, record);
  const std::string difference =
      Model(program, schedule_of(options.policy), options.mutation).judge(record);
  std::string out = "policy " + std::string(engine::policy_name(options.policy)) + ", seed " +
                    std::to_string(options.seed) + "\n";
  out += to_text(program) + history_of(record);
  return out + "difference: " + (difference.empty() ? "none" : difference) + "\n";
}

}  // namespace semantics
