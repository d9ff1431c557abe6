#include "engine/world/event_queue.h"

#include <catch_amalgamated.hpp>
#include <deque>
#include <set>
#include <utility>
#include <vector>

#include "engine/world/hash.h"

using namespace engine;

namespace {
void nothing(Timer&) {}
}  // namespace

TEST_CASE("timers leave the queue by time, and by the order of setting at equal times") {
  const uint64_t seed = GENERATE(1, 2, 3, 4, 5);
  CAPTURE(seed);
  EventQueue queue;
  std::deque<Timer> timers;
  std::set<std::tuple<int64_t, uint64_t, Timer*>> model;
  std::vector<uint64_t> order_of(2000);
  uint64_t draw = seed;
  const auto next = [&draw](uint64_t bound) {
    draw = mix64(draw + 1);
    return static_cast<size_t>(draw % bound);
  };
  uint64_t sequence = 0;
  const auto forget = [&](Timer& timer) {
    for (auto at = model.begin(); at != model.end(); ++at) {
      if (std::get<2>(*at) == &timer) {
        model.erase(at);
        return;
      }
    }
  };
  for (int i = 0; i < 300; ++i) timers.emplace_back(nothing);
  for (int i = 0; i < 5000; ++i) {
    Timer& timer = timers[next(timers.size())];
    switch (next(4)) {
      case 0:
      case 1: {
        forget(timer);
        const auto due = static_cast<int64_t>(next(50));
        queue.set(timer, Instant{due}, 0);
        model.emplace(due, sequence++, &timer);
        break;
      }
      case 2:
        forget(timer);
        timer.cancel();
        REQUIRE_FALSE(timer.pending());
        break;
      default:
        if (queue.empty()) break;
        REQUIRE(queue.next_due().ns == std::get<0>(*model.begin()));
        REQUIRE(&queue.pop() == std::get<2>(*model.begin()));
        model.erase(model.begin());
    }
    REQUIRE(queue.size() == model.size());
  }
}

TEST_CASE("a timer that is destroyed takes itself out of the queue") {
  EventQueue queue;
  Timer stays(nothing);
  queue.set(stays, Instant{5}, 0);
  {
    Timer goes(nothing);
    queue.set(goes, Instant{1}, 0);
    CHECK(queue.next_due() == Instant{1});
  }
  CHECK(queue.next_due() == Instant{5});
  CHECK(queue.size() == 1);
}
