// Serves one request after the other and says how long they took. A request needs WORK_MS of
// processor time and comes each EVERY_MS; there are REQUESTS of them. At the end it tells what its
// control group has counted, as the file cpu.stat does.

#include <algorithm>
#include <vector>

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/node/cgroup.h"
#include "sim/node/cpu.h"
#include "sim/node/host.h"

namespace sim::programs {

using namespace engine;

Task<> docker_latency() {
  const Process& process = current_process();
  const std::string name(node::this_host().host_name());
  const int64_t requests = process.env_int("REQUESTS", 50);
  const Duration work = kMillisecond * process.env_int("WORK_MS", 30);
  const Duration every = kMillisecond * process.env_int("EVERY_MS", 200);
  std::vector<Duration> took;
  Instant next = now();
  for (int64_t i = 0; i < requests; ++i) {
    co_await sleep_for(next - now());
    const Instant began = next;
    co_await node::compute(work);
    took.push_back(now() - began);
    next = next + every;
  }
  if (took.empty()) co_return;
  std::stable_sort(took.begin(), took.end());
  const node::CpuStat stat = node::this_host().cgroup().cpu_stat(now());
  println(name + ": median", took[took.size() / 2], "slowest", took.back());
  println(name + ": nr_periods", stat.periods, "nr_throttled", stat.throttled_periods,
          "throttled_usec", stat.throttled.ns / kMicrosecond.ns);
}

}  // namespace sim::programs
