// sim/k8s/kubelet/environment.h: the environment, command and arguments that a container gets.
//
// Concept: what is needed from the API server (ConfigMaps, Secrets, Services) has been fetched; the
// rest follows from the pod. Determinism: pure. Source: Kubernetes' documentation, "Define
// Environment Variables"; the kubelet's `makeEnvironmentVariables`, its package envvars.
// Not modelled: fileKeyRef.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/sync/error.h"
#include "sim/k8s/api/object.h"

namespace sim::k8s::kubelet {

/// ConfigMaps and Secrets by "configmaps/name" and "secrets/name"; what is not there was not found.
using Sources = std::map<std::string, Value, std::less<>>;
using Variables = std::vector<std::pair<std::string, std::string>>;

/// The keys of the Sources that a container's environment refers to, in order.
std::vector<std::string> environment_keys(const Value& container);
/// Those that the volumes of a pod refer to.
std::vector<std::string> volume_keys(const Value& pod);
/// A container or init container; absent if there is none.
const Value& container_named(const Value& pod, std::string_view name);
/// The data of a ConfigMap or Secret, decoded: file name or variable, and its bytes.
std::map<std::string, std::string, std::less<>> data_of(const Value& source);

/// `text` with `$(NAME)` replaced where `variables` has NAME, and `$$` by `$`. Source:
/// k8s.io/kubernetes/third_party/forked/golang/expansion.
std::string expand(std::string_view text, const Variables& variables);
/// What a downward API's fieldRef says: `metadata.labels['app']`, `status.podIP`.
std::string field_value(const Value& pod, std::string_view path);
/// What a resourceFieldRef says, of `container` in a pod on a node that gives its pods so much.
struct NodeAmounts {
  int64_t cpu_milli = 0;
  int64_t memory_bytes = 0;
};
std::string resource_value(const Value& container, const Value& reference, NodeAmounts node);

/// The variables of services, by name, that have a cluster address: `WEB_SERVICE_HOST=...`.
Variables service_variables(const std::vector<Value>& services);

struct EnvironmentInput {
  const Value& pod;  // with its addresses in the status
  const Value& container;
  const Sources& sources;
  /// Of the namespace, and the service `kubernetes`.
  const Variables& services;
  NodeAmounts node;
};
struct Environment {
  Variables variables;
  std::vector<std::string> command;
  std::vector<std::string> args;
  /// `configmap "x" not found`, `couldn't find key k in ConfigMap ns/x`:
  /// CreateContainerConfigError.
  engine::Error error;
};
Environment environment_of(const EnvironmentInput& input);

}  // namespace sim::k8s::kubelet
