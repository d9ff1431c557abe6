#include "sim/k8s/kubelet/eviction.h"

#include <algorithm>
#include <optional>

#include "engine/sync/timer.h"
#include "sim/k8s/api/quantity.h"
#include "sim/k8s/kubelet/pod_cgroups.h"

namespace sim::k8s::kubelet {
namespace {

using engine::Duration;
using engine::Instant;
using engine::kSecond;
using engine::Ref;
using engine::Task;

constexpr int64_t kLeastMemory = int64_t{100} << 20;
constexpr int64_t kLeastDiskPercent = 10;
constexpr Duration kPeriod = 10 * kSecond;
constexpr Duration kImagePeriod = 300 * kSecond;
constexpr Duration kPressureLasts = 300 * kSecond;

std::string kib_text(int64_t bytes) {
  return Quantity::of(bytes / 1024 * 1024, Quantity::Format::kBinary).text();
}

container::DiskSpace disk_of(const Kubelet& kubelet) {
  container::DiskSpace out;
  out.capacity_bytes = kubelet.machine.disk().options().capacity_bytes;
  out.used_bytes = static_cast<int64_t>(kubelet.machine.disk().used_bytes()) +
                   kubelet.runtime.images().disk_usage().layers_bytes;
  return out;
}

void evict_one(const Kubelet& kubelet, int64_t available) {
  std::optional<EvictionRank> worst;
  for (const auto& [uid, worker] : kubelet.workers) {
    if (worker->is_terminating || worker->is_deleted || !worker->sandbox) continue;
    if (!worker->facts.failed_reason.empty()) continue;
    EvictionRank rank;
    rank.usage = worker->sandbox->group->memory_usage();
    rank.request = pod_resources(worker->pod["spec"]).memory_request;
    rank.priority = worker->pod["spec"]["priority"].integer();
    rank.uid = uid;
    constexpr int64_t kCritical = 2'000'000'000;
    if (rank.priority >= kCritical) continue;
    if (!worst || evicts_first(rank, *worst)) worst = rank;
  }
  if (!worst) return;
  const Ref<PodWorker> worker = kubelet.workers.find(worst->uid)->second;
  worker->is_evicted = true;
  worker->facts.failed_reason = "Evicted";
  worker->facts.failed_message = eviction_message(available);
  worker->facts.disruption_message = worker->facts.failed_message;
  PodEvent event{"Warning", "Evicted", worker->facts.failed_message};
  tell(kubelet, worker->pod, event);
  worker->wake.advance();
}

}  // namespace

bool evicts_first(const EvictionRank& a, const EvictionRank& b) {
  const bool a_above = a.usage > a.request;
  const bool b_above = b.usage > b.request;
  if (a_above != b_above) return a_above;
  if (a.priority != b.priority) return a.priority < b.priority;
  const int64_t a_over = a.usage - a.request;
  const int64_t b_over = b.usage - b.request;
  if (a_over != b_over) return a_over > b_over;
  return a.uid < b.uid;
}

std::string eviction_message(int64_t available_bytes) {
  return "The node was low on resource: memory. Threshold quantity: 100Mi, available: " +
         kib_text(available_bytes) + ". ";
}

Task<> run_eviction(Ref<Kubelet> kubelet) {
  Instant memory_until;
  Instant disk_until;
  Instant collect_at = engine::now() + kImagePeriod;
  while (!kubelet->context.err()) {
    co_await engine::sleep_for(kPeriod);
    const node::Cgroup& root = kubelet->machine.cgroups();
    const int64_t available = kubelet->machine.memory_bytes() - root.memory_usage();
    if (available < kLeastMemory) {
      memory_until = engine::now() + kPressureLasts;
      evict_one(*kubelet, available);
    }
    const container::DiskSpace disk = disk_of(*kubelet);
    const int64_t free_percent =
        (disk.capacity_bytes - disk.used_bytes) / std::max<int64_t>(1, disk.capacity_bytes / 100);
    const bool is_full = free_percent < kLeastDiskPercent;
    if (is_full) disk_until = engine::now() + kPressureLasts;
    if (is_full || engine::now() >= collect_at) {
      collect_at = engine::now() + kImagePeriod;
      static_cast<void>(kubelet->runtime.images().collect_garbage(disk, engine::now()));
    }
    const bool memory = engine::now() < memory_until;
    const bool on_disk = engine::now() < disk_until;
    if (memory == kubelet->memory_pressure && on_disk == kubelet->disk_pressure) continue;
    kubelet->memory_pressure = memory;
    kubelet->disk_pressure = on_disk;
    kubelet->node_changed.advance();
  }
}

}  // namespace sim::k8s::kubelet
