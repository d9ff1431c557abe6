// Pods and their templates.
// Source: the Kubernetes API reference, version 1.33; the words are ours.

#include "sim/k8s/schema/table.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s::types {

constexpr std::string_view kCore = "io.k8s.api.core.v1";

constexpr Field kNodeSelectorRequirementFields[] = {
    required({"key", &kText, "The label's key or the field's path."}),
    required({"operator", &kNodeSelectorOperator, "In, NotIn, Exists, DoesNotExist, Gt or Lt."}),
    {"values", &kTextList, "The values to compare with; one whole number for Gt and Lt."},
};
constexpr Schema kNodeSelectorRequirement =
    object(kCore, "NodeSelectorRequirement", "A requirement on a label or field of a node.",
           kNodeSelectorRequirementFields);

constexpr Schema kNodeSelectorRequirementList = list_of(kNodeSelectorRequirement);
constexpr Field kNodeSelectorTermFields[] = {
    {"matchExpressions", &kNodeSelectorRequirementList, "Requirements on the node's labels."},
    {"matchFields", &kNodeSelectorRequirementList,
     "Requirements on the node's fields; metadata.name is the only one."},
};
constexpr Schema kNodeSelectorTerm =
    atomic(object(kCore, "NodeSelectorTerm",
                  "Requirements on a node that must hold together; an empty one selects nothing.",
                  kNodeSelectorTermFields));

constexpr Field kPreferredSchedulingTermFields[] = {
    required({"preference", &kNodeSelectorTerm, "The requirements of the wish."}),
    required({"weight", &kInt32, "How much it counts, from 1 to 100."}),
};
constexpr Schema kPreferredSchedulingTerm = object(
    kCore, "PreferredSchedulingTerm", "A wish about the node.", kPreferredSchedulingTermFields);

constexpr Schema kNodeSelectorTermList = list_of(kNodeSelectorTerm);
constexpr Field kNodeSelectorFields[] = {
    required({"nodeSelectorTerms", &kNodeSelectorTermList, "The terms, one of which must hold."}),
};
constexpr Schema kNodeSelector = atomic(object(
    kCore, "NodeSelector", "Selects nodes for which one of its terms holds.", kNodeSelectorFields));

constexpr Schema kPreferredSchedulingTermList = list_of(kPreferredSchedulingTerm);
constexpr Field kNodeAffinityFields[] = {
    {"preferredDuringSchedulingIgnoredDuringExecution", &kPreferredSchedulingTermList,
     "Wishes; the node with the greatest sum of weights is preferred."},
    {"requiredDuringSchedulingIgnoredDuringExecution", &kNodeSelector,
     "What must hold of the node when the pod is placed."},
};
constexpr Schema kNodeAffinity =
    object(kCore, "NodeAffinity", "Which nodes a pod may or should run on.", kNodeAffinityFields);

constexpr Field kPodAffinityTermFields[] = {
    {"labelSelector", &kLabelSelector, "Selects the pods by labels."},
    {"matchLabelKeys", &kTextList, "Labels whose values must equal the incoming pod's."},
    {"mismatchLabelKeys", &kTextList, "Labels whose values must differ from the incoming pod's."},
    {"namespaceSelector", &kLabelSelector,
     "Selects namespaces by labels; an empty selector means all of them."},
    {"namespaces", &kTextList, "Namespaces to look in; the pod's own by default."},
    required({"topologyKey", &kText,
              "The node label whose equal values make nodes near. It must not be empty."}),
};
constexpr Schema kPodAffinityTerm =
    object(kCore, "PodAffinityTerm", "Pods, and the part of the cluster that counts as near them.",
           kPodAffinityTermFields);

constexpr Field kWeightedPodAffinityTermFields[] = {
    required({"podAffinityTerm", &kPodAffinityTerm, "The pods of the wish."}),
    required({"weight", &kInt32, "How much it counts, from 1 to 100."}),
};
constexpr Schema kWeightedPodAffinityTerm = object(
    kCore, "WeightedPodAffinityTerm", "A wish about pods nearby.", kWeightedPodAffinityTermFields);

constexpr Schema kWeightedPodAffinityTermList = list_of(kWeightedPodAffinityTerm);
constexpr Schema kPodAffinityTermList = list_of(kPodAffinityTerm);
constexpr Field kPodAffinityFields[] = {
    {"preferredDuringSchedulingIgnoredDuringExecution", &kWeightedPodAffinityTermList,
     "Wishes; the node with the greatest sum of weights is preferred."},
    {"requiredDuringSchedulingIgnoredDuringExecution", &kPodAffinityTermList,
     "What must hold when the pod is placed; all terms at once."},
};
constexpr Schema kPodAffinity =
    object(kCore, "PodAffinity", "Which pods a pod must or should be near.", kPodAffinityFields);

