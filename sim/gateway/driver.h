// sim/gateway/driver.h: turns a run's crank step by step, and keeps what was done to it.
//
// Concept: whatever comes from outside goes through apply(), which stamps it with its step and its
// instant; those inputs with the number of steps are all that a replay needs. What the world puts
// out is handed on after each step, before the log's budget can drop it.

#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "engine/task/run.h"
#include "engine/timeline/timeline.h"

namespace sim::gateway {

class Driver {
 public:
  using Sink = std::function<void(const engine::OutputLog::Chunk&, std::string_view)>;

  /// `recording_bytes_most`: how long the recorded inputs may get as a run file; 0 records none.
  Driver(engine::Run& run, uint64_t recording_bytes_most)
      : run_(run), recording_bytes_most_(recording_bytes_most) {}
  /// Who takes the output.
  void set_sink(Sink sink) { sink_ = std::move(sink); }

  /// One step; false if the run takes none.
  bool step();
  /// Takes the input at `at`, or when the clock is there already, now. False: it found no target.
  bool apply(std::string_view text, engine::Instant at);

  [[nodiscard]] const engine::Run& run() const { return run_; }
  [[nodiscard]] const std::vector<engine::Input>& inputs() const { return inputs_; }
  /// No further input fits in the recording; none is applied without being recorded.
  [[nodiscard]] bool recording_is_full() const { return recording_is_full_; }

 private:
  void hand_on_output();

  engine::Run& run_;
  uint64_t recording_bytes_most_;
  uint64_t recording_bytes_ = 0;
  uint64_t output_seen_ = 0;
  std::vector<engine::Input> inputs_;
  Sink sink_;
  bool recording_is_full_ = false;
};

}  // namespace sim::gateway
