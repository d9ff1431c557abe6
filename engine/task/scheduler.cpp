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

// The loop.

inline void Scheduler::begin_slice() {
  operations_left_ = runs_freely_ ? kOperationsPerSlice : 1;
  slice_left_ = kOperationsPerSlice;
}

inline void Scheduler::begin_step(EventKind kind, uint32_t subject, uint32_t aux, uint64_t arg,
                                  uint32_t cause) {
  WorldState& w = here();
  ++w.step;
  w.cause = cause;
  w.cause = static_cast<uint32_t>(emit(kind, subject, aux, arg));
}

void Scheduler::begin_input_step(uint32_t text_hash) {
  begin_step(EventKind::kInput, 0, text_hash, static_cast<uint64_t>(here().now.ns),
             static_cast<uint32_t>(kNoCause));
}

void Scheduler::fire_next_timer() {
  WorldState& w = here();
  Alarm& timer = w.queue.pop();
  begin_step(EventKind::kTimerFired, 0, 0, static_cast<uint64_t>(w.now.ns),
             static_cast<uint32_t>(timer.cause() - 1));
  timer.fire();
}

// Inline: this and the next are most of what a step costs.
inline void Scheduler::dispatch(Goroutine& task) {
  current_ = &task;
  task.state_ = TaskState::kRunning;
  if (!queue_.inherits_slice()) begin_slice();
  begin_step(EventKind::kDispatch, task.id_.value, task.process_.id_.value, 0, task.cause_);
  here().running = task.id_.value;
  run_frames(task);
  if (attention_) [[unlikely]]
    attend(task);
  here().running = 0;
  current_ = nullptr;
}

inline void Scheduler::run_frames(Goroutine& task) {
  if (WaitOp* op = std::exchange(task.op_, nullptr)) {
    if (!op->kind().attempt(*op)) {
      suspend(*op);
      return;
    }
  }
  do {
    task.top_->resume();
  } while (task.state_ == TaskState::kRunning);
}

[[gnu::always_inline]] inline bool Scheduler::step(Instant until) {
  WorldState& w = here();
  ENGINE_CHECK(!w.muted && failure_ == Failure::kNone);
  if (deadlocked_ != nullptr) [[unlikely]] {
    Process& process = *std::exchange(deadlocked_, nullptr);
    if (process.awake_ == 0 && process.running()) {
      end_deadlocked(process);
      return true;
    }
  }
  if (w.queue.due_by(w.now)) {
    fire_next_timer();
  } else if (Goroutine* task = queue_.take()) {
    dispatch(*task);
  } else if (w.queue.due_by(until)) {
    w.now = w.queue.next_due();
    fire_next_timer();
  } else {
    return w.queue.empty() && end_a_deadlocked_process();
  }
  return true;
}

uint64_t Scheduler::run(Instant until, uint64_t most) {
  WorldState& w = here();
  const Arena& arena = *t_here.arena;
  uint64_t taken = 0;
  while (taken < most && w.now <= until && !arena.over_limit() && step(until)) ++taken;
  return taken;
}

// The goroutine has ended or failed, or nothing of its process can go on by itself.
void Scheduler::attend(Goroutine& task) {
  attention_ = false;
  Process& process = task.process_;
  while (failure_ != Failure::kNone && resolve_failure(task)) run_frames(task);
  // If the task is gone by now, nobody is current.
  if (current_ != nullptr && task.state_ == TaskState::kDone) end_task(task);
  attention_ = false;
  if (process.awake_ == 0 && process.running()) deadlocked_ = &process;
}

void Scheduler::end_task(Goroutine& task) {
  emit(EventKind::kTaskEnd, task.id_.value);
  if (task.id_ == task.process_.main_) {
    end_process(task.process_, ExitKind::kReturned, 0);
    return;
  }
  // Parameters and captures die here, and what their destructors do is still the task's doing.
  destroy_contents(task);
  if (failure_ != Failure::kNone) [[unlikely]] {
    resolve_failure(task);
  } else {
    free_task(task);
  }
}

void Scheduler::suspend(WaitOp& op) {
  Goroutine& task = *current_;
  task.op_ = &op;
  const RunQueue::Stop stop = std::exchange(stop_, RunQueue::Stop::kParks);
  if (failure_ != Failure::kNone) [[unlikely]] {
    task.state_ = TaskState::kPanicking;
    return;
  }
  op.hold_object();
  if (stop != RunQueue::Stop::kParks) {
    task.state_ = TaskState::kReady;
    task.cause_ = static_cast<uint32_t>(emit(EventKind::kYield, task.id_.value));
    queue_.push(task, stop);
    return;
  }
  task.state_ = TaskState::kWaiting;
  const OpKind& kind = op.kind();
  task.needs_others_ = kind.wakes_by_itself == nullptr || !kind.wakes_by_itself(op);
  if (task.needs_others_ && --task.process_.awake_ == 0) attention_ = true;
  // A sleep has said so itself.
  if (kind.reason == WaitReason::kSleep) return;
  emit(EventKind::kPark, task.id_.value, static_cast<uint32_t>(kind.reason),
       op.object() == nullptr ? 0 : op.object()->id());
}

