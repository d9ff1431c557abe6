// sim/k8s/schema/strategic_merge.h: Kubernetes' strategic merge patches.
//
// Concept: a JSON merge patch that knows the types. Where the schema says so, lists are merged:
// their items by a key, such as containers by name, or as sets of plain values, such as finalizers.
// In the patch, directives say what cannot be said with values alone:
//   $patch: delete | replace     takes out, or replaces, the object or list that it stands in
//   $deleteFromPrimitiveList/X   takes values out of the list X
//   $setElementOrder/X           the order of the list X; what it does not name keeps its place
//   $retainKeys                  all other members of the object go, as in a union
// Promises: any patch gives a value or an error; work is bounded by n log n of what is there.
// REQUIRES: an open scope of a world.
// Source: Kubernetes' documentation, "Update API Objects in Place Using kubectl patch", and
// k8s.io/apimachinery/pkg/util/strategicpatch; compared with `kubectl patch --local` 1.32. As
// there, what is new as a whole is taken as it stands: directives that lie in it may stay in the
// result, and so may nulls of a new item of a list. Decoding must drop them. Not modelled: the
// error for a field that the type does not have, except for $setElementOrder; such a field is
// merged as by a JSON merge patch.

#pragma once

#include "sim/json/patch.h"
#include "sim/json/value.h"
#include "sim/k8s/schema/schema.h"

namespace sim::k8s {

/// `original` changed by `patch`; `schema` is that of the kind, or null if it is not known.
/// Errors, such as
///   map: map[image:b] does not contain declared merge key: name
///   unknown patch type: merge in map: map[$patch:merge]
///   invalid patch format of retainKeys
///   list element types are not identical: [[a] [1]]
///   invalid JSON document
json::Patched strategic_merge(const Schema* schema, const json::Value& original,
                              const json::Value& patch);

/// One patch that does what `first` and then `second` do: `second` is merged into `first`, but
/// directives and nulls are kept. Source: strategicpatch, mergeMap() without MergeParallelList.
json::Patched combine_strategic_patches(const Schema* schema, const json::Value& first,
                                        const json::Value& second);

}  // namespace sim::k8s
