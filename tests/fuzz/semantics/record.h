// tests/fuzz/semantics/record.h: what a run on the engine did, in plain terms.
//
// The steps of the run with what each did to the schedule, and what the program's statements saw.
// The model runs along this record: it is told who runs, where others went first and which case of
// a select was drawn, and must come to the same results.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace semantics {

/// How the goroutines of a run take turns.
enum class Schedule : uint8_t { kFifo, kRandom, kPct, kGo };

/// A statement of a goroutine has completed with this result.
struct Observation {
  uint32_t step = 0;
  uint32_t goroutine = 0;
  uint32_t statement = 0;
  int64_t value = 0;
  int64_t at_ns = 0;
};

/// Of a receive from a closed channel.
inline constexpr int64_t kClosedValue = -1;
/// What a text counts as in an observation.
constexpr int64_t code_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3U;
  return static_cast<int64_t>(hash >> 1);
}

enum class StepKind : uint8_t { kStart, kDispatch, kTimer, kKill, kDeadlock };
/// How a dispatch ended.
enum class Stop : uint8_t { kNone, kParked, kYielded, kEnded };
enum class Exit : uint8_t { kRunning, kReturned, kPanic, kFatal, kKilled };

/// Stretches of the lists in a Record end where that of the next step begins.
struct Step {
  StepKind kind = StepKind::kStart;
  Stop stop = Stop::kNone;
  Exit exit = Exit::kRunning;
  uint32_t goroutine = 0;
  std::string_view reason;  // why it parked
  int64_t at_ns = 0;        // of a timer
  uint32_t observations = 0;
  uint32_t choices = 0;
  uint32_t readied = 0;
  uint32_t priorities = 0;
};

struct Draw {
  uint32_t of = 0;
  uint32_t taken = 0;
};
struct Priority {
  uint32_t goroutine = 0;
  uint64_t value = 0;
};

struct Record {
  std::vector<Step> steps;  // the last is an end mark
  std::vector<Observation> observations;
  std::vector<Draw> choices;  // of selects
  std::vector<uint32_t> readied;
  std::vector<Priority> priorities;
  /// It was stopped since it went on for too long.
  bool cut = false;
  Exit exit = Exit::kRunning;
  int exit_code = 0;
  std::string failure;
  /// `goroutine N [reason]` of each, as a deadlock's report says; or of those that are left.
  std::vector<std::string> waiting;
  /// Of each channel: what is in its buffer.
  std::vector<std::vector<std::string>> buffers;

  void clear();
};

}  // namespace semantics
