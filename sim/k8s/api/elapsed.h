// sim/k8s/api/elapsed.h: how long it is from one instant to another, as columns and descriptions
// have it.
//
// Promises: any two instants give a text; lengths that do not fit in 64 bits are cut.
// Source: the short forms of `kubectl get` (duration.HumanDuration).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/k8s/api/time.h"

namespace sim::k8s {

/// `5s`, `2m30s`, `3d12h`. Nanoseconds since 1970.
inline std::string elapsed_text(int64_t from_ns, int64_t to_ns) {
  int64_t length = 0;
  if (__builtin_sub_overflow(to_ns, from_ns, &length))
    length = to_ns > from_ns ? INT64_MAX : INT64_MIN;
  return age_text({length});
}

/// Since the time in a text; `<unknown>` if it is none.
inline std::string elapsed_since(std::string_view time, int64_t now_ns) {
  const std::optional<int64_t> at = parse_time(time);
  return at ? elapsed_text(*at, now_ns) : "<unknown>";
}

}  // namespace sim::k8s
