// The columns of what runs pods: deployments, sets, jobs.

#include <optional>

#include "engine/task/print.h"
#include "sim/k8s/api/elapsed.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/api/selector.h"
#include "sim/k8s/apiserver/printers.h"

namespace sim::k8s {
namespace {

using json::Value;

constexpr Column kReadyColumn = {"Ready", "string", "",
                                 "How many pods are ready, of how many there are to be."};
constexpr Column kDesiredColumn = {"Desired", "integer", "", "How many pods there are to be."};
constexpr Column kCurrentColumn = {"Current", "integer", "", "How many pods there are."};
constexpr Column kReadyCountColumn = {"Ready", "integer", "", "How many pods are ready."};

constexpr Column kDeploymentColumns[] = {
    kNameColumn,
    kReadyColumn,
    {"Up-to-date", "string", "", "How many pods are of the current template."},
    {"Available", "string", "", "How many pods have been ready for long enough."},
    kAgeColumn,
    kContainersColumn,
    kImagesColumn,
    kSelectorColumn,
};

constexpr Column kReplicaSetColumns[] = {
    kNameColumn, kDesiredColumn,    kCurrentColumn, kReadyCountColumn,
    kAgeColumn,  kContainersColumn, kImagesColumn,  kSelectorColumn,
};

constexpr Column kStatefulSetColumns[] = {
    kNameColumn, kReadyColumn, kAgeColumn, kContainersColumn, kImagesColumn,
};

constexpr Column kDaemonSetColumns[] = {
    kNameColumn,
    {"Desired", "integer", "", "How many nodes are to run the pod."},
    {"Current", "integer", "", "How many of them do."},
    {"Ready", "integer", "", "On how many of them it is ready."},
    {"Up-to-date", "integer", "", "How many nodes run a pod of the current template."},
    {"Available", "integer", "", "On how many nodes it has been ready for long enough."},
    {"Node Selector", "string", "", "The labels of the nodes that are meant."},
    kAgeColumn,
    kContainersColumn,
    kImagesColumn,
    kSelectorColumn,
};

constexpr Column kJobColumns[] = {
    kNameColumn,
    {"Status", "string", "", "How the job stands."},
    {"Completions", "string", "", "How many pods have succeeded, of how many are to."},
    {"Duration", "string", "", "How long the job has been running, or took."},
    kAgeColumn,
    kContainersColumn,
    kImagesColumn,
    kSelectorColumn,
};

constexpr Column kCronJobColumns[] = {
    kNameColumn,
    {"Schedule", "string", "", "When jobs are started, in the form of cron."},
    {"Timezone", "string", "", "The time zone that the schedule is in."},
    {"Suspend", "boolean", "", "Whether no further jobs are started."},
    {"Active", "integer", "", "How many of its jobs are running."},
    {"Last Schedule", "string", "", "How long ago a job was last started."},
    kAgeColumn,
    kContainersColumn,
    kImagesColumn,
    kSelectorColumn,
};

constexpr Column kControllerRevisionColumns[] = {
    kNameColumn,
    {"Controller", "string", "", "What the revision belongs to."},
    {"Revision", "string", "", "The number of the revision."},
    kAgeColumn,
};

void add_containers(Cells& cells, const Value& pod_template) {
  const Value& containers = pod_template["spec"]["containers"];
  cells.add(joined_fields(containers, "name")).add(joined_fields(containers, "image"));
}

int64_t desired_of(const Value& object) {
  return object["spec"]["replicas"].integer(1);
}

void deployment_cells(Cells& cells, const Value& object) {
  const Value& status = object["status"];
  cells.add(name_of(object))
      .add(ratio(status["readyReplicas"].integer(), desired_of(object)))
      .add_count(status["updatedReplicas"])
      .add_count(status["availableReplicas"])
      .add_age_of(object);
  add_containers(cells, object["spec"]["template"]);
  cells.add(LabelSelector::from(object["spec"]["selector"]).text());
}

void replica_set_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object))
      .add(desired_of(object))
      .add_count(object["status"]["replicas"])
      .add_count(object["status"]["readyReplicas"])
      .add_age_of(object);
  add_containers(cells, object["spec"]["template"]);
  cells.add(selector_text(object["spec"]["selector"]));
}

void replication_controller_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object))
      .add(desired_of(object))
      .add_count(object["status"]["replicas"])
      .add_count(object["status"]["readyReplicas"])
      .add_age_of(object);
  add_containers(cells, object["spec"]["template"]);
  cells.add(labels_text(object["spec"]["selector"]));
}

