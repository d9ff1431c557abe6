// web/app/history.h: what the trace says about each goroutine over time, for the lanes.
//
// Reads each recorded event once, as history grows, and keeps spans of states in units of steps:
// step s lies between the positions s-1 and s. A branch has its own history; start over when it
// changes. Does not: touch the world. Bounded: beyond kSpansMax no further spans are kept, and it
// says so.

#pragma once

#include <cstdint>
#include <vector>

#include "engine/world/trace.h"
#include "web/ui/theme.h"

namespace web {

struct Span {
  uint64_t from = 0;  // positions
  uint64_t to = 0;
  ui::Look look = ui::Look::kReady;
  engine::EventKind kind = engine::EventKind::kNone;  // what began it
  uint32_t reason = 0;                                // of waiting: a WaitReason
  uint32_t object = 0;                                // of waiting: what on
};

struct Lane {
  uint32_t task = 0;
  uint32_t process = 0;
  uint64_t born = 0;
  uint64_t ended = UINT64_MAX;
  bool failed = false;
  std::vector<Span> spans;  // closed ones, in order
  Span open;                // the state it is in at the end of what was read
};

/// A goroutine made another one ready, or started it.
struct Wake {
  uint64_t step = 0;
  uint32_t from = 0;
  uint32_t to = 0;
};

class History {
 public:
  static constexpr size_t kSpansMax = 400'000;

  void reset() { *this = History(); }
  /// Reads what was recorded since the last call.
  void catch_up(const engine::TraceLog& log);

  [[nodiscard]] const std::vector<Lane>& lanes() const { return lanes_; }
  [[nodiscard]] const std::vector<Wake>& wakes() const { return wakes_; }
  [[nodiscard]] const Lane* lane_of(uint32_t task) const;
  /// Events recorded, and the last step among them.
  [[nodiscard]] uint64_t events() const { return next_event_; }
  [[nodiscard]] uint64_t steps() const { return step_; }
  /// Goroutines and objects created so far: when it grows, there are new names to learn.
  [[nodiscard]] uint64_t created() const { return created_; }
  [[nodiscard]] bool full() const { return span_count_ >= kSpansMax; }
  /// The goroutine that ran in `step`; 0 if that step was something else.
  [[nodiscard]] uint32_t ran_in(uint64_t step) const;

 private:
  void read(const engine::TraceLog::Placed& placed);
  Lane* lane(uint32_t task);
  void change(Lane& lane, uint64_t position, ui::Look look, const engine::Event& event);
  void close(Lane& lane, uint64_t position);
  void end_process(uint32_t process, uint64_t position, bool failed);

  std::vector<Lane> lanes_;  // by task id, as ids count up
  std::vector<Wake> wakes_;
  std::vector<uint32_t> ran_;  // by step
  uint64_t next_event_ = 0;
  uint64_t step_ = 0;
  uint64_t created_ = 0;
  size_t span_count_ = 0;
  uint32_t running_ = 0;
};

}  // namespace web
