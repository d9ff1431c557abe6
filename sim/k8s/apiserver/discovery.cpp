#include "sim/k8s/apiserver/discovery.h"

#include <string>
#include <vector>

#include "sim/k8s/api/object.h"
#include "sim/k8s/apiserver/server.h"
#include "sim/k8s/schema/openapi.h"

namespace sim::k8s {
namespace {

using json::Array;
using json::Object;
using json::Value;

Value list_of(std::string_view comma_separated) {
  Array out;
  while (!comma_separated.empty()) {
    const size_t comma = comma_separated.find(',');
    out.add(comma_separated.substr(0, comma));
    comma_separated.remove_prefix(comma == std::string_view::npos ? comma_separated.size()
                                                                  : comma + 1);
  }
  return out.build();
}

Value version_document() {
  return Object()
      .set("major", "1")
      .set("minor", "33")
      .set("gitVersion", kVersion)
      .set("gitCommit", "")
      .set("gitTreeState", "clean")
      .set("buildDate", "2026-01-01T00:00:00Z")
      .set("goVersion", "go1.24.4")
      .set("compiler", "gc")
      .set("platform", "linux/amd64")
      .build();
}

Value core_versions() {
  const Value address =
      Object().set("clientCIDR", "0.0.0.0/0").set("serverAddress", "10.96.0.1:443").build();
  return Object()
      .set("kind", "APIVersions")
      .set("versions", Array().add("v1").build())
      .set("serverAddressByClientCIDRs", Array().add(address).build())
      .build();
}

Value group_document(const Resources& resources, std::string_view group) {
  const std::vector<std::string_view> versions = resources.versions_of(group);
  if (versions.empty()) return {};
  Array all;
  for (const std::string_view version : versions) {
    all.add(Object()
                .set("groupVersion", std::string(group) + "/" + std::string(version))
                .set("version", version)
                .build());
  }
  const Value made = all.build();
  return Object().set("name", group).set("versions", made).set("preferredVersion", made[0]).build();
}

Value all_groups(const Resources& resources) {
  Array groups;
  for (const std::string_view group : resources.groups()) {
    groups.add(group_document(resources, group));
  }
  return Object()
      .set("kind", "APIGroupList")
      .set("apiVersion", "v1")
      .set("groups", groups.build())
      .build();
}

Value resource_row(const KindInfo& kind, std::string_view subresource, std::string_view row_kind,
                   std::string_view verbs) {
  std::string name(kind.plural);
  if (!subresource.empty()) {
    name += '/';
    name += subresource;
  }
  Object row;
  row.set("name", name)
      .set("singularName", subresource.empty() ? kind.singular : std::string_view())
      .set("namespaced", kind.namespaced)
      .set("kind", row_kind)
      .set("verbs", list_of(verbs));
  if (subresource.empty()) {
    row.set_nonzero("shortNames", list_of(kind.short_names));
    row.set_nonzero("categories", list_of(kind.categories));
  }
  return std::move(row).build();
}

Value scale_row(const KindInfo& kind) {
  return resource_row(kind, "scale", "Scale", "get,patch,update")
      .with("group", "autoscaling")
      .with("version", "v1");
}

Value resource_list(const Resources& resources, std::string_view group, std::string_view version) {
  Array rows;
  for (const KindInfo* kind : resources.all()) {
    if (kind->group != group || kind->version != version) continue;
    rows.add(resource_row(*kind, {}, kind->kind, verbs_of(*kind)));
    if (kind->plural == "pods" && group.empty()) {
      rows.add(resource_row(*kind, "binding", "Binding", "create"));
      rows.add(resource_row(*kind, "eviction", "Eviction", "create")
                   .with("group", "policy")
                   .with("version", "v1"));
      rows.add(resource_row(*kind, "exec", "PodExecOptions", "create,get"));
      rows.add(resource_row(*kind, "log", "Pod", "get"));
    }
    if (kind->plural == "namespaces" && group.empty()) {
      rows.add(resource_row(*kind, "finalize", "Namespace", "update"));
    }
    if (kind->plural == "serviceaccounts" && group.empty()) {
      rows.add(resource_row(*kind, "token", "TokenRequest", "create")
                   .with("group", "authentication.k8s.io")
                   .with("version", "v1"));
    }
    if (kind->has_scale) rows.add(scale_row(*kind));
    if (kind->has_status) rows.add(resource_row(*kind, "status", kind->kind, "get,patch,update"));
  }
  if (rows.size() == 0) return {};
  return Object()
      .set("kind", "APIResourceList")
      .set("apiVersion", "v1")
      .set("groupVersion", GroupVersion{std::string(group), std::string(version)}.text())
      .set("resources", rows.build())
      .build();
}

}  // namespace

std::optional<Value> discovery_document(const Resources& resources, std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  if (path == "/version") return version_document();
  if (path == "/api") return core_versions();
  if (path == "/api/v1") return resource_list(resources, {}, "v1");
  if (path == "/apis") return all_groups(resources);
  constexpr std::string_view kApis = "/apis/";
  if (!path.starts_with(kApis)) return {};
  path.remove_prefix(kApis.size());
  const size_t slash = path.find('/');
  Value document;
  if (slash == std::string_view::npos) {
    document = group_document(resources, path);
    if (document) document = document.with("kind", "APIGroup").with("apiVersion", "v1");
  } else {
    document = resource_list(resources, path.substr(0, slash), path.substr(slash + 1));
  }
  return document ? std::optional(document) : std::nullopt;
}

Value openapi_at(std::string_view path) {
  constexpr std::string_view kRoot = "/openapi/v3";
  constexpr std::string_view kCore = "/api/";
  constexpr std::string_view kGroups = "/apis/";
  path.remove_prefix(kRoot.size());
  if (path.empty() || path == "/") return openapi_index();
  if (path.starts_with(kCore)) return openapi_document({}, path.substr(kCore.size()));
  if (!path.starts_with(kGroups)) return {};
  path.remove_prefix(kGroups.size());
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos) return {};
  return openapi_document(path.substr(0, slash), path.substr(slash + 1));
}

}  // namespace sim::k8s
