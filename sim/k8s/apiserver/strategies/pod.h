// sim/k8s/apiserver/strategies/pod.h: what the strategies of pods and of their templates share.
//
// Source: Kubernetes' API reference, PodSpec; the behaviour of pkg/apis/core's defaults and
// validation.

#pragma once

#include <string_view>
#include <vector>

#include "sim/json/value.h"
#include "sim/k8s/api/field_error.h"
#include "sim/k8s/apiserver/strategies/place.h"

namespace sim::k8s::strategies {

using json::Value;

/// With the defaults of a PodSpec. `in_pod`: also those that templates do not get.
Value default_pod_spec(const Value& spec, bool in_pod);
/// With the defaults of a PodTemplateSpec; absent if it is.
Value default_pod_template(const Value& pod_template);
/// With the defaults of a claim's specification, as claims and claim templates have it.
Value default_claim_spec(const Value& spec);

/// "Guaranteed", "Burstable" or "BestEffort", of what the containers ask for.
std::string_view qos_class(const Value& spec);

/// What the checks of a PodSpec depend on beside it.
struct PodContext {
  /// Whether it is a pod's, not a template's.
  bool is_pod = false;
  std::string_view pod_name = {};
};
void check_pod_spec(FieldErrors& errors, const Place& at, const Value& spec, PodContext context);
void check_pod_template(FieldErrors& errors, const Place& at, const Value& pod_template);
void check_pod_annotations(FieldErrors& errors, const Place& at, const Value& annotations,
                           const Value& spec);

/// The names of the volumes that are right.
using VolumeNames = std::vector<std::string_view>;
VolumeNames check_volumes(FieldErrors& errors, const Place& at, const Value& volumes,
                          PodContext context);
/// Of the containers of all three sorts; `at` is the specification's place.
void check_containers(FieldErrors& errors, const Place& at, const Value& spec,
                      const VolumeNames& volumes, bool is_pod);
/// Of one container: what it has and may have in any of the lists.
void check_container(FieldErrors& errors, const Place& at, const Value& container,
                     const Value& spec, const VolumeNames& volumes);
/// Of a PersistentVolumeClaim, or of what one is made from.
void check_claim_spec(FieldErrors& errors, const Place& at, const Value& spec);
void check_pull_policy(FieldErrors& errors, const Place& at, const Value& policy);
void check_resources(FieldErrors& errors, const Place& at, const Value& resources,
                     const Value& spec);
void check_probe(FieldErrors& errors, const Place& at, const Value& probe, const Value& spec);
void check_life_cycle(FieldErrors& errors, const Place& at, const Value& life_cycle,
                      const Value& spec);
void check_field_reference(FieldErrors& errors, const Place& at, const Value& reference,
                           std::span<const std::string_view> fields);
void check_resource_reference(FieldErrors& errors, const Place& at, const Value& reference,
                              bool in_volume);

void check_affinity(FieldErrors& errors, const Place& at, const Value& affinity);
void check_tolerations(FieldErrors& errors, const Place& at, const Value& tolerations);
void check_taint_effect(FieldErrors& errors, const Place& at, const Value& effect);
void check_node_selector(FieldErrors& errors, const Place& at, const Value& selector);
void check_topology_spread(FieldErrors& errors, const Place& at, const Value& constraints);

void check_pod_security(FieldErrors& errors, const Place& at, const Value& spec);
void check_container_security(FieldErrors& errors, const Place& at, const Value& context,
                              bool host_users);

/// Of a template whose pods run for ever: that its labels match the selector, and that they are
/// always restarted. `owner` is "ReplicaSet".
void check_endless_template(FieldErrors& errors, const Place& at, const Value& pod_template,
                            std::string_view owner);
void check_template_matches(FieldErrors& errors, const Place& at, const Value& pod_template,
                            const Value& selector);

}  // namespace sim::k8s::strategies
