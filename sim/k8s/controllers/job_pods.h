// sim/k8s/controllers/job_pods.h: what a Job asks about its pods.

#pragma once

#include <cstdint>

#include "sim/k8s/api/object.h"

namespace sim::k8s::job {

/// The index of a pod of an Indexed job; -1 if it has none.
int64_t index_of(const Value& pod);
/// Whether it is one that the job wants.
bool has_valid_index(const Value& job, const Value& pod);
/// Whether it counts as failed. By its policy of replacement a job may count those that are being
/// deleted as failed at once, or only those that have ended.
bool is_pod_failed(const Value& job, const Value& pod);
/// Whether pods are replaced only when they have ended.
inline bool replaces_only_failed(const Value& job) {
  return job["spec"]["podReplacementPolicy"].text() == "Failed";
}

}  // namespace sim::k8s::job
