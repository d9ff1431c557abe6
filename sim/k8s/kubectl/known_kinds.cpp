#include "sim/k8s/kubectl/known_kinds.h"

#include "sim/k8s/api/object.h"

namespace sim::k8s::kubectl {
namespace {

using json::Value;

std::string joined_with_commas(const Value& list) {
  std::string out;
  for (const Value& item : list.items()) {
    if (!out.empty()) out += ',';
    out += item.text();
  }
  return out;
}

}  // namespace

void KnownKinds::add(const Value& resource_list) {
  documents_.push_back(resource_list);
  const auto keep = [this](std::string text) -> std::string_view {
    texts_.push_back(std::move(text));
    return texts_.back();
  };
  GroupVersion parsed = parse_group_version(resource_list["groupVersion"].text());
  const std::string_view group = keep(std::move(parsed.group));
  const std::string_view version = keep(std::move(parsed.version));
  for (const Value& row : resource_list["resources"].items()) {
    const std::string_view name = row["name"].text();
    const size_t slash = name.find('/');
    if (slash != std::string_view::npos) {
      // A subresource of one that came before.
      const std::string_view what = name.substr(slash + 1);
      for (KindInfo& kind : discovered_) {
        if (kind.group != group || kind.version != version) continue;
        if (kind.plural != name.substr(0, slash)) continue;
        kind.has_status = kind.has_status || what == "status";
        kind.has_scale = kind.has_scale || what == "scale";
      }
      continue;
    }
    KindInfo kind;
    kind.group = group;
    kind.version = version;
    kind.kind = row["kind"].text();
    kind.plural = name;
    kind.singular = row["singularName"].text();
    kind.short_names = keep(joined_with_commas(row["shortNames"]));
    kind.categories = keep(joined_with_commas(row["categories"]));
    kind.namespaced = row["namespaced"].truth();
    discovered_.push_back(kind);
  }
}

}  // namespace sim::k8s::kubectl
