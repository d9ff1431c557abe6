// sim/k8s/controllers/kind_place.h: where the API server keeps objects of a kind.
//
// Concept: controllers that treat all kinds alike (garbage, namespaces, budgets) get a kind from an
// owner reference and need its path. Kinds are built in, or defined by a custom resource
// definition. Source: apimachinery's RESTMapper.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/client/resource.h"
#include "sim/k8s/schema/kinds.h"

namespace sim::k8s {

struct KindPlace {
  std::string api_version;
  std::string plural;
  std::string kind;
  bool namespaced = true;
  bool has_scale = false;

  /// REQUIRES: this lives as long as what it is given to.
  [[nodiscard]] Resource resource() const { return {api_version, plural, kind, namespaced}; }
  bool operator==(const KindPlace&) const = default;
};

KindPlace place_of(const KindInfo& kind);
/// Of each version that a CustomResourceDefinition serves.
std::vector<KindPlace> places_of(const Value& definition);
/// Nothing if neither a built-in kind nor one of the definitions fits.
std::optional<KindPlace> find_place(ObjectKind kind, std::span<const Value> definitions);

/// A built-in kind with texts that live for ever, as informers need them; nothing if its version is
/// not among those known here.
std::optional<Resource> builtin_resource(const KindInfo& kind);

/// Whether objects of that kind can be listed and deleted: not events, which end by themselves, nor
/// what is only posted, nor measurements.
bool is_collected(const KindInfo& kind);

}  // namespace sim::k8s
