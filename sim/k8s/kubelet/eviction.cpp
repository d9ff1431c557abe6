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
/// Source: the eviction manager's podCleanupTimeout.
constexpr Duration kCleanupTimeout = 30 * kSecond;

std::string bytes_text(int64_t bytes) {
  return Quantity::of(bytes, Quantity::Format::kBinary).text();
}

// What is in volumes of the pod's own, which go with it.
int64_t own_volumes_bytes(const PodWorker& worker) {
  // Those that the kubelet writes itself count for nobody.
  if (!worker.sandbox || worker.sandbox->volumes.size() == worker.sandbox->files.size()) return 0;
  int64_t bytes = 0;
  for (const Value& volume : worker.pod["spec"]["volumes"].items()) {
    const auto found = worker.sandbox->volumes.find(volume["name"].text());
    const bool is_own = volume.contains("emptyDir") && found != worker.sandbox->volumes.end();
    if (is_own) bytes += found->second->files().upper_bytes();
  }
  return bytes;
}

int64_t disk_usage_of(const Kubelet& kubelet, const PodWorker& worker) {
  int64_t bytes = own_volumes_bytes(worker);
  for (const Ref<container::Container>& run : containers_of(kubelet, uid_of(worker.pod))) {
    bytes += run->files().upper_bytes();
  }
  return bytes;
}

container::DiskSpace disk_of(const Kubelet& kubelet) {
  container::DiskSpace out;
  // What has become smaller meanwhile was filled by others.
  out.capacity_bytes = kubelet.disk_bytes;
  out.used_bytes = static_cast<int64_t>(kubelet.machine.disk().used_bytes());
  out.used_bytes += kubelet.disk_bytes - kubelet.machine.disk().options().capacity_bytes;
  for (const auto& [digest, record] : kubelet.runtime.images().layers()) {
    out.used_bytes += record.layer->size_bytes();
  }
  for (const Ref<container::Container>& run : kubelet.runtime.containers()) {
    out.used_bytes += run->files().upper_bytes();
  }
  for (const auto& [uid, worker] : kubelet.workers) out.used_bytes += own_volumes_bytes(*worker);
  out.used_bytes = std::min(out.used_bytes, out.capacity_bytes);
  return out;
}

// What there is too little of.
struct Shortage {
  std::string_view resource;  // "memory", "ephemeral-storage"
  int64_t threshold = 0;
  int64_t available = 0;
  [[nodiscard]] bool is_memory() const { return resource == "memory"; }
};

// Who of the pod's containers uses more than it has asked for.
std::string large_containers(const Kubelet& kubelet, const PodWorker& worker,
                             const Shortage& shortage) {
  std::string out;
  for (const Value& spec : worker.pod["spec"]["containers"].items()) {
    const std::string_view name = spec["name"].text();
    for (const Ref<container::Container>& run : containers_of(kubelet, uid_of(worker.pod), name)) {
      if (!run->is_running()) continue;
      const int64_t usage =
          shortage.is_memory() ? run->cgroup().memory_usage() : run->files().upper_bytes();
      const Quantity request = Quantity::from(spec["resources"]["requests"][shortage.resource]);
      if (usage <= request.value()) continue;
      out += "Container " + std::string(name) + " was using " + bytes_text(usage / 1024 * 1024);
      out += ", request is " + request.text() + ", has larger consumption of ";
      out += std::string(shortage.resource) + ". ";
    }
  }
  return out;
}

EvictionRank rank_of(const Kubelet& kubelet, const PodWorker& worker, const Shortage& shortage) {
  const Value& spec = worker.pod["spec"];
  EvictionRank rank;
  if (shortage.is_memory()) {
    rank.usage = worker.sandbox->group->memory_usage();
    rank.request = worker.needs.memory_request;
  } else {
    rank.usage = disk_usage_of(kubelet, worker);
    for (const Value& each : spec["containers"].items()) {
      rank.request += Quantity::from(each["resources"]["requests"][shortage.resource]).value();
    }
  }
  rank.priority = spec["priority"].integer();
  rank.uid = uid_of(worker.pod);
  return rank;
}

