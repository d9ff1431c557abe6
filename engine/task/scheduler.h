// engine/task/scheduler.h: the crank. One step of the world at a time.
//
// A step is one of: a timer that is due fires; the next ready goroutine runs until it parks, yields
// or ends; if none is ready, the clock jumps to the next timer, which fires; and if there is none,
// the run is over. A process whose goroutines all wait for each other is ended with Go's deadlock
// report, in a step of its own. What is due goes first, so all timers of an instant have fired
// before the goroutines they woke run.
//
// Determinism: the run queue's policy says who leaves it. Wake-ups only append to it. Everything
// here emits events. Destruction: tasks of a process that ended are destroyed by the loop, youngest
// first, innermost frame first, with the world muted.

#pragma once

#include <cstdint>
#include <source_location>
#include <string_view>
#include <vector>

#include "engine/task/goroutine.h"
#include "engine/task/run_queue.h"
#include "engine/world/world.h"

namespace engine {

class Scheduler {
 public:
  static constexpr int kSigkill = 9;

  explicit Scheduler(Policy policy)
      : runs_freely_(policy == Policy::kFifo || policy == Policy::kGo),
        key_(derive({}, 1)),
        queue_(policy, key_) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// An input from outside takes a step of its own. Emits its event; the caller then acts.
  void begin_input_step(uint32_t text_hash);

  /// Runs steps while they begin no later than `until`, `most` of them. Returns how many: fewer if
  /// nothing is ready, no timer is due by then and no process is deadlocked, or if the arena is
  /// over its limit.
  uint64_t run(Instant until, uint64_t most);

  /// Starts a process with `root` as its main goroutine; what begin_root() prepared.
  Process& start_process(Process::Options options, detail::PromiseBase* root,
                         detail::Attachment* closure, std::source_location where);
  /// Starts a goroutine in the current one's process, with `root`; what begin_root() prepared.
  Goroutine& spawn(detail::PromiseBase* root, detail::Attachment* closure,
                   std::source_location where);
  /// As spawn(), by a timer of `process` rather than by a goroutine. `key` is the new one's.
  Goroutine& spawn_from_timer(Process& process, EntityKey key, detail::PromiseBase* root,
                              detail::Attachment* closure, std::source_location where);
  /// The next frame that is made is the root of a goroutine.
  void begin_root() { expects_root_ = true; }

  /// Ends a process at once, by a signal that it does not handle (SIGKILL unless said). Returns
  /// false if it is not running. REQUIRES: not the running goroutine's own.
  bool kill(ProcessId id, int signal = kSigkill);
  /// Makes a ready goroutine the next to run, under any policy. Returns false if it is not ready.
  bool run_next(TaskId id) { return queue_.run_next(id); }

  /// The goroutine that runs now; null between dispatches.
  [[nodiscard]] Goroutine* current() const { return current_; }
  /// Queues a parked goroutine. Its op has completed.
  void ready(Goroutine& task) {
    task.op_ = nullptr;
    ready_to_retry(task);
  }
  /// As ready(), where event number `cause` says already that it wakes.
  void ready_because(Goroutine& task, uint64_t cause) {
    task.op_ = nullptr;
    task.cause_ = static_cast<uint32_t>(cause);
    make_ready(task);
  }
  /// Like ready(), but the op is attempted again when the goroutine is dispatched.
  void ready_to_retry(Goroutine& task) {
    task.cause_ = static_cast<uint32_t>(emit(EventKind::kWake, task.id_.value, here().running));
    make_ready(task);
  }
  /// A waiter has been served: the op that it belongs to learns of it. Its goroutine is then made
  /// ready by the caller.
  static Goroutine& served(Waiter& waiter) {
    Goroutine& task = *waiter.task;
    if (task.op_->kind().served != nullptr) task.op_->kind().served(*task.op_, waiter);
    return task;
  }
  /// Whether the current goroutine must stop before an operation: the policy lets others go first,
  /// its time slice is used up, or it is doomed.
  /// In two parts: a quick one, and what must follow if it gives true.
  [[nodiscard]] bool may_interrupt() { return --operations_left_ == 0; }
  [[nodiscard]] bool interrupts();
  /// The current goroutine stops at `op`: parked, or (if the policy preempted it) ready again.
  void suspend(WaitOp& op);
  /// The current goroutine, which is about to stop, goes to the back of the queue.
  void will_yield() { stop_ = RunQueue::Stop::kYields; }
  /// Whether a parked goroutine will wake by itself may have changed, as its op knows.
  void reconsider(Goroutine& task);
  /// choose() for `task`, whose counters go with it.
  static uint32_t choose_for(Goroutine& task, ChoiceKind kind, uint32_t n) {
    task.has_drawn_ = true;
    return choose(kind, task.key_, n);
  }
  /// Nothing of `process` runs, is ready or will happen by itself.
  void note_idle(Process& process) {
    deadlocked_ = &process;
    attention_ = true;
  }

  /// The current goroutine panics. From a plain call it is doomed: muted until it suspends. From an
  /// op's attempt it simply never returns. Deferred work runs when its frames are destroyed.
  void panic(std::string_view message);
  /// As panic(), but no deferred work runs and nothing recovers: Go's `fatal error`.
  void fatal(std::string_view message);
  /// The current goroutine ends here, after its deferred work. As panic() in all else.
  void goexit();
  /// The current goroutine's process ends with `code`, without deferred work. As panic() in all
  /// else.
  void exit_process(int code);

  /// Whether the current goroutine has panicked, or is on its way out.
  [[nodiscard]] bool has_failed() const { return failure_ != Failure::kNone; }

