// engine/sync/rwmutex.h: a lock for many readers or one writer, with Go's rules.
//
// Concept: Go's sync.RWMutex. A writer first has its turn among the writers, by the rules of a
// mutex; then it announces itself, which makes new readers wait, and waits for those that read now.
// When it unlocks, all readers that waited go first, and the next writer waits for exactly those.
// Reading again while one reads can therefore deadlock.
//
// The trace has each lock and unlock of one with a name; of one without, only what waiting causes,
// so that an uncontended lock costs next to nothing.
// Determinism: readers and writers are served in the order they came, but for the writer that
// barges in as it may with a Mutex. Lifetime: a counted handle: copies are the same lock. Source:
// Go's sync package, rwmutex.go. Not modelled: a reader that takes the place of a woken one, as
// Go's semaphores allow without letting the program see a difference in the lock's rules.

#pragma once

#include <string_view>

#include "engine/task/scheduler.h"
#include "engine/world/object.h"

namespace engine {

namespace detail {

class ReadLockOp;
class WriteLockOp;

class RWMutexCore final : public Object {
 public:
  explicit RWMutexCore(std::string_view name)
      : Object(ObjectKind::kRWMutex, name), special_(name.empty() ? 0 : kTraced) {}

  bool rlock(ReadLockOp& op);
  bool lock(WriteLockOp& op);
  bool try_rlock();
  bool try_lock();
  /// Take the lock if nothing about it is special. False: look closer.
  bool rlock_fast() {
    if (reader_count_ < 0 || special_ != 0) return false;
    ++reader_count_;
    return true;
  }
  bool lock_fast() {
    if (reader_count_ != 0 || (writer_.value | special_) != 0) return false;
    reader_count_ = -kMaxReaders;
    writer_ = scheduler().current()->id();
    return true;
  }
  void runlock() {
    if (here().muted) [[unlikely]]
      return;
    if (reader_count_ > 0 && special_ == 0) [[likely]] {
      --reader_count_;
    } else {
      runlock_slow();
    }
  }
  void unlock() {
    if (here().muted) [[unlikely]]
      return;
    if (reader_count_ == -kMaxReaders && special_ == 0) [[likely]] {
      reader_count_ = 0;
      writer_ = {};
    } else {
      unlock_slow();
    }
  }

  /// An operation that waits, or was woken, is destroyed instead of going on.
  void forget_reader();
  void forget_writer(WriteLockOp& op);

  /// The writer that holds the lock; 0: none does.
  [[nodiscard]] TaskId owner() const { return draining_.empty() ? writer_ : TaskId{}; }
  /// How many hold it for reading.
  [[nodiscard]] int32_t readers() const { return reader_count_ < 0 ? reader_wait_ : reader_count_; }
  [[nodiscard]] bool starving() const { return (special_ & kStarving) != 0; }
  /// The writer that waits for the readers of now.
  [[nodiscard]] const WaitList& draining() const { return draining_; }
  /// Writers behind it, and readers behind the writer.
  [[nodiscard]] const WaitList& waiting_writers() const { return waiting_writers_; }
  [[nodiscard]] const WaitList& waiting_readers() const { return waiting_readers_; }

 private:
  /// Source: Go's sync/rwmutex.go, `rwmutexMaxReaders`.
  static constexpr int32_t kMaxReaders = 1 << 30;
  // As of a Mutex, for the writers' turns.
  static constexpr uint32_t kTraced = 1;
  static constexpr uint32_t kStarving = 2;
  static constexpr uint32_t kWoken = 4;
  static constexpr uint32_t kQueued = 8;

  void trace(EventKind kind, TaskId task, int32_t readers = 0);
  void runlock_slow();
  void unlock_slow();
  void admit_readers();
  bool take_turn(WriteLockOp& op);
  void end_turn();
  void wake_writer();

  int32_t reader_count_ = 0;  // readers, waiting ones too; less kMaxReaders while a writer is there
  int32_t reader_wait_ = 0;   // how many the writer still waits for
  TaskId writer_;             // whose turn among the writers it is
  uint32_t special_;
  WaitList waiting_readers_;
  WaitList draining_;  // at most one
  WaitList waiting_writers_;
};

class [[nodiscard]] ReadLockOp : public Await<ReadLockOp> {
 public:
  explicit ReadLockOp(RWMutexCore* mutex) : Await(kKind, mutex) {}
  ~ReadLockOp() {
    if (waiter_.linked()) [[unlikely]]
      forget();
  }
  bool attempt() { return mutex().rlock_fast() || mutex().rlock(*this); }

 private:
  friend class RWMutexCore;
  static constexpr OpKind kKind = {.attempt = attempt_of, .reason = WaitReason::kRWMutexRLock};
  [[nodiscard]] RWMutexCore& mutex() const { return *static_cast<RWMutexCore*>(object_); }
  void forget() {
    waiter_.unlink();
    mutex().forget_reader();
  }
  Waiter waiter_;
};

class [[nodiscard]] WriteLockOp : public Await<WriteLockOp> {
 public:
  explicit WriteLockOp(RWMutexCore* mutex) : Await(kDrains, mutex) {}
  ~WriteLockOp() {
    if (stage_ != Stage::kNew) [[unlikely]]
      mutex().forget_writer(*this);
  }
  bool attempt() { return mutex().lock_fast() || mutex().lock(*this); }

 private:
  friend class RWMutexCore;
  enum class Stage : uint8_t { kNew, kQueued, kCompetes, kHasTurn, kDrains };
  // Whoever waits for its turn waits on the mutex within, as Go's dumps show.
  static constexpr OpKind kQueues = {.attempt = attempt_of, .reason = WaitReason::kMutexLock};
  static constexpr OpKind kDrains = {.attempt = attempt_of, .reason = WaitReason::kRWMutexLock};
  [[nodiscard]] RWMutexCore& mutex() const { return *static_cast<RWMutexCore*>(object_); }

  Stage stage_ = Stage::kNew;  // kNew again once it has the lock
  Instant since_;              // it queued first
  Waiter waiter_;
};

}  // namespace detail

/// The reading side of an RWMutex as a lock, for Cond. Source: `sync.RWMutex.RLocker`.
class RLocker {
 public:
  explicit RLocker(Ref<detail::RWMutexCore> core) : core_(std::move(core)) {}
  detail::ReadLockOp lock() const { return detail::ReadLockOp(core_.get()); }
  void unlock() const { core_->runlock(); }

 private:
  Ref<detail::RWMutexCore> core_;
};

class RWMutex {
 public:
  explicit RWMutex(std::string_view name = {}) : core_(new detail::RWMutexCore(name)) {}

  /// Suspends until no writer holds the lock or waits for it.
  detail::ReadLockOp rlock() const { return detail::ReadLockOp(core_.get()); }
  /// Suspends until nobody else holds the lock, for reading or writing.
  detail::WriteLockOp lock() const { return detail::WriteLockOp(core_.get()); }
  /// Take the lock if it is free for that. Never suspend.
  [[nodiscard]] bool try_rlock() const { return core_->try_rlock(); }
  [[nodiscard]] bool try_lock() const { return core_->try_lock(); }
  /// Undo one rlock() and lock(), whoever called it. Never suspend. A fatal error of the process if
  /// there is nothing to undo.
  void runlock() const { core_->runlock(); }
  void unlock() const { core_->unlock(); }
  [[nodiscard]] RLocker rlocker() const { return RLocker(core_); }

 private:
  Ref<detail::RWMutexCore> core_;
};

}  // namespace engine
