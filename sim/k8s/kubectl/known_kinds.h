// sim/k8s/kubectl/known_kinds.h: the kinds of resources that kubectl knows to exist.
//
// Concept: the built-in ones at once; those of custom resources are discovered when a word is none
// of the built-in ones. Lifetime: the kinds live as long as this, which is not moved, and as no
// other resource list is added. Source: Kubernetes' documentation, "API Discovery".

#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/json/value.h"
#include "sim/k8s/schema/kinds.h"

namespace sim::k8s::kubectl {

class KnownKinds {
 public:
  /// Takes in the resources of an APIResourceList, without subresources.
  void add(const json::Value& resource_list);
  /// Those of discovery, in order.
  [[nodiscard]] const std::vector<KindInfo>& discovered() const { return discovered_; }
  /// The resource lists that were taken in.
  [[nodiscard]] const std::vector<json::Value>& documents() const { return documents_; }

  bool has_discovered = false;

 private:
  std::vector<json::Value> documents_;
  std::deque<std::string> texts_;
  std::vector<KindInfo> discovered_;
};

}  // namespace sim::k8s::kubectl
