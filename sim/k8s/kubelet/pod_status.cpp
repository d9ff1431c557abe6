#include "sim/k8s/kubelet/pod_status.h"

#include "sim/k8s/api/time.h"
#include "sim/k8s/kubelet/pod_cgroups.h"

namespace sim::k8s::kubelet {
namespace {

using json::Array;
using json::Object;

Value terminated(const ContainerRun& run) {
  Object out;
  out.set("exitCode", run.exit_code).set("reason", terminated_reason(run));
  out.set_nonzero("message", run.start_error);
  out.set("startedAt", time_text(run.started_ns)).set("finishedAt", time_text(run.finished_ns));
  out.set("containerID", "containerd://" + run.id);
  return Object().set("terminated", std::move(out).build()).build();
}

Value state_of(const Value& pod, bool is_init, const ContainerFacts& facts) {
  if (facts.run && facts.run->running) {
    Value since = Object().set("startedAt", time_text(facts.run->started_ns)).build();
    return Object().set("running", std::move(since)).build();
  }
  if (facts.waiting_reason.empty() && facts.run) return terminated(*facts.run);
  std::string_view reason = facts.waiting_reason;
  if (reason.empty()) {
    const bool waits_for_init = !is_init && pod["spec"]["initContainers"].size() > 0;
    reason = waits_for_init || is_init ? "PodInitializing" : "ContainerCreating";
  }
  Object waiting;
  waiting.set("reason", reason).set_nonzero("message", facts.waiting_message);
  return Object().set("waiting", std::move(waiting).build()).build();
}

const Value& status_named(const Value& statuses, std::string_view name) {
  for (const Value& each : statuses.items()) {
    if (each["name"].text() == name) return each;
  }
  return statuses["absent"];
}

struct Counts {
  int64_t unknown = 0, running = 0, waiting = 0, stopped = 0, succeeded = 0;
};

Counts count_containers(const Value& spec, const Value& statuses) {
  Counts out;
  for (const Value& container : spec["containers"].items()) {
    const Value& status = status_named(statuses, container["name"].text());
    if (!status) {
      ++out.unknown;
    } else if (status["state"].contains("running")) {
      ++out.running;
    } else if (status["state"].contains("terminated")) {
      ++out.stopped;
      if (status["state"]["terminated"]["exitCode"].integer() == 0) ++out.succeeded;
    } else if (status["lastState"].contains("terminated")) {
      ++out.stopped;
    } else {
      ++out.waiting;
    }
  }
  return out;
}

bool is_final(std::string_view phase) {
  return phase == "Succeeded" || phase == "Failed";
}

bool has_running(const Value& statuses) {
  for (const std::string_view list : {"initContainerStatuses", "containerStatuses"}) {
    for (const Value& each : statuses[list].items()) {
      if (each["state"].contains("running")) return true;
    }
  }
  return false;
}

// `with unready status: [a b]` and such, of the names that are not as they should be.
struct NameList {
  std::string text;
  void add(std::string_view name) {
    if (!text.empty()) text += ' ';
    text += name;
  }
};

struct Verdict {
  bool is_true = false;
  std::string reason;
  std::string message;
};

std::string joined(std::string_view what, const NameList& unknown, const NameList& wrong) {
  std::string out;
  if (!unknown.text.empty()) out = "containers with unknown status: [" + unknown.text + "]";
  if (!wrong.text.empty()) {
    if (!out.empty()) out += ", ";
    out += "containers with ";
    out += what;
    out += " status: [" + wrong.text + "]";
  }
  return out;
}

Verdict containers_ready(const Value& spec, const Value& status, std::string_view phase) {
  NameList unknown;
  NameList unready;
  const auto look = [&](const Value& container, const Value& statuses) {
    const std::string_view name = container["name"].text();
    const Value& own = status_named(statuses, name);
    if (!own) return unknown.add(name);
    if (!own["ready"].truth()) unready.add(name);
  };
  for (const Value& each : spec["initContainers"].items()) {
    if (is_sidecar(each)) look(each, status["initContainerStatuses"]);
  }
  for (const Value& each : spec["containers"].items()) look(each, status["containerStatuses"]);
  if (unknown.text.empty() && phase == "Succeeded") return {false, "PodCompleted", {}};
  if (unknown.text.empty() && phase == "Failed") return {false, "PodFailed", {}};
  std::string message = joined("unready", unknown, unready);
  if (!message.empty()) return {false, "ContainersNotReady", std::move(message)};
  return {true, {}, {}};
}

Verdict pod_ready(const Value& pod, const Verdict& containers) {
  if (!containers.is_true) return containers;
  std::string message;
  for (const Value& gate : pod["spec"]["readinessGates"].items()) {
    const std::string type(gate["conditionType"].text());
    const Value& condition = condition_of(pod, type);
    const std::string state(condition["status"].text());
    if (state == "True") continue;
    if (!message.empty()) message += ", ";
    if (condition) {
      message += "the status of pod readiness gate \"" + type + "\" is not \"True\", but " + state;
    } else {
      message += "corresponding condition of pod readiness gate \"" + type + "\" does not exist.";
    }
  }
  if (!message.empty()) return {false, "ReadinessGatesNotReady", std::move(message)};
  return {true, {}, {}};
}

Verdict initialized(const Value& spec, const Value& status, std::string_view phase) {
  NameList unknown;
  NameList incomplete;
  for (const Value& each : spec["initContainers"].items()) {
    const std::string_view name = each["name"].text();
    const Value& own = status_named(status["initContainerStatuses"], name);
    const bool done = is_sidecar(each) ? own["started"].truth() : own["ready"].truth();
    if (!own) {
      unknown.add(name);
    } else if (!done) {
      incomplete.add(name);
    }
  }
  if (phase == "Succeeded" && unknown.text.empty()) return {true, "PodCompleted", {}};
  if (is_initialized(spec, status)) return {true, {}, {}};
  std::string message = joined("incomplete", unknown, incomplete);
  if (message.empty()) return {true, {}, {}};
  return {false, "ContainersNotInitialized", std::move(message)};
}

}  // namespace

bool restarts(const Value& pod, const Value& container, bool is_init, int exit_code) {
  if (is_init && is_sidecar(container)) return true;
  const std::string_view policy = pod["spec"]["restartPolicy"].text("Always");
  if (policy == "Never") return false;
  // An init container that has succeeded is done, whatever the policy.
  if (is_init || policy == "OnFailure") return exit_code != 0;
  return true;
}

std::string_view terminated_reason(const ContainerRun& run) {
  if (!run.start_error.empty()) return "StartError";
  if (run.oom_killed) return "OOMKilled";
  if (run.is_lost) return "Unknown";
  return run.exit_code == 0 ? "Completed" : "Error";
}

Value container_status(const Value& pod, const Value& container, bool is_init,
                       const PodFacts& facts) {
  const std::string_view name = container["name"].text();
  const auto found = facts.containers.find(name);
  const ContainerFacts none;
  const ContainerFacts& own = found == facts.containers.end() ? none : found->second;
  const bool running = own.run && own.run->running;
  const bool regular_init = is_init && !is_sidecar(container);
  bool ready = running && own.ready && own.started;
  bool started = running && own.started;
  if (regular_init) {
    ready = own.run && !running && own.waiting_reason.empty() && own.run->exit_code == 0;
    started = running;
  }
  Object out;
  out.set("name", name).set("state", state_of(pod, is_init, own));
  // What ended before the state that is told.
  Value last = Value::empty_object();
  if (own.run && !running && !own.waiting_reason.empty()) {
    last = terminated(*own.run);
  } else if (own.previous) {
    last = terminated(*own.previous);
  }
  out.set("lastState", std::move(last));
  out.set("ready", ready).set("restartCount", own.run ? own.run->restart_count : 0);
  out.set("image", own.run ? Value(own.run->image) : container["image"]);
  out.set("imageID", own.run ? std::string_view(own.run->image_id) : std::string_view());
  if (own.run) out.set("containerID", "containerd://" + own.run->id);
  out.set("started", started);
  return std::move(out).build();
}

bool is_initialized(const Value& spec, const Value& status) {
  for (const Value& each : status["containerStatuses"].items()) {
    if (each["state"].contains("running") || each["state"].contains("terminated") ||
        each["lastState"].contains("terminated")) {
      return true;
    }
  }
  for (const Value& each : spec["initContainers"].items()) {
    const Value& own = status_named(status["initContainerStatuses"], each["name"].text());
    const bool done = is_sidecar(each) ? own["started"].truth() : own["ready"].truth();
    if (!done) return false;
  }
  return true;
}

std::string_view pod_phase(const Value& spec, const Value& status, bool is_terminal) {
  const std::string_view policy = spec["restartPolicy"].text("Always");
  bool init_pending = false;
  bool init_failed = false;
  bool sidecar_pending = false;
  Counts counts = count_containers(spec, status["containerStatuses"]);
  const bool has_begun = counts.running > 0 || counts.stopped > 0;
  for (const Value& each : spec["initContainers"].items()) {
    const Value& own = status_named(status["initContainerStatuses"], each["name"].text());
    const Value& state = own["state"];
    const bool has_ended = state.contains("terminated") || own["lastState"].contains("terminated");
    if (is_sidecar(each)) {
      if (state.contains("running")) ++counts.running;
      sidecar_pending = sidecar_pending || (!own["started"].truth() && !has_ended);
      continue;
    }
    const Value& ended =
        state.contains("terminated") ? state["terminated"] : own["lastState"]["terminated"];
    if (state.contains("running") || !ended) {
      init_pending = true;
    } else if (ended["exitCode"].integer() != 0) {
      init_failed = true;
    }
  }
  if (init_failed && policy == "Never") return "Failed";
  if (init_pending || (sidecar_pending && !has_begun)) return "Pending";
  if (counts.waiting > 0) return "Pending";
  if (counts.running > 0 && counts.unknown == 0) return "Running";
  if (counts.running == 0 && counts.stopped > 0 && counts.unknown == 0) {
    const bool all_well = counts.stopped == counts.succeeded;
    if (is_terminal) return all_well ? "Succeeded" : "Failed";
    if (policy == "Always") return "Running";
    if (all_well) return "Succeeded";
    return policy == "Never" ? "Failed" : "Running";
  }
  return "Pending";
}

Value pod_status(const Value& pod, const PodFacts& facts, std::string_view now) {
  const Value& spec = pod["spec"];
  const Value& old = pod["status"];
  if (facts.is_rejected) {
    return old.with("phase", "Failed")
        .with("reason", facts.failed_reason)
        .with("message", facts.failed_message)
        .with("startTime", old["startTime"] ? old["startTime"] : Value(time_text(facts.start_ns)))
        .with("qosClass", quality_of_service(spec));
  }
  Array init;
  for (const Value& each : spec["initContainers"].items()) {
    init.add(container_status(pod, each, true, facts));
  }
  Array containers;
  for (const Value& each : spec["containers"].items()) {
    containers.add(container_status(pod, each, false, facts));
  }
  Object lists;
  if (init.size() > 0) lists.set("initContainerStatuses", init.build());
  lists.set("containerStatuses", containers.build());
  const Value known = std::move(lists).build();
  const std::string_view had = old["phase"].text();
  std::string_view phase = pod_phase(spec, known, facts.is_terminal);
  bool ends_by_kubelet = !facts.failed_reason.empty();
  if (ends_by_kubelet) phase = "Failed";
  if (is_final(had)) {
    phase = had;
  } else if (is_final(phase) && has_running(known)) {
    // Whoever replaces a pod that is over may count on what it held.
    phase = had.empty() ? "Pending" : had;
    ends_by_kubelet = false;
  }

  Object out(known);
  out.set("phase", phase);
  out.set("observedGeneration", old["observedGeneration"]);
  out.set("reason", ends_by_kubelet ? Value(facts.failed_reason) : old["reason"]);
  out.set("message", ends_by_kubelet ? Value(facts.failed_message) : old["message"]);
  out.set("nominatedNodeName", old["nominatedNodeName"]);
  const std::string_view quality = old["qosClass"].text();
  out.set("qosClass", quality.empty() ? quality_of_service(spec) : quality);
  if (old["startTime"]) {
    out.set("startTime", old["startTime"]);
  } else if (facts.start_ns > 0) {
    out.set("startTime", time_text(facts.start_ns));
  }
  if (!facts.host_ip.empty()) {
    const Value ip = Object().set("ip", facts.host_ip).build();
    out.set("hostIP", facts.host_ip).set("hostIPs", Array().add(ip).build());
  }
  if (!facts.pod_ip.empty()) {
    const Value ip = Object().set("ip", facts.pod_ip).build();
    out.set("podIP", facts.pod_ip).set("podIPs", Array().add(ip).build());
  }

  // Conditions that are not the kubelet's stay as they are.
  Value result = pod.with("status", std::move(out).build());
  result = result.with_in({"status", "conditions"}, old["conditions"]);
  const auto set = [&](std::string_view type, const Verdict& verdict) {
    Condition condition;
    condition.type = type;
    condition.status = verdict.is_true ? "True" : "False";
    condition.reason = verdict.reason;
    condition.message = verdict.message;
    result = with_condition(result, condition, now);
  };
  const Verdict all_ready = containers_ready(spec, known, phase);
  set("PodReadyToStartContainers", {facts.has_sandbox && !facts.pod_ip.empty(), {}, {}});
  set("Initialized", initialized(spec, known, phase));
  set("Ready", pod_ready(pod, all_ready));
  set("ContainersReady", all_ready);
  set("PodScheduled", {true, {}, {}});
  if (!facts.disruption_message.empty()) {
    set("DisruptionTarget", {true, "TerminationByKubelet", facts.disruption_message});
  }
  return result["status"];
}

std::string pod_text(const Value& pod) {
  std::string out(name_of(pod));
  out += '_';
  out += namespace_of(pod);
  out += '(';
  out += uid_of(pod);
  out += ')';
  return out;
}

std::string crash_loop_message(const Value& pod, std::string_view container,
                               std::string_view delay) {
  std::string out = "back-off ";
  out += delay;
  out += " restarting failed container=";
  out += container;
  out += " pod=" + pod_text(pod);
  return out;
}

namespace {

// The list as a patch that is merged by type: what an item has no more is null in it.
Value conditions_patch(const Value& before, const Value& after) {
  Array out;
  for (const Value& item : after.items()) {
    Object patched(item);
    for (const Value& old : before.items()) {
      if (old["type"] != item["type"]) continue;
      for (const json::Member& member : old.members()) {
        if (!item.contains(member.name())) patched.set(member.name(), nullptr);
      }
    }
    out.add(std::move(patched).build());
  }
  return out.build();
}

}  // namespace

Value status_patch(const Value& pod, const Value& before, const Value& after) {
  Object status;
  for (const json::Member& member : before.members()) {
    if (!after.contains(member.name())) status.set(member.name(), nullptr);
  }
  for (const json::Member& member : after.members()) {
    if (before[member.name()] == member.value) continue;
    if (member.name() == "conditions") {
      status.set(member.name(), conditions_patch(before[member.name()], member.value));
      continue;
    }
    const bool by_ip = member.name() == "podIPs" || member.name() == "hostIPs";
    if (!by_ip) {
      status.set(member.name(), member.value);
      continue;
    }
    // The lists are merged by address, so one that has changed would stay.
    Array replaced;
    replaced.add(Object().set("$patch", "replace").build());
    for (const Value& item : member.value.items()) replaced.add(item);
    status.set(member.name(), replaced.build());
  }
  Value meta = Object().set("uid", metadata(pod)["uid"]).build();
  return Object().set("metadata", std::move(meta)).set("status", std::move(status).build()).build();
}

}  // namespace sim::k8s::kubelet
