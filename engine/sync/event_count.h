// engine/sync/event_count.h: waiting for something to have happened since one last looked.
//
//   const uint64_t seen = changed.count();
//   ... look at what is there ...
//   co_await changed.wait(seen);
//
// Concept: a number that only grows. Who has seen it may wait for it to move on; nothing that
// happened between the look and the wait is missed, whatever ran in between.
// Determinism: waiters wake in the order in which they came. Lifetime: counted handles.
// Source: Reed and Kanodia, "Synchronization with Eventcounts and Sequencers" (1979).

#pragma once

#include <string_view>

#include "engine/task/go.h"
#include "engine/world/object.h"

namespace engine {

namespace detail {

class EventCountCore final : public Object {
 public:
  explicit EventCountCore(std::string_view name) : Object(ObjectKind::kEventCount, name) {}
  void advance() {
    if (here().muted) return;
    ++count;
    while (Waiter* waiter = waiters.pop_front()) scheduler().ready_to_retry(*waiter->task);
  }

  uint64_t count = 0;
  WaitList waiters;
};

}  // namespace detail

/// Completes when the count is no longer `seen`, or at `deadline`.
class [[nodiscard]] EventCountWait : public Await<EventCountWait> {
 public:
  EventCountWait(detail::EventCountCore* core, uint64_t seen, Instant deadline)
      : Await(kKind, core), seen_(seen), deadline_(deadline), alarm_(*this) {}

  bool attempt() {
    auto& core = *static_cast<detail::EventCountCore*>(object_);
    if (core.count != seen_ || here().now >= deadline_) return true;
    if (here().muted) return false;
    waiter_.task = scheduler().current();
    core.waiters.push_back(waiter_);
    if (deadline_ != kEndOfTime) here().queue.set(alarm_, deadline_, here().cause);
    return false;
  }

 private:
  struct Timeout : Alarm {
    explicit Timeout(EventCountWait& o) : Alarm(ring), op(o) {}
    EventCountWait& op;
  };
  static void ring(Alarm& alarm) {
    EventCountWait& op = static_cast<Timeout&>(alarm).op;
    if (!op.waiter_.linked()) return;  // it wakes already
    op.waiter_.unlink();
    scheduler().ready_to_retry(*op.waiter_.task);
  }
  static bool has_deadline(const WaitOp& op) {
    return static_cast<const EventCountWait&>(op).deadline_ != kEndOfTime;
  }
  static Instant due_of(const WaitOp& op) {
    return static_cast<const EventCountWait&>(op).deadline_;
  }
  static constexpr OpKind kKind = {.attempt = attempt_of,
                                   .reason = WaitReason::kCondWait,
                                   .wakes_by_itself = has_deadline,
                                   .due = due_of};
  uint64_t seen_;
  Instant deadline_;
  Timeout alarm_;
  Waiter waiter_;
};

class EventCount {
 public:
  explicit EventCount(std::string_view name = {}) : core_(new detail::EventCountCore(name)) {}

  [[nodiscard]] uint64_t count() const { return core_->count; }
  /// Something has happened. Never suspends.
  void advance() const { core_->advance(); }
  /// Suspends while the count is `seen`, at most until `deadline`.
  [[nodiscard]] EventCountWait wait(uint64_t seen, Instant deadline = kEndOfTime) const {
    return {core_.get(), seen, deadline};
  }

 private:
  Ref<detail::EventCountCore> core_;
};

}  // namespace engine
