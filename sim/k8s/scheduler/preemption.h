// sim/k8s/scheduler/preemption.h: whom a pod may push away to fit.
//
// Concept: on a node where it would help, all pods of lower priority are imagined away; if the pod
// fits then, they come back one by one, the most important first and those that a disruption budget
// protects before the others, as long as it still fits. Of the nodes the one that hurts least is
// taken. Nothing is changed here: the victims are for the caller to delete.
// Determinism: nodes are tried from an offset that the caller draws. Lifetime: pointers into the
// cluster, good until it changes.
// Source: Kubernetes' documentation, "Pod Priority and Preemption"; kube-scheduler 1.33's
// DefaultPreemption.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/k8s/scheduler/cycle.h"

namespace sim::k8s::scheduler {

/// A node that refused a pod.
struct Refusal {
  const NodeInfo* node;
  Verdict verdict;
};

struct Candidate {
  const NodeInfo* node = nullptr;
  std::vector<PodInfo*> victims;  // the most important first
  int64_t violations = 0;         // of disruption budgets
};

class Preemption {
 public:
  Preemption(Cluster& cluster, Cycle& cycle) : cluster_(cluster), cycle_(cycle) {}

  /// Whether it may at all. If not, why: "not eligible due to ...".
  [[nodiscard]] std::string ineligible(const PodInfo& pod, std::span<const Refusal> refusals) const;
  /// How many of so many nodes are tried: 10 %, at least 100.
  static uint32_t candidates_wanted(uint32_t nodes);
  struct Found {
    Candidate best;       // no node: there is none
    std::string message;  // then: "0/3 nodes are available: ..."
  };
  /// For the pod of the cycle. `offset` is a number below how many refusals are unschedulable;
  /// `now_ns` stands for the start of pods that have not started.
  Found find(std::span<const Refusal> refusals, uint32_t offset, int64_t now_ns);

 private:
  struct Budget {
    Value space;
    LabelMatch pods;
    int64_t allowed;
    Value disrupted;
  };
  void read_budgets();
  Verdict try_node(const NodeInfo& node, Candidate& out);
  void split_by_budgets(std::span<PodInfo* const> pods, std::vector<PodInfo*>& violating,
                        std::vector<PodInfo*>& others);
  void order_by_importance(std::vector<PodInfo*>& pods) const;
  [[nodiscard]] const Candidate& pick(const std::vector<Candidate>& candidates) const;
  [[nodiscard]] int64_t start_of(const PodInfo& pod) const {
    return pod.start_ns != 0 ? pod.start_ns : now_ns_;
  }

  Cluster& cluster_;
  Cycle& cycle_;
  int64_t now_ns_ = 0;
  std::vector<Budget> budgets_;
  NodeChange without_;
};

}  // namespace sim::k8s::scheduler
