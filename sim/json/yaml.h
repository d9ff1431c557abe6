// sim/json/yaml.h: JSON values as YAML and back, as kubectl writes and reads it.
//
// Concept: `kubectl get -o yaml` writes what sigs.k8s.io/yaml writes, and manifests are read the
// same way: YAML 1.1 as Go's yaml.v2 has it, where `yes` is a truth and 0777 is 511.
// Promises: what append_yaml() writes, parse_yaml_documents() reads back as an equal value, but for
// what the real ones lose as well: a floating-point number that is whole (1.0 comes back as 1), and
// a key that is << (which merges when it is read). Any bytes give values or an error.
// REQUIRES: an open scope of a world. Source: sigs.k8s.io/yaml 1.4 and its goyaml.v2;
// k8s.io/apimachinery/pkg/util/yaml; compared with kubectl 1.32.
// Not modelled: anchors, aliases and tags, which are refused; most of Unicode's
// letters and symbols in the order of keys; whole numbers of more than 64 bits in other bases than
// ten, which are read as text.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/json/value.h"
#include "sim/yaml/yaml.h"

namespace sim::json {

/// Appends `value` as one document, with its last line feed. Keys are in yaml.v2's order, which
/// counts digits as numbers: a2 stands before a10. Lines are folded at 80 columns; text that is no
/// UTF-8 is written with U+FFFD.
void append_yaml(std::string& out, const Value& value);

/// How large manifests may be; the API server takes no request beyond 3 MiB.
inline constexpr yaml::Options kManifestOptions = {.bytes_max = 3 * 1024 * 1024,
                                                   .depth_max = 500,
                                                   .nodes_max = 200'000,
                                                   .keys_may_repeat = true,
                                                   .takes_first_document = true,
                                                   .wording = yaml::Wording::kGo};

struct FromYaml {
  Value value;  // absent if there is an error
  std::string error;
};

/// The value that a tree stands for. Keys become text; of keys that come twice the last counts; a
/// plain `<<` merges the mapping, or list of mappings, that it names.
/// Errors: `json: unsupported value: +Inf`, `unsupported map key of type: ...`,
/// `yaml: map merge requires map or sequence of maps as the value`.
FromYaml from_yaml(const yaml::Node& node);

struct Documents {
  std::vector<Value> values;
  /// Of the first document that cannot be read; `values` are those before it.
  std::string error;
};

/// The documents of a manifest, without those that are empty or null. A text that begins with { is
/// read as JSON values in a row, every other one as YAML, where a line that begins with --- ends a
/// document. Errors, in Go's words, lines counted within the document:
/// `error converting YAML to JSON: yaml: line 3: did not find expected key`; if `file` is not empty
/// behind `error parsing FILE: `, as kubectl puts it.
Documents parse_yaml_documents(std::string_view text, std::string_view file = {});

}  // namespace sim::json
