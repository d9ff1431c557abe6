// The types of the group autoscaling.
// Source: the Kubernetes API reference, version 1.33; the words are ours.

#include "sim/k8s/schema/table.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s::types {

constexpr std::string_view kAutoscaling2 = "io.k8s.api.autoscaling.v2";
constexpr std::string_view kAutoscaling1 = "io.k8s.api.autoscaling.v1";

constexpr Field kHPAScalingPolicyFields[] = {
    required({"periodSeconds", &kInt32, "In how many seconds."}),
    required({"type", &kHPAScalingPolicyType, "Pods or Percent."}),
    required({"value", &kInt32, "By how much the number may change."}),
};
constexpr Schema kHPAScalingPolicy =
    object(kAutoscaling2, "HPAScalingPolicy", "A limit of speed.", kHPAScalingPolicyFields);

constexpr Schema kHPAScalingPolicyList = list_of(kHPAScalingPolicy);
constexpr Field kHPAScalingRulesFields[] = {
    {"policies", &kHPAScalingPolicyList, "Limits of speed. One must be there at least."},
    pointer({"selectPolicy", &kScalingPolicySelect, "Max, Min, or Disabled to never go this way."}),
    pointer({"stabilizationWindowSeconds", &kInt32,
             "For how many seconds past wishes are remembered, to avoid flapping."}),
    {"tolerance", &kQuantity, "By which part of the target the value may be off without scaling."},
};
constexpr Schema kHPAScalingRules =
    object(kAutoscaling2, "HPAScalingRules", "Rules for going one way.", kHPAScalingRulesFields);

constexpr Field kHorizontalPodAutoscalerBehaviorFields[] = {
    {"scaleDown", &kHPAScalingRules,
     "Rules for fewer pods; any speed, after 300 steady seconds, by default."},
    {"scaleUp", &kHPAScalingRules,
     "Rules for more pods; 4 pods or double the number every 15 seconds by default."},
};
constexpr Schema kHorizontalPodAutoscalerBehavior =
    object(kAutoscaling2, "HorizontalPodAutoscalerBehavior",
           "How fast an autoscaler goes up and down.", kHorizontalPodAutoscalerBehaviorFields);

constexpr Field kMetricTargetFields[] = {
    pointer({"averageUtilization", &kInt32, "A percentage of what the pods request."}),
    {"averageValue", &kQuantity, "A value for each pod."},
    required({"type", &kMetricTargetType, "Utilization, Value or AverageValue."}),
    {"value", &kQuantity, "A value for all together."},
};
constexpr Schema kMetricTarget = object(
    kAutoscaling2, "MetricTarget", "The value that is wanted of a metric.", kMetricTargetFields);

constexpr Field kContainerResourceMetricSourceFields[] = {
    required({"container", &kText, "The container's name."}),
    required({"name", &kResourceName, "cpu or memory."}),
    required({"target", &kMetricTarget, "The value that is wanted."}),
};
constexpr Schema kContainerResourceMetricSource = object(
    kAutoscaling2, "ContainerResourceMetricSource",
    "Measures a resource of one container of each pod.", kContainerResourceMetricSourceFields);

constexpr Field kMetricIdentifierFields[] = {
    required({"name", &kText, "The metric's name."}),
    {"selector", &kLabelSelector, "Selects among its series, by labels."},
};
constexpr Schema kMetricIdentifier =
    object(kAutoscaling2, "MetricIdentifier", "Names a metric.", kMetricIdentifierFields);

constexpr Field kExternalMetricSourceFields[] = {
    required({"metric", &kMetricIdentifier, "The metric."}),
    required({"target", &kMetricTarget, "The value that is wanted."}),
};
constexpr Schema kExternalMetricSource =
    object(kAutoscaling2, "ExternalMetricSource", "Measures something outside of the cluster.",
           kExternalMetricSourceFields);

constexpr Field kCrossVersionObjectReferenceFields[] = {
    {"apiVersion", &kText, "The object's group and version."},
    required({"kind", &kText, "The object's kind."}),
    required({"name", &kText, "The object's name."}),
};
constexpr Schema kCrossVersionObjectReference =
    object(kAutoscaling2, "CrossVersionObjectReference", "Names an object in the same namespace.",
           kCrossVersionObjectReferenceFields);

