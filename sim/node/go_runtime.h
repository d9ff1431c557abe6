// sim/node/go_runtime.h: Go's scheduler: goroutines (G) on threads (M) that hold processors (P).
//
// Concept: the tasks of os_threads.h as goroutines. An M runs goroutines only while it holds one of
// GOMAXPROCS Ps. Each P has a queue of 256 and a `runnext`; there is a global queue. An M without
// work spins for a while, stealing half of another P's queue, then gives its P back and parks, or
// waits in the network poller for goroutines that wait for I/O. A blocking system call holds its M;
// sysmon takes the P from it, and preempts goroutines that run for long.
//
// Determinism: the order of stealing is chosen under the model's key; the rest is first come, first
// served. Lifetime: as all models of os_threads.h.
// Not modelled: garbage collection, the timers of Ps (a wait is the network's), locked threads,
// futexes, and the processor time of sysmon.
// Source: Go's runtime/proc.go (findRunnable, stealWork, runqput, handoffp, injectglist,
// exitsyscall, sysmon, retake); Vyukov, "Scalable Go Scheduler Design Doc" (2012).

#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "engine/world/choice.h"
#include "sim/node/os_threads.h"

namespace sim::node {

class GoRuntime final : public TaskModel {
 public:
  static constexpr uint32_t kLocalQueue = 256;
  static constexpr uint32_t kGlobalTicks = 61;
  static constexpr engine::Duration kPreemptAfter = 10 * engine::kMillisecond;
  static constexpr engine::Duration kSysmonLeast = 20 * engine::kMicrosecond;
  static constexpr engine::Duration kSysmonMost = 10 * engine::kMillisecond;
  static constexpr uint32_t kSysmonPatience = 50;  // rounds before it slows down
  /// How long a running P may keep its `runnext` before others steal it.
  static constexpr engine::Duration kRunnextGrace = 3 * engine::kMicrosecond;
  /// gopark() and what schedule() does when the queue has one. Source: FIDELITY.md, section Go.
  static constexpr engine::Duration kSwitch = 200 * engine::kNanosecond;
  /// newproc() with a stack from the free list; benchmarks of `go func(){}()` give 200 to 400 ns.
  static constexpr engine::Duration kCreate = 300 * engine::kNanosecond;
  /// Looking at another P's queue in vain: a few cache misses. An estimate.
  static constexpr engine::Duration kLook = 50 * engine::kNanosecond;
  /// Source: runtime/stack.go, stackMin; runtime/proc.go, malg(16384) for an M's g0.
  static constexpr int64_t kLeastStack = 2048;
  static constexpr int64_t kThreadStack = int64_t{16} << 10;

  struct Options {
    uint32_t cores = 1;
    uint32_t procs = 0;  // GOMAXPROCS; 0: as many as cores
  };
  GoRuntime(engine::EntityKey key, const Options& options, const TaskPlans& plans);

  /// A line as GODEBUG=schedtrace prints it (without needspinning).
  [[nodiscard]] std::string schedtrace() const;
  [[nodiscard]] uint32_t local_queue(uint32_t proc) const { return procs_[proc]->size(); }
  [[nodiscard]] uint32_t global_queue() const { return static_cast<uint32_t>(global_.size()); }
  [[nodiscard]] uint32_t idle_procs() const { return static_cast<uint32_t>(idle_procs_.size()); }

 private:
  struct M;
  struct G : Task {
    G(GoRuntime& in) : Task(woken), runtime(in) {}
    GoRuntime& runtime;
    M* m = nullptr;  // whose system call it is in
    int64_t stack = kLeastStack;
  };
  enum class ProcStatus : uint8_t { kIdle, kRunning, kSyscall };
  struct P {
    uint32_t id = 0;
    ProcStatus status = ProcStatus::kIdle;
    M* m = nullptr;
    G* runnext = nullptr;
    engine::Instant runnext_since;
    uint32_t head = 0;
    uint32_t tail = 0;
    std::array<G*, kLocalQueue> ring = {};
    uint32_t schedtick = 0;    // of every dispatch that does not inherit its time slice
    uint32_t syscalltick = 0;  // of every system call
    struct Seen {              // by sysmon, and when
      uint32_t tick = 0;
      engine::Instant since;
    };
    Seen sched;
    Seen syscall;
    [[nodiscard]] uint32_t size() const { return tail - head; }
    void push(G& g) { ring[tail++ % kLocalQueue] = &g; }
    G& pop() { return *ring[head++ % kLocalQueue]; }
  };
  enum class Phase : uint8_t {
    kIdle,        // parked, in idle_threads_
    kStarting,    // has a P and wants a core
    kSearching,   // spins
    kRunning,     // a goroutine
    kSyscall,     // blocked in the kernel
    kReturning,   // from a system call; wants a core
    kPolling,     // blocked in the network poller
    kPollReturns  // wants a core
  };
  struct M : Kernel::Thread {
    M(GoRuntime& in) : Thread(ran_out), runtime(in) {}
    GoRuntime& runtime;
    Phase phase = Phase::kIdle;
    bool spinning = false;
    P* p = nullptr;
    P* old_p = nullptr;  // that it had before its system call
    G* g = nullptr;
  };
  struct Sysmon : engine::Alarm {
    Sysmon(GoRuntime& in) : Alarm(rang), runtime(in) {}
    static void rang(engine::Alarm& alarm) { static_cast<Sysmon&>(alarm).runtime.sysmon(); }
    GoRuntime& runtime;
    bool relaxed = false;  // no P was in use, and no system call was made since
    uint32_t idle_rounds = 0;
    engine::Duration delay = kSysmonLeast;
  };

  static void woken(engine::Alarm& alarm);
  static void ran_out(Kernel::Thread& thread);
  G& make(uint32_t plan, engine::Instant asked);
  void add_go_thread();
  // What an M does.
  void schedule(M& m);
  void search_ended(M& m);
  void execute(M& m, G& g, bool inherits_slice);
  void segment_ended(M& m);
  void go_on(M& m);
  void enter_syscall(M& m, engine::Duration length);
  void exit_syscall(M& m);
  void poll_returned(M& m);
  void release(M& m);
  void park(M& m);
  // Where goroutines wait.
  void put(P& p, G& g);
  void put_next(P& p, G& g);
  G* take_local(P& p, bool& inherits_slice);
  G* take_global(P& p, uint32_t most);
  G* poll(P& p);
  G* steal(P& p, bool& again);
  G* steal_from(P& thief, P& victim, bool runnext_too, bool& again);
  void inject(P* p);
  // Ms and Ps.
  P* take_idle_proc(P* preferred);
  void wake_proc();
  void start_thread(P& p, bool spinning);
  void start_idle(size_t most);
  void hand_off(P& p);
  void set_sysmon();
  void sysmon();
  uint32_t retake();
  bool retake_from_syscall(P& p, bool at_once);

  engine::EntityKey key_;
  std::vector<uint32_t> coprimes_;  // of the number of Ps: strides for the order of stealing
  std::vector<std::unique_ptr<P>> procs_;
  std::vector<std::unique_ptr<M>> threads_;
  std::vector<std::unique_ptr<G>> goroutines_;
  std::vector<P*> idle_procs_;    // the last in is the first out, as in Go
  std::vector<M*> idle_threads_;  // also
  std::deque<G*> global_;
  std::deque<G*> ready_;  // for whoever polls the network
  uint32_t network_waits_ = 0;
  uint32_t spinning_ = 0;
  M* poller_ = nullptr;
  engine::Instant last_poll_;
  engine::Instant began_;
  Sysmon sysmon_;
};

}  // namespace sim::node
