// The other types of the core group.
// Source: the Kubernetes API reference, version 1.33; the words are ours.

#include "sim/k8s/schema/table.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s::types {

constexpr std::string_view kCore = "io.k8s.api.core.v1";

constexpr Field kLocalObjectReferenceFields[] = {
    {"name", &kText, "The object's name."},
};
constexpr Schema kLocalObjectReference =
    atomic(object(kCore, "LocalObjectReference", "Names an object in the same namespace.",
                  kLocalObjectReferenceFields));

constexpr Field kObjectReferenceFields[] = {
    {"apiVersion", &kText, "The object's group and version."},
    {"fieldPath", &kText, "The part that is meant, such as spec.containers{web}."},
    {"kind", &kText, "The object's kind."},
    {"name", &kText, "The object's name."},
    {"namespace", &kText, "The object's namespace."},
    {"resourceVersion", &kText, "The version that is meant."},
    {"uid", &kUid, "The object's UID."},
};
constexpr Schema kObjectReference = atomic(
    object(kCore, "ObjectReference", "Names an object, or a part of it.", kObjectReferenceFields));

constexpr Schema kBytesMap = map_of(kBytes);
constexpr Field kConfigMapFields[] = {
    kApiVersionField,
    {"binaryData", &kBytesMap, "Bytes by key, in base64. No key may be in data too."},
    {"data", &kTextMap, "Text by key."},
    pointer({"immutable", &kBool, "Whether the content can no longer be changed."}),
    kKindField,
    kMetadataField,
};
constexpr Schema kConfigMap =
    object(kCore, "ConfigMap", "Settings for pods to read, by key.", kConfigMapFields);

constexpr Field kSecretFields[] = {
    kApiVersionField,
    {"data", &kBytesMap, "Bytes by key, in base64."},
    pointer({"immutable", &kBool, "Whether the content can no longer be changed."}),
    kKindField,
    kMetadataField,
    {"stringData", &kTextMap,
     "Text by key, which is put into data when the secret is stored. It is never read back."},
    {"type", &kSecretType, "What sort of secret it is, such as Opaque or kubernetes.io/tls."},
};
constexpr Schema kSecret =
    object(kCore, "Secret", "Confidential bytes for pods to read, by key.", kSecretFields);

constexpr Schema kLocalObjectReferenceList = list_of(kLocalObjectReference);
constexpr Schema kObjectReferenceList = list_of(kObjectReference);
constexpr Field kServiceAccountFields[] = {
    kApiVersionField,
    pointer({"automountServiceAccountToken", &kBool,
             "Whether pods get a token of it as a file, unless they say otherwise."}),
    {"imagePullSecrets", &kLocalObjectReferenceList,
     "Secrets for pulling images that its pods get."},
    kKindField,
    kMetadataField,
    merge_by("name", {"secrets", &kObjectReferenceList, "Secrets that its pods may use."}),
};
constexpr Schema kServiceAccount =
    object(kCore, "ServiceAccount", "An identity for processes in pods.", kServiceAccountFields);

constexpr Field kScopedResourceSelectorRequirementFields[] = {
    required({"operator", &kScopeSelectorOperator, "In, NotIn, Exists or DoesNotExist."}),
    required({"scopeName", &kResourceQuotaScope, "The scope."}),
    {"values", &kTextList, "The values for In and NotIn."},
};
constexpr Schema kScopedResourceSelectorRequirement =
    atomic(object(kCore, "ScopedResourceSelectorRequirement", "A requirement on one scope.",
                  kScopedResourceSelectorRequirementFields));

constexpr Schema kScopedResourceSelectorRequirementList =
    list_of(kScopedResourceSelectorRequirement);
constexpr Field kScopeSelectorFields[] = {
    {"matchExpressions", &kScopedResourceSelectorRequirementList,
     "Requirements on scopes, which must all hold."},
};
constexpr Schema kScopeSelector =
    atomic(object(kCore, "ScopeSelector", "Selects objects by scopes.", kScopeSelectorFields));

