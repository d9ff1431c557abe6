#include "sim/k8s/scheduler/queue.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/world/check.h"

namespace sim::k8s::scheduler {

using engine::Duration;
using engine::Instant;
using Where = QueuedPod::Where;

bool Queue::ByTurn::operator()(const QueuedPod* a, const QueuedPod* b) const {
  const auto rank = [](const QueuedPod& pod) {
    return std::tuple(-int64_t{pod.pod->priority()}, pod.since, pod.order);
  };
  return rank(*a) < rank(*b);
}

bool Queue::ByBackoff::operator()(const QueuedPod* a, const QueuedPod* b) const {
  return std::tuple(a->backoff, a->order) < std::tuple(b->backoff, b->order);
}

void Queue::enter(QueuedPod& pod, Where where) {
  pod.where = where;
  pod.order = ++orders_;
  switch (where) {
    case Where::kActive:
      active_.insert(&pod);
      break;
    case Where::kBackoff:
      backoff_.insert(&pod);
      break;
    case Where::kUnschedulable:
      unschedulable_[pod.order] = &pod;
      break;
    case Where::kInFlight:
      break;
  }
}

void Queue::leave(QueuedPod& pod) {
  switch (pod.where) {
    case Where::kActive:
      active_.erase(&pod);
      break;
    case Where::kBackoff:
      backoff_.erase(&pod);
      break;
    case Where::kUnschedulable:
      unschedulable_.erase(pod.order);
      break;
    case Where::kInFlight:
      break;
  }
}

QueuedPod* Queue::find(const PodInfo& pod) {
  const auto* const found = pods_.find(pod_key(pod.object));
  return found == nullptr ? nullptr : found->get();
}

Duration Queue::backoff_of(int32_t attempts) const {
  if (attempts == 0) return {};
  Duration length = options_.first_backoff;
  for (int32_t i = 1; i < attempts; ++i) {
    if (length > options_.most_backoff - length) return options_.most_backoff;
    length = length + length;
  }
  return length;
}

void Queue::activate(QueuedPod& pod, Instant now) {
  if (pod.pod->object["spec"]["schedulingGates"].size() > 0) {
    pod.gated = true;
    pod.refused_by |= set_of(Plugin::kSchedulingGates);
    enter(pod, Where::kUnschedulable);
    return;
  }
  if (pod.preempting) {
    pod.woken = true;
    enter(pod, Where::kUnschedulable);
    return;
  }
  pod.gated = false;
  if (pod.first == Instant{}) pod.first = now;
  enter(pod, Where::kActive);
}

// Something may have changed for it: it becomes active, if it need not back off any more.
void Queue::wake(QueuedPod& pod, Instant now) {
  leave(pod);
  pod.backoff = pod.since + backoff_of(pod.attempts);
  if (pod.backoff > now && !pod.preempting) {
    enter(pod, Where::kBackoff);
  } else {
    activate(pod, now);
  }
}

void Queue::set(PodInfo& pod, Instant now) {
  std::unique_ptr<QueuedPod>& slot = pods_[pod_key(pod.object)];
  if (slot == nullptr) {
    slot = std::make_unique<QueuedPod>();
    slot->pod = &pod;
    slot->object = pod.object;
    slot->since = now;
    activate(*slot, now);
    return;
  }
  const Value before = std::exchange(slot->object, pod.object);
  if (slot->where != Where::kUnschedulable || !pod_changed(before, pod.object)) return;
  const Event event(EventKind::kPodUpdate);
  if (may_help(event, pod, slot->refused_by, cluster_)) wake(*slot, now);
}

void Queue::remove(const PodInfo& pod) {
  QueuedPod* const known = find(pod);
  if (known == nullptr) return;
  leave(*known);
  pods_.erase(pod_key(pod.object));
}

QueuedPod* Queue::pop(Instant) {
  QueuedPod* pod = nullptr;
  if (!active_.empty()) {
    pod = *active_.begin();
  } else if (options_.pop_from_backoff && !backoff_.empty()) {
    pod = *backoff_.begin();
    // Who failed for another reason than a plugin backs off in any case.
    if (pod->refused_by == 0) return nullptr;
  }
  if (pod == nullptr) return nullptr;
  leave(*pod);
  enter(*pod, Where::kInFlight);
  ++pod->attempts;
  return pod;
}

void Queue::put_back(QueuedPod& pod, PluginSet refused_by, Instant now) {
  ENGINE_CHECK(pod.where == Where::kInFlight);
  pod.refused_by = refused_by;
  pod.since = now;
  if (refused_by == 0) {
    wake(pod, now);
  } else {
    enter(pod, Where::kUnschedulable);
  }
}

void Queue::tell(const Event& event, Instant now) {
  std::vector<QueuedPod*> worth;
  for (const auto& [order, pod] : unschedulable_) {
    if (pod->gated) continue;
    if (may_help(event, *pod->pod, pod->refused_by, cluster_)) worth.push_back(pod);
  }
  for (QueuedPod* pod : worth) {
    if (pod->preempting) {
      pod->woken = true;
    } else {
      wake(*pod, now);
    }
  }
}

void Queue::end_preempting(QueuedPod& pod, bool failed, Instant now) {
  pod.preempting = false;
  const bool woken = std::exchange(pod.woken, false);
  if (pod.where != Where::kUnschedulable) return;
  if (failed) {
    leave(pod);
    activate(pod, now);
  } else if (woken) {
    wake(pod, now);
  }
}

void Queue::flush(Instant now) {
  while (!backoff_.empty() && tick_at((*backoff_.begin())->backoff, kBackoffTick) <= now) {
    QueuedPod& pod = **backoff_.begin();
    leave(pod);
    activate(pod, now);
  }
  std::vector<QueuedPod*> leftover;
  for (const auto& [order, pod] : unschedulable_) {
    if (pod->gated || pod->preempting) continue;
    if (leftover_at(*pod) <= now) leftover.push_back(pod);
  }
  for (QueuedPod* pod : leftover) wake(*pod, now);
}

// The first tick that is not before `when`.
Instant Queue::tick_at(Instant when, Duration every) const {
  const int64_t ticks = ((when - began_).ns + every.ns - 1) / every.ns;
  return began_ + every * ticks;
}

// It must have waited longer than that, not as long.
Instant Queue::leftover_at(const QueuedPod& pod) const {
  const Instant late = pod.since + options_.unschedulable_most + engine::kNanosecond;
  return tick_at(late, kLeftoverTick);
}

Instant Queue::next_flush() const {
  Instant next = engine::kEndOfTime;
  if (!backoff_.empty()) next = tick_at((*backoff_.begin())->backoff, kBackoffTick);
  for (const auto& [order, pod] : unschedulable_) {
    if (pod->gated || pod->preempting) continue;
    // They were put there in the order of time, or nearly so.
    return std::min(next, leftover_at(*pod));
  }
  return next;
}

}  // namespace sim::k8s::scheduler
