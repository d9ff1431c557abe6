// sim/k8s/check/storms.h: nobody writes without end.
//
// Rule: of one resource (pods, leases, ...) there are at most kMost writes within kTime. More than
// that is a controller that undoes what another does, or makes again what cannot live.

#pragma once

#include "sim/k8s/check/checker.h"

namespace sim::k8s::check {

class Storms final : public Checker {
 public:
  static constexpr size_t kMost = 250;
  static constexpr engine::Duration kTime = 10 * engine::kSecond;

  using Checker::Checker;
  void written(const StoreEvent& event, const Objects& objects) override;

 private:
  std::map<std::string, std::deque<engine::Instant>, std::less<>> lately_;  // by resource
  bool has_told_ = false;
};

}  // namespace sim::k8s::check
