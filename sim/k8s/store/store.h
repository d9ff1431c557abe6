// sim/k8s/store/store.h: where API objects are kept: one revision for all, writes that can
// conflict, and every change told in order.
//
// Concept: what the API server asks of etcd. Each write raises the one revision, which becomes the
// object's resourceVersion. A write names the revision it expects to replace. A watch gives every
// change under a prefix after a revision, without gaps or repeats, or says that it is too old.
// Everything may suspend, so that a replicated store can stand here.
// Source: etcd's API guarantees; Kubernetes' storage.Interface.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/counted.h"
#include "engine/sync/error.h"
#include "engine/task/task.h"
#include "sim/json/value.h"

namespace sim::k8s {

struct StoreEvent {
  std::string key;
  json::Value value;     // of a deletion: the last state, with the revision of the deletion
  json::Value previous;  // absent: it was created
  int64_t revision = 0;
  bool deleted = false;
};

/// A stream of changes; a counted handle.
class StoreWatch : public engine::Counted<StoreWatch> {
 public:
  virtual ~StoreWatch() = default;
  struct Next {
    std::vector<StoreEvent> events;  // at least one, unless there is an error
    engine::Error error;
  };
  /// Suspends until there are changes, or the watch has ended.
  virtual engine::Task<Next> next() = 0;
  /// Every change up to this revision has been given, and whoever got it has come back for more.
  [[nodiscard]] virtual int64_t caught_up_to() const = 0;
  virtual void stop() = 0;
};

/// The revision that a watch or a list asks for is no longer kept. Source: etcd's
/// "mvcc: required revision has been compacted".
inline constexpr engine::Sentinel kCompacted("mvcc: required revision has been compacted");
/// The store has lost its quorum, or its machine.
inline constexpr engine::Sentinel kStoreUnavailable("etcdserver: request timed out");

class Store {
 public:
  virtual ~Store() = default;

  struct Got {
    json::Value value;  // absent: there is none
    engine::Error error;
  };
  virtual engine::Task<Got> get(std::string key) = 0;

  struct Listed {
    std::vector<json::Value> items;  // by key
    int64_t revision = 0;
    engine::Error error;
  };
  /// All objects whose key begins with `prefix`.
  virtual engine::Task<Listed> list(std::string prefix) = 0;

  struct Written {
    json::Value value;  // as stored, with its revision; of a conflict: what is there instead
    bool conflict = false;
    engine::Error error;
  };
  /// Replaces what has revision `expected`; 0: there must be nothing. Sets the object's
  /// metadata.resourceVersion.
  virtual engine::Task<Written> put(std::string key, json::Value value, int64_t expected) = 0;
  virtual engine::Task<Written> remove(std::string key, int64_t expected) = 0;

  /// Changes under `prefix` after `revision`.
  virtual engine::Ref<StoreWatch> watch(std::string prefix, int64_t revision) = 0;
  /// The last one.
  [[nodiscard]] virtual int64_t revision() const = 0;
};

}  // namespace sim::k8s
