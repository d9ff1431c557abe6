#include "sim/k8s/kubelet/backoff.h"

#include <algorithm>

namespace sim::k8s::kubelet {

using engine::Duration;
using engine::Instant;

Duration Backoff::delay(std::string_view key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? Duration{} : found->second.delay;
}

Instant Backoff::until(std::string_view key, Instant failed) const {
  const auto found = entries_.find(key);
  if (found == entries_.end() || failed - found->second.last > kForget) return failed;
  return failed + found->second.delay;
}

Instant Backoff::until_since_next(std::string_view key, Instant now) const {
  const auto found = entries_.find(key);
  if (found == entries_.end() || now - found->second.last > kForget) return now;
  return found->second.last + found->second.delay;
}

void Backoff::next(std::string_view key, Instant failed, Instant now) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    entries_.emplace(std::string(key), Entry{kFirst, now});
    return;
  }
  Entry& entry = found->second;
  const bool is_old = failed - entry.last > kForget;
  entry.delay = is_old ? kFirst : std::min(kMost, entry.delay * 2);
  entry.last = now;
}

void Backoff::forget(std::string_view key) {
  const auto found = entries_.find(key);
  if (found != entries_.end()) entries_.erase(found);
}

void Backoff::forget_all(std::string_view prefix) {
  auto at = entries_.lower_bound(prefix);
  while (at != entries_.end() && at->first.starts_with(prefix)) at = entries_.erase(at);
}

}  // namespace sim::k8s::kubelet