constexpr Schema kResourceQuotaScopeList = list_of(kResourceQuotaScope);
constexpr Field kResourceQuotaSpecFields[] = {
    {"hard", &kResourceList, "The most of each resource, such as pods or requests.cpu."},
    {"scopeSelector", &kScopeSelector,
     "Selects the objects that are counted, by scopes with operators."},
    {"scopes", &kResourceQuotaScopeList, "Scopes that an object must be in to be counted."},
};
constexpr Schema kResourceQuotaSpec =
    object(kCore, "ResourceQuotaSpec", "The limits of a namespace.", kResourceQuotaSpecFields);

constexpr Field kResourceQuotaStatusFields[] = {
    {"hard", &kResourceList, "The limits in force."},
    {"used", &kResourceList, "How much is used of each."},
};
constexpr Schema kResourceQuotaStatus =
    object(kCore, "ResourceQuotaStatus", "What a namespace uses.", kResourceQuotaStatusFields);

constexpr Field kResourceQuotaFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kResourceQuotaSpec, "The state that is wanted."},
    {"status", &kResourceQuotaStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kResourceQuota =
    object(kCore, "ResourceQuota", "Limits what all objects of a namespace use together.",
           kResourceQuotaFields);

constexpr Field kLimitRangeItemFields[] = {
    {"default", &kResourceList, "Limits for containers that have none."},
    {"defaultRequest", &kResourceList, "Requests for containers that have none."},
    {"max", &kResourceList, "The most of each resource."},
    {"maxLimitRequestRatio", &kResourceList, "How many times its request a limit may be at most."},
    {"min", &kResourceList, "The least of each resource."},
    required({"type", &kLimitType, "Pod, Container or PersistentVolumeClaim."}),
};
constexpr Schema kLimitRangeItem =
    object(kCore, "LimitRangeItem", "Bounds for one type of thing.", kLimitRangeItemFields);

constexpr Schema kLimitRangeItemList = list_of(kLimitRangeItem);
constexpr Field kLimitRangeSpecFields[] = {
    required({"limits", &kLimitRangeItemList, "The bounds, one item for each type."}),
};
constexpr Schema kLimitRangeSpec =
    object(kCore, "LimitRangeSpec", "The bounds of a namespace.", kLimitRangeSpecFields);

constexpr Field kLimitRangeFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kLimitRangeSpec, "The state that is wanted."},
};
constexpr Schema kLimitRange =
    object(kCore, "LimitRange",
           "Bounds and defaults for single pods, containers and claims of a namespace.",
           kLimitRangeFields);

constexpr Field kEventSeriesFields[] = {
    {"count", &kInt32, "How many times it has happened."},
    {"lastObservedTime", &kMicroTime, "When it happened last."},
};
constexpr Schema kEventSeries =
    object(kCore, "EventSeries", "An event that goes on.", kEventSeriesFields);

constexpr Field kEventSourceFields[] = {
    {"component", &kText, "The component's name."},
    {"host", &kText, "The node that it runs on."},
};
constexpr Schema kEventSource =
    object(kCore, "EventSource", "The component that reports an event.", kEventSourceFields);

constexpr Field kEventFields[] = {
    {"action", &kText, "What was done."},
    kApiVersionField,
    {"count", &kInt32, "How many times it happened."},
    {"eventTime", &kMicroTime, "When it happened first, to the microsecond."},
    {"firstTimestamp", &kTime, "When it was first seen."},
    required({"involvedObject", &kObjectReference, "The object that it is about."}),
    kKindField,
    {"lastTimestamp", &kTime, "When it was last seen."},
    {"message", &kText, "What happened, for people."},
    kMetadataField,
    {"reason", &kText, "A word for programs that says what happened, such as Scheduled."},
    {"related", &kObjectReference, "A second object that takes part."},
    pointer({"reportingComponent", &kText, "The controller that says it."}),
    pointer({"reportingInstance", &kText, "Which of the controller's processes says it."}),
    {"series", &kEventSeries, "How it goes on, if it does."},
    {"source", &kEventSource, "The component that says it."},
    {"type", &kText, "Normal or Warning."},
};
constexpr Schema kEvent = object(
    kCore, "Event", "Says that something happened to an object. Kept for a while.", kEventFields);

constexpr Field kBindingFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    required({"target", &kObjectReference, "The node."}),
};
constexpr Schema kBinding = object(kCore, "Binding", "Puts a pod on a node.", kBindingFields);

}  // namespace sim::k8s::types
