// Services and endpoints.
// Source: the Kubernetes API reference, version 1.33; the words are ours.

#include "sim/k8s/schema/table.h"
#include "sim/k8s/schema/types.h"

namespace sim::k8s::types {

constexpr std::string_view kCore = "io.k8s.api.core.v1";

constexpr Field kServicePortFields[] = {
    pointer(
        {"appProtocol", &kText, "The protocol that is spoken on top, such as kubernetes.io/h2c."}),
    {"name", &kText, "The port's name; needed if there are several."},
    {"nodePort", &kInt32, "The port at which every node takes traffic for it."},
    required({"port", &kInt32, "The port of the service."}),
    {"protocol", &kProtocol, "TCP, UDP or SCTP; TCP by default."},
    {"targetPort", &kIntOrString,
     "The port of the pods, by number or by name; the service's by default."},
};
constexpr Schema kServicePort =
    object(kCore, "ServicePort", "One port of a service.", kServicePortFields);

constexpr Field kClientIPConfigFields[] = {
    pointer({"timeoutSeconds", &kInt32, "For how many seconds a client stays; 10800 by default."}),
};
constexpr Schema kClientIPConfig = object(
    kCore, "ClientIPConfig", "Settings for affinity by client address.", kClientIPConfigFields);

constexpr Field kSessionAffinityConfigFields[] = {
    {"clientIP", &kClientIPConfig, "Settings for affinity by client address."},
};
constexpr Schema kSessionAffinityConfig = object(
    kCore, "SessionAffinityConfig", "Settings of session affinity.", kSessionAffinityConfigFields);

constexpr Schema kIPFamilyList = list_of(kIPFamily);
constexpr Schema kServicePortList = list_of(kServicePort);
constexpr Field kServiceSpecFields[] = {
    pointer({"allocateLoadBalancerNodePorts", &kBool,
             "Whether node ports are given out for the type LoadBalancer; true by default."}),
    {"clusterIP", &kText, "The service's address in the cluster; None for a headless service."},
    {"clusterIPs", &kTextList, "All such addresses, at most one for each family."},
    {"externalIPs", &kTextList, "More addresses at which nodes take traffic for the service."},
    {"externalName", &kText,
     "The DNS name that the service stands for, for the type ExternalName."},
    {"externalTrafficPolicy", &kServiceExternalTrafficPolicy,
     "Cluster, or Local to serve outside traffic only on the node where it arrives."},
    {"healthCheckNodePort", &kInt32,
     "The node port by which load balancers find nodes with local pods."},
    pointer({"internalTrafficPolicy", &kServiceInternalTrafficPolicy,
             "Cluster, or Local to serve inside traffic only on the node where it starts."}),
    {"ipFamilies", &kIPFamilyList, "IPv4, IPv6 or both."},
    pointer(
        {"ipFamilyPolicy", &kIPFamilyPolicy, "SingleStack, PreferDualStack or RequireDualStack."}),
    pointer({"loadBalancerClass", &kText, "The kind of load balancer that is wanted."}),
    {"loadBalancerIP", &kText, "Deprecated."},
    {"loadBalancerSourceRanges", &kTextList, "Ranges of clients that the load balancer lets in."},
    merge_by("port", {"ports", &kServicePortList, "The ports that the service has."},
             "port,protocol"),
    {"publishNotReadyAddresses", &kBool, "Whether pods that are not ready count as well."},
    {"selector", &kAtomicTextMap,
     "Labels of the pods that serve; without it the endpoints are yours to write."},
    {"sessionAffinity", &kServiceAffinity, "ClientIP to keep a client on one pod, or None."},
    {"sessionAffinityConfig", &kSessionAffinityConfig, "Settings of session affinity."},
    pointer({"trafficDistribution", &kText, "Which endpoints are preferred, such as PreferClose."}),
    {"type", &kServiceType, "ClusterIP, NodePort, LoadBalancer or ExternalName."},
};
constexpr Schema kServiceSpec =
    object(kCore, "ServiceSpec", "How a service is reached, and by which pods it is served.",
           kServiceSpecFields);

constexpr Field kPortStatusFields[] = {
    pointer({"error", &kText, "What went wrong with it."}),
    required({"port", &kInt32, "The port's number."}),
    required({"protocol", &kProtocol, "TCP, UDP or SCTP."}),
};
constexpr Schema kPortStatus =
    object(kCore, "PortStatus", "The state of one port of a load balancer.", kPortStatusFields);

constexpr Schema kPortStatusList = list_of(kPortStatus);
constexpr Field kLoadBalancerIngressFields[] = {
    {"hostname", &kText, "Its name."},
    {"ip", &kText, "Its address."},
    pointer({"ipMode", &kLoadBalancerIPMode,
             "VIP or Proxy: whether packets arrive with that address."}),
    {"ports", &kPortStatusList, "The state of each port."},
};
constexpr Schema kLoadBalancerIngress =
    object(kCore, "LoadBalancerIngress", "A place where a load balancer takes traffic.",
           kLoadBalancerIngressFields);

constexpr Schema kLoadBalancerIngressList = list_of(kLoadBalancerIngress);
constexpr Field kLoadBalancerStatusFields[] = {
    {"ingress", &kLoadBalancerIngressList, "Where traffic for the service comes in."},
};
constexpr Schema kLoadBalancerStatus =
    object(kCore, "LoadBalancerStatus", "What a load balancer gave.", kLoadBalancerStatusFields);

constexpr Schema kConditionList = list_of(kCondition);
constexpr Field kServiceStatusFields[] = {
    merge_by("type", {"conditions", &kConditionList,
                      "Aspects of the current state, one item for each type."}),
    {"loadBalancer", &kLoadBalancerStatus, "What the load balancer gave."},
};
constexpr Schema kServiceStatus =
    object(kCore, "ServiceStatus", "What is known of a service.", kServiceStatusFields);

constexpr Field kServiceFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"spec", &kServiceSpec, "The state that is wanted."},
    {"status", &kServiceStatus, "The state that was observed last. Written by the system."},
};
constexpr Schema kService =
    object(kCore, "Service", "One name and address for a changing set of pods.", kServiceFields);

