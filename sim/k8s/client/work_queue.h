// sim/k8s/client/work_queue.h: keys of objects that somebody has to look after.
//
// Concept: client-go's rate limiting queue. A key is in it once, however often it was added; while
// it is being worked on it is not given to anybody else, and one that was added meanwhile comes
// again after done(). A key that failed comes back after a delay that doubles.
// Lifetime: a counted handle. Determinism: first in, first out.
// Source: client-go's util/workqueue (Type, delayingType, DefaultTypedControllerRateLimiter:
// 5 ms to 1000 s for a key, 10 a second and 100 at once for all).

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "engine/sync/counted.h"
#include "engine/sync/event_count.h"
#include "engine/task/task.h"

namespace sim::k8s {

class WorkQueue {
 public:
  static constexpr engine::Duration kBaseDelay = 5 * engine::kMillisecond;
  static constexpr engine::Duration kMaxDelay = 1000 * engine::kSecond;
  static constexpr int64_t kPerSecond = 10;
  static constexpr int64_t kBurst = 100;

  struct Backoff {
    Backoff(engine::Duration b = kBaseDelay, engine::Duration m = kMaxDelay) : base(b), most(m) {}
    engine::Duration base;
    engine::Duration most;
  };
  explicit WorkQueue(std::string_view name = {}, Backoff backoff = {})
      : core_(new Core(name, backoff)) {}

  /// Never suspends.
  void add(std::string_view key) const;
  void add_after(std::string_view key, engine::Duration delay) const;
  /// After the delay that its failures so far have earned it.
  void add_rate_limited(std::string_view key) const;
  /// Its failures count no more.
  void forget(std::string_view key) const;
  [[nodiscard]] int requeues(std::string_view key) const;
  /// Suspends until there is a key; nothing once the queue is shut down and empty.
  [[nodiscard]] engine::Task<std::optional<std::string>> get() const;
  /// REQUIRES: get() gave it.
  void done(std::string_view key) const;
  void shut_down() const;
  [[nodiscard]] size_t size() const { return core_->waiting.size(); }

 private:
  struct Core : engine::Counted<Core> {
    Core(std::string_view name, Backoff b) : backoff(b), changed(name) {}
    Backoff backoff;
    std::deque<std::string> waiting;
    std::set<std::string, std::less<>> dirty;       // waiting, or to come again
    std::set<std::string, std::less<>> processing;  // given and not done
    std::map<std::string, engine::Instant, std::less<>> delayed;
    std::map<std::string, int, std::less<>> failures;
    engine::Instant bucket_next;  // of the limit for all keys
    engine::EventCount changed;
    bool shut_down = false;
  };
  engine::Ref<Core> core_;
};

}  // namespace sim::k8s
