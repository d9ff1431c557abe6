// sim/k8s/scheduler/decision.h: where a pod goes.
//
// Concept: nodes are looked at from where the cycle before stopped, until enough fit; these are
// scored, and the best one is taken, or one of the best by a draw. If none fits, preemption is
// tried. Nothing outside is touched and nothing waits: the result says what to do. Determinism:
// draws are choices kProgram of `key`: one for a tie, one for where preemption begins. Source:
// kube-scheduler 1.33's schedule_one; Kubernetes' documentation, "Scheduler Performance Tuning".
// Not modelled: the few nodes more that the real one's parallel workers may look at.

#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "engine/world/choice.h"
#include "sim/k8s/scheduler/cluster.h"
#include "sim/k8s/scheduler/cycle.h"
#include "sim/k8s/scheduler/explanation.h"
#include "sim/k8s/scheduler/failure.h"
#include "sim/k8s/scheduler/preemption.h"

namespace sim::k8s::scheduler {

struct DeciderOptions {
  DeciderOptions() = default;
  /// 0: as many as suits the size of the cluster.
  uint32_t percentage_of_nodes_to_score = 0;
  /// Of how many decisions the explanation is kept.
  uint32_t explanations = 0;
  /// Who draws.
  engine::EntityKey key;
};

/// How many nodes that fit are enough: all below 100; else a share that falls from 50 % by 1 % for
/// each 125 nodes to 5 %, but at least 100.
uint32_t feasible_nodes_to_find(uint32_t nodes, uint32_t percentage);

struct Decision {
  /// Null: it fits nowhere.
  const NodeInfo* node = nullptr;
  uint32_t feasible = 0;
  uint32_t examined = 0;
  uint32_t ties = 0;

  // Of a pod that fits nowhere:
  std::string message;
  /// Who refused it. None: there are no nodes.
  PluginSet refused_by = 0;
  /// What becomes of its nomination.
  enum class Nomination : uint8_t { kKept, kCleared, kSet };
  Nomination nomination = Nomination::kKept;
  Candidate preempts;                // of kSet
  std::vector<PodInfo*> pushed_out;  // pods of lower priority that are nominated there
};

class Decider {
 public:
  Decider(Cluster& cluster, DeciderOptions options)
      : cluster_(cluster), options_(options), cycle_(cluster), preemption_(cluster, cycle_) {}

  /// REQUIRES: the pod has no node. `now_ns`: since 1970.
  Decision decide(PodInfo& pod, int64_t now_ns);
  /// Every node, whether decide() would look at it or not; draws nothing, changes nothing. A pod
  /// that has a node is taken as if it had none.
  Explanation explain(PodInfo& pod, int64_t now_ns);
  /// The latest decisions' last.
  [[nodiscard]] const std::deque<Explanation>& explanations() const { return explanations_; }
  /// Where the next search begins, in the order of nodes.
  [[nodiscard]] uint32_t next_start() const { return next_start_; }

 private:
  void find_feasible(const PodInfo& pod, Decision& out);
  bool try_nominated(const PodInfo& pod, Decision& out);
  void select(Decision& out);
  void fail(PodInfo& pod, int64_t now_ns, Decision& out);
  Explanation explanation_of(const Decision& decision, int64_t now_ns);

  Cluster& cluster_;
  DeciderOptions options_;
  Cycle cycle_;
  Preemption preemption_;
  uint32_t next_start_ = 0;
  std::vector<NodeInfo*> candidates_;  // of a pod that can only use some
  std::vector<NodeInfo*> feasible_;
  std::vector<Refusal> refusals_;
  std::deque<Explanation> explanations_;
};

}  // namespace sim::k8s::scheduler
