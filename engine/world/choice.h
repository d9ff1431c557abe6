// engine/world/choice.h: every nondeterministic decision of a world.
//
// Concept: choose() answers "which of n?" for an entity (a run queue, a link, a disk). By default
// the answer is a pure function of the seed, the entity's key, the kind of choice and how often
// that entity was asked that kind, so one more draw somewhere shifts nothing elsewhere. An
// override, keyed the same way, replaces one answer: that is how a schedule is edited, explored and
// shrunk.

#pragma once

#include <cstdint>
#include <vector>

namespace engine {

/// What is being decided. Values are part of the hash and of saved runs: append, never renumber.
enum class ChoiceKind : uint16_t {
  kNextTask = 1,     // which ready task runs next
  kYield = 2,        // whether a synchronization operation lets others run first
  kProgram = 3,      // a program asked for a number
  kSelect = 4,       // which of the ready cases of a select proceeds
  kPriority = 5,     // the priority of a new task under the policy `pct`
  kChangePoint = 6,  // after how many operations that policy lowers one
  // What a link does to a packet.
  kPacketLoss = 7,
  kPacketJitter = 8,
  kPacketDuplicate = 9,
  kPacketReorder = 10,
  kPacketCorrupt = 11,
  kSecret = 12,  // what a real system would take from its source of randomness
  kDisk = 13,    // what a disk does to an operation
  kClock = 14,   // where a machine's clock starts, and how fast it runs
};

/// The identity of whatever asks for choices or has children: derived from its parent's key and its
/// ordinal there, so it does not depend on what else exists in the world.
struct EntityKey {
  uint64_t value = 0;
  bool operator==(const EntityKey&) const = default;
};

EntityKey derive(EntityKey parent, uint64_t ordinal);

/// One answer laid down in advance: the `ordinal`-th choice of `kind` that `entity` makes.
struct ChoiceOverride {
  uint64_t entity = 0;
  uint64_t ordinal = 0;
  uint32_t kind = 0;
  uint32_t value = 0;
  bool operator==(const ChoiceOverride&) const = default;
};

/// The in-world part: draw counters and overrides. One per world.
class Choices {
 public:
  explicit Choices(uint64_t seed) : seed_(seed) {}

  struct Taken {
    uint32_t value;
    uint64_t ordinal;
  };
  /// Decides among 0 .. n-1. REQUIRES: n > 0. An override at or above n counts as n - 1.
  Taken take(ChoiceKind kind, EntityKey entity, uint32_t n);
  void override_with(const std::vector<ChoiceOverride>& overrides);
  /// `entity` will make no more choices of `kind`: its counter's memory can be used again.
  void forget(ChoiceKind kind, EntityKey entity);

 private:
  struct Counter {
    uint64_t key = 0;
    uint64_t draws = 0;
  };
  uint64_t next_ordinal(uint64_t key);
  void grow();

  uint64_t seed_;
  std::vector<Counter> counters_;  // open addressing by key; a key of 0 is an empty slot
  uint32_t used_ = 0;
  std::vector<ChoiceOverride> overrides_;  // ordered by (entity, kind, ordinal)
};

}  // namespace engine
