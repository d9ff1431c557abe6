// sim/k8s/network/service_rules.h: what Services and EndpointSlices mean for a machine's address
// translation and for names.
//
// Concept: pure functions of what the API server has. A Service's port stands for the ready
// endpoints of its slices, as addresses and ports; while none is ready, for those that are still
// serving while they terminate. Source: Kubernetes' documentation, "Virtual IPs and Service
// Proxies".

#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/k8s/api/object.h"
#include "sim/net/nat.h"

namespace sim::k8s {

/// "namespace/name" of the Service that a slice belongs to.
std::string service_key_of(const Value& slice);

struct ServiceRule {
  net::Nat::Service service;
  net::Nat::Target target;
};

struct ServiceRuleOptions {
  /// The machine that the rules are for: its address, and its node's name.
  net::Ip machine;
  std::string node;
};

/// The rules of one Service with its slices: one for each of its ports and addresses.
std::vector<ServiceRule> rules_of(const Value& service, std::span<const Value> slices,
                                  const ServiceRuleOptions& options);

/// An endpoint that names lead to.
struct NamedEndpoint {
  net::Ip ip;
  std::string host_name;  // of a pod with spec.hostname and subdomain; may be empty
};
/// The ready endpoints of a headless Service (all, if it publishes addresses that are not ready).
std::vector<NamedEndpoint> endpoints_of(const Value& service, std::span<const Value> slices);

}  // namespace sim::k8s
