// Nodes and namespaces.
// Source: the Kubernetes API reference, version 1.33; the words are ours.

#include "sim/k8s/schema/table.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s::types {

constexpr std::string_view kCore = "io.k8s.api.core.v1";

constexpr Schema kFinalizerNameList = list_of(kFinalizerName);
constexpr Field kNamespaceSpecFields[] = {
    {"finalizers", &kFinalizerNameList, "Who must do something before the namespace can go."},
};
constexpr Schema kNamespaceSpec =
    object(kCore, "NamespaceSpec", "What is wanted of a namespace.", kNamespaceSpecFields);

constexpr Field kNamespaceConditionFields[] = {
    {"lastTransitionTime", &kTime, "When the status of the condition last changed."},
    {"message", &kText, "An explanation of the last change, for people."},
    {"reason", &kText, "A CamelCase word for programs that says why the condition last changed."},
    required({"status", &kConditionStatus, "True, False or Unknown."}),
    required({"type", &kNamespaceConditionType, "Which aspect the condition is about."}),
};
constexpr Schema kNamespaceCondition = object(
    kCore, "NamespaceCondition", "One aspect of a namespace's state.", kNamespaceConditionFields);

constexpr Schema kNamespaceConditionList = list_of(kNamespaceCondition);
constexpr Field kNamespaceStatusFields[] = {
    merge_by("type", {"conditions", &kNamespaceConditionList,
                      "Aspects of the current state, one item for each type."}),
    {"phase", &kNamespacePhase, "Active or Terminating."},
};
constexpr Schema kNamespaceStatus =
    object(kCore, "NamespaceStatus", "What is known of a namespace.", kNamespaceStatusFields);

