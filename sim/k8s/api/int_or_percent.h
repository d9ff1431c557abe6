// sim/k8s/api/int_or_percent.h: a number, or a share of another one: `3`, `"25%"`.
//
// Concept: such fields (maxSurge, maxUnavailable, minAvailable) are scaled to how many there are of
// something. Source: Kubernetes' package util/intstr.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/json/value.h"

namespace sim::k8s {

enum class Rounding : uint8_t { kUp, kDown };

struct IntOrPercent {
  int64_t amount = 0;
  bool is_percent = false;
  bool operator==(const IntOrPercent&) const = default;

  /// Of `total`. Percentages are rounded, numbers stay.
  [[nodiscard]] int64_t of(int64_t total, Rounding rounding) const;
};

/// Nothing if it is neither a whole number nor digits with a percent sign behind.
std::optional<IntOrPercent> parse_int_or_percent(const json::Value& value);
/// What `value` means of `total`; `otherwise` if it is absent or malformed.
int64_t scaled(const json::Value& value, int64_t total, Rounding rounding, int64_t otherwise = 0);

/// How many pods a rolling update may have too many and too few.
struct RollingLimits {
  int64_t surge = 0;
  int64_t unavailable = 0;
};
/// Of a strategy's `rollingUpdate`. Surge is rounded up, unavailability down; if both come to 0 one
/// pod may be missing, or nothing would ever move. Source: deployment util, ResolveFenceposts.
RollingLimits rolling_limits(const json::Value& rolling_update, int64_t replicas);

}  // namespace sim::k8s
