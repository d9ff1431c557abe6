#include "sim/k8s/apiserver/strategy.h"

#include "sim/k8s/apiserver/strategies/strategies.h"

namespace sim::k8s {
namespace {

using namespace strategies;  // NOLINT: this is their table

struct Row {
  std::string_view group;
  std::string_view plural;
  const Strategy* strategy;
};

constexpr std::string_view kRbac = "rbac.authorization.k8s.io";
constexpr std::string_view kStorage = "storage.k8s.io";
constexpr std::string_view kNetwork = "networking.k8s.io";
constexpr std::string_view kAdmission = "admissionregistration.k8s.io";

// The busiest kinds come first.
constexpr Row kRows[] = {
    {"", "pods", &kPod},
    {"", "nodes", &kNode},
    {"", "events", &kEvent},
    {"coordination.k8s.io", "leases", &kLease},
    {"discovery.k8s.io", "endpointslices", &kEndpointSlice},
    {"apps", "replicasets", &kReplicaSet},
    {"apps", "deployments", &kDeployment},
    {"", "services", &kService},
    {"", "endpoints", &kEndpoints},
    {"", "configmaps", &kConfigMap},
    {"", "secrets", &kSecret},
    {"", "serviceaccounts", &kServiceAccount},
    {"", "namespaces", &kNamespace},
    {"", "limitranges", &kLimitRange},
    {"", "resourcequotas", &kResourceQuota},
    {"", "persistentvolumeclaims", &kPersistentVolumeClaim},
    {"", "persistentvolumes", &kPersistentVolume},
    {"", "podtemplates", &kPodTemplate},
    {"", "replicationcontrollers", &kReplicationController},
    {"apps", "statefulsets", &kStatefulSet},
    {"apps", "daemonsets", &kDaemonSet},
    {"apps", "controllerrevisions", &kControllerRevision},
    {"batch", "jobs", &kJob},
    {"batch", "cronjobs", &kCronJob},
    {"autoscaling", "horizontalpodautoscalers", &kHorizontalPodAutoscaler},
    {"policy", "poddisruptionbudgets", &kPodDisruptionBudget},
    {"scheduling.k8s.io", "priorityclasses", &kPriorityClass},
    {"node.k8s.io", "runtimeclasses", &kRuntimeClass},
    {"events.k8s.io", "events", &kEvent},
    {kNetwork, "ingresses", &kIngress},
    {kNetwork, "ingressclasses", &kIngressClass},
    {kNetwork, "networkpolicies", &kNetworkPolicy},
    {kStorage, "storageclasses", &kStorageClass},
    {kStorage, "volumeattachments", &kVersioned},
    {kStorage, "csidrivers", &kVersioned},
    {kStorage, "csinodes", &kVersioned},
    {kStorage, "csistoragecapacities", &kVersioned},
    {kRbac, "roles", &kRole},
    {kRbac, "clusterroles", &kClusterRole},
    {kRbac, "rolebindings", &kRoleBinding},
    {kRbac, "clusterrolebindings", &kClusterRoleBinding},
    {kAdmission, "validatingwebhookconfigurations", &kVersioned},
    {kAdmission, "mutatingwebhookconfigurations", &kVersioned},
    {"apiextensions.k8s.io", "customresourcedefinitions", &kCustomResourceDefinition},
    {"apiregistration.k8s.io", "apiservices", &kVersioned},
    {"certificates.k8s.io", "certificatesigningrequests", &kPlain},
};

}  // namespace

const Strategy& strategy_of(const KindInfo& kind) {
  for (const Row& row : kRows) {
    if (row.plural == kind.plural && row.group == kind.group) return *row.strategy;
  }
  return kCustom;
}

}  // namespace sim::k8s
