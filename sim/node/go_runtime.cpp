#include "sim/node/go_runtime.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "engine/sync/timer.h"
#include "engine/task/print.h"

namespace sim::node {
namespace {

constexpr engine::Duration kNoTime{};

}  // namespace

GoRuntime::GoRuntime(engine::EntityKey key, const Options& options, const TaskPlans& plans)
    : TaskModel(plans, options.cores, kCreate), key_(key), began_(engine::now()), sysmon_(*this) {
  const uint32_t count = options.procs == 0 ? options.cores : options.procs;
  for (uint32_t i = 0; i < count; ++i) {
    procs_.push_back(std::make_unique<P>());
    procs_.back()->id = i;
    if (std::gcd(i + 1, count) == 1) coprimes_.push_back(i + 1);
  }
  for (uint32_t i = count; i > 0; --i) idle_procs_.push_back(procs_[i - 1].get());
  last_poll_ = began_;
  add_go_thread();  // sysmon's
  set_sysmon();
  P& first = *take_idle_proc(nullptr);
  put(first, make(0, began_));
  start_thread(first, false);
}

// An M's stack for the scheduler, and one in the kernel.
void GoRuntime::add_go_thread() {
  const int64_t stacks = kThreadStack + Kernel::kKernelStack;
  add_thread(stacks, stacks);
}

GoRuntime::G& GoRuntime::make(uint32_t plan, engine::Instant asked) {
  goroutines_.push_back(std::make_unique<G>(*this));
  G& g = *goroutines_.back();
  begin(g, plan, asked);
  add_memory(g.stack, g.stack);
  return g;
}

void GoRuntime::ran_out(Kernel::Thread& thread) {
  M& m = static_cast<M&>(thread);
  GoRuntime& self = m.runtime;
  switch (m.phase) {
    case Phase::kStarting:
      m.p->status = ProcStatus::kRunning;
      return self.schedule(m);
    case Phase::kSearching:
      return self.search_ended(m);
    case Phase::kRunning:
      return self.segment_ended(m);
    case Phase::kReturning:
      return self.exit_syscall(m);
    case Phase::kPollReturns:
      return self.poll_returned(m);
    case Phase::kIdle:
    case Phase::kSyscall:
    case Phase::kPolling:
      break;
  }
  ENGINE_CHECK(false);
}

// findRunnable(), as far as it takes no time.
void GoRuntime::schedule(M& m) {
  P& p = *m.p;
  m.g = nullptr;
  bool inherits_slice = false;
  G* g = nullptr;
  if (p.schedtick % kGlobalTicks == 0) g = take_global(p, 1);
  if (g == nullptr) g = take_local(p, inherits_slice);
  if (g == nullptr) g = take_global(p, kLocalQueue / 2);
  if (g == nullptr) g = poll(p);
  if (g != nullptr) return execute(m, *g, inherits_slice);
  // At most half of the busy Ps' Ms spin.
  if (!m.spinning && 2 * spinning_ >= procs_.size() - idle_procs_.size()) return release(m);
  if (!m.spinning) ++spinning_;
  m.spinning = true;
  m.phase = Phase::kSearching;
  const engine::Duration length = kLook * static_cast<int64_t>(procs_.size());
  report_.searching = report_.searching + length;
  kernel_.run(m, length);
}

void GoRuntime::search_ended(M& m) {
  P& p = *m.p;
  bool again = false;
  G* g = steal(p, again);
  if (g == nullptr) g = take_global(p, kLocalQueue / 2);
  if (g == nullptr) g = poll(p);
  if (g != nullptr) return execute(m, *g, false);
  if (!again) return release(m);
  report_.searching = report_.searching + kRunnextGrace;
  kernel_.run(m, kRunnextGrace);
}

void GoRuntime::execute(M& m, G& g, bool inherits_slice) {
  if (m.spinning) {
    m.spinning = false;
    --spinning_;
    wake_proc();  // there may be more where this came from
  }
  if (!inherits_slice) ++m.p->schedtick;
  const auto need = static_cast<uint64_t>(std::max(kLeastStack, g.plan->stack_bytes));
  const auto stack = static_cast<int64_t>(std::bit_ceil(need));
  add_memory(stack - g.stack, stack - g.stack);
  g.stack = stack;
  m.g = &g;
  m.phase = Phase::kRunning;
  ++report_.goroutine_switches;
  report_.switching = report_.switching + kSwitch;
  kernel_.run(m, kSwitch + g.left);
}

void GoRuntime::segment_ended(M& m) {
  G& g = *m.g;
  const engine::Duration unused = std::min(m.unused, g.left);
  charge(g, g.left - unused);
  if (unused > kNoTime) {
    g.left = unused;
    ++report_.preemptions;
    global_.push_back(&g);
    wake_proc();
    return schedule(m);
  }
  if (g.ended()) return go_on(m);
  const TaskStep step = g.now();
  const engine::Instant asked = g.step_began;
  advance(g);
  switch (step.kind) {
    case TaskStep::Kind::kCompute:
      return go_on(m);
    case TaskStep::Kind::kSpawn:
      put_next(*m.p, make(step.plan, asked));
      wake_proc();
      return go_on(m);
    case TaskStep::Kind::kWait:
      ++network_waits_;
      wake_after(g, step.length);
      return schedule(m);
    case TaskStep::Kind::kSyscall:
      return enter_syscall(m, step.length);
  }
}

void GoRuntime::go_on(M& m) {
  G& g = *m.g;
  if (g.ended()) {
    add_memory(-g.stack, -g.stack);
    end(g);
    return schedule(m);
  }
  m.phase = Phase::kRunning;
  kernel_.run(m, g.left);
}

void GoRuntime::enter_syscall(M& m, engine::Duration length) {
  m.g->m = &m;
  m.phase = Phase::kSyscall;
  m.old_p = m.p;
  m.p->status = ProcStatus::kSyscall;
  if (sysmon_.relaxed) {  // there may soon be something to do for it
    sysmon_.relaxed = false;
    sysmon_.idle_rounds = 0;
    sysmon_.delay = kSysmonLeast;
    set_sysmon();
  }
  wake_after(*m.g, length);
}

void GoRuntime::exit_syscall(M& m) {
  if (m.p == nullptr) {
    P* const p = take_idle_proc(m.old_p);
    if (p == nullptr) {
      global_.push_back(m.g);
      m.g = nullptr;
      return park(m);
    }
    m.p = p;
    p->m = &m;
  }
  m.p->status = ProcStatus::kRunning;
  ++m.p->syscalltick;
  go_on(m);
}

// A system call has ended, or the network has something for a goroutine.
void GoRuntime::woken(engine::Alarm& alarm) {
  auto& g = static_cast<G&>(alarm);
  GoRuntime& self = g.runtime;
  if (g.m != nullptr) {
    M& m = *g.m;
    g.m = nullptr;
    m.phase = Phase::kReturning;
    return self.kernel_.run(m, kNoTime);
  }
  self.ready_.push_back(&g);
  if (self.poller_ == nullptr || self.poller_->phase != Phase::kPolling) return;
  self.poller_->phase = Phase::kPollReturns;
  self.kernel_.run(*self.poller_, kNoTime);
}

void GoRuntime::poll_returned(M& m) {
  poller_ = nullptr;
  last_poll_ = engine::now();
  P* const p = take_idle_proc(nullptr);
  if (p == nullptr) {
    inject(nullptr);
    return park(m);
  }
  m.p = p;
  p->m = &m;
  p->status = ProcStatus::kRunning;
  G* const g = poll(*p);
  execute(m, *g, false);
}

// It has found nothing, and gives its P back.
void GoRuntime::release(M& m) {
  m.p->status = ProcStatus::kIdle;
  m.p->m = nullptr;
  idle_procs_.push_back(m.p);
  m.p = nullptr;
  if (m.spinning) --spinning_;
  m.spinning = false;
  if (poller_ != nullptr || network_waits_ == 0) return park(m);
  poller_ = &m;
  m.phase = Phase::kPolling;
}

void GoRuntime::park(M& m) {
  m.phase = Phase::kIdle;
  idle_threads_.push_back(&m);
}

// Where goroutines wait.

void GoRuntime::put(P& p, G& g) {
  if (p.size() < kLocalQueue) return p.push(g);
  for (uint32_t i = 0; i < kLocalQueue / 2; ++i) global_.push_back(&p.pop());
  global_.push_back(&g);
}

void GoRuntime::put_next(P& p, G& g) {
  G* const before = p.runnext;
  p.runnext = &g;
  p.runnext_since = engine::now();
  if (before != nullptr) put(p, *before);
}

GoRuntime::G* GoRuntime::take_local(P& p, bool& inherits_slice) {
  if (p.runnext != nullptr) {
    inherits_slice = true;
    return std::exchange(p.runnext, nullptr);
  }
  return p.size() == 0 ? nullptr : &p.pop();
}

GoRuntime::G* GoRuntime::take_global(P& p, uint32_t most) {
  if (global_.empty()) return nullptr;
  const size_t share = global_.size() / procs_.size() + 1;
  const size_t count = std::min<size_t>({most, global_.size(), share});
  G* const first = global_.front();
  global_.pop_front();
  for (size_t i = 1; i < count; ++i) {
    put(p, *global_.front());
    global_.pop_front();
  }
  return first;
}

// Asks the network without waiting, unless somebody else waits for it.
GoRuntime::G* GoRuntime::poll(P& p) {
  if (poller_ != nullptr || ready_.empty()) return nullptr;
  last_poll_ = engine::now();
  G* const first = ready_.front();
  ready_.pop_front();
  --network_waits_;
  inject(&p);
  return first;
}

// What the network has ready: to idle Ps over the global queue, and the rest to `p`.
void GoRuntime::inject(P* p) {
  last_poll_ = engine::now();
  const size_t shared = p == nullptr ? ready_.size() : std::min(ready_.size(), idle_procs_.size());
  for (size_t i = 0; !ready_.empty(); ++i) {
    G& g = *ready_.front();
    ready_.pop_front();
    --network_waits_;
    if (i < shared) {
      global_.push_back(&g);
    } else {
      put(*p, g);
    }
  }
  start_idle(shared);
}

// Go tries four times, because the others move on meanwhile; here two passes see the same.
GoRuntime::G* GoRuntime::steal(P& p, bool& again) {
  const auto count = static_cast<uint32_t>(procs_.size());
  if (count == 1) return nullptr;
  const auto strides = static_cast<uint32_t>(coprimes_.size());
  for (const bool runnext_too : {false, true}) {
    const uint32_t order = engine::choose(engine::ChoiceKind::kProgram, key_, count * strides);
    for (uint32_t i = 0; i < count; ++i) {
      P& victim = *procs_[(order % count + i * coprimes_[order / count]) % count];
      if (&victim == &p) continue;
      if (G* const g = steal_from(p, victim, runnext_too, again)) return g;
    }
  }
  return nullptr;
}

GoRuntime::G* GoRuntime::steal_from(P& thief, P& victim, bool runnext_too, bool& again) {
  const uint32_t count = victim.size() - victim.size() / 2;
  G* g = nullptr;
  if (count > 0) {
    for (uint32_t i = 1; i < count; ++i) thief.push(victim.pop());
    g = &victim.pop();
  } else if (runnext_too && victim.runnext != nullptr) {
    const bool fresh = engine::now() - victim.runnext_since < kRunnextGrace;
    again = fresh && victim.status == ProcStatus::kRunning;
    if (!again) g = std::exchange(victim.runnext, nullptr);
  }
  if (g == nullptr) return nullptr;
  ++report_.steals;
  report_.stolen += std::max(count, 1U);
  return g;
}

// Threads for Ps, and Ps for threads.

GoRuntime::P* GoRuntime::take_idle_proc(P* preferred) {
  if (idle_procs_.empty()) return nullptr;
  const auto at = std::find(idle_procs_.begin(), idle_procs_.end(), preferred);
  const auto taken = at == idle_procs_.end() ? at - 1 : at;
  P* const p = *taken;
  idle_procs_.erase(taken);
  if (!sysmon_.pending() && !done()) set_sysmon();
  return p;
}

// A goroutine has become ready: one more P if one is idle and nobody is looking for work already.
void GoRuntime::wake_proc() {
  if (spinning_ != 0 || idle_procs_.empty()) return;
  ++spinning_;
  start_thread(*take_idle_proc(nullptr), true);
}

void GoRuntime::start_thread(P& p, bool spinning) {
  engine::Duration cost = kNoTime;
  if (idle_threads_.empty()) {
    threads_.push_back(std::make_unique<M>(*this));
    park(*threads_.back());
    add_go_thread();
    cost = Kernel::kCreate;  // on the new thread's account, for simplicity
    report_.creating = report_.creating + cost;
  }
  M& m = *idle_threads_.back();
  idle_threads_.pop_back();
  m.p = &p;
  p.m = &m;
  m.spinning = spinning;
  m.phase = Phase::kStarting;
  kernel_.run(m, cost);
}

void GoRuntime::start_idle(size_t most) {
  for (size_t i = 0; i < most && !idle_procs_.empty(); ++i) {
    start_thread(*take_idle_proc(nullptr), false);
  }
}

// A P that has been taken from its M: to another one if there may be work.
void GoRuntime::hand_off(P& p) {
  const bool has_work = p.size() > 0 || p.runnext != nullptr || !global_.empty();
  const bool is_last = idle_procs_.size() + 1 == procs_.size();
  if (has_work || (is_last && poller_ == nullptr && network_waits_ > 0)) {
    return start_thread(p, false);
  }
  if (spinning_ == 0 && idle_procs_.empty()) {
    ++spinning_;
    return start_thread(p, true);
  }
  idle_procs_.push_back(&p);
}

void GoRuntime::set_sysmon() {
  engine::here().queue.set(sysmon_, engine::now() + sysmon_.delay, engine::here().cause);
}

void GoRuntime::sysmon() {
  // Sleeps until a P is taken again.
  sysmon_.relaxed = idle_procs_.size() == procs_.size();
  if (done() || sysmon_.relaxed) return;
  if (poller_ == nullptr && engine::now() - last_poll_ > kSysmonMost) inject(nullptr);
  sysmon_.idle_rounds = retake() > 0 ? 0 : sysmon_.idle_rounds + 1;
  if (sysmon_.idle_rounds == 0) sysmon_.delay = kSysmonLeast;
  if (sysmon_.idle_rounds > kSysmonPatience) {
    sysmon_.delay = std::min(sysmon_.delay * 2, kSysmonMost);
  }
  set_sysmon();
}

// Returns how many Ps it has taken from system calls.
uint32_t GoRuntime::retake() {
  uint32_t taken = 0;
  for (const auto& p : procs_) {
    if (p->status == ProcStatus::kIdle) continue;
    bool too_long = false;
    if (p->sched.tick != p->schedtick) {
      p->sched = {p->schedtick, engine::now()};
    } else if (engine::now() - p->sched.since >= kPreemptAfter) {
      too_long = true;
      if (p->status == ProcStatus::kRunning && p->m->phase == Phase::kRunning) kernel_.cut(*p->m);
    }
    if (p->status == ProcStatus::kSyscall && retake_from_syscall(*p, too_long)) ++taken;
  }
  return taken;
}

// A system call that was seen before: it has lasted a round of sysmon, at least 20 us.
bool GoRuntime::retake_from_syscall(P& p, bool at_once) {
  if (!at_once && p.syscall.tick != p.syscalltick) {
    p.syscall = {p.syscalltick, engine::now()};
    return false;
  }
  const bool has_work = p.size() > 0 || p.runnext != nullptr;
  const bool others_look = spinning_ > 0 || !idle_procs_.empty();
  if (!has_work && others_look && engine::now() - p.syscall.since < kSysmonMost) return false;
  ++report_.handoffs;
  ++p.syscalltick;
  p.status = ProcStatus::kIdle;
  p.m->p = nullptr;
  p.m = nullptr;
  hand_off(p);
  return true;
}

std::string GoRuntime::schedtrace() const {
  std::string line = "SCHED ";
  const auto append = [&line](std::string_view before, uint64_t number) {
    line += before;
    engine::append_operand(line, number);
  };
  append("", static_cast<uint64_t>((engine::now() - began_).ns / engine::kMillisecond.ns));
  append("ms: gomaxprocs=", procs_.size());
  append(" idleprocs=", idle_procs_.size());
  append(" threads=", report_.threads_created);
  append(" spinningthreads=", spinning_);
  append(" idlethreads=", idle_threads_.size());
  append(" runqueue=", global_.size());
  line += " [";
  for (const auto& p : procs_) append(" ", p->size());
  line += " ] schedticks=[";
  for (const auto& p : procs_) append(" ", p->schedtick);
  line += " ]";
  return line;
}

}  // namespace sim::node
