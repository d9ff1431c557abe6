// sim/k8s/schema/explain.h: the text of `kubectl explain`.
//
// Concept: kubectl finds the resource that is meant among those it discovered, gets the OpenAPI
// document of its group and version, and lays a schema of it out as text. So do these functions.
// Determinism: the text depends on the document alone.
// Source: kubectl 1.33 (explain, its template plaintext); go-wordwrap.
// Not modelled: `--output plaintext-openapiv2`; paths with indexes or filters; references to
// documentation elsewhere, which kubectl 1.33 leaves out as well.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/json/value.h"
#include "sim/k8s/schema/kinds.h"

namespace sim::k8s {

/// What is to be explained: `deployments.spec.replicas` taken apart.
struct ExplainTarget {
  std::string group;
  std::string version;
  std::string resource;  // the plural
  std::vector<std::string> fields;
  /// What kubectl says if there is no such thing, as it is printed.
  std::string error;
};
/// `api_version` is that of the flag --api-version, or empty.
ExplainTarget explain_target(std::string_view what, std::string_view api_version = {},
                             std::span<const KindInfo> kinds = builtin_kinds());

struct Explained {
  std::string text;   // for standard output, also if there is an error
  std::string error;  // for standard error: `error: field "x" does not exist`
};
/// `document` is the OpenAPI document of the target's group and version; absent if there is none.
Explained explain(const json::Value& document, const ExplainTarget& target, bool recursive = false);

/// Wraps text at spaces, so that lines have at most so many characters, unless a word is longer.
std::string wrapped(std::string_view text, size_t width);

}  // namespace sim::k8s
