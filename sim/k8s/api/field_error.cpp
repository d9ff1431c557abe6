#include "sim/k8s/api/field_error.h"

#include <algorithm>

#include "engine/task/print.h"
#include "sim/json/print.h"

namespace sim::k8s {
namespace {

// As Go's %v prints the value, and %q a string.
std::string shown(const json::Value& value) {
  std::string out;
  if (value.is_string()) {
    json::append_quoted(out, value.text(), false);
  } else if (value.is_null() || !value) {
    out = "null";
  } else {
    out = value.to_json();
  }
  return out;
}

std::string joined(std::string_view head, const json::Value& value, std::string_view detail) {
  std::string out(head);
  out += shown(value);
  if (!detail.empty()) {
    out += ": ";
    out += detail;
  }
  return out;
}

}  // namespace

FieldPath FieldPath::child(std::string_view name) const {
  FieldPath made(text_);
  if (!made.text_.empty()) made.text_ += '.';
  made.text_ += name;
  return made;
}

FieldPath FieldPath::index(size_t at) const {
  FieldPath made(text_);
  made.text_ += '[';
  engine::append_operand(made.text_, uint64_t{at});
  made.text_ += ']';
  return made;
}

FieldPath FieldPath::key(std::string_view name) const {
  FieldPath made(text_);
  made.text_ += '[';
  made.text_ += name;
  made.text_ += ']';
  return made;
}

void FieldErrors::add(std::string_view reason, const FieldPath& field, std::string message) {
  errors_.push_back({reason, field.text(), std::move(message)});
}

void FieldErrors::required(const FieldPath& field, std::string_view detail) {
  std::string message = "Required value";
  if (!detail.empty()) {
    message += ": ";
    message += detail;
  }
  add("FieldValueRequired", field, std::move(message));
}

void FieldErrors::invalid(const FieldPath& field, const json::Value& value,
                          std::string_view detail) {
  add("FieldValueInvalid", field, joined("Invalid value: ", value, detail));
}

void FieldErrors::invalid_as(const FieldPath& field, std::string_view shown,
                             std::string_view detail) {
  std::string message = "Invalid value: ";
  message += shown;
  if (!shown.empty()) message += ": ";
  message += detail;
  add("FieldValueInvalid", field, std::move(message));
}

void FieldErrors::not_supported(const FieldPath& field, const json::Value& value,
                                std::span<const std::string_view> supported) {
  std::vector<std::string_view> sorted(supported.begin(), supported.end());
  std::stable_sort(sorted.begin(), sorted.end());
  std::string detail = "supported values: ";
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0) detail += ", ";
    json::append_quoted(detail, sorted[i], false);
  }
  add("FieldValueNotSupported", field, joined("Unsupported value: ", value, detail));
}

void FieldErrors::duplicate(const FieldPath& field, const json::Value& value,
                            std::string_view detail) {
  add("FieldValueDuplicate", field, joined("Duplicate value: ", value, detail));
}

void FieldErrors::forbidden(const FieldPath& field, std::string_view detail) {
  add("FieldValueForbidden", field, "Forbidden: " + std::string(detail));
}

void FieldErrors::not_found(const FieldPath& field, const json::Value& value,
                            std::string_view detail) {
  add("FieldValueNotFound", field, joined("Not found: ", value, detail));
}

void FieldErrors::too_long(const FieldPath& field, int64_t most) {
  std::string message = "Too long: may not be more than ";
  engine::append_operand(message, most);
  message += " bytes";
  add("FieldValueTooLong", field, std::move(message));
}

void FieldErrors::too_many(const FieldPath& field, int64_t count, int64_t most) {
  std::string message = "Too many: ";
  engine::append_operand(message, count);
  message += ": must have at most ";
  engine::append_operand(message, most);
  message += " items";
  add("FieldValueTooMany", field, std::move(message));
}

std::string FieldErrors::text() const {
  std::vector<std::string> lines;
  for (const FieldError& error : errors_) {
    std::string line = error.text();
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) {
      lines.push_back(std::move(line));
    }
  }
  std::string out;
  for (const std::string& line : lines) {
    if (!out.empty()) out += ", ";
    out += line;
  }
  return lines.size() == 1 ? out : "[" + out + "]";
}

}  // namespace sim::k8s
