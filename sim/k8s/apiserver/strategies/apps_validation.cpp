// The checks of the workloads that keep pods running.

#include <string>

#include "sim/k8s/api/selector.h"
#include "sim/k8s/apiserver/strategies/apps.h"
#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/pod.h"

namespace sim::k8s::strategies {
namespace {

// Whether it can be made a selector. `kind` is "deployment".
bool check_workload_selector(FieldErrors& errors, const Place& at, const Value& selector,
                             std::string_view kind) {
  if (!is_set(selector)) {
    errors.required(at);
    return true;
  }
  const size_t before = errors.all().size();
  check_label_selector(errors, at, selector);
  const bool valid = errors.all().size() == before;
  if (is_empty_selector(selector)) {
    errors.invalid(at, selector, "empty selector is invalid for " + std::string(kind));
  }
  return valid;
}

void check_replica_template(FieldErrors& errors, const Place& at, const Value& spec) {
  const Place place = at.child("template");
  const bool valid =
      check_workload_selector(errors, at.child("selector"), spec["selector"], "deployment");
  if (!valid) {
    errors.invalid(at.child("selector"), spec["selector"], "invalid label selector");
    return;
  }
  check_template_matches(errors, place, spec["template"], spec["selector"]);
  check_pod_template(errors, place, spec["template"]);
  check_endless_template(errors, place, spec["template"], "ReplicaSet");
}

void check_deployment_strategy(FieldErrors& errors, const Place& at, const Value& strategy) {
  constexpr std::string_view kTypes[] = {"Recreate", "RollingUpdate"};
  const std::string_view type = strategy["type"].text();
  const Value& update = strategy["rollingUpdate"];
  const Place place = at.child("rollingUpdate");
  if (type == "Recreate") {
    if (is_set(update)) {
      errors.forbidden(place, "may not be specified when strategy `type` is 'Recreate'");
    }
    return;
  }
  if (type != "RollingUpdate") {
    errors.not_supported(at, strategy, kTypes);
    return;
  }
  const Value& unavailable = update["maxUnavailable"];
  check_int_or_percent(errors, place.child("maxUnavailable"), unavailable);
  check_int_or_percent(errors, place.child("maxSurge"), update["maxSurge"]);
  if (number_or_percentage(unavailable) == 0 && number_or_percentage(update["maxSurge"]) == 0) {
    errors.invalid_as(place.child("maxUnavailable"), plain_text(unavailable),
                      "may not be 0 when `maxSurge` is 0");
  }
  check_at_most_100_percent(errors, place.child("maxUnavailable"), unavailable);
}

void check_daemon_strategy(FieldErrors& errors, const Place& at, const Value& strategy) {
  constexpr std::string_view kTypes[] = {"OnDelete", "RollingUpdate"};
  const std::string_view type = strategy["type"].text();
  if (type == "OnDelete") return;
  if (type != "RollingUpdate") {
    errors.not_supported(at, strategy, kTypes);
    return;
  }
  const Place place = at.child("rollingUpdate");
  const Value& unavailable = strategy["rollingUpdate"]["maxUnavailable"];
  const Value& surge = strategy["rollingUpdate"]["maxSurge"];
  check_int_or_percent(errors, place.child("maxUnavailable"), unavailable);
  check_int_or_percent(errors, place.child("maxSurge"), surge);
  check_at_most_100_percent(errors, place.child("maxUnavailable"), unavailable);
  check_at_most_100_percent(errors, place.child("maxSurge"), surge);
  const bool has_unavailable = number_or_percentage(unavailable) != 0;
  const bool has_surge = number_or_percentage(surge) != 0;
  if (has_unavailable && has_surge) {
    errors.invalid_as(place.child("maxSurge"), plain_text(surge),
                      "may not be set when maxUnavailable is non-zero");
  } else if (!has_unavailable && !has_surge) {
    errors.required(place.child("maxUnavailable"), "cannot be 0 when maxSurge is 0");
  }
}

void check_rolling_partition(FieldErrors& errors, const Place& at, const Value& update) {
  check_not_negative(errors, at.child("partition"), update["partition"]);
  const Value& unavailable = update["maxUnavailable"];
  if (!is_set(unavailable)) return;
  const Place place = at.child("maxUnavailable");
  check_int_or_percent(errors, place, unavailable);
  if (number_or_percentage(unavailable) == 0) {
    errors.invalid_as(place, plain_text(unavailable), "cannot be 0");
  }
  check_at_most_100_percent(errors, place, unavailable);
}

void check_stateful_strategy(FieldErrors& errors, const Place& at, const Value& strategy) {
  const std::string_view type = strategy["type"].text();
  const Value& update = strategy["rollingUpdate"];
  if (type.empty()) {
    errors.required(at);
  } else if (type == "OnDelete") {
    if (is_set(update)) {
      errors.invalid(at.child("rollingUpdate"), update,
                     "only allowed for updateStrategy 'RollingUpdate'");
    }
  } else if (type == "RollingUpdate") {
    check_rolling_partition(errors, at.child("rollingUpdate"), update);
  } else {
    errors.invalid(at, strategy, "must be 'RollingUpdate' or 'OnDelete'");
  }
}

void check_stateful_template(FieldErrors& errors, const Place& at, const Value& spec) {
  const bool valid =
      check_workload_selector(errors, at.child("selector"), spec["selector"], "statefulset");
  const Place place = at.child("template");
  const Value& pod_template = spec["template"];
  if (!valid) {
    errors.invalid(at.child("selector"), spec["selector"], "");
  } else {
    // Its pods' volumes are not all known yet, so the specification is left to the pods.
    const Value& metadata = pod_template["metadata"];
    check_template_matches(errors, place, pod_template, spec["selector"]);
    check_labels(errors, place.child("labels"), metadata["labels"]);
    check_annotations(errors, place.child("annotations"), metadata["annotations"]);
    check_pod_annotations(errors, place.child("annotations"), metadata["annotations"],
                          pod_template["spec"]);
  }
  check_endless_template(errors, place, pod_template, "StatefulSet");
}

}  // namespace

void validate_deployment(const Value& object, FieldErrors& errors) {
  const Place at("spec");
  const Value& spec = object["spec"];
  check_not_negative(errors, at.child("replicas"), spec["replicas"]);
  check_replica_template(errors, at, spec);
  check_deployment_strategy(errors, at.child("strategy"), spec["strategy"]);
  for (const std::string_view field :
       {"minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"}) {
    check_not_negative(errors, at.child(field), spec[field]);
  }
  const Value& deadline = spec["progressDeadlineSeconds"];
  if (is_set(deadline) && deadline.integer() <= spec["minReadySeconds"].integer()) {
    errors.invalid(at.child("progressDeadlineSeconds"), deadline,
                   "must be greater than minReadySeconds");
  }
}

void validate_replica_set(const Value& object, FieldErrors& errors) {
  const Place at("spec");
  const Value& spec = object["spec"];
  check_not_negative(errors, at.child("replicas"), spec["replicas"]);
  check_not_negative(errors, at.child("minReadySeconds"), spec["minReadySeconds"]);
  check_replica_template(errors, at, spec);
}

void validate_replication_controller(const Value& object, FieldErrors& errors) {
  const Place at("spec");
  const Value& spec = object["spec"];
  check_not_negative(errors, at.child("minReadySeconds"), spec["minReadySeconds"]);
  if (spec["selector"].size() == 0) errors.required(at.child("selector"));
  check_not_negative(errors, at.child("replicas"), spec["replicas"]);
  const Value& pod_template = spec["template"];
  const Place place = at.child("template");
  if (!is_set(pod_template)) {
    errors.required(place);
    return;
  }
  const Value& labels = pod_template["metadata"]["labels"];
  if (!LabelSelector::from_map(spec["selector"]).matches(labels)) {
    errors.invalid(place.child("metadata.labels"),
                   labels.is_object() ? labels : Value::empty_object(), kNoMatch);
  }
  check_pod_template(errors, place, pod_template);
  check_endless_template(errors, place, pod_template, "ReplicationController");
}

void validate_stateful_set(const Value& object, FieldErrors& errors) {
  constexpr std::string_view kRetention[] = {"Delete", "Retain"};
  const Place at("spec");
  const Value& spec = object["spec"];
  const std::string_view management = spec["podManagementPolicy"].text();
  if (management.empty()) {
    errors.required(at.child("podManagementPolicy"));
  } else if (management != "OrderedReady" && management != "Parallel") {
    errors.invalid(at.child("podManagementPolicy"), management,
                   "must be 'OrderedReady' or 'Parallel'");
  }
  check_stateful_strategy(errors, at.child("updateStrategy"), spec["updateStrategy"]);
  const Place retention = at.child("persistentVolumeClaimRetentionPolicy");
  for (const std::string_view field : {"whenDeleted", "whenScaled"}) {
    check_optional_choice(errors, retention.child(field),
                          spec["persistentVolumeClaimRetentionPolicy"][field], kRetention);
  }
  check_not_negative(errors, at.child("replicas"), spec["replicas"]);
  check_not_negative(errors, at.child("minReadySeconds"), spec["minReadySeconds"]);
  check_not_negative(errors, at.child("ordinals.start"), spec["ordinals"]["start"]);
  check_not_negative(errors, at.child("revisionHistoryLimit"), spec["revisionHistoryLimit"]);
  check_stateful_template(errors, at, spec);
}

void validate_daemon_set(const Value& object, FieldErrors& errors) {
  const Place at("spec");
  const Value& spec = object["spec"];
  const Place place = at.child("template");
  const size_t before = errors.all().size();
  check_label_selector(errors, at.child("selector"), spec["selector"]);
  if (errors.all().size() == before) {
    check_template_matches(errors, place, spec["template"], spec["selector"]);
  }
  if (is_set(spec["selector"]) && is_empty_selector(spec["selector"])) {
    errors.invalid(at.child("selector"), spec["selector"],
                   "empty selector is invalid for daemonset");
  }
  check_pod_template(errors, place, spec["template"]);
  check_endless_template(errors, place, spec["template"], "DaemonSet");
  check_not_negative(errors, at.child("minReadySeconds"), spec["minReadySeconds"]);
  check_daemon_strategy(errors, at.child("updateStrategy"), spec["updateStrategy"]);
  check_not_negative(errors, at.child("revisionHistoryLimit"), spec["revisionHistoryLimit"]);
}

void validate_controller_revision(const Value& object, FieldErrors& errors) {
  if (!is_set(object["data"])) errors.required(Place("data"), "data is mandatory");
  check_not_negative(errors, Place("revision"), object["revision"]);
}

void validate_selector_update(const Value& object, const Value& old, FieldErrors& errors) {
  check_unchanged(errors, Place("spec.selector"), object["spec"]["selector"],
                  old["spec"]["selector"]);
}

void validate_stateful_set_update(const Value& object, const Value& old, FieldErrors& errors) {
  json::Object fixed(object["spec"]);
  for (const std::string_view field :
       {"replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy", "minReadySeconds"}) {
    fixed.set(field, old["spec"][field]);
  }
  if (std::move(fixed).build() == old["spec"]) return;
  errors.forbidden(
      Place("spec"),
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
      "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
      "'minReadySeconds' are forbidden");
}

void validate_controller_revision_update(const Value& object, const Value& old,
                                         FieldErrors& errors) {
  check_unchanged(errors, Place("data"), object["data"], old["data"]);
}

}  // namespace sim::k8s::strategies
