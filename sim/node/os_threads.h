// sim/node/os_threads.h: tasks on threads of the operating system: one for each, or a pool.
//
// Concept: a workload is a set of plans: compute, wait (I/O), a blocking system call, spawn. Kernel
// gives cores to threads in turns of a slice and charges each change of threads. ThreadPool runs
// each task on a thread of its own, or on one of a few. GoRuntime (go_runtime.h) runs the same
// tasks as goroutines, on threads of the same Kernel. Alarms alone drive both: tasks are data, not
// coroutines, so that ten thousand of them cost little.
//
// Determinism: first come, first served; no choices. Lifetime: a model runs from its construction,
// in its owner's frame; with it its alarms go.
// Not modelled: caches, priorities, wake-up preemption, the processor time of entering the kernel,
// and the machine's other processes: a model has the cores for itself.

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "engine/task/go.h"
#include "sim/node/cpu.h"

namespace sim::node {

/// What a task does next.
struct TaskStep {
  enum class Kind : uint8_t { kCompute, kWait, kSyscall, kSpawn };
  Kind kind = Kind::kCompute;
  engine::Duration length = {};  // of a spawn: none
  uint32_t plan = 0;             // of a spawn: what the new tasks follow
  uint32_t times = 1;            // of a spawn: how many, one after the other
};
struct TaskPlan {
  std::vector<TaskStep> steps;
  int64_t stack_bytes = 1024;  // the deepest that its stack gets
};
/// The first task follows the first plan.
using TaskPlans = std::vector<TaskPlan>;

/// What a run cost. Processor time is the sum of all cores'.
struct SchedulingReport {
  engine::Duration elapsed;    // until the last task had ended
  engine::Duration worked;     // what tasks have computed
  engine::Duration switching;  // changing threads, and goroutines
  engine::Duration creating;   // goroutines and threads
  engine::Duration searching;  // Ms that spin
  uint64_t goroutine_switches = 0;
  uint64_t thread_switches = 0;
  uint64_t steals = 0;  // how often; and how many goroutines
  uint64_t stolen = 0;
  uint64_t handoffs = 0;     // of Ps, away from Ms in system calls
  uint64_t preemptions = 0;  // of goroutines by sysmon, or of threads at the end of a slice
  uint32_t threads_created = 0;
  uint32_t threads_most = 0;  // at any one time
  int64_t memory_most = 0;    // stacks as far as touched, and threads' stacks in the kernel
  int64_t reserved_most = 0;  // the same, with all address space that is kept for stacks

  struct End {
    uint32_t task;  // numbered from 0 as they are created
    /// Since its parent began to spawn: what it spawns in a row arrives together.
    engine::Duration latency;
  };
  std::vector<End> ends;  // in order of time
  /// The latency that `percent` of the tasks do not exceed; of no task, zero.
  [[nodiscard]] engine::Duration latency(uint32_t percent) const;
};

struct KernelTag {};

/// The operating system's scheduler: one queue for all cores, turns of Cpu::kSlice.
class Kernel {
 public:
  /// From one thread to another, with what it does to caches: 1 to 5 us.
  /// Source: Li, Ding, Shen, "Quantifying the cost of context switch" (ExpCS 2007); FIDELITY.md.
  static constexpr engine::Duration kSwitch = 2 * engine::kMicrosecond;
  /// pthread_create() with a new stack: 10 to 30 us when nothing else is in the way.
  static constexpr engine::Duration kCreate = 20 * engine::kMicrosecond;
  /// A thread's stack in the kernel. Source: Linux x86-64, THREAD_SIZE.
  static constexpr int64_t kKernelStack = int64_t{16} << 10;

  struct Core;
  struct Thread : engine::ListNode<KernelTag> {
    explicit Thread(void (*on_ran)(Thread&)) : ran(on_ran) {}
    void (*ran)(Thread&);     // it has had what it asked for; it may ask again
    engine::Duration left;    // of what it asked for
    engine::Duration unused;  // what cut() took away
    bool wants = false;
    Core* core = nullptr;
  };
  struct Core : engine::Alarm {
    Core() : Alarm(rang) {}
    Kernel* kernel = nullptr;
    Thread* thread = nullptr;
    bool calling = false;   // in its thread's `ran`
    engine::Instant began;  // its turn
    engine::Instant resumed;
  };

  Kernel(uint32_t cores, SchedulingReport& report);
  /// `thread` asks for so much processor time. One that asks in its `ran` keeps its core without a
  /// switch. REQUIRES: it does not ask already.
  void run(Thread& thread, engine::Duration length);
  /// It asked for no more than it has had by now: `ran` follows as soon as it has a core.
  void cut(Thread& thread);

