// sim/k8s/kubectl/rollout_command.cpp: kubectl rollout restart, pause, resume.

#include <utility>

#include "sim/k8s/api/time.h"
#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/resolve.h"
#include "sim/node/clock.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;
using engine::Task;

struct Change {
  Value patch;
  std::string error;  // what is wrong with the object, behind its name
};

enum class Action : uint8_t { kRestart, kPause, kResume };

bool has_template(std::string_view kind) {
  return kind == "Deployment" || kind == "DaemonSet" || kind == "StatefulSet";
}

Change change_of(Action action, const Item& item) {
  Change out;
  const bool is_paused = item.object["spec"]["paused"].truth();
  if (action == Action::kRestart) {
    if (!has_template(item.kind->kind)) {
      out.error = "restarting is not supported";
    } else if (is_paused) {
      out.error = "can't restart paused deployment (run rollout resume first)";
    } else {
      out.patch = Value::empty_object().with_in(
          {"spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"},
          time_text(node::unix_nano()));
    }
    return out;
  }
  const bool pauses = action == Action::kPause;
  if (item.kind->kind != "Deployment") {
    out.error = pauses ? "pausing is not supported" : "resuming is not supported";
  } else if (pauses == is_paused) {
    out.error = pauses ? "is already paused" : "is not paused";
  } else {
    out.patch =
        Value::empty_object().with_in({"spec", "paused"}, pauses ? Value(true) : Value(nullptr));
  }
  return out;
}

Outcome change_all(Call call, Action action) {
  if (call->args.empty() && !call->flags.given("filename")) {
    co_return errorf("required resource not specified");
  }
  if (const Error error = check_options(call)) co_return error;
  PlanOptions how;
  how.kind_means_all = true;
  how.takes_files = true;
  Fetched fetched = co_await find(call, how, call->args);
  std::vector<Error> errors = fetched.errors;
  const std::string_view operation = action == Action::kRestart ? "restarted"
                                     : action == Action::kPause ? "paused"
                                                                : "resumed";
  for (const Item& item : fetched.items) {
    const Change change = change_of(action, item);
    if (!change.error.empty()) {
      errors.push_back(errorf(resource_text(*item.kind), " \"", item.name, "\" ", change.error));
      continue;
    }
    Query query("PATCH", path_of(*item.kind, item.space, item.name));
    query.content_type = "application/strategic-merge-patch+json";
    query.with("fieldManager", "kubectl-rollout");
    query.body = change.patch.to_json();
    const ObjectResult made = co_await ask(call, std::move(query));
    if (made.error) {
      errors.push_back(errorf("failed to patch: ", made.error.message()));
      continue;
    }
    if (const Error error = print_result(call, made.object, operation)) errors.push_back(error);
  }
  if (fetched.items.empty() && errors.empty()) {
    call->warn("No resources found in ", call->space(), " namespace.\n");
  }
  co_return failures(std::move(errors));
}

}  // namespace

Outcome run_rollout_restart(Call call) {
  return change_all(std::move(call), Action::kRestart);
}
Outcome run_rollout_pause(Call call) {
  return change_all(std::move(call), Action::kPause);
}
Outcome run_rollout_resume(Call call) {
  return change_all(std::move(call), Action::kResume);
}

}  // namespace sim::k8s::kubectl
