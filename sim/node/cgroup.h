// sim/node/cgroup.h: control groups: how processes share a machine, and what each group may have.
//
// Concept: groups form a tree below the machine's root. A group has a weight and a quota of
// processor time (cpu_group.h), a limit of memory (memory.h) and one of processes; what it uses
// counts in all groups above it, whose limits hold too. A process counts in its host's group for
// all its life; goroutines are not threads, so only processes count for pids.max.
// Determinism: no choices; ids number a machine's groups in the order of their creation.
// Lifetime: counted handles. Whoever removes a group, or a crash of the machine, takes it out of
// the tree; it stays readable as long as a handle to it does.
// Costs: creating and removing take constant time, charging a step for each level. A group in which
// nothing has computed yet takes about 170 bytes.
// Not modelled: io; memory.high, memory.low and swap; cpusets; threads; moving a process to another
// group; the rule that only groups without children have processes.
// Source: Linux, Documentation/admin-guide/cgroup-v2.rst.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/counted.h"
#include "engine/sync/error.h"
#include "sim/node/cpu_group.h"

namespace sim::node {

class Machine;

/// What Linux answers: EBUSY, EINVAL, ERANGE, EAGAIN, ENODEV.
inline constexpr engine::Sentinel kBusy("device or resource busy");
inline constexpr engine::Sentinel kInvalidArgument("invalid argument");
inline constexpr engine::Sentinel kOutOfRange("numerical result out of range");
inline constexpr engine::Sentinel kResourceUnavailable("resource temporarily unavailable");
inline constexpr engine::Sentinel kNoSuchDevice("no such device");

/// Docker's cpu-shares (2 to 262144, default 1024) as a weight of cgroup v2.
/// Source: opencontainers/cgroups, `ConvertCPUSharesToCgroupV2Value`, up to runc 1.3.1.
constexpr uint32_t cpu_weight_of_shares(uint64_t shares) {
  if (shares < 2) shares = 2;
  if (shares > 262'144) shares = 262'144;
  return static_cast<uint32_t>(1 + (shares - 2) * 9999 / 262'142);
}
/// A request of so many thousandths of a core as cpu-shares. Source: Kubernetes, kubelet,
/// `MilliCPUToShares`.
constexpr uint64_t cpu_shares_of_millicores(uint64_t milli) {
  const uint64_t shares = milli * 1024 / 1000;
  return shares < 2 ? 2 : shares > 262'144 ? 262'144 : shares;
}
/// A limit of so many thousandths of a core; 0: none. Source: Kubernetes, kubelet,
/// `MilliCPUToQuota`, which gives 1 ms at least.
constexpr CpuMax cpu_max_of_millicores(uint64_t milli) {
  CpuMax max;
  if (milli == 0) return max;
  max.quota = max.period * static_cast<int64_t>(milli) / 1000;
  if (max.quota < engine::kMillisecond) max.quota = engine::kMillisecond;
  return max;
}

/// The file memory.events, of the group and all below it.
struct MemoryEvents {
  uint32_t max = 0;             // times that a limit was about to be passed
  uint32_t oom = 0;             // times that the OOM killer was called
  uint32_t oom_kill = 0;        // processes that it killed
  uint32_t oom_group_kill = 0;  // times that it killed a whole group

  bool operator==(const MemoryEvents&) const = default;
};

struct CgroupTag {};

class Cgroup : public engine::Counted<Cgroup>, public engine::ListNode<CgroupTag> {
 public:
  static constexpr int64_t kNoMemoryLimit = INT64_MAX;
  static constexpr uint32_t kNoPidsLimit = UINT32_MAX;
  /// Source: Linux, kernel/sched/core.c, `min_cfs_quota_period`, `max_cfs_quota_period`.
  static constexpr engine::Duration kLeastQuota = engine::kMillisecond;
  static constexpr engine::Duration kMostPeriod = engine::kSecond;

  /// The root of a machine, as its Machine makes it.
  Cgroup(Machine& machine, int64_t memory_bytes);
  ~Cgroup();

  /// A new group below this one. REQUIRES: none below it has that name; it is not removed.
  engine::Ref<Cgroup> create(std::string_view name);
  /// Takes it out of the tree. Fails with kBusy while it has processes or groups below it, and for
  /// the root. Nothing happens if it is removed already.
  engine::Error remove();

  [[nodiscard]] Machine& machine() const { return machine_; }
  [[nodiscard]] uint32_t id() const { return id_; }
  [[nodiscard]] std::string_view name() const { return name_.view(); }
  /// Such as "/kubepods/burstable/pod1/c1"; the root's is "/".
  [[nodiscard]] std::string path() const;
  /// Null: it is the root.
  [[nodiscard]] Cgroup* parent() const { return parent_.get(); }
  [[nodiscard]] bool is_removed() const { return is_removed_; }
  /// Whether it is `ancestor` or lies below it.
  [[nodiscard]] bool is_within(const Cgroup& ancestor) const;
  /// Oldest first.
  [[nodiscard]] const engine::List<Cgroup, CgroupTag>& children() const { return children_; }
  /// The group below it of that name, or null. Looks at them all.
  [[nodiscard]] Cgroup* child(std::string_view name) const;

  /// cpu.weight. kOutOfRange unless from 1 to 10000.
  engine::Error set_cpu_weight(uint32_t weight);
  [[nodiscard]] uint32_t cpu_weight() const { return cpu_weight_; }
  /// cpu.max. A new period begins. kInvalidArgument if the quota is under 1 ms, or the period is
  /// not from 1 ms to 1 s; also for the root, which has no such file.
  engine::Error set_cpu_max(const CpuMax& max);
  [[nodiscard]] const CpuMax& cpu_max() const { return cpu_max_; }
  /// cpu.stat, as of `now`. Only looks.
  [[nodiscard]] CpuStat cpu_stat(engine::Instant now) const;
  /// As the cores see it; made when it is first asked for.
  CpuGroup& cpu_group();

  /// memory.max. Lowering it below the usage kills nobody before the next allocation.
  void set_memory_max(int64_t bytes) { memory_max_ = bytes; }
  [[nodiscard]] int64_t memory_max() const { return memory_max_; }
  [[nodiscard]] int64_t memory_usage() const { return memory_usage_; }
  /// The highest usage so far.
  [[nodiscard]] int64_t memory_peak() const { return memory_peak_; }
  /// memory.oom.group: the OOM killer kills all of its processes or none.
  void set_oom_group(bool whole) { is_oom_group_ = whole; }
  [[nodiscard]] bool is_oom_group() const { return is_oom_group_; }
  [[nodiscard]] const MemoryEvents& memory_events() const { return memory_events_; }

  /// pids.max.
  void set_pids_max(uint32_t processes) { pids_max_ = processes; }
  [[nodiscard]] uint32_t pids_max() const { return pids_max_; }
  /// Its processes, with those of the groups below.
  [[nodiscard]] uint32_t pids() const { return pids_; }
  /// How often its pids.max kept a process from starting. As pids.events.
  [[nodiscard]] uint32_t pids_refused() const { return pids_refused_; }

  // What Machine and the memory's bookkeeping do.

  /// Charges it and all above. If that would pass a limit nothing is charged, and the innermost
  /// group whose limit it is is returned; else null.
  Cgroup* try_charge(int64_t bytes);
  void uncharge(int64_t bytes);
  /// Counts an event here and in all groups above.
  void note(uint32_t MemoryEvents::* event);
  /// One process more, here and in all above. False: a limit forbids it, and nothing is counted.
  bool add_process();
  void remove_process();
  /// Of the root: the machine has crashed. Its groups are removed and its counts begin anew.
  void machine_crashed();

 private:
  Cgroup(Cgroup& parent, std::string_view name);
  void detach();

  Machine& machine_;
  engine::Ref<Cgroup> parent_;
  engine::List<Cgroup, CgroupTag> children_;  // each is held by being in it
  engine::Name name_;
  std::unique_ptr<CpuGroup> cpu_;  // null: nothing has computed in it; the root's is its Cpu's
  CpuMax cpu_max_;
  int64_t memory_usage_ = 0;
  int64_t memory_peak_ = 0;
  int64_t memory_max_ = kNoMemoryLimit;
  MemoryEvents memory_events_;
  uint32_t id_;
  uint32_t cpu_weight_ = CpuGroup::kDefaultWeight;
  uint32_t pids_ = 0;
  uint32_t pids_max_ = kNoPidsLimit;
  uint32_t pids_refused_ = 0;
  bool is_oom_group_ = false;
  bool is_removed_ = false;
};

static_assert(sizeof(void*) != 8 || sizeof(Cgroup) <= 176, "there may be 150,000 of them");

/// The figures of a group, copied for views.
struct CgroupView {
  uint32_t id = 0;
  std::string path;
  uint32_t cpu_weight = 0;
  CpuMax cpu_max;
  CpuStat cpu;
  int64_t memory_usage = 0;
  int64_t memory_peak = 0;
  int64_t memory_max = 0;
  MemoryEvents memory_events;
  bool is_oom_group = false;
  uint32_t pids = 0;
  uint32_t pids_max = 0;
  uint32_t pids_refused = 0;
};
/// `group` and all below it, each before those below, oldest first, as of `now`. Only looks.
std::vector<CgroupView> look_at_cgroups(const Cgroup& group, engine::Instant now);

}  // namespace sim::node
