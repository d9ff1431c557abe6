// sim/k8s/apiserver/strategies/checks.h: what is checked in objects of many kinds.
//
// Concept: each function adds what is wrong to `errors`. Source: Kubernetes' packages
// apimachinery/pkg/api/validation and pkg/apis/core/validation: their rules and texts.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sim/json/value.h"
#include "sim/k8s/api/field_error.h"
#include "sim/k8s/api/names.h"
#include "sim/k8s/api/quantity.h"
#include "sim/k8s/apiserver/strategies/place.h"

namespace sim::k8s::strategies {

using namespace names;

using json::Value;
using Names = std::span<const std::string_view>;

inline constexpr std::string_view kImmutable = "field is immutable";
inline constexpr std::string_view kNotNegative = "must be greater than or equal to 0";
inline constexpr std::string_view kPositive = "must be greater than zero";
inline constexpr std::string_view kManyTypes = "may not specify more than 1 volume type";
inline constexpr std::string_view kNoMatch = "`selector` does not match template `labels`";
inline constexpr std::string_view kProtocols[] = {"SCTP", "TCP", "UDP"};

/// Whether there is a value, and it is not null: what Go's pointers tell.
inline bool is_set(const Value& value) {
  return bool(value) && !value.is_null();
}
bool is_among(std::string_view text, Names names);
/// Whether it is being created: what is stored has a version.
inline bool is_new(const Value& object) {
  return !object["metadata"].contains("resourceVersion");
}

void check_form(FieldErrors& errors, const Place& at, std::string_view text, Form form);
/// Nothing of a value that is absent.
void check_not_negative(FieldErrors& errors, const Place& at, const Value& number);
void check_range(FieldErrors& errors, const Place& at, const Value& number, int64_t least,
                 int64_t most);
void check_unchanged(FieldErrors& errors, const Place& at, const Value& now, const Value& before);
/// An empty value is required, another one must be among the names.
void check_choice(FieldErrors& errors, const Place& at, const Value& value, Names names);
/// The same of a value that may be absent.
void check_optional_choice(FieldErrors& errors, const Place& at, const Value& value, Names names);

void check_labels(FieldErrors& errors, const Place& at, const Value& labels);
void check_annotations(FieldErrors& errors, const Place& at, const Value& annotations);
/// Of a LabelSelector; nothing of an absent one.
void check_label_selector(FieldErrors& errors, const Place& at, const Value& selector);
/// Whether it selects everything because it says nothing.
bool is_empty_selector(const Value& selector);

/// 1 to 65535.
void check_port(FieldErrors& errors, const Place& at, const Value& port);
void check_port_or_name(FieldErrors& errors, const Place& at, const Value& port);
void check_protocol(FieldErrors& errors, const Place& at, const Value& protocol);

/// "3", or "25%" with at most `percent_most`.
void check_int_or_percent(FieldErrors& errors, const Place& at, const Value& value);
void check_at_most_100_percent(FieldErrors& errors, const Place& at, const Value& value);
/// The number or the percentage; 0 of anything else.
int64_t number_or_percentage(const Value& value);
/// As it prints itself.
std::string plain_text(const Value& value);

/// 4 or 6; 0 if it is no address.
int ip_family(std::string_view text);
void check_ip(FieldErrors& errors, const Place& at, std::string_view text);
void check_cidr(FieldErrors& errors, const Place& at, std::string_view text);
/// That others can reach it: it is not of the loopback, nor of one link.
void check_reachable_ip(FieldErrors& errors, const Place& at, std::string_view text);

/// A relative path that does not leave its directory.
void check_descending_path(FieldErrors& errors, const Place& at, std::string_view path);
void check_no_backsteps(FieldErrors& errors, const Place& at, std::string_view path);

/// That it is a quantity, and not negative; a whole number for resources that are counted.
void check_resource_amount(FieldErrors& errors, const Place& at, std::string_view resource,
                           const Value& amount);
void check_resource_name(FieldErrors& errors, const Place& at, std::string_view resource);
void check_container_resource_name(FieldErrors& errors, const Place& at, std::string_view resource);
/// No prefix, or one of kubernetes.io.
bool is_native_resource(std::string_view resource);
/// Whether requests may be lower than limits.
bool can_be_overcommitted(std::string_view resource);

}  // namespace sim::k8s::strategies
