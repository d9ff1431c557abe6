#include "sim/k8s/api/object.h"

#include <charconv>

namespace sim::k8s {
namespace {

constexpr Value kNothing;

}  // namespace

GroupVersion parse_group_version(std::string_view api_version) {
  const size_t slash = api_version.find('/');
  if (slash == std::string_view::npos) return {{}, std::string(api_version)};
  return {std::string(api_version.substr(0, slash)), std::string(api_version.substr(slash + 1))};
}

int64_t resource_version_of(const Value& object) {
  const std::string_view text = metadata(object)["resourceVersion"].text();
  int64_t version = 0;
  std::from_chars(text.data(), text.data() + text.size(), version);
  return version;
}

std::string key_of(const Value& object) {
  const std::string_view space = namespace_of(object);
  std::string key;
  if (!space.empty()) {
    key += space;
    key += '/';
  }
  key += name_of(object);
  return key;
}

ObjectKey split_key(std::string_view key) {
  const size_t slash = key.find('/');
  if (slash == std::string_view::npos) return {{}, std::string(key)};
  return {std::string(key.substr(0, slash)), std::string(key.substr(slash + 1))};
}

const Value& controller_of(const Value& object) {
  for (const Value& owner : metadata(object)["ownerReferences"].items()) {
    if (owner["controller"].truth()) return owner;
  }
  return kNothing;
}

Value controller_reference(const Value& owner, ObjectKind kind) {
  return json::Object()
      .set("apiVersion", kind.api_version)
      .set("kind", kind.kind)
      .set("name", name_of(owner))
      .set("uid", uid_of(owner))
      .set("controller", true)
      .set("blockOwnerDeletion", true)
      .build();
}

bool has_finalizer(const Value& object, std::string_view finalizer) {
  for (const Value& item : metadata(object)["finalizers"].items()) {
    if (item.text() == finalizer) return true;
  }
  return false;
}

const Value& condition_of(const Value& object, std::string_view type) {
  for (const Value& condition : object["status"]["conditions"].items()) {
    if (condition["type"].text() == type) return condition;
  }
  return kNothing;
}

Value with_condition(const Value& object, const Condition& condition, std::string_view now) {
  const Value& before = condition_of(object, condition.type);
  const bool changed = before["status"].text() != condition.status;
  json::Object made(before);
  made.set("type", condition.type).set("status", condition.status);
  if (changed) made.set("lastTransitionTime", now);
  made.set("reason", condition.reason.empty() ? Value() : Value(condition.reason));
  made.set("message", condition.message.empty() ? Value() : Value(condition.message));
  const Value after = made.build();
  if (after == before) return object;
  json::Array all;
  for (const Value& other : object["status"]["conditions"].items()) {
    all.add(other == before ? after : other);
  }
  if (!before) all.add(after);
  return object.with_in({"status", "conditions"}, all.build());
}

Value new_object(ObjectKind kind, std::string_view space, std::string_view name) {
  json::Object meta;
  meta.set("name", name);
  if (!space.empty()) meta.set("namespace", space);
  return json::Object()
      .set("apiVersion", kind.api_version)
      .set("kind", kind.kind)
      .set("metadata", std::move(meta).build())
      .build();
}

}  // namespace sim::k8s
