// The columns of pods and pod templates.

#include <optional>

#include "engine/task/print.h"
#include "sim/k8s/api/elapsed.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/apiserver/printers.h"

namespace sim::k8s {
namespace {

using json::Value;

constexpr Column kPodColumns[] = {
    kNameColumn,
    {"Ready", "string", "", "How many of the pod's containers are ready, of how many."},
    {"Status", "string", "", "What the pod's containers are doing, in one word."},
    {"Restarts", "string", "", "How often containers have been restarted, and when the last was."},
    kAgeColumn,
    {"IP", "string", "", "The pod's address.", 1},
    {"Node", "string", "", "The node that the pod is bound to.", 1},
    {"Nominated Node", "string", "", "The node where room is being made for the pod.", 1},
    {"Readiness Gates", "string", "", "How many of the further conditions for readiness hold.", 1},
};

constexpr Column kPodTemplateColumns[] = {
    kNameColumn,
    {"Containers", "string", "", "The names of the template's containers."},
    {"Images", "string", "", "The images of the template's containers."},
    {"Pod Labels", "string", "", "The labels of pods made from the template."},
};

std::string with_number(std::string_view text, int64_t number) {
  std::string out(text);
  engine::append_operand(out, number);
  return out;
}

// The container of that name restarts on its own while others run (a sidecar).
bool is_sidecar(const Value& init_containers, std::string_view name) {
  for (const Value& container : init_containers.items()) {
    if (container["name"].text() == name) return container["restartPolicy"].text() == "Always";
  }
  return false;
}

// Why a container that has ended did: its reason, signal or exit code.
std::string end_text(const Value& terminated) {
  if (!terminated["reason"].text().empty()) return std::string(terminated["reason"].text());
  const int64_t signal = terminated["signal"].integer();
  return signal != 0 ? with_number("Signal:", signal)
                     : with_number("ExitCode:", terminated["exitCode"].integer());
}

// READY, STATUS and RESTARTS.
struct PodSummary {
  int64_t ready = 0;
  int64_t total = 0;
  std::string reason;
  int64_t restarts = 0;
  std::optional<int64_t> last_restart;  // Unix time

