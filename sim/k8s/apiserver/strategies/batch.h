// sim/k8s/apiserver/strategies/batch.h: the checks of jobs and cron jobs.

#pragma once

#include "sim/json/value.h"
#include "sim/k8s/api/field_error.h"

namespace sim::k8s::strategies {

using json::Value;

/// The labels by which a job knows its pods; the older names are kept beside the newer ones.
inline constexpr std::string_view kControllerUid = "batch.kubernetes.io/controller-uid";
inline constexpr std::string_view kOldControllerUid = "controller-uid";
inline constexpr std::string_view kJobName = "batch.kubernetes.io/job-name";
inline constexpr std::string_view kOldJobName = "job-name";

void validate_job(const Value& object, FieldErrors& errors);
void validate_job_update(const Value& object, const Value& old, FieldErrors& errors);
void validate_cron_job(const Value& object, FieldErrors& errors);

}  // namespace sim::k8s::strategies
