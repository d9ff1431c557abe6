#include "sim/k8s/scheduler/event.h"

#include <algorithm>

#include "sim/k8s/api/quantity.h"

namespace sim::k8s::scheduler {
namespace {

using Kinds = uint32_t;
constexpr Kinds of(EventKind kind) {
  return Kinds{1} << static_cast<int>(kind);
}
template <class... More>
constexpr Kinds of(EventKind kind, More... more) {
  return of(kind) | of(more...);
}

// Which events a plugin looks at.
constexpr Kinds interests(Plugin plugin) {
  using enum EventKind;
  switch (plugin) {
    case Plugin::kSchedulingGates:
      return of(kPodUpdate);
    case Plugin::kNodeUnschedulable:
      return of(kNodeAdd, kNodeTaint, kPodUpdate);
    case Plugin::kNodeName:
      return of(kNodeAdd);
    case Plugin::kTaintToleration:
      return of(kNodeAdd, kNodeTaint, kPodUpdate);
    case Plugin::kNodeAffinity:
      return of(kNodeAdd, kNodeLabel);
    case Plugin::kNodePorts:
      return of(kNodeAdd, kAssignedPodDelete);
    case Plugin::kNodeResourcesFit:
      return of(kNodeAdd, kNodeAllocatable, kAssignedPodDelete, kPodUpdate);
    case Plugin::kVolumeBinding:
    case Plugin::kVolumeZone:
      return of(kNodeAdd, kNodeLabel, kClaim, kVolume, kStorageClass);
    case Plugin::kPodTopologySpread:
      return of(kNodeAdd, kNodeLabel, kNodeDelete, kNodeTaint, kAssignedPodAdd, kAssignedPodLabel,
                kAssignedPodDelete, kPodUpdate);
    case Plugin::kInterPodAffinity:
      return of(kNodeAdd, kNodeLabel, kAssignedPodAdd, kAssignedPodLabel, kAssignedPodDelete,
                kPodUpdate);
    case Plugin::kNodeResourcesBalancedAllocation:
    case Plugin::kImageLocality:
    case Plugin::kDefaultPreemption:
      break;
  }
  return 0;
}

std::vector<Taint> taints_of(const Value& node) {
  std::vector<Taint> made;
  for (const Value& taint : node["spec"]["taints"].items()) made.push_back(Taint::from(taint));
  if (node["spec"]["unschedulable"].truth()) {
    made.push_back({Value("node.kubernetes.io/unschedulable"), Value(""), Effect::kNoSchedule});
  }
  return made;
}

bool tolerates(const PodInfo& pod, const Value& node) {
  return untolerated(pod.spec->tolerations, taints_of(node)) == nullptr;
}

bool matches(const PodInfo& pod, const Value& node) {
  return pod.spec->nodes.matches(labels_of(node), metadata(node)["name"]);
}

// Whether the node, were it empty, would have enough, and has more of something than before.
bool has_room(const PodInfo& pod, const Event& event, const Names& names) {
  const Value& now = event.after["status"]["allocatable"];
  const Value& before = event.before["status"]["allocatable"];
  bool more = !event.before;
  bool enough = Quantity::from(now["pods"]).value() > 0;
  more = more || Quantity::from(now["pods"]) > Quantity::from(before["pods"]);
  const auto look = [&](std::string_view name, int64_t wanted, bool milli) {
    if (wanted == 0) return;
    const Quantity has = Quantity::from(now[name]);
    enough = enough && (milli ? has.milli() : has.value()) >= wanted;
    more = more || has > Quantity::from(before[name]);
  };
  const PodSpec& spec = *pod.spec;
  look("cpu", spec.requests.milli_cpu, true);
  look("memory", spec.requests.memory, false);
  look("ephemeral-storage", spec.requests.storage, false);
  for (const Amount& each : spec.amounts) {
    look(names.resources.value(each.resource).text(), each.amount, false);
  }
  return enough && more;
}

bool wants_ports_of(const PodInfo& pod, const PodInfo& other) {
  return std::any_of(pod.spec->ports.begin(), pod.spec->ports.end(), [&](const HostPort& want) {
    return std::any_of(other.spec->ports.begin(), other.spec->ports.end(),
                       [&](const HostPort& has) { return has.conflicts_with(want); });
  });
}

bool is_spread_with(const PodInfo& pod, const PodInfo& other, const Index& index) {
  return std::any_of(pod.spec->spread.begin(), pod.spec->spread.end(),
                     [&](const SpreadConstraint& constraint) {
                       return constraint.must && index.belongs(*other.identity, constraint.pods);
                     });
}

bool has_spread_keys(const PodInfo& pod, const Value& node, const Index& index) {
  return std::all_of(
      pod.spec->spread.begin(), pod.spec->spread.end(), [&](const SpreadConstraint& constraint) {
        return !constraint.must || label_of(labels_of(node), index.key_name(constraint.key));
      });
}

bool is_attracted_by(const PodInfo& pod, const PodInfo& other, const Index& index) {
  return pod.spec->required_pods && index.belongs(*other.identity, *pod.spec->required_pods);
}

// Either of them wants the other elsewhere.
bool keep_apart(const PodInfo& pod, const PodInfo& other, const Index& index) {
  const bool avoids =
      std::any_of(pod.spec->forbidden.begin(), pod.spec->forbidden.end(),
                  [&](const PodTerm& term) { return index.belongs(*other.identity, term.pods); });
  return avoids ||
         std::any_of(other.spec->owned.begin(), other.spec->owned.end(), [&](uint32_t id) {
           return index.term(id).kind == TermKind::kRequiredAnti &&
                  index.term_matches(id, *pod.identity);
         });
}

bool claims(const PodInfo& pod, const Value& claim) {
  if (metadata(claim)["namespace"] != pod.identity->space) return false;
  const auto names = pod.claims.items();
  return std::find(names.begin(), names.end(), metadata(claim)["name"]) != names.end();
}

bool plugin_hopes(Plugin plugin, const Event& event, const PodInfo& pod, Cluster& cluster) {
  const EventKind kind = event.kind;
  const Index& index = cluster.index();
  switch (plugin) {
    case Plugin::kNodeUnschedulable:
    case Plugin::kTaintToleration:
      return kind == EventKind::kPodUpdate ||
             (tolerates(pod, event.after) && !(event.before && tolerates(pod, event.before)));
    case Plugin::kNodeAffinity:
      return matches(pod, event.after) && !(event.before && matches(pod, event.before));
    case Plugin::kNodePorts:
      return kind == EventKind::kNodeAdd || wants_ports_of(pod, *event.pod);
    case Plugin::kNodeResourcesFit:
      return kind == EventKind::kPodUpdate || kind == EventKind::kAssignedPodDelete ||
             has_room(pod, event, cluster.names());
    case Plugin::kVolumeBinding:
    case Plugin::kVolumeZone:
      return kind != EventKind::kClaim || claims(pod, event.after);
    case Plugin::kPodTopologySpread:
      if (kind == EventKind::kPodUpdate) return true;
      if (event.pod != nullptr) return is_spread_with(pod, *event.pod, index);
      return (event.after && has_spread_keys(pod, event.after, index)) ||
             (event.before && has_spread_keys(pod, event.before, index));
    case Plugin::kInterPodAffinity:
      if (event.pod == nullptr) return true;
      if (kind == EventKind::kAssignedPodAdd) return is_attracted_by(pod, *event.pod, index);
      // With other labels it may attract the pod, or no longer repel it.
      if (kind == EventKind::kAssignedPodLabel) return true;
      return keep_apart(pod, *event.pod, index);
    case Plugin::kSchedulingGates:
    case Plugin::kNodeName:
    case Plugin::kNodeResourcesBalancedAllocation:
    case Plugin::kImageLocality:
    case Plugin::kDefaultPreemption:
      break;
  }
  return true;
}

}  // namespace

std::vector<Event> node_events(const Value& before, const Value& after) {
  std::vector<Event> events;
  const auto add = [&](EventKind kind) {
    Event& event = events.emplace_back(kind);
    event.before = before;
    event.after = after;
  };
  if (!before && after) {
    add(EventKind::kNodeAdd);
  } else if (before && !after) {
    add(EventKind::kNodeDelete);
  } else {
    if (before["status"]["allocatable"] != after["status"]["allocatable"]) {
      add(EventKind::kNodeAllocatable);
    }
    if (labels_of(before) != labels_of(after)) add(EventKind::kNodeLabel);
    if (before["spec"]["taints"] != after["spec"]["taints"] ||
        before["spec"]["unschedulable"].truth() != after["spec"]["unschedulable"].truth()) {
      add(EventKind::kNodeTaint);
    }
  }
  return events;
}

bool pod_changed(const Value& before, const Value& after) {
  return before["spec"] != after["spec"] || labels_of(before) != labels_of(after);
}

bool may_help(const Event& event, const PodInfo& pod, PluginSet refused_by, Cluster& cluster) {
  if (event.kind == EventKind::kAnything) return true;
  for (int i = 0; i < kPlugins; ++i) {
    const auto plugin = static_cast<Plugin>(i);
    if ((refused_by & set_of(plugin)) == 0) continue;
    if ((interests(plugin) & of(event.kind)) == 0) continue;
    if (plugin_hopes(plugin, event, pod, cluster)) return true;
  }
  return false;
}

}  // namespace sim::k8s::scheduler
