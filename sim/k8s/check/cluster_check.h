// sim/k8s/check/cluster_check.h: all checkers of a world's cluster.
//
// Concept: begin() makes it the observer of the store; the world's programs and whoever turns the
// crank reach it as this_check(). Lifetime: in the arena, as long as the world. REQUIRES: an open
// scope for every call.

#pragma once

#include "engine/world/local.h"
#include "sim/k8s/check/budgets.h"
#include "sim/k8s/check/capacity.h"
#include "sim/k8s/check/identities.h"
#include "sim/k8s/check/rollouts.h"
#include "sim/k8s/check/stateful_order.h"
#include "sim/k8s/check/store_order.h"
#include "sim/k8s/check/storms.h"
#include "sim/k8s/check/watches.h"
#include "sim/k8s/store/local_store.h"

namespace sim::k8s::check {

class ClusterCheck final : public engine::WorldLocal, public LocalStore::Observer {
 public:
  /// What the checkers of the cluster's state are told instead of a write; false: it is hidden from
  /// all. For seeing that they can fail.
  using Mutation = bool (*)(StoreEvent& event, const Objects& before);

  /// Follows `store`, which must be empty.
  void begin(LocalStore& store, Mutation mutation = nullptr);
  void written(const StoreEvent& event) override;
  /// Keeps a text of every write whose key has `part` in it.
  void show(std::string part) { shows_ = std::move(part); }
  [[nodiscard]] const std::vector<std::string>& shown() const { return shown_; }
  /// Looks at the machines' containers. To be called often: what comes and goes between two calls
  /// is not seen.
  void look(const net::Cluster& cluster) { identities_.look(cluster); }
  /// When the cluster has been left alone.
  void check_end(const net::Cluster& cluster);

  [[nodiscard]] Findings& findings() { return findings_; }
  [[nodiscard]] Watches& watches() { return watches_; }
  [[nodiscard]] const Objects& objects() const { return objects_; }
  [[nodiscard]] int64_t writes() const { return writes_; }

 private:
  Mutation mutation_ = nullptr;
  Findings findings_;
  Objects objects_;
  int64_t writes_ = 0;
  std::string shows_;
  std::vector<std::string> shown_;
  StoreOrder store_order_{findings_};
  Storms storms_{findings_};
  Rollouts rollouts_{findings_};
  StatefulOrder stateful_order_{findings_};
  Budgets budgets_{findings_};
  Capacity capacity_{findings_};
  Watches watches_{findings_};
  Identities identities_{findings_};
};

/// The world's.
ClusterCheck& this_check();

}  // namespace sim::k8s::check
