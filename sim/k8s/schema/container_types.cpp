// Containers of pods: what they run and how they are checked.
// Source: the Kubernetes API reference, version 1.33; the words are ours.

#include "sim/k8s/schema/table.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s::types {

constexpr std::string_view kCore = "io.k8s.api.core.v1";

constexpr Field kConfigMapKeySelectorFields[] = {
    required({"key", &kText, "The key to take."}),
    {"name", &kText, "The config map's name."},
    pointer({"optional", &kBool, "Whether the reference may lead nowhere."}),
};
constexpr Schema kConfigMapKeySelector = atomic(object(
    kCore, "ConfigMapKeySelector", "Names a key of a config map.", kConfigMapKeySelectorFields));

constexpr Field kObjectFieldSelectorFields[] = {
    {"apiVersion", &kText, "The version in which the path is written; v1 by default."},
    required({"fieldPath", &kText, "The field's path, such as metadata.name or status.podIP."}),
};
constexpr Schema kObjectFieldSelector = atomic(object(
    kCore, "ObjectFieldSelector", "Names a field of an object.", kObjectFieldSelectorFields));

constexpr Field kResourceFieldSelectorFields[] = {
    {"containerName", &kText, "The container; needed in volumes, the own one in variables."},
    {"divisor", &kQuantity, "The unit to give the amount in; 1 by default."},
    required({"resource", &kText, "Which amount, such as limits.cpu or requests.memory."}),
};
constexpr Schema kResourceFieldSelector =
    atomic(object(kCore, "ResourceFieldSelector", "Names an amount of a resource of a container.",
                  kResourceFieldSelectorFields));

constexpr Field kSecretKeySelectorFields[] = {
    required({"key", &kText, "The key to take."}),
    {"name", &kText, "The secret's name."},
    pointer({"optional", &kBool, "Whether the reference may lead nowhere."}),
};
constexpr Schema kSecretKeySelector = atomic(
    object(kCore, "SecretKeySelector", "Names a key of a secret.", kSecretKeySelectorFields));

constexpr Field kEnvVarSourceFields[] = {
    {"configMapKeyRef", &kConfigMapKeySelector, "A key of a config map."},
    {"fieldRef", &kObjectFieldSelector, "A field of the pod itself."},
    {"resourceFieldRef", &kResourceFieldSelector,
     "An amount that a container requests or is limited to."},
    {"secretKeyRef", &kSecretKeySelector, "A key of a secret."},
};
constexpr Schema kEnvVarSource =
    object(kCore, "EnvVarSource", "Where a variable takes its value from.", kEnvVarSourceFields);

constexpr Field kEnvVarFields[] = {
    required({"name", &kText, "The variable's name."}),
    {"value", &kText, "Its value; $(NAME) stands for a variable that comes before it."},
    {"valueFrom", &kEnvVarSource, "Where the value is taken from; only if none is given."},
};
constexpr Schema kEnvVar =
    object(kCore, "EnvVar", "One variable of the environment.", kEnvVarFields);

constexpr Field kConfigMapEnvSourceFields[] = {
    {"name", &kText, "The config map's name."},
    pointer({"optional", &kBool, "Whether the reference may lead nowhere."}),
};
constexpr Schema kConfigMapEnvSource =
    object(kCore, "ConfigMapEnvSource", "Names a config map to make variables of.",
           kConfigMapEnvSourceFields);

constexpr Field kSecretEnvSourceFields[] = {
    {"name", &kText, "The secret's name."},
    pointer({"optional", &kBool, "Whether the reference may lead nowhere."}),
};
constexpr Schema kSecretEnvSource = object(
    kCore, "SecretEnvSource", "Names a secret to make variables of.", kSecretEnvSourceFields);

constexpr Field kEnvFromSourceFields[] = {
    {"configMapRef", &kConfigMapEnvSource, "The config map to take."},
    {"prefix", &kText, "What to put in front of every key."},
    {"secretRef", &kSecretEnvSource, "The secret to take."},
};
constexpr Schema kEnvFromSource = object(
    kCore, "EnvFromSource", "An object whose keys all become variables.", kEnvFromSourceFields);

constexpr Field kExecActionFields[] = {
    {"command", &kTextList, "The command line, taken apart. No shell is run around it."},
};
constexpr Schema kExecAction =
    object(kCore, "ExecAction", "A command to run in the container.", kExecActionFields);

constexpr Field kHTTPHeaderFields[] = {
    required({"name", &kText, "The header's name."}),
    required({"value", &kText, "The header's value."}),
};
constexpr Schema kHTTPHeader =
    object(kCore, "HTTPHeader", "One header of a request.", kHTTPHeaderFields);

