// sim/k8s/scheduler/explanation.h: why a pod went where it went, node by node and plugin by plugin.
//
// Plain data with texts of its own, for a panel or a report: it outlives the cluster it tells of.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/k8s/scheduler/plugin.h"

namespace sim::k8s::scheduler {

struct PluginScore {
  int64_t raw = 0;
  int64_t normalized = 0;
  int64_t weighted = 0;
  /// The plugin had nothing to say of this pod; its scores are 0.
  bool skipped = false;
};

struct NodeExplanation {
  std::string node;
  /// kSuccess, or which plugin refused it and what it said.
  Code code = Code::kSuccess;
  /// Enough others had been found before; nobody looked.
  bool examined = true;
  Plugin refused_by = Plugin::kSchedulingGates;
  std::vector<std::string> reasons;
  /// By kScores; only of nodes that passed.
  std::array<PluginScore, kScorePlugins> scores{};
  int64_t total = 0;
  /// Among those with the highest total.
  bool best = false;
};

struct Explanation {
  std::string pod;  // "namespace/name"
  int64_t at_ns = 0;
  /// In the scheduler's order.
  std::vector<NodeExplanation> nodes;
  /// The node that it was given; empty if none, or if nothing was decided.
  std::string chosen;
  /// How many had the highest total: among them a draw decides.
  int32_t ties = 0;
  /// Of a pod that fits nowhere.
  std::string message;
  /// The node that it makes room on, and whom it pushes away there.
  std::string nominated;
  std::vector<std::string> victims;
};

}  // namespace sim::k8s::scheduler
