// sim/k8s/apiserver/status.h: the answers of the API server that are no objects.
//
// Source: Kubernetes' metav1.Status and the texts of its package api/errors.

#pragma once

#include <string>
#include <string_view>

#include "sim/json/value.h"
#include "sim/k8s/api/field_error.h"
#include "sim/k8s/schema/kinds.h"

namespace sim::k8s {

/// An HTTP status and what goes with it.
struct Answer {
  int code = 200;
  json::Value body;
  /// Seconds that the client should wait before it tries again; 0: not said.
  int retry_after = 0;
  [[nodiscard]] bool failed() const { return code >= 400; }
};

/// Which resource an answer is about: `deployments.apps`.
struct ResourceName {
  std::string_view group;
  std::string_view resource;
  [[nodiscard]] std::string text() const;
};
/// "deployments.apps" and "Deployment.apps" of a kind.
inline ResourceName resource_of(const KindInfo& kind) {
  return {kind.group, kind.plural};
}
inline ResourceName kind_name_of(const KindInfo& kind) {
  return {kind.group, kind.kind};
}

Answer failure(int code, std::string_view reason, std::string message, json::Value details = {});
Answer not_found(ResourceName resource, std::string_view name);
Answer already_exists(ResourceName resource, std::string_view name);
/// `why` empty: the object has been modified.
Answer conflict(ResourceName resource, std::string_view name, std::string_view why = {});
/// `kind` is "Pod"; its group follows it in the text.
Answer invalid(ResourceName kind, std::string_view name, const FieldErrors& errors);
Answer forbidden(ResourceName resource, std::string_view name, std::string_view why);
Answer bad_request(std::string message);
Answer expired(std::string message);
Answer method_not_allowed();
Answer no_such_resource();
Answer unsupported_media_type(std::string_view accepted);
Answer not_acceptable();
Answer internal_error(std::string_view what);
Answer too_many_requests(std::string message, int retry_after);
Answer unauthorized();
/// Done, with nothing to show for it.
Answer success(int code);
/// Of a deletion that is done: what was deleted.
Answer deleted(ResourceName resource, std::string_view name, std::string_view uid);

}  // namespace sim::k8s
