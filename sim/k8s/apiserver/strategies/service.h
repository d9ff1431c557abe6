// sim/k8s/apiserver/strategies/service.h: the checks of services.

#pragma once

#include "sim/json/value.h"
#include "sim/k8s/api/field_error.h"

namespace sim::k8s::strategies {

using json::Value;

/// `clusterIP: None`: names lead to the pods themselves.
bool is_headless(const Value& service);
bool is_external_name(const Value& service);
/// Whether it has a port on every node.
bool has_node_ports(const Value& service);

void validate_service(const Value& object, FieldErrors& errors);
void validate_service_update(const Value& object, const Value& old, FieldErrors& errors);

}  // namespace sim::k8s::strategies
