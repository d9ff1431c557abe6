#include "engine/task/scheduler.h"

#include <algorithm>

#include "engine/task/report.h"

namespace engine {
namespace {

/// How long a goroutine may keep its processor. Source: Go runtime, `forcePreemptNS`.
constexpr Duration kTimeSlice = 10 * kMillisecond;
/// What it is taken to do in that time: an operation that need not wait costs 100 ns.
constexpr uint32_t kOperationsPerSlice = 100'000;

}  // namespace

std::string_view policy_name(Policy policy) {
  switch (policy) {
    case Policy::kFifo:
      return "fifo";
    case Policy::kRandom:
      return "random";
  }
  return "unknown";
}

std::optional<Policy> policy_named(std::string_view name) {
  for (const Policy policy : {Policy::kFifo, Policy::kRandom}) {
    if (policy_name(policy) == name) return policy;
  }
  return std::nullopt;
}

// The loop.

bool Scheduler::step() {
  WorldState& w = here();
  ENGINE_CHECK(!w.muted && failure_ == Failure::kNone);
  if (Process* process = std::exchange(deadlocked_, nullptr)) {
    end_deadlocked(*process);
  } else if (w.queue.next_due() <= w.now) {
    fire_next_timer();
  } else if (Goroutine* task = take_ready()) {
    dispatch(*task);
  } else if (!w.queue.empty()) {
    w.now = w.queue.next_due();
    fire_next_timer();
  } else {
    return end_a_deadlocked_process();
  }
  return true;
}

void Scheduler::begin_step(EventKind kind, uint32_t subject, uint32_t aux, uint64_t arg,
                           uint64_t cause) {
  WorldState& w = here();
  ++w.step;
  w.cause = cause;
  w.cause = emit(kind, subject, aux, arg) + 1;
}

void Scheduler::begin_input_step(uint32_t text_hash) {
  begin_step(EventKind::kInput, 0, text_hash, static_cast<uint64_t>(here().now.ns), 0);
}

void Scheduler::fire_next_timer() {
  WorldState& w = here();
  Timer& timer = w.queue.pop();
  begin_step(EventKind::kTimerFired, 0, 0, static_cast<uint64_t>(w.now.ns), timer.cause());
  timer.fire();
}

void Scheduler::dispatch(Goroutine& task) {
  Process& process = task.process_;
  current_ = &task;
  task.state_ = TaskState::kRunning;
  operations_left_ = kOperationsPerSlice;
  begin_step(EventKind::kDispatch, task.id_.value, process.id().value, 0, task.cause_);
  run_frames(task);
  if (failure_ != Failure::kNone) [[unlikely]] {
    fail_process(task);
  } else if (task.state_ == TaskState::kDone) {
    emit(EventKind::kTaskEnd, task.id_.value);
    if (task.id_ == process.main_) {
      end_process(process, ExitKind::kReturned, 0);
    } else {
      // Parameters and captures die here, and what their destructors do is still the task's doing.
      destroy_contents(task);
      if (failure_ != Failure::kNone) [[unlikely]] {
        fail_process(task);
      } else {
        free_task(task);
      }
    }
  }
  if (process.awake_ == 0 && process.running()) deadlocked_ = &process;
  current_ = nullptr;
}

void Scheduler::run_frames(Goroutine& task) {
  if (WaitOp* op = std::exchange(task.op_, nullptr)) {
    op->yielded_ = false;
    if (!op->attempt()) {
      suspend(*op, false);
      return;
    }
  }
  do {
    task.top_->resume();
  } while (task.state_ == TaskState::kRunning);
}

void Scheduler::suspend(WaitOp& op, bool yielded) {
  Goroutine& task = *current_;
  task.op_ = &op;
  if (failure_ != Failure::kNone) [[unlikely]] {
    task.state_ = TaskState::kPanicking;
  } else if (yielded) {
    task.state_ = TaskState::kReady;
    task.cause_ = emit(EventKind::kYield, task.id_.value) + 1;
    push_ready(task);
  } else {
    task.state_ = TaskState::kWaiting;
    task.needs_others_ = op.reason() != WaitReason::kSleep;
    if (task.needs_others_) --task.process_.awake_;
    emit(EventKind::kPark, task.id_.value, static_cast<uint32_t>(op.reason()),
         op.object() == nullptr ? 0 : op.object()->id());
  }
}

bool Scheduler::decide_interrupt() {
  if (failure_ != Failure::kNone) return true;
  if (operations_left_ == 0) {
    // Whoever never waits has kept its processor for a while: the others' timers come due.
    WorldState& w = here();
    w.now = std::min(w.now + kTimeSlice, kEndOfTime - kNanosecond);
    emit(EventKind::kPreempt, current_->id_.value, 0, static_cast<uint64_t>(w.now.ns));
    operations_left_ = kOperationsPerSlice;
    return true;
  }
  if (policy_ == Policy::kFifo) return false;
  constexpr uint32_t kOneIn = 4;
  return ready_count_ > 0 && choose(ChoiceKind::kYield, current_->key(), kOneIn) == 0;
}

// The run queue.

void Scheduler::ready(Goroutine& task) {
  task.op_ = nullptr;
  ready_to_retry(task);
}

void Scheduler::ready_to_retry(Goroutine& task) {
  ENGINE_CHECK(task.state_ == TaskState::kWaiting);
  task.state_ = TaskState::kReady;
  if (std::exchange(task.needs_others_, false)) ++task.process_.awake_;
  const uint32_t by = current_ == nullptr ? 0 : current_->id_.value;
  task.cause_ = emit(EventKind::kWake, task.id_.value, by) + 1;
  push_ready(task);
}

void Scheduler::push_ready(Goroutine& task) {
  if (ready_count_ == ring_.size()) {
    std::vector<Goroutine*> larger(ring_.empty() ? 16 : ring_.size() * 2);
    for (uint32_t i = 0; i < ready_count_; ++i) larger[i] = ring_[slot(i)];
    ring_ = std::move(larger);
    ready_head_ = 0;
  }
  ring_[slot(ready_count_)] = &task;
  ++ready_count_;
}

Goroutine* Scheduler::take_ready() {
  if (ready_count_ == 0) return nullptr;
  if (policy_ == Policy::kRandom && !std::exchange(next_is_forced_, false)) {
    const uint32_t taken = choose(ChoiceKind::kNextTask, key_, ready_count_);
    std::swap(ring_[slot(taken)], ring_[ready_head_]);
  }
  Goroutine* task = ring_[ready_head_];
  ready_head_ = slot(1);
  --ready_count_;
  return task;
}

void Scheduler::forget_ready_of(const Process& process) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < ready_count_; ++i) {
    Goroutine* at = ring_[slot(i)];
    if (&at->process_ != &process) ring_[slot(kept++)] = at;
  }
  ready_count_ = kept;
  next_is_forced_ = false;
}

