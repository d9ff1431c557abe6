// sim/k8s/scheduler/spread_defaults.h: how pods are spread that do not say how.
//
// Concept: pods of one Service or controller are spread softly, by node and by zone. Which pods
// belong together follows from the selectors of the Services that mean the pod and of its
// controller; found anew when those of its namespace have changed.
// Source: Kubernetes' documentation, "Pod Topology Spread Constraints", internal default
// constraints; kube-scheduler's helper.DefaultSelector.
// Not modelled: ReplicationControllers.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/k8s/scheduler/index.h"

namespace sim::k8s::scheduler {

inline constexpr int32_t kDefaultHostnameSkew = 3;
inline constexpr int32_t kDefaultZoneSkew = 5;

class SpreadDefaults {
 public:
  explicit SpreadDefaults(Index& index)
      : index_(index),
        hostname_(index.key_of("kubernetes.io/hostname")),
        zone_(index.key_of("topology.kubernetes.io/zone")) {}

  /// An absent object: there is none of that name. Services, ReplicaSets and StatefulSets count.
  void set_service(const Value& space, const Value& name, const Value& service);
  void set_controller(const Value& space, const Value& kind, const Value& name,
                      const Value& controller);

  /// The pods among which this one is to be spread, a class that its identity holds.
  std::optional<uint32_t> class_for(PodIdentity& identity, const Value& pod);
  [[nodiscard]] uint32_t hostname() const { return hostname_; }
  [[nodiscard]] uint32_t zone() const { return zone_; }

 private:
  struct Service {
    Value name;
    Value selector;
  };
  struct Space {
    std::vector<Service> services;
    uint64_t version = 0;
  };
  Value find_class(const PodIdentity& identity, const Value& owner);

  Index& index_;
  uint32_t hostname_;
  uint32_t zone_;
  uint64_t versions_ = 0;
  ValueMap<Space> spaces_;
  ValueMap<Value> controllers_;  // the selector, by namespace, kind and name
};

}  // namespace sim::k8s::scheduler
