#include "engine/world/trace.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "engine/world/hash.h"

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
    case EventKind::kHandOver:
      return "hand-over";
    case EventKind::kTakeOver:
      return "take-over";
    case EventKind::kReadLock:
      return "read-lock";
    case EventKind::kReadUnlock:
      return "read-unlock";
    case EventKind::kSignal:
      return "signal";
    case EventKind::kTimerSet:
      return "timer-set";
    case EventKind::kTimerStop:
      return "timer-stop";
    case EventKind::kCancel:
      return "cancel";
    case EventKind::kRecover:
      return "recover";
    case EventKind::kGoexit:
      return "goexit";
    case EventKind::kPriority:
      return "priority";
    case EventKind::kOnce:
      return "once";
    case EventKind::kPacketSend:
      return "packet-send";
    case EventKind::kPacketArrive:
      return "packet-arrive";
    case EventKind::kPacketDrop:
      return "packet-drop";
    case EventKind::kNodeCrash:
      return "node-crash";
    case EventKind::kNodeStart:
      return "node-start";
    case EventKind::kLinkChange:
      return "link-change";
    case EventKind::kDisk:
      return "disk";
    case EventKind::kCompute:
      return "compute";
    case EventKind::kThrottle:
      return "throttle";
    case EventKind::kOomKill:
      return "oom-kill";
  }
  return "unknown";
}

namespace {

void print_event(const char* label, uint64_t number, const Event& event) {
  const std::string_view name = event_name(event.kind);
  std::fprintf(stderr, "  %s #%llu %.*s subject=%u aux=%u arg=%llx cause=#%u\n", label,
               static_cast<unsigned long long>(number), static_cast<int>(name.size()), name.data(),
               event.subject, event.aux, static_cast<unsigned long long>(event.arg), event.cause);
}

// Words are loaded as they lie in memory: all platforms of ours are little-endian.
static_assert(std::endian::native == std::endian::little);

uint64_t mixed_in(uint64_t lane, const char* word) {
  uint64_t value = 0;
  std::memcpy(&value, word, sizeof value);
  return std::rotl(lane ^ value, 29) * 0xff51afd7ed558ccdU;
}

}  // namespace

// An event is three words. Word n of the history goes to lane n % kLanes, so that the
// multiplications of the lanes overlap.
void History::fold(uint64_t (&lanes)[kLanes], const Event* events, uint32_t count) {
  static_assert(kLanes == 6 && kBatch * 3 % kLanes == 0 && sizeof(Event) == 3 * sizeof(uint64_t));
  uint64_t a = lanes[0], b = lanes[1], c = lanes[2], d = lanes[3], e = lanes[4], f = lanes[5];
  const auto* at = reinterpret_cast<const char*>(events);
  const char* const end = at + count * sizeof(Event);
  constexpr size_t kWord = sizeof(uint64_t);
  for (uint32_t pair = 0; pair < count / 2; ++pair, at += 2 * sizeof(Event)) {
    a = mixed_in(a, at);
    b = mixed_in(b, at + kWord);
    c = mixed_in(c, at + 2 * kWord);
    d = mixed_in(d, at + 3 * kWord);
    e = mixed_in(e, at + 4 * kWord);
    f = mixed_in(f, at + 5 * kWord);
  }
  lanes[0] = a, lanes[1] = b, lanes[2] = c, lanes[3] = d, lanes[4] = e, lanes[5] = f;
  for (uint32_t lane = 0; at < end; at += kWord, ++lane) lanes[lane] = mixed_in(lanes[lane], at);
}

void History::close_batch(uint64_t step, Instant now) {
  fold(lanes_, batch_, kBatch);
  folded_ += kBatch;
  next_ = batch_;
  batch_step_ = step;
  batch_at_ = now;
}

uint64_t History::hash() const {
  uint64_t lanes[kLanes];
  std::memcpy(lanes, lanes_, sizeof lanes);
  fold(lanes, batch_, open());
  uint64_t hash = events();
  for (const uint64_t lane : lanes) hash = combine(hash, lane);
  return hash;
}

TraceLog::TraceLog(TraceLevel level, size_t budget_bytes)
    : level_(level), budget_blocks_(std::max<size_t>(2, budget_bytes / sizeof(Block))) {}

void TraceLog::record(const Stretch& stretch) {
  const auto index = static_cast<size_t>(stretch.first / kBlockEvents);
  const auto slot = static_cast<uint32_t>(stretch.first % kBlockEvents);
  if (index >= blocks_.size()) blocks_.resize(index + 1);
  BlockPtr& held = blocks_[index];
  if (held == nullptr || slot < held->begin || slot > held->begin + held->count) {
    if (held == nullptr) {
      if (held_blocks_ >= budget_blocks_) drop_oldest();
      ++held_blocks_;
    }
    held = fresh_block();
    held->first = index * uint64_t{kBlockEvents};
    held->begin = slot;
    held->count = 0;
    held->step = stretch.step;
    held->at = stretch.at;
  }
  const uint32_t known = std::min(held->begin + held->count - slot, stretch.count);
  for (uint32_t i = 0; i < known; ++i) {
    if (held->events[slot + i] == stretch.events[i]) continue;
    uint64_t step = stretch.step;
    for (uint32_t k = 0; k <= i; ++k) step += begins_step(held->events[slot + k].kind) ? 1 : 0;
    std::fprintf(stderr, "replay differs from the recorded history at step %llu:\n",
                 static_cast<unsigned long long>(step));
    print_event("recorded", stretch.first + i, held->events[slot + i]);
    print_event("replayed", stretch.first + i, stretch.events[i]);
    std::fflush(stderr);
    std::abort();
  }
  if (known == stretch.count) return;
  if (held.use_count() > 1) {
    // A block shared with another branch is copied before it is written.
    BlockPtr copy = fresh_block();
    *copy = *held;
    held = std::move(copy);
  }
  std::memcpy(held->events + slot + known, stretch.events + known,
              (stretch.count - known) * sizeof(Event));
  held->count += stretch.count - known;
}

// Its events are not initialized: they are written before they are read.
TraceLog::BlockPtr TraceLog::fresh_block() {
  if (spare_ != nullptr && spare_.use_count() == 1) return std::exchange(spare_, nullptr);
  return BlockPtr(new Block);
}

void TraceLog::drop_oldest() {
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const size_t at = (oldest_hint_ + i) % blocks_.size();
    if (blocks_[at] == nullptr) continue;
    spare_ = std::exchange(blocks_[at], nullptr);
    --held_blocks_;
    oldest_hint_ = at + 1;
    return;
  }
}

uint64_t TraceLog::first_event_of(uint64_t step) const {
  if (step == 0)
    return !blocks_.empty() && blocks_[0] != nullptr && blocks_[0]->begin == 0 ? 0 : UINT64_MAX;
  // Blocks know the step before they begin: the last one whose is below `step` holds its beginning.
  for (size_t b = blocks_.size(); b-- > 0;) {
    if (blocks_[b] == nullptr || blocks_[b]->step >= step) continue;
    const Block& block = *blocks_[b];
    uint64_t at_step = block.step;
    for (uint32_t i = block.begin; i < block.begin + block.count; ++i) {
      if (begins_step(block.events[i].kind)) ++at_step;
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
      auto cut = BlockPtr(new Block(*blocks_[b]));
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
