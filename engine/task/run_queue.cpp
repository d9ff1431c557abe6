#include "engine/task/run_queue.h"

#include <algorithm>

#include "engine/task/scheduler.h"

namespace engine {
namespace {

constexpr Policy kPolicies[] = {Policy::kFifo, Policy::kRandom, Policy::kPct, Policy::kGo};

/// Under `random`, one operation in so many lets others go first.
constexpr uint32_t kYieldOneIn = 4;
/// Under `pct`: how many priorities are lowered in a run, and the range of the first ones, which
/// leaves room below for those.
constexpr uint32_t kChangePoints = 3;
constexpr uint32_t kPriorities = 1U << 20;
constexpr uint32_t kLowest = 1U << 31;
/// The change points lie within the first 2 to 2^16 operations.
constexpr uint32_t kMagnitudes = 16;
/// Source: Go runtime, `len(p.runq)` and `schedtick%61`.
constexpr uint32_t kLocalSlots = 256;
constexpr uint32_t kGlobalTicks = 61;

}  // namespace

std::span<const Policy> policies() {
  return kPolicies;
}

std::string_view policy_name(Policy policy) {
  switch (policy) {
    case Policy::kFifo:
      return "fifo";
    case Policy::kRandom:
      return "random";
    case Policy::kPct:
      return "pct";
    case Policy::kGo:
      return "go";
  }
  return "unknown";
}

std::optional<Policy> policy_named(std::string_view name) {
  for (const Policy policy : kPolicies) {
    if (policy_name(policy) == name) return policy;
  }
  return std::nullopt;
}

void RunQueue::push_by_policy(Goroutine& task, Stop stopped) {
  if (policy_ != Policy::kGo) {
    if (policy_ == Policy::kPct && stopped == Stop::kYields) lower_priority(task);
    local_.push_back(&task);
  } else if (stopped != Stop::kParks) {
    global_.push_back(&task);
  } else {
    if (Goroutine* kicked_out = std::exchange(next_, &task)) put_local(kicked_out);
  }
}

void RunQueue::put_local(Goroutine* task) {
  if (local_.size() == kLocalSlots) {
    for (uint32_t i = 0; i < kLocalSlots / 2; ++i) global_.push_back(local_.pop_front());
    global_.push_back(task);
  } else {
    local_.push_back(task);
  }
}

Goroutine* RunQueue::take_by_policy() {
  if (size() == 0) return nullptr;
  if (std::exchange(next_is_forced_, false)) return local_.pop_front();
  if (policy_ == Policy::kGo) return take_as_go();
  uint32_t taken = 0;
  if (policy_ == Policy::kRandom) {
    taken = choose(ChoiceKind::kNextTask, key_, local_.size());
    std::swap(local_[taken], local_[0]);
  } else {
    for (uint32_t i = 1; i < local_.size(); ++i) {
      if (local_[i]->priority_ > local_[taken]->priority_) taken = i;
    }
    local_.bring_forward(taken);
  }
  return local_.pop_front();
}

Goroutine* RunQueue::take_as_go() {
  const bool global_first = ticks_ % kGlobalTicks == 0 && !global_.empty();
  // Before the first there is no slice to inherit.
  inherits_slice_ = !global_first && next_ != nullptr && ticks_ > 0;
  if (!inherits_slice_) ++ticks_;
  if (!global_first && next_ != nullptr) return std::exchange(next_, nullptr);
  return global_first || local_.empty() ? global_.pop_front() : local_.pop_front();
}

bool RunQueue::interrupts(Goroutine& task) {
  if (policy_ == Policy::kRandom) {
    return !local_.empty() && Scheduler::choose_for(task, ChoiceKind::kYield, kYieldOneIn) == 0;
  }
  if (policy_ != Policy::kPct) return false;
  ++operations_;
  if (!change_points_.empty() && operations_ >= change_points_.front()) {
    change_points_.erase(change_points_.begin());
    lower_priority(task);
  }
  for (uint32_t i = 0; i < local_.size(); ++i) {
    if (local_[i]->priority_ > task.priority_) return true;
  }
  return false;
}

void RunQueue::lower_priority(Goroutine& task) {
  task.priority_ = --lowest_;
  emit(EventKind::kPriority, task.id().value, 0, task.priority_);
}

void RunQueue::draw_priority(Goroutine& task) {
  if (lowest_ == UINT32_MAX) {
    lowest_ = kLowest;
    for (uint32_t i = 0; i < kChangePoints; ++i) {
      const uint32_t magnitude = 1 + choose(ChoiceKind::kChangePoint, key_, kMagnitudes);
      change_points_.push_back(1 + choose(ChoiceKind::kChangePoint, key_, 1U << magnitude));
    }
    std::stable_sort(change_points_.begin(), change_points_.end());
  }
  task.priority_ = kLowest + Scheduler::choose_for(task, ChoiceKind::kPriority, kPriorities);
}

bool RunQueue::run_next(TaskId id) {
  if (next_ != nullptr && next_->id() == id) return true;
  const auto bring = [&](Ring& ring) {
    for (uint32_t i = 0; i < ring.size(); ++i) {
      if (ring[i]->id() != id) continue;
      ring.bring_forward(i);
      return true;
    }
    return false;
  };
  if (policy_ == Policy::kGo) {
    Ring& ring = bring(local_) ? local_ : global_;
    if (&ring == &global_ && !bring(global_)) return false;
    Goroutine* const wanted = ring.pop_front();
    if (Goroutine* kicked_out = std::exchange(next_, wanted)) put_local(kicked_out);
    return true;
  }
  const bool found = bring(local_);
  if (found) next_is_forced_ = policy_ != Policy::kFifo;
  return found;
}

void RunQueue::forget(const Process& process) {
  local_.keep_if_not_of(process);
  global_.keep_if_not_of(process);
  if (next_ != nullptr && &next_->process() == &process) next_ = nullptr;
  next_is_forced_ = false;
}

std::vector<const Goroutine*> RunQueue::tasks() const {
  std::vector<const Goroutine*> all;
  if (next_ != nullptr) all.push_back(next_);
  for (uint32_t i = 0; i < local_.size(); ++i) all.push_back(local_[i]);
  for (uint32_t i = 0; i < global_.size(); ++i) all.push_back(global_[i]);
  return all;
}

void RunQueue::Ring::grow() {
  constexpr uint32_t kFirst = 16;
  const uint32_t larger = size_ == 0 ? kFirst : size_ * 2;
  auto slots = std::make_unique<Goroutine*[]>(larger);
  for (uint32_t i = 0; i < count_; ++i) slots[i] = slots_[slot(i)];
  slots_ = std::move(slots);
  size_ = larger;
  head_ = 0;
}

void RunQueue::Ring::bring_forward(uint32_t nth) {
  Goroutine* const task = slots_[slot(nth)];
  for (uint32_t i = nth; i > 0; --i) slots_[slot(i)] = slots_[slot(i - 1)];
  slots_[head_] = task;
}

void RunQueue::Ring::keep_if_not_of(const Process& process) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count_; ++i) {
    Goroutine* const at = slots_[slot(i)];
    if (&at->process() != &process) slots_[slot(kept++)] = at;
  }
  count_ = kept;
}

}  // namespace engine
