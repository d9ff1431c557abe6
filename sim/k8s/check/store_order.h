// sim/k8s/check/store_order.h: no update is lost, and what is deleted stays deleted.
//
// Rules: the revision grows by one with each write and is the object's resourceVersion. A write
// replaces exactly the version that was there, of the same uid. A deletion's object was there; its
// uid never returns. Source: Kubernetes' API conventions, "Concurrency Control and Consistency".

#pragma once

#include <set>

#include "sim/k8s/check/checker.h"

namespace sim::k8s::check {

class StoreOrder final : public Checker {
 public:
  using Checker::Checker;
  void written(const StoreEvent& event, const Objects& objects) override;

 private:
  void wrong(const StoreEvent& event, std::string_view what);
  int64_t revision_ = 0;  // 0: nothing was written yet
  Objects last_;
  std::set<std::string, std::less<>> gone_;  // uids
};

}  // namespace sim::k8s::check
