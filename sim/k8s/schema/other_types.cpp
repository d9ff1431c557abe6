// The types of the smaller groups.
// Source: the Kubernetes API reference, version 1.33; the words are ours.

#include "sim/k8s/schema/table.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s::types {

constexpr std::string_view kPolicy = "io.k8s.api.policy.v1";
constexpr std::string_view kScheduling = "io.k8s.api.scheduling.v1";
constexpr std::string_view kCoordination = "io.k8s.api.coordination.v1";
constexpr std::string_view kDiscovery = "io.k8s.api.discovery.v1";
constexpr std::string_view kStorage = "io.k8s.api.storage.v1";
constexpr std::string_view kCore = "io.k8s.api.core.v1";
constexpr std::string_view kEvents = "io.k8s.api.events.v1";
constexpr std::string_view kMetrics = "io.k8s.metrics.pkg.apis.metrics.v1beta1";
constexpr std::string_view kAuthentication = "io.k8s.api.authentication.v1";

constexpr Field kPodDisruptionBudgetSpecFields[] = {
    {"maxUnavailable", &kIntOrString,
     "How many pods may be missing after an eviction, or which percentage."},
    {"minAvailable", &kIntOrString,
     "How many pods must remain after an eviction, or which percentage."},
    {"selector", &kLabelSelector,
     "Selects the pods; an empty selector means all of the namespace."},
    pointer(
        {"unhealthyPodEvictionPolicy", &kUnhealthyPodEvictionPolicyType,
         "IfHealthyBudget or AlwaysAllow: whether pods that are not ready may go at any time."}),
};
constexpr Schema kPodDisruptionBudgetSpec =
    object(kPolicy, "PodDisruptionBudgetSpec", "What must remain of a group of pods.",
           kPodDisruptionBudgetSpecFields);

constexpr Schema kConditionList = list_of(kCondition);
constexpr Schema kTimeMap = map_of(kTime);
constexpr Field kPodDisruptionBudgetStatusFields[] = {
    merge_by("type", {"conditions", &kConditionList,
                      "Aspects of the current state, one item for each type."}),
    required({"currentHealthy", &kInt32, "How many pods are healthy."}),
    required({"desiredHealthy", &kInt32, "How many pods must be healthy."}),
    {"disruptedPods", &kTimeMap,
     "Pods that were evicted but are still there, with the times of eviction."},
    required({"disruptionsAllowed", &kInt32, "How many pods may be evicted now."}),
    required({"expectedPods", &kInt32, "How many pods the budget counts."}),
    {"observedGeneration", &kInt64, "The generation of the object that the status was made from."},
};
constexpr Schema kPodDisruptionBudgetStatus =
    object(kPolicy, "PodDisruptionBudgetStatus", "What is known of a disruption budget.",
           kPodDisruptionBudgetStatusFields);

constexpr Field kPodDisruptionBudgetFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kPodDisruptionBudgetSpec, "The state that is wanted."},
    {"status", &kPodDisruptionBudgetStatus,
     "The state that was observed last. Written by the system."},
};
constexpr Schema kPodDisruptionBudget =
    object(kPolicy, "PodDisruptionBudget",
           "Bounds how many pods of a group may be evicted at once.", kPodDisruptionBudgetFields);

constexpr Field kEvictionFields[] = {
    kApiVersionField,
    {"deleteOptions", &kDeleteOptions, "How the pod is to be deleted."},
    kKindField,
    {"metadata", &kObjectMeta, "Name and namespace of the pod."},
};
constexpr Schema kEviction =
    object(kPolicy, "Eviction", "Asks for a pod to be removed, if its disruption budget allows it.",
           kEvictionFields);

constexpr Field kPriorityClassFields[] = {
    kApiVersionField,
    {"description", &kText, "When to use it, for people."},
    {"globalDefault", &kBool, "Whether pods without a priority class get this one."},
    kKindField,
    kMetadataField,
    pointer({"preemptionPolicy", &kPreemptionPolicy,
             "Never, or PreemptLowerPriority: whether pods may drive out others."}),
    required({"value", &kInt32, "The priority; more is more."}),
};
constexpr Schema kPriorityClass =
    object(kScheduling, "PriorityClass", "A name for a priority of pods.", kPriorityClassFields);

