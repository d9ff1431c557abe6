// cpu.max: when a quota runs out, and what a period's end brings.

#include "sim/node/bandwidth.h"

#include <catch_amalgamated.hpp>

using namespace engine;
using sim::node::Bandwidth;

namespace {

Instant ms(int64_t count) {
  return Instant{} + kMillisecond * count;
}

}  // namespace

TEST_CASE("a quota runs out sooner the more cores consume it") {
  Bandwidth bandwidth({.quota = 50 * kMillisecond, .period = 100 * kMillisecond});
  bandwidth.advance(ms(7), ms(7), 0);
  CHECK(bandwidth.period_end() == ms(107));
  CHECK(bandwidth.runs_out(ms(7), 0) == kEndOfTime);
  CHECK(bandwidth.runs_out(ms(7), 1) == ms(57));
  CHECK(bandwidth.runs_out(ms(7), 2) == ms(32));
  bandwidth.advance(ms(7), ms(17), 1);
  CHECK(bandwidth.runs_out(ms(17), 4) == ms(27));
  bandwidth.advance(ms(17), ms(27), 4);
  CHECK_FALSE(bandwidth.lasts_for(1));
}

TEST_CASE("a quota that outlasts the period is whole again in the next") {
  Bandwidth bandwidth({.quota = 50 * kMillisecond, .period = 100 * kMillisecond});
  bandwidth.advance(ms(0), ms(0), 0);
  // 80 ms later one core starts: 20 ms of this period and the 50 ms of the next.
  bandwidth.advance(ms(0), ms(80), 0);
  CHECK(bandwidth.runs_out(ms(80), 1) == ms(150));
  bandwidth.advance(ms(80), ms(110), 1);
  CHECK(bandwidth.runs_out(ms(110), 1) == ms(150));
  CHECK(bandwidth.periods() == 1);
}

TEST_CASE("as many cores as the quota allows for the whole period never run out of it") {
  Bandwidth bandwidth({.quota = 200 * kMillisecond, .period = 100 * kMillisecond});
  bandwidth.advance(ms(0), ms(0), 0);
  CHECK(bandwidth.runs_out(ms(0), 2) == kEndOfTime);
  CHECK(bandwidth.runs_out(ms(0), 3) == Instant{200'000'000 / 3});
  bandwidth.advance(ms(0), ms(1050), 2);
  CHECK(bandwidth.periods() == 10);
  CHECK(bandwidth.runs_out(ms(1050), 4) == ms(1075));
}

TEST_CASE("less than a nanosecond for each core is not handed out") {
  Bandwidth bandwidth({.quota = kMillisecond + 2 * kNanosecond, .period = 100 * kMillisecond});
  bandwidth.advance(ms(0), ms(0), 0);
  const Instant out = bandwidth.runs_out(ms(0), 3);
  CHECK(out == Instant{333'334});
  bandwidth.advance(ms(0), out, 3);
  CHECK(bandwidth.lasts_for(0));
  CHECK_FALSE(bandwidth.lasts_for(1));
}

TEST_CASE("only periods with a core in use count, and those that throttle once each") {
  Bandwidth bandwidth({.quota = 10 * kMillisecond, .period = 100 * kMillisecond});
  bandwidth.advance(ms(0), ms(0), 0);
  bandwidth.advance(ms(0), ms(10), 1);
  bandwidth.note_throttled();
  bandwidth.note_throttled();
  bandwidth.advance(ms(10), ms(760), 0);
  CHECK(bandwidth.periods() == 1);
  CHECK(bandwidth.throttled_periods() == 1);
  CHECK(bandwidth.period_end() == ms(800));
  bandwidth.advance(ms(760), ms(1000), 0);
  CHECK(bandwidth.periods() == 1);
  bandwidth.change({.quota = 20 * kMillisecond, .period = 50 * kMillisecond});
  bandwidth.advance(ms(1000), ms(1033), 0);
  CHECK(bandwidth.period_end() == ms(1083));
  CHECK(bandwidth.throttled_periods() == 1);
}
