// sim/k8s/controllers/garbage_collector.h: deletes objects whose owners are gone.
//
// Concept: informers of all kinds, custom ones included, move the graph of garbage_graph.h; workers
// look at what may be garbage. Before anything is deleted the API server is asked, because the
// graph lags behind. An owner deleted with "Foreground" goes last, one deleted with "Orphan" leaves
// its dependents without an owner.
// Source: kube-controller-manager, garbage-collector-controller (20 workers).
// Not modelled: resources found by discovery other than custom ones; the event
// OwnerRefInvalidNamespace.

#pragma once

#include "sim/k8s/controllers/controller.h"

namespace sim::k8s {

/// Starts the workers and returns; they end with `context`. Asks for its informers before it
/// suspends.
engine::Task<> run_garbage_collector(ControllerContext controllers, engine::Context context);

}  // namespace sim::k8s
