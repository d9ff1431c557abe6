// web/app/capture.h: every packet of a run, as a capture on all links at once would show it.
//
// Concept: after each new step, catch_up() reads that step's events and copies the packets that it
// sent or lost out of the world; later steps tell what became of each. Entries carry the steps at
// which they were sent and ended, so any earlier position can be shown without reading again. A
// branch has its own capture, which begins as a copy of its past. Bounded: beyond kBytesMax only
// the headers are kept, beyond kPacketsMax nothing, and it says so. Does not: touch the world.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/world/world.h"
#include "sim/net/net_view.h"

namespace web {

struct CapturedPacket {
  enum class Fate : uint8_t { kInFlight, kArrived, kDropped };

  /// Shared with the captures of other branches.
  std::shared_ptr<const sim::net::PacketView> packet;
  uint64_t sent_step = 0;
  uint64_t end_step = UINT64_MAX;  // in which it arrived or was dropped
  engine::Instant end_at = engine::kEndOfTime;
  Fate fate = Fate::kInFlight;
  sim::net::Drop reason{};  // of a dropped one
  bool is_cut_short = false;

  [[nodiscard]] bool in_flight_at(uint64_t position) const {
    return sent_step <= position && position < end_step;
  }
  /// It was dropped by then.
  [[nodiscard]] bool dropped_by(uint64_t position) const {
    return fate == Fate::kDropped && end_step <= position;
  }
};

class Capture {
 public:
  static constexpr size_t kPacketsMax = 300'000;
  static constexpr size_t kBytesMax = size_t{64} << 20;
  /// What is kept of a packet beyond that.
  static constexpr size_t kSnapBytes = 96;

  /// Reads what the step just taken has done. REQUIRES: called after each step, on the branch that
  /// this is of.
  void catch_up(const engine::World& world);
  /// The step it has read.
  [[nodiscard]] uint64_t steps() const { return step_; }
  /// What a branch that forks at `position` shares of it.
  [[nodiscard]] Capture until(uint64_t position, uint64_t events) const;

  [[nodiscard]] const std::vector<CapturedPacket>& packets() const { return packets_; }
  /// Those that were on their way at some moment of `from <= step <= to`, in the order of sending.
  [[nodiscard]] std::vector<size_t> on_their_way(uint64_t from, uint64_t to) const;
  [[nodiscard]] bool full() const { return packets_.size() >= kPacketsMax; }
  /// What has happened to the entries, in order.
  struct Change {
    size_t place;
    bool is_end;  // its fate became known; else it was sent, and perhaps lost at once
  };
  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }

 private:
  struct Send {
    uint32_t from;
    uint32_t to;
    uint64_t hash;
    std::optional<sim::net::Drop> lost;
  };
  void add(sim::net::PacketView packet, uint64_t step);
  void add_sent(const engine::World& world, const std::vector<Send>& sends, engine::Instant at);
  void arrive(const engine::TraceLog::Placed& placed);
  void drop_in_flight(const engine::TraceLog::Placed& placed);
  void end(size_t place, CapturedPacket::Fate fate, uint64_t step, engine::Instant at);

  std::vector<CapturedPacket> packets_;
  std::vector<size_t> open_;  // places of those whose fate is not known
  uint64_t next_event_ = 0;
  uint64_t step_ = 0;
  std::vector<Change> changes_;
  size_t bytes_ = 0;
  size_t last_ended_ = SIZE_MAX;  // the place of what arrived or was dropped last
};

}  // namespace web
