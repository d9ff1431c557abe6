#include "engine/sync/timer.h"

namespace engine {
namespace detail {

// A timer beyond the end of time fires just before it, as Go's do.
constexpr Instant kLatest = kEndOfTime - kNanosecond;

Instant due_after(Duration length) {
  const Instant now = here().now;
  if (length.ns <= 0) return now;
  return length < kLatest - now ? now + length : kLatest;
}

void TimerChan::set(Duration length, Duration period) {
  period_ = period;
  ChanOf::clear();
  if (length > Duration{}) {
    set_due(due_after(length));
    return;
  }
  // In Go, who looks at a timer that is due makes it fire.
  alarm_.cancel();
  due_ = here().now;
  emit(EventKind::kTimerSet, id(), current_id(), static_cast<uint64_t>(due_.ns));
  fire();
}

void TimerChan::stop() {
  emit(EventKind::kTimerStop, id(), current_id());
  alarm_.cancel();
  ChanOf::clear();
  set_due(kEndOfTime);
}

void TimerChan::set_due(Instant due) {
  due_ = due;
  if (due != kEndOfTime) {
    const uint64_t event =
        emit(EventKind::kTimerSet, id(), current_id(), static_cast<uint64_t>(due.ns));
    here().queue.set(alarm_, due, event + 1);
  }
  for (Waiter& receiver : receivers_) scheduler().reconsider(*receiver.task);
}

void TimerChan::fire() {
  Instant at = due_;
  due_ = kEndOfTime;
  if (!receivers_.empty()) {
    send(at);
  } else {
    put_if_empty(at);
  }
  set_due(period_.ns > 0 ? next_tick(at) : kEndOfTime);
}

// Ticks that have been missed are dropped. Source: Go runtime, `timer.unlockAndRun`.
Instant TimerChan::next_tick(Instant last) const {
  const int64_t missed = (here().now - last).ns / period_.ns;
  const Duration ahead = period_ * (missed + 1);
  return ahead < kLatest - last ? last + ahead : kLatest;
}

FuncTimer::FuncTimer()
    : Alarm(fire_func),
      process_(current_process()),
      key_(scheduler().current()->next_key()),
      id_(here().next_object++) {}

bool FuncTimer::set(Duration length) {
  if (here().muted) return false;
  const bool was_pending = pending();
  WorldState& w = here();
  if (!was_pending) {
    hold(this);
    process_.own(*this);
    process_.add_pending();
  }
  const Instant due = due_after(length);
  const uint64_t cause =
      emit(EventKind::kTimerSet, id_, current_id(), static_cast<uint64_t>(due.ns));
  w.queue.set(*this, due, cause + 1);
  return was_pending;
}

bool FuncTimer::stop() {
  if (!pending()) return false;
  emit(EventKind::kTimerStop, id_, current_id());
  cancel();
  settle();
  return true;
}

// It is pending no more.
void FuncTimer::settle() {
  unlink();
  process_.remove_pending();
  release(this);
}

void FuncTimer::fire_func(Alarm& alarm) {
  auto& self = static_cast<FuncTimer&>(alarm);
  self.start(derive(self.key_, ++self.fired_));
  self.settle();
}

}  // namespace detail

Ticker::Ticker(Duration period, std::string_view name) : chan_(new detail::TimerChan(name)) {
  if (period.ns <= 0) {
    scheduler().panic("non-positive interval for NewTicker");
    return;
  }
  chan_->set(period, period);
}

void Ticker::reset(Duration period) const {
  if (here().muted) return;
  if (period.ns <= 0) {
    scheduler().panic("non-positive interval for Ticker.Reset");
    return;
  }
  chan_->set(period, period);
}

}  // namespace engine
