#include "engine/sync/wait_group.h"

namespace engine::detail {

void WaitGroupCore::add(int64_t delta) {
  if (here().muted) return;
  counter_ += delta;
  emit(EventKind::kWaitGroupAdd, id(), here().running, static_cast<uint64_t>(counter_));
  if (counter_ < 0) {
    scheduler().panic("sync: negative WaitGroup counter");
    return;
  }
  if (counter_ > 0) return;
  while (Waiter* waiter = waiters_.pop_front()) scheduler().ready_to_retry(*waiter->task);
}

}  // namespace engine::detail
