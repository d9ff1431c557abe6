// sim/k8s/schema/custom.h: types of custom resources, made from their openAPIV3Schema.
//
// Concept: a definition's schema does three things to objects. What it does not name is pruned;
// fields that are missing get their defaults; then the values are checked. A Schema for what
// depends on types alone (merging, server-side apply) is made from it too.
// Determinism: members are looked at in order of their keys. Lifetime: the Schema lives as long as
// the CustomType that made it, which may be moved. REQUIRES: an open scope.
// Source: Kubernetes' documentation, "Extend the Kubernetes API with CustomResourceDefinitions";
// the texts of kube-openapi's and field.Error's messages.
// Not modelled: pattern; formats other than date-time; anyOf, oneOf and not; rules in CEL; schemas
// that are no structural ones.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/json/value.h"
#include "sim/k8s/api/field_error.h"
#include "sim/k8s/schema/decode.h"
#include "sim/k8s/schema/schema.h"

namespace sim::k8s {

class CustomType {
 public:
  /// `schema` is an openAPIV3Schema; an absent one keeps every field.
  CustomType(const json::Value& schema, std::string_view kind);
  CustomType(CustomType&&) noexcept;
  CustomType& operator=(CustomType&&) noexcept;
  ~CustomType();

  [[nodiscard]] const Schema& schema() const;
  [[nodiscard]] const json::Value& source() const { return source_; }

  /// Prunes what the schema does not name, which strict validation objects to, and nulls that are
  /// not allowed; reads the metadata. An object that needs no change comes back as it is.
  [[nodiscard]] Decoded decode(const json::Value& object) const;
  /// With the defaults of fields that are missing.
  [[nodiscard]] json::Value with_defaults(const json::Value& object) const;
  /// What is wrong with the values.
  [[nodiscard]] std::vector<FieldError> validate(const json::Value& object) const;

 private:
  struct Store;

  json::Value source_;
  std::unique_ptr<Store> store_;
};

}  // namespace sim::k8s