constexpr Field kPodAntiAffinityFields[] = {
    {"preferredDuringSchedulingIgnoredDuringExecution", &kWeightedPodAffinityTermList,
     "Wishes; the node with the smallest sum of weights is preferred."},
    {"requiredDuringSchedulingIgnoredDuringExecution", &kPodAffinityTermList,
     "What must hold when the pod is placed; all terms at once."},
};
constexpr Schema kPodAntiAffinity =
    object(kCore, "PodAntiAffinity", "Which pods a pod must or should be away from.",
           kPodAntiAffinityFields);

constexpr Field kAffinityFields[] = {
    {"nodeAffinity", &kNodeAffinity, "By labels of nodes."},
    {"podAffinity", &kPodAffinity, "Towards pods that run already."},
    {"podAntiAffinity", &kPodAntiAffinity, "Away from pods that run already."},
};
constexpr Schema kAffinity =
    object(kCore, "Affinity", "What a pod is drawn to or kept away from.", kAffinityFields);

constexpr Field kPodDNSConfigOptionFields[] = {
    {"name", &kText, "The option's name."},
    pointer({"value", &kText, "The option's value, if it has one."}),
};
constexpr Schema kPodDNSConfigOption =
    object(kCore, "PodDNSConfigOption", "One option of the resolver.", kPodDNSConfigOptionFields);

constexpr Schema kPodDNSConfigOptionList = list_of(kPodDNSConfigOption);
constexpr Field kPodDNSConfigFields[] = {
    {"nameservers", &kTextList, "Addresses of name servers to add."},
    {"options", &kPodDNSConfigOptionList, "Options of the resolver to add."},
    {"searches", &kTextList, "Search domains to add."},
};
constexpr Schema kPodDNSConfig =
    object(kCore, "PodDNSConfig", "Settings of name resolution.", kPodDNSConfigFields);

constexpr Field kHostAliasFields[] = {
    {"hostnames", &kTextList, "The names for the address."},
    required({"ip", &kText, "The address."}),
};
constexpr Schema kHostAlias =
    object(kCore, "HostAlias", "One line of the hosts file.", kHostAliasFields);

constexpr Field kPodOSFields[] = {
    required({"name", &kOSName, "linux or windows."}),
};
constexpr Schema kPodOS = object(kCore, "PodOS", "The operating system of a pod.", kPodOSFields);

constexpr Field kPodReadinessGateFields[] = {
    required({"conditionType", &kPodConditionType, "The condition's type in the pod's status."}),
};
constexpr Schema kPodReadinessGate = object(
    kCore, "PodReadinessGate", "A condition that readiness waits for.", kPodReadinessGateFields);

constexpr Field kPodResourceClaimFields[] = {
    required({"name", &kText, "The name that containers use for the claim."}),
    pointer({"resourceClaimName", &kText, "A claim that exists."}),
    pointer({"resourceClaimTemplateName", &kText, "A template to make a claim from for this pod."}),
};
constexpr Schema kPodResourceClaim = object(
    kCore, "PodResourceClaim", "A resource claim that the pod refers to.", kPodResourceClaimFields);

constexpr Field kPodSchedulingGateFields[] = {
    required({"name", &kText, "The gate's name, unique in the pod."}),
};
constexpr Schema kPodSchedulingGate = object(
    kCore, "PodSchedulingGate", "A reason not to schedule the pod yet.", kPodSchedulingGateFields);

constexpr Field kSysctlFields[] = {
    required({"name", &kText, "The parameter's name."}),
    required({"value", &kText, "The value to set."}),
};
constexpr Schema kSysctl = object(kCore, "Sysctl", "One kernel parameter.", kSysctlFields);

