#include "sim/k8s/controllers/kind_place.h"

namespace sim::k8s {
namespace {

constexpr std::string_view kApiVersions[] = {
    "v1",
    "admissionregistration.k8s.io/v1",
    "apiextensions.k8s.io/v1",
    "apiregistration.k8s.io/v1",
    "apps/v1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "certificates.k8s.io/v1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1",
    "networking.k8s.io/v1",
    "node.k8s.io/v1",
    "policy/v1",
    "rbac.authorization.k8s.io/v1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1",
};

}  // namespace

KindPlace place_of(const KindInfo& kind) {
  KindPlace place;
  if (!kind.group.empty()) {
    place.api_version = kind.group;
    place.api_version += '/';
  }
  place.api_version += kind.version;
  place.plural = kind.plural;
  place.kind = kind.kind;
  place.namespaced = kind.namespaced;
  place.has_scale = kind.has_scale;
  return place;
}

std::vector<KindPlace> places_of(const Value& definition) {
  std::vector<KindPlace> places;
  const Value& spec = definition["spec"];
  for (const Value& version : spec["versions"].items()) {
    if (!version["served"].truth()) continue;
    KindPlace place;
    place.api_version = spec["group"].text();
    place.api_version += '/';
    place.api_version += version["name"].text();
    place.plural = spec["names"]["plural"].text();
    place.kind = spec["names"]["kind"].text();
    place.namespaced = spec["scope"].text() == "Namespaced";
    place.has_scale = version["subresources"].contains("scale");
    places.push_back(std::move(place));
  }
  return places;
}

std::optional<KindPlace> find_place(ObjectKind kind, std::span<const Value> definitions) {
  for (const KindInfo& each : builtin_kinds()) {
    if (each.kind != kind.kind) continue;
    KindPlace place = place_of(each);
    if (place.api_version == kind.api_version) return place;
  }
  for (const Value& definition : definitions) {
    for (KindPlace& place : places_of(definition)) {
      if (place.kind == kind.kind && place.api_version == kind.api_version) return place;
    }
  }
  return std::nullopt;
}

std::optional<Resource> builtin_resource(const KindInfo& kind) {
  const std::string api_version = place_of(kind).api_version;
  for (const std::string_view known : kApiVersions) {
    if (known == api_version) return Resource{known, kind.plural, kind.kind, kind.namespaced};
  }
  return std::nullopt;
}

bool is_collected(const KindInfo& kind) {
  if (kind.plural.empty() || kind.plural == "events" || kind.group == "metrics.k8s.io") {
    return false;
  }
  return kind.kind != "Binding" && !kind.group.starts_with("authentication.") &&
         !kind.group.starts_with("authorization.");
}

}  // namespace sim::k8s
