#include "sim/k8s/api/int_or_percent.h"

#include <charconv>

namespace sim::k8s {

int64_t IntOrPercent::of(int64_t total, Rounding rounding) const {
  if (!is_percent) return amount;
  const int64_t hundredfold = amount * total;
  const int64_t down = hundredfold / 100;
  return rounding == Rounding::kUp && hundredfold % 100 > 0 ? down + 1 : down;
}

std::optional<IntOrPercent> parse_int_or_percent(const json::Value& value) {
  if (value.is_integer()) return IntOrPercent{value.integer(), false};
  std::string_view text = value.text();
  if (text.size() < 2 || text.back() != '%') return {};
  text.remove_suffix(1);
  int32_t percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  if (!is_whole || text[0] == '-') return {};
  return IntOrPercent{percent, true};
}

int64_t scaled(const json::Value& value, int64_t total, Rounding rounding, int64_t otherwise) {
  const std::optional<IntOrPercent> parsed = parse_int_or_percent(value);
  return parsed ? parsed->of(total, rounding) : otherwise;
}

RollingLimits rolling_limits(const json::Value& rolling_update, int64_t replicas) {
  RollingLimits limits;
  limits.surge = scaled(rolling_update["maxSurge"], replicas, Rounding::kUp);
  limits.unavailable = scaled(rolling_update["maxUnavailable"], replicas, Rounding::kDown);
  if (limits.surge == 0 && limits.unavailable == 0) limits.unavailable = 1;
  return limits;
}

}  // namespace sim::k8s
