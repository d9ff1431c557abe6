// tests/k8s/merge_schema.h: a few types that have all that strategic merge patches know of.

#pragma once

#include "sim/k8s/schema/schema.h"

namespace merge_schema {

using sim::k8s::Field;
using sim::k8s::Schema;
using Type = Schema::Type;
using Merge = Field::Merge;

inline constexpr Schema kText = {.type = Type::kString};
inline constexpr Schema kNumber = {.type = Type::kInt32};
inline constexpr Schema kTexts = {.type = Type::kArray, .items = &kText};
inline constexpr Schema kTextMap = {.type = Type::kMap, .items = &kText};
inline constexpr Schema kAny = {.type = Type::kAny};

inline constexpr Field kEnvFields[] = {{"name", &kText}, {"value", &kText}};
inline constexpr Schema kEnv = {.type = Type::kObject, .name = "EnvVar", .fields = kEnvFields};
inline constexpr Schema kEnvs = {.type = Type::kArray, .items = &kEnv};

inline constexpr Field kPortFields[] = {
    {"containerPort", &kNumber}, {"name", &kText}, {"protocol", &kText}};
inline constexpr Schema kPort = {
    .type = Type::kObject, .name = "ContainerPort", .fields = kPortFields};
inline constexpr Schema kPorts = {.type = Type::kArray, .items = &kPort};

inline constexpr Field kContainerFields[] = {
    {"args", &kTexts},
    {.name = "env", .schema = &kEnvs, .merge = Merge::kMerge, .merge_key = "name"},
    {"image", &kText},
    {"name", &kText},
    {.name = "ports", .schema = &kPorts, .merge = Merge::kMerge, .merge_key = "containerPort"},
};
inline constexpr Schema kContainer = {
    .type = Type::kObject, .name = "Container", .fields = kContainerFields};
inline constexpr Schema kContainers = {.type = Type::kArray, .items = &kContainer};

inline constexpr Field kVolumeFields[] = {
    {"configMap", &kTextMap}, {"emptyDir", &kTextMap}, {"name", &kText}, {"secret", &kTextMap}};
inline constexpr Schema kVolume = {
    .type = Type::kObject, .name = "Volume", .fields = kVolumeFields};
inline constexpr Schema kVolumes = {.type = Type::kArray, .items = &kVolume};

inline constexpr Field kTolerationFields[] = {
    {"effect", &kText}, {"key", &kText}, {"value", &kText}};
inline constexpr Schema kToleration = {
    .type = Type::kObject, .name = "Toleration", .fields = kTolerationFields};
inline constexpr Schema kTolerations = {.type = Type::kArray, .items = &kToleration};

inline constexpr Field kPodSpecFields[] = {
    {.name = "containers", .schema = &kContainers, .merge = Merge::kMerge, .merge_key = "name"},
    {"hostname", &kText},
    {"nodeSelector", &kTextMap},
    {"priority", &kNumber},
    {"tolerations", &kTolerations},
    {.name = "volumes", .schema = &kVolumes, .merge = Merge::kMergeRetainKeys, .merge_key = "name"},
};
inline constexpr Schema kPodSpec = {
    .type = Type::kObject, .name = "PodSpec", .fields = kPodSpecFields};

inline constexpr Field kMetadataFields[] = {
    {"annotations", &kTextMap},
    {.name = "finalizers", .schema = &kTexts, .merge = Merge::kMerge},
    {"labels", &kTextMap},
    {"name", &kText},
};
inline constexpr Schema kMetadata = {
    .type = Type::kObject, .name = "ObjectMeta", .fields = kMetadataFields};

inline constexpr Field kPodFields[] = {
    {"apiVersion", &kText}, {"kind", &kText}, {"metadata", &kMetadata}, {"spec", &kPodSpec}};
inline constexpr Schema kPod = {.type = Type::kObject, .name = "Pod", .fields = kPodFields};

inline constexpr Field kStrategyFields[] = {{"rollingUpdate", &kTextMap}, {"type", &kText}};
inline constexpr Schema kStrategy = {
    .type = Type::kObject, .name = "DeploymentStrategy", .fields = kStrategyFields};
inline constexpr Field kDeploymentSpecFields[] = {
    {"replicas", &kNumber},
    {.name = "strategy", .schema = &kStrategy, .merge = Merge::kRetainKeys},
};
inline constexpr Schema kDeploymentSpec = {
    .type = Type::kObject, .name = "DeploymentSpec", .fields = kDeploymentSpecFields};

}  // namespace merge_schema
