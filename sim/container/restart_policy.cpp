#include "sim/container/restart_policy.h"

#include <algorithm>
#include <charconv>

namespace sim::container {

std::string_view RestartPolicy::name() const {
  switch (kind) {
    case Kind::kOnFailure:
      return "on-failure";
    case Kind::kAlways:
      return "always";
    case Kind::kUnlessStopped:
      return "unless-stopped";
    case Kind::kNo:
      break;
  }
  return "no";
}

ParsedRestartPolicy parse_restart_policy(std::string_view text) {
  using Kind = RestartPolicy::Kind;
  ParsedRestartPolicy out;
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (name == "on-failure") {
    out.policy.kind = Kind::kOnFailure;
  } else if (name == "always") {
    out.policy.kind = Kind::kAlways;
  } else if (name == "unless-stopped") {
    out.policy.kind = Kind::kUnlessStopped;
  } else if (!name.empty() && name != "no") {
    out.error = engine::errorf("invalid restart policy: unknown policy '", name,
                               "'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'");
    return out;
  }
  if (colon == std::string_view::npos) return out;
  if (out.policy.kind != Kind::kOnFailure) {
    out.error = engine::errorf(
        "invalid restart policy: maximum retry count can only be used with 'on-failure'");
    return out;
  }
  const std::string_view count = text.substr(colon + 1);
  const auto [end, error] =
      std::from_chars(count.data(), count.data() + count.size(), out.policy.retries_max);
  if (error != std::errc() || end != count.data() + count.size()) {
    out.error =
        engine::errorf("invalid restart policy format: maximum retry count must be an integer");
  } else if (out.policy.retries_max < 0) {
    out.error = engine::errorf("invalid restart policy: maximum retry count cannot be negative");
  }
  return out;
}

std::optional<engine::Duration> RestartManager::ended(const End& end) {
  using Kind = RestartPolicy::Kind;
  if (policy_.kind == Kind::kNo || end.was_stopped) return {};
  if (end.ran >= kHealthyRun) delay_ = {};
  delay_ = delay_.ns == 0 ? kFirstDelay : std::min(kLongestDelay, delay_ * 2);
  const bool is_over =
      policy_.kind == Kind::kOnFailure &&
      (end.exit_code == 0 || (policy_.retries_max > 0 && count_ >= policy_.retries_max));
  if (is_over) return {};
  ++count_;
  return delay_;
}

bool RestartManager::starts_at_boot(const End& end) const {
  using Kind = RestartPolicy::Kind;
  return policy_.kind == Kind::kAlways ||
         (policy_.kind == Kind::kUnlessStopped && !end.was_stopped) ||
         (policy_.kind == Kind::kOnFailure && end.exit_code != 0 && !end.was_stopped);
}

void RestartManager::reset() {
  delay_ = {};
  count_ = 0;
}

}  // namespace sim::container
