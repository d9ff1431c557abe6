#include "sim/k8s/controllers/pod_control.h"

#include <string>
#include <utility>

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

struct Told {
  std::string_view type;
  std::string_view reason;
};

void tell(const EventRecorder& events, const Value& owner, const Told& told,
          std::string_view message) {
  EventRecorder::Note note{};
  note.type = told.type;
  note.reason = told.reason;
  note.message = message;
  events.record(owner, note);
}

}  // namespace

bool is_namespace_terminating(const Error& error) {
  const auto* const status = engine::errors_as<StatusError>(error);
  if (status == nullptr) return false;
  for (const Value& cause : status->status["details"]["causes"].items()) {
    if (cause["reason"].text() == "NamespaceTerminating") return true;
  }
  return false;
}

Value pod_from_template(const Value& pod_template, const Value& owner, const Resource& owners) {
  const Value& from = pod_template["metadata"];
  json::Object meta;
  meta.set("generateName", std::string(name_of(owner)) + "-");
  meta.set("namespace", namespace_of(owner));
  meta.set_nonzero("labels", from["labels"]);
  meta.set_nonzero("annotations", from["annotations"]);
  meta.set_nonzero("finalizers", from["finalizers"]);
  const Value reference = controller_reference(owner, owners.object_kind());
  meta.set("ownerReferences", json::Array().add(reference).build());
  return json::Object()
      .set("apiVersion", kPods.api_version)
      .set("kind", kPods.kind)
      .set("metadata", std::move(meta).build())
      .set("spec", pod_template["spec"])
      .build();
}

Task<ObjectResult> create_pod(ControllerContext controllers, Context context, Value owner,
                              Value pod) {
  std::string space(namespace_of(owner));
  const ObjectResult made = co_await controllers.client.create(context, kPods, space, pod);
  if (!made.error) {
    const std::string message = "Created pod: " + std::string(name_of(made.object));
    tell(controllers.events, owner, {"Normal", "SuccessfulCreate"}, message);
  } else if (!is_namespace_terminating(made.error)) {
    const std::string message = "Error creating: " + made.error.message();
    tell(controllers.events, owner, {"Warning", "FailedCreate"}, message);
  }
  co_return made;
}

Task<Error> delete_pod(ControllerContext controllers, Context context, Value owner, Value pod) {
  const ObjectKey key = split_key(key_of(pod));
  const Error error = co_await controllers.client.remove(context, kPods, key);
  if (!error) {
    const std::string message = "Deleted pod: " + std::string(name_of(pod));
    tell(controllers.events, owner, {"Normal", "SuccessfulDelete"}, message);
  } else if (!is_not_found(error)) {
    const std::string message = "Error deleting: " + error.message();
    tell(controllers.events, owner, {"Warning", "FailedDelete"}, message);
  }
  co_return error;
}

namespace {

Task<Error> create_one(ControllerContext controllers, Context context, Value owner, Value pod) {
  const ObjectResult made = co_await create_pod(controllers, context, owner, pod);
  co_return is_namespace_terminating(made.error) ? Error() : made.error;
}

struct Leaving {
  Expectations expectations;
  std::string key;
  Value owner;
  Value pod;
};

Task<Error> delete_one(ControllerContext controllers, Context context, Leaving leaving) {
  const Error error = co_await delete_pod(controllers, context, leaving.owner, leaving.pod);
  if (error) leaving.expectations.deleted(leaving.key, uid_of(leaving.pod));
  co_return is_not_found(error) ? Error() : error;
}

}  // namespace

Task<BatchResult> create_pods(ControllerContext controllers, Context context, PodBatch batch) {
  const auto count = static_cast<int64_t>(batch.pods.size());
  const IndexedAction action = [controllers, context, batch](int64_t index) {
    return create_one(controllers, context, batch.owner, batch.pods[static_cast<size_t>(index)]);
  };
  BatchResult result = co_await run_slow_start(count, action);
  for (int64_t i = result.succeeded; i < count; ++i) batch.expectations.created(batch.key);
  co_return result;
}

Task<BatchResult> delete_pods(ControllerContext controllers, Context context, PodBatch batch) {
  const auto count = static_cast<int64_t>(batch.pods.size());
  const IndexedAction action = [controllers, context, batch](int64_t index) {
    Leaving leaving{batch.expectations, batch.key, batch.owner,
                    batch.pods[static_cast<size_t>(index)]};
    return delete_one(controllers, context, std::move(leaving));
  };
  const std::vector<Error> errors = co_await run_all(count, action);
  BatchResult result;
  result.error = first_error(errors);
  for (const Error& error : errors) {
    if (!error) ++result.succeeded;
  }
  co_return result;
}

Task<ObjectResult> write_status(RestClient client, Context context, Resource resource, Value object,
                                Value status) {
  ObjectResult result;
  result.object = object;
  if (object["status"] == status) co_return result;
  const Value changed = object.with("status", status);
  result = co_await client.update(context, resource, changed, "status");
  if (!is_conflict(result.error)) co_return result;
  std::string space(namespace_of(object));
  std::string name(name_of(object));
  const ObjectResult fresh = co_await client.get(context, resource, space, name);
  if (fresh.error) co_return result;
  const Value again = fresh.object.with("status", status);
  result = co_await client.update(context, resource, again, "status");
  co_return result;
}

}  // namespace sim::k8s
