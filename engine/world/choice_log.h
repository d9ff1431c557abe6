// engine/world/choice_log.h: the decisions that a run took, kept outside the arena.
//
// Each record names its choice the way an override does (entity, kind, ordinal), so any of them can
// be replaced in another run. Records are numbered as the world counts them. When history is run
// again, each is compared with the recorded one; a difference aborts.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/world/choice.h"

namespace engine {

struct ChoiceRecord {
  ChoiceOverride taken;  // what was decided, in the form that would decide it again
  uint32_t among = 0;    // how many answers there were
  uint64_t step = 0;
  uint64_t event = 0;  // number of its event in the trace
  bool operator==(const ChoiceRecord&) const = default;
};

class ChoiceLog {
 public:
  /// Keeps at most about `budget_bytes`; the oldest half is dropped when it is exceeded.
  explicit ChoiceLog(size_t budget_bytes) : limit_(budget_bytes / sizeof(ChoiceRecord) + 2) {}

  /// Records choice number `number`, or compares it with the record.
  void append(uint64_t number, const ChoiceRecord& record);
  /// The record of choice `number`, or null if it was dropped or not taken yet.
  [[nodiscard]] const ChoiceRecord* find(uint64_t number) const;
  /// The past of a branch that has taken `number` choices.
  [[nodiscard]] ChoiceLog fork(uint64_t number) const;

 private:
  size_t limit_;
  uint64_t first_ = 0;  // number of records_[0]
  std::vector<ChoiceRecord> records_;
};

}  // namespace engine
