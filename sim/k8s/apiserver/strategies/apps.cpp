// Defaults and preparation of the workloads that keep pods running.
//
// Source: Kubernetes' API reference, group apps.

#include <charconv>
#include <string>

#include "engine/task/print.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/apiserver/strategies/apps.h"
#include "sim/k8s/apiserver/strategies/filler.h"
#include "sim/k8s/apiserver/strategies/pod.h"
#include "sim/k8s/apiserver/strategies/strategies.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kTemplateGeneration = "deprecated.daemonset.template.generation";

// A strategy with its type, and with the parameters of a rolling update if it is one.
template <class Parameters>
Value default_strategy(const Value& strategy, Parameters parameters) {
  Filler filler(strategy);
  filler.nonempty_text("type", "RollingUpdate");
  const std::string_view type = strategy["type"].text();
  if (type.empty() || type == "RollingUpdate") {
    filler.set("rollingUpdate", parameters(strategy["rollingUpdate"]));
  }
  return filler.done();
}

Value default_deployment_spec(const Value& spec) {
  const auto rolling = [](const Value& update) {
    return Filler(update).text("maxUnavailable", "25%").text("maxSurge", "25%").done();
  };
  return Filler(spec)
      .number("replicas", 1)
      .number("revisionHistoryLimit", 10)
      .number("progressDeadlineSeconds", 600)
      .set("strategy", default_strategy(spec["strategy"], rolling))
      .apply("template", default_pod_template)
      .done();
}

Value default_replica_set_spec(const Value& spec) {
  return Filler(spec).number("replicas", 1).apply("template", default_pod_template).done();
}

Value default_claim_template(const Value& claim) {
  const Value& status = claim["status"];
  return Filler(claim)
      .nonempty_text("apiVersion", "v1")
      .nonempty_text("kind", "PersistentVolumeClaim")
      .set("spec", default_claim_spec(claim["spec"]))
      .set("status", Filler(status).nonempty_text("phase", "Pending").done())
      .done();
}

Value default_stateful_set_spec(const Value& spec) {
  const auto rolling = [](const Value& update) {
    return Filler(update).number("partition", 0).done();
  };
  const Value& retention = spec["persistentVolumeClaimRetentionPolicy"];
  return Filler(spec)
      .number("replicas", 1)
      .number("revisionHistoryLimit", 10)
      .text("serviceName", "")
      .nonempty_text("podManagementPolicy", "OrderedReady")
      .set("updateStrategy", default_strategy(spec["updateStrategy"], rolling))
      .set("persistentVolumeClaimRetentionPolicy", Filler(retention)
                                                       .nonempty_text("whenDeleted", "Retain")
                                                       .nonempty_text("whenScaled", "Retain")
                                                       .done())
      .apply("volumeClaimTemplates",
             [](const Value& claims) { return each(claims, default_claim_template); })
      .apply("template", default_pod_template)
      .done();
}

Value default_daemon_set_spec(const Value& spec) {
  const auto rolling = [](const Value& update) {
    return Filler(update).number("maxUnavailable", 1).number("maxSurge", 0).done();
  };
  return Filler(spec)
      .number("revisionHistoryLimit", 10)
      .set("updateStrategy", default_strategy(spec["updateStrategy"], rolling))
      .apply("template", default_pod_template)
      .done();
}

Value default_deployment(const Value& object) {
  return Filler(object).set("spec", default_deployment_spec(object["spec"])).done();
}
Value default_replica_set(const Value& object) {
  return Filler(object).set("spec", default_replica_set_spec(object["spec"])).done();
}
Value default_stateful_set(const Value& object) {
  return Filler(object).set("spec", default_stateful_set_spec(object["spec"])).done();
}
Value default_daemon_set(const Value& object) {
  return Filler(object).set("spec", default_daemon_set_spec(object["spec"])).done();
}

// The oldest of them takes its selector and labels from its template.
Value default_replication_controller(const Value& object) {
  const Value& spec = object["spec"];
  const Value& labels = spec["template"]["metadata"]["labels"];
  Filler filler(object);
  Filler spec_filler(spec);
  if (labels.size() > 0) {
    if (spec["selector"].size() == 0) spec_filler.set("selector", labels);
    if (object["metadata"]["labels"].size() == 0) {
      filler.set("metadata", object["metadata"].with("labels", labels));
    }
  }
  spec_filler.number("replicas", 1).apply("template", default_pod_template);
  return filler.set("spec", spec_filler.done()).done();
}

Value with_empty_status(const Value& object) {
  return object.with("status", Value::empty_object());
}

// The counts that are there even when they are 0.
template <size_t N>
Value with_counts(const Value& object, const std::string_view (&fields)[N]) {
  json::Object status;
  for (const std::string_view field : fields) status.set(field, 0);
  return object.with("status", std::move(status).build());
}

Value prepare_replica_set(const Value& object) {
  return with_counts(object, {"replicas"});
}
Value prepare_stateful_set(const Value& object) {
  return with_counts(object, {"replicas", "availableReplicas"});
}

Value with_template_generation(const Value& object, int64_t generation) {
  std::string text;
  engine::append_operand(text, generation);
  return with_annotation(object, kTemplateGeneration, text);
}

Value prepare_daemon_set(const Value& object) {
  return with_template_generation(
      with_counts(object, {"currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled",
                           "numberReady"}),
      1);
}

Value prepare_daemon_set_update(const Value& object, const Value& old) {
  const std::string_view text = annotation_of(old, kTemplateGeneration);
  int64_t generation = 0;
  std::from_chars(text.data(), text.data() + text.size(), generation);
  const bool is_other = object["spec"]["template"] != old["spec"]["template"];
  return with_template_generation(object, is_other ? generation + 1 : generation);
}

// Annotations count as well, for controllers act on them.
Value prepare_deployment_update(const Value& object, const Value& old) {
  const Value& before = old["metadata"];
  if (object["metadata"]["annotations"] == before["annotations"]) return object;
  return with_meta(object, "generation", before["generation"].integer() + 1);
}

}  // namespace

constinit const Strategy kDeployment{
    .defaults = default_deployment,
    .prepare_create = with_empty_status,
    .prepare_update = prepare_deployment_update,
    .validate = validate_deployment,
    .validate_update = validate_selector_update,
    .counts_generations = true,
};

constinit const Strategy kReplicaSet{
    .defaults = default_replica_set,
    .prepare_create = prepare_replica_set,
    .validate = validate_replica_set,
    .validate_update = validate_selector_update,
    .counts_generations = true,
};

constinit const Strategy kReplicationController{
    .defaults = default_replication_controller,
    .prepare_create = prepare_replica_set,
    .validate = validate_replication_controller,
    .counts_generations = true,
};

constinit const Strategy kStatefulSet{
    .defaults = default_stateful_set,
    .prepare_create = prepare_stateful_set,
    .validate = validate_stateful_set,
    .validate_update = validate_stateful_set_update,
    .counts_generations = true,
};

constinit const Strategy kDaemonSet{
    .defaults = default_daemon_set,
    .prepare_create = prepare_daemon_set,
    .prepare_update = prepare_daemon_set_update,
    .validate = validate_daemon_set,
    .validate_update = validate_selector_update,
    .counts_generations = true,
};

constinit const Strategy kControllerRevision{
    .validate = validate_controller_revision,
    .validate_update = validate_controller_revision_update,
};

}  // namespace sim::k8s::strategies
