// sim/k8s/controllers/endpoint_slice_controller.h: keeps the EndpointSlices of services.
//
// Concept: a service is looked at again when it, one of its pods, one of its slices or a node
// changes; endpoint_slices.h decides, this writes. A copy of slices that lags behind the
// controller's own writes is not used. Source: kube-controller-manager,
// endpointslice-controller: 5 workers, back-off 1 s to 1000 s.

#pragma once

#include "sim/k8s/controllers/controller.h"

namespace sim::k8s {

/// Starts the workers and returns; they end with `context`. Asks for its informers before it
/// suspends.
engine::Task<> run_endpoint_slices(ControllerContext controllers, engine::Context context);

}  // namespace sim::k8s
