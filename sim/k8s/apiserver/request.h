// sim/k8s/apiserver/request.h: what a request to the API server asks for.
//
// Source: Kubernetes' documentation, "Kubernetes API Concepts", and its RequestInfo.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/http/handler.h"
#include "sim/http/url.h"

namespace sim::k8s {

enum class Verb : uint8_t {
  kNone,  // no resource is asked for
  kGet,
  kList,
  kWatch,
  kCreate,
  kUpdate,
  kPatch,
  kDelete,
  kDeleteCollection,
};

struct RequestInfo {
  Verb verb = Verb::kNone;
  std::string path;
  std::string group;
  std::string version;
  std::string space;  // namespace
  std::string resource;
  std::string name;
  std::string subresource;
  http::Values query;

  [[nodiscard]] bool is_resource() const { return verb != Verb::kNone; }
};

/// Takes a request's method and path apart. A path that is under /api or /apis but too short to
/// name a resource is none.
RequestInfo request_info(const http::Request& request);

}  // namespace sim::k8s
