// The same tasks twice on the cores of this machine: as goroutines under Go's scheduler, and on
// threads of the operating system. Each task computes, waits for I/O and computes again; one in
// some makes a blocking system call in between. What that costs is printed side by side. Both are
// models (sim/node), which run one after the other; none of their tasks is a goroutine of this
// program.

#include "sim/node/go_runtime.h"

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/node/machine.h"
#include "sim/programs/numbers.h"

namespace sim::programs {

using namespace engine;

namespace {

/// Where the keys of models begin, beside those of the machine's devices.
constexpr uint64_t kModelsOrdinal = 1000;

/// `number` at the right of a column of `width`.
std::string right(std::string_view number, size_t width) {
  std::string text(number.size() < width ? width - number.size() : 0, ' ');
  text += number;
  return text;
}

std::string decimal(int64_t number) {
  std::string text;
  append_operand(text, number);
  return text;
}

/// Milliseconds with three places, as "12.345".
std::string milliseconds(Duration length) {
  const std::string micros = decimal(length.ns / 1000 % 1000);
  return decimal(length.ns / kMillisecond.ns) + "." + std::string(3 - micros.size(), '0') + micros;
}

/// Of 1024 bytes, as "12.3".
std::string kibibytes(int64_t bytes) {
  return decimal(bytes / 1024) + "." + decimal(bytes % 1024 * 10 / 1024);
}

void row(std::string_view name, std::string_view go, std::string_view threads) {
  std::string line(name);
  line += std::string(name.size() < 26 ? 26 - name.size() : 0, ' ');
  line += right(go, 14);
  line += right(threads, 14);
  println(line);
}

void table(const node::SchedulingReport& go, const node::SchedulingReport& os) {
  const auto times = [](std::string_view name, Duration a, Duration b) {
    const std::string left = milliseconds(a);
    row(name, left, milliseconds(b));
  };
  const auto counts = [](std::string_view name, uint64_t a, uint64_t b) {
    const std::string left = decimal(static_cast<int64_t>(a));
    row(name, left, decimal(static_cast<int64_t>(b)));
  };
  const auto sizes = [](std::string_view name, int64_t a, int64_t b) {
    const std::string left = kibibytes(a);
    row(name, left, kibibytes(b));
  };
  row("", "goroutines", "threads");
  times("elapsed (ms)", go.elapsed, os.elapsed);
  times("computed (ms)", go.worked, os.worked);
  times("lost: creating (ms)", go.creating, os.creating);
  times("lost: switching (ms)", go.switching, os.switching);
  times("lost: searching (ms)", go.searching, os.searching);
  counts("switches of goroutines", go.goroutine_switches, os.goroutine_switches);
  counts("switches of threads", go.thread_switches, os.thread_switches);
  counts("steals", go.steals, os.steals);
  counts("Ps taken from syscalls", go.handoffs, os.handoffs);
  counts("preemptions", go.preemptions, os.preemptions);
  counts("threads made", go.threads_created, os.threads_created);
  counts("most threads at once", go.threads_most, os.threads_most);
  sizes("memory, touched (KiB)", go.memory_most, os.memory_most);
  sizes("memory, reserved (KiB)", go.reserved_most, os.reserved_most);
  times("latency p50 (ms)", go.latency(50), os.latency(50));
  times("latency p99 (ms)", go.latency(99), os.latency(99));
}

node::TaskPlans plans_from_env() {
  using Kind = node::TaskStep::Kind;
  const auto number = [](std::string_view name, int64_t otherwise, int64_t least, int64_t most) {
    return number_from_env(name, {.otherwise = otherwise, .least = least, .most = most});
  };
  const auto tasks = static_cast<uint32_t>(number("TASKS", 10'000, 1, 20'000));
  const Duration work = number("WORK_US", 20, 0, 1'000'000) * kMicrosecond;
  const Duration io = number("IO_MS", 50, 0, 10'000) * kMillisecond;
  const Duration syscall = number("SYSCALL_US", 1000, 0, 1'000'000) * kMicrosecond;
  const auto every = static_cast<uint32_t>(number("SYSCALL_EVERY", 10, 1, 20'000));

  node::TaskPlan main;
  for (uint32_t begun = 0; begun < tasks; begun += every) {
    const uint32_t some = std::min(every, tasks - begun);
    if (some == every) main.steps.push_back({.kind = Kind::kSpawn, .plan = 2, .times = 1});
    const uint32_t others = some == every ? some - 1 : some;
    if (others > 0) main.steps.push_back({.kind = Kind::kSpawn, .plan = 1, .times = others});
  }
  const auto plan_of_task = [&](bool calls) {
    node::TaskPlan task;
    task.steps.push_back({.kind = Kind::kCompute, .length = work / 2});
    if (io > Duration{}) task.steps.push_back({.kind = Kind::kWait, .length = io});
    if (calls && syscall > Duration{}) {
      task.steps.push_back({.kind = Kind::kSyscall, .length = syscall});
    }
    task.steps.push_back({.kind = Kind::kCompute, .length = work - work / 2});
    return task;
  };
  return {std::move(main), plan_of_task(false), plan_of_task(true)};
}

}  // namespace

Task<> go_threads_vs_goroutines() {
  const node::TaskPlans plans = plans_from_env();
  const int64_t threads = number_from_env("THREADS", {.otherwise = 0, .least = 0, .most = 20'000});
  const int64_t trace_ms = number_from_env("TRACE_MS", {.otherwise = 20, .least = 0, .most = 1000});
  node::Machine& machine = node::this_machine();
  const uint32_t cores = machine.cpu().cores();
  uint32_t tasks = 0;
  for (const node::TaskStep& step : plans[0].steps) tasks += step.times;

  println("as goroutines:", tasks, "tasks,", cores, "cores");
  node::GoRuntime go(derive(machine.key(), kModelsOrdinal), {.cores = cores}, plans);
  while (trace_ms > 0 && !go.done()) {
    co_await sleep_for(trace_ms * kMillisecond);
    if (!go.done()) println(go.schedtrace());
  }
  co_await go.finished();
  println("goroutines: all", go.report().ends.size() - 1, "tasks are done");

  if (threads == 0) {
    println("as threads: one for each of", tasks, "tasks,", cores, "cores");
  } else {
    println("as threads: a pool of", threads, "for", tasks, "tasks,", cores, "cores");
  }
  node::ThreadPool os({.cores = cores, .threads = static_cast<uint32_t>(threads)}, plans);
  co_await os.finished();
  println("threads: all", os.report().ends.size() - 1, "tasks are done");

  table(go.report(), os.report());
  const bool fewer = go.report().threads_most < os.report().threads_most;
  const bool smaller = go.report().memory_most < os.report().memory_most;
  println("goroutines took fewer threads:", fewer);
  println("goroutines took less memory:", smaller);
}

}  // namespace sim::programs
