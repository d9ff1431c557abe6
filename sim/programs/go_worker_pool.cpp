// A fixed number of workers that take jobs from a queue, until a signal says to stop. A graceful
// shutdown refuses new jobs and finishes those that it has accepted; with GRACEFUL=false the
// workers leave at once, and what waits in the queue is lost.

#include "engine/sync/chan.h"
#include "engine/sync/none.h"
#include "engine/sync/select.h"
#include "engine/sync/timer.h"
#include "engine/sync/wait_group.h"
#include "engine/task/go.h"
#include "engine/task/print.h"
#include "sim/programs/numbers.h"

namespace sim::programs {

using namespace engine;

namespace {

struct Pool {
  Chan<int64_t> jobs;
  Chan<int64_t> results{0, "results"};
  Chan<None> stop{0, "stop"};
  bool graceful;
};

Task<> worker(Pool pool, WaitGroup wg) {
  Defer done([&] { wg.done(); });
  while (const auto job = co_await pool.jobs.recv()) {
    co_await sleep_for(40 * kMillisecond);  // the work
    co_await pool.results.send(*job);
    if (pool.graceful) continue;
    const auto won = co_await select(pool.stop.recv(), otherwise());
    if (won.index() == 0) co_return;
  }
}

Task<> submit(Pool pool, int64_t jobs, Chan<int64_t> accepted) {
  int64_t job = 0;
  while (job < jobs) {
    const auto won = co_await select(pool.jobs.send(job + 1), pool.stop.recv());
    if (won.index() == 1) break;
    ++job;
  }
  pool.jobs.close();
  co_await accepted.send(job);
}

}  // namespace

Task<> go_worker_pool() {
  const int64_t workers = number_from_env("WORKERS", {.otherwise = 3, .least = 1, .most = 100});
  const int64_t jobs = number_from_env("JOBS", {.otherwise = 50, .least = 0, .most = 10'000});
  const int64_t queue = number_from_env("QUEUE", {.otherwise = 2, .least = 0, .most = 1000});
  const int64_t stop_ms =
      number_from_env("STOP_MS", {.otherwise = 100, .least = 1, .most = 100'000});
  const Pool pool{.jobs = Chan<int64_t>(static_cast<uint32_t>(queue), "jobs"),
                  .graceful = current_process().env_bool("GRACEFUL", true)};
  const Chan<int64_t> accepted(1, "accepted");

  WaitGroup wg("wg");
  wg.add(workers);
  for (int64_t i = 1; i <= workers; ++i) go(worker, pool, wg).set_name(numbered("worker-", i));
  go(submit, pool, jobs, accepted).set_name("submit");
  go([wg, pool]() -> Task<> {
    co_await wg.wait();
    pool.results.close();
  }).set_name("closer");
  go([pool, stop_ms]() -> Task<> {
    co_await sleep_for(stop_ms * kMillisecond);
    println("signal: stop");
    pool.stop.close();
  }).set_name("signal");

  int64_t finished = 0;
  while (const auto job = co_await pool.results.recv()) {
    println("finished job", *job);
    ++finished;
  }
  const auto promised = co_await accepted.recv();
  println("accepted:", *promised);
  println("finished:", finished);
  println("lost:", *promised - finished);
}

}  // namespace sim::programs
