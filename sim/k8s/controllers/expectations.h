// sim/k8s/controllers/expectations.h: what a controller has asked for and not seen happen yet.
//
// Concept: a controller's informers lag behind its own writes. After it has created or deleted
// pods for an object it must not count again before it has seen them come and go, or it would
// create too many. What does not show within five minutes is expected no more.
// Lifetime: a counted handle. Source: kube-controller-manager's ControllerExpectations and
// UIDTrackingControllerExpectations.

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "engine/sync/counted.h"
#include "engine/world/time.h"

namespace sim::k8s {

class Expectations {
 public:
  static constexpr engine::Duration kTimeout = 300 * engine::kSecond;

  Expectations() : core_(new Core) {}

  /// Sets what is expected for `key` anew, as of `now`. Deletions are known by the pods' unique
  /// ids, for one pod's end may be told twice: when it is marked and when it is gone.
  void expect(std::string_view key, int64_t creations, std::span<const std::string> deletions,
              engine::Instant now) const;
  /// A pod of `key` has come; or it never will, for creating it failed.
  void created(std::string_view key) const;
  /// That pod has gone, or never will. Does nothing if it was not expected to go.
  void deleted(std::string_view key, std::string_view uid) const;
  void forget(std::string_view key) const;
  /// Whether all has been seen, or too much time has passed.
  [[nodiscard]] bool satisfied(std::string_view key, engine::Instant now) const;
  [[nodiscard]] int64_t pending_creations(std::string_view key) const;
  [[nodiscard]] int64_t pending_deletions(std::string_view key) const;

 private:
  struct Entry {
    int64_t creations = 0;
    std::set<std::string, std::less<>> deletions;
    engine::Instant since;
  };
  struct Core : engine::Counted<Core> {
    std::map<std::string, Entry, std::less<>> entries;
  };
  engine::Ref<Core> core_;
};

}  // namespace sim::k8s
