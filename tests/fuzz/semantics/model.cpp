#include "tests/fuzz/semantics/model.h"

#include <algorithm>
#include <utility>

namespace semantics {
namespace {

constexpr int kFailureExit = 2;
constexpr int kSigkillExit = 137;
/// Source: Go runtime, `len(p.runq)`.
constexpr size_t kLocalMax = 256;

std::string listed(const std::vector<uint32_t>& ids) {
  std::string out;
  for (const uint32_t id : ids) out += " " + std::to_string(id);
  return out.empty() ? " nobody" : out;
}

// As an unrecovered panic is reported. Source: Go runtime, `printpanics`.
std::string report_of(const std::vector<std::string>& panics) {
  std::string report;
  for (const std::string& message : panics) {
    report += (report.empty() ? "" : "\n\tpanic: ") + message;
  }
  return report;
}

}  // namespace

Model::Model(const Program& program, Schedule schedule, Mutation mutation)
    : program_(program), schedule_(schedule), mutation_(mutation) {}

bool Model::fail(std::string what) {
  if (failure_.empty()) failure_ = "step " + std::to_string(step_) + ": " + std::move(what);
  return false;
}

std::string Model::judge(const Record& record) {
  record_ = &record;
  for (const int64_t capacity : program_.channels) {
    slots_.push_back(capacity == kNilChannel ? kNil : new_channel(capacity));
  }
  for (const int64_t length : program_.timers) timers_.push_back(new_timer(length));
  for (const int64_t period : program_.tickers) {
    tickers_.push_back(new_timer(kNever));
    if (period > 0) set_timer(tickers_.back(), period, period);
  }
  Goroutine& main = add_goroutine(nullptr, program_.main);
  main.recovers = program_.main_recovers;
  for (step_ = 0; step_ + 1 < record.steps.size() && failure_.empty(); ++step_) {
    if (exit_ != Exit::kRunning) {
      fail("the process had ended");
    } else {
      take_step(record.steps[step_], record.steps[step_ + 1]);
    }
    if (gave_up_) return {};
  }
  if (failure_.empty()) check_ending();
  return failure_;
}

void Model::take_step(const Step& step, const Step& next) {
  now_step_ = &step;
  observations_end_ = next.observations;
  choices_end_ = next.choices;
  stop_ = Stop::kNone;
  if (step.kind != StepKind::kStart) readied_.clear();
  if (step.kind == StepKind::kDispatch || step.kind == StepKind::kTimer) {
    if (deadlocked()) {
      fail("a deadlock was not found");
      return;
    }
  }
  switch (step.kind) {
    case StepKind::kStart:
      break;
    case StepKind::kDispatch:
      dispatch(step);
      break;
    case StepKind::kTimer: {
      const auto first =
          std::min_element(alarms_.begin(), alarms_.end(), [](const Alarm& a, const Alarm& b) {
            return a.due < b.due || (a.due == b.due && a.order < b.order);
          });
      if (first == alarms_.end()) {
        fail("a timer fired, but none is set");
        return;
      }
      const Alarm alarm = *first;
      alarms_.erase(first);
      const bool somebody_ready = !ready_.empty() || next_ != 0 || !yielded_.empty();
      if (alarm.due > now_ && somebody_ready) fail("the clock moved while somebody was ready");
      now_ = std::max(now_, alarm.due);
      if (now_ != step.at_ns) {
        fail("a timer fired at " + std::to_string(step.at_ns) + ", not at " + std::to_string(now_));
      }
      fire(alarm);
      break;
    }
    case StepKind::kKill:
    case StepKind::kDeadlock:
      kill_or_deadlock(step);
      break;
  }
  if (failure_.empty()) check_schedule(step, next);
}

void Model::kill_or_deadlock(const Step& step) {
  if (step.kind == StepKind::kKill) return end_process(Exit::kKilled, "");
  if (!deadlocked()) {
    fail("found a deadlock where there is none");
    return;
  }
  end_process(Exit::kFatal, main_has_exited_ && alive_ == 0
                                ? "no goroutines (main called runtime.Goexit) - deadlock!"
                                : "all goroutines are asleep - deadlock!");
}

void Model::check_schedule(const Step& step, const Step& next) {
  if (observation_ != next.observations) {
    const Observation& o = record_->observations[observation_];
    fail("goroutine " + std::to_string(o.goroutine) + " went on to finish statement " +
         std::to_string(o.statement) + " with " + std::to_string(o.value));
    return;
  }
  if (choice_ != next.choices) fail("a select drew among cases that are not ready");
  const std::vector<uint32_t> readied(record_->readied.begin() + step.readied,
                                      record_->readied.begin() + next.readied);
  if (readied != readied_) {
    fail("made ready:" + listed(readied) + "; should be:" + listed(readied_));
  }
  take_priorities(next.priorities);
  if (step.exit != exit_) {
    fail("the process ended as " + std::to_string(static_cast<int>(step.exit)) + ", not as " +
         std::to_string(static_cast<int>(exit_)) + " " + exit_message_);
  }
  if (exit_ != Exit::kRunning || step.kind != StepKind::kDispatch) return;
  if (step.stop != stop_) {
    fail("the goroutine stopped as " + std::to_string(static_cast<int>(step.stop)) + ", not as " +
         std::to_string(static_cast<int>(stop_)) +
         (stop_ == Stop::kParked ? ": it waits in " + std::string(at(step.goroutine).reason)
                                 : std::string()));
  } else if (stop_ == Stop::kParked && step.reason != at(step.goroutine).reason) {
    fail("it waits in " + std::string(step.reason) + ", not in " +
         std::string(at(step.goroutine).reason));
  }
}

void Model::check_ending() {
  if (record_->exit != exit_) {
    fail("the process ended otherwise");
    return;
  }
  if (exit_ == Exit::kRunning && !record_->cut) fail("the run ended while something was left");
  const bool failed = exit_ == Exit::kPanic || exit_ == Exit::kFatal;
  const int code = failed ? kFailureExit : exit_ == Exit::kKilled ? kSigkillExit : 0;
  if (record_->exit_code != code) fail("exit code " + std::to_string(record_->exit_code));
  if (record_->failure != exit_message_) {
    fail("the message is \"" + record_->failure + "\", not \"" + exit_message_ + "\"");
  }
  std::vector<std::string> waiting;
  const bool is_deadlock = exit_message_.ends_with("deadlock!");
  for (const Goroutine& g : goroutines_) {
    if (g.state == State::kEnded || (exit_ != Exit::kRunning && !is_deadlock)) continue;
    const std::string_view reason = g.state == State::kWaiting ? g.reason : "runnable";
    waiting.push_back("goroutine " + std::to_string(g.id) + " [" + std::string(reason) + "]");
  }
  if ((is_deadlock || exit_ == Exit::kRunning) && waiting != record_->waiting) {
    std::string text;
    for (const std::string& one : record_->waiting) text += " " + one;
    text += "; should be:";
    for (const std::string& one : waiting) text += " " + one;
    fail("who waits at the end:" + text);
  }
  for (size_t i = 0; i < slots_.size(); ++i) {
    std::vector<std::string> buffer;
    if (slots_[i] != kNil) {
      for (const int64_t value : channels_[slots_[i]].buffer) {
        buffer.push_back(std::to_string(value));
      }
    }
    if (buffer != record_->buffers[i]) fail("other values are left in ch" + std::to_string(i));
  }
}

// The schedule.

bool Model::deadlocked() const {
  if (!ready_.empty() || next_ != 0 || !yielded_.empty()) return false;
  for (const Alarm& alarm : alarms_) {
    if (alarm.kind != AlarmKind::kChannel) return false;
    // A timer counts if somebody waits for it.
    if (!channels_[alarm.index].receivers.empty()) return false;
  }
  return true;
}

void Model::make_ready(Goroutine& g, bool yielded) {
  g.state = State::kReady;
  if (!yielded) readied_.push_back(g.id);
  if (schedule_ != Schedule::kGo) {
    ready_.push_back(g.id);
  } else if (yielded) {
    yielded_.push_back(g.id);
  } else {
    if (next_ != 0) put_local(next_);
    next_ = g.id;
  }
}

// Half of a full queue goes to the global one, with the one that finds no room. Source: Go runtime,
// `runqputslow`.
void Model::put_local(uint32_t id) {
  if (ready_.size() == kLocalMax) {
    yielded_.insert(yielded_.end(), ready_.begin(), ready_.begin() + kLocalMax / 2);
    ready_.erase(ready_.begin(), ready_.begin() + kLocalMax / 2);
    yielded_.push_back(id);
  } else {
    ready_.push_back(id);
  }
}

void Model::wake(uint32_t id, Resume resume) {
  Goroutine& g = at(id);
  g.resume = resume;
  make_ready(g);
}

bool Model::may_run_next(const Goroutine& g, const Step& /*step*/) {
  const auto taken = std::find(ready_.begin(), ready_.end(), g.id);
  if (schedule_ == Schedule::kGo) {
    // Now and then the first of those that yielded goes before all others.
    if (!yielded_.empty() && yielded_.front() == g.id) {
      yielded_.pop_front();
    } else if (next_ != 0) {
      if (next_ != g.id) return fail("the one that was woken last does not run next");
      next_ = 0;
    } else {
      if (taken != ready_.begin()) return fail("not the first in the local queue");
      ready_.pop_front();
    }
    return true;
  }
  if (schedule_ == Schedule::kFifo && taken != ready_.begin()) {
    return fail("goroutine " + std::to_string(ready_.front()) + " is at the head of the queue");
  }
  if (schedule_ == Schedule::kPct) {
    for (auto other = ready_.begin(); other != ready_.end(); ++other) {
      const uint64_t priority = at(*other).priority;
      if (priority > g.priority || (priority == g.priority && other < taken)) {
        return fail("goroutine " + std::to_string(*other) + " has a higher priority");
      }
    }
  }
  if (schedule_ == Schedule::kRandom) std::swap(*taken, ready_.front());
  const auto place = schedule_ == Schedule::kRandom ? ready_.begin() : taken;
  ready_.erase(place);
  return true;
}

void Model::take_priorities(uint32_t last) {
  for (; priority_ < last; ++priority_) {
    const Priority& p = record_->priorities[priority_];
    if (p.goroutine == 0 || p.goroutine > goroutines_.size()) continue;
    at(p.goroutine).priority = p.value;
  }
}

void Model::dispatch(const Step& step) {
  const uint32_t id = step.goroutine;
  if (id == 0 || id > goroutines_.size() || at(id).state != State::kReady) {
    fail("goroutine " + std::to_string(id) + " is not ready");
    return;
  }
  for (const Alarm& alarm : alarms_) {
    if (alarm.due <= now_) fail("a timer that is due did not fire first");
  }
  Goroutine& g = at(id);
  if (!failure_.empty() || !may_run_next(g, step)) return;
  run(g);
}

// What a policy may do before an operation.
bool Model::lets_others_go_first(Goroutine& g, const Stmt& s) {
  if (s.op == Op::kGosched) {
    stop_ = Stop::kYielded;
  } else {
    if (now_step_->stop != Stop::kYielded || observation_ != observations_end_) return false;
    stop_ = Stop::kYielded;
    take_priorities(record_->steps[step_ + 1].priorities);
    if (schedule_ == Schedule::kRandom) {
      if (ready_.empty()) fail("yields to nobody");
    } else if (schedule_ == Schedule::kPct) {
      const bool any = std::any_of(ready_.begin(), ready_.end(),
                                   [&](uint32_t id) { return at(id).priority > g.priority; });
      if (!any) fail("yields to lower priorities");
    } else {
      fail("yields although the policy lets nobody else go first");
    }
  }
  g.resume = Resume::kAttempt;
  make_ready(g, true);
  return true;
}

// Goroutines.

Model::Goroutine& Model::add_goroutine(const Stmt* stmt, const Block& body) {
  Goroutine& g = goroutines_.emplace_back();
  g.id = static_cast<uint32_t>(goroutines_.size());
  g.started_by = stmt;
  g.frames.push_back({&body, stmt, 0, 1, true, {}});
  ++alive_;
  make_ready(g);
  return g;
}

void Model::run(Goroutine& g) {
  g.state = State::kRunning;
  Resume how = std::exchange(g.resume, Resume::kNext);
  while (failure_.empty() && exit_ == Exit::kRunning && g.state == State::kRunning) {
    Frame& frame = g.frames.back();
    if (frame.next == frame.block->size()) {
      if (!leave_frame(g)) return;
      continue;
    }
    const Stmt& s = (*frame.block)[frame.next];
    Outcome outcome = Outcome::kDone;
    if (how == Resume::kNext) {
      prepare(g, s);
      if (may_wait(s.op) && lets_others_go_first(g, s)) return;
      outcome = attempt(g, s);
    } else if (how == Resume::kAttempt) {
      outcome = attempt(g, s);
    } else {
      outcome = resume(g, s, how);
    }
    how = Resume::kNext;
    if (outcome == Outcome::kWaits) {
      g.state = State::kWaiting;
      stop_ = Stop::kParked;
    }
  }
}

// The end of a block has been reached. False: the goroutine has ended.
bool Model::leave_frame(Goroutine& g) {
  Frame& frame = g.frames.back();
  if (--frame.left > 0) {
    frame.next = 0;
    return true;
  }
  if (frame.is_function) {
    run_deferred(g);
    if (exit_ != Exit::kRunning) return false;
    if (!g.panics.empty()) {
      unwind(g);
      return g.state == State::kRunning && exit_ == Exit::kRunning;
    }
  }
  const Stmt* const stmt = g.frames.back().stmt;
  const bool is_call = stmt != nullptr && stmt->op == Op::kCall;
  g.frames.pop_back();
  if (g.frames.empty()) {
    end_goroutine(g);
    return false;
  }
  if (is_call) observe(g, stmt->id, 0);
  return true;
}

// A panic of a deferred statement ends that statement; those before it still run.
void Model::run_deferred(Goroutine& g) {
  std::vector<const Stmt*>& deferred = g.frames.back().deferred;
  while (!deferred.empty() && exit_ == Exit::kRunning && failure_.empty()) {
    const Stmt* const call = deferred.back();
    deferred.pop_back();
    int64_t value = 0;
    if (plain_value(g, *call, value)) observe(g, call->id, value);
  }
}

// The goroutine panics or exits: its functions end, up to one that recovers.
void Model::unwind(Goroutine& g) {
  drop_made(g);
  while (!g.frames.empty()) {
    if (g.frames.back().is_function) run_deferred(g);
    if (exit_ != Exit::kRunning || !failure_.empty()) return;
    const Stmt* const stmt = g.frames.back().stmt;
    const bool recovers = stmt != nullptr && stmt->op == Op::kCall && stmt->flag;
    g.frames.pop_back();
    if (!recovers || g.panics.empty()) continue;
    const std::string message = std::exchange(g.panics, {}).back();
    // Who exits goes on to exit after its deferred work has recovered.
    if (g.exits) continue;
    observe(g, stmt->id, code_of(message));
    return;
  }
  if (!g.panics.empty() && g.recovers) {
    const uint32_t statement = g.started_by == nullptr ? 0 : g.started_by->id;
    observe(g, statement, code_of(g.panics.back()));
    g.panics.clear();
  }
  if (g.panics.empty()) return end_goroutine(g);
  end_process(Exit::kPanic, report_of(g.panics));
}

void Model::end_goroutine(Goroutine& g) {
  g.state = State::kEnded;
  stop_ = Stop::kEnded;
  --alive_;
  if (g.id != 1) return;
  if (g.exits) {
    main_has_exited_ = true;
  } else {
    end_process(Exit::kReturned, "");
  }
}

void Model::end_process(Exit exit, std::string failure) {
  exit_ = exit;
  exit_message_ = std::move(failure);
}

Model::Outcome Model::panic(Goroutine& g, std::string message) {
  g.panics.push_back(std::move(message));
  unwind(g);
  return Outcome::kGone;
}

// No deferred work runs, and nothing recovers. What panics already is reported first.
Model::Outcome Model::fatal(const Goroutine& g, std::string_view message) {
  std::string report = report_of(g.panics);
  if (!report.empty()) report += "\n\tfatal error: ";
  report += message;
  end_process(Exit::kFatal, std::move(report));
  return Outcome::kGone;
}

void Model::observe(const Goroutine& g, uint32_t statement, int64_t value) {
  if (!failure_.empty()) return;
  const std::string mine = "goroutine " + std::to_string(g.id) + " finishes statement " +
                           std::to_string(statement) + " with " + std::to_string(value) + " at " +
                           std::to_string(now_);
  if (observation_ == observations_end_) {
    fail("should go on: " + mine);
    return;
  }
  const Observation& o = record_->observations[observation_++];
  if (o.goroutine == g.id && o.statement == statement && o.value == value && o.at_ns == now_) {
    return;
  }
  fail("goroutine " + std::to_string(o.goroutine) + " finished statement " +
       std::to_string(o.statement) + " with " + std::to_string(o.value) + " at " +
       std::to_string(o.at_ns) + "; should be: " + mine);
}

Model::Outcome Model::finish(Goroutine& g, const Stmt& s, int64_t value) {
  observe(g, s.id, value);
  ++g.frames.back().next;
  return Outcome::kDone;
}

}  // namespace semantics
