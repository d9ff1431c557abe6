#include "engine/sync/cond.h"

#include "engine/sync/shared.h"

namespace engine::detail {

void CondCore::signal(bool all) {
  if (here().muted) return;
  note(*this, EventKind::kSignal, all ? 1 : 0);
  while (Waiter* waiter = waiters_.pop_front()) {
    scheduler().ready_to_retry(*waiter->task);
    if (!all) return;
  }
}

void CondCore::pass_on() {
  if (Waiter* waiter = waiters_.pop_front()) scheduler().ready_to_retry(*waiter->task);
}

}  // namespace engine::detail
