#include "sim/k8s/schema/kinds.h"

#include <algorithm>

#include "sim/k8s/schema/types.h"

namespace sim::k8s {
namespace {

// Group, version, kind, plural, singular, short names, categories, namespaced, status, scale.
constexpr KindInfo kKinds[] = {
    {"", "v1", "Binding", "bindings", "binding", "", "", true, false, false, &types::kBinding},
    {"", "v1", "ConfigMap", "configmaps", "configmap", "cm", "", true, false, false,
     &types::kConfigMap},
    {"", "v1", "Endpoints", "endpoints", "endpoints", "ep", "", true, false, false,
     &types::kEndpoints},
    {"", "v1", "Event", "events", "event", "ev", "", true, false, false, &types::kEvent},
    {"", "v1", "LimitRange", "limitranges", "limitrange", "limits", "", true, false, false,
     &types::kLimitRange},
    {"", "v1", "Namespace", "namespaces", "namespace", "ns", "", false, true, false,
     &types::kNamespace},
    {"", "v1", "Node", "nodes", "node", "no", "", false, true, false, &types::kNode},
    {"", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", "persistentvolumeclaim", "pvc",
     "", true, true, false, &types::kPersistentVolumeClaim},
    {"", "v1", "PersistentVolume", "persistentvolumes", "persistentvolume", "pv", "", false, true,
     false, &types::kPersistentVolume},
    {"", "v1", "Pod", "pods", "pod", "po", "all", true, true, false, &types::kPod},
    {"", "v1", "ResourceQuota", "resourcequotas", "resourcequota", "quota", "", true, true, false,
     &types::kResourceQuota},
    {"", "v1", "Secret", "secrets", "secret", "", "", true, false, false, &types::kSecret},
    {"", "v1", "ServiceAccount", "serviceaccounts", "serviceaccount", "sa", "", true, false, false,
     &types::kServiceAccount},
    {"", "v1", "Service", "services", "service", "svc", "all", true, true, false, &types::kService},
    {"apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions",
     "customresourcedefinition", "crd,crds", "api-extensions", false, true, false,
     &types::kCustomResourceDefinition},
    {"apps", "v1", "ControllerRevision", "controllerrevisions", "controllerrevision", "", "", true,
     false, false, &types::kControllerRevision},
    {"apps", "v1", "DaemonSet", "daemonsets", "daemonset", "ds", "all", true, true, false,
     &types::kDaemonSet},
    {"apps", "v1", "Deployment", "deployments", "deployment", "deploy", "all", true, true, true,
     &types::kDeployment},
    {"apps", "v1", "ReplicaSet", "replicasets", "replicaset", "rs", "all", true, true, true,
     &types::kReplicaSet},
    {"apps", "v1", "StatefulSet", "statefulsets", "statefulset", "sts", "all", true, true, true,
     &types::kStatefulSet},
    {"authentication.k8s.io", "v1", "TokenReview", "tokenreviews", "tokenreview", "", "", false,
     false, false, &types::kTokenReview},
    {"autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers",
     "horizontalpodautoscaler", "hpa", "all", true, true, false, &types::kHorizontalPodAutoscaler},
    {"batch", "v1", "CronJob", "cronjobs", "cronjob", "cj", "all", true, true, false,
     &types::kCronJob},
    {"batch", "v1", "Job", "jobs", "job", "", "all", true, true, false, &types::kJob},
    {"coordination.k8s.io", "v1", "Lease", "leases", "lease", "", "", true, false, false,
     &types::kLease},
    {"discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", "endpointslice", "", "", true,
     false, false, &types::kEndpointSlice},
    {"events.k8s.io", "v1", "Event", "events", "event", "ev", "", true, false, false,
     &types::kNewEvent},
    {"metrics.k8s.io", "v1beta1", "NodeMetrics", "nodes", "", "", "", false, false, false,
     &types::kNodeMetrics},
    {"metrics.k8s.io", "v1beta1", "PodMetrics", "pods", "", "", "", true, false, false,
     &types::kPodMetrics},
    {"policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", "poddisruptionbudget", "pdb",
     "", true, true, false, &types::kPodDisruptionBudget},
    {"scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", "priorityclass", "pc", "",
     false, false, false, &types::kPriorityClass},
    {"storage.k8s.io", "v1", "StorageClass", "storageclasses", "storageclass", "sc", "", false,
     false, false, &types::kStorageClass},
};

constexpr KindInfo kOtherKinds[] = {
    {"", "v1", "DeleteOptions", "", "", "", "", false, false, false, &types::kDeleteOptions},
    {"", "v1", "Status", "", "", "", "", false, false, false, &types::kStatus},
    {"authentication.k8s.io", "v1", "TokenRequest", "", "", "", "", true, false, false,
     &types::kTokenRequest},
    {"autoscaling", "v1", "Scale", "", "", "", "", true, false, false, &types::kScale},
    {"policy", "v1", "Eviction", "", "", "", "", true, false, false, &types::kEviction},
};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_in_any_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool is_among(std::string_view word, std::string_view list) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    if (equal_in_any_case(word, list.substr(0, comma))) return true;
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return false;
}

bool is_called(std::string_view name, const KindInfo& kind) {
  if (name.empty()) return false;
  return equal_in_any_case(name, kind.plural) || equal_in_any_case(name, kind.singular) ||
         equal_in_any_case(name, kind.kind) || is_among(name, kind.short_names);
}

}  // namespace

