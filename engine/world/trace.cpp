#include "engine/world/trace.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "engine/world/here.h"

namespace engine {

std::string_view event_name(EventKind kind) {
  switch (kind) {
    case EventKind::kNone:
      return "none";
    case EventKind::kDispatch:
      return "run";
    case EventKind::kTimerFired:
      return "timer";
    case EventKind::kInput:
      return "input";
    case EventKind::kQuiescence:
      return "quiescence";
    case EventKind::kInputMissed:
      return "missed";
    case EventKind::kSpawn:
      return "spawn";
    case EventKind::kWake:
      return "wake";
    case EventKind::kPark:
      return "park";
    case EventKind::kYield:
      return "yield";
    case EventKind::kTaskEnd:
      return "end";
    case EventKind::kPanic:
      return "panic";
    case EventKind::kProcessStart:
      return "start";
    case EventKind::kProcessExit:
      return "exit";
    case EventKind::kSleep:
      return "sleep";
    case EventKind::kOutput:
      return "output";
    case EventKind::kPreempt:
      return "preempt";
    case EventKind::kChoice:
      return "choice";
    case EventKind::kCreate:
      return "create";
    case EventKind::kSend:
      return "send";
    case EventKind::kReceive:
      return "receive";
    case EventKind::kClose:
      return "close";
    case EventKind::kLock:
      return "lock";
    case EventKind::kUnlock:
      return "unlock";
    case EventKind::kWaitGroupAdd:
      return "add";
    case EventKind::kRead:
      return "read";
    case EventKind::kWrite:
      return "write";
  }
  return "unknown";
}

namespace {

void print_event(const char* label, uint64_t number, const Event& event) {
  const std::string_view name = event_name(event.kind);
  std::fprintf(stderr, "  %s #%llu %.*s subject=%u aux=%u arg=%llx cause=-%u\n", label,
               static_cast<unsigned long long>(number), static_cast<int>(name.size()), name.data(),
               event.subject, event.aux, static_cast<unsigned long long>(event.arg), event.cause);
}

}  // namespace

TraceLog::TraceLog(TraceLevel level, size_t budget_bytes)
    : level_(level), budget_blocks_(std::max<size_t>(2, budget_bytes / sizeof(Block))) {}

void TraceLog::append_slow(uint64_t number, const Event& event, uint64_t step, Instant now) {
  if (level_ == TraceLevel::kOff) return;
  const OutsideScope outside;
  const auto index = static_cast<size_t>(number / kBlockEvents);
  const auto slot = static_cast<uint32_t>(number % kBlockEvents);
  if (index >= blocks_.size()) blocks_.resize(index + 1);
  std::shared_ptr<Block>& held = blocks_[index];
  if (held != nullptr && slot >= held->begin && slot < held->begin + held->count) {
    const Event& recorded = held->events[slot];
    if (recorded == event) return;
    std::fprintf(stderr, "replay differs from the recorded history at step %llu:\n",
                 static_cast<unsigned long long>(step));
    print_event("recorded", number, recorded);
    print_event("replayed", number, event);
    std::fflush(stderr);
    std::abort();
  }
  const bool extends = held != nullptr && slot == held->begin + held->count;
  if (held == nullptr) {
    if (held_blocks_ >= budget_blocks_) drop_oldest();
    ++held_blocks_;
  }
  if (held == nullptr || !extends || held.use_count() > 1) {
    // A block shared with another branch is copied before it is written.
    auto fresh = extends ? std::make_shared<Block>(*held) : std::make_shared<Block>();
    if (!extends) {
      fresh->first = index * uint64_t{kBlockEvents};
      fresh->begin = slot;
      fresh->step = step;
      fresh->at = now;
    }
    held = std::move(fresh);
  }
  open_ = held.get();
  write_ = open_->events;
  write_end_ = open_->first + kBlockEvents;
  recorded_end_ = number + 1;
  open_->events[slot] = event;
  ++open_->count;
}

// Drops the oldest held block. The newest is the one being written, and is never dropped.
void TraceLog::drop_oldest() {
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const size_t at = (oldest_hint_ + i) % blocks_.size();
    if (blocks_[at] == nullptr || blocks_[at].get() == open_) continue;
    blocks_[at].reset();
    --held_blocks_;
    oldest_hint_ = at + 1;
    return;
  }
}

uint64_t TraceLog::first_event_of(uint64_t step) const {
  if (step == 0)
    return !blocks_.empty() && blocks_[0] != nullptr && blocks_[0]->begin == 0 ? 0 : UINT64_MAX;
  // Blocks know the step they begin in; the last one that begins at or before `step` holds it,
  // unless that block begins in the middle of the step and the one before holds the beginning.
  for (size_t b = blocks_.size(); b-- > 0;) {
    if (blocks_[b] == nullptr) continue;
    const Block& block = *blocks_[b];
    const bool begins_inside = !begins_step(block.events[block.begin].kind);
    if (block.step > step || (block.step == step && begins_inside)) continue;
    uint64_t at_step = block.step;
    for (uint32_t i = block.begin; i < block.begin + block.count; ++i) {
      if (i != block.begin && begins_step(block.events[i].kind)) ++at_step;
      if (at_step == step && begins_step(block.events[i].kind)) return block.first + i;
    }
    return UINT64_MAX;
  }
  return UINT64_MAX;
}

TraceLog TraceLog::fork(uint64_t number) const {
  TraceLog copy(level_, budget_blocks_ * sizeof(Block));
  const auto index = static_cast<size_t>(number / kBlockEvents);
  for (size_t b = 0; b <= index && b < blocks_.size(); ++b) {
    if (blocks_[b] == nullptr || blocks_[b]->first + blocks_[b]->begin >= number) {
      copy.blocks_.emplace_back();
      continue;
    }
    copy.blocks_.push_back(blocks_[b]);
    ++copy.held_blocks_;
    if (blocks_[b]->first + kBlockEvents > number) {
      // The block that the branches part in: each goes on in its own.
      auto cut = std::make_shared<Block>(*blocks_[b]);
      cut->count = std::min(cut->count, static_cast<uint32_t>(number - cut->first) - cut->begin);
      copy.blocks_.back() = std::move(cut);
    }
  }
  return copy;
}

size_t TraceLog::bytes() const {
  return held_blocks_ * sizeof(Block);
}

}  // namespace engine
