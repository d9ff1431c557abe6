// sim/k8s/api/field_error.h: what is wrong with the fields of an object.
//
// Source: Kubernetes' package util/validation/field: its kinds of errors and their texts.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/json/value.h"

namespace sim::k8s {

/// The path of a field, as errors name it: `spec.containers[0].name`, `metadata.labels[app]`.
class FieldPath {
 public:
  explicit FieldPath(std::string_view root) : text_(root) {}
  [[nodiscard]] FieldPath child(std::string_view name) const;
  [[nodiscard]] FieldPath index(size_t at) const;
  [[nodiscard]] FieldPath key(std::string_view name) const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

struct FieldError {
  /// As in the causes of a Status: "FieldValueInvalid".
  std::string_view reason;
  std::string field;
  std::string message;  // without the field
  /// `spec.replicas: Invalid value: ...`
  [[nodiscard]] std::string text() const { return field + ": " + message; }
};

class FieldErrors {
 public:
  void required(const FieldPath& field, std::string_view detail = {});
  void invalid(const FieldPath& field, const json::Value& value, std::string_view detail);
  /// Of a value that prints itself: a quantity, a number or percentage. Empty: it is not shown.
  void invalid_as(const FieldPath& field, std::string_view shown, std::string_view detail);
  void not_supported(const FieldPath& field, const json::Value& value,
                     std::span<const std::string_view> supported);
  void duplicate(const FieldPath& field, const json::Value& value, std::string_view detail = {});
  void forbidden(const FieldPath& field, std::string_view detail);
  void not_found(const FieldPath& field, const json::Value& value, std::string_view detail = {});
  void too_long(const FieldPath& field, int64_t most);
  void too_many(const FieldPath& field, int64_t count, int64_t most);

  [[nodiscard]] bool empty() const { return errors_.empty(); }
  [[nodiscard]] const std::vector<FieldError>& all() const { return errors_; }
  /// One error as it is, several as `[a, b]`. What is said twice is there once.
  [[nodiscard]] std::string text() const;

 private:
  void add(std::string_view reason, const FieldPath& field, std::string message);
  std::vector<FieldError> errors_;
};

}  // namespace sim::k8s