constexpr Schema kHTTPHeaderList = list_of(kHTTPHeader);
constexpr Field kHTTPGetActionFields[] = {
    {"host", &kText, "The host to ask; the pod's own address by default."},
    {"httpHeaders", &kHTTPHeaderList, "Headers to send along."},
    {"path", &kText, "The path to ask for."},
    required({"port", &kIntOrString, "The port, by number or by name."}),
    {"scheme", &kURIScheme, "HTTP or HTTPS; HTTP by default."},
};
constexpr Schema kHTTPGetAction =
    object(kCore, "HTTPGetAction", "A GET request to send.", kHTTPGetActionFields);

constexpr Field kSleepActionFields[] = {
    required({"seconds", &kInt64, "How many seconds to wait."}),
};
constexpr Schema kSleepAction =
    object(kCore, "SleepAction", "A while to wait.", kSleepActionFields);

constexpr Field kTCPSocketActionFields[] = {
    {"host", &kText, "The host to connect to; the pod's own address by default."},
    required({"port", &kIntOrString, "The port, by number or by name."}),
};
constexpr Schema kTCPSocketAction =
    object(kCore, "TCPSocketAction", "A TCP connection to open.", kTCPSocketActionFields);

constexpr Field kLifecycleHandlerFields[] = {
    {"exec", &kExecAction, "Runs a command in the container."},
    {"httpGet", &kHTTPGetAction, "Sends a GET request."},
    {"sleep", &kSleepAction, "Waits."},
    {"tcpSocket", &kTCPSocketAction, "Deprecated; not supported any more."},
};
constexpr Schema kLifecycleHandler =
    object(kCore, "LifecycleHandler", "One action of a lifecycle hook.", kLifecycleHandlerFields);

constexpr Field kLifecycleFields[] = {
    {"postStart", &kLifecycleHandler,
     "Runs right after the container was made; the container is killed if it fails."},
    {"preStop", &kLifecycleHandler,
     "Runs before the container is told to stop; the grace period goes on meanwhile."},
    pointer({"stopSignal", &kSignal,
             "The signal that tells the container to stop; the image's by default."}),
};
constexpr Schema kLifecycle =
    object(kCore, "Lifecycle", "What to do around a container's life.", kLifecycleFields);

constexpr Field kGRPCActionFields[] = {
    required({"port", &kInt32, "The port's number."}),
    pointer({"service", &kText, "The service to ask about; empty asks about the whole server."}),
};
constexpr Schema kGRPCAction =
    object(kCore, "GRPCAction", "A gRPC health check.", kGRPCActionFields);

constexpr Field kProbeFields[] = {
    {"exec", &kExecAction, "Runs a command in the container; it succeeds if that exits with 0."},
    {"failureThreshold", &kInt32, "How many failures in a row count as failed; 3 by default."},
    {"grpc", &kGRPCAction, "Asks the gRPC health service."},
    {"httpGet", &kHTTPGetAction, "Sends a GET request; a status from 200 to 399 is success."},
    {"initialDelaySeconds", &kInt32, "How long to wait after the container has started."},
    {"periodSeconds", &kInt32, "How often to check; every 10 seconds by default."},
    {"successThreshold", &kInt32,
     "How many successes in a row count as working again; 1 by default."},
    {"tcpSocket", &kTCPSocketAction, "Opens a connection."},
    pointer({"terminationGracePeriodSeconds", &kInt64,
             "How long the pod may take to end after this probe has failed; the pod's own time by "
             "default."}),
    {"timeoutSeconds", &kInt32, "After how many seconds a check has failed; 1 by default."},
};
constexpr Schema kProbe =
    object(kCore, "Probe", "A check of a container that is repeated.", kProbeFields);

constexpr Field kContainerPortFields[] = {
    required({"containerPort", &kInt32, "The port's number, from 1 to 65535."}),
    {"hostIP", &kText, "The node's address to bind the host port to."},
    {"hostPort", &kInt32, "A port of the node that leads here."},
    {"name", &kText, "A name by which services and probes can refer to the port."},
    {"protocol", &kProtocol, "TCP, UDP or SCTP; TCP by default."},
};
constexpr Schema kContainerPort =
    object(kCore, "ContainerPort", "A port that a container listens on.", kContainerPortFields);

constexpr Field kContainerResizePolicyFields[] = {
    required({"resourceName", &kResourceName, "cpu or memory."}),
    required({"restartPolicy", &kResourceResizeRestartPolicy, "NotRequired or RestartContainer."}),
};
constexpr Schema kContainerResizePolicy =
    object(kCore, "ContainerResizePolicy",
           "What to do with a container when one of its resources is resized.",
           kContainerResizePolicyFields);

