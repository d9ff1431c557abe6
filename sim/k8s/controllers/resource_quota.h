// sim/k8s/controllers/resource_quota.h: counts anew what a namespace's quotas have been used for.
//
// Concept: admission charges what is created; this takes back what has gone, and counts all of it
// when a quota is new or has changed, and every five minutes.
// Source: Kubernetes' documentation, "Resource Quotas"; kube-controller-manager,
// resourcequota-controller (5 workers).
// Not modelled: the scope CrossNamespacePodAffinity; priority for quotas that have never been
// counted.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/k8s/api/quantity.h"
#include "sim/k8s/controllers/controller.h"

namespace sim::k8s {

using QuotaUsage = std::map<std::string, Quantity, std::less<>>;

/// What one object counts for, by the names that quotas use: "pods", "requests.cpu",
/// "count/deployments.apps".
QuotaUsage quota_usage_of(const Resource& resource, const Value& object);

/// Whether a quota's scopes include it; those without scopes include everything.
bool quota_covers(const Value& quota, const Resource& resource, const Value& object);

/// The objects of a namespace, of one resource.
struct QuotaObjects {
  Resource resource;
  std::vector<Value> objects;
};
/// The quota with its status: `hard` as specified, `used` as counted.
Value recounted(const Value& quota, const std::vector<QuotaObjects>& content);

/// Starts the workers and returns; they end with `context`. Asks for its informers before it
/// suspends.
engine::Task<> run_resource_quotas(ControllerContext controllers, engine::Context context);

}  // namespace sim::k8s