std::string KindInfo::api_version() const {
  std::string text(group);
  if (!text.empty()) text += '/';
  text += version;
  return text;
}

bool KindInfo::is(std::string_view api_version, std::string_view kind_name) const {
  if (kind != kind_name) return false;
  if (group.empty()) return api_version == version;
  return api_version.size() == group.size() + 1 + version.size() &&
         api_version.starts_with(group) && api_version[group.size()] == '/' &&
         api_version.ends_with(version);
}

std::span<const KindInfo> builtin_kinds() {
  return kKinds;
}

std::span<const KindInfo> other_kinds() {
  return kOtherKinds;
}

const KindInfo* find_kind(std::string_view api_version, std::string_view kind) {
  for (const KindInfo& each : kKinds) {
    if (each.is(api_version, kind)) return &each;
  }
  for (const KindInfo& each : kOtherKinds) {
    if (each.is(api_version, kind)) return &each;
  }
  return nullptr;
}

const KindInfo* find_resource(std::string_view group, std::string_view version,
                              std::string_view plural) {
  for (const KindInfo& each : kKinds) {
    if (each.plural == plural && each.group == group && each.version == version) return &each;
  }
  return nullptr;
}

bool means(std::string_view text, const KindInfo& kind, bool by_prefix) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos) return is_called(text, kind);
  if (!is_called(text.substr(0, dot), kind)) return false;
  const auto fits = [&](std::string_view group) {
    return by_prefix ? !group.empty() && kind.group.starts_with(group) : kind.group == group;
  };
  const std::string_view behind = text.substr(dot + 1);
  const size_t second = behind.find('.');
  if (second != std::string_view::npos && behind.substr(0, second) == kind.version &&
      fits(behind.substr(second + 1))) {
    return true;
  }
  return fits(behind);
}

std::vector<const KindInfo*> matching_resources(std::string_view text,
                                                std::span<const KindInfo> kinds) {
  std::vector<const KindInfo*> found;
  for (const bool by_prefix : {false, true}) {
    for (const KindInfo& each : kinds) {
      if (means(text, each, by_prefix)) found.push_back(&each);
    }
    if (!found.empty()) break;
  }
  return found;
}

std::string_view verbs_of(const KindInfo& kind) {
  if (kind.plural.empty() || kind.kind == "Binding" || kind.kind == "TokenReview") return "create";
  if (kind.group == "metrics.k8s.io") return "get,list";
  if (kind.kind == "Namespace" && kind.group.empty()) {
    return "create,delete,get,list,patch,update,watch";
  }
  return "create,delete,deletecollection,get,list,patch,update,watch";
}

}  // namespace sim::k8s
