#include "sim/k8s/scheduler/plugin.h"

namespace sim::k8s::scheduler {
namespace {

constexpr std::string_view kNames[kPlugins] = {
    "SchedulingGates", "NodeUnschedulable", "NodeName",         "TaintToleration",
    "NodeAffinity",    "NodePorts",         "NodeResourcesFit", "VolumeBinding",
    "VolumeZone",      "PodTopologySpread", "InterPodAffinity", "NodeResourcesBalancedAllocation",
    "ImageLocality",   "DefaultPreemption",
};

}  // namespace

std::string_view plugin_name(Plugin plugin) {
  return kNames[static_cast<int>(plugin)];
}

std::string_view text_of(Reason reason) {
  switch (reason) {
    case Reason::kUnschedulableNode:
      return "node(s) were unschedulable";
    case Reason::kNodeName:
      return "node(s) didn't match the requested node name";
    case Reason::kNodeAffinity:
      return "node(s) didn't match Pod's node affinity/selector";
    case Reason::kPorts:
      return "node(s) didn't have free ports for the requested pod ports";
    case Reason::kVolumeNodeConflict:
      return "node(s) had volume node affinity conflict";
    case Reason::kVolumeZone:
      return "node(s) had no available volume zone";
    case Reason::kSpread:
      return "node(s) didn't match pod topology spread constraints";
    case Reason::kSpreadLabel:
      return "node(s) didn't match pod topology spread constraints (missing required label)";
    case Reason::kPodAffinity:
      return "node(s) didn't match pod affinity rules";
    case Reason::kPodAntiAffinity:
      return "node(s) didn't match pod anti-affinity rules";
    case Reason::kExistingAntiAffinity:
      return "node(s) didn't satisfy existing pods anti-affinity rules";
    case Reason::kNone:
    case Reason::kTaint:
    case Reason::kResources:
    case Reason::kNotAmongNodes:
    case Reason::kNotExamined:
      break;
  }
  return {};
}

}  // namespace sim::k8s::scheduler
