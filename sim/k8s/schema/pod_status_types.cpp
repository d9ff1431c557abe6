// What is known of pods.
// Source: the Kubernetes API reference, version 1.33; the words are ours.

#include "sim/k8s/schema/table.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s::types {

constexpr std::string_view kCore = "io.k8s.api.core.v1";

constexpr Field kPodConditionFields[] = {
    {"lastProbeTime", &kTime, "When the condition was last checked."},
    {"lastTransitionTime", &kTime, "When the status of the condition last changed."},
    {"message", &kText, "An explanation of the last change, for people."},
    {"observedGeneration", &kInt64, "The generation of the object that the status was made from."},
    {"reason", &kText, "A CamelCase word for programs that says why the condition last changed."},
    required({"status", &kConditionStatus, "True, False or Unknown."}),
    required({"type", &kPodConditionType,
              "PodScheduled, Initialized, ContainersReady, Ready, or one of your own."}),
};
constexpr Schema kPodCondition =
    object(kCore, "PodCondition", "One aspect of a pod's state.", kPodConditionFields);

constexpr Field kResourceHealthFields[] = {
    {"health", &kResourceHealthStatus, "Healthy, Unhealthy or Unknown."},
    required({"resourceID", &kResourceID, "The device's identifier."}),
};
constexpr Schema kResourceHealth =
    object(kCore, "ResourceHealth", "The health of one device.", kResourceHealthFields);

constexpr Schema kResourceHealthList = list_of(kResourceHealth);
constexpr Field kResourceStatusFields[] = {
    required({"name", &kResourceName, "The resource's name."}),
    keyed_by("resourceID",
             {"resources", &kResourceHealthList, "The health of each of its devices."}),
};
constexpr Schema kResourceStatus = object(
    kCore, "ResourceStatus", "The health of one resource of a container.", kResourceStatusFields);

constexpr Field kContainerStateRunningFields[] = {
    {"startedAt", &kTime, "When it was started."},
};
constexpr Schema kContainerStateRunning =
    object(kCore, "ContainerStateRunning", "A container that runs.", kContainerStateRunningFields);

constexpr Field kContainerStateTerminatedFields[] = {
    {"containerID", &kText, "The runtime's identifier of the run."},
    required({"exitCode", &kInt32, "The exit code of its first process."}),
    {"finishedAt", &kTime, "When it ended."},
    {"message", &kText, "Its last words, or what went wrong."},
    {"reason", &kText, "Why it ended, such as Completed, Error or OOMKilled."},
    {"signal", &kInt32, "The signal that ended it, if one did."},
    {"startedAt", &kTime, "When it was started."},
};
constexpr Schema kContainerStateTerminated =
    object(kCore, "ContainerStateTerminated", "A container that has ended.",
           kContainerStateTerminatedFields);

constexpr Field kContainerStateWaitingFields[] = {
    {"message", &kText, "What it waits for, for people."},
    {"reason", &kText, "Why it waits, such as ContainerCreating or CrashLoopBackOff."},
};
constexpr Schema kContainerStateWaiting =
    object(kCore, "ContainerStateWaiting", "A container that has yet to start.",
           kContainerStateWaitingFields);

constexpr Field kContainerStateFields[] = {
    {"running", &kContainerStateRunning, "It runs."},
    {"terminated", &kContainerStateTerminated, "It has ended."},
    {"waiting", &kContainerStateWaiting, "It has yet to start."},
};
constexpr Schema kContainerState =
    object(kCore, "ContainerState",
           "What a container is doing: one of the three. Waiting if none is given.",
           kContainerStateFields);

constexpr Schema kInt64List = list_of(kInt64);
constexpr Field kLinuxContainerUserFields[] = {
    required({"gid", &kInt64, "The group."}),
    {"supplementalGroups", &kInt64List, "More groups."},
    required({"uid", &kInt64, "The user."}),
};
constexpr Schema kLinuxContainerUser =
    object(kCore, "LinuxContainerUser", "An identity on Linux.", kLinuxContainerUserFields);

constexpr Field kContainerUserFields[] = {
    {"linux", &kLinuxContainerUser, "The identity on Linux."},
};
constexpr Schema kContainerUser =
    object(kCore, "ContainerUser", "Who a container's first process was started as.",
           kContainerUserFields);

constexpr Field kVolumeMountStatusFields[] = {
    required({"mountPath", &kText, "Where it is mounted."}),
    required({"name", &kText, "The volume's name."}),
    {"readOnly", &kBool, "Whether it can only be read."},
    pointer({"recursiveReadOnly", &kRecursiveReadOnlyMode,
             "Disabled, or Enabled if mounts below it are read-only too."}),
};
constexpr Schema kVolumeMountStatus =
    object(kCore, "VolumeMountStatus", "The state of one mount.", kVolumeMountStatusFields);

