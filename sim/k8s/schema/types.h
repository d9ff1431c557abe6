// sim/k8s/schema/types.h: the built-in types, by name.
//
// Concept: each object type of the API is one constant; the tables of its fields lie in the sources
// beside this header, group by group. Scalars, and lists and maps of them, come first.
// Determinism: all of it is constant. Source: the Kubernetes API reference, version 1.33.
// Not modelled: the fields of volumes that are bound to one vendor (they are kept as they are), and
// kinds that are not in kinds.cpp.

#pragma once

#include "sim/k8s/schema/schema.h"
#include "sim/k8s/schema/table.h"

namespace sim::k8s::types {

inline constexpr Schema kText = {.type = Schema::Type::kString};
inline constexpr Schema kInt32 = {.type = Schema::Type::kInt32};
inline constexpr Schema kInt64 = {.type = Schema::Type::kInt64};
inline constexpr Schema kFloat = {.type = Schema::Type::kFloat};
inline constexpr Schema kBool = {.type = Schema::Type::kBool};
inline constexpr Schema kIntOrString = {.type = Schema::Type::kIntOrString};
inline constexpr Schema kQuantity = {.type = Schema::Type::kQuantity};
inline constexpr Schema kTime = {.type = Schema::Type::kTime};
inline constexpr Schema kMicroTime = {.type = Schema::Type::kMicroTime};
inline constexpr Schema kBytes = {.type = Schema::Type::kBytes};
inline constexpr Schema kAny = {.type = Schema::Type::kAny};
inline constexpr Schema kRawExtension = {.type = Schema::Type::kAny,
                                         .name = "RawExtension",
                                         .package = "io.k8s.apimachinery.pkg.runtime"};
inline constexpr Schema kFieldsV1 = {.type = Schema::Type::kAny,
                                     .name = "FieldsV1",
                                     .package = "io.k8s.apimachinery.pkg.apis.meta.v1"};
inline constexpr Schema kTextList = list_of(kText);
inline constexpr Schema kTextMap = map_of(kText);
inline constexpr Schema kAtomicTextMap = atomic(map_of(kText));
inline constexpr Schema kResourceList = map_of(kQuantity, "v1.ResourceList");

inline constexpr Schema kAddressType = text_named("v1.AddressType");
inline constexpr Schema kAppArmorProfileType = text_named("v1.AppArmorProfileType");
inline constexpr Schema kCapability = text_named("v1.Capability");
inline constexpr Schema kCauseType = text_named("v1.CauseType");
inline constexpr Schema kClaimResourceStatus = text_named("v1.ClaimResourceStatus");
inline constexpr Schema kCompletionMode = text_named("v1.CompletionMode");
inline constexpr Schema kConcurrencyPolicy = text_named("v1.ConcurrencyPolicy");
inline constexpr Schema kConditionStatus = text_named("v1.ConditionStatus");
inline constexpr Schema kContainerRestartPolicy = text_named("v1.ContainerRestartPolicy");
inline constexpr Schema kCoordinatedLeaseStrategy = text_named("v1.CoordinatedLeaseStrategy");
inline constexpr Schema kDNSPolicy = text_named("v1.DNSPolicy");
inline constexpr Schema kDaemonSetConditionType = text_named("v1.DaemonSetConditionType");
inline constexpr Schema kDaemonSetUpdateStrategyType = text_named("v1.DaemonSetUpdateStrategyType");
inline constexpr Schema kDeletionPropagation = text_named("v1.DeletionPropagation");
inline constexpr Schema kDeploymentConditionType = text_named("v1.DeploymentConditionType");
inline constexpr Schema kDeploymentStrategyType = text_named("v1.DeploymentStrategyType");
inline constexpr Schema kFinalizerName = text_named("v1.FinalizerName");
inline constexpr Schema kHPAScalingPolicyType = text_named("v2.HPAScalingPolicyType");
inline constexpr Schema kHorizontalPodAutoscalerConditionType =
    text_named("v2.HorizontalPodAutoscalerConditionType");
inline constexpr Schema kHostPathType = text_named("v1.HostPathType");
inline constexpr Schema kIPFamily = text_named("v1.IPFamily");
inline constexpr Schema kIPFamilyPolicy = text_named("v1.IPFamilyPolicy");
inline constexpr Schema kJobConditionType = text_named("v1.JobConditionType");
inline constexpr Schema kLabelSelectorOperator = text_named("v1.LabelSelectorOperator");
inline constexpr Schema kLimitType = text_named("v1.LimitType");
inline constexpr Schema kLoadBalancerIPMode = text_named("v1.LoadBalancerIPMode");
inline constexpr Schema kManagedFieldsOperationType = text_named("v1.ManagedFieldsOperationType");
inline constexpr Schema kMetricSourceType = text_named("v2.MetricSourceType");
inline constexpr Schema kMetricTargetType = text_named("v2.MetricTargetType");
inline constexpr Schema kMountPropagationMode = text_named("v1.MountPropagationMode");
inline constexpr Schema kNamespaceConditionType = text_named("v1.NamespaceConditionType");
inline constexpr Schema kNamespacePhase = text_named("v1.NamespacePhase");
inline constexpr Schema kNodeAddressType = text_named("v1.NodeAddressType");
inline constexpr Schema kNodeConditionType = text_named("v1.NodeConditionType");
inline constexpr Schema kNodeInclusionPolicy = text_named("v1.NodeInclusionPolicy");
inline constexpr Schema kNodePhase = text_named("v1.NodePhase");
inline constexpr Schema kNodeSelectorOperator = text_named("v1.NodeSelectorOperator");
inline constexpr Schema kOSName = text_named("v1.OSName");
inline constexpr Schema kPersistentVolumeAccessMode = text_named("v1.PersistentVolumeAccessMode");
inline constexpr Schema kPersistentVolumeClaimConditionType =
    text_named("v1.PersistentVolumeClaimConditionType");
inline constexpr Schema kPersistentVolumeClaimModifyVolumeStatus =
    text_named("v1.PersistentVolumeClaimModifyVolumeStatus");
inline constexpr Schema kPersistentVolumeClaimPhase = text_named("v1.PersistentVolumeClaimPhase");
inline constexpr Schema kPersistentVolumeClaimRetentionPolicyType =
    text_named("v1.PersistentVolumeClaimRetentionPolicyType");
inline constexpr Schema kPersistentVolumeMode = text_named("v1.PersistentVolumeMode");
inline constexpr Schema kPersistentVolumePhase = text_named("v1.PersistentVolumePhase");
inline constexpr Schema kPersistentVolumeReclaimPolicy =
    text_named("v1.PersistentVolumeReclaimPolicy");
inline constexpr Schema kPodConditionType = text_named("v1.PodConditionType");
inline constexpr Schema kPodFSGroupChangePolicy = text_named("v1.PodFSGroupChangePolicy");
inline constexpr Schema kPodFailurePolicyAction = text_named("v1.PodFailurePolicyAction");
inline constexpr Schema kPodFailurePolicyOnExitCodesOperator =
    text_named("v1.PodFailurePolicyOnExitCodesOperator");
inline constexpr Schema kPodManagementPolicyType = text_named("v1.PodManagementPolicyType");
inline constexpr Schema kPodPhase = text_named("v1.PodPhase");
inline constexpr Schema kPodQOSClass = text_named("v1.PodQOSClass");
inline constexpr Schema kPodReplacementPolicy = text_named("v1.PodReplacementPolicy");
inline constexpr Schema kPodResizeStatus = text_named("v1.PodResizeStatus");
inline constexpr Schema kPodSELinuxChangePolicy = text_named("v1.PodSELinuxChangePolicy");
inline constexpr Schema kPreemptionPolicy = text_named("v1.PreemptionPolicy");
inline constexpr Schema kProcMountType = text_named("v1.ProcMountType");
inline constexpr Schema kProtocol = text_named("v1.Protocol");
inline constexpr Schema kPullPolicy = text_named("v1.PullPolicy");
inline constexpr Schema kRecursiveReadOnlyMode = text_named("v1.RecursiveReadOnlyMode");
inline constexpr Schema kReplicaSetConditionType = text_named("v1.ReplicaSetConditionType");
inline constexpr Schema kResourceHealthStatus = text_named("v1.ResourceHealthStatus");
inline constexpr Schema kResourceID = text_named("v1.ResourceID");
inline constexpr Schema kResourceName = text_named("v1.ResourceName");
inline constexpr Schema kResourceQuotaScope = text_named("v1.ResourceQuotaScope");
inline constexpr Schema kResourceResizeRestartPolicy = text_named("v1.ResourceResizeRestartPolicy");
inline constexpr Schema kRestartPolicy = text_named("v1.RestartPolicy");
inline constexpr Schema kScalingPolicySelect = text_named("v2.ScalingPolicySelect");
inline constexpr Schema kScopeSelectorOperator = text_named("v1.ScopeSelectorOperator");
inline constexpr Schema kSeccompProfileType = text_named("v1.SeccompProfileType");
inline constexpr Schema kSecretType = text_named("v1.SecretType");
inline constexpr Schema kServiceAffinity = text_named("v1.ServiceAffinity");
inline constexpr Schema kServiceExternalTrafficPolicy =
    text_named("v1.ServiceExternalTrafficPolicy");
inline constexpr Schema kServiceInternalTrafficPolicy =
    text_named("v1.ServiceInternalTrafficPolicy");
inline constexpr Schema kServiceType = text_named("v1.ServiceType");
inline constexpr Schema kSignal = text_named("v1.Signal");
inline constexpr Schema kStatefulSetConditionType = text_named("v1.StatefulSetConditionType");
inline constexpr Schema kStatefulSetUpdateStrategyType =
    text_named("v1.StatefulSetUpdateStrategyType");
inline constexpr Schema kStatusReason = text_named("v1.StatusReason");
inline constexpr Schema kStorageMedium = text_named("v1.StorageMedium");
inline constexpr Schema kSupplementalGroupsPolicy = text_named("v1.SupplementalGroupsPolicy");
inline constexpr Schema kTaintEffect = text_named("v1.TaintEffect");
inline constexpr Schema kTerminationMessagePolicy = text_named("v1.TerminationMessagePolicy");
inline constexpr Schema kTolerationOperator = text_named("v1.TolerationOperator");
inline constexpr Schema kURIScheme = text_named("v1.URIScheme");
inline constexpr Schema kUid = text_named("types.UID");
inline constexpr Schema kUnhealthyPodEvictionPolicyType =
    text_named("v1.UnhealthyPodEvictionPolicyType");
inline constexpr Schema kUniqueVolumeName = text_named("v1.UniqueVolumeName");
inline constexpr Schema kUnsatisfiableConstraintAction =
    text_named("v1.UnsatisfiableConstraintAction");
inline constexpr Schema kVolumeBindingMode = text_named("v1.VolumeBindingMode");

// meta_types.cpp
extern const Schema kObjectMeta;
extern const Schema kListMeta;
extern const Schema kLabelSelector;
extern const Schema kCondition;
extern const Schema kDeleteOptions;
extern const Schema kStatus;

// container_types.cpp
extern const Schema kContainer;
extern const Schema kEphemeralContainer;
extern const Schema kObjectFieldSelector;
extern const Schema kResourceFieldSelector;
extern const Schema kResourceRequirements;
extern const Schema kSELinuxOptions;
extern const Schema kWindowsSecurityContextOptions;
extern const Schema kSeccompProfile;
extern const Schema kAppArmorProfile;

// pod_types.cpp
extern const Schema kPod;
extern const Schema kPodTemplateSpec;
extern const Schema kPodSpec;
extern const Schema kNodeSelector;

// pod_status_types.cpp
extern const Schema kPodStatus;

// volume_types.cpp
extern const Schema kVolume;
extern const Schema kPersistentVolume;
extern const Schema kPersistentVolumeClaim;
extern const Schema kNodeConfigSource;
extern const Schema kNodeConfigStatus;

// node_types.cpp
extern const Schema kNamespace;
extern const Schema kNode;

// service_types.cpp
extern const Schema kService;
extern const Schema kEndpoints;

// core_types.cpp
extern const Schema kLocalObjectReference;
extern const Schema kObjectReference;
extern const Schema kConfigMap;
extern const Schema kSecret;
extern const Schema kServiceAccount;
extern const Schema kResourceQuota;
extern const Schema kLimitRange;
extern const Schema kEvent;
extern const Schema kEventSource;
extern const Schema kBinding;

// apps_types.cpp
extern const Schema kDeployment;
extern const Schema kReplicaSet;
extern const Schema kStatefulSet;
extern const Schema kDaemonSet;
extern const Schema kControllerRevision;

// batch_types.cpp
extern const Schema kJob;
extern const Schema kCronJob;

// autoscaling_types.cpp
extern const Schema kHorizontalPodAutoscaler;
extern const Schema kScale;

// other_types.cpp
extern const Schema kPodDisruptionBudget;
extern const Schema kEviction;
extern const Schema kPriorityClass;
extern const Schema kLease;
extern const Schema kEndpointSlice;
extern const Schema kStorageClass;
extern const Schema kNewEvent;
extern const Schema kNodeMetrics;
extern const Schema kPodMetrics;
extern const Schema kTokenRequest;
extern const Schema kTokenReview;

// crd_types.cpp
extern const Schema kCustomResourceDefinition;
extern const Schema kJSONSchemaProps;

// What all objects begin with.
inline constexpr Field kApiVersionField = {
    "apiVersion", &kText,
    "The group and version in which this object is written, such as apps/v1."};
inline constexpr Field kKindField = {"kind", &kText, "What sort of object this is, in CamelCase."};
inline constexpr Field kMetadataField = {"metadata", &kObjectMeta,
                                         "Name, labels and all else that every object has."};

}  // namespace sim::k8s::types
