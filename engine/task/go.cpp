#include "engine/task/go.h"

namespace engine {

bool sleep_for::attempt() {
  if (length_ <= Duration{0}) return true;
  WorldState& w = here();
  // A sleep beyond the end of time lasts until just before it, as Go's timers do.
  constexpr Instant kLatest = kEndOfTime - kNanosecond;
  const Instant due = length_ < kLatest - w.now ? w.now + length_ : kLatest;
  timer_.task = scheduler().current();
  const uint64_t cause =
      emit(EventKind::kSleep, timer_.task->id().value, 0, static_cast<uint64_t>(due.ns));
  w.queue.set(timer_, due, cause + 1);
  return false;
}

}  // namespace engine