constexpr Field kResourceClaimFields[] = {
    required({"name", &kText, "The claim's name in spec.resourceClaims."}),
    {"request", &kText, "The single request of the claim that is meant; all of them by default."},
};
constexpr Schema kResourceClaim =
    object(kCore, "ResourceClaim", "Names a resource claim of the pod.", kResourceClaimFields);

constexpr Schema kResourceClaimList = list_of(kResourceClaim);
constexpr Field kResourceRequirementsFields[] = {
    keyed_by("name",
             {"claims", &kResourceClaimList, "The pod's resource claims that the container uses."}),
    {"limits", &kResourceList, "The most that it may use of each resource."},
    {"requests", &kResourceList,
     "What is set aside for it of each resource; the limits by default."},
};
constexpr Schema kResourceRequirements =
    object(kCore, "ResourceRequirements", "How much of its node a container asks for and may use.",
           kResourceRequirementsFields);

constexpr Field kAppArmorProfileFields[] = {
    pointer(
        {"localhostProfile", &kText, "The profile loaded on the node, for the type Localhost."}),
    required({"type", &kAppArmorProfileType, "Localhost, RuntimeDefault or Unconfined."}),
};
constexpr Schema kAppArmorProfile =
    object(kCore, "AppArmorProfile", "Which AppArmor profile applies.", kAppArmorProfileFields);

constexpr Schema kCapabilityList = list_of(kCapability);
constexpr Field kCapabilitiesFields[] = {
    {"add", &kCapabilityList, "Those to add."},
    {"drop", &kCapabilityList, "Those to take away."},
};
constexpr Schema kCapabilities =
    object(kCore, "Capabilities", "Capabilities of Linux, such as NET_ADMIN.", kCapabilitiesFields);

constexpr Field kSELinuxOptionsFields[] = {
    {"level", &kText, "The level label."},
    {"role", &kText, "The role label."},
    {"type", &kText, "The type label."},
    {"user", &kText, "The user label."},
};
constexpr Schema kSELinuxOptions =
    object(kCore, "SELinuxOptions", "The parts of an SELinux context.", kSELinuxOptionsFields);

constexpr Field kSeccompProfileFields[] = {
    pointer({"localhostProfile", &kText, "The file on the node, for the type Localhost."}),
    required({"type", &kSeccompProfileType, "Localhost, RuntimeDefault or Unconfined."}),
};
constexpr Schema kSeccompProfile =
    object(kCore, "SeccompProfile", "Which filter of system calls applies.", kSeccompProfileFields);

constexpr Field kWindowsSecurityContextOptionsFields[] = {
    pointer({"gmsaCredentialSpec", &kText,
             "The content of the group managed service account's credential spec."}),
    pointer({"gmsaCredentialSpecName", &kText, "The name of that credential spec."}),
    pointer({"hostProcess", &kBool, "Whether it runs as a process of the host."}),
    pointer({"runAsUserName", &kText, "The user that processes run as."}),
};
constexpr Schema kWindowsSecurityContextOptions =
    object(kCore, "WindowsSecurityContextOptions", "Identity of a container on Windows.",
           kWindowsSecurityContextOptionsFields);

constexpr Field kSecurityContextFields[] = {
    pointer({"allowPrivilegeEscalation", &kBool,
             "Whether a process can gain more privileges than its parent has."}),
    {"appArmorProfile", &kAppArmorProfile, "The AppArmor profile that confines the container."},
    {"capabilities", &kCapabilities, "Capabilities to add to or take from the runtime's default."},
    pointer({"privileged", &kBool, "Whether processes have as much power as root on the node."}),
    pointer({"procMount", &kProcMountType, "How much of /proc is visible: Default or Unmasked."}),
    pointer(
        {"readOnlyRootFilesystem", &kBool, "Whether the container's own files can only be read."}),
    pointer({"runAsGroup", &kInt64, "The group that processes run as; the image's by default."}),
    pointer({"runAsNonRoot", &kBool, "Whether to refuse to start the container as user 0."}),
    pointer({"runAsUser", &kInt64, "The user that processes run as; the image's by default."}),
    {"seLinuxOptions", &kSELinuxOptions, "The SELinux context of the container."},
    {"seccompProfile", &kSeccompProfile, "Which system calls the container may make."},
    {"windowsOptions", &kWindowsSecurityContextOptions, "Settings for containers on Windows."},
};
constexpr Schema kSecurityContext = object(
    kCore, "SecurityContext", "Privileges and identity of a container.", kSecurityContextFields);

