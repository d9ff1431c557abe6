#include "sim/node/cpu_group.h"

#include <algorithm>

#include "sim/node/cpu.h"

namespace sim::node {
namespace {

using engine::Duration;
using engine::Instant;

/// The virtual runtime of a nanosecond at weight 1.
constexpr int64_t kScale = 1024;
/// How far behind the others a goroutine may stay whose turn has ended, in real time of its own.
/// Source: Linux, EEVDF, `update_entity_lag`: two slices.
constexpr Duration kMostLag = 2 * Cpu::kSlice;

// Rounded up, so that no turn is free.
int64_t weighted(Duration length, uint32_t weight) {
  const auto parts = static_cast<int64_t>(weight);
  return length.ns / parts * kScale + (length.ns % parts * kScale + parts - 1) / parts;
}

}  // namespace

CpuGroup::Limit::Limit(CpuGroup& g, const CpuMax& max)
    : Alarm(Cpu::limit_rings), group(g), bandwidth(max) {}

CpuGroup::CpuGroup(Cpu& cpu, CpuGroup* parent, uint32_t id, uint32_t weight)
    : cpu_(cpu), parent_(parent), updated_at_(engine::here().now), id_(id), weight_(weight) {}

bool CpuGroup::is_within(const CpuGroup& ancestor) const {
  const CpuGroup* at = this;
  while (at != nullptr && at != &ancestor) at = at->parent_;
  return at != nullptr;
}

CpuStat CpuGroup::stat(Instant now) const {
  const Duration length = now - updated_at_;
  CpuStat stat;
  stat.usage = usage_ + length * running_;
  stat.stalled = waiting_ > 0 ? stalled_ + length : stalled_;
  stat.running = running_;
  stat.waiting = waiting_;
  if (limit_ == nullptr) return stat;
  Bandwidth bandwidth = limit_->bandwidth;
  bandwidth.advance(updated_at_, now, running_);
  stat.periods = bandwidth.periods();
  stat.throttled_periods = bandwidth.throttled_periods();
  stat.throttled = limit_->throttled;
  stat.is_throttled = limit_->is_throttled;
  if (stat.is_throttled) stat.throttled = stat.throttled + (now - limit_->throttled_at);
  return stat;
}

uint32_t CpuGroup::own_weight() const {
  return kDefaultWeight * std::max<uint32_t>(own_running_ + own_waiting_, 1);
}

// Nothing has changed since the last call but the time.
void CpuGroup::update(Instant now) {
  if (limit_ != nullptr) limit_->bandwidth.advance(updated_at_, now, running_);
  const Duration length = now - updated_at_;
  if (length == Duration{}) return;
  updated_at_ = now;
  if (waiting_ > 0) stalled_ = stalled_ + length;
  if (running_ == 0) return;
  usage_ = usage_ + length * running_;
  // While nobody waits, all have what they want: who comes then starts level with them.
  own_vruntime_ += weighted(length * own_running_, own_weight());
  if (waiting_ == 0 && own_running_ > 0) {
    queue_vruntime_ = std::max(queue_vruntime_, own_vruntime_);
  }
  if (parent_ == nullptr) return;
  vruntime_ += weighted(length * running_, weight_);
  if (parent_->waiting_ == 0) {
    parent_->queue_vruntime_ = std::max(parent_->queue_vruntime_, vruntime_);
  }
}

void CpuGroup::set_weight(uint32_t weight) {
  update(engine::here().now);
  weight_ = weight;
}

void CpuGroup::set_max(const CpuMax& max) {
  const Instant now = engine::here().now;
  update(now);
  if (is_throttled()) unthrottle();
  if (max.quota == Duration{}) {
    limit_.reset();
  } else if (limit_ == nullptr) {
    limit_ = std::make_unique<Limit>(*this, max);
  } else {
    limit_->bandwidth.change(max);
  }
  // A new period begins now, or when it is first used.
  if (running_ > 0 || waiting_ > 0) update(now);
  set_alarm();
}

// One that joins those who wait among this group's children, and has not waited until now.
void CpuGroup::place(int64_t& vruntime, uint32_t weight, bool wakes) {
  if (waiting_ == 0) {
    const Instant now = engine::here().now;
    update(now);
    for (CpuGroup& child : runnable_) child.update(now);
  }
  const int64_t behind = wakes ? 0 : weighted(kMostLag, weight);
  vruntime = std::max(vruntime, queue_vruntime_ - behind);
}

void CpuGroup::gain_waiting(uint32_t count, bool wakes) {
  const Instant now = engine::here().now;
  for (CpuGroup* at = this;; at = at->parent_) {
    at->update(now);
    const bool waited = at->waiting_ > 0;
    at->waiting_ += count;
    if (at->parent_ == nullptr || at->is_throttled()) return;
    if (!waited) at->parent_->place(at->vruntime_, at->weight_, wakes);
    if (!at->linked()) at->parent_->runnable_.push_back(*at);
  }
}

void CpuGroup::lose_waiting(uint32_t count) {
  const Instant now = engine::here().now;
  for (CpuGroup* at = this; at != nullptr; at = at->parent_) {
    at->update(now);
    at->waiting_ -= count;
    if (at->waiting_ == 0 && at->running_ == 0) at->unlink();
    if (!at->is_throttled()) continue;
    if (at->waiting_ == 0) at->end_throttling();
    return;
  }
}

/// A goroutine of the group waits for a core. `wakes`: it had none until now.
void CpuGroup::enqueue(engine::Waiter& waiter, bool wakes) {
  update(engine::here().now);
  ++own_waiting_;
  if (own_.empty()) place(own_vruntime_, own_weight(), wakes);
  own_.push_back(waiter);
  gain_waiting(1, wakes);
}

/// One that waits does so no more.
void CpuGroup::dequeue(engine::Waiter& waiter) {
  update(engine::here().now);
  waiter.unlink();
  --own_waiting_;
  lose_waiting(1);
}

/// The child whose goroutines go next; null: the group's own do. REQUIRES: one of them waits.
CpuGroup* CpuGroup::next() {
  const Instant now = engine::here().now;
  CpuGroup* best = nullptr;
  for (CpuGroup& child : runnable_) {
    if (child.waiting_ == 0 || child.is_throttled()) continue;
    child.update(now);
    const bool is_better = best == nullptr || child.vruntime_ < best->vruntime_ ||
                           (child.vruntime_ == best->vruntime_ && child.id_ < best->id_);
    if (is_better) best = &child;
  }
  update(now);
  const bool own_goes = !own_.empty() && (best == nullptr || own_vruntime_ <= best->vruntime_);
  return own_goes ? nullptr : best;
}

/// The first of its own that wait gets a core.
engine::Waiter& CpuGroup::begin_turn() {
  const Instant now = engine::here().now;
  update(now);
  engine::Waiter& first = *own_.pop_front();
  queue_vruntime_ = std::max(queue_vruntime_, own_vruntime_);
  --own_waiting_;
  ++own_running_;
  for (CpuGroup* at = this; at != nullptr; at = at->parent_) {
    at->update(now);
    --at->waiting_;
    ++at->running_;
    at->set_alarm();
    if (at->parent_ == nullptr) break;
    int64_t& reached = at->parent_->queue_vruntime_;
    reached = std::max(reached, at->vruntime_);
  }
  return first;
}

/// One of its own leaves its core.
void CpuGroup::end_turn() {
  const Instant now = engine::here().now;
  update(now);
  --own_running_;
  for (CpuGroup* at = this; at != nullptr; at = at->parent_) {
    at->update(now);
    --at->running_;
    at->set_alarm();
    if (at->waiting_ == 0 && at->running_ == 0) at->unlink();
  }
}

// Whether there is a quota of which nothing is left for who runs, or would. As of the last update.
bool CpuGroup::has_run_out() const {
  return limit_ != nullptr && !limit_->bandwidth.lasts_for(std::max<uint32_t>(running_, 1));
}

/// Those that wait do so until the period ends. Nothing happens if none does.
void CpuGroup::throttle() {
  if (waiting_ == 0) return;
  engine::WorldState& w = engine::here();
  update(w.now);
  limit_->is_throttled = true;
  limit_->throttled_at = w.now;
  limit_->bandwidth.note_throttled();
  w.queue.set(*limit_, limit_->bandwidth.period_end(), w.cause);
  engine::emit(engine::EventKind::kThrottle, cpu_.machine_id(), id_, 1);
  if (parent_ != nullptr) parent_->lose_waiting(waiting_);
}

/// They compete again.
void CpuGroup::unthrottle() {
  end_throttling();
  if (parent_ == nullptr || waiting_ == 0) return;
  parent_->place(vruntime_, weight_, true);
  if (!linked()) parent_->runnable_.push_back(*this);
  parent_->gain_waiting(waiting_, true);
}

void CpuGroup::end_throttling() {
  limit_->is_throttled = false;
  limit_->throttled = limit_->throttled + (engine::here().now - limit_->throttled_at);
  limit_->cancel();
  engine::emit(engine::EventKind::kThrottle, cpu_.machine_id(), id_, 0);
}

void CpuGroup::set_alarm() {
  if (limit_ == nullptr || limit_->is_throttled) return;
  engine::WorldState& w = engine::here();
  const Instant due = limit_->bandwidth.runs_out(w.now, running_);
  if (due == engine::kEndOfTime) {
    limit_->cancel();
  } else if (!limit_->pending() || limit_->due() != due) {
    w.queue.set(*limit_, due, w.cause);
  }
}

}  // namespace sim::node
