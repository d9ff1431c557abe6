// sim/k8s/scheduler/node_info.h: what the scheduler knows of a node and of the pods on it.
//
// Concept: sums are kept as pods come and go, so that a filter only compares numbers.
// Lifetime: owned by the Cluster; a place is used again once node and pods are gone.
// Source: Kubernetes' documentation, "Node"; kube-scheduler's framework.NodeInfo.

#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/k8s/scheduler/digest.h"

namespace sim::k8s::scheduler {

/// How often each of some ids occurs; those that do not are not stored. Ordered by id.
class CountList {
 public:
  struct Count {
    uint32_t id;
    int32_t n;
  };
  [[nodiscard]] int32_t of(uint32_t id) const {
    const auto at = place(id);
    return at != counts_.end() && at->id == id ? at->n : 0;
  }
  void add(uint32_t id, int32_t n) {
    const auto at = place(id);
    if (at == counts_.end() || at->id != id) {
      if (n != 0) counts_.insert(at, {id, n});
      return;
    }
    const auto it = counts_.begin() + (at - counts_.begin());
    it->n += n;
    if (it->n == 0) counts_.erase(it);
  }
  void erase(uint32_t id) { add(id, -of(id)); }
  void clear() { counts_.clear(); }
  [[nodiscard]] const std::vector<Count>& all() const { return counts_; }

 private:
  [[nodiscard]] std::vector<Count>::const_iterator place(uint32_t id) const {
    return std::lower_bound(counts_.begin(), counts_.end(), id,
                            [](const Count& count, uint32_t wanted) { return count.id < wanted; });
  }
  std::vector<Count> counts_;
};

struct NodeInfo {
  // What every filter and score of a plain pod looks at comes first, in few lines of the cache.
  Resources allocatable;
  Resources requested;
  int64_t nonzero_milli_cpu = 0;
  int64_t nonzero_memory = 0;
  std::vector<PodInfo*> pods;
  /// Pods that made room here and wait; not among `pods`.
  std::vector<PodInfo*> nominated;
  std::vector<Taint> taints;
  int64_t allowed_pods = 0;
  uint32_t id = 0;  // its place in the Cluster
  bool present = false;
  bool unschedulable = false;

  Value name;
  Value labels;
  Value object;  // absent while only its pods are known
  Value zone;    // region and zone, for the order of nodes
  std::vector<Amount> allocatable_amounts;
  std::vector<Amount> requested_amounts;
  std::vector<uint32_t> images;  // ids of Names, in order
  std::vector<HostPort> ports;   // that its pods take

  // The Index's: the domain for each topology key, and how many pods of each class, and how many
  // owners of each term, are here.
  std::vector<uint32_t> domains;
  CountList classes;
  CountList terms;
};

/// Pods that a node is imagined to have besides those that it has, or not to have.
struct NodeChange {
  std::vector<const PodInfo*> added;
  std::vector<const PodInfo*> removed;
  [[nodiscard]] bool removes(const PodInfo* pod) const {
    return std::find(removed.begin(), removed.end(), pod) != removed.end();
  }
};

}  // namespace sim::k8s::scheduler
