#include "sim/node/os_threads.h"

#include <algorithm>
#include <map>

#include "engine/sync/timer.h"

namespace sim::node {
namespace {

constexpr engine::Duration kNoTime{};
constexpr int64_t kPage = 4096;
/// What every thread touches of its stack: its first frames and its thread-local storage.
constexpr int64_t kLeastTouched = 2 * kPage;
/// Putting a job into a pool's queue: a lock, and a system call that wakes. An estimate.
constexpr engine::Duration kSubmit = engine::kMicrosecond;

void set_alarm(engine::Alarm& alarm, engine::Instant due) {
  engine::here().queue.set(alarm, due, engine::here().cause);
}

int64_t touched_by_thread(int64_t stack) {
  return Kernel::kKernelStack + std::max(kLeastTouched, (stack + kPage - 1) / kPage * kPage);
}

}  // namespace

engine::Duration SchedulingReport::latency(uint32_t percent) const {
  std::map<engine::Duration, size_t> counts;
  for (const End& end : ends) ++counts[end.latency];
  size_t wanted = (ends.size() * percent + 99) / 100;
  for (const auto& [length, count] : counts) {
    if (count >= wanted) return length;
    wanted -= count;
  }
  return kNoTime;
}

Kernel::Kernel(uint32_t cores, SchedulingReport& report) : report_(report) {
  for (uint32_t i = 0; i < cores; ++i) {
    cores_.push_back(std::make_unique<Core>());
    cores_.back()->kernel = this;
  }
}

void Kernel::run(Thread& thread, engine::Duration length) {
  ENGINE_CHECK(!thread.wants);
  thread.wants = true;
  thread.left = length;
  thread.unused = kNoTime;
  if (thread.core != nullptr) return;  // rang() goes on with it
  for (const auto& core : cores_) {
    if (core->thread == nullptr) return dispatch(*core, thread);
  }
  const bool first = waiting_.empty();
  waiting_.push_back(thread);
  if (!first) return;
  for (const auto& core : cores_) {
    if (core->calling) continue;
    account(*core);
    arm(*core);
  }
}

void Kernel::cut(Thread& thread) {
  if (!thread.wants) return;
  if (thread.core != nullptr) account(*thread.core);
  thread.unused = thread.unused + thread.left;
  thread.left = kNoTime;
  if (thread.core != nullptr) arm(*thread.core);
}

void Kernel::account(Core& core) {
  const engine::Duration ran = std::clamp(engine::now() - core.resumed, kNoTime, core.thread->left);
  core.thread->left = core.thread->left - ran;
  core.resumed = core.resumed + ran;
}

// While nobody waits there is no reason to stop at the end of a slice.
void Kernel::arm(Core& core) {
  engine::Instant end = core.resumed + core.thread->left;
  if (!waiting_.empty()) {
    const int64_t had = (engine::now() - core.began).ns;
    const int64_t slices = std::max<int64_t>((had + Cpu::kSlice.ns - 1) / Cpu::kSlice.ns, 1);
    end = std::min(end, core.began + Cpu::kSlice * slices);
  }
  set_alarm(core, std::max(end, engine::now()));
}

void Kernel::dispatch(Core& core, Thread& thread) {
  core.thread = &thread;
  thread.core = &core;
  core.began = engine::now();
  core.resumed = core.began + kSwitch;
  ++report_.thread_switches;
  report_.switching = report_.switching + kSwitch;
  arm(core);
}

void Kernel::leave(Core& core, bool queues) {
  Thread& thread = *core.thread;
  core.thread = nullptr;
  thread.core = nullptr;
  if (queues) waiting_.push_back(thread);
  if (Thread* const next = waiting_.pop_front()) dispatch(core, *next);
}

void Kernel::rang(engine::Alarm& alarm) {
  auto& core = static_cast<Core&>(alarm);
  Kernel& kernel = *core.kernel;
  Thread& thread = *core.thread;
  kernel.account(core);
  if (thread.left == kNoTime && engine::now() >= core.resumed) {
    thread.wants = false;
    core.calling = true;
    thread.ran(thread);
    core.calling = false;
    if (!thread.wants) return kernel.leave(core, false);
    core.resumed = engine::now();
  }
  const bool slice_is_over = engine::now() - core.began >= Cpu::kSlice;
  if (!slice_is_over || kernel.waiting_.empty()) return kernel.arm(core);
  ++kernel.report_.preemptions;
  kernel.leave(core, true);
}

TaskModel::TaskModel(const TaskPlans& plans, uint32_t cores, engine::Duration spawn_cost)
    : plans_(plans), kernel_(cores, report_), spawn_cost_(spawn_cost), began_(engine::now()) {}

void TaskModel::begin(Task& task, uint32_t plan, engine::Instant asked) {
  task.id = created_++;
  task.plan = &plans_[plan];
  task.asked = asked;
  ++live_;
  load(task);
}

void TaskModel::load(Task& task) const {
  const auto spawns = [&task](uint32_t step) {
    return task.plan->steps[step].kind == TaskStep::Kind::kSpawn;
  };
  if (task.ended()) return;
  const TaskStep& step = task.now();
  const bool goes_on = task.step > 0 && spawns(task.step) && spawns(task.step - 1);
  if (!goes_on) task.step_began = engine::now();
  task.times_left = step.times;
  task.left = kNoTime;
  if (step.kind == TaskStep::Kind::kCompute) task.left = step.length;
  if (step.kind == TaskStep::Kind::kSpawn) task.left = spawn_cost_;
}

void TaskModel::advance(Task& task) {
  if (task.now().kind == TaskStep::Kind::kSpawn && --task.times_left > 0) {
    task.left = spawn_cost_;
    return;
  }
  ++task.step;
  load(task);
}

void TaskModel::charge(const Task& task, engine::Duration ran) {
  if (task.ended()) return;
  const bool spawns = task.now().kind == TaskStep::Kind::kSpawn;
  engine::Duration& to = spawns ? report_.creating : report_.worked;
  to = to + ran;
}

void TaskModel::end(const Task& task) {
  report_.ends.push_back({task.id, engine::now() - task.asked});
  report_.elapsed = engine::now() - began_;
  if (--live_ > 0) return;
  while (engine::Waiter* const waiter = waiters_.pop_front()) {
    engine::scheduler().ready(*waiter->task);
  }
}

void TaskModel::wake_after(Task& task, engine::Duration length) {
  set_alarm(task, engine::now() + length);
}

void TaskModel::add_memory(int64_t touched, int64_t reserved) {
  memory_ += touched;
  reserved_ += reserved;
  report_.memory_most = std::max(report_.memory_most, memory_);
  report_.reserved_most = std::max(report_.reserved_most, reserved_);
}

void TaskModel::add_thread(int64_t touched, int64_t reserved) {
  ++report_.threads_created;
  report_.threads_most = std::max(report_.threads_most, ++threads_);
  add_memory(touched, reserved);
}

void TaskModel::remove_thread(int64_t touched, int64_t reserved) {
  --threads_;
  add_memory(-touched, -reserved);
}

bool TaskModel::Finished::attempt() {
  if (model_.done()) return true;
  if (engine::here().muted) return false;
  waiter_.task = &engine::current_goroutine();
  model_.waiters_.push_back(waiter_);
  return false;
}

ThreadPool::ThreadPool(const Options& options, const TaskPlans& plans)
    : TaskModel(plans, options.cores,
                options.threads == kOneForEachTask ? Kernel::kCreate : kSubmit),
      options_(options) {
  jobs_.push_back(std::make_unique<Job>(*this));
  begin(*jobs_.back(), 0, engine::now());
  start_worker(*jobs_.back(), false);
}

void ThreadPool::start_worker(Job& job, bool pooled) {
  workers_.push_back(std::make_unique<Worker>(*this));
  Worker& worker = *workers_.back();
  worker.pooled = pooled;
  worker.touched = touched_by_thread(job.plan->stack_bytes);
  worker.job = &job;
  job.worker = &worker;
  add_thread(worker.touched, reserved_by_thread());
  // Who starts a task's own thread has paid for it; a pool's new thread pays by itself.
  const engine::Duration cost = pooled ? Kernel::kCreate : kNoTime;
  report_.creating = report_.creating + cost;
  kernel_.run(worker, cost + job.left);
}

void ThreadPool::spawn(uint32_t plan, engine::Instant asked) {
  jobs_.push_back(std::make_unique<Job>(*this));
  Job& job = *jobs_.back();
  begin(job, plan, asked);
  if (options_.threads == kOneForEachTask) return start_worker(job, false);
  if (!idle_.empty()) {
    Worker& worker = *idle_.back();
    idle_.pop_back();
    worker.job = &job;
    job.worker = &worker;
    return kernel_.run(worker, job.left);
  }
  if (pooled_ == options_.threads) return waiting_.push_back(&job);
  ++pooled_;
  start_worker(job, true);
}

void ThreadPool::ran_out(Kernel::Thread& thread) {
  auto& worker = static_cast<Worker&>(thread);
  worker.pool.step_done(worker);
}

void ThreadPool::woken(engine::Alarm& alarm) {
  auto& job = static_cast<Job&>(alarm);
  job.pool.kernel_.run(*job.worker, job.left);
}

void ThreadPool::step_done(Worker& worker) {
  Job& job = *worker.job;
  charge(job, job.left);
  if (job.ended()) return job_done(worker);
  const TaskStep step = job.now();
  const engine::Instant asked = job.step_began;
  advance(job);
  // It waits for the network as it waits in any other system call.
  if (step.kind == TaskStep::Kind::kWait || step.kind == TaskStep::Kind::kSyscall) {
    return wake_after(job, step.length);
  }
  if (step.kind == TaskStep::Kind::kSpawn) spawn(step.plan, asked);
  if (job.ended()) return job_done(worker);
  kernel_.run(worker, job.left);
}

void ThreadPool::job_done(Worker& worker) {
  end(*worker.job);
  worker.job = nullptr;
  if (!worker.pooled) return remove_thread(worker.touched, reserved_by_thread());
  if (waiting_.empty()) return idle_.push_back(&worker);
  worker.job = waiting_.front();
  waiting_.pop_front();
  worker.job->worker = &worker;
  kernel_.run(worker, worker.job->left);
}

}  // namespace sim::node
