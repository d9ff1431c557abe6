// engine/sync/wait_group.h: waiting for a number of goroutines to finish.
//
// A counted handle: copies count together. Source: Go documentation, `sync.WaitGroup`.

#pragma once

#include <string_view>
#include <utility>

#include "engine/task/go.h"
#include "engine/task/scheduler.h"
#include "engine/world/object.h"

namespace engine {

namespace detail {

class WaitGroupCore final : public Object {
 public:
  explicit WaitGroupCore(std::string_view name) : Object(ObjectKind::kWaitGroup, name) {}
  void add(int64_t delta);
  /// True if the counter is zero; otherwise queues.
  bool wait(Waiter& waiter) {
    if (counter_ == 0) return true;
    waiter.task = scheduler().current();
    waiters_.push_back(waiter);
    return false;
  }

  /// A waiter goes on. False: the group has been used again meanwhile, and it panics.
  bool woken() {
    if (counter_ == 0 && waiters_.empty()) return true;
    scheduler().panic("sync: WaitGroup is reused before previous Wait has returned");
    return false;
  }

  [[nodiscard]] int64_t counter() const { return counter_; }
  [[nodiscard]] const WaitList& waiters() const { return waiters_; }

 private:
  WaitList waiters_;
  int64_t counter_ = 0;
};

class [[nodiscard]] WaitGroupOp : public Await<WaitGroupOp> {
 public:
  explicit WaitGroupOp(WaitGroupCore* group) : Await(kKind, group) {}
  bool attempt() {
    auto& group = *static_cast<WaitGroupCore*>(object_);
    return waiter_.task == nullptr ? group.wait(waiter_) : group.woken();
  }

 private:
  static constexpr OpKind kKind = {.attempt = attempt_of, .reason = WaitReason::kWaitGroupWait};
  Waiter waiter_;
};

}  // namespace detail

class WaitGroup {
 public:
  explicit WaitGroup(std::string_view name = {}) : core_(new detail::WaitGroupCore(name)) {}

  /// Changes the counter; at zero every waiter wakes. Below zero panics. Never suspends.
  void add(int64_t delta) const { core_->add(delta); }
  void done() const { core_->add(-1); }
  /// Suspends until the counter is zero.
  detail::WaitGroupOp wait() const { return detail::WaitGroupOp(core_.get()); }
  /// Starts `fn()`, a coroutine, as a goroutine that is counted from now to its end.
  /// Source: Go documentation, `sync.WaitGroup.Go`.
  template <class F>
  Goroutine& go(F fn, std::source_location where = std::source_location::current()) const {
    add(1);
    return engine::go(run_counted<F>, *this, std::move(fn), where);
  }

 private:
  template <class F>
  static Task<> run_counted(WaitGroup group, F fn) {
    const Defer done([&] { group.done(); });
    co_await fn();
  }
  Ref<detail::WaitGroupCore> core_;
};

}  // namespace engine
