// sim/k8s/apiserver/selection.h: which objects of a resource a list or a watch is about.
//
// Source: Kubernetes' documentation, "Field Selectors", and the fields that each resource supports.

#pragma once

#include <string>
#include <string_view>

#include "sim/k8s/api/object.h"
#include "sim/k8s/api/selector.h"
#include "sim/k8s/schema/kinds.h"

namespace sim::k8s {

struct Selection {
  const KindInfo* kind = nullptr;
  std::string space;  // namespace; empty: all
  LabelSelector labels;
  FieldSelector fields;

  [[nodiscard]] bool matches(const Value& object) const;
};

/// Whether objects of `kind` can be selected by that field.
bool is_selectable(const KindInfo& kind, std::string_view path);
/// The text of a selectable field of an object.
std::string selectable_field(const KindInfo& kind, const Value& object, std::string_view path);

}  // namespace sim::k8s
