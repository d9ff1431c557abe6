#include "sim/k8s/check/budgets.h"

#include <fmt/format.h>

#include "sim/k8s/api/selector.h"
#include "sim/k8s/controllers/disruption.h"
#include "sim/k8s/controllers/pods.h"

namespace sim::k8s::check {
namespace {

bool selects(const Value& budget, const Value& pod) {
  return namespace_of(budget) == namespace_of(pod) &&
         LabelSelector::from(budget["spec"]["selector"]).matches(labels_of(pod));
}

}  // namespace

// One that has been granted and does not go is counted again, as the budget's controller does.
bool Budgets::Pod::counts_as_evicted() const {
  return is_granted &&
         (is_being_deleted(last) || engine::here().now - granted_at < kDisruptionTimeout);
}

void Budgets::written(const StoreEvent& event, const Objects& objects) {
  if (event.key.starts_with(kPodPrefix)) note_pod(event, objects);
  if (event.key.starts_with(kBudgetPrefix) && !event.deleted) note_budget(event, objects);
}

void Budgets::note_pod(const StoreEvent& event, const Objects& objects) {
  const Value& pod = event.value;
  Pod& known = pods_[std::string(uid_of(pod))];
  known.last = pod;
  known.healthy.set(!event.deleted && is_pod_ready(pod) && is_pod_active(pod) ? 1 : 0);
  const bool begins = is_being_deleted(pod) && !is_being_deleted(event.previous);
  if (!begins || known.is_granted) return;
  if (metadata(pod)["deletionGracePeriodSeconds"].integer() != kEvictionGrace) return;
  if (phase_of(pod) != "Running") return;
  for_each(objects, kBudgetPrefix, [&](const Value& budget) {
    if (!selects(budget, pod)) return;
    findings_.add("eviction", fmt::format("{} is evicted, and the budget {} has not granted it",
                                          name_of(pod), name_of(budget)));
  });
}

void Budgets::note_budget(const StoreEvent& event, const Objects& objects) {
  const Value& budget = event.value;
  const Value& status = budget["status"];
  const Value& before = event.previous["status"];
  const int64_t allowed = status["disruptionsAllowed"].integer();
  if (allowed < 0) {
    findings_.add("eviction", fmt::format("the budget {} allows {}", name_of(budget), allowed));
  }
  for (const json::Member& member : status["disruptedPods"].members()) {
    if (before["disruptedPods"][member.name()] == member.value) continue;
    if (before["disruptionsAllowed"].integer() <= 0) {
      findings_.add("eviction",
                    fmt::format("the budget {} allowed nothing, and grants the eviction of {}",
                                name_of(budget), member.name()));
    }
    const auto found =
        objects.find(fmt::format("{}{}/{}", kPodPrefix, namespace_of(budget), member.name()));
    if (found == objects.end()) continue;
    Pod& granted = pods_[std::string(uid_of(found->second))];
    granted.is_granted = true;
    granted.granted_at = engine::here().now;
    check_grant(budget, granted);
  }
}

void Budgets::check_grant(const Value& budget, const Pod& granted) {
  int64_t healthy = 0;
  for (const auto& [uid, pod] : pods_) {
    if (pod.counts_as_evicted() || pod.healthy.most() == 0) continue;
    if (selects(budget, pod.last)) ++healthy;
  }
  const int64_t desired = budget["status"]["desiredHealthy"].integer();
  if (healthy >= desired) return;
  findings_.add("eviction", fmt::format("the budget {} grants the eviction of {}, which leaves {} "
                                        "healthy pods; it wants {}",
                                        name_of(budget), name_of(granted.last), healthy, desired));
}

}  // namespace sim::k8s::check
