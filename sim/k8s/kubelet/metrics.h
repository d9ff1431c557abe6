// sim/k8s/kubelet/metrics.h: what the node and its containers use.
//
// Concept: processor time is only counted; a rate is the difference to what it was when somebody
// asked before, 10 s ago at least, so that nothing has to be measured while nobody asks. A
// container that has started since is measured from its start. controllers/metrics_server.h has the
// format; beside it each entry has usageCoreNanoSeconds, the processor time until now. Source: the
// kubelet's Summary API; metrics-server, for containers that are new.

#pragma once

#include "sim/k8s/kubelet/state.h"

namespace sim::k8s::kubelet {

/// The answer to GET /metrics/resource.json, now.
Value measure(Kubelet& kubelet);

}  // namespace sim::k8s::kubelet