void Scheduler::reconsider(Goroutine& task) {
  if (task.state_ != TaskState::kWaiting || task.op_ == nullptr) return;
  const OpKind& kind = task.op_->kind();
  const bool needs_others = kind.wakes_by_itself == nullptr || !kind.wakes_by_itself(*task.op_);
  if (needs_others == task.needs_others_) return;
  task.needs_others_ = needs_others;
  if (needs_others) {
    task.process_.remove_pending();
  } else {
    task.process_.add_pending();
  }
}

bool Scheduler::interrupts() {
  operations_left_ = 1;
  if (failure_ != Failure::kNone) return true;
  if (runs_freely_ || --slice_left_ == 0) {
    // Whoever never waits has kept its processor for a while: the others' timers come due.
    WorldState& w = here();
    w.now = std::min(w.now + kTimeSlice, kEndOfTime - kNanosecond);
    emit(EventKind::kPreempt, current_->id_.value, 0, static_cast<uint64_t>(w.now.ns));
    begin_slice();
    stop_ = RunQueue::Stop::kYields;
  } else if (queue_.interrupts(*current_)) {
    stop_ = RunQueue::Stop::kGivesWay;
  }
  return stop_ != RunQueue::Stop::kParks;
}

// Processes and goroutines.

void Process::remove_pending() {
  if (--awake_ == 0) scheduler().note_idle(*this);
}

Process& Scheduler::start_process(Process::Options options, detail::PromiseBase* root,
                                  detail::Attachment* closure, std::source_location where) {
  const ProcessId id{next_process_++};
  auto* process = new Process(id, derive(key_, id.value), std::move(options));
  processes_.push_back(*process);
  emit(EventKind::kProcessStart, id.value);
  Goroutine& main = add_task(*process, root, closure, where, derive(process->key_, 0));
  main.set_name("main");
  process->main_ = main.id_;
  return *process;
}

Goroutine& Scheduler::spawn(detail::PromiseBase* root, detail::Attachment* closure,
                            std::source_location where) {
  ENGINE_CHECK(current_ != nullptr);
  const EntityKey key = is_doomed() ? EntityKey{} : current_->next_key();
  Goroutine& task = add_task(current_->process_, root, closure, where, key);
  if (current_->attachments_ != nullptr) [[unlikely]] {
    if (const Labels* labels = current_->labels()) task.set_labels(*labels);
  }
  return task;
}

Goroutine& Scheduler::spawn_from_timer(Process& process, EntityKey key, detail::PromiseBase* root,
                                       detail::Attachment* closure, std::source_location where) {
  ENGINE_CHECK(current_ == nullptr);
  return add_task(process, root, closure, where, key);
}

Goroutine& Scheduler::add_task(Process& process, detail::PromiseBase* root,
                               detail::Attachment* closure, std::source_location where,
                               EntityKey key) {
  const TaskId parent = current_ == nullptr ? TaskId{} : current_->id_;
  void* const block = static_cast<char*>(root->frame()) - sizeof(Goroutine);
  // The first frame made since begin_root() must be the one that was returned.
  ENGINE_CHECK(!expects_root_ && t_here.arena->owns(block));
  root->created = where;
  const bool doomed = current_ != nullptr && is_doomed();
  const TaskId id{doomed ? 0 : next_task_++};
  auto* task = new (block) Goroutine(process, id, parent, key);
  task->top_ = root;
  task->attachments_ = closure;
  if (doomed) {
    stillborn_.push_back(*task);
    return *task;
  }
  process.tasks_.push_back(*task);
  ++process.awake_;
  ++process.alive_;
  task->cause_ =
      static_cast<uint32_t>(emit(EventKind::kSpawn, task->id_.value, process.id_.value, key.value));
  // What the deferred work of a process that ends starts is never seen.
  if (process.running()) {
    queue_.admit(*task);
    queue_.push(*task, RunQueue::Stop::kParks);
  }
  return *task;
}

