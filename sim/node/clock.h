// sim/node/clock.h: what a machine believes the time to be.
//
// Concept: the wall clock is virtual time, seen with an offset and a drift, and can be stepped.
// Timers and sleeps run on true time, as a monotonic clock does.
// Not modelled: leap seconds; a drift of the monotonic clock.

#pragma once

#include <cstdint>

#include "engine/world/time.h"

namespace sim::node {

/// Seconds since 1970 at which every world begins: 2026-01-01 00:00:00 UTC.
inline constexpr int64_t kWorldBeginsUnix = 1'767'225'600;

struct ClockOptions {
  engine::Duration offset;
  /// Nanoseconds gained in a second; negative: it loses.
  int64_t drift_ppb = 0;
};

class Clock {
 public:
  explicit Clock(const ClockOptions& options) : options_(options) {}

  /// Nanoseconds since 1970 that it shows at `now`.
  [[nodiscard]] int64_t unix_ns(engine::Instant now) const {
    constexpr int64_t kPerSecond = 1'000'000'000;
    const int64_t run = (now - since_).ns;
    const int64_t gained =
        run / kPerSecond * options_.drift_ppb + run % kPerSecond * options_.drift_ppb / kPerSecond;
    return kWorldBeginsUnix * kPerSecond + now.ns + options_.offset.ns + gained;
  }
  /// Moves it by `step`, forward or back.
  void step(engine::Duration step) { options_.offset = options_.offset + step; }
  /// From `now` on it gains so much; what it shows does not jump.
  void set_drift(int64_t drift_ppb, engine::Instant now) {
    options_.offset.ns += unix_ns(now) - Clock({options_.offset, 0}).unix_ns(now);
    options_.drift_ppb = drift_ppb;
    since_ = now;
  }

 private:
  ClockOptions options_;
  engine::Instant since_;
};

/// The wall clock of the running goroutine's machine, in nanoseconds since 1970.
/// Source: Go documentation, `time.Now`.
int64_t unix_nano();

}  // namespace sim::node
