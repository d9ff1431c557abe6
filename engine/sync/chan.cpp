#include "engine/sync/chan.h"

namespace engine {

void ChanCore::close() {
  if (closed_) {
    scheduler().panic("close of closed channel");
    return;
  }
  closed_ = true;
  emit(EventKind::kClose, id(), detail::current_id());
  // Go's runtime collects the waiters on a stack. Source: runtime/chan.go, `closechan`.
  const bool last_first = scheduler().policy() == Policy::kGo;
  const auto next = [last_first](WaitList& list) {
    return last_first ? list.pop_back() : list.pop_front();
  };
  while (Waiter* receiver = next(receivers_)) {
    scheduler().ready(Scheduler::served(*receiver));
  }
  // A waiting sender tries again and finds the channel closed: it panics as itself.
  while (Waiter* sender = next(senders_)) {
    scheduler().ready_to_retry(Scheduler::served(*sender));
  }
}

namespace detail {

Instant timer_due(const WaitOp& op) {
  return static_cast<const ChanCore*>(op.object())->due();
}

bool timer_sends(const WaitOp& op) {
  return timer_due(op) != kEndOfTime;
}

}  // namespace detail
}  // namespace engine
