// tests/k8s/scheduler_reference.h: what the scheduler's documentation says, written down as it says
// it: no indexes, no sums kept, every pod on every node looked at for every question.
//
// It shares no code with sim/k8s/scheduler; it uses texts, maps and doubles, and libm's logarithm.
// Source: Kubernetes' documentation: "Kubernetes Scheduler", "Assigning Pods to Nodes", "Taints and
// Tolerations", "Pod Topology Spread Constraints", "Resource Bin Packing", "Scheduler
// Configuration". Not covered: volumes, nominated pods.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/json/value.h"

namespace scheduler_reference {

using sim::json::Value;
using Labels = std::map<std::string, std::string>;

struct Judgement {
  bool fits = false;
  std::string plugin;  // that refused it
  std::vector<std::string> reasons;
  std::map<std::string, int64_t> scores;  // by plugin, normalized, of nodes that fit
  int64_t total = 0;
};

struct World {
  std::vector<Value> nodes;
  std::vector<Value> pods;  // that have a node
  std::map<std::string, Labels> namespaces;
  std::vector<Value> services;
};

/// By the name of the node.
std::map<std::string, Judgement> judge(const World& world, const Value& pod);

}  // namespace scheduler_reference
