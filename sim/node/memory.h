// sim/node/memory.h: what processes take of their machine's memory, and what happens without any.
//
// Concept: a program says how much it takes: `MemoryBlock buffer = co_await allocate(bytes)`. It
// counts in its process, in its control group and in all groups above, of which the root's limit is
// the machine's memory. Where a limit would be passed, the OOM killer kills processes in the
// innermost group whose limit it is, until the rest fits; that may be the one that asked.
// Determinism: no choices. It kills the process of the highest badness, of equal ones the youngest.
// Lifetime: a block belongs to the process that took it; when that ends, all it had is free, and
// blocks that are still about have no bytes.
// Not modelled: pages, caches that can be reclaimed, swap, overcommitment; what goroutines' own
// frames and objects take; a panic of the kernel when nobody may be killed.
// Source: Linux, mm/oom_kill.c, mm/memcontrol.c; Documentation/admin-guide/cgroup-v2.rst, "Memory".

#pragma once

#include <cstdint>

#include "engine/task/go.h"

namespace sim::node {

class Cgroup;
class Host;
class ProcessMemory;

struct BlockTag {};

/// Memory that a process has taken; free when this is destroyed. Moves; empty by default.
class [[nodiscard]] MemoryBlock : private engine::ListNode<BlockTag> {
 public:
  MemoryBlock() = default;
  MemoryBlock(MemoryBlock&& other) noexcept { take(other); }
  MemoryBlock& operator=(MemoryBlock&& other) noexcept;
  ~MemoryBlock() { free(); }

  /// 0: empty, refused, or its process has ended.
  [[nodiscard]] int64_t bytes() const { return bytes_; }
  /// Whether it was granted and is not free yet.
  explicit operator bool() const { return owner_ != nullptr; }
  /// Gives the memory back now.
  void free();

 private:
  friend class ProcessMemory;
  friend class engine::List<MemoryBlock, BlockTag>;
  void take(MemoryBlock& other);

  ProcessMemory* owner_ = nullptr;
  int64_t bytes_ = 0;
};

/// What a process has of its machine's memory, and what the OOM killer knows of it.
class ProcessMemory : private engine::Alarm {
 public:
  /// oom_score_adj of a process that is never killed. Source: Linux, OOM_SCORE_ADJ_MIN.
  static constexpr int32_t kNeverKilled = -1000;
  static constexpr int32_t kKilledFirst = 1000;

  ProcessMemory(engine::Process& process, Host& host, int32_t oom_score_adj);
  ProcessMemory(const ProcessMemory&) = delete;
  ProcessMemory& operator=(const ProcessMemory&) = delete;
  /// All of it is free.
  ~ProcessMemory();

  [[nodiscard]] engine::Process& process() const { return process_; }
  [[nodiscard]] Host& host() const { return host_; }
  [[nodiscard]] Cgroup& cgroup() const { return cgroup_; }
  [[nodiscard]] int64_t bytes() const { return bytes_; }
  [[nodiscard]] int32_t oom_score_adj() const { return oom_score_adj_; }
  /// From -1000 to 1000, as /proc/PID/oom_score_adj.
  void set_oom_score_adj(int32_t adjustment) { oom_score_adj_ = adjustment; }
  /// Whom the OOM killer of a group with so much memory kills: the highest.
  [[nodiscard]] int64_t badness(int64_t total_bytes) const {
    return bytes_ + total_bytes / 1000 * oom_score_adj_;
  }

  /// Takes what it needs to exist at all, once it has started. If that does not fit, the OOM killer
  /// comes before anything else runs.
  void take_base(int64_t bytes);

 private:
  friend class Allocate;
  friend class MemoryBlock;
  enum class Charge : uint8_t { kDone, kRefused, kProcessIsGone };
  bool try_charge(int64_t bytes);
  Charge charge_or_kill(int64_t bytes);
  void give(MemoryBlock& block, int64_t bytes);
  static void charge_base(engine::Alarm& alarm);

  engine::Process& process_;
  Host& host_;
  Cgroup& cgroup_;
  int64_t bytes_ = 0;
  int64_t base_bytes_ = 0;  // that are still to be charged
  engine::List<MemoryBlock, BlockTag> blocks_;
  int32_t oom_score_adj_;
};

/// Takes memory for the running goroutine's process; gives the MemoryBlock. Suspends only if a
/// limit is hit, until the OOM killer has made room; never resumes if it kills this process. The
/// block is empty if nobody may be killed. REQUIRES: the process runs on a machine; `bytes` is not
/// negative.
class [[nodiscard]] Allocate : public engine::Await<Allocate> {
 public:
  explicit Allocate(int64_t bytes) : Await(kKind), request_(ring, bytes) {}
  bool attempt();
  MemoryBlock await_resume() { return std::move(request_.block); }

 private:
  struct Request : engine::Alarm {
    Request(Fire on_fire, int64_t b) : Alarm(on_fire), bytes(b) {}
    engine::Goroutine* task = nullptr;
    ProcessMemory* memory = nullptr;
    int64_t bytes;
    MemoryBlock block;
  };
  static void ring(engine::Alarm& alarm);
  static bool always(const WaitOp&) { return true; }
  static constexpr engine::OpKind kKind = {
      .attempt = attempt_of, .reason = engine::WaitReason::kSyscall, .wakes_by_itself = always};
  Request request_;
};
inline Allocate allocate(int64_t bytes) {
  return Allocate(bytes);
}

/// A process that the OOM killer kills.
struct OomKill {
  engine::Process& process;  // still runs
  Host& host;                // what it runs in
  Cgroup& cgroup;            // the group whose limit was hit; the root: the machine's memory
};

/// Is told of what the OOM killer does on a machine, such as a container runtime.
class OomObserver {
 public:
  /// The process is killed when this returns (SIGKILL: exit code 137).
  virtual void oom_kills(const OomKill& kill) = 0;

 protected:
  ~OomObserver() = default;
};

}  // namespace sim::node
