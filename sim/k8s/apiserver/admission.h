// sim/k8s/apiserver/admission.h: who may change or refuse a request before it is carried out.
//
// Concept: a row of functions, asked in order. Each looks at what is to be written, may change it,
// and may answer with a failure. Source: Kubernetes' documentation, "Admission Controllers".

#pragma once

#include <span>

#include "engine/task/task.h"
#include "sim/k8s/apiserver/registry.h"

namespace sim::k8s {

/// A failure, or anything below 400 to go on. REQUIRES: both arguments outlive the call.
using Admission = engine::Task<Answer> (*)(Registry& registry, Attributes& attributes);

/// Nothing is created in a namespace that is missing or going; the first namespaces stay.
engine::Task<Answer> namespace_lifecycle(Registry& registry, Attributes& attributes);
/// Pods get the number of their priority class.
engine::Task<Answer> priority(Registry& registry, Attributes& attributes);
/// Pods get a service account and its token.
engine::Task<Answer> service_account(Registry& registry, Attributes& attributes);
/// Pods stay for 300 s on a node that is not ready or cannot be reached.
engine::Task<Answer> default_toleration_seconds(Registry& registry, Attributes& attributes);
/// Services get an address and ports of their own.
engine::Task<Answer> service_addresses(Registry& registry, Attributes& attributes);
/// No more than a namespace's quota.
engine::Task<Answer> resource_quota(Registry& registry, Attributes& attributes);

inline constexpr Admission kAdmissions[] = {
    namespace_lifecycle,        service_account,   priority,
    default_toleration_seconds, service_addresses, resource_quota,
};

}  // namespace sim::k8s
