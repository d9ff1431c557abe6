// sim/k8s/kubelet/backoff.h: how long to wait before a container or a pull is tried again.
//
// Concept: a delay for each key. It begins at 10 s, doubles up to 300 s, and begins anew for a key
// that has been quiet for twice the longest delay. Determinism: pure; time is what the caller says.
// Source: client-go's util/flowcontrol (Backoff); the kubelet's MaxContainerBackOff.

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/world/time.h"

namespace sim::k8s::kubelet {

class Backoff {
 public:
  static constexpr engine::Duration kFirst = 10 * engine::kSecond;
  static constexpr engine::Duration kMost = 300 * engine::kSecond;
  static constexpr engine::Duration kForget = 2 * kMost;

  /// The delay of `key`; nothing if it has none.
  [[nodiscard]] engine::Duration delay(std::string_view key) const;
  /// When something that failed at `failed` may be tried again; not after `failed` if there is
  /// nothing to wait for. Source: `IsInBackOffSince`.
  [[nodiscard]] engine::Instant until(std::string_view key, engine::Instant failed) const;
  /// When something whose delay last grew at next() may be tried again; not after `now` if there is
  /// nothing to wait for. Source: `IsInBackOffSinceUpdate`.
  [[nodiscard]] engine::Instant until_since_next(std::string_view key, engine::Instant now) const;
  /// It is tried again at `now` because it failed at `failed`: the delay grows. Source: `Next`.
  void next(std::string_view key, engine::Instant failed, engine::Instant now);
  void forget(std::string_view key);
  /// Of all keys that begin so, as those of a pod that is gone.
  void forget_all(std::string_view prefix);

 private:
  struct Entry {
    engine::Duration delay;
    engine::Instant last;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace sim::k8s::kubelet
