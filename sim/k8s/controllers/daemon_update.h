// sim/k8s/controllers/daemon_update.h: what placing and updating daemon pods have in common.

#pragma once

#include <cstdint>
#include <string_view>

#include "sim/k8s/api/object.h"

namespace sim::k8s::daemon {

/// Whether a pod is of the present template, whose revision has that hash.
bool is_updated(const Value& daemon_set, const Value& pod, std::string_view hash);
/// Whether its rolling updates create new pods beside the old ones.
bool surges(const Value& daemon_set);

}  // namespace sim::k8s::daemon
