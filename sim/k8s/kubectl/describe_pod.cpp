// Pods.

#include <algorithm>

#include "sim/k8s/api/object.h"
#include "sim/k8s/api/quantity.h"
#include "sim/k8s/kubectl/describe_page.h"

namespace sim::k8s::kubectl {
namespace {

// Whether requests and limits of processor time and memory are all there and equal.
bool is_guaranteed(const Value& resources) {
  for (const std::string_view name : {"cpu", "memory"}) {
    const Quantity limit = Quantity::from(resources["limits"][name]);
    const Value& request = resources["requests"][name];
    if (limit.is_zero() || (request && Quantity::from(request) != limit)) return false;
  }
  return true;
}

bool has_amounts(const Value& resources) {
  for (const std::string_view list : {"requests", "limits"}) {
    for (const std::string_view name : {"cpu", "memory"}) {
      if (!Quantity::from(resources[list][name]).is_zero()) return true;
    }
  }
  return false;
}

// As the status has it, or as it will.
std::string_view quality_of(const Value& pod) {
  const std::string_view known = pod["status"]["qosClass"].text();
  if (!known.empty()) return known;
  bool any = false;
  bool all = true;
  for (const std::string_view list : {"initContainers", "containers"}) {
    for (const Value& container : pod["spec"][list].items()) {
      any = any || has_amounts(container["resources"]);
      all = all && is_guaranteed(container["resources"]);
    }
  }
  if (!any) return "BestEffort";
  return all ? "Guaranteed" : "Burstable";
}

void describe_heading(Page& page, const Value& pod) {
  const Value& spec = pod["spec"];
  const Value& status = pod["status"];
  page.title(pod);
  if (spec["priority"].is_integer()) page.field(0, "Priority", spec["priority"].integer());
  page.field_if(0, "Priority Class Name", spec["priorityClassName"]);
  page.field_if(0, "Runtime Class Name", spec["runtimeClassName"]);
  page.field_if(0, "Service Account", spec["serviceAccountName"]);
  const std::string_view node = spec["nodeName"].text();
  if (node.empty()) {
    page.field(0, "Node", "<none>");
  } else {
    page.field(0, "Node", node, "/", status["hostIP"].text());
  }
  if (status["startTime"].is_string()) {
    page.field(0, "Start Time", date_text(status["startTime"]));
  }
  page.labels_and_annotations(pod);
}

void describe_phase(Page& page, const Value& pod) {
  const Value& status = pod["status"];
  const std::string_view phase = status["phase"].text();
  if (is_being_deleted(pod) && phase != "Failed" && phase != "Succeeded") {
    page.terminating(pod);
    page.field(0, "Termination Grace Period", metadata(pod)["deletionGracePeriodSeconds"].integer(),
               "s");
  } else {
    page.field(0, "Status", phase);
  }
  page.field_if(0, "Reason", status["reason"]);
  page.field_if(0, "Message", status["message"]);
  const Value& seccomp = pod["spec"]["securityContext"]["seccompProfile"];
  if (seccomp.is_object()) {
    page.field(0, "SeccompProfile", seccomp["type"].text());
    if (seccomp["type"].text() == "Localhost") {
      page.field(0, "LocalhostProfile", seccomp["localhostProfile"].text());
    }
  }
}

void describe_addresses(Page& page, const Value& status) {
  page.field(0, "IP", status["podIP"].text());
  if (status["podIPs"].size() == 0) return page.field(0, "IPs", "<none>");
  page.line(0, "IPs:");
  for (const Value& address : status["podIPs"].items()) {
    page.field(1, "IP", address["ip"].text());
  }
}

void describe_gates(Page& page, const Value& pod) {
  const Value& gates = pod["spec"]["readinessGates"];
  if (gates.size() == 0) return;
  page.write("Readiness Gates:\n  Type\tStatus\n");
  for (const Value& gate : gates.items()) {
    const std::string_view type = gate["conditionType"].text();
    page.line(1, type, " \t", condition_of(pod, type)["status"].text("<none>"), " ");
  }
}

void describe_conditions(Page& page, const Value& conditions) {
  if (conditions.size() == 0) return;
  page.write("Conditions:\n  Type\tStatus\n");
  for (const Value& condition : conditions.items()) {
    page.line(1, condition["type"].text(), " \t", condition["status"].text(), " ");
  }
}

void describe_pod(Page& page, const Value& pod) {
  const Value& spec = pod["spec"];
  const Value& status = pod["status"];
  describe_heading(page, pod);
  describe_phase(page, pod);
  describe_addresses(page, status);
  page.controlled_by(pod);
  page.field_if(0, "NominatedNodeName", status["nominatedNodeName"]);
  if (spec["resources"].is_object()) {
    page.line(0, "Resources:");
    describe_resources(page, spec["resources"], 1);
  }
  if (spec["initContainers"].size() > 0) {
    describe_containers(page, "Init Containers", spec["initContainers"],
                        status["initContainerStatuses"], pod, {});
  }
  describe_containers(page, "Containers", spec["containers"], status["containerStatuses"], pod, {});
  if (spec["ephemeralContainers"].size() > 0) {
    describe_containers(page, "Ephemeral Containers", spec["ephemeralContainers"],
                        status["ephemeralContainerStatuses"], pod, {});
  }
  describe_gates(page, pod);
  describe_conditions(page, status["conditions"]);
  describe_volumes(page, spec["volumes"], {});
  page.field(0, "QoS Class", quality_of(pod));
  page.labels("Node-Selectors", spec["nodeSelector"]);
  describe_tolerations(page, "Tolerations", spec["tolerations"]);
  describe_spread(page, spec["topologySpreadConstraints"], {});
  page.events();
}

}  // namespace

bool describe_pod_kinds(Page& page, const Value& object, std::string_view kind) {
  if (kind != "Pod") return false;
  describe_pod(page, object);
  return true;
}

}  // namespace sim::k8s::kubectl
