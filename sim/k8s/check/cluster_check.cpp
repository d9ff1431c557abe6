#include "sim/k8s/check/cluster_check.h"

#include <fmt/format.h>

#include "sim/k8s/check/convergence.h"

namespace sim::k8s::check {

void ClusterCheck::begin(LocalStore& store, Mutation mutation) {
  mutation_ = mutation;
  store.set_observer(this);
}

void ClusterCheck::written(const StoreEvent& made) {
  StoreEvent event = made;
  if (mutation_ != nullptr && !mutation_(event, objects_)) return;
  ++writes_;
  if (!shows_.empty() && event.key.find(shows_) != std::string::npos) {
    constexpr int64_t kMillisecond = 1'000'000;
    const int64_t ms = engine::here().now.ns / kMillisecond;
    shown_.push_back(
        fmt::format("{}.{:03}s {}{}", ms / 1000, ms % 1000, event.key, changes_of(event)));
  }
  Value& place = objects_[event.key];
  if (mutation_ != nullptr) event.previous = place;
  place = event.value;
  if (event.deleted) objects_.erase(event.key);
  // The writes as such are not touched by a mutation, only left out.
  for (Checker* const checker :
       std::initializer_list<Checker*>{&store_order_, &storms_, &watches_}) {
    checker->written(made, objects_);
  }
  for (Checker* const checker :
       std::initializer_list<Checker*>{&rollouts_, &stateful_order_, &budgets_, &capacity_}) {
    checker->written(event, objects_);
  }
}

void ClusterCheck::check_end(const net::Cluster& cluster) {
  watches_.check_ends();
  check_convergence(objects_, cluster, findings_);
}

ClusterCheck& this_check() {
  return engine::world_local<ClusterCheck>();
}

}  // namespace sim::k8s::check
