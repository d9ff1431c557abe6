// sim/k8s/apiserver/cacher.h: the changes of one resource, told to everybody who watches it.
//
// Concept: one watch on the store feeds a window of recent changes; a watcher gets those after the
// version it names, then each new one, as it concerns what it selects: an object that comes to
// match is ADDED, one that no longer does is DELETED. Watchers that select by node or by name are
// found by index, so that a change of one pod does not touch every kubelet's watch.
// Promises: a watcher sees every change that concerns it once, in order, or is told that it is too
// late (410).
// Source: Kubernetes' watch cache (storage/cacher): the window is 75 s, at least 100 changes.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "engine/sync/counted.h"
#include "engine/sync/event_count.h"
#include "engine/task/task.h"
#include "sim/k8s/apiserver/selection.h"
#include "sim/k8s/store/store.h"

namespace sim::k8s {

struct WatchChange : engine::Counted<WatchChange> {
  Value object;    // of a deletion: the last state, with the revision of the deletion
  Value previous;  // absent: it was created
  int64_t revision = 0;
  engine::Instant at;
  bool deleted = false;
};

/// What a change means to a watcher.
struct WatchEvent {
  std::string_view type;  // "ADDED", "MODIFIED", "DELETED"
  Value object;
};

class Cacher;
struct WatcherTag {};

class Watcher final : public engine::Counted<Watcher>, public engine::ListNode<WatcherTag> {
 public:
  /// How many changes may wait for a slow client before its watch is ended.
  static constexpr size_t kWaitingMax = 20'000;

  explicit Watcher(Selection selection) : selection_(std::move(selection)) {}
  ~Watcher();

  struct Next {
    std::vector<WatchEvent> events;
    /// It is at this revision now.
    int64_t revision = 0;
    bool ended = false;  // the cacher lost track; the client has to list again
  };
  /// Suspends until there are events, or until `deadline`; then there are none.
  engine::Task<Next> next(engine::Instant deadline);
  /// Nobody is interested any more: next() gives what there is.
  void end() {
    ended_ = true;
    changed_.advance();
  }
  [[nodiscard]] const Selection& selection() const { return selection_; }

 private:
  friend class Cacher;
  Selection selection_;
  Cacher* cacher_ = nullptr;
  std::string index_key_;  // empty: it has to see everything
  std::deque<engine::Ref<WatchChange>> waiting_;
  int64_t revision_ = 0;
  engine::EventCount changed_{"watcher"};
  bool ended_ = false;
};

class Cacher {
 public:
  static constexpr engine::Duration kWindow = 75 * engine::kSecond;
  static constexpr size_t kWindowLeast = 100;
  static constexpr size_t kWindowMost = 102'400;

  Cacher(Store& store, const KindInfo& kind, std::string prefix)
      : store_(store), kind_(kind), prefix_(std::move(prefix)) {}
  Cacher(const Cacher&) = delete;
  Cacher& operator=(const Cacher&) = delete;
  ~Cacher();

  /// Follows the store, for as long as its process lives.
  engine::Task<> run();
  /// Suspends until it knows the store's state at least at `revision`, or until `deadline`: then
  /// false. 0: any.
  engine::Task<bool> wait_for(int64_t revision, engine::Instant deadline);

  struct Begun {
    engine::Ref<Watcher> watcher;  // null: `revision` is too old
    int64_t oldest = 0;            // the first that would do
  };
  /// Changes after `revision`. REQUIRES: wait_for() gave true.
  Begun begin(Selection selection, int64_t revision);
  /// Every change up to here has been told; 0: it has not begun.
  [[nodiscard]] int64_t revision() const { return feed_ ? feed_->caught_up_to() : 0; }
  [[nodiscard]] size_t watcher_count() const { return watcher_count_; }

 private:
  friend class Watcher;
  struct Bucket {
    engine::List<Watcher, WatcherTag> watchers;
  };
  void add(const StoreEvent& event);
  void tell(const engine::Ref<WatchChange>& change);
  void tell(Bucket& bucket, const engine::Ref<WatchChange>& change);
  void end_all();
  [[nodiscard]] std::string index_key(const Selection& selection) const;

  Store& store_;
  const KindInfo& kind_;
  std::string prefix_;
  std::deque<engine::Ref<WatchChange>> window_;
  int64_t oldest_ = 0;  // watches can begin after this revision
  engine::Ref<StoreWatch> feed_;
  Bucket all_;
  std::map<std::string, Bucket, std::less<>> by_index_;
  size_t watcher_count_ = 0;
  engine::EventCount moved_{"cacher"};
};

}  // namespace sim::k8s
