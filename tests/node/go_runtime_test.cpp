// Go's scheduler and the operating system's threads: the same tasks on both.

#include "sim/node/go_runtime.h"

#include <catch_amalgamated.hpp>

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "tests/support/simulate.h"

using namespace engine;
using sim::node::GoRuntime;
using sim::node::Kernel;
using sim::node::SchedulingReport;
using sim::node::TaskPlan;
using sim::node::TaskPlans;
using sim::node::TaskStep;
using sim::node::ThreadPool;

namespace {

constexpr EntityKey kKey{42};

TaskStep spawn(uint32_t plan, uint32_t times) {
  return {.kind = TaskStep::Kind::kSpawn, .plan = plan, .times = times};
}
TaskStep compute_for(Duration length) {
  return {.kind = TaskStep::Kind::kCompute, .length = length};
}
TaskStep wait_for(Duration length) {
  return {.kind = TaskStep::Kind::kWait, .length = length};
}
TaskStep syscall_for(Duration length) {
  return {.kind = TaskStep::Kind::kSyscall, .length = length};
}
TaskPlan plan_of(std::vector<TaskStep> steps) {
  TaskPlan plan;
  plan.steps = std::move(steps);
  return plan;
}

std::string printed_by(support::Program program, uint64_t seed = 1) {
  const auto outcome = support::simulate(program, support::with_policy(Policy::kFifo, seed));
  CHECK(outcome.err.empty());
  return outcome.out;
}

void print_order(const SchedulingReport& report) {
  for (const SchedulingReport::End& end : report.ends) println(end.task);
}

// Ten thousand tasks that wait for a second.
TaskPlans many_that_wait() {
  return {plan_of({spawn(1, 10'000)}), plan_of({compute_for(kMicrosecond), wait_for(kSecond)})};
}

// All kinds of steps, on four cores.
TaskPlans a_mixture() {
  return {plan_of({spawn(1, 300), spawn(2, 20), spawn(3, 3)}),
          plan_of({compute_for(30 * kMicrosecond), wait_for(2 * kMillisecond), spawn(4, 2)}),
          plan_of({syscall_for(300 * kMicrosecond), compute_for(40 * kMicrosecond)}),
          plan_of({compute_for(25 * kMillisecond)}), plan_of({compute_for(5 * kMicrosecond)})};
}
constexpr size_t kMixtureTasks = 1 + 300 + 20 + 3 + 600;

}  // namespace

TEST_CASE("the goroutine that was started last runs next, and the others in order") {
  const std::string out = printed_by([]() -> Task<> {
    GoRuntime go(kKey, {.cores = 1},
                 {plan_of({spawn(1, 4)}), plan_of({compute_for(kMicrosecond)})});
    co_await go.finished();
    print_order(go.report());
  });
  CHECK(out == "0\n4\n1\n2\n3\n");
}

TEST_CASE("a full queue gives half to the global one, which is looked at each 61 ticks") {
  const std::string out = printed_by([]() -> Task<> {
    GoRuntime go(kKey, {.cores = 1},
                 {plan_of({spawn(1, 300), compute_for(100 * kMicrosecond)}),
                  plan_of({compute_for(kMicrosecond)})});
    co_await sleep_for(150 * kMicrosecond);
    println(go.local_queue(0), go.global_queue());
    co_await go.finished();
    print_order(go.report());
  });
  // The 258th pushes the 257th out of runnext: 128 of the full queue go with it.
  std::string expected = "170 129\n0\n300\n";
  uint32_t local = 129;
  uint32_t global = 1;
  for (uint32_t tick = 1; local < 300; ++tick) {
    if (local == 257) ++local;  // it lies in the global queue
    uint32_t& next = tick % 61 == 0 ? global : local;
    append_operand(expected, next++);
    expected += '\n';
  }
  CHECK(out.starts_with(expected));
}

TEST_CASE("an idle processor steals half of another's queue") {
  const std::string out = printed_by([]() -> Task<> {
    GoRuntime go(
        kKey, {.cores = 2},
        {plan_of({spawn(1, 40), compute_for(kMillisecond)}), plan_of({compute_for(kMillisecond)})});
    // 12 us to start them; then 39 are in the queue and one in runnext.
    co_await sleep_for(70 * kMicrosecond);
    println(go.report().steals, go.report().stolen, go.local_queue(0), go.local_queue(1));
    println(go.idle_procs(), go.report().threads_created);
    co_await go.finished();
    println(go.report().ends.size());
  });
  CHECK(out == "1 20 19 19\n0 3\n41\n");
}

TEST_CASE("a goroutine that computes is preempted after 10 ms, and goes to the global queue") {
  const std::string out = printed_by([]() -> Task<> {
    GoRuntime go(kKey, {.cores = 1},
                 {plan_of({spawn(1, 1), compute_for(100 * kMillisecond)}),
                  plan_of({compute_for(kMillisecond)})});
    co_await sleep_for(10 * kMillisecond);
    println(go.report().preemptions, go.global_queue());
    co_await sleep_for(10 * kMillisecond);
    println(go.report().ends.size(), go.report().preemptions > 0);
    co_await go.finished();
    print_order(go.report());
    println(go.report().worked);
  });
  CHECK(out == "0 0\n1 true\n1\n0\n101ms\n");
}

TEST_CASE("a system call of more than 20 us loses its processor, a shorter one keeps it") {
  const std::string out = printed_by([]() -> Task<> {
    for (const Duration length : {15 * kMicrosecond, 500 * kMicrosecond}) {
      GoRuntime go(
          kKey, {.cores = 1},
          {plan_of({spawn(1, 1), syscall_for(length)}), plan_of({compute_for(10 * kMicrosecond)})});
      co_await go.finished();
      print_order(go.report());
      println(go.report().handoffs, "of", go.report().threads_created, "threads");
    }
  });
  // With sysmon's there are two threads; the third takes the processor over.
  CHECK(out == "0\n1\n0 of 2 threads\n1\n0\n1 of 3 threads\n");
}

TEST_CASE("ten thousand goroutines that wait hold no thread, and take a tenth of the memory") {
  const std::string out = printed_by([]() -> Task<> {
    GoRuntime go(kKey, {.cores = 4}, many_that_wait());
    co_await go.finished();
    ThreadPool os({.cores = 4}, many_that_wait());
    co_await os.finished();
    const SchedulingReport& a = go.report();
    const SchedulingReport& b = os.report();
    println(a.ends.size(), b.ends.size());
    println(a.threads_created, b.threads_most);
    println("memory", b.memory_most / a.memory_most, b.reserved_most / a.reserved_most);
    println("less switching:", a.switching < b.switching);
  });
  CHECK(out == "10001 10001\n5 10001\nmemory 11 4071\nless switching: true\n");
}

TEST_CASE("a pool has no more threads than it may, and its tasks wait for one") {
  const std::string out = printed_by([]() -> Task<> {
    ThreadPool pool({.cores = 4, .threads = 10},
                    {plan_of({spawn(1, 100)}), plan_of({wait_for(10 * kMillisecond)})});
    co_await pool.finished();
    println(pool.report().ends.size(), pool.report().threads_created);
    println(pool.report().elapsed >= 100 * kMillisecond,
            pool.report().elapsed < 102 * kMillisecond);
  });
  CHECK(out == "101 11\ntrue true\n");
}

TEST_CASE("threads that compute share a core in turns of a slice, and pay for each switch") {
  const std::string out = printed_by([]() -> Task<> {
    ThreadPool os({.cores = 1}, {plan_of({spawn(1, 2)}), plan_of({compute_for(9 * kMillisecond)})});
    co_await os.finished();
    println(os.report().thread_switches, os.report().preemptions, os.report().worked);
    println(os.report().elapsed ==
            18 * kMillisecond + 2 * Kernel::kCreate +
                Kernel::kSwitch * static_cast<int64_t>(os.report().thread_switches));
  });
  CHECK(out == "9 6 18ms\ntrue\n");
}

TEST_CASE("both models do all the work, whatever it is made of") {
  const std::string out = printed_by([]() -> Task<> {
    GoRuntime go(kKey, {.cores = 4}, a_mixture());
    ThreadPool os({.cores = 4}, a_mixture());
    ThreadPool pool({.cores = 4, .threads = 8}, a_mixture());
    co_await go.finished();
    co_await os.finished();
    co_await pool.finished();
    for (const auto* report : {&go.report(), &os.report(), &pool.report()}) {
      println(report->ends.size() == kMixtureTasks, report->worked);
    }
    println(go.schedtrace().starts_with("SCHED "), go.report().latency(50) <= go.report().elapsed);
  });
  CHECK(out == "true 87.8ms\ntrue 87.8ms\ntrue 87.8ms\ntrue true\n");
}

TEST_CASE("the same seed gives the same run, and another seed another order of stealing") {
  const auto hash_of = [](uint64_t seed) {
    return support::simulate(
               []() -> Task<> {
                 GoRuntime go(kKey, {.cores = 4}, a_mixture());
                 co_await go.finished();
                 print_order(go.report());
               },
               support::with_policy(Policy::kFifo, seed))
        .hash;
  };
  CHECK(hash_of(1) == hash_of(1));
  CHECK(hash_of(1) != hash_of(2));
}

TEST_CASE("a process that ends while its tasks run leaves nothing behind") {
  const auto outcome = support::simulate([]() -> Task<> {
    GoRuntime go(kKey, {.cores = 4}, many_that_wait());
    ThreadPool os({.cores = 4}, many_that_wait());
    co_await sleep_for(kMillisecond);
  });
  CHECK(outcome.now == Instant{} + kMillisecond);
}
