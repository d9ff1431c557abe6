// sim/k8s/controllers/rollout_math.h: how many pods a rollout may have too many and too few.
//
// Concept: `3` means three, `"25%"` that share of all, rounded up or down. Whole numbers only, so
// all compilers agree. Source: Kubernetes' documentation, "Deployment", max surge and unavailable;
// util/intstr, deployment util (ResolveFenceposts).

#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/json/value.h"

namespace sim::k8s::rollout {

enum class Round : uint8_t { kUp, kDown };

/// What a field that is a number or a share means of `total`; nothing if it is neither.
inline std::optional<int64_t> share_of(const json::Value& field, int64_t total, Round round) {
  if (field.is_integer()) return field.integer();
  std::string_view text = field.text();
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  int64_t percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return (percent * total + (round == Round::kUp ? 99 : 0)) / 100;
}

struct Limits {
  int64_t surge = 0;
  int64_t unavailable = 0;
};

/// Of a `rollingUpdate` object. If both are nothing, one pod may be missing: else it never ends.
inline Limits limits_of(const json::Value& rolling_update, int64_t replicas) {
  Limits limits;
  limits.surge = share_of(rolling_update["maxSurge"], replicas, Round::kUp).value_or(0);
  limits.unavailable =
      share_of(rolling_update["maxUnavailable"], replicas, Round::kDown).value_or(0);
  if (limits.surge == 0 && limits.unavailable == 0) limits.unavailable = 1;
  return limits;
}

/// `numerator / denominator`, halves away from zero. REQUIRES: `denominator` > 0.
constexpr int64_t rounded(int64_t numerator, int64_t denominator) {
  const int64_t twice = 2 * numerator;
  return (numerator < 0 ? twice - denominator : twice + denominator) / (2 * denominator);
}

}  // namespace sim::k8s::rollout