bool Scheduler::kill(ProcessId id, int signal) {
  for (Process& process : processes_) {
    if (process.id_ != id || !process.running()) continue;
    Goroutine* const killer = current_;
    ENGINE_CHECK(killer == nullptr || &killer->process_ != &process);
    constexpr int kBySignal = 128;
    end_process(process, ExitKind::kKilled, kBySignal + signal);
    current_ = killer;
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
  w.muted = true;
  queue_.forget(process);
  while (Goroutine* youngest = process.tasks_.back()) destroy_task(*youngest);
  while (ProcessPart* part = process.parts_.pop_front()) part->process_ended();
  w.muted = false;
  if (deadlocked_ == &process) deadlocked_ = nullptr;
  current_ = nullptr;
  if (process.host_ != nullptr) process.host_->process_ended(process);
}

// Destroys frames, innermost first, up to one that recovers from a panic. True: there is one, and
// the task goes on there.
bool Scheduler::unwind(Goroutine& task) {
  const bool panics = failure_ == Failure::kNone && task.state_ == TaskState::kPanicking;
  const bool exits = failure_ == Failure::kNone && task.state_ == TaskState::kExiting;
  while (detail::PromiseBase* frame = std::exchange(task.top_, nullptr)) {
    const bool is_root = frame == task.root();
    detail::TaskBase* const owner = is_root ? nullptr : frame->task;
    detail::PromiseBase* const outer = is_root ? nullptr : owner->awaiter;
    const bool recovers = owner != nullptr && owner->recovers;
    if (owner != nullptr) owner->promise = nullptr;
    if (is_root) dying_root_ = frame->frame();
    frame->destroy();
    dying_root_ = nullptr;
    task.top_ = outer;
    if (recovers && panics && failure_ != Failure::kFatal) {
      owner->panicked = true;
      return true;
    }
    // Deferred work of a goroutine that exits has panicked: that is recovered, and it exits on.
    if (recovers && exits && failure_ == Failure::kPanic) {
      clear_failure();
      task.process_.failure_.clear();
      emit(EventKind::kRecover, task.id_.value);
    }
  }
  return false;
}

void Scheduler::destroy_contents(Goroutine& task) {
  unwind(task);
  // What may still be needed, such as the name, stays until the task is freed.
  detail::Attachment** link = &task.attachments_;
  while (*link != nullptr && (*link)->kind != detail::Attachment::Kind::kClosure) {
    link = &(*link)->next;
  }
  if (*link != nullptr) delete std::exchange(*link, (*link)->next);
}

void Scheduler::free_task(Goroutine& task) {
  Process& process = task.process_;
  if (!task.needs_others_) --process.awake_;
  --process.alive_;
  task.drop_attachments();
  if (task.has_drawn_) {
    constexpr ChoiceKind kKinds[] = {ChoiceKind::kYield, ChoiceKind::kProgram, ChoiceKind::kSelect,
                                     ChoiceKind::kPriority};
    for (const ChoiceKind kind : kKinds) here().choices.forget(kind, task.key_);
  }
  task.~Goroutine();
  t_here.arena->free_sized(&task, sizeof(Goroutine) + dying_bytes_);
  current_ = nullptr;
}

void Scheduler::destroy_task(Goroutine& task) {
  current_ = &task;
  destroy_contents(task);
  free_task(task);
}

// Failures.

void Scheduler::panic(std::string_view message) {
  fail(Failure::kPanic, message);
}
void Scheduler::fatal(std::string_view message) {
  fail(Failure::kFatal, message);
}
void Scheduler::goexit() {
  fail(Failure::kGoexit, {});
}
void Scheduler::exit_process(int code) {
  if (!here().muted) wanted_exit_code_ = code;
  fail(Failure::kExit, {});
}

void Scheduler::fail(Failure failure, std::string_view message) {
  ENGINE_CHECK(current_ != nullptr);
  WorldState& w = here();
  if (w.muted) return;
  Goroutine& task = *current_;
  if (failure == Failure::kGoexit) {
    emit(EventKind::kGoexit, task.id_.value);
  } else if (failure != Failure::kExit) {
    std::string& text = task.process_.failure_;
    if (!text.empty()) text += failure == Failure::kFatal ? "\n\tfatal error: " : "\n\tpanic: ";
    for (const char c : message) {
      text += c;
      if (c == '\n') text += '\t';
    }
    task.process_.last_panic_ = message;
    emit(EventKind::kPanic, task.id_.value, static_cast<uint32_t>(failure), hash_bytes(message));
  }
  failure_ = failure;
  attention_ = true;
  operations_left_ = 1;
  w.muted = true;
}

void Scheduler::clear_failure() {
  drop_stillborn();
  here().muted = false;
  failure_ = Failure::kNone;
  begin_slice();
}

void Scheduler::drop_stillborn() {
  while (Goroutine* task = stillborn_.front()) {
    unwind(*task);
    task->drop_attachments();
    task->~Goroutine();
    t_here.arena->free_sized(task, sizeof(Goroutine) + dying_bytes_);
  }
}

bool is_doomed() {
  return here().muted && scheduler().has_failed();
}

// The current goroutine has failed. True: it has recovered and goes on at task.top_.
bool Scheduler::resolve_failure(Goroutine& task) {
  Process& process = task.process_;
  Failure failure = failure_;
  const bool began_as_panic = failure == Failure::kPanic;
  const bool reports = failure == Failure::kPanic || failure == Failure::kFatal;
  std::string trace = reports ? dump_goroutine(task, "running") : "";
  clear_failure();
  task.op_ = nullptr;
  if (failure == Failure::kExit) {
    end_process(process, ExitKind::kExited, wanted_exit_code_);
    return false;
  }
  if (failure != Failure::kFatal) {
    task.state_ = failure == Failure::kPanic ? TaskState::kPanicking : TaskState::kExiting;
    const bool goes_on = unwind(task);  // the deferred work, which others can see
    if (failure_ != Failure::kNone && failure_ != Failure::kGoexit) failure = failure_;
    clear_failure();
    if (failure == Failure::kExit) {
      end_process(process, ExitKind::kExited, wanted_exit_code_);
      return false;
    }
    if (goes_on) {
      process.failure_.clear();
      emit(EventKind::kRecover, task.id_.value);
      task.state_ = TaskState::kRunning;
      return true;
    }
  }
  const bool exits = task.state_ == TaskState::kExiting;
  const bool recovered = failure == Failure::kPanic && recover_at_boundary(task);
  if (recovered || failure == Failure::kGoexit) {
    emit(EventKind::kTaskEnd, task.id_.value);
    const bool is_main = task.id_ == process.main_;
    if (is_main && !exits) {
      end_process(process, ExitKind::kReturned, 0);
      return false;
    }
    process.main_has_exited_ = process.main_has_exited_ || is_main;
    destroy_contents(task);
    clear_failure();
    free_task(task);
    return false;
  }
  const bool panics = failure == Failure::kPanic || began_as_panic;
  const std::string_view kind = panics ? "panic: " : "fatal error: ";
  std::string report(kind);
  report += process.failure_;
  report += "\n\n";
  report += trace;
  emit_report(process.id_.value, report, process.failure_);
  // Without source lines, which compilers number differently.
  if (process.host_ != nullptr) process.host_->printed(process, process.failure_ + "\n");
  end_process(process, failure == Failure::kPanic ? ExitKind::kPanic : ExitKind::kFatal,
              kGoFailureExit);
  return false;
}

// A panic has ended all frames of the goroutine. True: it has a handler, which ended the panic.
bool Scheduler::recover_at_boundary(Goroutine& task) {
  auto* const recovery =
      static_cast<detail::Recovery*>(task.find(detail::Attachment::Kind::kRecovery));
  if (recovery == nullptr) return false;
  Process& process = task.process_;
  const std::string message = std::exchange(process.last_panic_, {});
  const std::string all = std::exchange(process.failure_, {});
  recovery->recovered(message);
  if (failure_ != Failure::kNone) {
    clear_failure();
    process.failure_ = all + " [recovered]\n\tpanic: " + process.failure_;
    return false;
  }
  emit(EventKind::kRecover, task.id_.value);
  return true;
}

DeferredWork::DeferredWork() : was_muted_(here().muted) {
  const Scheduler::Failure failure = scheduler().failure_;
  if (failure == Scheduler::Failure::kPanic || failure == Scheduler::Failure::kGoexit) {
    here().muted = false;
  }
}

DeferredWork::~DeferredWork() {
  // A panic of the deferred work itself leaves the goroutine doomed as well.
  here().muted = was_muted_ || scheduler().failure_ != Scheduler::Failure::kNone;
}

bool Scheduler::end_a_deadlocked_process() {
  for (Process& process : processes_) {
    if (!process.is_stuck()) continue;
    end_deadlocked(process);
    return true;
  }
  return false;
}

void Scheduler::end_deadlocked(Process& process) {
  begin_step(EventKind::kQuiescence, process.id_.value, 0, 0, static_cast<uint32_t>(kNoCause));
  const bool nobody_left = process.main_has_exited_ && process.alive_ == 0;
  process.failure_ = nobody_left ? kNobodyLeftMessage : kDeadlockMessage;
  std::string report = "fatal error: ";
  report += process.failure_;
  report += "\n";
  for (const Goroutine& task : process.tasks_) {
    report += "\n";
    report += dump_goroutine(task, {});
  }
  emit_report(process.id_.value, report, process.failure_);
  // Without source lines, which compilers number differently.
  if (process.host_ != nullptr) process.host_->printed(process, process.failure_ + "\n");
  end_process(process, ExitKind::kFatal, kGoFailureExit);
}

}  // namespace engine
