// engine/sync/mutex.h: mutual exclusion with Go's two modes.
//
// Normal mode: Unlock wakes the longest waiter, which competes with newcomers. A waiter that failed
// for more than 1 ms switches to starvation mode: Unlock hands the lock over and newcomers queue. A
// counted handle: copies are the same lock.
//
// The trace has each lock and unlock of a mutex with a name. Of one without, only what waiting
// causes is seen (parking and waking), so that an uncontended lock costs next to nothing.
// Source: Go's sync package, comment on `Mutex`.

#pragma once

#include <string_view>

#include "engine/task/scheduler.h"
#include "engine/world/object.h"

namespace engine {

namespace detail {

class LockOp;

class MutexCore final : public Object {
 public:
  explicit MutexCore(std::string_view name)
      : Object(ObjectKind::kMutex, name), special_(name.empty() ? 0 : kTraced) {}

  bool lock(LockOp& op);
  bool try_lock() {
    if (here().muted || locked() || (special_ & kStarving) != 0) return false;
    take(scheduler().current()->id());
    return true;
  }
  /// Takes the lock if nothing about it is special. False: lock() must look closer.
  bool lock_fast() {
    if ((owner_.value | special_) != 0) return false;
    owner_ = scheduler().current()->id();
    return true;
  }
  void unlock() {
    if (here().muted) [[unlikely]]
      return;
    if (special_ == 0 && owner_.value != 0) [[likely]] {
      owner_ = {};
    } else {
      unlock_slow();
    }
  }
  /// A waiter that was woken to compete has been destroyed instead: the next one takes its turn.
  void abandon_wakeup();

  [[nodiscard]] bool locked() const { return owner_.value != 0; }
  [[nodiscard]] bool starving() const { return (special_ & kStarving) != 0; }
  [[nodiscard]] TaskId owner() const { return owner_; }
  [[nodiscard]] const WaitList& waiters() const { return waiters_; }

 private:
  static constexpr uint32_t kTraced = 1;    // each lock and unlock is an event
  static constexpr uint32_t kStarving = 2;  // waiters are served before newcomers
  static constexpr uint32_t kWoken = 4;     // a waiter has been readied and will compete
  static constexpr uint32_t kQueued = 8;    // there may be waiters

  static LockOp& op_of(Waiter& waiter);
  void take(TaskId task);
  void wake_one();
  void unlock_slow();

  TaskId owner_;  // 0: unlocked
  uint32_t special_;
  WaitList waiters_;
};

struct LockWaiter : Waiter {
  Instant since;
};

class [[nodiscard]] LockOp : public Await<LockOp> {
 public:
  explicit LockOp(MutexCore* mutex) : Await(kKind, mutex) {}
  ~LockOp() {
    if (queued_) [[unlikely]]
      forget();
  }
  bool attempt() { return mutex().lock_fast() || mutex().lock(*this); }

 private:
  friend class MutexCore;
  static constexpr OpKind kKind = {.attempt = attempt_of, .reason = WaitReason::kMutexLock};
  [[nodiscard]] MutexCore& mutex() const { return *static_cast<MutexCore*>(object_); }
  void forget();

  bool queued_ = false;  // `waiter_` is alive
  bool competes_ = false;
  bool handed_over_ = false;
  union {
    LockWaiter waiter_;  // made when it first queues
  };
};

}  // namespace detail

class Mutex {
 public:
  explicit Mutex(std::string_view name = {}) : core_(new detail::MutexCore(name)) {}

  /// Suspends until the lock is free and taken.
  detail::LockOp lock() const { return detail::LockOp(core_.get()); }
  /// Takes the lock if it is free. Never suspends.
  [[nodiscard]] bool try_lock() const { return core_->try_lock(); }
  /// Never suspends. Unlocking what is not locked is a fatal error of the process.
  void unlock() const { core_->unlock(); }

 private:
  Ref<detail::MutexCore> core_;
};

}  // namespace engine
