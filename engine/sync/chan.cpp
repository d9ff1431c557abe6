#include "engine/sync/chan.h"

namespace engine {

void ChanCore::close() {
  if (closed_) {
    scheduler().panic("close of closed channel");
    return;
  }
  closed_ = true;
  emit(EventKind::kClose, id());
  while (WaitOp* receiver = receivers_.pop_front()) scheduler().ready(*receiver->task());
  // A waiting sender tries again and finds the channel closed: it panics as itself.
  while (WaitOp* sender = senders_.pop_front()) scheduler().ready_to_retry(*sender->task());
}

}  // namespace engine