  void count_restarts(const Value& status) {
    restarts += status["restartCount"].integer();
    const auto ended = parse_time(status["lastState"]["terminated"]["finishedAt"].text());
    if (ended && (!last_restart || *last_restart < *ended)) last_restart = ended;
  }
};

// What an init container that is not done makes of the pod's status; empty if it is done.
std::string init_reason(const Value& status, bool sidecar, PodSummary& pod, std::string progress) {
  const Value& terminated = status["state"]["terminated"];
  if (terminated && terminated["exitCode"].integer() == 0) return {};
  if (sidecar && status["started"].truth()) {
    if (status["ready"].truth()) ++pod.ready;
    return {};
  }
  if (terminated) return "Init:" + end_text(terminated);
  const std::string_view waiting = status["state"]["waiting"]["reason"].text();
  if (!waiting.empty() && waiting != "PodInitializing") return "Init:" + std::string(waiting);
  return "Init:" + progress;
}

// Looks at the init containers; whether one of them is not done. Restarts of sidecars also go to
// `sidecars`, for they still count when the others are done.
bool is_initializing(const Value& pod, PodSummary& all, PodSummary& sidecars) {
  const Value& containers = pod["spec"]["initContainers"];
  int64_t done = 0;
  for (const Value& status : pod["status"]["initContainerStatuses"].items()) {
    const bool sidecar = is_sidecar(containers, status["name"].text());
    all.count_restarts(status);
    if (sidecar) sidecars.count_restarts(status);
    std::string reason =
        init_reason(status, sidecar, all, ratio(done, static_cast<int64_t>(containers.size())));
    if (!reason.empty()) {
      all.reason = std::move(reason);
      return true;
    }
    ++done;
  }
  return false;
}

// Looks at the containers proper, the last first; the first one's reason is what is shown.
void look_at_containers(const Value& pod, PodSummary& all) {
  bool has_running = false;
  const auto statuses = pod["status"]["containerStatuses"].items();
  for (size_t i = statuses.size(); i-- > 0;) {
    const Value& status = statuses[i];
    all.count_restarts(status);
    const Value& state = status["state"];
    const std::string_view waiting = state["waiting"]["reason"].text();
    if (!waiting.empty()) {
      all.reason = waiting;
    } else if (state.contains("terminated")) {
      all.reason = end_text(state["terminated"]);
    } else if (status["ready"].truth() && state.contains("running")) {
      has_running = true;
      ++all.ready;
    }
  }
  if (all.reason == "Completed" && has_running) {
    all.reason = condition_is_true(pod, "Ready") ? "Running" : "NotReady";
  }
}

PodSummary summary_of(const Value& pod) {
  const Value& status = pod["status"];
  PodSummary all;
  all.total = static_cast<int64_t>(pod["spec"]["containers"].size());
  for (const Value& container : pod["spec"]["initContainers"].items()) {
    if (container["restartPolicy"].text() == "Always") ++all.total;
  }
  all.reason = status["reason"].text().empty() ? status["phase"].text() : status["reason"].text();
  if (condition_of(pod, "PodScheduled")["reason"].text() == "SchedulingGated") {
    all.reason = "SchedulingGated";
  }
  PodSummary sidecars;
  if (!is_initializing(pod, all, sidecars) || condition_is_true(pod, "Initialized")) {
    all.restarts = sidecars.restarts;
    all.last_restart = sidecars.last_restart;
    look_at_containers(pod, all);
  }
  const std::string_view phase = status["phase"].text();
  if (is_being_deleted(pod) && status["reason"].text() == "NodeLost") {
    all.reason = "Unknown";
  } else if (is_being_deleted(pod) && phase != "Succeeded" && phase != "Failed") {
    all.reason = "Terminating";
  }
  return all;
}

std::string text_or_none(const Value& text) {
  return text.text().empty() ? "<none>" : std::string(text.text());
}

std::string gates_text(const Value& pod) {
  const Value& gates = pod["spec"]["readinessGates"];
  if (gates.size() == 0) return "<none>";
  int64_t open = 0;
  for (const Value& gate : gates.items()) {
    if (condition_is_true(pod, gate["conditionType"].text())) ++open;
  }
  return ratio(open, static_cast<int64_t>(gates.size()));
}

void pod_cells(Cells& cells, const Value& pod) {
  const PodSummary summary = summary_of(pod);
  std::string restarts = with_number("", summary.restarts);
  if (summary.restarts != 0 && summary.last_restart) {
    restarts += " (" + elapsed_text(*summary.last_restart, cells.now()) + " ago)";
  }
  cells.add(name_of(pod))
      .add(ratio(summary.ready, summary.total))
      .add(summary.reason)
      .add(restarts)
      .add_age_of(pod)
      .add(text_or_none(pod["status"]["podIPs"][0]["ip"]))
      .add(text_or_none(pod["spec"]["nodeName"]))
      .add(text_or_none(pod["status"]["nominatedNodeName"]))
      .add(gates_text(pod));
}

void pod_template_cells(Cells& cells, const Value& object) {
  const Value& containers = object["template"]["spec"]["containers"];
  cells.add(name_of(object))
      .add(joined_fields(containers, "name"))
      .add(joined_fields(containers, "image"))
      .add(labels_text(object["template"]["metadata"]["labels"]));
}

constexpr Printer kPrinters[] = {
    {"", "pods", kPodColumns, pod_cells},
    {"", "podtemplates", kPodTemplateColumns, pod_template_cells},
};

}  // namespace

std::span<const Printer> pod_printers() {
  return kPrinters;
}

}  // namespace sim::k8s
