#include "sim/k8s/apiserver/strategies/checks.h"

#include <algorithm>

#include "engine/task/print.h"
#include "sim/k8s/api/int_or_percent.h"

namespace sim::k8s::strategies {

bool is_among(std::string_view text, Names names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

void check_form(FieldErrors& errors, const Place& at, std::string_view text, Form form) {
  for (const std::string& problem : form(text)) errors.invalid(at, text, problem);
}

void check_not_negative(FieldErrors& errors, const Place& at, const Value& number) {
  if (number.integer() < 0) errors.invalid(at, number, kNotNegative);
}

void check_range(FieldErrors& errors, const Place& at, const Value& number, int64_t least,
                 int64_t most) {
  if (!is_set(number)) return;
  const int64_t value = number.integer();
  if (value < least || value > most) errors.invalid(at, number, range_text(least, most));
}

void check_unchanged(FieldErrors& errors, const Place& at, const Value& now, const Value& before) {
  if (now != before && !(now.is_zero() && before.is_zero())) errors.invalid(at, now, kImmutable);
}

void check_choice(FieldErrors& errors, const Place& at, const Value& value, Names names) {
  if (value.text().empty()) {
    errors.required(at);
  } else if (!is_among(value.text(), names)) {
    errors.not_supported(at, value, names);
  }
}

void check_optional_choice(FieldErrors& errors, const Place& at, const Value& value, Names names) {
  if (is_set(value) && !is_among(value.text(), names)) errors.not_supported(at, value, names);
}

void check_labels(FieldErrors& errors, const Place& at, const Value& labels) {
  for (const json::Member& label : labels.members()) {
    check_form(errors, at, label.name(), qualified_name);
    check_form(errors, at, label.value.text(), label_value);
  }
}

void check_annotations(FieldErrors& errors, const Place& at, const Value& annotations) {
  constexpr int64_t kBytesMost = 256 * 1024;
  uint64_t bytes = 0;
  for (const json::Member& annotation : annotations.members()) {
    for (const std::string& problem : qualified_name(lower(annotation.name()))) {
      errors.invalid(at, annotation.key, problem);
    }
    bytes += annotation.name().size() + annotation.value.text().size();
  }
  if (bytes > kBytesMost) errors.too_long(at, kBytesMost);
}

namespace {

void check_requirement(FieldErrors& errors, const Place& at, const Value& requirement) {
  const Value& op = requirement["operator"];
  const Value& values = requirement["values"];
  if (op.text() == "In" || op.text() == "NotIn") {
    if (values.size() == 0) {
      errors.required(at.child("values"), "must be specified when `operator` is 'In' or 'NotIn'");
    }
  } else if (op.text() == "Exists" || op.text() == "DoesNotExist") {
    if (values.size() > 0) {
      errors.forbidden(at.child("values"),
                       "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
  } else {
    errors.invalid(at.child("operator"), op.text(), "not a valid selector operator");
  }
  check_form(errors, at.child("key"), requirement["key"].text(), qualified_name);
  const Place places = at.child("values");
  for (size_t i = 0; i < values.size(); ++i) {
    check_form(errors, places.index(i), values.items()[i].text(), label_value);
  }
}

}  // namespace

void check_label_selector(FieldErrors& errors, const Place& at, const Value& selector) {
  check_labels(errors, at.child("matchLabels"), selector["matchLabels"]);
  const Place expressions = at.child("matchExpressions");
  size_t i = 0;
  for (const Value& requirement : selector["matchExpressions"].items()) {
    check_requirement(errors, expressions.index(i++), requirement);
  }
}

bool is_empty_selector(const Value& selector) {
  return selector["matchLabels"].size() + selector["matchExpressions"].size() == 0;
}

void check_port(FieldErrors& errors, const Place& at, const Value& port) {
  constexpr int64_t kPortMost = 65535;
  const int64_t number = port.integer();
  if (number < 1 || number > kPortMost) errors.invalid(at, number, range_text(1, kPortMost));
}

void check_port_or_name(FieldErrors& errors, const Place& at, const Value& port) {
  if (port.is_string()) {
    check_form(errors, at, port.text(), port_name);
  } else {
    check_port(errors, at, port);
  }
}

void check_protocol(FieldErrors& errors, const Place& at, const Value& protocol) {
  check_choice(errors, at, protocol, kProtocols);
}

std::string plain_text(const Value& value) {
  return value.is_string() ? std::string(value.text()) : value.to_json();
}

void check_int_or_percent(FieldErrors& errors, const Place& at, const Value& value) {
  if (!value.is_string()) {
    check_not_negative(errors, at, value);
    return;
  }
  for (const std::string& problem : percentage(value.text())) {
    errors.invalid_as(at, value.text(), problem);
  }
}

int64_t number_or_percentage(const Value& value) {
  return parse_int_or_percent(value).value_or(IntOrPercent{}).amount;
}

void check_at_most_100_percent(FieldErrors& errors, const Place& at, const Value& value) {
  if (value.is_string() && number_or_percentage(value) > 100) {
    errors.invalid_as(at, value.text(), "must not be greater than 100%");
  }
}

void check_descending_path(FieldErrors& errors, const Place& at, std::string_view path) {
  if (path.starts_with('/')) errors.invalid(at, path, "must be a relative path");
  check_no_backsteps(errors, at, path);
}

void check_no_backsteps(FieldErrors& errors, const Place& at, std::string_view path) {
  for (const std::string_view part : split(path, '/')) {
    if (part != "..") continue;
    errors.invalid(at, path, "must not contain '..'");
    return;
  }
}

}  // namespace sim::k8s::strategies
