// sim/k8s/api/time.h: instants and lengths as API objects write them.
//
// Source: RFC 3339; Kubernetes' metav1.Time (whole seconds, UTC), metav1.MicroTime, and the short
// forms of `kubectl get` (duration.HumanDuration).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/world/time.h"

namespace sim::k8s {

/// `2026-01-01T00:00:07Z`, of nanoseconds since 1970.
std::string time_text(int64_t unix_ns);
/// `2026-01-01T00:00:07.000000Z`
std::string micro_time_text(int64_t unix_ns);
/// Nanoseconds since 1970; nothing if `text` is no time, or none from 1678 to 2261. Fractions and
/// offsets are understood.
std::optional<int64_t> parse_time(std::string_view text);

/// Why `text` is no time, in the words of Go's time.Parse with the layout RFC3339, or that of
/// metav1.MicroTime, which must have six digits behind the point; empty if it is one.
std::string time_error(std::string_view text, bool micro = false);

/// How long ago, as a column AGE has it: `5s`, `2m30s`, `4h`, `3d12h`.
std::string age_text(engine::Duration length);
/// A length as Go writes and reads it (`1h2m3.5s`), for flags such as --timeout.
std::optional<engine::Duration> parse_duration(std::string_view text);

}  // namespace sim::k8s
