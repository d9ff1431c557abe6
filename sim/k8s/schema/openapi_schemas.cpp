// The schemas of OpenAPI documents, from the tables of types.

#include <algorithm>

#include "sim/k8s/schema/openapi.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s {
namespace {

using json::Array;
using json::Object;
using json::Value;
using Type = Schema::Type;

constexpr std::string_view kMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.";

Value typed(std::string_view type, std::string_view format = {}) {
  return Object().set("type", type).set_nonzero("format", format).build();
}

Value either_type(std::string_view a, std::string_view b) {
  return Array().add(typed(a)).add(typed(b)).build();
}

// The published type of scalars that are one.
std::string scalar_name(Type type) {
  switch (type) {
    case Type::kTime:
      return std::string(kMeta) + "Time";
    case Type::kMicroTime:
      return std::string(kMeta) + "MicroTime";
    case Type::kQuantity:
      return "io.k8s.apimachinery.pkg.api.resource.Quantity";
    case Type::kIntOrString:
      return "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
    default:
      return {};
  }
}

Value scalar_schema(Type type) {
  switch (type) {
    case Type::kQuantity:
      return Object()
          .set("description", "An amount such as 100m, 1.5 or 64Mi.")
          .set("oneOf", either_type("string", "number"))
          .build();
    case Type::kIntOrString:
      return Object()
          .set("description", "A whole number, or text such as a name or a percentage.")
          .set("format", "int-or-string")
          .set("oneOf", either_type("integer", "string"))
          .build();
    case Type::kMicroTime:
      return Object(typed("string", "date-time"))
          .set("description", "A time with microseconds.")
          .build();
    default:
      return Object(typed("string", "date-time")).set("description", "A time.").build();
  }
}

// In items and values Go's zero is the default.
Value default_of(Type type) {
  switch (type) {
    case Type::kInt32:
    case Type::kInt64:
    case Type::kFloat:
      return 0;
    case Type::kBool:
      return false;
    case Type::kString:
      return "";
    case Type::kObject:
      return Value::empty_object();
    default:
      return {};
  }
}

Value words_of(std::string_view list) {
  Array words;
  while (!list.empty()) {
    const size_t comma = list.find(',');
    words.add(list.substr(0, comma));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return words.build();
}

void set_list_type(Object& out, const Field& field) {
  const bool merges =
      field.merge == Field::Merge::kMerge || field.merge == Field::Merge::kMergeRetainKeys;
  const std::string_view keys = field.list_keys.empty() ? field.merge_key : field.list_keys;
  if (!keys.empty()) {
    out.set("x-kubernetes-list-map-keys", words_of(keys)).set("x-kubernetes-list-type", "map");
  } else {
    out.set("x-kubernetes-list-type", merges ? "set" : "atomic");
  }
  if (!merges) return;
  out.set_nonzero("x-kubernetes-patch-merge-key", field.merge_key);
  const bool retains = field.merge == Field::Merge::kMergeRetainKeys;
  out.set("x-kubernetes-patch-strategy", retains ? "merge,retainKeys" : "merge");
}

}  // namespace

Value openapi_reference(std::string_view name) {
  return Object().set("$ref", "#/components/schemas/" + std::string(name)).build();
}

std::string openapi_name(const Schema& schema) {
  return std::string(schema.package) + "." + std::string(schema.name);
}

bool OpenapiSchemas::has(std::string_view name) const {
  return std::any_of(all_.begin(), all_.end(),
                     [&](const json::Member& member) { return member.name() == name; });
}

void OpenapiSchemas::set(std::string_view name, Value schema) {
  all_.push_back({Value(name), std::move(schema)});
}

Value OpenapiSchemas::build() const {
  return Value::object(all_);
}

void OpenapiSchemas::add(const Schema& schema) {
  const std::string name = openapi_name(schema);
  if (has(name)) return;
  const size_t at = all_.size();
  set(name, Value::empty_object());  // so that types which refer to themselves come to an end
  Value made = object(schema);
  all_[at].value = std::move(made);
}

Value OpenapiSchemas::object(const Schema& schema) {
  Object out;
  out.set_nonzero("description", schema.about);
  if (schema.type != Type::kAny || schema.package.find(".apiextensions") == std::string::npos) {
    out.set("type", "object");
  }
  Object properties;
  Array required;
  for (const Field& each : schema.fields) {
    properties.set(each.name, field(each));
    if (each.required) required.add(each.name);
  }
  out.set_nonzero("properties", std::move(properties).build());
  out.set_nonzero("required", required.build());
  if (schema.keeps_unknown) out.set("x-kubernetes-preserve-unknown-fields", true);
  if (schema.atomic) out.set("x-kubernetes-map-type", "atomic");
  return std::move(out).build();
}

Value OpenapiSchemas::type(const Schema& schema, bool is_item) {
  const auto reference = [&](std::string_view name) {
    if (!is_item) return openapi_reference(name);
    return Object()
        .set("allOf", Array().add(openapi_reference(name)).build())
        .set("default", default_of(schema.type))
        .build();
  };
  if (schema.type == Type::kObject || !schema.package.empty()) {
    add(schema);
    return reference(openapi_name(schema));
  }
  const std::string scalar = scalar_name(schema.type);
  if (!scalar.empty()) {
    if (!has(scalar)) set(scalar, scalar_schema(schema.type));
    return openapi_reference(scalar);
  }
  Object out;
  switch (schema.type) {
    case Type::kArray:
      out.set("type", "array").set("items", type(*schema.items, true));
      break;
    case Type::kMap:
      out.set("type", "object").set("additionalProperties", type(*schema.items, true));
      if (schema.atomic) out.set("x-kubernetes-map-type", "atomic");
      break;
    case Type::kInt32:
    case Type::kInt64:
      out.set("type", "integer").set("format", schema.type == Type::kInt32 ? "int32" : "int64");
      break;
    case Type::kFloat:
      out.set("type", "number").set("format", "double");
      break;
    case Type::kBool:
      out.set("type", "boolean");
      break;
    case Type::kBytes:
      out.set("type", "string").set("format", "byte");
      break;
    case Type::kString:
      out.set("type", "string");
      break;
    default:
      break;
  }
  if (is_item) out.set("default", default_of(schema.type));
  return std::move(out).build();
}

Value OpenapiSchemas::field(const Field& field) {
  const Value plain = type(*field.schema, false);
  if (plain.contains("$ref")) {
    Object out;
    out.set("allOf", Array().add(plain).build()).set_nonzero("description", field.about);
    if (field.merge == Field::Merge::kRetainKeys) {
      out.set("x-kubernetes-patch-strategy", "retainKeys");
    }
    return std::move(out).build();
  }
  Object out(plain);
  out.set_nonzero("description", field.about);
  if (field.schema->type == Type::kArray) set_list_type(out, field);
  return std::move(out).build();
}

void OpenapiSchemas::add_kind(const KindInfo& kind) {
  const Value mark = kind_mark(kind.group, kind.version, kind.kind);
  const std::string name = openapi_name(kind);
  add(*kind.schema);
  for (json::Member& member : all_) {
    if (member.name() != name) continue;
    member.value = member.value.with("x-kubernetes-group-version-kind", mark);
  }
  if (!kind.plural.empty()) add_list(kind);
}

void OpenapiSchemas::add_list(const KindInfo& kind) {
  add(types::kListMeta);
  const std::string name = openapi_name(kind);
  const std::string list = std::string(kind.kind) + "List";
  const auto text_described = [](std::string_view about) {
    return Object(typed("string")).set("description", about).build();
  };
  const Value metadata =
      Object()
          .set("allOf", Array().add(openapi_reference(openapi_name(types::kListMeta))).build())
          .set("description", "What lists have in place of an object's metadata.")
          .build();
  const Value item = Object()
                         .set("allOf", Array().add(openapi_reference(name)).build())
                         .set("default", Value::empty_object())
                         .build();
  const Value items =
      Object(typed("array")).set("description", "The objects.").set("items", item).build();
  const Value properties = Object()
                               .set("apiVersion", text_described(types::kApiVersionField.about))
                               .set("items", items)
                               .set("kind", text_described(types::kKindField.about))
                               .set("metadata", metadata)
                               .build();
  set(name + "List",
      Object()
          .set("description", "A list of objects of kind " + std::string(kind.kind) + ".")
          .set("properties", properties)
          .set("required", Array().add("items").build())
          .set("type", "object")
          .set("x-kubernetes-group-version-kind", kind_mark(kind.group, kind.version, list))
          .build());
}

Value kind_mark(std::string_view group, std::string_view version, std::string_view kind) {
  return Array()
      .add(Object().set("group", group).set("kind", kind).set("version", version).build())
      .build();
}

}  // namespace sim::k8s