constexpr Field kLeaseSpecFields[] = {
    {"acquireTime", &kMicroTime, "When the holder got it."},
    pointer({"holderIdentity", &kText, "Who holds it."}),
    pointer({"leaseDurationSeconds", &kInt32,
             "For how many seconds after the last renewal it is held."}),
    pointer({"leaseTransitions", &kInt32, "How many times it changed hands."}),
    pointer({"preferredHolder", &kText, "Who should take it over."}),
    {"renewTime", &kMicroTime, "When the holder last renewed it."},
    pointer({"strategy", &kCoordinatedLeaseStrategy,
             "How the holder is chosen, if it is by the system."}),
};
constexpr Schema kLeaseSpec =
    object(kCoordination, "LeaseSpec", "Who holds a lease.", kLeaseSpecFields);

constexpr Field kLeaseFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kLeaseSpec, "The state that is wanted."},
};
constexpr Schema kLease =
    object(kCoordination, "Lease",
           "Something that one holder has for a while and renews, such as a node's sign of life.",
           kLeaseFields);

constexpr Field kEndpointConditionsFields[] = {
    pointer({"ready", &kBool, "Whether it takes traffic; unknown counts as true."}),
    pointer({"serving", &kBool, "The same, even while it is terminating."}),
    pointer({"terminating", &kBool, "Whether it is ending."}),
};
constexpr Schema kEndpointConditions = object(
    kDiscovery, "EndpointConditions", "The state of an endpoint.", kEndpointConditionsFields);

constexpr Field kForNodeFields[] = {
    required({"name", &kText, "The node's name."}),
};
constexpr Schema kForNode =
    object(kDiscovery, "ForNode", "A node that should use an endpoint.", kForNodeFields);

constexpr Field kForZoneFields[] = {
    required({"name", &kText, "The zone's name."}),
};
constexpr Schema kForZone =
    object(kDiscovery, "ForZone", "A zone that should use an endpoint.", kForZoneFields);

constexpr Schema kForNodeList = list_of(kForNode);
constexpr Schema kForZoneList = list_of(kForZone);
constexpr Field kEndpointHintsFields[] = {
    {"forNodes", &kForNodeList, "The nodes that should use it."},
    {"forZones", &kForZoneList, "The zones that should use it."},
};
constexpr Schema kEndpointHints = object(
    kDiscovery, "EndpointHints", "Where an endpoint should be used from.", kEndpointHintsFields);

constexpr Field kEndpointFields[] = {
    required({"addresses", &kTextList, "Its addresses, which all mean the same."}),
    {"conditions", &kEndpointConditions, "Its current state."},
    {"deprecatedTopology", &kTextMap, "Deprecated; nodeName and zone have replaced it."},
    {"hints", &kEndpointHints, "Where it should be used from."},
    pointer({"hostname", &kText, "The host name of the endpoint."}),
    pointer({"nodeName", &kText, "The node that it is on."}),
    {"targetRef", &kObjectReference, "The object behind it, mostly a pod."},
    pointer({"zone", &kText, "The zone that it is in."}),
};
constexpr Schema kEndpoint =
    object(kDiscovery, "Endpoint", "One endpoint of a service.", kEndpointFields);

constexpr Field kSlicePortFields[] = {
    pointer({"appProtocol", &kText, "The protocol that is spoken on top."}),
    pointer({"name", &kText, "The name of the service's port."}),
    pointer({"port", &kInt32, "The port's number; none means all ports."}),
    pointer({"protocol", &kProtocol, "TCP, UDP or SCTP."}),
};
constexpr Schema kSlicePort =
    object(kDiscovery, "EndpointPort", "A port of all endpoints of a slice.", kSlicePortFields);

