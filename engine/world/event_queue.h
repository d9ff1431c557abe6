// engine/world/event_queue.h: what is to happen at which virtual instant.
//
// Concept: a radix ladder. Alarms are nodes that their owners embed; what the queue moves around
// are 16-byte entries (due, order of setting, slot), and a table of slots leads from an entry to
// its alarm. Entries that lie further ahead wait in a wheel: an entry's level is the highest 6-bit
// digit in which its instant differs from `base_`, its bucket that digit. The earliest few lie
// sorted in `bottom_`. When the bottom runs empty, the lowest bucket is sorted into it if it is
// small, and else spread over the levels below. So an entry is copied a few times, always between
// sequential blocks, and an alarm itself is touched only when it is set and when it fires. Setting
// and cancelling take constant time; nothing is compared across the whole queue. Buckets and bottom
// keep entries of one instant in the order of setting, so only instants are ever compared.
//
// Cancelling leaves a dead entry, dropped when it surfaces or when the dead outnumber the living.
//
// Determinism: alarms leave by (due, order of setting). Nothing depends on addresses, nor on
// whether anybody looks: next_due() writes nothing.
//
// Lifetime: the queue owns no alarm. An alarm that is destroyed cancels itself; a queue that is
// destroyed leaves its alarms not pending. Both stay where they are.
//
// Not modelled: more than 2^24 alarms at once, or 2^40 settings in one world (both are checked);
// instants before the world began (checked). The table of slots never shrinks.
//
// Sources: Varghese, Lauck, "Hashed and hierarchical timing wheels" (SOSP 1987); Tang, Goh, Thng,
// "Ladder queue" (ACM TOMACS 15, 2005), for the sorted bottom that is refilled from buckets.

#pragma once

#include <cstdint>
#include <vector>

#include "engine/world/time.h"

namespace engine {

class EventQueue;

/// Something that fires once at an instant. Embed it, derive from it or allocate it in the world.
class Alarm {
 public:
  /// The function runs in the scheduler's loop; it may set alarms again and ready tasks, never
  /// resume them.
  using Fire = void (*)(Alarm&);

  explicit Alarm(Fire on_fire) : cause_(0), fire_(on_fire) {}
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  ~Alarm() { cancel(); }

  [[nodiscard]] bool pending() const { return slot_ != kNoSlot; }
  /// What it was set to last, also while it fires and after.
  [[nodiscard]] Instant due() const { return due_; }
  /// The event that set this alarm: the cause of its firing, also while it fires and after. 0 if
  /// it was never set, or cancelled.
  [[nodiscard]] uint64_t cause() const;
  void cancel();
  void fire() { fire_(*this); }

 private:
  friend class EventQueue;
  static constexpr uint32_t kNoSlot = UINT32_MAX;

  union {
    EventQueue* queue_;  // while pending
    uint64_t cause_;     // else
  };
  Instant due_;
  Fire fire_;
  uint32_t slot_ = kNoSlot;
};
static_assert(sizeof(Alarm) <= 32);

class EventQueue {
 public:
  EventQueue() = default;
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;
  ~EventQueue();

  /// Sets `alarm`, or moves it if it is pending: it then fires after all others set to `due` so
  /// far. `cause` is the number of the event that asked for it. REQUIRES: `due` is not negative.
  /// An instant that has passed already is served in its order too, only not as cheaply.
  void set(Alarm& alarm, Instant due, uint64_t cause);
  /// REQUIRES: pending in this queue.
  void cancel(Alarm& alarm);

  [[nodiscard]] bool empty() const { return live_ == 0; }
  [[nodiscard]] uint32_t size() const { return live_; }

