// sim/k8s/schema/openapi.h: the OpenAPI v3 documents that the API server publishes.
//
// Concept: one document for each group and version, with the schemas of its kinds and the paths of
// its resources. kubectl reads them to explain fields, to merge what it applies, and to learn
// whether a kind knows dry runs and field validation.
// Determinism: a document depends on the tables and the custom kinds alone. Lifetime: documents are
// values; they are large, so keep them rather than make them again. REQUIRES: an open scope.
// Source: OpenAPI Specification 3.0; the documents that Kubernetes publishes; the words are ours.
// Not modelled: defaults of fields; bodies in forms other than JSON; some parameters of
// lists and watches; paths of logs, exec and proxies.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/json/value.h"
#include "sim/k8s/schema/kinds.h"
#include "sim/k8s/schema/schema.h"

namespace sim::k8s {

/// A custom resource, as it is published.
struct CustomKind {
  const KindInfo* kind = nullptr;
  json::Value schema;  // its openAPIV3Schema
};

/// What /openapi/v3 gives: `{"paths": {"apis/apps/v1": {"serverRelativeURL": "..."}}}`. A URL has a
/// hash that changes with the document.
json::Value openapi_index(std::span<const CustomKind> custom = {});
/// What /openapi/v3/apis/GROUP/VERSION gives. Absent if nothing has that group and version.
json::Value openapi_document(std::string_view group, std::string_view version,
                             std::span<const CustomKind> custom = {});

/// The schemas of types and of all that they refer to, by their published names.
class OpenapiSchemas {
 public:
  /// Adds an object type and what it refers to, once.
  void add(const Schema& schema);
  /// Adds a kind, marked as one, and the kind of its lists.
  void add_kind(const KindInfo& kind);
  /// Adds the kind of its lists alone.
  void add_list(const KindInfo& kind);
  void set(std::string_view name, json::Value schema);
  [[nodiscard]] json::Value build() const;

 private:
  [[nodiscard]] json::Value field(const Field& field);
  [[nodiscard]] json::Value type(const Schema& schema, bool is_item);
  [[nodiscard]] json::Value object(const Schema& schema);
  [[nodiscard]] bool has(std::string_view name) const;

  std::vector<json::Member> all_;
};

/// The paths of one resource, by path: `/apis/apps/v1/namespaces/{namespace}/deployments/{name}`.
void add_openapi_paths(json::Object& paths, const KindInfo& kind);

/// `io.k8s.api.core.v1.PodSpec`; of a custom resource the reversed group, version and kind.
std::string openapi_name(const Schema& schema);
std::string openapi_name(const KindInfo& kind);
/// `[{"group": "apps", "kind": "Deployment", "version": "v1"}]`, the mark of a kind's schema.
json::Value kind_mark(std::string_view group, std::string_view version, std::string_view kind);
/// `{"$ref": "#/components/schemas/NAME"}`
json::Value openapi_reference(std::string_view name);

}  // namespace sim::k8s