constexpr Schema kEndpointList = list_of(kEndpoint);
constexpr Schema kSlicePortList = list_of(kSlicePort);
constexpr Field kEndpointSliceFields[] = {
    required({"addressType", &kAddressType, "IPv4, IPv6 or FQDN. It cannot change."}),
    kApiVersionField,
    required({"endpoints", &kEndpointList, "The endpoints, at most 1000."}),
    kKindField,
    kMetadataField,
    pointer({"ports", &kSlicePortList, "The ports that all of them have."}),
};
constexpr Schema kEndpointSlice = object(
    kDiscovery, "EndpointSlice", "Some of the endpoints of a service.", kEndpointSliceFields);

constexpr Field kTopologySelectorLabelRequirementFields[] = {
    required({"key", &kText, "The label's key."}),
    required({"values", &kTextList, "The values that it may have."}),
};
constexpr Schema kTopologySelectorLabelRequirement =
    object(kCore, "TopologySelectorLabelRequirement", "A requirement on one label.",
           kTopologySelectorLabelRequirementFields);

constexpr Schema kTopologySelectorLabelRequirementList = list_of(kTopologySelectorLabelRequirement);
constexpr Field kTopologySelectorTermFields[] = {
    {"matchLabelExpressions", &kTopologySelectorLabelRequirementList, "The requirements."},
};
constexpr Schema kTopologySelectorTerm = atomic(object(
    kCore, "TopologySelectorTerm", "Requirements on labels that say where a volume may be made.",
    kTopologySelectorTermFields));

constexpr Schema kTopologySelectorTermList = list_of(kTopologySelectorTerm);
constexpr Field kStorageClassFields[] = {
    pointer({"allowVolumeExpansion", &kBool, "Whether volumes can be made larger."}),
    {"allowedTopologies", &kTopologySelectorTermList, "Where volumes may be made."},
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"mountOptions", &kTextList, "Options to mount volumes with."},
    {"parameters", &kTextMap, "Settings for whoever makes the volumes."},
    required({"provisioner", &kText, "Who makes the volumes."}),
    pointer({"reclaimPolicy", &kPersistentVolumeReclaimPolicy,
             "What becomes of a volume once its claim is gone: Delete or Retain."}),
    pointer({"volumeBindingMode", &kVolumeBindingMode,
             "Immediate, or WaitForFirstConsumer to wait for a pod."}),
};
constexpr Schema kStorageClass =
    object(kStorage, "StorageClass", "A kind of storage, and who makes volumes of it.",
           kStorageClassFields);

constexpr Field kNewEventSeriesFields[] = {
    required({"count", &kInt32, "How many times it has happened."}),
    required({"lastObservedTime", &kMicroTime, "When it happened last."}),
};
constexpr Schema kNewEventSeries =
    object(kEvents, "EventSeries", "An event that goes on.", kNewEventSeriesFields);

constexpr Field kNewEventFields[] = {
    {"action", &kText, "What was done."},
    kApiVersionField,
    {"deprecatedCount", &kInt32, "How many times it happened, in the older form."},
    {"deprecatedFirstTimestamp", &kTime, "When it was first seen, in the older form."},
    {"deprecatedLastTimestamp", &kTime, "When it was last seen, in the older form."},
    {"deprecatedSource", &kEventSource, "The component that says it, in the older form."},
    required({"eventTime", &kMicroTime, "When it happened first, to the microsecond."}),
    kKindField,
    kMetadataField,
    {"note", &kText, "What happened, for people."},
    {"reason", &kText, "A word for programs that says what happened."},
    {"regarding", &kObjectReference, "The object that it is about."},
    {"related", &kObjectReference, "A second object that takes part."},
    {"reportingController", &kText, "The controller that says it."},
    {"reportingInstance", &kText, "Which of the controller's processes says it."},
    {"series", &kNewEventSeries, "How it goes on, if it does."},
    {"type", &kText, "Normal or Warning."},
};
constexpr Schema kNewEvent =
    object(kEvents, "Event", "Says that something happened to an object. Kept for a while.",
           kNewEventFields);

constexpr Field kNodeMetricsFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    required({"timestamp", &kTime, "When the measurement ended."}),
    required({"usage", &kResourceList, "How much of each resource."}),
    required({"window", &kText, "How long it took."}),
};
constexpr Schema kNodeMetrics =
    object(kMetrics, "NodeMetrics", "What a node has used lately.", kNodeMetricsFields);

