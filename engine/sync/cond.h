// engine/sync/cond.h: waiting under a lock until something may have changed.
//
//   co_await mutex.lock();
//   while (!ready) co_await cond.wait();
//   ...
//   mutex.unlock();
//
// Concept: Go's sync.Cond. wait() unlocks, parks, and locks again after a signal, as one operation:
// no signal between the unlocking and the parking is missed. Whoever is woken competes for the lock
// like anybody else, so the condition must be checked again in a loop.
// Determinism: waiters are signalled in the order they came. Lifetime: a counted handle, which
// keeps its lock; copies are the same condition. Source: Go documentation, `sync.Cond`. Not
// modelled: the panic on a copied Cond.

#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/sync/mutex.h"
#include "engine/sync/rwmutex.h"
#include "engine/task/scheduler.h"
#include "engine/world/object.h"

namespace engine {

namespace detail {

class CondCore final : public Object {
 public:
  CondCore(const Object& lock, std::string_view name)
      : Object(ObjectKind::kCond, name), lock_id_(lock.id()) {}

  void signal(bool all);
  /// A waiter that had been signalled is destroyed instead of waking: the next one wakes.
  void pass_on();
  void enqueue(Waiter& waiter) {
    waiter.task = scheduler().current();
    waiters_.push_back(waiter);
  }

  /// The object that its waiters unlock.
  [[nodiscard]] uint32_t lock_id() const { return lock_id_; }
  [[nodiscard]] const WaitList& waiters() const { return waiters_; }

 private:
  WaitList waiters_;
  uint32_t lock_id_;
};

/// What locks a mutex, a read-write mutex or the reading side of one: L's operation.
template <class L>
using LockOpOf = decltype(std::declval<const L&>().lock());
template <class L>
using LockCoreOf = std::conditional_t<std::is_same_v<L, Mutex>, MutexCore, RWMutexCore>;
/// The object behind L.
template <class L>
LockCoreOf<L>* lock_core(const L& locker) {
  return static_cast<LockCoreOf<L>*>(const_cast<Object*>(locker.lock().object()));
}

/// Waits as an operation on the condition, then turns into the one that takes the lock: a lock
/// knows its waiters as operations of its own.
template <class L>
class [[nodiscard]] CondOp final : public LockOpOf<L> {
  using Lock = LockOpOf<L>;

 public:
  CondOp(CondCore* cond, L locker)
      : Lock(lock_core(locker)),
        lock_kind_(this->kind()),
        lock_(std::exchange(this->object_, cond)),
        locker_(std::move(locker)) {
    this->set_kind(kKind);
  }
  ~CondOp() {
    const bool was_signalled = queued_ && &this->kind() == &kKind && !waiter_.linked();
    if (was_signalled && !here().muted) cond().pass_on();
  }
  bool await_ready() { return !WaitOp::interrupted() && attempt(); }
  bool attempt() { return queued_ ? relock() : wait(); }

 private:
  static bool attempt_of(WaitOp& op) { return static_cast<CondOp&>(op).attempt(); }
  static constexpr OpKind kKind = {.attempt = attempt_of, .reason = WaitReason::kCondWait};

  [[nodiscard]] CondCore& cond() const { return *static_cast<CondCore*>(this->object_); }
  bool wait() {
    locker_.unlock();
    if (here().muted) return false;  // it was not locked, which is fatal
    queued_ = true;
    cond().enqueue(waiter_);
    return false;
  }
  bool relock() {
    // It has parked, so it shares in its object: from here on in the lock.
    Object::hold(lock_);
    Object::release(std::exchange(this->object_, lock_));
    this->set_kind(lock_kind_);
    return Lock::attempt();
  }

  const OpKind& lock_kind_;
  Object* lock_;
  L locker_;
  Waiter waiter_;
  bool queued_ = false;
};

}  // namespace detail

/// L is Mutex, RWMutex or RLocker.
template <class L = Mutex>
class Cond {
 public:
  explicit Cond(L locker, std::string_view name = {})
      : core_(new detail::CondCore(*detail::lock_core(locker), name)), locker_(std::move(locker)) {}

  /// Unlocks, suspends until it is signalled, and locks again. REQUIRES: the lock is held; it is a
  /// fatal error otherwise.
  auto wait() const { return detail::CondOp<L>(core_.get(), locker_); }
  /// Wakes the longest waiter, if there is any. Never suspends; the lock need not be held.
  void signal() const { core_->signal(false); }
  /// Wakes every waiter.
  void broadcast() const { core_->signal(true); }
  /// Go's L.
  [[nodiscard]] const L& locker() const { return locker_; }

 private:
  Ref<detail::CondCore> core_;
  L locker_;
};

}  // namespace engine