constexpr Schema kInt64List = list_of(kInt64);
constexpr Schema kSysctlList = list_of(kSysctl);
constexpr Field kPodSecurityContextFields[] = {
    {"appArmorProfile", &kAppArmorProfile, "The AppArmor profile of all containers."},
    pointer({"fsGroup", &kInt64, "The group that volumes belong to, which all containers are in."}),
    pointer({"fsGroupChangePolicy", &kPodFSGroupChangePolicy,
             "When a volume's files are given to that group: OnRootMismatch or Always."}),
    pointer({"runAsGroup", &kInt64, "The group that processes run as."}),
    pointer({"runAsNonRoot", &kBool, "Whether to refuse to start containers as user 0."}),
    pointer({"runAsUser", &kInt64, "The user that processes run as."}),
    pointer({"seLinuxChangePolicy", &kPodSELinuxChangePolicy,
             "How volumes get their SELinux label: MountOption or Recursive."}),
    {"seLinuxOptions", &kSELinuxOptions, "The SELinux context of all containers."},
    {"seccompProfile", &kSeccompProfile, "Which system calls containers may make."},
    {"supplementalGroups", &kInt64List, "More groups that processes are in."},
    pointer({"supplementalGroupsPolicy", &kSupplementalGroupsPolicy,
             "Whether groups of the image count too: Merge or Strict."}),
    {"sysctls", &kSysctlList, "Kernel parameters of the pod."},
    {"windowsOptions", &kWindowsSecurityContextOptions, "Settings for containers on Windows."},
};
constexpr Schema kPodSecurityContext =
    object(kCore, "PodSecurityContext", "Privileges and identity of all containers of a pod.",
           kPodSecurityContextFields);

constexpr Field kTolerationFields[] = {
    {"effect", &kTaintEffect,
     "The effect to match: NoSchedule, PreferNoSchedule or NoExecute; empty matches all."},
    {"key", &kText, "The taint's key; empty with Exists matches all."},
    {"operator", &kTolerationOperator, "Exists or Equal; Equal by default."},
    pointer({"tolerationSeconds", &kInt64,
             "For how long a NoExecute taint is put up with; forever by default."}),
    {"value", &kText, "The taint's value, for Equal."},
};
constexpr Schema kToleration =
    object(kCore, "Toleration", "Puts up with taints that match it.", kTolerationFields);

constexpr Field kTopologySpreadConstraintFields[] = {
    {"labelSelector", &kLabelSelector, "Selects the pods that are counted."},
    {"matchLabelKeys", &kTextList,
     "Labels whose values must equal the incoming pod's for a pod to be counted."},
    required({"maxSkew", &kInt32, "By how many pods the fullest domain may exceed the emptiest."}),
    pointer({"minDomains", &kInt32, "How many domains there must be at least."}),
    pointer({"nodeAffinityPolicy", &kNodeInclusionPolicy,
             "Whether nodes that the pod's affinity excludes are counted: Honor or Ignore."}),
    pointer(
        {"nodeTaintsPolicy", &kNodeInclusionPolicy,
         "Whether nodes whose taints the pod does not tolerate are left out: Honor or Ignore."}),
    required({"topologyKey", &kText, "The node label whose values are the domains."}),
    required({"whenUnsatisfiable", &kUnsatisfiableConstraintAction,
              "DoNotSchedule, or ScheduleAnyway and prefer what lessens the skew."}),
};
constexpr Schema kTopologySpreadConstraint =
    object(kCore, "TopologySpreadConstraint", "How pods of a group spread over a topology.",
           kTopologySpreadConstraintFields);

