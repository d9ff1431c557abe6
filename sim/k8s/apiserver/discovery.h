// sim/k8s/apiserver/discovery.h: what the API server says of itself.
//
// Source: Kubernetes' documentation, "API Discovery"; the answers of /version, /api and /apis.

#pragma once

#include <optional>
#include <string_view>

#include "sim/json/value.h"
#include "sim/k8s/apiserver/resources.h"

namespace sim::k8s {

/// The document at `path` (/version, /api, /apis, /apis/apps, /apis/apps/v1 ...), if there is one.
std::optional<json::Value> discovery_document(const Resources& resources, std::string_view path);
/// The document at a path below /openapi/v3; absent if there is none.
json::Value openapi_at(std::string_view path);

}  // namespace sim::k8s
