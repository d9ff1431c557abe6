#include "sim/k8s/apiserver/resources.h"

#include <algorithm>

namespace sim::k8s {

Resources::Resources() {
  collect();
}

void Resources::collect() {
  all_.clear();
  for (const KindInfo& kind : builtin_kinds()) all_.push_back(&kind);
  for (const auto& custom : custom_) {
    for (const auto& kind : custom->kinds) all_.push_back(kind.get());
  }
}

const KindInfo* Resources::find(std::string_view group, std::string_view version,
                                std::string_view plural) const {
  for (const KindInfo* kind : all_) {
    if (kind->plural == plural && kind->group == group && kind->version == version) return kind;
  }
  return nullptr;
}

std::vector<std::string_view> Resources::versions_of(std::string_view group) const {
  std::vector<std::string_view> versions;
  for (const KindInfo* kind : all_) {
    if (kind->group != group) continue;
    if (std::find(versions.begin(), versions.end(), kind->version) == versions.end()) {
      versions.push_back(kind->version);
    }
  }
  return versions;
}

std::vector<std::string_view> Resources::groups() const {
  std::vector<std::string_view> groups;
  for (const KindInfo* kind : all_) {
    if (kind->group.empty()) continue;
    if (std::find(groups.begin(), groups.end(), kind->group) == groups.end()) {
      groups.push_back(kind->group);
    }
  }
  return groups;
}

void Resources::define(const json::Value& definition) {
  const std::string_view name = definition["metadata"]["name"].text();
  const json::Value& spec = definition["spec"];
  for (const auto& custom : custom_) {
    if (custom->definition["spec"] == spec && custom->definition["metadata"]["name"].text() == name)
      return;
  }
  forget(name);
  auto custom = std::make_unique<Custom>();
  custom->definition = definition;
  const auto joined = [&](const json::Value& list) -> std::string_view {
    auto text = std::make_unique<std::string>();
    for (const json::Value& item : list.items()) {
      if (!text->empty()) *text += ',';
      *text += item.text();
    }
    custom->texts.push_back(std::move(text));
    return *custom->texts.back();
  };
  const json::Value& names = spec["names"];
  for (const json::Value& version : spec["versions"].items()) {
    if (!version["served"].truth()) continue;
    auto kind = std::make_unique<KindInfo>();
    kind->group = spec["group"].text();
    kind->version = version["name"].text();
    kind->kind = names["kind"].text();
    kind->plural = names["plural"].text();
    kind->singular = names["singular"].text();
    kind->short_names = joined(names["shortNames"]);
    kind->categories = joined(names["categories"]);
    kind->namespaced = spec["scope"].text() == "Namespaced";
    kind->has_status = version["subresources"].contains("status");
    kind->has_scale = version["subresources"].contains("scale");
    custom->kinds.push_back(std::move(kind));
  }
  custom_.push_back(std::move(custom));
  collect();
}

void Resources::forget(std::string_view definition_name) {
  for (auto at = custom_.begin(); at != custom_.end(); ++at) {
    if ((*at)->definition["metadata"]["name"].text() != definition_name) continue;
    retired_.push_back(std::move(*at));
    custom_.erase(at);
    break;
  }
  collect();
}

}  // namespace sim::k8s
