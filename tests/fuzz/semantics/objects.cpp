// The model: channels, locks, wait groups, timers and contexts.

#include <algorithm>
#include <utility>

#include "tests/fuzz/semantics/known.h"
#include "tests/fuzz/semantics/model.h"

namespace semantics {
namespace {

/// Source: Go's sync package, `starvationThresholdNs`.
constexpr int64_t kStarvation = 1'000'000;

}  // namespace

// Channels. Source: specification, "Send statements", "Receive operator", "Close".

size_t Model::new_channel(int64_t capacity) {
  channels_.emplace_back().capacity = capacity;
  return channels_.size() - 1;
}

bool Model::can_proceed(const Arm& arm) const {
  if (arm.channel == kNil) return false;
  const Channel& c = channels_[arm.channel];
  if (c.closed) return true;
  if (!arm.sends) return !c.buffer.empty() || !c.senders.empty();
  return !c.receivers.empty() || static_cast<int64_t>(c.buffer.size()) < c.capacity;
}

// False: it panics. REQUIRES: can_proceed().
bool Model::proceed(Arm& arm, int64_t& got) {
  Channel& c = channels_[arm.channel];
  if (arm.sends) {
    if (c.closed) return false;
    return send(c, arm.value);
  }
  got = kClosedValue;
  if (!c.buffer.empty()) {
    got = c.buffer.front();
    c.buffer.pop_front();
  }
  if (!c.senders.empty()) {
    const Place first = c.senders.front();
    if (got == kClosedValue) {
      got = first.value;
    } else {
      c.buffer.push_back(first.value);
    }
    Goroutine& sender = at(first.goroutine);
    leave_queues(sender);
    sender.chosen = first.arm;
    wake(sender.id, Resume::kDone);
  }
  return true;
}

bool Model::send(Channel& c, int64_t value) {
  if (c.receivers.empty()) {
    c.buffer.push_back(value);
    return true;
  }
  const bool is_last = mutation_ == Mutation::kLastReceiverFirst;
  const Place first = is_last ? c.receivers.back() : c.receivers.front();
  Goroutine& receiver = at(first.goroutine);
  leave_queues(receiver);
  receiver.chosen = first.arm;
  receiver.got = value;
  wake(receiver.id, Resume::kDone);
  return true;
}

// A goroutine that is served at one channel waits at no other any more.
void Model::leave_queues(Goroutine& g) {
  for (const Arm& arm : g.arms) {
    if (arm.channel == kNil) continue;
    const auto is_own = [&](const Place& place) { return place.goroutine == g.id; };
    std::erase_if(channels_[arm.channel].senders, is_own);
    std::erase_if(channels_[arm.channel].receivers, is_own);
  }
}

bool Model::close(size_t channel) {
  Channel& c = channels_[channel];
  if (c.closed) return false;
  c.closed = true;
  if (mutation_ == Mutation::kCloseDropsBuffer) c.buffer.clear();
  // Go's runtime wakes those first that came last. Source: runtime/chan.go, `closechan`.
  const bool is_reversed = schedule_ == Schedule::kGo;
  while (!c.receivers.empty()) {
    const Place next = is_reversed ? c.receivers.back() : c.receivers.front();
    Goroutine& receiver = at(next.goroutine);
    leave_queues(receiver);
    receiver.chosen = next.arm;
    receiver.got = kClosedValue;
    wake(receiver.id, Resume::kDone);
  }
  while (!c.senders.empty()) {
    const uint32_t sender = (is_reversed ? c.senders.back() : c.senders.front()).goroutine;
    leave_queues(at(sender));
    wake(sender, Resume::kClosed);
  }
  return true;
}

// Locks. Source: Go's internal/sync/mutex.go, lockSlow and unlockSlow; the spinning is left out,
// and who is woken keeps its turn.

bool Model::lock(Mutex& m, Goroutine& g) {
  const bool was_locked = m.locked;
  const bool was_starving = m.starving;
  if (g.lock.awoken) m.woken = false;
  if (g.lock.starving && was_locked) m.starving = true;
  if (!was_locked && !was_starving) {
    m.locked = true;
    return true;
  }
  ++m.waiters;
  if (g.lock.has_waited) {
    m.queue.push_front(g.id);
  } else {
    m.queue.push_back(g.id);
    g.lock.has_waited = true;
    g.lock.since = now_;
  }
  return false;
}

bool Model::take_turn(Mutex& m, Goroutine& g) {
  g.lock.starving = g.lock.starving || now_ - g.lock.since > kStarvation;
  if (!m.starving) {
    g.lock.awoken = true;
    return lock(m, g);
  }
  m.locked = true;
  --m.waiters;
  if (!g.lock.starving || m.waiters == 0) m.starving = false;
  return true;
}

// False: it was not locked.
bool Model::unlock(Mutex& m) {
  if (!m.locked) return false;
  m.locked = false;
  if (!m.starving) {
    if (m.waiters == 0 || m.woken) return true;
    --m.waiters;
    m.woken = true;
  }
  if (m.queue.empty()) return true;
  const uint32_t first = m.queue.front();
  m.queue.pop_front();
  if (m.starving && known::kHandedOverIsLocked) m.locked = true;
  wake(first, Resume::kTurn);
  return true;
}

bool Model::try_lock(Mutex& m) {
  if (m.locked || m.starving) return false;
  m.locked = true;
  return true;
}

bool Model::acquire(Semaphore& s, Goroutine& g) {
  if (s.count > 0) {
    --s.count;
    return true;
  }
  s.queue.push_back(g.id);
  return false;
}

void Model::release(Semaphore& s) {
  if (s.queue.empty()) {
    ++s.count;
    return;
  }
  const uint32_t first = s.queue.front();
  s.queue.pop_front();
  wake(first, Resume::kDone);
}

// Source: Go's sync/rwmutex.go.

bool Model::announce(RWMutex& m, Goroutine& g) {
  const int64_t readers = m.reader_count;
  m.reader_count -= kMaxReaders;
  if (readers == 0) return true;
  m.reader_wait += readers;
  return m.reader_wait == 0 || acquire(m.writer_turn, g);
}

bool Model::read_unlock(RWMutex& m) {
  const int64_t readers = --m.reader_count;
  if (readers + 1 == 0 || readers + 1 == -kMaxReaders) return false;
  if (m.readers-- == 0) gave_up_ = known::kUnnoticedUnlocksDiffer;
  if (readers >= 0) return true;
  if (--m.reader_wait == 0) release(m.writer_turn);
  return true;
}

bool Model::write_unlock(RWMutex& m, const Goroutine& g) {
  m.reader_count += kMaxReaders;
  const int64_t readers = m.reader_count;
  if (readers >= kMaxReaders) return false;
  if (!std::exchange(m.is_written, false)) gave_up_ = known::kUnnoticedUnlocksDiffer;
  for (int64_t i = 0; i < readers; ++i) release(m.reader_turn);
  if (!unlock(m.writers)) fatal(g, "sync: unlock of unlocked mutex");
  return true;
}

bool Model::try_write_lock(RWMutex& m) {
  if (!try_lock(m.writers)) return false;
  if (m.reader_count != 0) {
    unlock(m.writers);
    return false;
  }
  m.reader_count = -kMaxReaders;
  m.is_written = true;
  return true;
}

// Source: Go's sync/waitgroup.go.
bool Model::add_to_group(Group& group, int64_t delta) {
  group.counter += delta;
  if (group.counter < 0) return false;
  if (group.counter > (mutation_ == Mutation::kEagerGroup ? 1 : 0)) return true;
  for (const uint32_t waiter : std::exchange(group.waiters, {})) wake(waiter, Resume::kDone);
  return true;
}

// Timers. Source: Go documentation, package time; Go 1.23 release notes, "Timer changes".

size_t Model::new_timer(int64_t length) {
  const size_t channel = new_channel(0);
  channels_[channel].is_timer = true;
  if (length != kNever) set_timer(channel, length, 0);
  return channel;
}

void Model::set_timer(size_t channel, int64_t length, int64_t period) {
  Channel& c = channels_[channel];
  cancel_alarm(AlarmKind::kChannel, channel);
  c.buffer.clear();
  c.period = period;
  c.due = after(length);
  if (length > 0) {
    set_alarm(AlarmKind::kChannel, channel, c.due);
  } else {
    fire_timer(channel);
  }
}

void Model::stop_timer(size_t channel) {
  Channel& c = channels_[channel];
  cancel_alarm(AlarmKind::kChannel, channel);
  c.due = kNever;
  if (mutation_ != Mutation::kStaleTimer) c.buffer.clear();
}

bool Model::is_active(size_t channel) const {
  const Channel& c = channels_[channel];
  return c.due != kNever || !c.buffer.empty();
}

// Ticks that nobody received are dropped.
void Model::fire_timer(size_t channel) {
  Channel& c = channels_[channel];
  const int64_t due = c.due;
  c.due = kNever;
  if (!c.receivers.empty() || c.buffer.empty()) send(c, due);
  if (c.period == 0) return;
  c.due = due + c.period * ((now_ - due) / c.period + 1);
  set_alarm(AlarmKind::kChannel, channel, c.due);
}

void Model::set_alarm(AlarmKind kind, size_t index, int64_t due) {
  cancel_alarm(kind, index);
  alarms_.push_back({due, ++alarms_set_, kind, index});
}

bool Model::cancel_alarm(AlarmKind kind, size_t index) {
  return std::erase_if(alarms_, [&](const Alarm& alarm) {
           return alarm.kind == kind && alarm.index == index;
         }) > 0;
}

void Model::fire(const Alarm& alarm) {
  switch (alarm.kind) {
    case AlarmKind::kSleep:
      return wake(static_cast<uint32_t>(alarm.index), Resume::kDone);
    case AlarmKind::kChannel:
      return fire_timer(alarm.index);
    case AlarmKind::kFunc:
      funcs_[alarm.index].pending = false;
      add_goroutine(funcs_[alarm.index].stmt, funcs_[alarm.index].stmt->body);
      return;
    case AlarmKind::kDeadline:
      return cancel(alarm.index, 2);
  }
}

// Whether it was pending before.
bool Model::set_func(size_t func, int64_t length) {
  set_alarm(AlarmKind::kFunc, func, after(length));
  return std::exchange(funcs_[func].pending, true);
}

// Contexts. Source: Go documentation, package context.

size_t Model::new_context(size_t parent, int64_t deadline) {
  const int64_t earlier = parent == kNil ? kNever : contexts_[parent].deadline;
  const bool has_own = deadline != kNever && !(earlier < deadline);
  const size_t context = contexts_.size();
  contexts_.push_back({0, has_own ? deadline : earlier, new_channel(0), {}});
  depend(parent, {true, context});
  if (!has_own || contexts_[context].err != 0) return context;
  if (deadline <= now_) {
    cancel(context, 2);
  } else {
    set_alarm(AlarmKind::kDeadline, context, deadline);
  }
  return context;
}

void Model::cancel(size_t context, int64_t err) {
  if (contexts_[context].err != 0) return;
  contexts_[context].err = err;
  close(contexts_[context].channel);
  for (const Dependent& one : std::exchange(contexts_[context].dependents, {})) {
    cancel_dependent(one, err);
  }
  cancel_alarm(AlarmKind::kDeadline, context);
}

void Model::cancel_dependent(const Dependent& one, int64_t err) {
  if (one.is_context) {
    cancel(one.index, err);
  } else if (std::exchange(funcs_[one.index].pending, false)) {
    add_goroutine(funcs_[one.index].stmt, funcs_[one.index].stmt->body);
  }
}

// It is cancelled with `context`: at once if that has happened already.
void Model::depend(size_t context, Dependent dependent) {
  if (context == kNil) return;
  if (contexts_[context].err != 0) {
    cancel_dependent(dependent, contexts_[context].err);
  } else {
    contexts_[context].dependents.push_back(dependent);
  }
}

}  // namespace semantics
