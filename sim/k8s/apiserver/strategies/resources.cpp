// The checks of resources: their names and amounts.

#include <algorithm>

#include "sim/k8s/apiserver/strategies/checks.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kContainerResources[] = {"cpu", "memory", "ephemeral-storage"};
// What quotas count, beside those.
constexpr std::string_view kQuotaResources[] = {
    "storage",
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
    "requests.cpu",
    "requests.memory",
    "requests.storage",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
};
constexpr std::string_view kCounted[] = {
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
};

bool is_huge_page(std::string_view resource) {
  return resource.starts_with("hugepages-");
}

bool is_quota_prefix(std::string_view resource) {
  return resource.starts_with("requests.hugepages-") || resource.starts_with("limits.hugepages-");
}

bool is_standard(std::string_view resource) {
  return is_among(resource, kContainerResources) || is_among(resource, kQuotaResources) ||
         is_huge_page(resource) || is_quota_prefix(resource);
}

bool is_extended(std::string_view resource) {
  return !is_native_resource(resource) && !resource.starts_with("requests.") &&
         qualified_name("requests." + std::string(resource)).empty();
}

}  // namespace

bool is_native_resource(std::string_view resource) {
  return resource.find('/') == std::string_view::npos ||
         resource.find("kubernetes.io/") != std::string_view::npos;
}

bool can_be_overcommitted(std::string_view resource) {
  return is_native_resource(resource) && !is_huge_page(resource);
}

void check_resource_name(FieldErrors& errors, const Place& at, std::string_view resource) {
  const Problems problems = qualified_name(resource);
  for (const std::string& problem : problems) errors.invalid(at, resource, problem);
  if (!problems.empty() || resource.find('/') != std::string_view::npos) return;
  if (!is_standard(resource)) {
    errors.invalid(at, resource, "must be a standard resource type or fully qualified");
  }
}

void check_container_resource_name(FieldErrors& errors, const Place& at,
                                   std::string_view resource) {
  check_resource_name(errors, at, resource);
  if (resource.find('/') == std::string_view::npos) {
    if (!is_among(resource, kContainerResources) && !is_huge_page(resource)) {
      errors.invalid(at, resource, "must be a standard resource for containers");
    }
  } else if (!is_native_resource(resource) && !is_extended(resource)) {
    errors.invalid(at, resource, "doesn't follow extended resource name standard");
  }
}

void check_resource_amount(FieldErrors& errors, const Place& at, std::string_view resource,
                           const Value& amount) {
  const Quantity quantity = Quantity::from(amount);
  if (quantity.is_negative()) errors.invalid(at, quantity.text(), kNotNegative);
  const bool is_whole = is_among(resource, kCounted) || !is_native_resource(resource);
  if (is_whole && quantity.milli() % 1000 != 0) {
    errors.invalid_as(at, quantity.text(), "must be an integer");
  }
}

}  // namespace sim::k8s::strategies
