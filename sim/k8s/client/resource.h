// sim/k8s/client/resource.h: resources as clients name them.

#pragma once

#include <string_view>

#include "sim/k8s/api/object.h"

namespace sim::k8s {

/// Where objects of a kind are found, and what they are.
struct Resource {
  std::string_view api_version;  // "apps/v1"
  std::string_view plural;       // "deployments"
  std::string_view kind;         // "Deployment"
  bool namespaced = true;

  [[nodiscard]] ObjectKind object_kind() const { return {api_version, kind}; }
  /// "deployments.apps", "pods": as errors name it.
  [[nodiscard]] std::string text() const {
    const size_t slash = api_version.find('/');
    std::string out(plural);
    if (slash == std::string_view::npos) return out;
    out += '.';
    out += api_version.substr(0, slash);
    return out;
  }
  bool operator==(const Resource&) const = default;
};

inline constexpr Resource kNamespaces{"v1", "namespaces", "Namespace", false};
inline constexpr Resource kNodes{"v1", "nodes", "Node", false};
inline constexpr Resource kPods{"v1", "pods", "Pod"};
inline constexpr Resource kServices{"v1", "services", "Service"};
inline constexpr Resource kServiceAccounts{"v1", "serviceaccounts", "ServiceAccount"};
inline constexpr Resource kConfigMaps{"v1", "configmaps", "ConfigMap"};
inline constexpr Resource kSecrets{"v1", "secrets", "Secret"};
inline constexpr Resource kEvents{"v1", "events", "Event"};
inline constexpr Resource kPersistentVolumes{"v1", "persistentvolumes", "PersistentVolume", false};
inline constexpr Resource kPersistentVolumeClaims{"v1", "persistentvolumeclaims",
                                                  "PersistentVolumeClaim"};
inline constexpr Resource kResourceQuotas{"v1", "resourcequotas", "ResourceQuota"};
inline constexpr Resource kDeployments{"apps/v1", "deployments", "Deployment"};
inline constexpr Resource kReplicaSets{"apps/v1", "replicasets", "ReplicaSet"};
inline constexpr Resource kStatefulSets{"apps/v1", "statefulsets", "StatefulSet"};
inline constexpr Resource kDaemonSets{"apps/v1", "daemonsets", "DaemonSet"};
inline constexpr Resource kControllerRevisions{"apps/v1", "controllerrevisions",
                                               "ControllerRevision"};
inline constexpr Resource kJobs{"batch/v1", "jobs", "Job"};
inline constexpr Resource kCronJobs{"batch/v1", "cronjobs", "CronJob"};
inline constexpr Resource kHorizontalPodAutoscalers{"autoscaling/v2", "horizontalpodautoscalers",
                                                    "HorizontalPodAutoscaler"};
inline constexpr Resource kPodDisruptionBudgets{"policy/v1", "poddisruptionbudgets",
                                                "PodDisruptionBudget"};
inline constexpr Resource kPriorityClasses{"scheduling.k8s.io/v1", "priorityclasses",
                                           "PriorityClass", false};
inline constexpr Resource kLeases{"coordination.k8s.io/v1", "leases", "Lease"};
inline constexpr Resource kEndpointSlices{"discovery.k8s.io/v1", "endpointslices", "EndpointSlice"};
inline constexpr Resource kStorageClasses{"storage.k8s.io/v1", "storageclasses", "StorageClass",
                                          false};
inline constexpr Resource kCustomResourceDefinitions{
    "apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition", false};
inline constexpr Resource kNodeMetrics{"metrics.k8s.io/v1beta1", "nodes", "NodeMetrics", false};
inline constexpr Resource kPodMetrics{"metrics.k8s.io/v1beta1", "pods", "PodMetrics"};

}  // namespace sim::k8s
