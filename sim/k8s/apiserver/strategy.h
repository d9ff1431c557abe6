// sim/k8s/apiserver/strategy.h: what the API server does to objects of each kind before it stores
// them.
//
// Concept: pure functions over JSON. Defaults fill in what a manifest leaves out; prepare_*()
// resets what only the system writes; validation says all that is wrong at once, in Kubernetes'
// words. Custom resources have the plain strategy and the checks of their schema. Source:
// Kubernetes' API reference for defaults, and the behaviour of its registry strategies.

#pragma once

#include "sim/k8s/api/field_error.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/schema/kinds.h"

namespace sim::k8s {

struct Strategy {
  Value (*defaults)(const Value& object) = nullptr;
  /// Of a new object, after its defaults.
  Value (*prepare_create)(const Value& object) = nullptr;
  /// Of a change to anything but the status.
  Value (*prepare_update)(const Value& object, const Value& old) = nullptr;
  void (*validate)(const Value& object, FieldErrors& errors) = nullptr;
  void (*validate_update)(const Value& object, const Value& old, FieldErrors& errors) = nullptr;
  /// Updates may leave out the resource version.
  bool unconditional_update = true;
  /// Changes of the specification raise metadata.generation.
  bool counts_generations = false;
};

/// Of a built-in kind.
const Strategy& strategy_of(const KindInfo& kind);

/// What is checked of the metadata of every object. `dns_names`: the name is a DNS subdomain.
void validate_metadata(const Value& object, const KindInfo& kind, FieldErrors& errors);
void validate_metadata_update(const Value& object, const Value& old, FieldErrors& errors);

}  // namespace sim::k8s
