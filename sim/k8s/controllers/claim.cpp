#include "sim/k8s/controllers/claim.h"

#include <algorithm>
#include <utility>

namespace sim::k8s {
namespace {

using engine::Error;
using engine::Task;

// Whether the owner is still there and is not being deleted.
Task<Error> may_adopt(RestClient client, engine::Context context, Value owner, Resource owners) {
  std::string space(namespace_of(owner));
  std::string name(name_of(owner));
  const ObjectResult fresh = co_await client.get(context, owners, space, name);
  if (fresh.error) co_return fresh.error;
  if (uid_of(fresh.object) != uid_of(owner)) {
    co_return engine::errorf("original ", owners.kind, " ", space, "/", name, " is gone: got uid ",
                             uid_of(fresh.object), ", wanted ", uid_of(owner));
  }
  if (is_being_deleted(fresh.object)) {
    co_return engine::errorf(space, "/", name, " has just been deleted at ",
                             metadata(fresh.object)["deletionTimestamp"].text());
  }
  co_return nullptr;
}

}  // namespace

Claims claims_of(const Value& owner, const LabelSelector& selector,
                 std::span<const Value> candidates) {
  Claims claims;
  for (const Value& object : candidates) {
    const Value& controller = controller_of(object);
    const bool matches = selector.matches(labels_of(object));
    if (controller) {
      if (controller["uid"].text() != uid_of(owner)) continue;
      if (matches) {
        claims.owned.push_back(object);
      } else if (!is_being_deleted(owner)) {
        claims.to_release.push_back(object);
      }
    } else if (matches && !is_being_deleted(owner) && !is_being_deleted(object)) {
      claims.to_adopt.push_back(object);
    }
  }
  return claims;
}

Value adoption_patch(const Value& object, const Value& owner_reference,
                     const std::string& finalizer) {
  json::Object meta;
  meta.set("ownerReferences", json::Array().add(owner_reference).build());
  meta.set("uid", uid_of(object));
  if (!finalizer.empty()) meta.set("finalizers", json::Array().add(finalizer).build());
  return json::Object().set("metadata", std::move(meta).build()).build();
}

Value release_patch(const Value& object, const Value& owner, const std::string& finalizer) {
  const Value reference = json::Object().set("$patch", "delete").set("uid", uid_of(owner)).build();
  json::Object meta;
  meta.set("ownerReferences", json::Array().add(reference).build());
  meta.set("uid", uid_of(object));
  if (!finalizer.empty()) {
    meta.set("$deleteFromPrimitiveList/finalizers", json::Array().add(finalizer).build());
  }
  return json::Object().set("metadata", std::move(meta).build()).build();
}

Task<Claimed> claim(RestClient client, engine::Context context, ClaimRequest request) {
  Claimed result;
  result.objects = request.claims.owned;
  const Value reference = controller_reference(request.owner, request.owners.object_kind());
  ObjectKey key;
  key.space = namespace_of(request.owner);
  for (const Value& object : request.claims.to_release) {
    key.name = name_of(object);
    RestClient::Patch patch(PatchType::kStrategic,
                            release_patch(object, request.owner, request.finalizer));
    const ObjectResult patched = co_await client.patch(context, request.objects, key, patch);
    // One that is gone, or is another one by now, is released as well.
    if (patched.error && !is_not_found(patched.error) && !is_invalid(patched.error) &&
        !result.error) {
      result.error = patched.error;
    }
  }
  if (!request.claims.to_adopt.empty()) {
    const Error refused = co_await may_adopt(client, context, request.owner, request.owners);
    if (refused) {
      result.error = refused;
      co_return result;
    }
  }
  for (const Value& object : request.claims.to_adopt) {
    key.name = name_of(object);
    RestClient::Patch patch(PatchType::kStrategic,
                            adoption_patch(object, reference, request.finalizer));
    const ObjectResult patched = co_await client.patch(context, request.objects, key, patch);
    if (is_not_found(patched.error)) continue;
    if (patched.error) {
      if (!result.error) result.error = patched.error;
      continue;
    }
    result.objects.push_back(patched.object);
  }
  std::stable_sort(result.objects.begin(), result.objects.end(),
                   [](const Value& a, const Value& b) { return name_of(a) < name_of(b); });
  co_return result;
}

}  // namespace sim::k8s