constexpr Schema kResourceStatusList = list_of(kResourceStatus);
constexpr Schema kVolumeMountStatusList = list_of(kVolumeMountStatus);
constexpr Field kContainerStatusFields[] = {
    {"allocatedResources", &kResourceList, "What the node has set aside for the container."},
    merge_by("name", {"allocatedResourcesStatus", &kResourceStatusList,
                      "The health of devices that were given to the container."}),
    {"containerID", &kText, "The runtime's identifier, such as containerd://4f2a."},
    required({"image", &kText, "The image that runs; it can differ from the one in the spec."}),
    required({"imageID", &kText, "The digest of that image."}),
    {"lastState", &kContainerState, "How the run before this one ended."},
    required({"name", &kText, "The container's name."}),
    required({"ready", &kBool, "Whether the readiness probe succeeds."}),
    {"resources", &kResourceRequirements, "The requests and limits that are in force."},
    required({"restartCount", &kInt32, "How many times the container was started again."}),
    pointer({"started", &kBool,
             "Whether the start hook has ended and the startup probe has succeeded."}),
    {"state", &kContainerState, "Waiting, running or terminated, with details."},
    pointer({"stopSignal", &kSignal, "The signal that is sent to stop the container."}),
    {"user", &kContainerUser, "The user that the first process was started as."},
    merge_by("mountPath",
             {"volumeMounts", &kVolumeMountStatusList, "The state of the container's mounts."}),
};
constexpr Schema kContainerStatus =
    object(kCore, "ContainerStatus", "What is known of one container.", kContainerStatusFields);

constexpr Field kHostIPFields[] = {
    required({"ip", &kText, "The address."}),
};
constexpr Schema kHostIP = object(kCore, "HostIP", "One address of a node.", kHostIPFields);

constexpr Field kPodIPFields[] = {
    required({"ip", &kText, "The address."}),
};
constexpr Schema kPodIP = object(kCore, "PodIP", "One address of a pod.", kPodIPFields);

constexpr Field kPodResourceClaimStatusFields[] = {
    required({"name", &kText, "The item's name."}),
    pointer({"resourceClaimName", &kText,
             "The name of the claim that was made; none if none was needed."}),
};
constexpr Schema kPodResourceClaimStatus =
    object(kCore, "PodResourceClaimStatus", "The claim made for one item of spec.resourceClaims.",
           kPodResourceClaimStatusFields);

constexpr Schema kPodConditionList = list_of(kPodCondition);
constexpr Schema kContainerStatusList = list_of(kContainerStatus);
constexpr Schema kHostIPList = list_of(kHostIP);
constexpr Schema kPodIPList = list_of(kPodIP);
constexpr Schema kPodResourceClaimStatusList = list_of(kPodResourceClaimStatus);
constexpr Field kPodStatusFields[] = {
    merge_by("type", {"conditions", &kPodConditionList,
                      "Aspects of the current state, one item for each type."}),
    {"containerStatuses", &kContainerStatusList, "One item for each container."},
    {"ephemeralContainerStatuses", &kContainerStatusList, "One item for each ephemeral container."},
    {"hostIP", &kText, "The address of the pod's node."},
    merge_by("ip", {"hostIPs", &kHostIPList, "All addresses of the pod's node."}),
    {"initContainerStatuses", &kContainerStatusList, "One item for each init container."},
    {"message", &kText, "Why the pod is in this state, for people."},
    {"nominatedNodeName", &kText,
     "The node on which room is being made for the pod by preemption."},
    {"observedGeneration", &kInt64, "The generation of the object that the status was made from."},
    {"phase", &kPodPhase, "Pending, Running, Succeeded, Failed or Unknown."},
    {"podIP", &kText, "The pod's address."},
    merge_by("ip",
             {"podIPs", &kPodIPList, "All addresses of the pod, at most one for each family."}),
    {"qosClass", &kPodQOSClass,
     "Guaranteed, Burstable or BestEffort, which follows from requests and limits."},
    {"reason", &kText,
     "A word for programs that says why the pod is in this state, such as Evicted."},
    {"resize", &kPodResizeStatus, "How far a resize of the resources has come. Deprecated."},
    merge_unions_by("name", {"resourceClaimStatuses", &kPodResourceClaimStatusList,
                             "The claims made for the pod from templates."}),
    {"startTime", &kTime, "When the kubelet first saw the pod."},
};
constexpr Schema kPodStatus =
    object(kCore, "PodStatus", "What is known of a pod. Its node's kubelet writes most of it.",
           kPodStatusFields);

}  // namespace sim::k8s::types