constexpr Field kContainerMetricsFields[] = {
    required({"name", &kText, "The container's name."}),
    required({"usage", &kResourceList, "How much of each resource."}),
};
constexpr Schema kContainerMetrics = object(
    kMetrics, "ContainerMetrics", "What a container has used lately.", kContainerMetricsFields);

constexpr Schema kContainerMetricsList = list_of(kContainerMetrics);
constexpr Field kPodMetricsFields[] = {
    kApiVersionField,
    required({"containers", &kContainerMetricsList, "What each container has used."}),
    kKindField,
    kMetadataField,
    required({"timestamp", &kTime, "When the measurement ended."}),
    required({"window", &kText, "How long it took."}),
};
constexpr Schema kPodMetrics =
    object(kMetrics, "PodMetrics", "What a pod has used lately.", kPodMetricsFields);

constexpr Field kBoundObjectReferenceFields[] = {
    {"apiVersion", &kText, "The object's group and version."},
    {"kind", &kText, "Pod, Node or Secret."},
    {"name", &kText, "The object's name."},
    {"uid", &kUid, "The object's UID."},
};
constexpr Schema kBoundObjectReference =
    object(kAuthentication, "BoundObjectReference", "Names the object that a token is bound to.",
           kBoundObjectReferenceFields);

constexpr Field kTokenRequestSpecFields[] = {
    required({"audiences", &kTextList, "Whom the token is meant for."}),
    {"boundObjectRef", &kBoundObjectReference, "The object whose end makes the token invalid."},
    pointer({"expirationSeconds", &kInt64,
             "For how many seconds it should be valid; 3600 by default."}),
};
constexpr Schema kTokenRequestSpec =
    object(kAuthentication, "TokenRequestSpec", "What token is wanted.", kTokenRequestSpecFields);

constexpr Field kTokenRequestStatusFields[] = {
    required({"expirationTimestamp", &kTime, "When it expires."}),
    required({"token", &kText, "The token itself."}),
};
constexpr Schema kTokenRequestStatus =
    object(kAuthentication, "TokenRequestStatus", "The token.", kTokenRequestStatusFields);

constexpr Field kTokenRequestFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    required({"spec", &kTokenRequestSpec, "The state that is wanted."}),
    {"status", &kTokenRequestStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kTokenRequest = object(
    kAuthentication, "TokenRequest", "Asks for a token of a service account.", kTokenRequestFields);

constexpr Field kTokenReviewSpecFields[] = {
    {"audiences", &kTextList, "Whom it should be meant for."},
    {"token", &kText, "The token itself."},
};
constexpr Schema kTokenReviewSpec =
    object(kAuthentication, "TokenReviewSpec", "The token in question.", kTokenReviewSpecFields);

constexpr Schema kTextListMap = map_of(kTextList);
constexpr Field kUserInfoFields[] = {
    {"extra", &kTextListMap, "More that the authenticator knows."},
    {"groups", &kTextList, "The groups that the user is in."},
    {"uid", &kText, "An identifier that stays with the user."},
    {"username", &kText, "The user's name."},
};
constexpr Schema kUserInfo =
    object(kAuthentication, "UserInfo", "Who somebody is.", kUserInfoFields);

constexpr Field kTokenReviewStatusFields[] = {
    {"audiences", &kTextList, "Those of the audiences that it is meant for."},
    {"authenticated", &kBool, "Whether it is valid."},
    {"error", &kText, "Why it could not be checked."},
    {"user", &kUserInfo, "Who it stands for."},
};
constexpr Schema kTokenReviewStatus =
    object(kAuthentication, "TokenReviewStatus", "What the token says.", kTokenReviewStatusFields);

constexpr Field kTokenReviewFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    required({"spec", &kTokenReviewSpec, "The state that is wanted."}),
    {"status", &kTokenReviewStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kTokenReview =
    object(kAuthentication, "TokenReview", "Asks whose token one is.", kTokenReviewFields);

}  // namespace sim::k8s::types
