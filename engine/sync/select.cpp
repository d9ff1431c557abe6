#include "engine/sync/select.h"

namespace engine::detail {

constexpr OpKind SelectBase::kKind = {
    .attempt = [](WaitOp& op) { return static_cast<SelectBase&>(op).attempt(); },
    .reason = WaitReason::kSelect,
    .served = served,
    .wakes_by_itself = wakes_by_itself,
    .due = due,
};
constexpr OpKind SelectBase::kOne[] = {
    {.attempt = kKind.attempt,
     .reason = WaitReason::kChanReceive,
     .served = served,
     .wakes_by_itself = wakes_by_itself,
     .due = due},
    {.attempt = kKind.attempt, .reason = WaitReason::kChanSend, .served = served},
    {.attempt = kKind.attempt, .reason = WaitReason::kChanReceiveNil},
    {.attempt = kKind.attempt, .reason = WaitReason::kChanSendNil},
};

const OpKind& SelectBase::kind_of_one(WaitReason reason) {
  for (const OpKind& kind : kOne) {
    if (kind.reason == reason) return kind;
  }
  return kKind;
}

constexpr OpKind SelectBase::kNoCases = {
    .attempt = [](WaitOp& op) { return static_cast<SelectBase&>(op).attempt(); },
    .reason = WaitReason::kSelectNoCases,
};

bool SelectBase::attempt() {
  // A send case that waited while its channel was closed: it is the one that panics.
  if (chosen_ != kNone) return cases_[chosen_].kind->proceed(*cases_[chosen_].op);
  uint32_t ready = 0;
  uint32_t first = kNone;
  for (uint32_t i = 0; i < count_; ++i) {
    if (!cases_[i].kind->would_proceed(*cases_[i].op)) continue;
    if (ready++ == 0) first = i;
  }
  Goroutine& task = *scheduler().current();
  if (ready > 0) {
    uint32_t pick = ready == 1 ? 0 : Scheduler::choose_for(task, ChoiceKind::kSelect, ready);
    chosen_ = first;
    while (pick > 0) {
      ++chosen_;
      if (cases_[chosen_].kind->would_proceed(*cases_[chosen_].op)) --pick;
    }
    return cases_[chosen_].kind->proceed(*cases_[chosen_].op);
  }
  if (default_) {
    chosen_ = count_;
    return true;
  }
  for (uint32_t i = 0; i < count_; ++i) {
    WaitOp& op = *cases_[i].op;
    if (op.object() == nullptr) continue;
    cases_[i].kind->enqueue(op, task);
  }
  return false;
}

void SelectBase::served(WaitOp& op, Waiter& waiter) {
  auto& self = static_cast<SelectBase&>(op);
  for (uint32_t i = 0; i < self.count_; ++i) {
    WaitOp& one = *self.cases_[i].op;
    if (one.object() == nullptr) continue;
    Waiter& own = self.cases_[i].kind->waiter(one);
    if (&own == &waiter) self.chosen_ = i;
    own.unlink();
  }
}

bool SelectBase::wakes_by_itself(const WaitOp& op) {
  return due(op) != kEndOfTime;
}

Instant SelectBase::due(const WaitOp& op) {
  const auto& self = static_cast<const SelectBase&>(op);
  Instant earliest = kEndOfTime;
  for (uint32_t i = 0; i < self.count_; ++i) {
    const WaitOp& one = *self.cases_[i].op;
    if (one.kind().due == nullptr || one.object() == nullptr) continue;
    const Instant when = one.kind().due(one);
    if (when < earliest) earliest = when;
  }
  return earliest;
}

}  // namespace engine::detail
