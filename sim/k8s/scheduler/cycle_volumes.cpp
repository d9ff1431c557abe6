// The part of a cycle that looks at volumes: VolumeBinding and VolumeZone.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "sim/k8s/scheduler/cycle.h"

namespace sim::k8s::scheduler {
namespace {

struct ZoneLabel {
  std::string_view key;
  std::string_view today;
};
constexpr ZoneLabel kZoneLabels[] = {
    {"failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"},
    {"failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"},
    {"topology.kubernetes.io/zone", "topology.kubernetes.io/zone"},
    {"topology.kubernetes.io/region", "topology.kubernetes.io/region"},
};

// Source: cloud-provider's volume/helpers, LabelZonesToSet.
std::vector<Value> zones_of(std::string_view text) {
  constexpr std::string_view kBetween = "__";
  std::vector<Value> zones;
  while (true) {
    const size_t end = text.find(kBetween);
    zones.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return zones;
    text.remove_prefix(end + kBetween.size());
  }
}

std::string quoted(std::string_view before, std::string_view name, std::string_view after) {
  std::string text(before);
  text += " \"";
  text += name;
  text += "\" ";
  text += after;
  return text;
}

std::string_view class_of(const Value& claim) {
  const std::string_view old = annotation_of(claim, "volume.beta.kubernetes.io/storage-class");
  return old.empty() ? claim["spec"]["storageClassName"].text() : old;
}

}  // namespace

// A claim that has its volume says where; one that waits for its first consumer may go anywhere.
void Cycle::begin_volumes() {
  const Value& space = pod_->identity->space;
  for (const Value& name : pod_->claims.items()) {
    const Value& claim = cluster_.claim(space, name);
    if (!claim) {
      refuse(Plugin::kVolumeBinding, quoted("persistentvolumeclaim", name.text(), "not found"));
      return;
    }
    const std::string_view volume = claim["spec"]["volumeName"].text();
    if (claim["status"]["phase"].text() == "Lost") {
      refuse(Plugin::kVolumeBinding,
             quoted("persistentvolumeclaim", name.text(), "bound to non-existent") +
                 quoted(" persistentvolume", volume, ""));
      refusal_.pop_back();
      return;
    }
    if (is_being_deleted(claim)) {
      refuse(Plugin::kVolumeBinding,
             quoted("persistentvolumeclaim", name.text(), "is being deleted"));
      return;
    }
  }
  for (const Value& name : pod_->claims.items()) {
    const Value& claim = cluster_.claim(space, name);
    if (!claim["spec"]["volumeName"].text().empty()) continue;
    const Value& storage_class = cluster_.storage_class(class_of(claim));
    if (storage_class["volumeBindingMode"].text() != "WaitForFirstConsumer") {
      refuse(Plugin::kVolumeBinding, "pod has unbound immediate PersistentVolumeClaims");
      return;
    }
  }
  for (const Value& name : pod_->claims.items()) {
    const Value& volume_name = cluster_.claim(space, name)["spec"]["volumeName"];
    if (volume_name.text().empty()) continue;
    const Value& volume = cluster_.volume(volume_name);
    if (!volume) {
      refuse(Plugin::kVolumeZone, quoted("persistentvolume", volume_name.text(), "not found"));
      return;
    }
    BoundVolume bound;
    const Value& required = volume["spec"]["nodeAffinity"]["required"];
    bound.has_terms = required.is_object();
    bound.terms = node_terms(required);
    for (const ZoneLabel& label : kZoneLabels) {
      const Value& zones = labels_of(volume)[label.key];
      if (!zones) continue;
      bound.zones.push_back({Value(label.key), Value(label.today), zones_of(zones.text())});
    }
    volumes_.push_back(std::move(bound));
  }
}

Verdict Cycle::check_volumes(const NodeInfo& node) const {
  for (const BoundVolume& volume : volumes_) {
    if (volume.has_terms && !any_matches(volume.terms, node.labels, node.name)) {
      return Verdict::unresolvable(Plugin::kVolumeBinding, Reason::kVolumeNodeConflict);
    }
  }
  // A node without zones is in the only one.
  const bool zoned =
      std::any_of(std::begin(kZoneLabels), std::end(kZoneLabels),
                  [&](const ZoneLabel& label) { return node.labels.contains(label.key); });
  if (!zoned) return {};
  for (const BoundVolume& volume : volumes_) {
    for (const BoundVolume::Zone& zone : volume.zones) {
      const Value& first = label_of(node.labels, zone.key);
      const Value& here = first ? first : label_of(node.labels, zone.key_now);
      if (std::find(zone.values.begin(), zone.values.end(), here) == zone.values.end()) {
        return Verdict::unresolvable(Plugin::kVolumeZone, Reason::kVolumeZone);
      }
    }
  }
  return {};
}

}  // namespace sim::k8s::scheduler