// Null: there is none that may go.
Ref<PodWorker> evict_one(const Kubelet& kubelet, const Shortage& shortage) {
  std::optional<EvictionRank> worst;
  for (const auto& [uid, worker] : kubelet.workers) {
    if (must_end(*worker) || !worker->sandbox || worker->sandbox->is_lost()) continue;
    if (is_critical(worker->pod["spec"])) continue;
    EvictionRank rank = rank_of(kubelet, *worker, shortage);
    if (!worst || evicts_first(rank, *worst)) worst = rank;
  }
  if (!worst) return {};
  const Ref<PodWorker> worker = kubelet.workers.find(worst->uid)->second;
  std::string message = eviction_message(shortage.resource, shortage.threshold, shortage.available);
  message += large_containers(kubelet, *worker, shortage);
  worker->is_evicted = true;
  worker->facts.failed_reason = "Evicted";
  worker->facts.failed_message = message;
  worker->facts.disruption_message = message;
  PodEvent event{"Warning", "Evicted", message};
  tell(kubelet, worker->pod, event);
  worker->nudge();
  return worker;
}

int64_t least_disk(const container::DiskSpace& disk) {
  return disk.capacity_bytes * kLeastDiskPercent / 100;
}

// Removes what nobody needs. What is free then.
container::DiskSpace collect(const Kubelet& kubelet, const container::DiskSpace& disk,
                             bool is_full) {
  container::GcPolicy policy;
  if (is_full) {
    // Under pressure all images go that no container has.
    policy.high_percent = 0;
    policy.low_percent = 0;
    policy.min_age = {};
  }
  static_cast<void>(kubelet.runtime.images().collect_garbage(disk, engine::now(), policy));
  return disk_of(kubelet);
}

}  // namespace

bool is_critical(const Value& spec) {
  // Source: scheduling.SystemCriticalPriority.
  constexpr int64_t kSystemCritical = 2'000'000'000;
  return spec["priority"].integer() >= kSystemCritical;
}

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

std::string eviction_message(std::string_view resource, int64_t threshold_bytes,
                             int64_t available_bytes) {
  return "The node was low on resource: " + std::string(resource) +
         ". Threshold quantity: " + bytes_text(threshold_bytes) +
         ", available: " + bytes_text(available_bytes / 1024 * 1024) + ". ";
}

Task<> run_eviction(Ref<Kubelet> kubelet) {
  Instant memory_until;
  Instant disk_until;
  Instant collect_at = engine::now() + kImagePeriod;
  Ref<PodWorker> leaving;
  Instant leaves_until;
  while (!kubelet->context.err()) {
    co_await engine::sleep_for(kPeriod);
    const node::Cgroup& root = kubelet->machine.cgroups();
    const int64_t available = kubelet->machine.memory_bytes() - root.memory_usage();
    const bool is_short = available < kLeastMemory;
    container::DiskSpace disk = disk_of(*kubelet);
    const auto is_full = [&] { return disk.capacity_bytes - disk.used_bytes < least_disk(disk); };
    if (is_full() || engine::now() >= collect_at) {
      collect_at = engine::now() + kImagePeriod;
      disk = collect(*kubelet, disk, is_full());
    }
    if (is_short) memory_until = engine::now() + kPressureLasts;
    if (is_full()) disk_until = engine::now() + kPressureLasts;
    // One at a time: what the last one had may be enough.
    if (leaving && (leaving->may_be_removed || engine::now() >= leaves_until)) leaving = {};
    if (!leaving && (is_short || is_full())) {
      const Shortage memory{"memory", kLeastMemory, available};
      const Shortage storage{"ephemeral-storage", least_disk(disk),
                             disk.capacity_bytes - disk.used_bytes};
      leaving = evict_one(*kubelet, is_short ? memory : storage);
      leaves_until = engine::now() + kCleanupTimeout;
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
