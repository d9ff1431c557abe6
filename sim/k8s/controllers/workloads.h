// sim/k8s/controllers/workloads.h: the controllers of workloads, to be run by a controller manager.
//
// Concept: each asks the factory for its informers and adds its handlers before it suspends, waits
// until they have synced, and then works until `context` is done. The caller starts the informers
// once each controller has run up to there.
// Source: Kubernetes' documentation, "Workloads"; kube-controller-manager 1.33 and its defaults.

#pragma once

#include "engine/sync/context.h"
#include "sim/k8s/controllers/controller.h"

namespace sim::k8s {

engine::Task<> run_replica_set(ControllerContext controllers, engine::Context context);
engine::Task<> run_deployment(ControllerContext controllers, engine::Context context);
engine::Task<> run_stateful_set(ControllerContext controllers, engine::Context context);
engine::Task<> run_daemon_set(ControllerContext controllers, engine::Context context);
engine::Task<> run_job(ControllerContext controllers, engine::Context context);
/// Deletes jobs some time after they have finished (ttlSecondsAfterFinished).
engine::Task<> run_ttl_after_finished(ControllerContext controllers, engine::Context context);
engine::Task<> run_cron_job(ControllerContext controllers, engine::Context context);

}  // namespace sim::k8s
