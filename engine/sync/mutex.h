// engine/sync/mutex.h: mutual exclusion with Go's two modes.
//
// Normal mode: Unlock wakes the longest waiter, which competes with newcomers. A waiter that failed
// for more than 1 ms switches to starvation mode: Unlock hands the lock over and newcomers queue. A
// counted handle: copies are the same lock. Source: Go's sync package, comment on `Mutex`.

#pragma once

#include <string_view>

#include "engine/task/scheduler.h"
#include "engine/world/object.h"

namespace engine {

namespace detail {

class LockOp;

class MutexCore final : public Object {
 public:
  explicit MutexCore(std::string_view name) : Object(ObjectKind::kMutex, name) {}

  bool lock(LockOp& op);
  bool try_lock();
  void unlock();
  /// A waiter that was woken to compete has been destroyed instead: the next one takes its turn.
  void abandon_wakeup();

  [[nodiscard]] bool locked() const { return owner_.value != 0; }
  [[nodiscard]] bool starving() const { return starving_; }
  [[nodiscard]] TaskId owner() const { return owner_; }
  [[nodiscard]] const WaitList& waiters() const { return waiters_; }

 private:
  void take(TaskId task);
  void wake_one();

  WaitList waiters_;
  TaskId owner_;  // 0: unlocked
  bool starving_ = false;
  bool woken_ = false;  // a waiter has been readied and will compete
};

class [[nodiscard]] LockOp : public WaitOp {
 public:
  explicit LockOp(Ref<MutexCore> mutex);
  LockOp(const LockOp&) = delete;
  LockOp& operator=(const LockOp&) = delete;
  ~LockOp() {
    if (competes_) mutex_->abandon_wakeup();
  }
  void await_resume() const {}

 private:
  friend class MutexCore;
  Ref<MutexCore> mutex_;
  Instant since_;
  bool waited_ = false;
  bool competes_ = false;
};

}  // namespace detail

class Mutex {
 public:
  explicit Mutex(std::string_view name = {}) : core_(new detail::MutexCore(name)) {}

  /// Suspends until the lock is free and taken.
  detail::LockOp lock() const { return detail::LockOp(core_); }
  /// Takes the lock if it is free. Never suspends.
  [[nodiscard]] bool try_lock() const { return core_->try_lock(); }
  /// Never suspends. Unlocking what is not locked is a fatal error of the process.
  void unlock() const { core_->unlock(); }

 private:
  Ref<detail::MutexCore> core_;
};

}  // namespace engine
