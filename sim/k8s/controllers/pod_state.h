// sim/k8s/controllers/pod_state.h: what a pod's status says, as controllers ask it.
//
// Source: Kubernetes' documentation, "Pod Lifecycle".

#pragma once

#include <string_view>

#include "sim/k8s/api/object.h"

namespace sim::k8s {

/// Whether its condition Ready is true.
inline bool pod_is_ready(const Value& pod) {
  return condition_is_true(pod, "Ready");
}

/// Whether it has run to its end, well or badly.
inline bool pod_has_ended(const Value& pod) {
  const std::string_view phase = pod["status"]["phase"].text();
  return phase == "Succeeded" || phase == "Failed";
}

inline std::string_view node_name_of(const Value& pod) {
  return pod["spec"]["nodeName"].text();
}

}  // namespace sim::k8s
