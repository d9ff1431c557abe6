// Deployments, replica sets, stateful sets and daemon sets.

#include "sim/k8s/api/object.h"
#include "sim/k8s/api/selector.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/kubectl/describe_page.h"

namespace sim::k8s::kubectl {
namespace {

// Without the `<none>` for an empty one.
std::string plain_selector(const Value& object) {
  return LabelSelector::from(object["spec"]["selector"]).text();
}

std::string replica_set_text(const Value& set) {
  std::string out(name_of(set));
  out += " (";
  engine::append_operand(out, set["status"]["replicas"].integer());
  out += '/';
  engine::append_operand(out, set["spec"]["replicas"].integer(1));
  return out + " replicas created)";
}

// Whether the set makes the pods that the deployment asks for now.
bool is_current(const Value& set, const Value& deployment) {
  constexpr std::string_view kHash = "pod-template-hash";
  const Value& made = set["spec"]["template"];
  Value meta = metadata(made);
  const Value labels = meta["labels"].without(kHash);
  meta = meta.with("labels", labels.size() == 0 ? Value() : labels);
  const auto without_empty = [](const Value& pod_template) {
    const Value& all = metadata(pod_template);
    return all["labels"].size() == 0 ? pod_template.with("metadata", all.without("labels"))
                                     : pod_template;
  };
  return without_empty(made.with("metadata", meta)) ==
         without_empty(deployment["spec"]["template"]);
}

// The one that is current; the oldest, should there be several.
Value current_set(const std::vector<Value>& sets, const Value& deployment) {
  Value found;
  int64_t since = 0;
  for (const Value& set : sets) {
    if (!is_current(set, deployment)) continue;
    const int64_t made = parse_time(metadata(set)["creationTimestamp"].text()).value_or(0);
    const bool is_older = made < since || (made == since && name_of(set) < name_of(found));
    if (found && !is_older) continue;
    found = set;
    since = made;
  }
  return found;
}

void describe_replica_sets(Page& page, const Value& deployment) {
  const std::vector<Value>& sets = page.related().replica_sets;
  if (sets.empty()) return;
  const Value current = current_set(sets, deployment);
  std::string old;
  for (const Value& set : sets) {
    if (set == current) continue;
    if (!old.empty()) old += ", ";
    old += replica_set_text(set);
  }
  page.field(0, "OldReplicaSets", old.empty() ? "<none>" : old);
  page.field(0, "NewReplicaSet", current ? replica_set_text(current) : "<none>");
}

void describe_deployment(Page& page, const Value& object) {
  const Value& spec = object["spec"];
  const Value& status = object["status"];
  page.title(object);
  page.field(0, "CreationTimestamp", date_text(metadata(object)["creationTimestamp"]));
  page.labels_and_annotations(object);
  page.field(0, "Selector", plain_selector(object));
  page.field(0, "Replicas", spec["replicas"].integer(1), " desired | ",
             status["updatedReplicas"].integer(), " updated | ", status["replicas"].integer(),
             " total | ", status["availableReplicas"].integer(), " available | ",
             status["unavailableReplicas"].integer(), " unavailable");
  page.field(0, "StrategyType", spec["strategy"]["type"].text());
  page.field(0, "MinReadySeconds", spec["minReadySeconds"].integer());
  if (const Value& rolling = spec["strategy"]["rollingUpdate"]; rolling.is_object()) {
    page.field(0, "RollingUpdateStrategy", scalar_text(rolling["maxUnavailable"]),
               " max unavailable, ", scalar_text(rolling["maxSurge"]), " max surge");
  }
  describe_pod_template(page, spec["template"]);
  page.conditions(object);
  describe_replica_sets(page, object);
  page.events();
}

void describe_replica_set(Page& page, const Value& object) {
  page.title(object);
  page.field(0, "Selector", selector_line(object["spec"]["selector"]));
  page.labels_and_annotations(object);
  page.controlled_by(object);
  page.field(0, "Replicas", object["status"]["replicas"].integer(), " current / ",
             object["spec"]["replicas"].integer(1), " desired");
  page.field(0, "Pods Status", pods_status(page, object));
  describe_pod_template(page, object["spec"]["template"]);
  page.conditions(object);
  page.events();
}

void describe_claim_templates(Page& page, const Value& templates) {
  if (templates.size() == 0) return page.field(0, "Volume Claims", "<none>");
  page.line(0, "Volume Claims:");
  for (const Value& claim : templates.items()) {
    const Value& storage = claim["spec"]["resources"]["requests"]["storage"];
    const std::string_view old = annotation_of(claim, "volume.beta.kubernetes.io/storage-class");
    page.field(1, "Name", name_of(claim));
    page.field(1, "StorageClass", old.empty() ? claim["spec"]["storageClassName"].text() : old);
    page.labels("Labels", metadata(claim)["labels"], "  ");
    page.labels("Annotations", metadata(claim)["annotations"], "  ");
    page.field(1, "Capacity", storage ? quantity_line(storage) : "<default>");
    page.field(1, "Access Modes", "[", joined(claim["spec"]["accessModes"], " "), "]");
  }
}

void describe_stateful_set(Page& page, const Value& object) {
  const Value& spec = object["spec"];
  page.title(object);
  page.field(0, "CreationTimestamp", date_text(metadata(object)["creationTimestamp"]));
  page.field(0, "Selector", plain_selector(object));
  page.labels_and_annotations(object);
  page.field(0, "Replicas", spec["replicas"].integer(1), " desired | ",
             object["status"]["replicas"].integer(), " total");
  page.field(0, "Update Strategy", spec["updateStrategy"]["type"].text());
  const Value& rolling = spec["updateStrategy"]["rollingUpdate"];
  if (rolling["partition"].is_integer()) {
    page.field(1, "Partition", rolling["partition"].integer());
    if (rolling.contains("maxUnavailable")) {
      page.field(1, "MaxUnavailable", scalar_text(rolling["maxUnavailable"]));
    }
  }
  page.field(0, "Pods Status", pods_status(page, object));
  describe_pod_template(page, spec["template"]);
  describe_claim_templates(page, spec["volumeClaimTemplates"]);
  page.events();
}

void describe_daemon_set(Page& page, const Value& object) {
  const Value& status = object["status"];
  page.title(object);
  page.field(0, "Selector", plain_selector(object));
  page.field(0, "Node-Selector", labels_line(object["spec"]["template"]["spec"]["nodeSelector"]));
  page.labels_and_annotations(object);
  page.line(0, "Desired Number of Nodes Scheduled: ", status["desiredNumberScheduled"].integer());
  page.line(0, "Current Number of Nodes Scheduled: ", status["currentNumberScheduled"].integer());
  page.line(0, "Number of Nodes Scheduled with Up-to-date Pods: ",
            status["updatedNumberScheduled"].integer());
  page.line(0,
            "Number of Nodes Scheduled with Available Pods: ", status["numberAvailable"].integer());
  page.line(0, "Number of Nodes Misscheduled: ", status["numberMisscheduled"].integer());
  page.field(0, "Pods Status", pods_status(page, object));
  describe_pod_template(page, object["spec"]["template"]);
  page.events();
}

}  // namespace

std::string pods_status(const Page& page, const Value& owner) {
  struct Phase {
    std::string_view name;
    std::string_view shown;
    int64_t count;
  };
  Phase phases[] = {{"Running", "Running", 0},
                    {"Pending", "Waiting", 0},
                    {"Succeeded", "Succeeded", 0},
                    {"Failed", "Failed", 0}};
  for (const Value& pod : page.related().pods) {
    if (controller_of(pod)["uid"].text() != uid_of(owner)) continue;
    for (Phase& phase : phases) {
      if (pod["status"]["phase"].text() == phase.name) ++phase.count;
    }
  }
  std::string out;
  for (const Phase& phase : phases) {
    if (!out.empty()) out += " / ";
    engine::append_operand(out, phase.count);
    out += ' ';
    out += phase.shown;
  }
  return out;
}

bool describe_workload_kinds(Page& page, const Value& object, std::string_view kind) {
  if (kind == "Deployment.apps") {
    describe_deployment(page, object);
  } else if (kind == "ReplicaSet.apps") {
    describe_replica_set(page, object);
  } else if (kind == "StatefulSet.apps") {
    describe_stateful_set(page, object);
  } else if (kind == "DaemonSet.apps") {
    describe_daemon_set(page, object);
  } else {
    return false;
  }
  return true;
}

}  // namespace sim::k8s::kubectl
