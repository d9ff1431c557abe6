// How a Deployment scales its ReplicaSets, step by step.

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "sim/k8s/controllers/deployment.h"
#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/rollout_math.h"

namespace sim::k8s::deployment {
namespace {

rollout::Limits limits_of(const Value& deployment) {
  return rollout::limits_of(deployment["spec"]["strategy"]["rollingUpdate"],
                            replicas_of(deployment));
}

std::optional<int64_t> number_in(const Value& set, std::string_view annotation) {
  const std::string_view text = annotation_of(set, annotation);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The one set that has pods; the newest one if none has; absent if several have.
Value active_or_latest(const Value& new_set, Sets old_sets) {
  if (!new_set && old_sets.empty()) return {};
  const std::vector<Value> active =
      active_sets(with_set(std::vector<Value>(old_sets.begin(), old_sets.end()), new_set));
  if (active.size() == 1) return active.front();
  if (!active.empty()) return {};
  if (new_set) return new_set;
  return *std::max_element(old_sets.begin(), old_sets.end(), is_older);
}

bool is_saturated(const Value& deployment, const Value& set) {
  const int64_t wanted = replicas_of(deployment);
  return set && replicas_of(set) == wanted && number_in(set, kDesiredReplicas) == wanted &&
         set["status"]["availableReplicas"].integer() == wanted;
}

// How much a set grows, or shrinks if negative, in proportion to the whole deployment.
int64_t fraction_of(const Value& deployment, const Value& set) {
  const int64_t size = replicas_of(set);
  if (replicas_of(deployment) == 0) return -size;
  const int64_t most = replicas_of(deployment) + max_surge(deployment);
  int64_t most_before = number_in(set, kMaxReplicas).value_or(0);
  if (most_before == 0) most_before = deployment["status"]["replicas"].integer();
  if (most_before <= 0) return 0;
  return rollout::rounded(size * most, most_before) - size;
}

std::vector<Scale> scale_in_proportion(const Value& deployment, std::vector<Value> sets) {
  const int64_t wanted = replicas_of(deployment);
  const int64_t allowed = wanted > 0 ? wanted + max_surge(deployment) : 0;
  const int64_t change = allowed - replica_count(sets);
  // The largest first; of one size, the newer one grows first and the older one shrinks first.
  std::stable_sort(sets.begin(), sets.end(), [change](const Value& a, const Value& b) {
    if (replicas_of(a) != replicas_of(b)) return replicas_of(a) > replicas_of(b);
    return change > 0 ? is_older(b, a) : is_older(a, b);
  });
  std::vector<Scale> scales;
  int64_t given = 0;
  for (const Value& set : sets) {
    const int64_t left = change - given;
    int64_t share = 0;
    if (left != 0) {
      const int64_t fraction = fraction_of(deployment, set);
      share = change > 0 ? std::min(fraction, left) : std::max(fraction, left);
    }
    given += share;
    scales.push_back({std::string(name_of(set)), replicas_of(set) + share});
  }
  // What rounding leaves goes to the largest.
  if (!scales.empty() && change != 0) {
    scales.front().to = std::max<int64_t>(0, scales.front().to + change - given);
  }
  return scales;
}

}  // namespace

int64_t max_surge(const Value& deployment) {
  return is_recreate(deployment) ? 0 : limits_of(deployment).surge;
}

int64_t max_unavailable(const Value& deployment) {
  const int64_t replicas = replicas_of(deployment);
  if (is_recreate(deployment) || replicas == 0) return 0;
  return std::min(limits_of(deployment).unavailable, replicas);
}

Value scaled_set(const Value& deployment, const Value& set, int64_t to) {
  const Value sized = replicas_of(set) == to ? set : set.with_in({"spec", "replicas"}, to);
  return with_replica_annotations(deployment, sized);
}

int64_t new_set_replicas(const Value& deployment, Sets all, const Value& new_set) {
  const int64_t wanted = replicas_of(deployment);
  if (is_recreate(deployment)) return wanted;
  const int64_t now = replicas_of(new_set);
  const int64_t room = wanted + max_surge(deployment) - replica_count(all);
  if (room <= 0) return now;
  return now + std::min(room, wanted - now);
}

std::vector<Scale> shrink_old_sets(const Value& deployment, Sets old_sets, const Value& new_set) {
  std::vector<Scale> steps;
  std::vector<Value> old = active_sets(old_sets);
  std::stable_sort(old.begin(), old.end(), is_older);
  if (old.empty()) return steps;
  const int64_t min_available = replicas_of(deployment) - max_unavailable(deployment);
  const int64_t new_available = new_set["status"]["availableReplicas"].integer();
  const int64_t new_unavailable = replicas_of(new_set) - new_available;
  const int64_t total = replica_count(old) + replicas_of(new_set);
  const int64_t most = total - min_available - new_unavailable;
  if (most <= 0) return steps;

  const auto scale = [&steps](Value& set, int64_t by) {
    const int64_t to = replicas_of(set) - by;
    set = set.with_in({"spec", "replicas"}, to);
    steps.push_back({std::string(name_of(set)), to});
  };
  int64_t cleaned = 0;
  for (Value& set : old) {
    const int64_t idle = replicas_of(set) - set["status"]["availableReplicas"].integer();
    const int64_t by = std::min(most - cleaned, idle);
    if (cleaned >= most) break;
    if (replicas_of(set) == 0 || by == 0) continue;
    // Its status still counts pods that are about to go. Source: cleanupUnhealthyReplicas, whose
    // failure ends the step: to count them as available would take too many.
    if (by < 0) return steps;
    scale(set, by);
    cleaned += by;
  }
  const int64_t available = status_count(old, "availableReplicas") + new_available;
  int64_t left = available - min_available;
  for (Value& set : old) {
    const int64_t by = std::min(replicas_of(set), left);
    if (by <= 0) continue;
    scale(set, by);
    left -= by;
  }
  return steps;
}

std::vector<Scale> scale_sets(const Value& deployment, const Value& new_set, Sets old_sets) {
  const int64_t wanted = replicas_of(deployment);
  std::vector<Scale> steps;
  const Value only = active_or_latest(new_set, old_sets);
  if (only) {
    if (replicas_of(only) != wanted) steps.push_back({std::string(name_of(only)), wanted});
    return steps;
  }
  if (is_saturated(deployment, new_set)) {
    for (const Value& set : active_sets(old_sets)) steps.push_back({std::string(name_of(set)), 0});
    return steps;
  }
  if (is_recreate(deployment)) return steps;
  return scale_in_proportion(
      deployment,
      active_sets(with_set(std::vector<Value>(old_sets.begin(), old_sets.end()), new_set)));
}

bool is_scaling_event(const Value& deployment, Sets sets) {
  for (const Value& set : active_sets(sets)) {
    const std::optional<int64_t> desired = number_in(set, kDesiredReplicas);
    if (desired && *desired != replicas_of(deployment)) return true;
  }
  return false;
}

}  // namespace sim::k8s::deployment
