// engine/sync/semaphore.h: a weighted semaphore.
//
// Concept: golang.org/x/sync/semaphore. Tokens are taken and given back in any numbers. Waiters are
// served strictly in order: one that wants many tokens makes all later ones wait, so it cannot
// starve. Whoever wants more than there are waits until its context ends.
// Determinism: as of a channel: each waiter has one, which is closed when it is served. Lifetime: a
// counted handle: copies are the same semaphore.
// The trace has each acquisition and release of a semaphore with a name.
// Source: golang.org/x/sync/semaphore. Not modelled: the mutex within, which is never contended
// here.

#pragma once

#include <string>
#include <string_view>

#include "engine/sync/chan.h"
#include "engine/sync/context.h"
#include "engine/sync/error.h"
#include "engine/sync/none.h"
#include "engine/sync/shared.h"

namespace engine {

namespace detail {

class SemaphoreCore;
struct SemaphoreTag {};

/// A place in the queue of a semaphore; lives in the frame of its acquire().
class SemaphoreWaiter : public ListNode<SemaphoreTag> {
 public:
  SemaphoreWaiter(SemaphoreCore& core, int64_t n) : core_(core), n_(n) {}
  ~SemaphoreWaiter() { leave(); }

  /// Nil until it queues; closed when it is served.
  [[nodiscard]] const Chan<None>& ready() const { return ready_; }
  /// The tokens are the caller's.
  void keep() { holds_ = false; }
  /// Gives up its place, or what it was served.
  void leave();

 private:
  friend class SemaphoreCore;
  SemaphoreCore& core_;
  int64_t n_;
  TaskId task_;
  bool holds_ = false;  // has tokens that nobody has taken over yet
  Chan<None> ready_ = Chan<None>::nil();
};

class SemaphoreCore final : public SharedCore {
 public:
  SemaphoreCore(int64_t size, std::string_view name) : SharedCore(name), size_(size) {}

  bool try_acquire(int64_t n);
  /// Takes the tokens, or queues unless there are never enough.
  void request(SemaphoreWaiter& waiter);
  void give_back(int64_t n);
  void serve_waiters();

  [[nodiscard]] bool can_ever(int64_t n) const { return n <= size_; }
  [[nodiscard]] std::string describe() const override;

 private:
  friend class SemaphoreWaiter;
  [[nodiscard]] bool admits(int64_t n) const { return size_ - held_ >= n && waiters_.empty(); }
  void trace(EventKind kind, TaskId task, int64_t n);

  int64_t size_;
  int64_t held_ = 0;
  List<SemaphoreWaiter, SemaphoreTag> waiters_;
};

Task<Error> acquire(Ref<SemaphoreCore> core, Context ctx, int64_t n);

}  // namespace detail

/// Go's *semaphore.Weighted.
class Semaphore {
 public:
  /// At most `size` tokens are held at a time.
  explicit Semaphore(int64_t size, std::string_view name = {})
      : core_(new detail::SemaphoreCore(size, name)) {}

  /// Suspends until `n` tokens are free and taken: gives nil; or until `ctx` ends: takes nothing
  /// and gives its error.
  Task<Error> acquire(Context ctx, int64_t n) const {
    return detail::acquire(core_, std::move(ctx), n);
  }
  /// As acquire() with background(): gives nil, or waits for ever.
  Task<Error> acquire(int64_t n) const { return detail::acquire(core_, background(), n); }
  /// Takes `n` tokens if they are free and nobody waits. Never suspends.
  [[nodiscard]] bool try_acquire(int64_t n) const { return core_->try_acquire(n); }
  /// Gives `n` tokens back. Never suspends. Panics if more are released than are held.
  void release(int64_t n) const { core_->give_back(n); }

 private:
  Ref<detail::SemaphoreCore> core_;
};

}  // namespace engine