 private:
  static void rang(engine::Alarm& alarm);
  void arm(Core& core);
  void account(Core& core);
  void dispatch(Core& core, Thread& thread);
  void leave(Core& core, bool queues);

  SchedulingReport& report_;
  std::vector<std::unique_ptr<Core>> cores_;
  engine::List<Thread, KernelTag> waiting_;
};

/// What both models share: the tasks and the account of them.
class TaskModel {
 public:
  [[nodiscard]] bool done() const { return live_ == 0; }
  /// Complete once it is done.
  [[nodiscard]] const SchedulingReport& report() const { return report_; }

  class [[nodiscard]] Finished : public engine::Await<Finished> {
   public:
    explicit Finished(TaskModel& model) : Await(kKind), model_(model) {}
    bool attempt();

   private:
    static bool always(const WaitOp&) { return true; }
    static constexpr engine::OpKind kKind = {
        .attempt = attempt_of, .reason = engine::WaitReason::kCompute, .wakes_by_itself = always};
    TaskModel& model_;
    engine::Waiter waiter_;
  };
  /// Suspends until the last task has ended.
  Finished finished() { return Finished(*this); }

 protected:
  /// Rings when what it waits for is there.
  struct Task : engine::Alarm {
    explicit Task(Fire on_fire) : Alarm(on_fire) {}
    uint32_t id = 0;
    uint32_t step = 0;
    uint32_t times_left = 0;  // of a step that spawns
    const TaskPlan* plan = nullptr;
    engine::Duration left;  // processor time that the step still takes
    engine::Instant asked;  // when it was to begin
    engine::Instant step_began;
    [[nodiscard]] bool ended() const { return step == plan->steps.size(); }
    [[nodiscard]] const TaskStep& now() const { return plan->steps[step]; }
  };

  TaskModel(const TaskPlans& plans, uint32_t cores, engine::Duration spawn_cost);
  ~TaskModel() = default;
  /// `task` begins; it was asked for at `asked`.
  void begin(Task& task, uint32_t plan, engine::Instant asked);
  /// The processor time of its step has been had. Goes on to the next, or the next spawn.
  void advance(Task& task);
  /// Of its step, `ran` was had: to the account.
  void charge(const Task& task, engine::Duration ran);
  void end(const Task& task);
  void wake_after(Task& task, engine::Duration length);
  void add_thread(int64_t touched, int64_t reserved);
  void remove_thread(int64_t touched, int64_t reserved);
  void add_memory(int64_t touched, int64_t reserved);

  TaskPlans plans_;
  SchedulingReport report_;
  Kernel kernel_;

 private:
  void load(Task& task) const;

  engine::Duration spawn_cost_;
  engine::Instant began_;
  uint32_t created_ = 0;
  uint32_t live_ = 0;
  uint32_t threads_ = 0;
  int64_t memory_ = 0;
  int64_t reserved_ = 0;
  engine::WaitList waiters_;
};

/// Each task has a thread for itself, also while it waits: one made for it, or one of a pool.
class ThreadPool final : public TaskModel {
 public:
  static constexpr uint32_t kOneForEachTask = 0;
  /// Reserved for a stack. Source: Java's -Xss on 64-bit Linux; `ulimit -s` for pthreads.
  static constexpr int64_t kJavaStack = int64_t{1} << 20;
  static constexpr int64_t kPthreadStack = int64_t{8} << 20;

  struct Options {
    uint32_t cores = 1;
    uint32_t threads = kOneForEachTask;  // beside that of the first task
    int64_t stack_reserved = kPthreadStack;
  };
  ThreadPool(const Options& options, const TaskPlans& plans);

 private:
  struct Worker;
  struct Job : Task {
    Job(ThreadPool& in) : Task(woken), pool(in) {}
    ThreadPool& pool;
    Worker* worker = nullptr;
  };
  struct Worker : Kernel::Thread {
    Worker(ThreadPool& in) : Thread(ran_out), pool(in) {}
    ThreadPool& pool;
    Job* job = nullptr;
    int64_t touched = 0;
    bool pooled = false;
  };
  static void woken(engine::Alarm& alarm);
  static void ran_out(Kernel::Thread& thread);
  void spawn(uint32_t plan, engine::Instant asked);
  void start_worker(Job& job, bool pooled);
  [[nodiscard]] int64_t reserved_by_thread() const {
    return options_.stack_reserved + Kernel::kKernelStack;
  }
  void step_done(Worker& worker);
  void job_done(Worker& worker);

  Options options_;
  uint32_t pooled_ = 0;
  std::vector<std::unique_ptr<Job>> jobs_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_;
  std::deque<Job*> waiting_;
};

}  // namespace sim::node
