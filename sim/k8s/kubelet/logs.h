// sim/k8s/kubelet/logs.h: the logs of containers over HTTP.
//
// Concept: parameters are those of PodLogOptions: tailLines, sinceSeconds, sinceTime, timestamps,
// limitBytes, previous, follow. Whoever follows is told until the container ends.
// Source: Kubernetes' API reference, PodLogOptions; the kubelet's `validateContainerLogStatus`.
// Not modelled: streams apart (stdout and stderr are one), rotated files.

#pragma once

#include <vector>

#include "sim/http/handler.h"
#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

/// The runs of the container that the path names, oldest first.
std::vector<engine::Ref<container::Container>> runs_asked_for(const Kubelet& kubelet,
                                                              const http::Request& request);

/// Answers `GET /containerLogs/{space}/{pod}/{container}`. Suspends as long as there is a log to
/// follow.
engine::Task<> serve_logs(engine::Ref<Kubelet> kubelet, http::ResponseWriter writer,
                          http::Request request);

}  // namespace sim::k8s::kubelet
