// engine/task/scheduler.h: the crank. One step of the world at a time.
//
// A step is one of: a timer that is due fires; the next ready goroutine runs until it parks, yields
// or ends; if none is ready, the clock jumps to the next timer, which fires; and if there is none,
// the run is over. A process whose goroutines all wait for each other is ended with Go's deadlock
// report, in a step of its own. What is due goes
// first, so all timers of an instant have fired before the goroutines they woke run.
//
// Determinism: the run queue is first in, first out, and its policy says who leaves it. Wake-ups
// only append to it. Everything here emits events. Destruction: tasks of a process that ended are
// destroyed by the loop, youngest first, innermost frame first, with the world muted.

#pragma once

#include <cstdint>
#include <source_location>
#include <string_view>
#include <vector>

#include "engine/task/goroutine.h"
#include "engine/task/policy.h"
#include "engine/world/world.h"

namespace engine {

class Scheduler {
 public:
  explicit Scheduler(Policy policy)
      : policy_(policy), interrupts_(policy != Policy::kFifo), key_(derive({}, 1)) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// An input from outside takes a step of its own. Emits its event; the caller then acts.
  void begin_input_step(uint32_t text_hash);

  /// Runs one step. False if nothing is left to do: no timer, no ready goroutine, no deadlocked
  /// process.
  bool step();

  /// Starts a process with `root` as its main goroutine. The frame is taken over.
  Process& start_process(Process::Options options, detail::PromiseBase* root,
                         detail::Closure* closure, std::source_location where);
  /// Starts a goroutine in the current one's process.
  Goroutine& spawn(detail::PromiseBase* root, detail::Closure* closure, std::source_location where);
  /// Ends a process at once, as SIGKILL does. Returns false if it is not running.
  bool kill(ProcessId id);
  /// Makes a ready goroutine the next to run, under any policy. Returns false if it is not ready.
  bool run_next(TaskId id);

  /// The goroutine that runs now; null between dispatches.
  [[nodiscard]] Goroutine* current() const { return current_; }
  /// Appends a parked goroutine to the run queue. Its op has completed.
  void ready(Goroutine& task);
  /// Like ready(), but the op is attempted again when the goroutine is dispatched.
  void ready_to_retry(Goroutine& task);
  /// Whether the current goroutine must stop before an operation: the policy lets others go first,
  /// its time slice is used up, or it is doomed.
  [[nodiscard]] bool interrupts() {
    return (--operations_left_ == 0 || interrupts_) && decide_interrupt();
  }
  /// The current goroutine stops at `op`: parked, or (if the policy preempted it) ready again.
  void suspend(WaitOp& op, bool yielded);

  /// The current goroutine panics. From a plain call it is doomed: muted until it suspends. From an
  /// op's attempt it simply never returns. Deferred work runs when its frames are destroyed.
  void panic(std::string_view message);
  /// As panic(), but no deferred work runs: Go's `fatal error`.
  void fatal(std::string_view message);

  [[nodiscard]] Policy policy() const { return policy_; }
  [[nodiscard]] const List<Process, ProcessTag>& processes() const { return processes_; }
  [[nodiscard]] uint32_t ready_count() const { return ready_count_; }
  /// The ready goroutines in queue order, for views.
  [[nodiscard]] std::vector<const Goroutine*> ready_tasks() const;

 private:
  friend struct detail::PromiseBase;
  friend class DeferredWork;
  enum class Failure : uint8_t { kNone, kPanic, kFatal };

  void fire_next_timer();
  void dispatch(Goroutine& task);
  void run_frames(Goroutine& task);
  bool end_a_deadlocked_process();
  void end_deadlocked(Process& process);
  bool decide_interrupt();
  void begin_step(EventKind kind, uint32_t subject, uint32_t aux, uint64_t arg, uint64_t cause);
  void fail(Failure failure, std::string_view message);
  void fail_process(Goroutine& task);
  void end_process(Process& process, ExitKind kind, int code);
  void destroy_frames(Goroutine& task);
  void destroy_task(Goroutine& task);
  void destroy_contents(Goroutine& task);
  void free_task(Goroutine& task);
  void forget_ready_of(const Process& process);
  Goroutine& add_task(Process& process, detail::PromiseBase* root, detail::Closure* closure,
                      std::source_location where, EntityKey key);
  void push_ready(Goroutine& task);
  Goroutine* take_ready();
  [[nodiscard]] uint32_t slot(uint32_t nth) const {
    return (ready_head_ + nth) & (static_cast<uint32_t>(ring_.size()) - 1);
  }

  Policy policy_;
  Failure failure_ = Failure::kNone;  // of the current goroutine
  bool interrupts_;
  uint32_t operations_left_ = 0;  // of the current goroutine's time slice
  EntityKey key_;
  Goroutine* current_ = nullptr;
  std::vector<Goroutine*> ring_;  // the run queue: a power-of-two ring
  uint32_t ready_head_ = 0;
  uint32_t ready_count_ = 0;
  bool next_is_forced_ = false;  // an input decided who leaves the queue next
  List<Process, ProcessTag> processes_;
  Process* deadlocked_ = nullptr;  // to be ended by the next step
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

inline Scheduler& scheduler() {
  return *here().scheduler;
}

inline bool WaitOp::await_ready(std::source_location where) {
  where_ = where;
  task_ = scheduler().current();
  if (scheduler().interrupts()) [[unlikely]] {
    yielded_ = true;
    return false;
  }
  return attempt();
}

inline void WaitOp::await_suspend(std::coroutine_handle<>) {
  scheduler().suspend(*this, yielded_);
}

namespace detail {
inline void PromiseBase::entered(PromiseBase& child) noexcept {
  scheduler().current()->top_ = &child;
}
inline void PromiseBase::finished(PromiseBase& frame) noexcept {
  Goroutine& task = *scheduler().current();
  task.top_ = frame.continuation;
  if (frame.continuation == nullptr) {
    // The root frame stays until the loop destroys the task.
    task.top_ = &frame;
    task.state_ = TaskState::kDone;
  }
}
}  // namespace detail

}  // namespace engine