constexpr Field kEndpointAddressFields[] = {
    {"hostname", &kText, "The host name of the endpoint."},
    required({"ip", &kText, "The address."}),
    pointer({"nodeName", &kText, "The node that it is on."}),
    {"targetRef", &kObjectReference, "The object behind it, mostly a pod."},
};
constexpr Schema kEndpointAddress =
    object(kCore, "EndpointAddress", "One address.", kEndpointAddressFields);

constexpr Field kEndpointPortFields[] = {
    pointer({"appProtocol", &kText, "The protocol that is spoken on top."}),
    {"name", &kText, "The name of the service's port."},
    required({"port", &kInt32, "The port's number."}),
    {"protocol", &kProtocol, "TCP, UDP or SCTP."},
};
constexpr Schema kEndpointPort =
    object(kCore, "EndpointPort", "A port of all addresses of a subset.", kEndpointPortFields);

constexpr Schema kEndpointAddressList = list_of(kEndpointAddress);
constexpr Schema kEndpointPortList = list_of(kEndpointPort);
constexpr Field kEndpointSubsetFields[] = {
    {"addresses", &kEndpointAddressList, "Those that are ready."},
    {"notReadyAddresses", &kEndpointAddressList, "Those that are not ready yet."},
    {"ports", &kEndpointPortList, "The ports that they all have."},
};
constexpr Schema kEndpointSubset =
    object(kCore, "EndpointSubset", "Addresses that have the same ports.", kEndpointSubsetFields);

constexpr Schema kEndpointSubsetList = list_of(kEndpointSubset);
constexpr Field kEndpointsFields[] = {
    kApiVersionField,
    kKindField,
    kMetadataField,
    {"subsets", &kEndpointSubsetList, "Addresses with equal ports, set by set."},
};
constexpr Schema kEndpoints = object(
    kCore, "Endpoints", "The addresses that serve a service, in the form before EndpointSlice.",
    kEndpointsFields);

}  // namespace sim::k8s::types