constexpr Schema kContainerList = list_of(kContainer);
constexpr Schema kEphemeralContainerList = list_of(kEphemeralContainer);
constexpr Schema kHostAliasList = list_of(kHostAlias);
constexpr Schema kLocalObjectReferenceList = list_of(kLocalObjectReference);
constexpr Schema kPodReadinessGateList = list_of(kPodReadinessGate);
constexpr Schema kPodResourceClaimList = list_of(kPodResourceClaim);
constexpr Schema kPodSchedulingGateList = list_of(kPodSchedulingGate);
constexpr Schema kTolerationList = list_of(kToleration);
constexpr Schema kTopologySpreadConstraintList = list_of(kTopologySpreadConstraint);
constexpr Schema kVolumeList = list_of(kVolume);
constexpr Field kPodSpecFields[] = {
    pointer({"activeDeadlineSeconds", &kInt64,
             "How many seconds the pod may be active before it is made to fail."}),
    {"affinity", &kAffinity,
     "Which nodes and which other pods the pod is drawn to or kept away from."},
    pointer({"automountServiceAccountToken", &kBool,
             "Whether containers get a token of the service account as a file."}),
    required(merge_by(
        "name",
        {"containers", &kContainerList,
         "The containers that make the pod. There must be one at least; the list cannot change."})),
    {"dnsConfig", &kPodDNSConfig, "Settings of name resolution on top of what the policy gives."},
    {"dnsPolicy", &kDNSPolicy,
     "Where name resolution comes from: ClusterFirst, ClusterFirstWithHostNet, Default or None."},
    pointer(
        {"enableServiceLinks", &kBool,
         "Whether containers get variables for each service of the namespace; true by default."}),
    merge_by("name", {"ephemeralContainers", &kEphemeralContainerList,
                      "Containers added while the pod runs, to look into it."}),
    merge_by("ip", {"hostAliases", &kHostAliasList, "Lines to add to the pod's hosts file."}),
    {"hostIPC", &kBool, "Whether the pod shares the node's interprocess communication."},
    {"hostNetwork", &kBool, "Whether the pod shares the node's network and address."},
    {"hostPID", &kBool, "Whether the pod sees the node's processes."},
    pointer({"hostUsers", &kBool,
             "Whether the pod shares the node's users; false gives it a namespace of its own."}),
    {"hostname", &kText, "The pod's host name; its name by default."},
    merge_by("name", {"imagePullSecrets", &kLocalObjectReferenceList,
                      "Secrets with credentials for pulling the images."}),
    merge_by("name",
             {"initContainers", &kContainerList,
              "Containers that run one after the other to their end before the others start."}),
    {"nodeName", &kText,
     "The node that the pod runs on. Set by the scheduler; if given, the scheduler is left out."},
    {"nodeSelector", &kTextMap, "Labels that the node must have."},
    {"os", &kPodOS, "The operating system that the pod is made for."},
    {"overhead", &kResourceList,
     "What running the pod costs beyond its containers. Set from the runtime class."},
    pointer({"preemptionPolicy", &kPreemptionPolicy,
             "Never, or PreemptLowerPriority: whether the pod may drive out others."}),
    pointer({"priority", &kInt32,
             "How important the pod is; more is more. Set from the priority class."}),
    {"priorityClassName", &kText, "The priority class to take the priority from."},
    {"readinessGates", &kPodReadinessGateList,
     "Conditions that must be True for the pod to be ready, besides its containers."},
    merge_unions_by("name", {"resourceClaims", &kPodResourceClaimList,
                             "Resource claims that must be allocated before the pod starts."}),
    {"resources", &kResourceRequirements, "How much all containers together ask for and may use."},
    {"restartPolicy", &kRestartPolicy,
     "Whether containers that ended are started again: Always, OnFailure or Never."},
    pointer({"runtimeClassName", &kText, "The runtime class that runs the pod."}),
    {"schedulerName", &kText,
     "The scheduler that places the pod; default-scheduler if none is given."},
    merge_by("name",
             {"schedulingGates", &kPodSchedulingGateList,
              "What still keeps the pod from being scheduled. Items can only be taken out."}),
    {"securityContext", &kPodSecurityContext,
     "Privileges and identity of all containers, unless they have their own."},
    {"serviceAccount", &kText, "Deprecated name of serviceAccountName."},
    {"serviceAccountName", &kText, "The service account that the pod acts as."},
    pointer(
        {"setHostnameAsFQDN", &kBool, "Whether the host name is the pod's fully qualified name."}),
    pointer({"shareProcessNamespace", &kBool, "Whether containers see each other's processes."}),
    {"subdomain", &kText,
     "The subdomain of the pod's fully qualified name, which is a headless service."},
    pointer({"terminationGracePeriodSeconds", &kInt64,
             "How many seconds the pod may take to end before it is killed; 30 by default."}),
    {"tolerations", &kTolerationList, "Taints of nodes that the pod puts up with."},
    merge_by("topologyKey",
             {"topologySpreadConstraints", &kTopologySpreadConstraintList,
              "How pods spread over zones, nodes and the like. All must hold."},
             "topologyKey,whenUnsatisfiable"),
    merge_unions_by("name", {"volumes", &kVolumeList, "Volumes that containers can mount."}),
};
constexpr Schema kPodSpec = object(kCore, "PodSpec", "How a pod is to run.", kPodSpecFields);

constexpr Field kPodFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kPodSpec, "The state that is wanted."},
    {"status", &kPodStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kPod = object(
    kCore, "Pod", "Containers that run together on one node and share its address.", kPodFields);

constexpr Field kPodTemplateSpecFields[] = {
    {"metadata", &kObjectMeta, "Labels, annotations and finalizers of the pods."},
    {"spec", &kPodSpec, "The state that is wanted of the pods."},
};
constexpr Schema kPodTemplateSpec = object(
    kCore, "PodTemplateSpec", "What pods made from a template look like.", kPodTemplateSpecFields);

}  // namespace sim::k8s::types
