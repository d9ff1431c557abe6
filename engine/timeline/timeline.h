// engine/timeline/timeline.h: a run that can be stepped back.
//
// Concept: a Timeline drives a Run and remembers it: snapshots by step number, inputs, and (in the
// world's logs) events and output. Position p is the state after p steps. Seeking restores the
// nearest snapshot at or before p and runs forward; every replayed event is compared with the
// recorded one. Intervening in the past forks a branch: the old future stays, and one can switch
// back to it.
//
// Budget: snapshots are `spacing` steps apart; when they hold more than `budget_bytes` the spacing
// doubles and every second one goes. So memory is bounded, and a seek replays at most the spacing
// (in a large world a sixteenth of its pages, if that is more).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/task/run.h"
#include "engine/world/snapshot.h"

namespace engine {

struct TimelineOptions {
  uint64_t spacing = 64;
  size_t budget_bytes = size_t{64} << 20;
};

/// An input with its place in the history: `step` is the number of the step that it takes.
struct Input {
  uint64_t step = 0;
  Instant at;
  std::string text;
};

class Timeline {
 public:
  /// `run` must not have taken a step yet, and is driven by nobody else.
  Timeline(Run& run, const TimelineOptions& options);

  /// The number of steps taken at the point in history that is shown now.
  [[nodiscard]] uint64_t position() const { return run_.steps(); }
  /// The furthest position known on this branch.
  [[nodiscard]] uint64_t known_end() const { return branches_[active_].known_end; }
  /// Whether the run ends at known_end(), and why.
  [[nodiscard]] RunEnd run_end() const { return branches_[active_].end; }

  /// One step forward, through known history or beyond it. False at the run's end.
  bool forward();
  /// Goes to `position`, or to the run's end if that comes first. Returns where it is.
  uint64_t seek(uint64_t position);

  /// Applies an input here and now. At the end of known history it extends this branch; in the past
  /// it forks a new one, which keeps the later inputs of the old by their instants. False: no
  /// target.
  bool intervene(const std::string& text);
  /// Inputs to come, laid down before the run begins (from a saved run).
  void schedule(std::vector<Input> inputs);

  struct BranchInfo {
    uint32_t id = 0;
    uint32_t parent = 0;     // its own id for the first branch
    uint64_t forked_at = 0;  // the last position shared with the parent
    uint64_t known_end = 0;
    std::string cause;  // the input that forked it
  };
  [[nodiscard]] std::vector<BranchInfo> branches() const;
  [[nodiscard]] uint32_t active_branch() const { return active_; }
  /// Goes to `position` on another branch (or its end, if that comes first).
  void switch_to(uint32_t branch, uint64_t position);

  /// Inputs of the active branch in order, and those that found no target when they were applied.
  [[nodiscard]] const std::vector<Input>& inputs() const { return branches_[active_].inputs; }
  [[nodiscard]] const std::vector<Input>& missed() const { return branches_[active_].missed; }

  [[nodiscard]] std::vector<uint64_t> snapshot_positions() const;
  [[nodiscard]] size_t snapshot_bytes() const;
  [[nodiscard]] uint64_t spacing() const { return branches_[active_].spacing; }
  [[nodiscard]] const Run& run() const { return run_; }

 private:
  struct Mark {
    uint64_t position = 0;
    uint64_t events = 0;
    Snapshot snapshot;
  };
  struct Logs {
    TraceLog trace;
    OutputLog output;
    ChoiceLog choices;
  };
  struct Branch {
    BranchInfo info;
    uint64_t known_end = 0;
    RunEnd end = RunEnd::kNotYet;
    uint64_t spacing = 0;
    std::vector<Mark> marks;      // by position, the first at 0
    std::vector<Input> inputs;    // by step; past known_end only if they were scheduled
    std::vector<Input> awaiting;  // by instant: to be stamped with a step when their time comes
    std::vector<Input> missed;
    // The world's logs, kept here while another branch is active.
    std::optional<Logs> logs;
  };

  [[nodiscard]] Branch& active() { return branches_[active_]; }
  bool apply(const Input& input);
  void mark_if_due();
  void thin(Branch& branch);
  void restore(const Mark& mark);
  void fork(const std::string& cause);
  static void await_inputs_after(uint64_t step, std::vector<Input>& inputs, Branch& branch);
  Logs take_logs();
  void put_logs(Logs logs);

  Run& run_;
  TimelineOptions options_;
  std::vector<Branch> branches_;
  uint32_t active_ = 0;
  Snapshot base_;  // what the arena descends from
};

}  // namespace engine