bool Scheduler::run_next(TaskId id) {
  for (uint32_t i = 0; i < ready_count_; ++i) {
    if (ring_[slot(i)]->id_ != id) continue;
    Goroutine* task = ring_[slot(i)];
    for (; i > 0; --i) ring_[slot(i)] = ring_[slot(i - 1)];
    ring_[ready_head_] = task;
    next_is_forced_ = policy_ == Policy::kRandom;
    return true;
  }
  return false;
}

std::vector<const Goroutine*> Scheduler::ready_tasks() const {
  std::vector<const Goroutine*> tasks;
  for (uint32_t i = 0; i < ready_count_; ++i) tasks.push_back(ring_[slot(i)]);
  return tasks;
}

// Processes and goroutines.

Process& Scheduler::start_process(Process::Options options, detail::PromiseBase* root,
                                  detail::Closure* closure, std::source_location where) {
  const ProcessId id{next_process_++};
  auto* process = new Process(id, derive(key_, id.value), std::move(options));
  processes_.push_back(*process);
  emit(EventKind::kProcessStart, id.value);
  Goroutine& main = add_task(*process, root, closure, where, derive(process->key_, 0));
  main.set_name("main");
  process->main_ = main.id_;
  return *process;
}

Goroutine& Scheduler::spawn(detail::PromiseBase* root, detail::Closure* closure,
                            std::source_location where) {
  ENGINE_CHECK(current_ != nullptr);
  return add_task(current_->process_, root, closure, where, current_->next_key());
}

Goroutine& Scheduler::add_task(Process& process, detail::PromiseBase* root,
                               detail::Closure* closure, std::source_location where,
                               EntityKey key) {
  const TaskId parent = current_ == nullptr ? TaskId{} : current_->id_;
  auto* task = new Goroutine(process, TaskId{next_task_++}, parent, key, where);
  task->top_ = root;
  task->closure_ = closure;
  process.tasks_.push_back(*task);
  ++process.awake_;
  task->cause_ = emit(EventKind::kSpawn, task->id_.value, process.id_.value, key.value) + 1;
  push_ready(*task);
  return *task;
}

