#include "engine/sync/rwmutex.h"

namespace engine::detail {
namespace {

/// Source: Go's sync package, `starvationThresholdNs`.
constexpr Duration kStarvationThreshold = 1 * kMillisecond;

TaskId current_task() {
  const Goroutine* task = scheduler().current();
  return task == nullptr ? TaskId{} : task->id();
}

// A goroutine that waits in lock() waits for nothing else.
WriteLockOp& op_of(const Waiter& waiter) {
  return static_cast<WriteLockOp&>(*const_cast<WaitOp*>(waiter.task->op()));
}

}  // namespace

void RWMutexCore::trace(EventKind kind, TaskId task, int32_t readers) {
  if ((special_ & kTraced) == 0) return;
  emit(kind, id(), task.value, static_cast<uint64_t>(readers));
}

// Readers.

bool RWMutexCore::rlock(ReadLockOp& op) {
  Goroutine& task = *scheduler().current();
  if (++reader_count_ >= 0) {
    trace(EventKind::kReadLock, task.id(), readers());
    return true;
  }
  op.waiter_.task = &task;
  waiting_readers_.push_back(op.waiter_);
  return false;
}

bool RWMutexCore::try_rlock() {
  if (here().muted || reader_count_ < 0) return false;
  ++reader_count_;
  trace(EventKind::kReadLock, current_task(), readers());
  return true;
}

void RWMutexCore::runlock_slow() {
  if (reader_count_ == 0 || reader_count_ == -kMaxReaders) {
    scheduler().fatal("sync: RUnlock of unlocked RWMutex");
    return;
  }
  --reader_count_;
  if (reader_count_ < 0) --reader_wait_;
  trace(EventKind::kReadUnlock, current_task(), readers());
  if (reader_count_ >= 0 || reader_wait_ != 0) return;
  Waiter* const writer = draining_.pop_front();
  if (writer == nullptr) return;  // a writer's lock was undone as a reader's
  trace(EventKind::kLock, writer->task->id());
  op_of(*writer).stage_ = WriteLockOp::Stage::kNew;
  scheduler().ready(*writer->task);
}

void RWMutexCore::admit_readers() {
  reader_count_ += kMaxReaders;
  while (Waiter* reader = waiting_readers_.pop_front()) {
    trace(EventKind::kReadLock, reader->task->id(), readers());
    scheduler().ready(*reader->task);
  }
}

void RWMutexCore::forget_reader() {
  --reader_count_;
}

// Writers.

bool RWMutexCore::lock(WriteLockOp& op) {
  if (!take_turn(op)) return false;
  op.set_kind(WriteLockOp::kDrains);
  const int32_t readers = reader_count_;
  reader_count_ -= kMaxReaders;
  reader_wait_ += readers;
  if (readers != 0 && reader_wait_ != 0) {
    op.stage_ = WriteLockOp::Stage::kDrains;
    op.waiter_.task = scheduler().current();
    draining_.push_back(op.waiter_);
    return false;
  }
  op.stage_ = WriteLockOp::Stage::kNew;
  trace(EventKind::kLock, writer_);
  return true;
}

bool RWMutexCore::try_lock() {
  if (here().muted || writer_.value != 0 || starving() || reader_count_ != 0) return false;
  reader_count_ = -kMaxReaders;
  writer_ = current_task();
  trace(EventKind::kLock, writer_);
  return true;
}

// What Mutex.lock() does.
bool RWMutexCore::take_turn(WriteLockOp& op) {
  using Stage = WriteLockOp::Stage;
  if (op.stage_ == Stage::kHasTurn) {
    // Whoever received the turn decides, when it runs, whether starvation is over.
    const bool starved = here().now - op.since_ > kStarvationThreshold;
    if (!starved || waiting_writers_.empty()) special_ &= ~kStarving;
    return true;
  }
  const bool competes = op.stage_ == Stage::kCompetes;
  if (competes) special_ &= ~kWoken;
  Goroutine& task = *scheduler().current();
  if (writer_.value == 0 && (competes || !starving())) {
    writer_ = task.id();
    return true;
  }
  special_ |= kQueued;
  op.stage_ = Stage::kQueued;
  op.set_kind(WriteLockOp::kQueues);
  if (competes) {
    if (here().now - op.since_ > kStarvationThreshold) special_ |= kStarving;
    waiting_writers_.push_front(op.waiter_);
  } else {
    op.waiter_.task = &task;
    op.since_ = here().now;
    waiting_writers_.push_back(op.waiter_);
  }
  return false;
}

void RWMutexCore::unlock_slow() {
  if (reader_count_ >= 0) {
    scheduler().fatal("sync: Unlock of unlocked RWMutex");
    return;
  }
  trace(EventKind::kUnlock, writer_);
  admit_readers();
  end_turn();
}

// What Mutex.unlock() does.
void RWMutexCore::end_turn() {
  writer_ = {};
  if (!starving()) {
    if ((special_ & kWoken) == 0) wake_writer();
    return;
  }
  Waiter* const next = waiting_writers_.pop_front();
  if (next == nullptr) {
    special_ &= ~(kStarving | kQueued);
    return;
  }
  WriteLockOp& op = op_of(*next);
  writer_ = next->task->id();
  op.stage_ = WriteLockOp::Stage::kHasTurn;
  scheduler().ready_to_retry(*next->task);
}

void RWMutexCore::wake_writer() {
  Waiter* const next = waiting_writers_.pop_front();
  if (next == nullptr) {
    special_ &= ~kQueued;
    return;
  }
  special_ |= kWoken;
  op_of(*next).stage_ = WriteLockOp::Stage::kCompetes;
  scheduler().ready_to_retry(*next->task);
}

void RWMutexCore::forget_writer(WriteLockOp& op) {
  using Stage = WriteLockOp::Stage;
  op.waiter_.unlink();
  if (op.stage_ == Stage::kQueued) return;
  if (op.stage_ == Stage::kCompetes) {
    special_ &= ~kWoken;
    if (!here().muted && writer_.value == 0) wake_writer();
    return;
  }
  // What a dead process's goroutines do is not seen: those behind it stay where they are.
  if (here().muted) return;
  if (op.stage_ == Stage::kDrains) {
    reader_wait_ = 0;
    admit_readers();
  }
  end_turn();
}

}  // namespace engine::detail
