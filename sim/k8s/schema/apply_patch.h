// sim/k8s/schema/apply_patch.h: the patch that `kubectl apply` sends.
//
// Concept: three objects meet: what was applied last, what is to be applied now, and what is there.
// The patch changes what is there and differs from what is now wanted, and deletes what was applied
// and is wanted no more; what others have added stays. What was applied last is kept as text in an
// annotation of the object.
// Promises: with all three objects of one kind, the patched object has every field of `modified`,
// and no field that `original` had and `modified` has not. The patch is {} if nothing changes, but
// for merged lists of plain values that are not sorted: as with kubectl, their order is sent
// always. REQUIRES: an open scope of a world. Source: Kubernetes' documentation, "Declarative
// Management of Kubernetes Objects Using Configuration Files"; strategicpatch
// (CreateThreeWayMergePatch), jsonmergepatch (CreateThreeWayJSONMergePatch); compared with
// kubectl 1.32. Not modelled: --overwrite=false; errors for fields that the type does not have; how
// more than twelve items with one key are sorted.

#pragma once

#include <string_view>

#include "sim/json/patch.h"
#include "sim/json/value.h"
#include "sim/k8s/schema/schema.h"

namespace sim::k8s {

inline constexpr std::string_view kLastAppliedAnnotation =
    "kubectl.kubernetes.io/last-applied-configuration";

/// What an object's annotation says was applied last; absent if it has none, or none that is JSON.
json::Value last_applied(const json::Value& live);
/// `manifest` with the annotation that says that it was applied.
json::Value with_last_applied(const json::Value& manifest);

struct ApplyObjects {
  json::Value original;  // what was applied last; may be absent
  json::Value modified;  // what is to be applied, with the annotation
  json::Value current;   // what is there
};

/// A strategic merge patch for kinds with a schema; if that is null, as for custom resources, a
/// JSON merge patch. Errors, such as
///   map: map[image:b] does not contain declared merge key: name
///   list element types are not identical: [[a] [1]]
///   precondition failed for: map[kind:B]
json::Patched apply_patch(const Schema* schema, const ApplyObjects& objects);

}  // namespace sim::k8s
