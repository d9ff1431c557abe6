#include "sim/k8s/schema/openapi.h"

#include <string>
#include <vector>

#include "sim/k8s/schema/types.h"

namespace sim::k8s {
namespace {

using json::Object;
using json::Value;

constexpr uint64_t kBuiltinHash = 0x0133'0000'0133'0001;  // changes with the tables

std::string hex(uint64_t number) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[(number >> shift) & 15];
  return out;
}

std::string path_of(std::string_view group, std::string_view version) {
  std::string out = group.empty() ? "api/" : "apis/" + std::string(group) + "/";
  out += version;
  return out;
}

uint64_t mixed(uint64_t hash, uint64_t more) {
  return (hash ^ more) * 0x9E3779B97F4A7C15;
}

struct Document {
  std::string path;
  uint64_t hash = kBuiltinHash;
};

// The documents there are, in no order.
std::vector<Document> documents(std::span<const CustomKind> custom) {
  std::vector<Document> all;
  const auto document_at = [&](const KindInfo& kind) -> Document& {
    const std::string path = path_of(kind.group, kind.version);
    for (Document& each : all) {
      if (each.path == path) return each;
    }
    return all.emplace_back(Document{path});
  };
  for (const KindInfo& kind : builtin_kinds()) document_at(kind);
  for (const KindInfo& kind : other_kinds()) document_at(kind);
  for (const CustomKind& each : custom) {
    Document& document = document_at(*each.kind);
    document.hash = mixed(mixed(document.hash, Value(each.kind->kind).hash()), each.schema.hash());
  }
  return all;
}

// The schema of a custom kind as it is published: with what every object has.
Value custom_schema(const CustomKind& custom) {
  const auto described = [](std::string_view about) {
    return Object().set("description", about).set("type", "string").build();
  };
  const Value metadata =
      Object()
          .set("allOf",
               json::Array().add(openapi_reference(openapi_name(types::kObjectMeta))).build())
          .set("description", types::kMetadataField.about)
          .build();
  const Value properties = Object(custom.schema["properties"])
                               .set("apiVersion", described(types::kApiVersionField.about))
                               .set("kind", described(types::kKindField.about))
                               .set("metadata", metadata)
                               .build();
  return Object(custom.schema)
      .set("properties", properties)
      .set("type", "object")
      .set("x-kubernetes-group-version-kind",
           kind_mark(custom.kind->group, custom.kind->version, custom.kind->kind))
      .build();
}

}  // namespace

std::string openapi_name(const KindInfo& kind) {
  if (kind.schema != nullptr && !kind.schema->package.empty()) return openapi_name(*kind.schema);
  // com.example.stable.v1.CronTab of stable.example.com
  std::string out;
  std::string_view rest = kind.group;
  while (!rest.empty()) {
    const size_t dot = rest.rfind('.');
    out += dot == std::string_view::npos ? rest : rest.substr(dot + 1);
    out += '.';
    rest = rest.substr(0, dot == std::string_view::npos ? 0 : dot);
  }
  out += kind.version;
  out += '.';
  return out + std::string(kind.kind);
}

Value openapi_index(std::span<const CustomKind> custom) {
  Object paths;
  for (const Document& document : documents(custom)) {
    const std::string url = "/openapi/v3/" + document.path + "?hash=" + hex(document.hash);
    paths.set(document.path, Object().set("serverRelativeURL", url).build());
  }
  return Object().set("paths", std::move(paths).build()).build();
}

Value openapi_document(std::string_view group, std::string_view version,
                       std::span<const CustomKind> custom) {
  OpenapiSchemas schemas;
  Object paths;
  bool any = false;
  const auto is_meant = [&](const KindInfo& kind) {
    return kind.group == group && kind.version == version;
  };
  const auto add = [&](const KindInfo& kind) {
    if (!is_meant(kind)) return;
    any = true;
    schemas.add_kind(kind);
    if (!kind.plural.empty()) add_openapi_paths(paths, kind);
    if (kind.has_scale) schemas.add(types::kScale);
  };
  for (const KindInfo& kind : builtin_kinds()) add(kind);
  for (const KindInfo& kind : other_kinds()) add(kind);
  for (const CustomKind& each : custom) {
    if (!is_meant(*each.kind)) continue;
    any = true;
    schemas.set(openapi_name(*each.kind), custom_schema(each));
    schemas.add(types::kObjectMeta);
    schemas.add_list(*each.kind);
    if (each.kind->has_scale) schemas.add(types::kScale);
    add_openapi_paths(paths, *each.kind);
  }
  if (!any) return {};
  schemas.add(types::kDeleteOptions);
  schemas.add(types::kStatus);
  if (group.empty()) {
    schemas.add(types::kEviction);
    schemas.add(types::kTokenRequest);
  }
  schemas.set("io.k8s.apimachinery.pkg.apis.meta.v1.Patch",
              Object().set("description", "A patch.").set("type", "object").build());
  return Object()
      .set("components", Object().set("schemas", schemas.build()).build())
      .set("info", Object().set("title", "Kubernetes").set("version", "v1.33.0").build())
      .set("openapi", "3.0.0")
      .set("paths", std::move(paths).build())
      .build();
}

}  // namespace sim::k8s
