// sim/container/health_monitor.h: asks a running container now and then whether it is well.
//
// Concept: Docker's HEALTHCHECK. A probe is a process in the container; the next one begins an
// interval after the last one's end. One success makes the container healthy, `retries` failures in
// a row unhealthy; failures in the start period do not count before the first success. Nothing else
// follows from it. It has no goroutine: alarms and ends of processes move it on.
// Lifetime: counted; it may live longer than its container, which it holds.
// Source: moby, daemon/health.go; Dockerfile reference, HEALTHCHECK.

#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "engine/sync/counted.h"
#include "engine/world/world.h"
#include "sim/container/container.h"

namespace sim::container {

enum class Health : uint8_t { kStarting, kHealthy, kUnhealthy };
/// `starting`, `healthy`, `unhealthy`.
std::string_view health_name(Health health);

struct HealthResult {
  int64_t start_ns = 0;  // since 1970
  int64_t end_ns = 0;
  /// 0: well; -1: it took too long, or could not be started.
  int exit_code = 0;
  std::string output;
};

class HealthMonitor final : public engine::Counted<HealthMonitor> {
 public:
  /// Source: moby, maxLogEntries, maxOutputLen.
  static constexpr size_t kResultsMax = 5;
  static constexpr size_t kOutputBytesMax = 4096;

  /// `check` has a test that is not `NONE`.
  HealthMonitor(Container& container, const HealthCheck& check);

  /// Its container has begun to run: `starting`, and the first probe after an interval.
  void begin();
  /// It has ended.
  void stop();
  [[nodiscard]] Health health() const { return health_; }
  [[nodiscard]] int64_t failing_streak() const { return failing_streak_; }
  /// The latest results, the oldest first.
  [[nodiscard]] const std::deque<HealthResult>& results() const { return results_; }
  [[nodiscard]] const HealthCheck& check() const { return check_; }

 private:
  struct Next : engine::Alarm {
    explicit Next(HealthMonitor& m) : Alarm(rings), monitor(m) {}
    HealthMonitor& monitor;
  };
  static void rings(engine::Alarm& alarm);
  void wait_for_next();
  void probe();
  void probed(int exit_code, std::string output);
  [[nodiscard]] bool is_in_start_period() const;
  [[nodiscard]] std::vector<std::string> command() const;

  engine::Ref<Container> container_;
  HealthCheck check_;
  Next next_{*this};
  engine::Ref<Execution> probe_;  // while one runs
  std::deque<HealthResult> results_;
  engine::Instant began_;
  int64_t probe_start_ns_ = 0;
  int64_t failing_streak_ = 0;
  Health health_ = Health::kStarting;
  bool is_running_ = false;
};

}  // namespace sim::container
