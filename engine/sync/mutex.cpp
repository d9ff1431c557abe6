#include "engine/sync/mutex.h"

namespace engine::detail {
namespace {
/// Source: Go's sync package, `starvationThresholdNs`.
constexpr Duration kStarvationThreshold = 1 * kMillisecond;
}  // namespace

LockOp::LockOp(Ref<MutexCore> mutex)
    : WaitOp(
          [](WaitOp& op) {
            auto& self = static_cast<LockOp&>(op);
            return self.mutex_->lock(self);
          },
          WaitReason::kMutexLock),
      mutex_(std::move(mutex)) {
  object_ = mutex_.get();
}

bool MutexCore::lock(LockOp& op) {
  const bool competes = std::exchange(op.competes_, false);
  if (competes) woken_ = false;
  if (!locked() && (competes || !starving_)) {
    take(op.task()->id());
    return true;
  }
  if (op.waited_) {
    if (here().now - op.since_ > kStarvationThreshold) starving_ = true;
    waiters_.push_front(op);
  } else {
    op.waited_ = true;
    op.since_ = here().now;
    waiters_.push_back(op);
  }
  return false;
}

bool MutexCore::try_lock() {
  if (here().muted || locked() || starving_) return false;
  take(scheduler().current()->id());
  return true;
}

void MutexCore::take(TaskId task) {
  owner_ = task;
  emit(EventKind::kLock, id(), task.value);
}

void MutexCore::unlock() {
  if (here().muted) return;
  if (!locked()) {
    scheduler().fatal("sync: unlock of unlocked mutex");
    return;
  }
  emit(EventKind::kUnlock, id(), owner_.value);
  owner_ = {};
  if (!starving_) {
    if (!woken_) wake_one();
    return;
  }
  auto* next = static_cast<LockOp*>(waiters_.pop_front());
  if (next == nullptr) {
    starving_ = false;
    return;
  }
  take(next->task()->id());
  if (waiters_.empty() || here().now - next->since_ <= kStarvationThreshold) starving_ = false;
  scheduler().ready(*next->task());
}

void MutexCore::wake_one() {
  auto* next = static_cast<LockOp*>(waiters_.pop_front());
  if (next == nullptr) return;
  woken_ = true;
  next->competes_ = true;
  scheduler().ready_to_retry(*next->task());
}

void MutexCore::abandon_wakeup() {
  woken_ = false;
  if (!here().muted && !locked()) wake_one();
}

}  // namespace engine::detail
