// sim/k8s/kubelet/server.h: the kubelet's own HTTP server.
//
//   GET  /healthz                            ok
//   GET  /pods                               a PodList of what it knows
//   GET  /containerLogs/NS/POD/CONTAINER     tailLines, follow, previous, timestamps, sinceSeconds,
//                                            limitBytes
//   GET  /metrics/resource.json              {"node": {"cpuNanos": n, "memoryBytes": n},
//                                             "pods": [{"namespace", "name", "containers":
//                                               [{"name", "cpuNanos", "memoryBytes"}]}]}
//   POST /exec/NS/POD/CONTAINER?command=...  {"output": "", "exitCode": n, "error": "..."}
//
// `cpuNanos` is processor time since the container's start; who wants a rate asks twice.
// Not modelled: TLS, authorization, streaming of exec; its output, which containers do not keep.
// Source: Kubernetes' documentation; the kubelet's package server.

#pragma once

#include "engine/task/task.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

/// Serves until the process ends. Suspends as long.
engine::Task<> run_server(engine::Ref<Kubelet> kubelet);

}  // namespace sim::k8s::kubelet