void stateful_set_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object))
      .add(ratio(object["status"]["readyReplicas"].integer(), desired_of(object)))
      .add_age_of(object);
  add_containers(cells, object["spec"]["template"]);
}

void daemon_set_cells(Cells& cells, const Value& object) {
  const Value& status = object["status"];
  const Value& pod_template = object["spec"]["template"];
  cells.add(name_of(object))
      .add_count(status["desiredNumberScheduled"])
      .add_count(status["currentNumberScheduled"])
      .add_count(status["numberReady"])
      .add_count(status["updatedNumberScheduled"])
      .add_count(status["numberAvailable"])
      .add(labels_text(pod_template["spec"]["nodeSelector"]))
      .add_age_of(object);
  add_containers(cells, pod_template);
  cells.add(selector_text(object["spec"]["selector"]));
}

std::string_view job_status(const Value& job) {
  if (condition_is_true(job, "Complete")) return "Complete";
  if (condition_is_true(job, "Failed")) return "Failed";
  if (is_being_deleted(job)) return "Terminating";
  if (condition_is_true(job, "Suspended")) return "Suspended";
  if (condition_is_true(job, "FailureTarget")) return "FailureTarget";
  return "Running";
}

std::string completions_text(const Value& job) {
  const int64_t succeeded = job["status"]["succeeded"].integer();
  const Value& completions = job["spec"]["completions"];
  if (completions.is_integer()) return ratio(succeeded, completions.integer());
  std::string out = ratio(succeeded, 1);
  const int64_t parallelism = job["spec"]["parallelism"].integer();
  if (parallelism > 1) {
    out += " of ";
    engine::append_operand(out, parallelism);
  }
  return out;
}

std::string duration_of(const Value& job, int64_t now) {
  const std::optional<int64_t> begun = parse_time(job["status"]["startTime"].text());
  if (!begun) return {};
  const std::optional<int64_t> ended = parse_time(job["status"]["completionTime"].text());
  return elapsed_text(*begun, ended.value_or(now));
}

void job_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object))
      .add(job_status(object))
      .add(completions_text(object))
      .add(duration_of(object, cells.now()))
      .add_age_of(object);
  add_containers(cells, object["spec"]["template"]);
  cells.add(selector_text(object["spec"]["selector"]));
}

void cron_job_cells(Cells& cells, const Value& object) {
  const Value& spec = object["spec"];
  const Value& last = object["status"]["lastScheduleTime"];
  const Value& suspend = spec["suspend"];
  const std::string_view suspended = !suspend.is_bool() ? "<unset>"
                                     : suspend.truth()  ? "True"
                                                        : "False";
  cells.add(name_of(object))
      .add(spec["schedule"].text())
      .add(spec["timeZone"].text("<none>"))
      .add(suspended)
      .add(static_cast<int64_t>(object["status"]["active"].size()))
      .add(last.is_string() ? cells.age(last) : std::string("<none>"))
      .add_age_of(object);
  const Value& job = spec["jobTemplate"]["spec"];
  add_containers(cells, job["template"]);
  cells.add(selector_text(job["selector"]));
}

// `statefulset.apps/web`
std::string owner_text(const Value& object) {
  const Value& owner = controller_of(object);
  if (!owner) return "<none>";
  std::string kind(owner["kind"].text());
  const std::string group = parse_group_version(owner["apiVersion"].text()).group;
  if (!group.empty()) kind += "." + group;
  return lowered(kind) + "/" + std::string(owner["name"].text());
}

void controller_revision_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object))
      .add(owner_text(object))
      .add_count(object["revision"])
      .add_age_of(object);
}

constexpr Printer kPrinters[] = {
    {"apps", "deployments", kDeploymentColumns, deployment_cells},
    {"apps", "replicasets", kReplicaSetColumns, replica_set_cells},
    {"", "replicationcontrollers", kReplicaSetColumns, replication_controller_cells},
    {"apps", "statefulsets", kStatefulSetColumns, stateful_set_cells},
    {"apps", "daemonsets", kDaemonSetColumns, daemon_set_cells},
    {"batch", "jobs", kJobColumns, job_cells},
    {"batch", "cronjobs", kCronJobColumns, cron_job_cells},
    {"apps", "controllerrevisions", kControllerRevisionColumns, controller_revision_cells},
};

}  // namespace

std::span<const Printer> workload_printers() {
  return kPrinters;
}

}  // namespace sim::k8s
