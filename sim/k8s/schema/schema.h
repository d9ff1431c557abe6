// sim/k8s/schema/schema.h: what the fields of API objects are.
//
// Concept: a schema describes one type; objects have fields, lists and maps have items. Built-in
// types are constant tables; those of custom resources are made from their openAPIV3Schema. All
// that depends on types alone is driven by it: decoding, pruning, strategic merge, `kubectl
// explain`, the published OpenAPI documents.
// Lifetime: a schema is constant, or lives as long as the custom resource that it was made for.
// Source: Kubernetes' API reference; the words of the descriptions are ours.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sim::k8s {

struct Schema;

struct Field {
  /// What a strategic merge does with a list: replaces it, merges items by key or by value. Of an
  /// object: kRetainKeys takes what the patch does not name out of a union such as a volume.
  enum class Merge : uint8_t { kReplace, kMerge, kMergeRetainKeys, kRetainKeys };
  std::string_view name;
  const Schema* schema;
  std::string_view about = {};
  bool required = false;
  Merge merge = Merge::kReplace;
  /// The field that tells items of a merged list apart; empty: they are plain values.
  std::string_view merge_key = {};
  /// The fields by which server-side apply and OpenAPI know items (x-kubernetes-list-map-keys),
  /// comma-separated, if they differ from merge_key.
  std::string_view list_keys = {};
  /// Zero, or an empty list, is kept if it is given: nothing is different from it.
  bool keeps_zero = false;
};

struct Schema {
  enum class Type : uint8_t {
    kObject,  // with the fields below
    kArray,   // of items
    kMap,     // from text to items
    kString,
    kInt32,
    kInt64,
    kFloat,
    kBool,
    kIntOrString,
    kQuantity,
    kTime,  // RFC 3339, whole seconds
    kMicroTime,
    kBytes,  // base64
    kAny,    // whatever JSON
  };
  Type type = Type::kAny;
  /// Of an object: its Go type, `PodSpec`; with its package as published, `io.k8s.api.core.v1`.
  /// Of a string or map: its Go type, if that has a name: `v1.PullPolicy`.
  std::string_view name = {};
  std::string_view package = {};
  std::string_view about = {};
  std::span<const Field> fields = {};  // in order of their names
  const Schema* items = nullptr;
  /// Of an object: unknown fields are kept (x-kubernetes-preserve-unknown-fields).
  bool keeps_unknown = false;
  /// Of an object or map: server-side apply takes it as a whole (x-kubernetes-map-type).
  bool atomic = false;

  /// Null if this has no such field.
  [[nodiscard]] const Field* field(std::string_view field_name) const;
};

}  // namespace sim::k8s