constexpr Field kObjectMetricSourceFields[] = {
    required({"describedObject", &kCrossVersionObjectReference, "The object."}),
    required({"metric", &kMetricIdentifier, "The metric."}),
    required({"target", &kMetricTarget, "The value that is wanted."}),
};
constexpr Schema kObjectMetricSource =
    object(kAutoscaling2, "ObjectMetricSource", "Measures something about one object.",
           kObjectMetricSourceFields);

constexpr Field kPodsMetricSourceFields[] = {
    required({"metric", &kMetricIdentifier, "The metric."}),
    required({"target", &kMetricTarget, "The value that is wanted."}),
};
constexpr Schema kPodsMetricSource =
    object(kAutoscaling2, "PodsMetricSource", "Measures something about each pod.",
           kPodsMetricSourceFields);

constexpr Field kResourceMetricSourceFields[] = {
    required({"name", &kResourceName, "cpu or memory."}),
    required({"target", &kMetricTarget, "The value that is wanted."}),
};
constexpr Schema kResourceMetricSource =
    object(kAutoscaling2, "ResourceMetricSource", "Measures a resource of each pod.",
           kResourceMetricSourceFields);

constexpr Field kMetricSpecFields[] = {
    {"containerResource", &kContainerResourceMetricSource,
     "A resource of one container of each pod."},
    {"external", &kExternalMetricSource, "Something outside of the cluster."},
    {"object", &kObjectMetricSource, "Something about one object of the cluster."},
    {"pods", &kPodsMetricSource, "Something about each pod, averaged."},
    {"resource", &kResourceMetricSource, "A resource of each pod, as it is requested."},
    required(
        {"type", &kMetricSourceType, "Resource, ContainerResource, Pods, Object or External."}),
};
constexpr Schema kMetricSpec =
    object(kAutoscaling2, "MetricSpec", "One thing to measure, and the value that is wanted.",
           kMetricSpecFields);

constexpr Schema kMetricSpecList = list_of(kMetricSpec);
constexpr Field kHorizontalPodAutoscalerSpecFields[] = {
    {"behavior", &kHorizontalPodAutoscalerBehavior, "How fast to go up and down."},
    required({"maxReplicas", &kInt32, "The most pods there may be."}),
    {"metrics", &kMetricSpecList,
     "What to measure; the greatest wish wins. 80% of the requested CPU by default."},
    pointer({"minReplicas", &kInt32, "The fewest pods there may be; 1 by default."}),
    required({"scaleTargetRef", &kCrossVersionObjectReference, "The workload to scale."}),
};
constexpr Schema kHorizontalPodAutoscalerSpec =
    object(kAutoscaling2, "HorizontalPodAutoscalerSpec",
           "What to scale, between which bounds, by what.", kHorizontalPodAutoscalerSpecFields);

constexpr Field kHorizontalPodAutoscalerConditionFields[] = {
    {"lastTransitionTime", &kTime, "When the status of the condition last changed."},
    {"message", &kText, "An explanation of the last change, for people."},
    {"reason", &kText, "A CamelCase word for programs that says why the condition last changed."},
    required({"status", &kConditionStatus, "True, False or Unknown."}),
    required({"type", &kHorizontalPodAutoscalerConditionType,
              "AbleToScale, ScalingActive or ScalingLimited."}),
};
constexpr Schema kHorizontalPodAutoscalerCondition =
    object(kAutoscaling2, "HorizontalPodAutoscalerCondition",
           "One aspect of an autoscaler's state.", kHorizontalPodAutoscalerConditionFields);

constexpr Field kMetricValueStatusFields[] = {
    pointer({"averageUtilization", &kInt32, "As a percentage of what the pods request."}),
    {"averageValue", &kQuantity, "For each pod."},
    {"value", &kQuantity, "For all together."},
};
constexpr Schema kMetricValueStatus =
    object(kAutoscaling2, "MetricValueStatus", "A measured value.", kMetricValueStatusFields);

constexpr Field kContainerResourceMetricStatusFields[] = {
    required({"container", &kText, "The container's name."}),
    required({"current", &kMetricValueStatus, "The value."}),
    required({"name", &kResourceName, "The resource."}),
};
constexpr Schema kContainerResourceMetricStatus = object(
    kAutoscaling2, "ContainerResourceMetricStatus",
    "What was measured of a resource of one container.", kContainerResourceMetricStatusFields);

constexpr Field kExternalMetricStatusFields[] = {
    required({"current", &kMetricValueStatus, "The value."}),
    required({"metric", &kMetricIdentifier, "The metric."}),
};
constexpr Schema kExternalMetricStatus =
    object(kAutoscaling2, "ExternalMetricStatus", "What was measured outside of the cluster.",
           kExternalMetricStatusFields);