constexpr Field kNamespaceFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kNamespaceSpec, "The state that is wanted."},
    {"status", &kNamespaceStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kNamespace =
    object(kCore, "Namespace", "A scope for names of objects.", kNamespaceFields);

constexpr Field kTaintFields[] = {
    required({"effect", &kTaintEffect,
              "NoSchedule, PreferNoSchedule, or NoExecute, which drives running pods out too."}),
    required({"key", &kText, "The taint's key."}),
    {"timeAdded", &kTime, "When it was added; for NoExecute."},
    {"value", &kText, "The taint's value."},
};
constexpr Schema kTaint =
    object(kCore, "Taint", "Keeps pods away from a node, unless they tolerate it.", kTaintFields);

constexpr Schema kTaintList = list_of(kTaint);
constexpr Field kNodeSpecFields[] = {
    {"configSource", &kNodeConfigSource, "No longer used."},
    {"externalID", &kText, "No longer used."},
    {"podCIDR", &kText, "The range that the node's pods get their addresses from."},
    merge_values({"podCIDRs", &kTextList, "All such ranges, at most one for each family."}),
    {"providerID", &kText, "The cloud's name for the machine."},
    {"taints", &kTaintList, "What keeps away pods that do not tolerate it."},
    {"unschedulable", &kBool, "Whether new pods are kept away; set by kubectl cordon."},
};
constexpr Schema kNodeSpec =
    object(kCore, "NodeSpec", "What is wanted of a node.", kNodeSpecFields);

constexpr Field kNodeAddressFields[] = {
    required({"address", &kText, "The address or name."}),
    required({"type", &kNodeAddressType,
              "InternalIP, ExternalIP, Hostname, InternalDNS or ExternalDNS."}),
};
constexpr Schema kNodeAddress =
    object(kCore, "NodeAddress", "One address of a node.", kNodeAddressFields);

constexpr Field kNodeConditionFields[] = {
    {"lastHeartbeatTime", &kTime, "When the condition was last reported."},
    {"lastTransitionTime", &kTime, "When the status of the condition last changed."},
    {"message", &kText, "An explanation of the last change, for people."},
    {"reason", &kText, "A CamelCase word for programs that says why the condition last changed."},
    required({"status", &kConditionStatus, "True, False or Unknown."}),
    required({"type", &kNodeConditionType,
              "Ready, MemoryPressure, DiskPressure, PIDPressure or NetworkUnavailable."}),
};
constexpr Schema kNodeCondition =
    object(kCore, "NodeCondition", "One aspect of a node's state.", kNodeConditionFields);

constexpr Field kDaemonEndpointFields[] = {
    required({"Port", &kInt32, "The port's number."}),
};
constexpr Schema kDaemonEndpoint =
    object(kCore, "DaemonEndpoint", "A port of a service of the node.", kDaemonEndpointFields);

constexpr Field kNodeDaemonEndpointsFields[] = {
    {"kubeletEndpoint", &kDaemonEndpoint, "Where the kubelet listens."},
};
constexpr Schema kNodeDaemonEndpoints = object(
    kCore, "NodeDaemonEndpoints", "Ports of a node's own services.", kNodeDaemonEndpointsFields);

constexpr Field kNodeFeaturesFields[] = {
    pointer({"supplementalGroupsPolicy", &kBool,
             "Whether it knows the policy for supplemental groups."}),
};
constexpr Schema kNodeFeatures =
    object(kCore, "NodeFeatures", "What a container runtime can do.", kNodeFeaturesFields);

constexpr Field kContainerImageFields[] = {
    pointer({"names", &kTextList, "All names of the image, with tags and digests."}),
    {"sizeBytes", &kInt64, "How many bytes it has."},
};
constexpr Schema kContainerImage =
    object(kCore, "ContainerImage", "An image on a node.", kContainerImageFields);

constexpr Field kNodeSwapStatusFields[] = {
    pointer({"capacity", &kInt64, "How many bytes there are."}),
};
constexpr Schema kNodeSwapStatus =
    object(kCore, "NodeSwapStatus", "Swap space of a node.", kNodeSwapStatusFields);

constexpr Field kNodeSystemInfoFields[] = {
    required({"architecture", &kText, "The processor's architecture, such as amd64."}),
    required({"bootID", &kText, "Differs after every boot."}),
    required({"containerRuntimeVersion", &kText, "The container runtime and its version."}),
    required({"kernelVersion", &kText, "The kernel's version."}),
    required({"kubeProxyVersion", &kText, "No longer filled in."}),
    required({"kubeletVersion", &kText, "The kubelet's version."}),
    required({"machineID", &kText, "The machine's identifier."}),
    required({"operatingSystem", &kText, "linux or windows."}),
    required({"osImage", &kText, "The name of the operating system's release."}),
    {"swap", &kNodeSwapStatus, "The machine's swap space."},
    required({"systemUUID", &kText, "The identifier of the hardware."}),
};
constexpr Schema kNodeSystemInfo =
    object(kCore, "NodeSystemInfo", "Identity and versions of a machine.", kNodeSystemInfoFields);

constexpr Field kNodeRuntimeHandlerFeaturesFields[] = {
    pointer({"recursiveReadOnlyMounts", &kBool,
             "Whether it can make mounts read-only all the way down."}),
    pointer({"userNamespaces", &kBool, "Whether it can give pods users of their own."}),
};
constexpr Schema kNodeRuntimeHandlerFeatures =
    object(kCore, "NodeRuntimeHandlerFeatures", "What a handler can do.",
           kNodeRuntimeHandlerFeaturesFields);

constexpr Field kNodeRuntimeHandlerFields[] = {
    {"features", &kNodeRuntimeHandlerFeatures, "What the handler can do."},
    pointer({"name", &kText, "The handler's name; empty for the default one."}),
};
constexpr Schema kNodeRuntimeHandler = object(
    kCore, "NodeRuntimeHandler", "One handler of a container runtime.", kNodeRuntimeHandlerFields);

constexpr Field kAttachedVolumeFields[] = {
    required({"devicePath", &kText, "The device's path on the node."}),
    required({"name", &kUniqueVolumeName, "The volume's unique name."}),
};
constexpr Schema kAttachedVolume =
    object(kCore, "AttachedVolume", "A volume that is attached to a node.", kAttachedVolumeFields);

constexpr Schema kNodeAddressList = list_of(kNodeAddress);
constexpr Schema kNodeConditionList = list_of(kNodeCondition);
constexpr Schema kContainerImageList = list_of(kContainerImage);
constexpr Schema kNodeRuntimeHandlerList = list_of(kNodeRuntimeHandler);
constexpr Schema kAttachedVolumeList = list_of(kAttachedVolume);
constexpr Schema kUniqueVolumeNameList = list_of(kUniqueVolumeName);
constexpr Field kNodeStatusFields[] = {
    merge_by("type",
             {"addresses", &kNodeAddressList, "Addresses and names that it can be reached by."}),
    {"allocatable", &kResourceList, "What pods can use of each resource."},
    {"capacity", &kResourceList, "How much of each resource the machine has."},
    merge_by("type", {"conditions", &kNodeConditionList,
                      "Aspects of the current state, one item for each type."}),
    {"config", &kNodeConfigStatus, "No longer used."},
    {"daemonEndpoints", &kNodeDaemonEndpoints, "Ports of the node's own services."},
    {"features", &kNodeFeatures, "What the container runtime can do."},
    {"images", &kContainerImageList, "The images that are on the node."},
    {"nodeInfo", &kNodeSystemInfo, "Identity and versions of the machine and its software."},
    {"phase", &kNodePhase, "No longer used."},
    {"runtimeHandlers", &kNodeRuntimeHandlerList, "The handlers that the container runtime has."},
    {"volumesAttached", &kAttachedVolumeList, "Volumes that are attached to the node."},
    {"volumesInUse", &kUniqueVolumeNameList, "Attached volumes that are mounted."},
};
constexpr Schema kNodeStatus = object(
    kCore, "NodeStatus", "What is known of a node. Its kubelet writes it.", kNodeStatusFields);

constexpr Field kNodeFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kNodeSpec, "The state that is wanted."},
    {"status", &kNodeStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kNode = object(kCore, "Node", "A machine that runs pods.", kNodeFields);

}  // namespace sim::k8s::types
