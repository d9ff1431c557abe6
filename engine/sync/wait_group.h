// engine/sync/wait_group.h: waiting for a number of goroutines to finish.
//
// A counted handle: copies count together. Source: Go documentation, `sync.WaitGroup`.

#pragma once

#include <string_view>

#include "engine/task/scheduler.h"
#include "engine/world/object.h"

namespace engine {

namespace detail {

class WaitGroupCore final : public Object {
 public:
  explicit WaitGroupCore(std::string_view name) : Object(ObjectKind::kWaitGroup, name) {}
  void add(int64_t delta);
  bool wait(WaitOp& op);

  [[nodiscard]] int64_t counter() const { return counter_; }
  [[nodiscard]] const WaitList& waiters() const { return waiters_; }

 private:
  WaitList waiters_;
  int64_t counter_ = 0;
};

class [[nodiscard]] WaitGroupOp : public WaitOp {
 public:
  explicit WaitGroupOp(Ref<WaitGroupCore> group);
  void await_resume() const {}

 private:
  Ref<WaitGroupCore> group_;
};

}  // namespace detail

class WaitGroup {
 public:
  explicit WaitGroup(std::string_view name = {}) : core_(new detail::WaitGroupCore(name)) {}

  /// Changes the counter; at zero every waiter wakes. Below zero panics. Never suspends.
  void add(int64_t delta) const { core_->add(delta); }
  void done() const { core_->add(-1); }
  /// Suspends until the counter is zero.
  detail::WaitGroupOp wait() const { return detail::WaitGroupOp(core_); }

 private:
  Ref<detail::WaitGroupCore> core_;
};

}  // namespace engine
