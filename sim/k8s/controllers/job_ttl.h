// sim/k8s/controllers/job_ttl.h: how long a finished Job stays.

#pragma once

#include <cstdint>
#include <optional>

#include "sim/k8s/api/object.h"

namespace sim::k8s::job {

/// Nanoseconds until it is to be deleted, 0 if that is now; nothing if it is not.
std::optional<int64_t> ttl_left(const Value& job, int64_t now_ns);

}  // namespace sim::k8s::job
