// sim/k8s/schema/kinds.h: the kinds of objects that the API server knows.
//
// Concept: one row for each resource; discovery, routing, kubectl and the controllers look here.
// Custom resources add rows at run time with the same type.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/schema/schema.h"

namespace sim::k8s {

struct KindInfo {
  std::string_view group;  // empty: core
  std::string_view version;
  std::string_view kind;      // "Deployment"
  std::string_view plural;    // "deployments"
  std::string_view singular;  // "deployment"
  /// Comma-separated, as in `kubectl api-resources`.
  std::string_view short_names = {};
  std::string_view categories = {};
  bool namespaced = true;
  /// Which subresources it has.
  bool has_status = false;
  bool has_scale = false;
  const Schema* schema = nullptr;

  /// "apps/v1", "v1"
  [[nodiscard]] std::string api_version() const;
  [[nodiscard]] bool is(std::string_view api_version, std::string_view kind_name) const;
};

/// The built-in ones, in the order of `kubectl api-resources`: core first, then groups by name.
std::span<const KindInfo> builtin_kinds();
/// Kinds that are no resources, but what subresources and options are written in: Scale, Eviction,
/// TokenRequest, DeleteOptions, Status. They have no plural.
std::span<const KindInfo> other_kinds();

/// Either sort. Null if there is none.
const KindInfo* find_kind(std::string_view api_version, std::string_view kind);
/// The resource at a path such as /apis/apps/v1/deployments. Null if there is none.
const KindInfo* find_resource(std::string_view group, std::string_view version,
                              std::string_view plural);

/// Whether a user of kubectl may mean `kind` by `text`: its plural, singular, short name or kind,
/// in any case, alone or followed by .GROUP or .VERSION.GROUP. `by_prefix`: a part of the group's
/// name is enough. Source: Kubernetes' DefaultRESTMapper and ParseResourceArg.
bool means(std::string_view text, const KindInfo& kind, bool by_prefix = false);
/// All that `text` may mean, the preferred one first. By the group's prefix only if there is none
/// by its whole name.
std::vector<const KindInfo*> matching_resources(std::string_view text,
                                                std::span<const KindInfo> kinds = builtin_kinds());

/// What can be done with objects of that kind, comma-separated, as discovery tells it.
std::string_view verbs_of(const KindInfo& kind);

}  // namespace sim::k8s
