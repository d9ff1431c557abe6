#include "engine/sync/mutex.h"

namespace engine::detail {
namespace {
/// Source: Go's sync package, `starvationThresholdNs`.
constexpr Duration kStarvationThreshold = 1 * kMillisecond;
}  // namespace

bool MutexCore::lock(LockOp& op) {
  const bool competes = std::exchange(op.competes_, false);
  if (competes) special_ &= ~kWoken;
  Goroutine& task = *scheduler().current();
  if (std::exchange(op.handed_over_, false)) {
    // Whoever received the lock decides, when it runs, whether starvation is over.
    const bool starved = here().now - op.waiter_.since > kStarvationThreshold;
    if (!starved || waiters_.empty()) special_ &= ~kStarving;
    return true;
  }
  if (!locked() && (competes || !starving())) {
    take(task.id());
    return true;
  }
  special_ |= kQueued;
  if (op.queued_) {
    if (here().now - op.waiter_.since > kStarvationThreshold) special_ |= kStarving;
    waiters_.push_front(op.waiter_);
  } else {
    op.queued_ = true;
    new (&op.waiter_) LockWaiter;
    op.waiter_.task = &task;
    op.waiter_.since = here().now;
    waiters_.push_back(op.waiter_);
  }
  return false;
}

void MutexCore::take(TaskId task) {
  owner_ = task;
  if ((special_ & kTraced) != 0) emit(EventKind::kLock, id(), task.value);
}

void MutexCore::unlock_slow() {
  if (!locked()) {
    scheduler().fatal("sync: unlock of unlocked mutex");
    return;
  }
  if ((special_ & kTraced) != 0) emit(EventKind::kUnlock, id(), owner_.value);
  owner_ = {};
  if (!starving()) {
    if ((special_ & kWoken) == 0) wake_one();
    return;
  }
  auto* next = static_cast<LockWaiter*>(waiters_.pop_front());
  if (next == nullptr) {
    special_ &= ~(kStarving | kQueued);
    return;
  }
  take(next->task->id());
  op_of(*next).handed_over_ = true;
  scheduler().ready_to_retry(*next->task);
}

// A goroutine that waits in lock() waits for nothing else.
LockOp& MutexCore::op_of(Waiter& waiter) {
  return static_cast<LockOp&>(*const_cast<WaitOp*>(waiter.task->op()));
}

void MutexCore::wake_one() {
  auto* next = static_cast<LockWaiter*>(waiters_.pop_front());
  if (next == nullptr) {
    special_ &= ~kQueued;
    return;
  }
  special_ |= kWoken;
  op_of(*next).competes_ = true;
  scheduler().ready_to_retry(*next->task);
}

void MutexCore::abandon_wakeup() {
  special_ &= ~kWoken;
  if (!here().muted && !locked()) wake_one();
}

void LockOp::forget() {
  waiter_.~LockWaiter();
  queued_ = false;
  if (competes_) mutex().abandon_wakeup();
}

}  // namespace engine::detail
