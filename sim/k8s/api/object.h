// sim/k8s/api/object.h: what all API objects have, read from and written to their JSON.
//
// Concept: an object is a json::Value. These functions know where things stand in it; each that
// changes something gives another value. Source: Kubernetes' documentation, ObjectMeta.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/world/time.h"
#include "sim/json/value.h"

namespace sim::k8s {

using json::Value;

/// Group, version and kind: `apps/v1`, `Deployment`. The group of core objects is empty.
struct ObjectKind {
  std::string_view api_version;
  std::string_view kind;
};

/// `apps/v1` taken apart; the group of `v1` is empty.
struct GroupVersion {
  std::string group;
  std::string version;
  [[nodiscard]] std::string text() const { return group.empty() ? version : group + "/" + version; }
  bool operator==(const GroupVersion&) const = default;
};
GroupVersion parse_group_version(std::string_view api_version);

inline std::string_view kind_of(const Value& object) {
  return object["kind"].text();
}
inline std::string_view api_version_of(const Value& object) {
  return object["apiVersion"].text();
}
inline const Value& metadata(const Value& object) {
  return object["metadata"];
}
inline std::string_view name_of(const Value& object) {
  return metadata(object)["name"].text();
}
inline std::string_view namespace_of(const Value& object) {
  return metadata(object)["namespace"].text();
}
inline std::string_view uid_of(const Value& object) {
  return metadata(object)["uid"].text();
}
/// 0 if it has none.
int64_t resource_version_of(const Value& object);
inline const Value& labels_of(const Value& object) {
  return metadata(object)["labels"];
}
inline std::string_view annotation_of(const Value& object, std::string_view key) {
  return metadata(object)["annotations"][key].text();
}
inline bool is_being_deleted(const Value& object) {
  return metadata(object).contains("deletionTimestamp");
}
/// "namespace/name", or just the name. Source: client-go, `MetaNamespaceKeyFunc`.
std::string key_of(const Value& object);
struct ObjectKey {
  std::string space;
  std::string name;
};
/// The parts of such a key.
ObjectKey split_key(std::string_view key);

/// The owner reference with `controller: true`; absent if there is none.
const Value& controller_of(const Value& object);
/// An owner reference that makes `owner` the controller. Source: `metav1.NewControllerRef`.
Value controller_reference(const Value& owner, ObjectKind kind);
bool has_finalizer(const Value& object, std::string_view finalizer);

/// The condition of that type in `status.conditions`, or absent.
const Value& condition_of(const Value& object, std::string_view type);
inline bool condition_is_true(const Value& object, std::string_view type) {
  return condition_of(object, type)["status"].text() == "True";
}
struct Condition {
  std::string_view type;
  std::string_view status;
  std::string_view reason = {};
  std::string_view message = {};
};
/// With that condition; its `lastTransitionTime` is `now` if its status has changed.
Value with_condition(const Value& object, const Condition& condition, std::string_view now);

/// Sets `metadata.key`.
inline Value with_meta(const Value& object, std::string_view key, Value value) {
  return object.with_in({"metadata", key}, std::move(value));
}
inline Value with_label(const Value& object, std::string_view key, Value value) {
  return object.with_in({"metadata", "labels", key}, std::move(value));
}
inline Value with_annotation(const Value& object, std::string_view key, Value value) {
  return object.with_in({"metadata", "annotations", key}, std::move(value));
}
/// An object that needs nothing but a name: `{apiVersion, kind, metadata: {name, namespace}}`.
Value new_object(ObjectKind kind, std::string_view space, std::string_view name);

}  // namespace sim::k8s
