// sim/k8s/scheduler/cycle.h: one pod against the nodes: filters and scores.
//
// Concept: begin() is PreFilter, check() runs the filters of one node, score() is PreScore, Score
// and NormalizeScore of all feasible ones. What is worked out once for a pod is kept in buffers
// that the next cycle uses again; for a pod without special wishes a check is a few comparisons and
// a score a few divisions, and nothing is allocated. A node can be checked as if it had other pods:
// that is how nominated pods and preemption are tried. Determinism: integers as in Kubernetes;
// where it uses float64, the same operations in the same order, and a logarithm of our own.
// Lifetime: refers to the cluster and to the pod of begin(); neither may change until the next one.
// Source: kube-scheduler 1.33's plugins; Kubernetes' documentation, "Scheduling Framework".
// Not modelled: float64's 80-bit or fused variants; image volumes in ImageLocality.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/k8s/scheduler/cluster.h"
#include "sim/k8s/scheduler/plugin.h"

namespace sim::k8s::scheduler {

class Cycle {
 public:
  explicit Cycle(Cluster& cluster) : cluster_(cluster), index_(cluster.index()) {}
  Cycle(const Cycle&) = delete;
  Cycle& operator=(const Cycle&) = delete;

  /// `as_if_pending`: whatever node it already has.
  void begin(PodInfo& pod, bool as_if_pending = false);
  [[nodiscard]] const PodInfo& pod() const { return *pod_; }
  /// A plugin knew beforehand that no node will do: why, or empty.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }
  [[nodiscard]] Plugin refused_by() const { return refused_by_; }
  /// Only the nodes that the pod's affinity names can do.
  [[nodiscard]] bool restricted() const { return restricted_; }

  /// The filters, in order, up to the first that refuses.
  [[nodiscard]] Verdict check(const NodeInfo& node, const NodeChange* change = nullptr);
  /// The same, with the pods of at least its priority that are nominated there, and without them.
  [[nodiscard]] Verdict check_with_nominated(const NodeInfo& node,
                                             const NodeChange* change = nullptr);
  /// The texts of a verdict: one, or one for each resource that is short.
  void append_reasons(const Verdict& verdict, const NodeInfo& node,
                      std::vector<std::string>& out) const;

  /// Scores of nodes that all passed. `keep_raw` keeps what they were before normalizing.
  void score(std::span<NodeInfo* const> nodes, bool keep_raw = false);
  using Scores = std::array<std::vector<int64_t>, kScorePlugins>;
  /// By plugin and node, normalized, without weights; the last score()'s.
  [[nodiscard]] const Scores& normalized() const { return scores_; }
  [[nodiscard]] const Scores& raw() const { return raw_; }
  [[nodiscard]] bool skipped(ScoreIndex plugin) const { return skipped_[plugin]; }
  /// The weighted sums.
  [[nodiscard]] const std::vector<int64_t>& totals() const { return totals_; }

 private:
  /// How many pods of a class are in which domain of a key, of the nodes that count.
  struct Tally {
    const SpreadConstraint* constraint = nullptr;
    const DomainCounts* sums = nullptr;  // null: `own` has them
    std::vector<int32_t> own;            // by domain; negative: no node that counts has it
    int32_t self = 0;                    // 1 if the pod itself is of the class
    int32_t domains = 0;
    int32_t least = 0;
    int32_t at_least = 0;    // how many domains have so few
    int32_t next_least = 0;  // the fewest of the others
    double weight = 0;       // of a soft constraint
    bool by_node = false;    // a soft one that counts on each node
    [[nodiscard]] int32_t in(uint32_t domain) const {
      if (sums != nullptr) return sums->counts.of(domain);
      return domain < own.size() && own[domain] > 0 ? own[domain] : 0;
    }
  };
  struct Weighted {
    const DomainCounts* pods;
    int64_t weight;
  };
  struct Forbidden {
    uint32_t pods;
    const DomainCounts* sums;
  };
  struct BoundVolume {
    bool has_terms = false;
    std::vector<NodeTerm> terms;
    struct Zone {
      Value key;
      Value key_now;  // what `key` is called today
      std::vector<Value> values;
    };
    std::vector<Zone> zones;
  };

  void begin_pod_affinity();
  void begin_spread();
  void begin_volumes();
  void refuse(Plugin plugin, std::string why);
  /// `all_keys`: only nodes that have the keys of all constraints count.
  void tally(std::span<Tally> tallies, bool all_keys);
  void scan(std::span<Tally> tallies, bool all_keys);
  static void find_least(Tally& tally, const Index& index);
  [[nodiscard]] bool has_all_keys(const NodeInfo& node, std::span<const Tally> tallies) const;
  [[nodiscard]] bool counts_here(const SpreadConstraint& constraint, const NodeInfo& node) const;
  [[nodiscard]] int32_t change_of(const NodeChange* change, uint32_t pods) const;

  [[nodiscard]] Verdict check_resources(const NodeInfo& node, const NodeChange* change) const;
  [[nodiscard]] bool ports_free(const NodeInfo& node, const NodeChange* change) const;
  [[nodiscard]] Verdict check_volumes(const NodeInfo& node) const;
  [[nodiscard]] Verdict check_spread(const NodeInfo& node, const NodeChange* change) const;
  [[nodiscard]] Verdict check_pod_affinity(const NodeInfo& node, const NodeChange* change) const;
  [[nodiscard]] bool affinity_holds(const NodeInfo& node, const NodeChange* change) const;
  [[nodiscard]] bool others_allow(const NodeInfo& node, const NodeChange* change) const;

  void score_taints(std::span<NodeInfo* const> nodes);
  void score_node_affinity(std::span<NodeInfo* const> nodes);
  void score_resources(std::span<NodeInfo* const> nodes);
  void score_images(std::span<NodeInfo* const> nodes);
  void score_spread(std::span<NodeInfo* const> nodes);
  void score_pod_affinity(std::span<NodeInfo* const> nodes);
  void normalize(ScoreIndex plugin, bool reverse);

  Cluster& cluster_;
  Index& index_;
  PodInfo* pod_ = nullptr;
  Value wanted_node_;  // `spec.nodeName`
  const Taint unschedulable_{Value("node.kubernetes.io/unschedulable"), Value(""),
                             Effect::kNoSchedule};
  std::string refusal_;
  Plugin refused_by_ = Plugin::kSchedulingGates;
  bool restricted_ = false;

  std::vector<const DomainCounts*> required_;  // of the pod's affinity, by key
  bool required_by_self_ = false;
  std::vector<Forbidden> forbidden_;
  std::vector<const Term*> others_forbid_;
  std::vector<const Term*> others_prefer_;
  std::vector<Weighted> prefers_;
  std::vector<Tally> musts_;
  size_t musts_used_ = 0;
  std::vector<SpreadConstraint> soft_;  // the pod's own, or the defaults
  bool soft_by_default_ = false;
  std::vector<Tally> wishes_;
  size_t wishes_used_ = 0;
  std::vector<BoundVolume> volumes_;
  NodeChange with_nominated_;

  Scores scores_;
  Scores raw_;
  std::array<bool, kScorePlugins> skipped_{};
  std::vector<int64_t> totals_;
  std::vector<uint8_t> ignored_;  // by PodTopologySpread
  std::vector<uint32_t> marks_;   // by domain: the last cycle that saw it
  uint32_t mark_ = 0;
  struct Worth {
    uint32_t image;
    int64_t score;
  };
  std::vector<Worth> images_;
};

}  // namespace sim::k8s::scheduler
