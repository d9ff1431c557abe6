// Rolling updates of DaemonSets.

#include "sim/k8s/controllers/daemon_update.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sim/k8s/controllers/daemon_nodes.h"
#include "sim/k8s/controllers/daemon_set.h"
#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/rollout_math.h"

namespace sim::k8s::daemon {
namespace {

// The pods of a node that are not being deleted: at most one of the present template, one not.
struct Pair {
  Value newer;
  Value older;
};
// Nothing if there are more: placing has to remove some first.
std::optional<Pair> pair_of(const Input& in, std::span<const Value> pods) {
  Pair pair;
  for (const Value& pod : pods) {
    if (is_being_deleted(pod)) continue;
    Value& place = is_updated(in.daemon_set, pod, in.hash) ? pair.newer : pair.older;
    if (place) return std::nullopt;
    place = pod;
  }
  return pair;
}

rollout::Limits limits_of(const Value& daemon_set, int64_t desired) {
  using rollout::Round;
  rollout::Limits limits;
  const Value& strategy = daemon_set["spec"]["updateStrategy"];
  if (strategy["type"].text() != "RollingUpdate") return limits;
  const Value& rolling = strategy["rollingUpdate"];
  limits.surge = rollout::share_of(rolling["maxSurge"], desired, Round::kUp).value_or(0);
  limits.unavailable =
      rollout::share_of(rolling["maxUnavailable"], desired, Round::kUp).value_or(0);
  if (limits.surge == 0 && limits.unavailable == 0) limits.unavailable = 1;
  return limits;
}

class Update {
 public:
  explicit Update(const Input& input)
      : in_(input), min_ready_(input.daemon_set["spec"]["minReadySeconds"].integer()) {
    const NodeFitness fitness(in_.daemon_set);
    int64_t desired = 0;
    nodes_ = in_.pods;
    for (const Value& node : in_.nodes) {
      if (!fitness.of(node).should_run) continue;
      ++desired;
      nodes_.try_emplace(std::string(name_of(node)));
    }
    limits_ = limits_of(in_.daemon_set, desired);
  }

  Change made() && {
    if (limits_.surge == 0) {
      replace();
    } else {
      surge();
    }
    return std::move(change_);
  }

 private:
  [[nodiscard]] bool is_available(const Value& pod) const {
    return is_pod_available(pod, min_ready_, in_.now_ns);
  }

  // Old pods go first. Those that are not available go at any rate, for nobody misses them.
  void replace() {
    int64_t unavailable = 0;
    std::vector<Value> candidates;
    for (const auto& [node, pods] : nodes_) {
      const std::optional<Pair> pair = pair_of(in_, pods);
      const bool in_between = !pair || bool(pair->newer) == bool(pair->older);
      if (in_between) {
        ++unavailable;
      } else if (pair->newer) {
        if (!is_available(pair->newer)) ++unavailable;
      } else if (!is_available(pair->older)) {
        change_.remove.push_back(pair->older);
        ++unavailable;
      } else if (unavailable < limits_.unavailable) {
        candidates.push_back(pair->older);
      }
    }
    const int64_t left = std::clamp<int64_t>(limits_.unavailable - unavailable, 0,
                                             static_cast<int64_t>(candidates.size()));
    for (size_t i = 0; i < static_cast<size_t>(left); ++i) change_.remove.push_back(candidates[i]);
  }

  // New pods come first. An old one that is not available gets its new one at any rate.
  void surge() {
    int64_t surging = 0;
    std::vector<std::string> candidates;
    for (const auto& [node, pods] : nodes_) {
      const std::optional<Pair> pair = pair_of(in_, pods);
      if (!pair) {
        ++surging;
      } else if (!pair->older) {
        continue;
      } else if (!pair->newer) {
        if (!is_available(pair->older)) {
          change_.nodes.push_back(node);
        } else if (surging < limits_.surge) {
          candidates.push_back(node);
        }
      } else if (!is_available(pair->newer)) {
        ++surging;
      } else {
        change_.remove.push_back(pair->older);
      }
    }
    const int64_t left =
        std::clamp<int64_t>(limits_.surge - surging, 0, static_cast<int64_t>(candidates.size()));
    for (size_t i = 0; i < static_cast<size_t>(left); ++i) change_.nodes.push_back(candidates[i]);
  }

  const Input& in_;
  int64_t min_ready_;
  PodsByNode nodes_;
  rollout::Limits limits_;
  Change change_;
};

}  // namespace

bool surges(const Value& daemon_set) {
  return limits_of(daemon_set, 1).surge > 0;
}

Change plan_update(const Input& input) {
  const std::string_view type = input.daemon_set["spec"]["updateStrategy"]["type"].text();
  return type == "RollingUpdate" ? Update(input).made() : Change();
}

}  // namespace sim::k8s::daemon
