// sim/k8s/scheduler/requests.h: what a pod asks for in all.
//
// Concept: the sum over containers, or what an init container needs if that is more; init
// containers that go on running count with everything after them; overhead comes on top. Source:
// Kubernetes' documentation, "Sidecar Containers" (resource sharing), "Pod Overhead".

#pragma once

#include <vector>

#include "sim/json/value.h"
#include "sim/k8s/api/quantity.h"

namespace sim::k8s::scheduler {

/// Resources by name.
class ResourceList {
 public:
  struct Entry {
    json::Value name;
    Quantity amount;
  };
  static ResourceList from(const json::Value& resources);

  void add(const ResourceList& other);
  /// At least as much of everything.
  void raise_to(const ResourceList& other);
  /// Only what is not there yet.
  void fill(const json::Value& name, const Quantity& amount);
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  Quantity& at(const json::Value& name);
  std::vector<Entry> entries_;
};

/// With `for_scoring`, containers that do not say what they ask for count as if they asked for
/// some.
ResourceList requests_of(const json::Value& pod_spec, bool for_scoring);

}  // namespace sim::k8s::scheduler
