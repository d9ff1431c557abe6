#include "engine/world/trace.h"

#include <catch_amalgamated.hpp>
#include <vector>

#include "tests/support/death.h"

using namespace engine;

namespace {

// Step s has two events: its dispatch, and a write that carries s.
Event dispatch(uint64_t step) {
  return {0, static_cast<uint32_t>(step), 0, 0, EventKind::kDispatch, 0};
}
Event write(uint64_t step) {
  return {step, 7, 0, 1, EventKind::kWrite, 0};
}

Event event_at(uint64_t number) {
  const uint64_t step = number / 2 + 1;
  return number % 2 == 0 ? dispatch(step) : write(step);
}

// Records batch by batch up to event `last`, as a history does; `odd_one` replaces the last event.
void record_events(TraceLog& log, uint64_t first, uint64_t last, const Event* odd_one = nullptr) {
  for (uint64_t at = first / History::kBatch * History::kBatch; at < last; at += History::kBatch) {
    std::vector<Event> batch;
    for (uint64_t n = at; n < last && n < at + History::kBatch; ++n) batch.push_back(event_at(n));
    if (odd_one != nullptr && at + History::kBatch >= last) batch.back() = *odd_one;
    log.record({at, batch.data(), static_cast<uint32_t>(batch.size()), at / 2, Instant{0}});
  }
}

void record(TraceLog& log, uint64_t first_step, uint64_t last_step) {
  record_events(log, (first_step - 1) * 2, last_step * 2);
}

std::vector<uint64_t> numbers(const TraceLog& log, uint64_t first, uint64_t last) {
  std::vector<uint64_t> found;
  log.for_each(first, last, [&](const TraceLog::Placed& placed) {
    CHECK(placed.step == placed.number / 2 + 1);
    CHECK(placed.event == event_at(placed.number));
    found.push_back(placed.number);
    return true;
  });
  return found;
}

constexpr size_t kPlenty = size_t{64} << 20;
constexpr uint64_t kSteps = 3 * TraceLog::kBlockEvents;

}  // namespace

TEST_CASE("events come back with the step they belong to") {
  TraceLog log(TraceLevel::kOn, kPlenty);
  record(log, 1, kSteps);
  CHECK(numbers(log, 0, UINT64_MAX).size() == 2 * kSteps);
  CHECK(numbers(log, 5000, 5004) == std::vector<uint64_t>{5000, 5001, 5002, 5003});
  for (const uint64_t step : {uint64_t{1}, uint64_t{2048}, uint64_t{2049}, kSteps}) {
    CHECK(log.first_event_of(step) == (step - 1) * 2);
  }
  CHECK(log.first_event_of(kSteps + 1) == UINT64_MAX);
}

TEST_CASE("running history again compares and changes nothing") {
  TraceLog log(TraceLevel::kOn, kPlenty);
  record(log, 1, kSteps);
  const size_t bytes = log.bytes();
  record(log, 100, kSteps + 10);
  CHECK(numbers(log, 0, UINT64_MAX).size() == 2 * kSteps + 20);
  CHECK(log.bytes() <= bytes + sizeof(Event) * TraceLog::kBlockEvents * 2);
}

TEST_CASE("a replayed event that differs from the recorded one aborts and shows both") {
  CHECK_ABORTS("replay differs from the recorded history at step 500", [] {
    TraceLog log(TraceLevel::kOn, kPlenty);
    record(log, 1, 1000);
    record(log, 1, 499);
    const Event other = write(1);
    record_events(log, 998, 999, &other);
  });
}

TEST_CASE("old events are dropped under the budget and come back when they are replayed") {
  constexpr size_t kFourBlocks = 4 * (TraceLog::kBlockEvents * sizeof(Event) + 64);
  TraceLog log(TraceLevel::kOn, kFourBlocks);
  constexpr uint64_t kMany = 20 * TraceLog::kBlockEvents;
  record(log, 1, kMany);
  CHECK(log.bytes() <= kFourBlocks);
  CHECK(numbers(log, 0, 100).empty());
  CHECK(log.first_event_of(3) == UINT64_MAX);
  CHECK(log.first_event_of(kMany) == (kMany - 1) * 2);
  record(log, 40, 60);
  // A batch of events is the least that comes back: from number 64 on, up to the end of step 60.
  CHECK(numbers(log, 0, 200).size() == 120 - 64);
  CHECK(log.first_event_of(50) == 98);
  CHECK(log.bytes() <= kFourBlocks);
}

TEST_CASE("a fork shares the past and goes its own way") {
  TraceLog log(TraceLevel::kOn, kPlenty);
  record(log, 1, 5000);
  const uint64_t at = 2 * 3000;
  TraceLog branch = log.fork(at);
  CHECK(numbers(branch, 0, UINT64_MAX).size() == at);
  const Event input{1, 2, 3, 0, EventKind::kInput, 0};
  record_events(branch, at, at + 1, &input);
  record(log, 3001, 6000);
  CHECK(numbers(log, 0, UINT64_MAX).size() == 12000);
  uint64_t own = 0;
  branch.for_each(at, UINT64_MAX, [&](const TraceLog::Placed& placed) {
    CHECK(placed.event.kind == EventKind::kInput);
    ++own;
    return true;
  });
  CHECK(own == 1);
}

TEST_CASE("a fork at the very end does not see what the original does next") {
  TraceLog log(TraceLevel::kOn, kPlenty);
  record(log, 1, 10);
  const TraceLog branch = log.fork(20);
  record(log, 11, 12);
  CHECK(numbers(branch, 0, UINT64_MAX).size() == 20);
}
