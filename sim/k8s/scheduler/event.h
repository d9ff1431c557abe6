// sim/k8s/scheduler/event.h: what happens in the cluster, and whether it may help a pod that fits
// nowhere.
//
// Concept: a pod remembers which plugins refused it. Each plugin knows which events could change
// its mind, and looks at what has changed before it wakes a pod. Source: Kubernetes' documentation,
// "Scheduling Framework" (EnqueueExtension, QueueingHint); kube-scheduler 1.33's EventsToRegister.
// The hints here look at what their plugins do, with less detail in places; who wakes in vain fails
// again and waits longer.

#pragma once

#include <cstdint>
#include <vector>

#include "sim/k8s/scheduler/cluster.h"
#include "sim/k8s/scheduler/plugin.h"

namespace sim::k8s::scheduler {

enum class EventKind : uint8_t {
  kNodeAdd,
  kNodeAllocatable,
  kNodeLabel,
  kNodeTaint,  // or whether it is schedulable
  kNodeDelete,
  kAssignedPodAdd,
  kAssignedPodLabel,
  /// Or it has moved on, or its node has been taken back.
  kAssignedPodDelete,
  /// The waiting pod itself.
  kPodUpdate,
  kClaim,
  kVolume,
  kStorageClass,
  /// Whatever it was refused for.
  kAnything,
};

struct Event {
  explicit Event(EventKind k) : kind(k) {}
  EventKind kind;
  /// Of a node: what it was, and is. Of a claim: what it is.
  Value before;
  Value after;
  /// Of an assigned pod: its digests.
  const PodInfo* pod = nullptr;

  static Event of_pod(EventKind kind, const PodInfo& pod) {
    Event made(kind);
    made.pod = &pod;
    return made;
  }
};

/// What has changed of a node that matters; one event for each aspect.
std::vector<Event> node_events(const Value& before, const Value& after);
/// Whether the change of a waiting pod matters.
bool pod_changed(const Value& before, const Value& after);

/// Whether an event may help a pod that these plugins refused.
bool may_help(const Event& event, const PodInfo& pod, PluginSet refused_by, Cluster& cluster);

}  // namespace sim::k8s::scheduler
