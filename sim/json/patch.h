// sim/json/patch.h: changes of JSON values that are JSON themselves: JSON Patch, JSON Merge Patch.
//
// Concept: a value never changes, so a patch gives another one, or an error and nothing.
// Promises: any patch gives a value or an error; a result is no deeper than kDepthMax and no larger
// than value, patch and kPatchCopyBytesMax together.
// REQUIRES: an open scope of a world.
// Source: RFC 6902, RFC 6901, RFC 7386, in the form of Kubernetes' API server, which uses
// gopkg.in/evanphx/json-patch.v4 4.12; compared with `kubectl patch --local` 1.32. It deviates:
//   - `replace` of a member that is not there adds it; only a list's item must be there;
//   - `copy` of a member that is not there copies null;
//   - an index may be negative: -1 is the last item; of `add`, the end;
//   - the whole document can be tested, but not added, replaced or removed;
//   - what stands before a path's first / does not matter;
//   - a merge drops nulls from new objects that lie in lists, too.

#pragma once

#include <cstdint>

#include "engine/sync/error.h"
#include "sim/json/value.h"

namespace sim::json {

inline constexpr int64_t kPatchOperationsMax = 10'000;
/// By how much `copy` may enlarge a document, as JSON text. Source: kube-apiserver.
inline constexpr int64_t kPatchCopyBytesMax = 3 * 1024 * 1024;

struct Patched {
  Value value;  // absent if there is an error
  engine::Error error;
};

/// `value` after all operations of a JSON Patch, or the first one's error that does not apply.
/// The texts are those of the API server, such as
///   testing value /a failed: test failed
///   add operation does not apply: doc is missing path: "/a/b": missing value
///   replace operation does not apply: doc is missing key: /a/3: missing value
///   error in remove for path: '/a': Unable to remove nonexistent key: a: missing value
///   json: cannot unmarshal object into Go value of type jsonpatch.Patch
///   The allowed maximum operations in a JSON patch is 10000, got 10001
/// but for "exceeded max depth", and for two patches that crash it (a path through null; a test of
/// a null without a value), which get the error of what is missing or different.
Patched json_patch(const Value& value, const Value& patch);

/// `target` changed by a JSON Merge Patch: members that are null go, objects are merged, all else
/// is replaced. The API server takes only objects as patches: `Invalid JSON Patch`.
Value merge_patch(const Value& target, const Value& patch);

/// The merge patch that makes `modified` out of `original`; `{}` if they are equal objects.
/// REQUIRES: `modified` has no member that is null; a merge patch cannot make one.
Value create_merge_patch(const Value& original, const Value& modified);

}  // namespace sim::json
