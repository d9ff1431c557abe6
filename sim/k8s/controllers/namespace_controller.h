// sim/k8s/controllers/namespace_controller.h: empties namespaces that are being deleted.
//
// Concept: a namespace that is Terminating loses its pods first, then all else it holds; when
// nothing is left its finalizer `kubernetes` is taken away, and the API server lets it go. As long
// as something is left it is looked at again, after half the time that this may need.
// Source: kube-controller-manager, namespace-controller (10 workers; 5 s until the first attempt;
// OrderedNamespaceDeletion, on since 1.33). Not modelled: the conditions in the namespace's status.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/k8s/controllers/controller.h"
#include "sim/k8s/controllers/kind_place.h"

namespace sim::k8s {

/// What a namespace can hold, without pods: built-in kinds, then those of the definitions, each
/// resource in one of its versions.
std::vector<KindPlace> contents_of_namespaces(std::span<const Value> definitions);

/// How long what is left may need, in seconds; 0 if nothing is left. Pods that end need their grace
/// period, what waits for a finalizer about 15 s.
int64_t seconds_to_wait(const Resource& resource, std::span<const Value> left);

/// When to look again, in seconds.
constexpr int64_t retry_seconds(int64_t estimate) {
  return estimate / 2 + 1;
}

/// The namespace without its finalizer `kubernetes` in spec.finalizers.
Value finalized(const Value& space);

/// Starts the workers and returns; they end with `context`. Asks for its informers before it
/// suspends.
engine::Task<> run_namespaces(ControllerContext controllers, engine::Context context);

}  // namespace sim::k8s
