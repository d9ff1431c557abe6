// sim/k8s/scheduler/queue.h: the pods that wait for a node.
//
// Concept: a pod is active (to be tried as soon as its turn comes), backing off (to become active
// when its time is up), unschedulable (until something happens that may help), or in flight (being
// tried, or being bound). The more often it has been tried, the longer it backs off.
// Determinism: active pods by priority, then by when they came to wait; equal ones in the order in
// which they were put there. Time is given by the caller; expiries are noticed at whole seconds
// since the queue began, leftovers each 30 s, as the real one's timers do. Source: Kubernetes'
// documentation, "Scheduling Framework" (queueing); kube-scheduler 1.33's backend/queue. Not
// modelled: activation by plugins, events while a pod is being tried (a cycle is one moment here).

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "engine/world/time.h"
#include "sim/k8s/scheduler/cluster.h"
#include "sim/k8s/scheduler/event.h"

namespace sim::k8s::scheduler {

struct QueueOptions {
  QueueOptions() = default;
  engine::Duration first_backoff = 1 * engine::kSecond;
  engine::Duration most_backoff = 10 * engine::kSecond;
  engine::Duration unschedulable_most = 300 * engine::kSecond;
  /// The feature SchedulerPopFromBackoffQ, which 1.33 has on by default: who backs off is tried
  /// early if nobody else is waiting. Off here, so that backing off can be seen.
  bool pop_from_backoff = false;
};

struct QueuedPod {
  enum class Where : uint8_t { kActive, kBackoff, kUnschedulable, kInFlight };
  PodInfo* pod = nullptr;
  Value object;             // as it was when it came, or was last updated
  engine::Instant since;    // it waits since then
  engine::Instant first;    // it became active for the first time
  engine::Instant backoff;  // of one that backs off: until then
  int32_t attempts = 0;
  PluginSet refused_by = 0;
  Where where = Where::kActive;
  bool gated = false;
  /// Its victims are being deleted; until that is done it is not tried again.
  bool preempting = false;
  bool woken = false;  // something that may help happened meanwhile
  uint64_t order = 0;  // when it was put where it is
};

class Queue {
 public:
  static constexpr engine::Duration kBackoffTick = 1 * engine::kSecond;
  static constexpr engine::Duration kLeftoverTick = 30 * engine::kSecond;

  Queue(Cluster& cluster, QueueOptions options, engine::Instant now)
      : cluster_(cluster), options_(options), began_(now) {}

  /// A pod that has no node: new, or changed. One in flight stays there.
  void set(PodInfo& pod, engine::Instant now);
  /// It has a node by now, or is gone.
  void remove(const PodInfo& pod);
  /// Null if it does not wait.
  [[nodiscard]] QueuedPod* find(const PodInfo& pod);

  /// The next one to be tried, now in flight; null if nobody is active.
  QueuedPod* pop(engine::Instant now);
  /// It fits nowhere: who refused it. Nobody: something else went wrong, and it backs off.
  void put_back(QueuedPod& pod, PluginSet refused_by, engine::Instant now);

  /// Wakes those that the event may help.
  void tell(const Event& event, engine::Instant now);
  /// Its victims are being deleted; or that is done, and whether it worked.
  void begin_preempting(QueuedPod& pod) { pod.preempting = true; }
  void end_preempting(QueuedPod& pod, bool failed, engine::Instant now);

  /// Moves those whose time has come. Call when next_flush() says.
  void flush(engine::Instant now);
  /// kEndOfTime if nobody waits for time to pass.
  [[nodiscard]] engine::Instant next_flush() const;

  [[nodiscard]] engine::Duration backoff_of(int32_t attempts) const;
  [[nodiscard]] size_t active() const { return active_.size(); }
  [[nodiscard]] size_t backing_off() const { return backoff_.size(); }
  /// Gated ones included.
  [[nodiscard]] size_t unschedulable() const { return unschedulable_.size(); }
  [[nodiscard]] bool can_pop() const {
    return !active_.empty() || (options_.pop_from_backoff && !backoff_.empty());
  }

 private:
  struct ByTurn {
    bool operator()(const QueuedPod* a, const QueuedPod* b) const;
  };
  struct ByBackoff {
    bool operator()(const QueuedPod* a, const QueuedPod* b) const;
  };
  void enter(QueuedPod& pod, QueuedPod::Where where);
  void leave(QueuedPod& pod);
  void activate(QueuedPod& pod, engine::Instant now);
  void wake(QueuedPod& pod, engine::Instant now);
  [[nodiscard]] engine::Instant leftover_at(const QueuedPod& pod) const;
  [[nodiscard]] engine::Instant tick_at(engine::Instant when, engine::Duration every) const;

  Cluster& cluster_;
  QueueOptions options_;
  engine::Instant began_;
  uint64_t orders_ = 0;
  ValueMap<std::unique_ptr<QueuedPod>> pods_;
  std::set<QueuedPod*, ByTurn> active_;
  std::set<QueuedPod*, ByBackoff> backoff_;
  std::map<uint64_t, QueuedPod*> unschedulable_;  // by order
};

}  // namespace sim::k8s::scheduler
