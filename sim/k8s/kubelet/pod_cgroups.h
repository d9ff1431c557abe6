// sim/k8s/kubelet/pod_cgroups.h: what a pod may use: its quality of service and its control groups.
//
// Concept: /kubepods holds guaranteed pods and the groups of the two other classes; each pod has a
// group, in which its containers' groups are. Weights come from requests, quotas and limits from
// limits. Determinism: pure, but for pod_cgroup() and remove_pod_cgroup().
// Source: the kubelet's container manager (cm), `ResourceConfigForPod`,
// `GetContainerOOMScoreAdjust`.
// Not modelled: memory.min, pids limits, huge pages, pod level resources; pod overhead.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/world/object.h"
#include "sim/container/container.h"
#include "sim/k8s/api/object.h"
#include "sim/node/cgroup.h"

namespace sim::k8s::kubelet {

struct Resources {
  int64_t cpu_request_milli = 0;
  int64_t cpu_limit_milli = 0;  // 0: none
  int64_t memory_request = 0;
  int64_t memory_limit = 0;  // 0: none
  bool operator==(const Resources&) const = default;
};
/// A request that is missing is what the limit says.
Resources resources_of(const Value& container);
/// Of the whole pod: sums of containers and sidecars, at least what an init container needs. Limits
/// only if all containers have them.
Resources pod_resources(const Value& spec);

/// "Guaranteed", "Burstable" or "BestEffort", of a spec.
std::string_view quality_of_service(const Value& spec);
/// From -997 to 1000. `machine_memory` in bytes.
int32_t oom_score_adjustment(const Value& pod, const Value& container, int64_t machine_memory);
/// Of a container of the pod.
container::Limits container_limits(const Value& pod, const Value& container,
                                   int64_t machine_memory);

/// "/kubepods/burstable/pod1234"
std::string pod_cgroup_path(const Value& pod);
/// The group of the pod, made if need be with the ones above it. REQUIRES: the machine is up.
engine::Ref<node::Cgroup> pod_cgroup(node::Machine& machine, const Value& pod);

}  // namespace sim::k8s::kubelet
