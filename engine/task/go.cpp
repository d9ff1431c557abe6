#include "engine/task/go.h"

namespace engine {

bool sleep_for::start(WaitOp& op) {
  auto& self = static_cast<sleep_for&>(op);
  if (self.length_ <= Duration{0}) return true;
  WorldState& w = here();
  // A sleep beyond the end of time lasts until just before it, as Go's timers do.
  constexpr Instant kLatest = kEndOfTime - kNanosecond;
  const Instant due = self.length_ < kLatest - w.now ? w.now + self.length_ : kLatest;
  const uint64_t cause =
      emit(EventKind::kSleep, self.task()->id().value, 0, static_cast<uint64_t>(due.ns));
  w.queue.set(self.timer_, due, cause + 1);
  return false;
}

bool panic::raise(WaitOp& op) {
  scheduler().panic(static_cast<panic&>(op).message_);
  return false;
}

}  // namespace engine
