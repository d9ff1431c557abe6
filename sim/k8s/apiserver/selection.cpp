#include "sim/k8s/apiserver/selection.h"

#include <algorithm>

namespace sim::k8s {
namespace {

struct Fields {
  std::string_view plural;
  std::string_view path;
};

// Beyond metadata.name and metadata.namespace, which all have.
constexpr Fields kSelectable[] = {
    {"pods", "spec.nodeName"},
    {"pods", "spec.restartPolicy"},
    {"pods", "spec.schedulerName"},
    {"pods", "spec.serviceAccountName"},
    {"pods", "spec.hostNetwork"},
    {"pods", "status.phase"},
    {"pods", "status.podIP"},
    {"pods", "status.nominatedNodeName"},
    {"nodes", "spec.unschedulable"},
    {"namespaces", "status.phase"},
    {"secrets", "type"},
    {"services", "spec.clusterIP"},
    {"services", "spec.type"},
    {"replicasets", "status.replicas"},
    {"jobs", "status.successful"},
    {"events", "involvedObject.kind"},
    {"events", "involvedObject.namespace"},
    {"events", "involvedObject.name"},
    {"events", "involvedObject.uid"},
    {"events", "involvedObject.apiVersion"},
    {"events", "involvedObject.resourceVersion"},
    {"events", "involvedObject.fieldPath"},
    {"events", "reason"},
    {"events", "reportingComponent"},
    {"events", "source"},
    {"events", "type"},
};

// What an absent field counts as, where that is not the empty text.
std::string_view default_of(std::string_view path) {
  if (path == "spec.unschedulable" || path == "spec.hostNetwork") return "false";
  if (path == "status.successful" || path == "status.replicas") return "0";
  return {};
}

}  // namespace

bool is_selectable(const KindInfo& kind, std::string_view path) {
  if (path == "metadata.name" || (kind.namespaced && path == "metadata.namespace")) return true;
  return std::any_of(std::begin(kSelectable), std::end(kSelectable), [&](const Fields& fields) {
    return fields.plural == kind.plural && fields.path == path;
  });
}

std::string selectable_field(const KindInfo& kind, const Value& object, std::string_view path) {
  if (kind.plural == "events" && path == "source") return field_text(object, "source.component");
  if (kind.plural == "jobs" && path == "status.successful") path = "status.succeeded";
  std::string text = field_text(object, path);
  return text.empty() ? std::string(default_of(path)) : text;
}

bool Selection::matches(const Value& object) const {
  if (!space.empty() && namespace_of(object) != space) return false;
  if (!labels.matches(labels_of(object))) return false;
  return fields.matches(
      [&](std::string_view path) { return selectable_field(*kind, object, path); });
}

}  // namespace sim::k8s
