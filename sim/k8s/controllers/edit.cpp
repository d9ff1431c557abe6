#include "sim/k8s/controllers/edit.h"

#include "sim/k8s/api/time.h"
#include "sim/node/clock.h"

namespace sim::k8s {
namespace {

constexpr int kTries = 5;

engine::Error gone(const EditTarget& target) {
  StatusError error;
  error.code = 404;
  error.reason = "NotFound";
  error.text = target.resource.text() + " \"" + target.key.name + "\" not found";
  return engine::make_error(std::move(error));
}

}  // namespace

engine::Task<ObjectResult> edit_object(RestClient client, engine::Context context,
                                       EditTarget target, Edit edit) {
  ObjectResult result;
  for (int i = 0; i < kTries; ++i) {
    result = co_await client.get(context, target.resource, target.key.space, target.key.name);
    if (result.error) co_return result;
    if (!target.uid.empty() && uid_of(result.object) != target.uid) {
      result.error = gone(target);
      co_return result;
    }
    const Value changed = edit(result.object);
    if (changed == result.object) co_return result;
    result = co_await client.update(context, target.resource, changed, target.subresource);
    if (!is_conflict(result.error)) co_return result;
  }
  co_return result;
}

Value without_finalizer(const Value& object, std::string_view finalizer) {
  if (!has_finalizer(object, finalizer)) return object;
  json::Array left;
  for (const Value& item : metadata(object)["finalizers"].items()) {
    if (item.text() != finalizer) left.add(item);
  }
  return with_meta(object, "finalizers", left.size() == 0 ? Value() : left.build());
}

Value with_finalizer(const Value& object, std::string_view finalizer) {
  if (has_finalizer(object, finalizer)) return object;
  return with_meta(object, "finalizers", metadata(object)["finalizers"].appended(finalizer));
}

Value DeleteWish::options() const {
  json::Object made;
  made.set("kind", "DeleteOptions").set("apiVersion", "v1");
  if (!uid.empty()) made.set("preconditions", Value::empty_object().with("uid", uid));
  if (!propagation.empty()) made.set("propagationPolicy", propagation);
  if (grace_seconds >= 0) made.set("gracePeriodSeconds", grace_seconds);
  return std::move(made).build();
}

std::string now_text() {
  return time_text(node::unix_nano());
}

}  // namespace sim::k8s
