// sim/k8s/controllers/node_zones.h: how fast pods are driven from nodes that have failed.
//
// Concept: pure state. One node that fails is one node's trouble; most of a zone failing at once is
// more likely the network's. So a zone where 55 % of the nodes are unhealthy loses its pods more
// slowly, or not at all if it is small, and when no zone is healthy nobody is driven out.
// Source: kube-controller-manager, node-lifecycle-controller (ComputeZoneState, handleDisruption):
// --node-eviction-rate 0.1, --secondary-node-eviction-rate 0.01, --large-cluster-size-threshold
// 50, --unhealthy-zone-threshold 0.55.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/world/time.h"
#include "sim/k8s/api/object.h"

namespace sim::k8s {

inline constexpr engine::Duration kEvictionInterval = 10 * engine::kSecond;
inline constexpr engine::Duration kSlowEvictionInterval = 100 * engine::kSecond;
inline constexpr int64_t kLargeZone = 50;

/// "region:zone" by the node's labels.
std::string zone_of(const Value& node);

enum class ZoneState : uint8_t { kInitial, kNormal, kPartialDisruption, kFullDisruption };

struct ZoneCounts {
  int64_t ready = 0;
  int64_t not_ready = 0;
  [[nodiscard]] int64_t nodes() const { return ready + not_ready; }
};
ZoneState zone_state(const ZoneCounts& counts);

/// The time between two evictions of a zone; nothing: none are allowed.
using EvictionPace = std::optional<engine::Duration>;
EvictionPace eviction_pace(ZoneState state, int64_t nodes);

/// The states of all zones.
class ZoneModes {
 public:
  struct Change {
    /// The paces that are others now.
    std::map<std::string, EvictionPace> paces;
    /// All zones have failed: no node's taint stays.
    bool forgive_all = false;
    /// They no longer have: every node's grace begins anew.
    bool restart_grace = false;
  };
  Change update(const std::map<std::string, ZoneCounts>& zones);
  [[nodiscard]] ZoneState state(const std::string& zone) const;

 private:
  std::map<std::string, ZoneState> states_;
};

/// The nodes of a zone that wait for their taint, in order, at the zone's pace.
class EvictionQueue {
 public:
  /// False if it has been added before and not been removed since.
  bool add(const std::string& node);
  /// It may be added again.
  void remove(const std::string& node);
  void set_pace(EvictionPace pace, engine::Instant now);
  /// The next node whose turn it is, if its time has come.
  std::optional<std::string> take(engine::Instant now);
  [[nodiscard]] bool empty() const { return waiting_.empty(); }

 private:
  [[nodiscard]] bool accept(engine::Instant now);

  std::deque<std::string> waiting_;
  std::set<std::string> known_;
  EvictionPace pace_ = kEvictionInterval;
  engine::Instant next_;
};

}  // namespace sim::k8s
