// sim/k8s/schema/decode.h: objects that clients send, checked and cleaned as the API server does.
//
// Concept: the server reads JSON into Go structs and writes them out again. What that keeps is kept
// here: known fields with their types; no nulls; no empty lists, maps and zeros that Go's omitempty
// drops; quantities and times in their canonical form.
// Determinism: members are looked at in order of their keys, as in the JSON that kubectl sends.
// Source: sigs.k8s.io/json (the texts of its errors); Kubernetes' `transformDecodeError`.
// Not modelled: empty structs that Go writes where nothing was given, such as `resources: {}`;
// bytes as a list of numbers.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/json/value.h"
#include "sim/k8s/schema/schema.h"

namespace sim::k8s {

struct Decoded {
  /// The same value if there is nothing to clean. Absent if there is an error.
  json::Value value;
  /// What only strict validation objects to: `unknown field "spec.foo"`.
  std::vector<std::string> strict;
  /// `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type
  /// int32`
  std::string error;
};

/// `go_root` is the name of the Go struct that is read into; the schema's if it is empty.
Decoded decode(const Schema& schema, const json::Value& value, std::string_view go_root = {});

/// What the server answers if an object cannot be read: `Deployment in version "v1" cannot be
/// handled as a Deployment: ...`. Of `apps/v1` the version is `v1`.
std::string decode_failure(std::string_view api_version, std::string_view kind,
                           std::string_view error);
/// `strict decoding error: unknown field "spec.foo", duplicate field "spec.bar"`
std::string strict_failure(std::span<const std::string> errors);

/// The Go type that a schema stands for: `[]v1.Container`.
std::string go_type(const Schema& schema);

}  // namespace sim::k8s
