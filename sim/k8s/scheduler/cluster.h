// sim/k8s/scheduler/cluster.h: the scheduler's picture of the cluster.
//
// Concept: the real scheduler keeps a cache and takes a snapshot of it for each cycle; here a cycle
// cannot be interrupted, so the cache is the snapshot. A pod that was given a node counts there at
// once, assumed, before the API server knows.
// Determinism: nodes are in the order of the node tree: zones in the order in which they came, one
// node of each in turn. Lifetime: digests and nodes live here; pointers to them are good until the
// pod or node is removed.
// Source: kube-scheduler's backend/cache.
// Not modelled: expiry of assumed pods, which is off in the real one as well.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/scheduler/digest.h"
#include "sim/k8s/scheduler/index.h"
#include "sim/k8s/scheduler/node_info.h"
#include "sim/k8s/scheduler/spread_defaults.h"

namespace sim::k8s::scheduler {

/// What a pod is found by: its uid, or its name if it has none.
Value pod_key(const Value& pod);

class Cluster {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  Cluster() = default;
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // Nodes.
  void set_node(const Value& node);
  void remove_node(const Value& name);
  /// Those whose objects are known, in the scheduler's order.
  [[nodiscard]] const std::vector<NodeInfo*>& nodes() const;
  /// Null if there is none, or only its pods are known.
  [[nodiscard]] const NodeInfo* find_node(const Value& name) const;
  [[nodiscard]] const NodeInfo& node(uint32_t id) const { return *nodes_[id]; }
  [[nodiscard]] NodeInfo* mutable_node(uint32_t id) { return nodes_[id].get(); }
  /// All ids of nodes are below this.
  [[nodiscard]] uint32_t places() const { return static_cast<uint32_t>(nodes_.size()); }

  // Pods.
  /// A pod that is new, or has changed; `spec.nodeName` says whether it has a node.
  PodInfo& set_pod(const Value& pod);
  void remove_pod(const Value& pod);
  /// Null if there is none with its uid.
  [[nodiscard]] PodInfo* find_pod(const Value& pod);
  [[nodiscard]] const PodInfo* find_pod(const Value& pod) const {
    return const_cast<Cluster*>(this)->find_pod(pod);
  }
  [[nodiscard]] uint32_t pods() const { return pods_.count(); }
  /// It counts on this node from now on, though it is not bound. REQUIRES: it has none.
  void assume(PodInfo& pod, uint32_t node);
  /// It could not be bound. REQUIRES: it is assumed.
  void forget(PodInfo& pod);
  /// Takes a pod off its node for a moment, and puts it back to where it was. Nothing may change
  /// between.
  struct Lifted {
    uint32_t node;
    uint32_t place;
  };
  Lifted lift(PodInfo& pod);
  void put_back(PodInfo& pod, Lifted lifted);
  /// It made room on a node and waits for it; an absent name: it does not.
  void nominate(PodInfo& pod, const Value& node_name);

  // What else decides. An absent object: there is none of that name.
  void set_namespace(const Value& name, const Value& object);
  void set_claim(const Value& space, const Value& name, const Value& object);
  void set_volume(const Value& name, const Value& object) { put(volumes_, name, object); }
  void set_storage_class(const Value& name, const Value& object) {
    put(storage_classes_, name, object);
  }
  void set_disruption_budget(const Value& space, const Value& name, const Value& object);
  [[nodiscard]] SpreadDefaults& spread_defaults() { return spread_defaults_; }

  [[nodiscard]] const Value& claim(const Value& space, const Value& name) const;
  [[nodiscard]] const Value& volume(const Value& name) const { return get(volumes_, name); }
  [[nodiscard]] const Value& storage_class(const Value& name) const {
    return get(storage_classes_, name);
  }
  /// By namespace and name.
  [[nodiscard]] const std::map<std::string, Value, std::less<>>& disruption_budgets() const {
    return budgets_;
  }

  struct Image {
    int64_t size = 0;   // bytes, as the first node that had it said
    int32_t nodes = 0;  // that have it
  };
  [[nodiscard]] Image image(uint32_t id) const {
    return id < images_.size() ? images_[id] : Image();
  }
  [[nodiscard]] const Names& names() const { return digests_.names(); }
  [[nodiscard]] Index& index() { return index_; }
  [[nodiscard]] Digests& digests() { return digests_; }

 private:
  struct Zone {
    Value name;
    std::vector<uint32_t> nodes;
  };
  NodeInfo& place(const Value& name);
  void tidy(NodeInfo& node);
  void read_node(const Value& object, NodeInfo& out);
  void set_images(NodeInfo& node, const Value& images);
  void enter_zone(const NodeInfo& node);
  void leave_zone(const NodeInfo& node);
  void attach(PodInfo& pod, NodeInfo& node);
  void detach(PodInfo& pod);
  void withdraw(PodInfo& pod);
  static void put(ValueMap<Value>& map, const Value& key, const Value& object);
  static const Value& get(const ValueMap<Value>& map, const Value& key);

  std::vector<std::unique_ptr<NodeInfo>> nodes_;  // by id; null where none is
  std::vector<uint32_t> free_;
  ValueMap<uint32_t> node_ids_;
  std::vector<Zone> zones_;
  mutable std::vector<NodeInfo*> order_;
  mutable bool order_stale_ = false;
  std::vector<Image> images_;
  ValueMap<Value> claims_;
  ValueMap<Value> volumes_;
  ValueMap<Value> storage_classes_;
  std::map<std::string, Value, std::less<>> budgets_;
  Index index_{nodes_};
  Digests digests_{index_};
  SpreadDefaults spread_defaults_{index_};
  // Last, so that pods go first: they hold digests.
  ValueMap<std::unique_ptr<PodInfo>> pods_;
};

}  // namespace sim::k8s::scheduler
