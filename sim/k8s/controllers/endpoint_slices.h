// sim/k8s/controllers/endpoint_slices.h: which addresses a service has, in pieces of 100.
//
// Concept: pure functions. desired_endpoints() says which endpoints a service should have, grouped
// by the ports they answer on; plan_slices() turns what is there into that with as few writes as
// Kubernetes needs: what fits stays where it is, gaps are filled first, new slices come last.
// Determinism: endpoints in the order of their pods' names, slices in that of their own.
// Source: Kubernetes' documentation, "EndpointSlices"; the algorithm of k8s.io/endpointslice.
// Not modelled: topology hints, dual stack, the annotation endpoints.kubernetes.io/
// last-change-trigger-time, the older Endpoints objects.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/client/resource.h"

namespace sim::k8s {

inline constexpr std::string_view kServiceNameLabel = "kubernetes.io/service-name";
inline constexpr std::string_view kSliceManagerLabel = "endpointslice.kubernetes.io/managed-by";
inline constexpr std::string_view kSliceManager = "endpointslice-controller.k8s.io";
inline constexpr std::string_view kHeadlessLabel = "service.kubernetes.io/headless";
inline constexpr int64_t kEndpointsPerSlice = 100;

/// Whether the controller makes slices for it: it has a selector and is no ExternalName.
bool has_managed_endpoints(const Value& service);

/// The port that a service's port leads to on `pod`; 0 if the pod has none of that name.
int64_t target_port(const Value& pod, const Value& service_port);

/// One Endpoint. `node` is where the pod runs; absent if it is not known.
Value endpoint_of(const Value& service, const Value& pod, const Value& node);

/// The endpoints by the list of ports that they share.
struct EndpointGroup {
  Value ports;
  std::vector<Value> endpoints;
};
struct DesiredEndpoints {
  std::vector<EndpointGroup> groups;
  /// Pods that were left out because their node is not known (yet).
  std::vector<std::string> without_node;
};
/// `node_named` gives a node, or an absent value.
DesiredEndpoints desired_endpoints(const Value& service, const std::vector<Value>& pods,
                                   const std::function<Value(std::string_view name)>& node_named);

/// What has to be written: whole EndpointSlices.
struct SlicePlan {
  std::vector<Value> create;
  std::vector<Value> update;
  std::vector<Value> remove;
  [[nodiscard]] bool empty() const { return create.empty() && update.empty() && remove.empty(); }
};
/// `slices`: the service's own, by name.
SlicePlan plan_slices(const Value& service, const std::vector<Value>& slices,
                      const DesiredEndpoints& desired);

/// Whether endpoints may be others after this change of a pod. Source: endpointslice/util,
/// podEndpointsChanged.
bool endpoint_may_change(const Value& before, const Value& pod);

}  // namespace sim::k8s
