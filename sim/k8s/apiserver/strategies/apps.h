// sim/k8s/apiserver/strategies/apps.h: the checks of the workloads that keep pods running.

#pragma once

#include "sim/json/value.h"
#include "sim/k8s/api/field_error.h"

namespace sim::k8s::strategies {

using json::Value;

void validate_deployment(const Value& object, FieldErrors& errors);
void validate_replica_set(const Value& object, FieldErrors& errors);
void validate_replication_controller(const Value& object, FieldErrors& errors);
void validate_stateful_set(const Value& object, FieldErrors& errors);
void validate_daemon_set(const Value& object, FieldErrors& errors);
void validate_controller_revision(const Value& object, FieldErrors& errors);

/// That `spec.selector` stays.
void validate_selector_update(const Value& object, const Value& old, FieldErrors& errors);
void validate_stateful_set_update(const Value& object, const Value& old, FieldErrors& errors);
void validate_controller_revision_update(const Value& object, const Value& old,
                                         FieldErrors& errors);

}  // namespace sim::k8s::strategies
