// sim/k8s/schema/table.h: words that the tables of built-in types are written in.
//
// Concept: a row is a Field in braces, and what is special about it is said by the function around
// it: `required(merge_by("name", {"containers", &kContainerList, "..."}))`.
// Determinism: all of it is constant.

#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "sim/k8s/schema/schema.h"

namespace sim::k8s::types {

constexpr Schema list_of(const Schema& items) {
  return {.type = Schema::Type::kArray, .items = &items};
}
/// `name` is the Go type's, if it has one.
constexpr Schema map_of(const Schema& items, std::string_view name = {}) {
  return {.type = Schema::Type::kMap, .name = name, .items = &items};
}
/// Text of a Go type that has a name.
constexpr Schema text_named(std::string_view name) {
  return {.type = Schema::Type::kString, .name = name};
}
constexpr Schema object(std::string_view package, std::string_view name, std::string_view about,
                        std::span<const Field> fields) {
  return {.type = Schema::Type::kObject,
          .name = name,
          .package = package,
          .about = about,
          .fields = fields};
}
/// An object whose fields are not modelled; whatever it has is kept.
constexpr Schema opaque(std::string_view package, std::string_view name) {
  return {.type = Schema::Type::kObject,
          .name = name,
          .package = package,
          .about = "Accepted and kept, but its fields are not modelled.",
          .keeps_unknown = true};
}
/// Server-side apply takes it as a whole.
constexpr Schema atomic(Schema schema) {
  schema.atomic = true;
  return schema;
}

constexpr Field required(Field field) {
  field.required = true;
  return field;
}
/// What is a pointer in Go, or is written even if it is zero.
constexpr Field pointer(Field field) {
  field.keeps_zero = true;
  return field;
}
/// A list whose items are merged by `key`; `list_keys` if server-side apply takes other ones.
constexpr Field merge_by(std::string_view key, Field field, std::string_view list_keys = {}) {
  field.merge = Field::Merge::kMerge;
  field.merge_key = key;
  field.list_keys = list_keys;
  return field;
}
/// The same with items that are unions.
constexpr Field merge_unions_by(std::string_view key, Field field) {
  field.merge = Field::Merge::kMergeRetainKeys;
  field.merge_key = key;
  return field;
}
/// A list of plain values that are merged.
constexpr Field merge_values(Field field) {
  field.merge = Field::Merge::kMerge;
  return field;
}
/// A list that a strategic merge replaces, but server-side apply merges by `list_keys`.
constexpr Field keyed_by(std::string_view list_keys, Field field) {
  field.list_keys = list_keys;
  return field;
}
/// A union, of which a patch replaces what it does not name.
constexpr Field retain_keys(Field field) {
  field.merge = Field::Merge::kRetainKeys;
  return field;
}

/// The fields of one type and one more, in order.
template <size_t n>
constexpr std::array<Field, n + 1> inserted(const Field (&fields)[n], const Field& more) {
  std::array<Field, n + 1> all{};
  size_t at = 0;
  while (at < n && fields[at].name < more.name) ++at;
  for (size_t i = 0; i < n; ++i) all[i < at ? i : i + 1] = fields[i];
  all[at] = more;
  return all;
}

}  // namespace sim::k8s::types
