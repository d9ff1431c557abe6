// sim/k8s/scheduler/plugin.h: the plugins of the default profile, and what they say of a node.
//
// Source: Kubernetes' documentation, "Scheduler Configuration" (default plugins and weights); the
// texts are those of kube-scheduler 1.33.
// Not modelled: NodeVolumeLimits, VolumeRestrictions, DynamicResources, extenders, other profiles.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sim::k8s::scheduler {

/// In the order in which filters run; a node's verdict is that of the first that refuses it.
enum class Plugin : uint8_t {
  kSchedulingGates,
  kNodeUnschedulable,
  kNodeName,
  kTaintToleration,
  kNodeAffinity,
  kNodePorts,
  kNodeResourcesFit,
  kVolumeBinding,
  kVolumeZone,
  kPodTopologySpread,
  kInterPodAffinity,
  kNodeResourcesBalancedAllocation,
  kImageLocality,
  kDefaultPreemption,
};
inline constexpr int kPlugins = 14;

std::string_view plugin_name(Plugin plugin);

/// A set of plugins, a bit each.
using PluginSet = uint32_t;
constexpr PluginSet set_of(Plugin plugin) {
  return PluginSet{1} << static_cast<int>(plugin);
}

struct ScorePlugin {
  Plugin plugin;
  int64_t weight;
};
inline constexpr int kScorePlugins = 7;
inline constexpr std::array<ScorePlugin, kScorePlugins> kScores{{
    {Plugin::kTaintToleration, 3},
    {Plugin::kNodeAffinity, 2},
    {Plugin::kNodeResourcesFit, 1},
    {Plugin::kPodTopologySpread, 2},
    {Plugin::kInterPodAffinity, 2},
    {Plugin::kNodeResourcesBalancedAllocation, 1},
    {Plugin::kImageLocality, 1},
}};
/// Places in kScores.
enum ScoreIndex : uint8_t {
  kTaintScore,
  kNodeAffinityScore,
  kFitScore,
  kSpreadScore,
  kPodAffinityScore,
  kBalanceScore,
  kImageScore,
};
inline constexpr int64_t kMaxNodeScore = 100;

enum class Code : uint8_t {
  kSuccess,
  kUnschedulable,
  /// As the one before, and taking pods away would not help.
  kUnresolvable,
};

enum class Reason : uint8_t {
  kNone,
  kUnschedulableNode,
  kNodeName,
  kTaint,
  kNodeAffinity,
  kPorts,
  kResources,
  kVolumeNodeConflict,
  kVolumeZone,
  kSpread,
  kSpreadLabel,
  kPodAffinity,
  kPodAntiAffinity,
  kExistingAntiAffinity,
  /// The pod can only run on certain nodes, and this is none of them.
  kNotAmongNodes,
  /// Enough others were found; nobody looked at this one.
  kNotExamined,
};
/// Empty of those whose texts depend on more: kTaint, kResources, kNotAmongNodes.
std::string_view text_of(Reason reason);

/// Why a node was refused; small, and free of texts.
struct Verdict {
  Code code = Code::kSuccess;
  Reason reason = Reason::kNone;
  Plugin plugin = Plugin::kSchedulingGates;
  /// Of kResources: a bit each for pods, cpu, memory and ephemeral storage.
  uint8_t short_of = 0;
  /// Of kTaint: which of the node's. Of kResources: a bit for each other resource that the pod asks
  /// for.
  uint32_t detail = 0;

  [[nodiscard]] bool ok() const { return code == Code::kSuccess; }
  static Verdict unschedulable(Plugin plugin, Reason reason) {
    return {Code::kUnschedulable, reason, plugin, 0, 0};
  }
  static Verdict unresolvable(Plugin plugin, Reason reason) {
    return {Code::kUnresolvable, reason, plugin, 0, 0};
  }
};
inline constexpr uint8_t kShortOfPods = 1;
inline constexpr uint8_t kShortOfCpu = 2;
inline constexpr uint8_t kShortOfMemory = 4;
inline constexpr uint8_t kShortOfStorage = 8;

}  // namespace sim::k8s::scheduler
