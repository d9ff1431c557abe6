// sim/k8s/check/checker.h: what must hold of a running cluster, judged write by write.
//
// Concept: a checker is told of every write to the store as it is made, with all objects as they
// are after it. What it finds wrong goes to the Findings; it changes nothing in the world.
// Controllers act on what they have cached and are paced, so a rule that compares an action with
// the cluster's state allows any state of the last kCacheLag. Determinism: as the world's; findings
// are texts of the world. Lifetime: in the arena, as long as the world.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/world/world.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/store/store.h"

namespace sim::k8s::check {

/// All objects by their keys in the store.
using Objects = std::map<std::string, Value, std::less<>>;

inline constexpr std::string_view kPodPrefix = "/registry/pods/";
inline constexpr std::string_view kNodePrefix = "/registry/nodes/";
inline constexpr std::string_view kServicePrefix = "/registry/services/";
inline constexpr std::string_view kSlicePrefix = "/registry/discovery.k8s.io/endpointslices/";
inline constexpr std::string_view kDeploymentPrefix = "/registry/apps/deployments/";
inline constexpr std::string_view kReplicaSetPrefix = "/registry/apps/replicasets/";
inline constexpr std::string_view kStatefulSetPrefix = "/registry/apps/statefulsets/";
inline constexpr std::string_view kDaemonSetPrefix = "/registry/apps/daemonsets/";
inline constexpr std::string_view kJobPrefix = "/registry/batch/jobs/";
inline constexpr std::string_view kBudgetPrefix = "/registry/policy/poddisruptionbudgets/";

/// How old what a controller acts on may be: its cache's lag, its pace, a request tried again.
inline constexpr engine::Duration kCacheLag = 15 * engine::kSecond;

/// Calls `visit(value)` for each object whose key begins with `prefix`.
template <class Visit>
void for_each(const Objects& objects, std::string_view prefix, Visit visit) {
  for (auto at = objects.lower_bound(prefix); at != objects.end() && at->first.starts_with(prefix);
       ++at) {
    visit(at->second);
  }
}

/// What a write has changed, for people: the paths with both values.
std::string changes_of(const StoreEvent& event);

/// What has been found wrong, in order.
class Findings {
 public:
  static constexpr size_t kMost = 20;
  struct Finding {
    engine::Instant at;
    std::string rule;
    std::string text;
  };
  void add(std::string_view rule, std::string text) {
    if (all_.size() < kMost)
      all_.push_back({engine::here().now, std::string(rule), std::move(text)});
  }
  [[nodiscard]] const std::vector<Finding>& all() const { return all_; }

 private:
  std::vector<Finding> all_;
};

/// A number that changes, with what it was lately.
class Recent {
 public:
  void set(int64_t value);
  /// The highest and lowest since kCacheLag ago; 0 if it was never set.
  [[nodiscard]] int64_t most() const;
  [[nodiscard]] int64_t least() const;
  [[nodiscard]] int64_t now() const { return values_.empty() ? 0 : values_.back().value; }

 private:
  struct Past {
    engine::Instant since;
    int64_t value = 0;
  };
  void forget();
  std::deque<Past> values_;
};

class Checker {
 public:
  explicit Checker(Findings& findings) : findings_(findings) {}
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;
  virtual ~Checker() = default;
  /// `objects` already has the write.
  virtual void written(const StoreEvent& event, const Objects& objects) = 0;

 protected:
  Findings& findings_;
};

}  // namespace sim::k8s::check