constexpr Field kObjectMetricStatusFields[] = {
    required({"current", &kMetricValueStatus, "The value."}),
    required({"describedObject", &kCrossVersionObjectReference, "The object."}),
    required({"metric", &kMetricIdentifier, "The metric."}),
};
constexpr Schema kObjectMetricStatus =
    object(kAutoscaling2, "ObjectMetricStatus", "What was measured about one object.",
           kObjectMetricStatusFields);

constexpr Field kPodsMetricStatusFields[] = {
    required({"current", &kMetricValueStatus, "The value."}),
    required({"metric", &kMetricIdentifier, "The metric."}),
};
constexpr Schema kPodsMetricStatus =
    object(kAutoscaling2, "PodsMetricStatus", "What was measured about the pods.",
           kPodsMetricStatusFields);

constexpr Field kResourceMetricStatusFields[] = {
    required({"current", &kMetricValueStatus, "The value."}),
    required({"name", &kResourceName, "The resource."}),
};
constexpr Schema kResourceMetricStatus =
    object(kAutoscaling2, "ResourceMetricStatus", "What was measured of a resource.",
           kResourceMetricStatusFields);

constexpr Field kMetricStatusFields[] = {
    {"containerResource", &kContainerResourceMetricStatus,
     "A resource of one container of each pod."},
    {"external", &kExternalMetricStatus, "Something outside of the cluster."},
    {"object", &kObjectMetricStatus, "Something about one object of the cluster."},
    {"pods", &kPodsMetricStatus, "Something about each pod, averaged."},
    {"resource", &kResourceMetricStatus, "A resource of each pod."},
    required(
        {"type", &kMetricSourceType, "Resource, ContainerResource, Pods, Object or External."}),
};
constexpr Schema kMetricStatus = object(
    kAutoscaling2, "MetricStatus", "What was measured last of one metric.", kMetricStatusFields);

constexpr Schema kHorizontalPodAutoscalerConditionList = list_of(kHorizontalPodAutoscalerCondition);
constexpr Schema kMetricStatusList = list_of(kMetricStatus);
constexpr Field kHorizontalPodAutoscalerStatusFields[] = {
    merge_by("type",
             {"conditions", &kHorizontalPodAutoscalerConditionList,
              "Whether it can scale, and what bounds it."},
             "type"),
    pointer({"currentMetrics", &kMetricStatusList, "What was measured last."}),
    {"currentReplicas", &kInt32, "How many pods there are."},
    required({"desiredReplicas", &kInt32, "How many pods there should be."}),
    {"lastScaleTime", &kTime, "When the number was last changed."},
    pointer({"observedGeneration", &kInt64,
             "The generation of the object that the status was made from."}),
};
constexpr Schema kHorizontalPodAutoscalerStatus =
    object(kAutoscaling2, "HorizontalPodAutoscalerStatus", "What is known of an autoscaler.",
           kHorizontalPodAutoscalerStatusFields);

constexpr Field kHorizontalPodAutoscalerFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kHorizontalPodAutoscalerSpec, "The state that is wanted."},
    {"status", &kHorizontalPodAutoscalerStatus,
     "The state that was observed last. Written by the system."},
};
constexpr Schema kHorizontalPodAutoscaler = object(
    kAutoscaling2, "HorizontalPodAutoscaler",
    "Sets the number of pods of a workload by what is measured.", kHorizontalPodAutoscalerFields);

constexpr Field kScaleSpecFields[] = {
    {"replicas", &kInt32, "How many pods there should be."},
};
constexpr Schema kScaleSpec =
    object(kAutoscaling1, "ScaleSpec", "The number that is wanted.", kScaleSpecFields);

constexpr Field kScaleStatusFields[] = {
    required({"replicas", &kInt32, "How many pods there are."}),
    {"selector", &kText, "Selects the workload's pods, as text."},
};
constexpr Schema kScaleStatus =
    object(kAutoscaling1, "ScaleStatus", "The number that there is.", kScaleStatusFields);

constexpr Field kScaleFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kScaleSpec, "The state that is wanted."},
    {"status", &kScaleStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kScale = object(
    kAutoscaling1, "Scale", "The number of pods of a workload, as a subresource.", kScaleFields);

}  // namespace sim::k8s::types