bool Scheduler::kill(ProcessId id) {
  ENGINE_CHECK(current_ == nullptr);
  for (Process& process : processes_) {
    if (process.id_ != id || !process.running()) continue;
    constexpr int kSigkillExit = 128 + 9;
    end_process(process, ExitKind::kKilled, kSigkillExit);
    return true;
  }
  return false;
}

void Scheduler::end_process(Process& process, ExitKind kind, int code) {
  process.exit_ = kind;
  process.exit_code_ = code;
  emit(EventKind::kProcessExit, process.id_.value, static_cast<uint32_t>(kind),
       static_cast<uint64_t>(code));
  WorldState& w = here();
  if (deadlocked_ == &process) deadlocked_ = nullptr;
  w.muted = true;
  forget_ready_of(process);
  while (Goroutine* youngest = process.tasks_.back()) destroy_task(*youngest);
  w.muted = false;
  current_ = nullptr;
}

void Scheduler::destroy_frames(Goroutine& task) {
  while (detail::PromiseBase* frame = std::exchange(task.top_, nullptr)) {
    detail::PromiseBase* const outer = frame->continuation;
    frame->destroy();
    task.top_ = outer;
  }
}

void Scheduler::destroy_contents(Goroutine& task) {
  destroy_frames(task);
  delete std::exchange(task.closure_, nullptr);
}

void Scheduler::free_task(Goroutine& task) {
  if (!task.needs_others_) --task.process_.awake_;
  delete &task;
}

void Scheduler::destroy_task(Goroutine& task) {
  current_ = &task;
  destroy_contents(task);
  current_ = nullptr;
  free_task(task);
}

// Failures.

void Scheduler::panic(std::string_view message) {
  fail(Failure::kPanic, message);
}
void Scheduler::fatal(std::string_view message) {
  fail(Failure::kFatal, message);
}

void Scheduler::fail(Failure failure, std::string_view message) {
  ENGINE_CHECK(current_ != nullptr);
  WorldState& w = here();
  if (w.muted) return;
  Goroutine& task = *current_;
  std::string& text = task.process_.failure_;
  if (failure == Failure::kFatal) text.clear();
  if (!text.empty()) text += "\n\tpanic: ";
  text += message;
  emit(EventKind::kPanic, task.id_.value, static_cast<uint32_t>(failure), hash_bytes(message));
  failure_ = failure;
  interrupts_ = true;
  w.muted = true;
}

void Scheduler::fail_process(Goroutine& task) {
  WorldState& w = here();
  Process& process = task.process_;
  Failure failure = failure_;
  std::string trace = dump_goroutine(task, "running");
  const auto unmute = [&] {
    w.muted = false;
    failure_ = Failure::kNone;
    interrupts_ = policy_ != Policy::kFifo;
  };
  unmute();
  if (failure == Failure::kPanic) {
    task.state_ = TaskState::kPanicking;
    destroy_contents(task);  // the deferred work, which others can see
    if (failure_ == Failure::kFatal) failure = Failure::kFatal;
    unmute();
  }
  const std::string_view kind = failure == Failure::kPanic ? "panic: " : "fatal error: ";
  std::string report(kind);
  report += process.failure_;
  report += "\n\n";
  report += trace;
  emit_report(process.id_.value, report, process.failure_);
  end_process(process, failure == Failure::kPanic ? ExitKind::kPanic : ExitKind::kFatal,
              kGoFailureExit);
}

DeferredWork::DeferredWork() : was_muted_(here().muted) {
  if (scheduler().failure_ == Scheduler::Failure::kPanic) here().muted = false;
}

DeferredWork::~DeferredWork() {
  // A panic of the deferred work itself leaves the goroutine doomed as well.
  here().muted = was_muted_ || scheduler().failure_ != Scheduler::Failure::kNone;
}

bool Scheduler::end_a_deadlocked_process() {
  for (Process& process : processes_) {
    if (!process.running()) continue;
    end_deadlocked(process);
    return true;
  }
  return false;
}

void Scheduler::end_deadlocked(Process& process) {
  begin_step(EventKind::kQuiescence, process.id_.value, 0, 0, 0);
  process.failure_ = kDeadlockMessage;
  std::string report = "fatal error: ";
  report += process.failure_;
  report += "\n";
  for (const Goroutine& task : process.tasks_) {
    report += "\n";
    report += dump_goroutine(task, {});
  }
  emit_report(process.id_.value, report, process.failure_);
  end_process(process, ExitKind::kFatal, kGoFailureExit);
}

}  // namespace engine