  /// Whether some alarm's due is at most `now`; after a yes, next_due() is known at once. May move
  /// entries about, so it is meant for the scheduler: with its clock on every step, or with how far
  /// it may go. Alarms that are then set before `now` are as those set to instants that have
  /// passed.
  [[nodiscard]] bool due_by(Instant now) {
    if (bound_ > now.ns) [[likely]]
      return false;
    return refine_due_by(now.ns);
  }
  /// The earliest instant, or kEndOfTime when empty. Only looks, so hosts and views may ask: known
  /// at once, except when a pop() left the bottom empty; then it reads the lowest bucket.
  [[nodiscard]] Instant next_due() const;
  /// Takes the earliest alarm out. REQUIRES: not empty.
  Alarm& pop();

 private:
  friend class Alarm;
  static constexpr unsigned kDigitBits = 6;
  static constexpr unsigned kDigits = 1U << kDigitBits;
  static constexpr unsigned kLevels = 11;  // 6-bit digits in 64 bits
  static constexpr unsigned kSlotBits = 24;
  static constexpr unsigned kSequenceBits = 64 - kSlotBits;
  static constexpr uint32_t kChunkEntries = 31;
  static constexpr uint32_t kBottomRoom = 128;

  struct Entry {
    int64_t due;
    uint64_t word;  // number of the setting, then slot

    [[nodiscard]] uint32_t slot() const {
      return static_cast<uint32_t>(word & ((uint64_t{1} << kSlotBits) - 1));
    }
  };

  /// A piece of a bucket. A bucket is a circular list, known by its tail, filled in order of
  /// arrival; all chunks but the tail are full. No chunk is empty.
  struct Chunk {
    Chunk* next;
    uint32_t count;
    Entry entries[kChunkEntries];
  };

  struct Slot {
    Alarm* alarm;    // null: free, or its entry is dead
    uint64_t cause;  // of a free slot: the next free one
  };

  struct Place {
    unsigned level;
    unsigned digit;
  };

  static unsigned level_of_difference(uint64_t difference);
  [[nodiscard]] Place place_of(int64_t due) const;
  [[nodiscard]] Place lowest() const;
  [[nodiscard]] int64_t start_of(Place place) const;
  [[nodiscard]] bool live(const Entry& entry) const {
    return slots_[entry.slot()].alarm != nullptr;
  }

  uint32_t take_slot();
  void free_slot(uint32_t slot);
  void append(Place place, Entry entry);
  void put(Entry entry) { append(place_of(entry.due), entry); }
  Chunk* detach(Place place);
  void attach(Place place, Chunk* tail);
  Chunk* take_chunk();
  void free_chunk(Chunk* chunk);
  template <class Each>
  void consume(Chunk* tail, Each each);

  bool refine_due_by(int64_t now);
  void refill();
  void spread(Place place);
  void sort_into_bottom(const Chunk& chunk);
  void insert_into_bottom(Entry entry);
  void spill(int64_t due);
  void rewind(int64_t to);
  void bury_the_dead();

  // What every step looks at.
  int64_t bound_ = INT64_MAX;  // no live alarm is due before it
  uint32_t live_ = 0;
  uint32_t dead_ = 0;
  uint32_t bottom_head_ = 0;
  uint32_t bottom_tail_ = 0;
  bool bound_is_exact_ = false;  // a live alarm is due at it
  uint32_t levels_ = 0;          // which levels hold something
  uint64_t next_sequence_ = 0;
  std::vector<Slot> slots_;
  uint32_t free_slot_ = Alarm::kNoSlot;
  uint32_t spare_chunks_ = 0;
  Chunk* spare_ = nullptr;
  /// The bottom holds everything due by `bottom_last_`, and of what is due at the instant after it
  /// perhaps the first few. All in the wheel is due at `base_` or later.
  int64_t bottom_last_ = -1;
  int64_t base_ = 0;
  uint64_t digits_[kLevels] = {};  // which buckets hold something
  Chunk* tails_[kLevels][kDigits] = {};
  Entry bottom_[kBottomRoom];
};

inline uint64_t Alarm::cause() const {
  return pending() ? queue_->slots_[slot_].cause : cause_;
}

inline void Alarm::cancel() {
  if (pending()) queue_->cancel(*this);
}

}  // namespace engine
