// sim/k8s/controllers/volume_binder.h: brings claims and volumes together, and makes volumes.
//
// Concept: one worker for claims, one for volumes; volume_matching.h decides. All are looked at
// again every 15 s, because a claim may be waiting for any volume. It is also the provisioner of
// classes that say `orrery/hostpath`: it makes a volume that is a directory of whatever node the
// pod runs on, or of the node that the scheduler has selected.
// Source: kube-controller-manager, persistentvolume-binder-controller (--pvclaimbinder-sync-period
// 15 s).

#pragma once

#include "sim/k8s/controllers/controller.h"

namespace sim::k8s {

/// Starts the workers and returns; they end with `context`. Asks for its informers before it
/// suspends.
engine::Task<> run_volume_binder(ControllerContext controllers, engine::Context context);

}  // namespace sim::k8s
