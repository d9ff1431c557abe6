// sim/k8s/scheduler/failure.h: what is said of a pod that fits nowhere.
//
//   0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. preemption: ...
//
// Source: kube-scheduler's framework.FitError.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/scheduler/cycle.h"

namespace sim::k8s::scheduler {

inline constexpr std::string_view kNoNodes = "no nodes available to schedule pods";

/// How many nodes said what. Nodes that say the same are one entry until a text is wanted.
class Reasons {
 public:
  void add(const NodeInfo& node, const Verdict& verdict, int64_t nodes = 1);
  void add(std::string_view text, int64_t nodes);
  void clear();
  [[nodiscard]] int64_t nodes() const { return nodes_; }
  /// "1 Insufficient cpu, 2 Too many pods"; in the order of these texts, numbers included.
  [[nodiscard]] std::string text(const Cycle& cycle) const;

 private:
  struct Group {
    Verdict verdict;
    const NodeInfo* node;  // one of them
    int64_t nodes;
  };
  std::vector<Group> groups_;
  std::map<std::string, int64_t, std::less<>> texts_;
  int64_t nodes_ = 0;
};

struct FitText {
  int64_t nodes = 0;
  std::string_view before;  // what PreFilter said, instead of the nodes' reasons
  std::string_view reasons;
  std::string_view after;  // what preemption said
};
std::string fit_message(const FitText& text);

}  // namespace sim::k8s::scheduler