  [[nodiscard]] Policy policy() const { return queue_.policy(); }
  [[nodiscard]] const List<Process, ProcessTag>& processes() const { return processes_; }
  [[nodiscard]] uint32_t ready_count() const { return queue_.size(); }
  /// The ready goroutines in queue order, for views.
  [[nodiscard]] std::vector<const Goroutine*> ready_tasks() const { return queue_.tasks(); }

 private:
  friend struct detail::PromiseBase;
  friend class DeferredWork;
  enum class Failure : uint8_t { kNone, kPanic, kFatal, kGoexit, kExit };

  bool step(Instant until);
  void fire_next_timer();
  void dispatch(Goroutine& task);
  void run_frames(Goroutine& task);
  void attend(Goroutine& task);
  void end_task(Goroutine& task);
  bool end_a_deadlocked_process();
  void end_deadlocked(Process& process);
  void begin_slice();
  void make_ready(Goroutine& task) {
    ENGINE_CHECK(task.state_ == TaskState::kWaiting);
    task.state_ = TaskState::kReady;
    if (task.needs_others_) {
      task.needs_others_ = false;
      ++task.process_.awake_;
    }
    queue_.push(task, RunQueue::Stop::kParks);
  }
  void begin_step(EventKind kind, uint32_t subject, uint32_t aux, uint64_t arg, uint32_t cause);
  void fail(Failure failure, std::string_view message);
  bool resolve_failure(Goroutine& task);
  void clear_failure();
  bool recover_at_boundary(Goroutine& task);
  void drop_stillborn();
  void end_process(Process& process, ExitKind kind, int code);
  bool unwind(Goroutine& task);
  void destroy_task(Goroutine& task);
  void destroy_contents(Goroutine& task);
  void free_task(Goroutine& task);
  Goroutine& add_task(Process& process, detail::PromiseBase* root, detail::Attachment* closure,
                      std::source_location where, EntityKey key);

  Goroutine* current_ = nullptr;
  uint32_t operations_left_ = 0;      // until the policy is asked, or the time slice ends
  uint32_t slice_left_ = 0;           // of a policy that is asked at each operation
  Failure failure_ = Failure::kNone;  // of the current goroutine
  int wanted_exit_code_ = 0;          // of an exit_process()
  RunQueue::Stop stop_ = RunQueue::Stop::kParks;  // how the current goroutine will stop
  bool runs_freely_;                              // the policy is not asked at each operation
  bool attention_ = false;      // a dispatch ends in more than a stopped goroutine
  bool expects_root_ = false;   // the next frame begins a goroutine's block
  void* dying_root_ = nullptr;  // a root frame that is being destroyed
  size_t dying_bytes_ = 0;      // and its size
  EntityKey key_;
  RunQueue queue_;
  List<Process, ProcessTag> processes_;
  List<Goroutine, SiblingTag> stillborn_;  // what a doomed goroutine has started: never seen
  Process* deadlocked_ = nullptr;          // to be ended by the next step
  uint32_t next_task_ = 1;
  uint32_t next_process_ = 1;
};

/// While it lives, what a doomed goroutine does is visible: it runs its deferred work.
class DeferredWork {
 public:
  DeferredWork();
  ~DeferredWork();
  DeferredWork(const DeferredWork&) = delete;
  DeferredWork& operator=(const DeferredWork&) = delete;

 private:
  bool was_muted_;
};

/// Whether the running goroutine has panicked in a plain call and does not run its deferred work:
/// nothing it does is visible any more.
bool is_doomed();

/// The current world's. REQUIRES: a scope.
inline Scheduler& scheduler() {
  return *t_here.scheduler;
}

inline bool WaitOp::may_be_interrupted() {
  return scheduler().may_interrupt();
}

inline bool WaitOp::is_interrupted() {
  return scheduler().interrupts();
}

inline void WaitOp::stop(std::source_location where) {
  where_ = where;
  scheduler().suspend(*this);
}

namespace detail {

inline void* PromiseBase::operator new(size_t size) {
  if (t_here.arena == nullptr) [[unlikely]]
    return ::operator new(size);
  size_t before = 0;
  if (Scheduler* const s = t_here.scheduler; s != nullptr && s->expects_root_) {
    s->expects_root_ = false;
    before = sizeof(Goroutine);
  }
  return static_cast<char*>(t_here.arena->allocate(before + size)) + before;
}

inline void PromiseBase::operator delete(void* frame, size_t size) {
  if (t_here.arena == nullptr) [[unlikely]]
    return ::operator delete(frame);
  // The block of a root frame goes with its Goroutine.
  if (frame == t_here.scheduler->dying_root_) {
    t_here.scheduler->dying_bytes_ = size;
    return;
  }
  t_here.arena->free_sized(frame, size);
}

inline void PromiseBase::entered(PromiseBase& child) noexcept {
  Goroutine& task = *scheduler().current();
  if (scheduler().failure_ != Scheduler::Failure::kNone) [[unlikely]] {
    task.state_ = TaskState::kPanicking;  // it is doomed: the child never begins
  } else {
    task.top_ = &child;
  }
}

inline void PromiseBase::finished(PromiseBase& frame) noexcept {
  Goroutine& task = *scheduler().current();
  if (scheduler().failure_ != Scheduler::Failure::kNone) [[unlikely]] {
    // It is doomed: the panic ends here, where what awaits the frame may recover.
    task.state_ = TaskState::kPanicking;
  } else if (&frame == task.root()) {
    // The root frame stays until the loop destroys the task.
    task.state_ = TaskState::kDone;
    scheduler().attention_ = true;
  } else {
    task.top_ = frame.task->awaiter;
  }
}

}  // namespace detail

}  // namespace engine