constexpr Field kVolumeDeviceFields[] = {
    required({"devicePath", &kText, "The device's path in the container."}),
    required({"name", &kText, "The name of a persistent volume claim among the pod's volumes."}),
};
constexpr Schema kVolumeDevice =
    object(kCore, "VolumeDevice", "Shows a volume as a block device.", kVolumeDeviceFields);

constexpr Field kVolumeMountFields[] = {
    required({"mountPath", &kText, "Where the volume appears; no colon is allowed."}),
    pointer({"mountPropagation", &kMountPropagationMode,
             "Whether later mounts pass between node and container: None, HostToContainer or "
             "Bidirectional."}),
    required({"name", &kText, "The volume's name in spec.volumes."}),
    {"readOnly", &kBool, "Whether it can only be read."},
    pointer({"recursiveReadOnly", &kRecursiveReadOnlyMode,
             "Whether mounts below it are made read-only too: Disabled, IfPossible or Enabled."}),
    {"subPath", &kText, "The path within the volume to show, in place of its root."},
    {"subPathExpr", &kText, "The same with $(NAME) replaced by the container's variables."},
};
constexpr Schema kVolumeMount =
    object(kCore, "VolumeMount", "Shows a volume among a container's files.", kVolumeMountFields);

constexpr Schema kEnvVarList = list_of(kEnvVar);
constexpr Schema kEnvFromSourceList = list_of(kEnvFromSource);
constexpr Schema kContainerPortList = list_of(kContainerPort);
constexpr Schema kContainerResizePolicyList = list_of(kContainerResizePolicy);
constexpr Schema kVolumeDeviceList = list_of(kVolumeDevice);
constexpr Schema kVolumeMountList = list_of(kVolumeMount);
constexpr Field kContainerFields[] = {
    {"args", &kTextList,
     "Arguments to the command, in place of the image's CMD. $(NAME) stands for a variable of "
     "env."},
    {"command", &kTextList,
     "The program to start, in place of the image's ENTRYPOINT. No shell is run around it."},
    merge_by("name", {"env", &kEnvVarList, "Variables of the environment."}),
    {"envFrom", &kEnvFromSourceList,
     "Sources whose keys all become variables; env wins over them."},
    {"image", &kText, "The image to run."},
    {"imagePullPolicy", &kPullPolicy,
     "When to pull the image: Always, Never or IfNotPresent. Always is the default with the tag "
     "latest."},
    {"lifecycle", &kLifecycle,
     "What to do after the container has started and before it is stopped."},
    {"livenessProbe", &kProbe, "Checks whether the container still works; it is restarted if not."},
    required({"name", &kText, "The container's name, a DNS label that is unique in the pod."}),
    merge_by("containerPort",
             {"ports", &kContainerPortList,
              "Ports that the container listens on. Leaving one out does not close it."},
             "containerPort,protocol"),
    {"readinessProbe", &kProbe,
     "Checks whether the container can serve; services leave the pod out if not."},
    {"resizePolicy", &kContainerResizePolicyList,
     "Whether changing the amount of a resource restarts the container."},
    {"resources", &kResourceRequirements,
     "How much of the node the container asks for and may use at most."},
    pointer({"restartPolicy", &kContainerRestartPolicy,
             "Only for init containers: with Always the container keeps running beside the pod's "
             "others."}),
    {"securityContext", &kSecurityContext, "Privileges of the container. They win over the pod's."},
    {"startupProbe", &kProbe, "Holds the other probes back until it has succeeded once."},
    {"stdin", &kBool, "Whether standard input stays open for a client to attach to."},
    {"stdinOnce", &kBool, "Whether standard input is closed once the first client has gone."},
    {"terminationMessagePath", &kText, "The file that the container leaves its last words in."},
    {"terminationMessagePolicy", &kTerminationMessagePolicy,
     "Whether the last words come from that File alone, or FallbackToLogsOnError."},
    {"tty", &kBool, "Whether the container gets a terminal; stdin must be true."},
    merge_by("devicePath",
             {"volumeDevices", &kVolumeDeviceList, "Block devices that the container sees."}),
    merge_by("mountPath", {"volumeMounts", &kVolumeMountList,
                           "Where volumes appear among the container's files."}),
    {"workingDir", &kText, "The working directory, in place of the image's."},
};
constexpr Schema kContainer =
    object(kCore, "Container", "One container to run in a pod.", kContainerFields);

constexpr auto kEphemeralContainerFields = inserted(
    kContainerFields, {"targetContainerName", &kText, "The container whose processes it shares."});
constexpr Schema kEphemeralContainer =
    object(kCore, "EphemeralContainer",
           "A container added to a running pod, to look into it. It has no resources of its own "
           "and is never restarted.",
           kEphemeralContainerFields);

}  // namespace sim::k8s::types
