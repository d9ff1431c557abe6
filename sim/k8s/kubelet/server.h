// sim/k8s/kubelet/server.h: the kubelet's own HTTP server.
//
//   GET  /healthz                            ok
//   GET  /pods                               a PodList of what it knows
//   GET  /containerLogs/NS/POD/CONTAINER     see logs.h
//   GET  /metrics/resource.json              see metrics.h
//   POST /exec/NS/POD/CONTAINER?command=...  {"output": "...", "exitCode": n, "error": "..."}
//
// Not modelled: TLS, authorization, streaming of exec: its answer comes when the
// command has ended.
// Source: Kubernetes' documentation; the kubelet's package server.

#pragma once

#include "engine/task/task.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

/// Serves until the process ends. Suspends as long.
engine::Task<> run_server(engine::Ref<Kubelet> kubelet);

}  // namespace sim::k8s::kubelet
