// sim/k8s/schema/kinds.h: the kinds of objects that the API server knows.
//
// Concept: one row for each resource; discovery, routing, kubectl and the controllers look here.
// Custom resources add rows at run time with the same type.

#pragma once

#include <span>
#include <string_view>

#include "sim/k8s/schema/schema.h"

namespace sim::k8s {

struct KindInfo {
  std::string_view group;  // empty: core
  std::string_view version;
  std::string_view kind;      // "Deployment"
  std::string_view plural;    // "deployments"
  std::string_view singular;  // "deployment"
  /// Comma-separated, as in `kubectl api-resources`.
  std::string_view short_names = {};
  std::string_view categories = {};
  bool namespaced = true;
  /// Which subresources it has.
  bool has_status = false;
  bool has_scale = false;
  const Schema* schema = nullptr;

  /// "apps/v1", "v1"
  [[nodiscard]] bool is(std::string_view api_version, std::string_view kind_name) const;
};

/// The built-in ones, in the order of `kubectl api-resources`: core first, then groups by name.
std::span<const KindInfo> builtin_kinds();

}  // namespace sim::k8s
