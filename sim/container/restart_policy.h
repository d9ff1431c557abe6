// sim/container/restart_policy.h: whether and when a container that has ended is started again.
//
// Concept: Docker's restart manager, as a pure state machine: it is told of each end and says how
// long to wait. The first restart comes after 100 ms, each further one after twice as long, at most
// a minute; a run of 10 s or more begins anew. Determinism: no clock of its own.
// Source: Docker's documentation, "Start containers automatically"; moby, restartmanager.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/sync/error.h"
#include "engine/world/time.h"

namespace sim::container {

struct RestartPolicy {
  enum class Kind : uint8_t { kNo, kOnFailure, kAlways, kUnlessStopped };
  Kind kind = Kind::kNo;
  /// Of kOnFailure: 0 has no limit.
  int64_t retries_max = 0;

  /// `no`, `on-failure`, `always`, `unless-stopped`.
  [[nodiscard]] std::string_view name() const;
};

struct ParsedRestartPolicy {
  RestartPolicy policy;
  engine::Error error;
};
/// Reads `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:3`; empty is `no`.
ParsedRestartPolicy parse_restart_policy(std::string_view text);

class RestartManager {
 public:
  static constexpr engine::Duration kFirstDelay = 100 * engine::kMillisecond;
  static constexpr engine::Duration kLongestDelay = 60 * engine::kSecond;
  static constexpr engine::Duration kHealthyRun = 10 * engine::kSecond;

  explicit RestartManager(RestartPolicy policy) : policy_(policy) {}
  [[nodiscard]] const RestartPolicy& policy() const { return policy_; }

  struct End {
    int exit_code = 0;
    bool was_stopped = false;  // somebody asked for it
    engine::Duration ran;
  };
  /// A run has ended: how long to wait before the next one; nothing if there is none.
  std::optional<engine::Duration> ended(const End& end);
  /// Whether it is started when its machine boots.
  [[nodiscard]] bool starts_at_boot(const End& end) const;
  /// Restarts so far.
  [[nodiscard]] int64_t count() const { return count_; }
  /// Somebody starts it: the counting begins anew.
  void reset();

 private:
  RestartPolicy policy_;
  engine::Duration delay_;
  int64_t count_ = 0;
};

}  // namespace sim::container
