// sim/k8s/apiserver/strategies/strategies.h: the strategies of the built-in kinds.

#pragma once

#include "sim/k8s/apiserver/strategy.h"

namespace sim::k8s::strategies {

// pod.cpp
extern const Strategy kPod;
extern const Strategy kPodTemplate;
// apps.cpp
extern const Strategy kDeployment;
extern const Strategy kReplicaSet;
extern const Strategy kReplicationController;
extern const Strategy kStatefulSet;
extern const Strategy kDaemonSet;
extern const Strategy kControllerRevision;
// batch.cpp
extern const Strategy kJob;
extern const Strategy kCronJob;
// service.cpp
extern const Strategy kService;
// network.cpp
extern const Strategy kEndpoints;
extern const Strategy kEndpointSlice;
extern const Strategy kIngress;
extern const Strategy kIngressClass;
extern const Strategy kNetworkPolicy;
// storage.cpp
extern const Strategy kPersistentVolume;
extern const Strategy kPersistentVolumeClaim;
extern const Strategy kStorageClass;
// core.cpp
extern const Strategy kNamespace;
extern const Strategy kNode;
extern const Strategy kConfigMap;
extern const Strategy kSecret;
extern const Strategy kServiceAccount;
extern const Strategy kEvent;
// quota.cpp
extern const Strategy kResourceQuota;
extern const Strategy kLimitRange;
// policy.cpp
extern const Strategy kPodDisruptionBudget;
extern const Strategy kPriorityClass;
extern const Strategy kLease;
extern const Strategy kRuntimeClass;
// autoscaling.cpp
extern const Strategy kHorizontalPodAutoscaler;
// rbac.cpp
extern const Strategy kRole;
extern const Strategy kClusterRole;
extern const Strategy kRoleBinding;
extern const Strategy kClusterRoleBinding;
// definitions.cpp
extern const Strategy kCustomResourceDefinition;

// core.cpp
/// Of built-in kinds with no rules of their own.
extern const Strategy kPlain;
/// The same of those whose updates must name a version.
extern const Strategy kVersioned;
/// Of custom resources.
extern const Strategy kCustom;

}  // namespace sim::k8s::strategies
