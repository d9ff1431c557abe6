// sim/k8s/controllers/edit.h: reading an object, changing it and writing it back.
//
// Concept: optimistic concurrency. The change is a function of what is there now; if somebody else
// was faster it is applied again to what they left. Source: client-go's util/retry
// (DefaultRetry: five attempts).

#pragma once

#include <functional>
#include <string>

#include "sim/k8s/client/rest.h"

namespace sim::k8s {

/// What is to become of an object; the same object if nothing is.
using Edit = std::function<Value(const Value& object)>;

struct EditTarget {
  EditTarget(const Resource& r, ObjectKey k, std::string s = {})
      : resource(r), key(std::move(k)), subresource(std::move(s)) {}
  Resource resource;
  ObjectKey key;
  std::string subresource;  // empty or "status"
  std::string uid = {};     // not empty: an object with another one counts as not found
};

/// Suspends until it is done or has failed. Gives what is there afterwards; the error
/// is_not_found() if there is none.
[[nodiscard]] engine::Task<ObjectResult> edit_object(RestClient client, engine::Context context,
                                                     EditTarget target, Edit edit);

/// The object without that finalizer.
Value without_finalizer(const Value& object, std::string_view finalizer);
/// With it, last.
Value with_finalizer(const Value& object, std::string_view finalizer);

/// A DeleteOptions. Empty or negative parts are left out.
struct DeleteWish {
  DeleteWish() = default;
  std::string uid;  // only the object with this one
  std::string propagation;
  int64_t grace_seconds = -1;
  [[nodiscard]] Value options() const;
};

/// What the clock of this machine shows, as API objects write it.
std::string now_text();

}  // namespace sim::k8s
