#include "engine/world/event_queue.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/world/check.h"

namespace engine {
namespace {

/// A bucket of at most so many entries is sorted rather than spread.
constexpr uint32_t kSortMax = 48;
/// A refill goes on to the next bucket until it has so many entries.
constexpr uint32_t kRefillMin = 16;
/// Beyond so many entries, the bottom goes back into the wheel.
constexpr uint32_t kBottomMax = 96;
/// Dead entries that are not worth a sweep.
constexpr uint32_t kDeadMin = 64;
/// Chunks kept for the next buckets; the others go back to the world.
constexpr uint32_t kSpareChunksMax = 256;

}  // namespace

EventQueue::~EventQueue() {
  for (const Slot& slot : slots_) {
    if (slot.alarm == nullptr) continue;
    slot.alarm->slot_ = Alarm::kNoSlot;
    slot.alarm->cause_ = 0;
  }
  while (levels_ != 0) consume(detach(lowest()), [](const Entry&) {});
  while (spare_ != nullptr) {
    Chunk* const next = spare_->next;
    delete spare_;
    spare_ = next;
  }
}

void EventQueue::set(Alarm& alarm, Instant due, uint64_t cause) {
  alarm.cancel();
  ENGINE_CHECK(next_sequence_ >> kSequenceBits == 0);
  const uint32_t slot = take_slot();
  slots_[slot] = {&alarm, cause};
  alarm.queue_ = this;
  alarm.due_ = due;
  alarm.slot_ = slot;
  ++live_;
  if (due.ns <= bound_) {
    bound_ = due.ns;
    bound_is_exact_ = true;
  }
  const Entry entry{due.ns, next_sequence_++ << kSlotBits | slot};
  if (due.ns > bottom_last_) {
    put(entry);
  } else {
    insert_into_bottom(entry);
  }
}

void EventQueue::cancel(Alarm& alarm) {
  ENGINE_CHECK(alarm.pending() && alarm.queue_ == this);
  slots_[alarm.slot_].alarm = nullptr;
  alarm.slot_ = Alarm::kNoSlot;
  alarm.cause_ = 0;
  --live_;
  ++dead_;
  if (alarm.due_.ns == bound_) bound_is_exact_ = false;
  if (live_ == 0) bound_ = INT64_MAX;
  if (dead_ > live_ + kDeadMin) bury_the_dead();
}

Alarm& EventQueue::pop() {
  ENGINE_CHECK(live_ > 0);
  for (;;) {
    if (bottom_head_ == bottom_tail_) refill();
    const uint32_t number = bottom_[bottom_head_++].slot();
    const Slot slot = slots_[number];
    free_slot(number);
    if (slot.alarm == nullptr) {
      --dead_;
      continue;
    }
    slot.alarm->slot_ = Alarm::kNoSlot;
    slot.alarm->cause_ = slot.cause;
    --live_;
    bound_is_exact_ = false;
    if (bottom_head_ != bottom_tail_) {
      bound_ = bottom_[bottom_head_].due;
    } else {
      bound_ = live_ == 0 || bottom_last_ == INT64_MAX ? INT64_MAX : bottom_last_ + 1;
    }
    return *slot.alarm;
  }
}

bool EventQueue::refine_due_by(int64_t now) {
  while (live_ > 0) {
    if (bottom_head_ == bottom_tail_) {
      bound_ = start_of(lowest());
      bound_is_exact_ = false;
      if (bound_ > now) return false;
      refill();
    }
    const Entry& first = bottom_[bottom_head_];
    if (live(first)) {
      bound_ = first.due;
      bound_is_exact_ = true;
      return bound_ <= now;
    }
    free_slot(first.slot());
    --dead_;
    ++bottom_head_;
  }
  return false;
}

Instant EventQueue::next_due() const {
  if (live_ == 0) return kEndOfTime;
  if (bound_is_exact_) return {bound_};
  for (uint32_t at = bottom_head_; at != bottom_tail_; ++at) {
    if (live(bottom_[at])) return {bottom_[at].due};
  }
  for (unsigned level = 0; level < kLevels; ++level) {
    for (uint64_t digits = digits_[level]; digits != 0; digits &= digits - 1) {
      const Chunk* const tail = tails_[level][std::countr_zero(digits)];
      const Chunk* chunk = tail;
      int64_t least = INT64_MAX;
      bool found = false;
      do {
        chunk = chunk->next;
        for (uint32_t i = 0; i < chunk->count; ++i) {
          const Entry& entry = chunk->entries[i];
          if ((found && entry.due >= least) || !live(entry)) continue;
          found = true;
          least = entry.due;
        }
      } while (chunk != tail);
      if (found) return {least};
    }
  }
  check_failed(__FILE__, __LINE__, "a live alarm without an entry");
}

// Places.

inline unsigned EventQueue::level_of_difference(uint64_t difference) {
  return static_cast<unsigned>(std::bit_width(difference | 1) - 1) / kDigitBits;
}

inline EventQueue::Place EventQueue::place_of(int64_t due) const {
  const unsigned level = level_of_difference(static_cast<uint64_t>(due ^ base_));
  return {level, static_cast<unsigned>(due >> (level * kDigitBits)) % kDigits};
}

inline EventQueue::Place EventQueue::lowest() const {
  const auto level = static_cast<unsigned>(std::countr_zero(levels_));
  return {level, static_cast<unsigned>(std::countr_zero(digits_[level]))};
}

inline int64_t EventQueue::start_of(Place place) const {
  const unsigned shift = place.level * kDigitBits;
  const uint64_t above = static_cast<uint64_t>(base_) >> shift & ~uint64_t{kDigits - 1};
  return static_cast<int64_t>((above | place.digit) << shift);
}

// Slots, chunks, buckets.

inline uint32_t EventQueue::take_slot() {
  if (free_slot_ == Alarm::kNoSlot) {
    ENGINE_CHECK(slots_.size() >> kSlotBits == 0);
    slots_.push_back({});
    return static_cast<uint32_t>(slots_.size()) - 1;
  }
  const uint32_t slot = free_slot_;
  free_slot_ = static_cast<uint32_t>(slots_[slot].cause);
  return slot;
}

inline void EventQueue::free_slot(uint32_t slot) {
  slots_[slot] = {nullptr, free_slot_};
  free_slot_ = slot;
}

inline EventQueue::Chunk* EventQueue::take_chunk() {
  if (spare_ == nullptr) return new Chunk;
  Chunk* const chunk = spare_;
  spare_ = chunk->next;
  --spare_chunks_;
  return chunk;
}

inline void EventQueue::free_chunk(Chunk* chunk) {
  if (spare_chunks_ == kSpareChunksMax) {
    delete chunk;
    return;
  }
  chunk->next = spare_;
  spare_ = chunk;
  ++spare_chunks_;
}

inline void EventQueue::attach(Place place, Chunk* tail) {
  tails_[place.level][place.digit] = tail;
  digits_[place.level] |= uint64_t{1} << place.digit;
  levels_ |= 1U << place.level;
}

/// Kept whole and inline: spread() runs at the speed of this function.
inline void EventQueue::append(Place place, Entry entry) {
  Chunk*& tail = tails_[place.level][place.digit];
  Chunk* chunk = tail;
  if (chunk == nullptr || chunk->count == kChunkEntries) {
    chunk = take_chunk();
    chunk->count = 0;
    if (tail == nullptr) {
      chunk->next = chunk;
      attach(place, chunk);
    } else {
      chunk->next = tail->next;
      tail->next = chunk;
      tail = chunk;
    }
  }
  chunk->entries[chunk->count++] = entry;
}

/// Takes all of a bucket out. Null if there is nothing.
EventQueue::Chunk* EventQueue::detach(Place place) {
  Chunk* const tail = tails_[place.level][place.digit];
  tails_[place.level][place.digit] = nullptr;
  digits_[place.level] &= ~(uint64_t{1} << place.digit);
  if (digits_[place.level] == 0) levels_ &= ~(1U << place.level);
  return tail;
}

/// Shows each entry of a bucket that was detached, and frees its chunks on the way.
template <class Each>
void EventQueue::consume(Chunk* tail, Each each) {
  Chunk* chunk = tail->next;
  for (;;) {
    Chunk* const next = chunk->next;
    __builtin_prefetch(next);
    for (uint32_t i = 0; i < chunk->count; ++i) each(chunk->entries[i]);
    const bool was_last = chunk == tail;
    free_chunk(chunk);
    if (was_last) return;
    chunk = next;
  }
}

// From the wheel to the bottom.

/// REQUIRES: the bottom is empty, the wheel is not. Afterwards the bottom is not.
void EventQueue::refill() {
  bottom_head_ = bottom_tail_ = 0;
  while (levels_ != 0 && bottom_tail_ < kRefillMin) {
    const Place place = lowest();
    Chunk* const tail = tails_[place.level][place.digit];
    const bool is_one = tail->next == tail;
    const bool is_two = tail->next->next == tail;
    const int64_t start = start_of(place);
    if (is_one || (is_two && kChunkEntries + tail->count <= kSortMax)) {
      if (bottom_tail_ == 0) base_ = start;
      bottom_last_ = start + ((int64_t{1} << (place.level * kDigitBits)) - 1);
      detach(place);
      sort_into_bottom(*tail->next);
      if (!is_one) {
        sort_into_bottom(*tail);
        free_chunk(tail->next);
      }
      free_chunk(tail);
    } else if (bottom_tail_ > 0) {
      break;
    } else if (place.level == 0) {
      // Many at one instant, in order already: one chunk at a time.
      Chunk* const head = tail->next;
      tail->next = head->next;
      base_ = start;
      bottom_last_ = start - 1;
      sort_into_bottom(*head);
      free_chunk(head);
      break;
    } else {
      spread(place);
    }
  }
  for (uint32_t at = 0; at < bottom_tail_; ++at) {
    __builtin_prefetch(slots_[bottom_[at].slot()].alarm, 1);
  }
}

/// Distributes the lowest bucket over the levels below, which are empty. `base_` becomes what all
/// its instants begin with, so that levels at which they agree are skipped.
void EventQueue::spread(Place place) {
  Chunk* const tail = detach(place);
  const int64_t first = tail->entries[0].due;
  uint64_t difference = 0;
  const Chunk* chunk = tail;
  do {
    chunk = chunk->next;
    __builtin_prefetch(chunk->next);
    for (uint32_t i = 0; i < chunk->count; ++i) {
      difference |= static_cast<uint64_t>(chunk->entries[i].due ^ first);
    }
  } while (chunk != tail);
  if (difference == 0) {
    base_ = first;
    attach(place_of(first), tail);
    return;
  }
  const unsigned level = level_of_difference(difference);
  base_ = first;
  base_ = start_of({level, 0});
  consume(tail, [this](const Entry& entry) { put(entry); });
}

/// Insertion sort: few entries, and those of one instant come in order.
void EventQueue::sort_into_bottom(const Chunk& chunk) {
  for (uint32_t i = 0; i < chunk.count; ++i) {
    const Entry entry = chunk.entries[i];
    __builtin_prefetch(&slots_[entry.slot()]);
    uint32_t at = bottom_tail_++;
    for (; at > 0 && entry.due < bottom_[at - 1].due; --at) bottom_[at] = bottom_[at - 1];
    bottom_[at] = entry;
  }
}

void EventQueue::insert_into_bottom(Entry entry) {
  ENGINE_CHECK(entry.due >= 0);
  if (bottom_tail_ - bottom_head_ == kBottomMax) {
    spill(entry.due);
    put(entry);
    return;
  }
  if (bottom_tail_ == kBottomRoom) {
    bottom_tail_ -= bottom_head_;
    std::memmove(bottom_, bottom_ + bottom_head_, bottom_tail_ * sizeof(Entry));
    bottom_head_ = 0;
  }
  // The new one is the latest set: it comes after all that are due at the same instant.
  uint32_t at = bottom_tail_++;
  for (; at > bottom_head_ && entry.due < bottom_[at - 1].due; --at) bottom_[at] = bottom_[at - 1];
  bottom_[at] = entry;
}

// And back.

/// Puts the bottom back into the wheel and makes room there for `due`.
void EventQueue::spill(int64_t due) {
  // What of the last instant stayed in the wheel comes after what is in the bottom.
  const int64_t last = bottom_[bottom_tail_ - 1].due;
  Chunk* const rest = last > bottom_last_ ? detach(place_of(last)) : nullptr;
  const int64_t first = std::min(due, bottom_[bottom_head_].due);
  if (first < base_) rewind(first);
  bottom_last_ = base_ - 1;
  for (; bottom_head_ != bottom_tail_; ++bottom_head_) put(bottom_[bottom_head_]);
  if (rest != nullptr) consume(rest, [this](const Entry& entry) { put(entry); });
}

/// Takes `base_` back: entries that differ from it at a higher level than before move there.
void EventQueue::rewind(int64_t to) {
  const unsigned level = level_of_difference(static_cast<uint64_t>(to ^ base_));
  base_ = to;
  const uint32_t below = (1U << level) - 1;
  while ((levels_ & below) != 0) {
    consume(detach(lowest()), [this](const Entry& entry) { put(entry); });
  }
}

/// Removes all dead entries.
void EventQueue::bury_the_dead() {
  const auto keeps = [this](const Entry& entry) {
    if (live(entry)) return true;
    free_slot(entry.slot());
    return false;
  };
  uint32_t kept = bottom_head_;
  for (uint32_t at = bottom_head_; at != bottom_tail_; ++at) {
    if (keeps(bottom_[at])) bottom_[kept++] = bottom_[at];
  }
  bottom_tail_ = kept;
  for (unsigned level = 0; level < kLevels; ++level) {
    for (uint64_t digits = digits_[level]; digits != 0; digits &= digits - 1) {
      const Place place{level, static_cast<unsigned>(std::countr_zero(digits))};
      consume(detach(place), [&](const Entry& entry) {
        if (keeps(entry)) append(place, entry);
      });
    }
  }
  dead_ = 0;
}

}  // namespace engine
