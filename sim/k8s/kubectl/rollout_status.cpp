// sim/k8s/kubectl/rollout_status.cpp: kubectl rollout status.
//
// Source: kubectl's package polymorphichelpers (StatusViewer) and its texts.

#include <utility>

#include "sim/k8s/kubectl/commands.h"
#include "sim/k8s/kubectl/waiting.h"

namespace sim::k8s::kubectl {
namespace {

using engine::Error;
using engine::errorf;

struct Status {
  std::string text;
  bool is_done = false;
  Error error;
};

template <class... T>
Status status(bool is_done, const T&... parts) {
  Status out;
  out.is_done = is_done;
  (engine::append_operand(out.text, parts), ...);
  out.text += '\n';
  return out;
}

bool is_observed(const Value& object) {
  return metadata(object)["generation"].integer() <=
         object["status"]["observedGeneration"].integer();
}

Status deployment_status(const Value& object, int64_t revision) {
  const std::string name(name_of(object));
  if (revision > 0) {
    const std::string_view now = annotation_of(object, "deployment.kubernetes.io/revision");
    int64_t number = 0;
    if (!parse_number(now, number) || number != revision) {
      Status out;
      out.error = errorf("desired revision (", revision,
                         ") is different from the running revision (", number, ")");
      return out;
    }
  }
  if (!is_observed(object)) {
    return status(false, "Waiting for deployment spec update to be observed...");
  }
  if (condition_of(object, "Progressing")["reason"].text() == "ProgressDeadlineExceeded") {
    Status out;
    out.error = errorf("deployment \"", name, "\" exceeded its progress deadline");
    return out;
  }
  const Value& now = object["status"];
  const int64_t updated = now["updatedReplicas"].integer();
  const int64_t total = now["replicas"].integer();
  const int64_t available = now["availableReplicas"].integer();
  const Value& wanted = object["spec"]["replicas"];
  const std::string begin = "Waiting for deployment \"" + name + "\" rollout to finish: ";
  if (wanted && updated < wanted.integer()) {
    return status(false, begin, updated, " out of ", wanted.integer(),
                  " new replicas have been updated...");
  }
  if (total > updated) {
    return status(false, begin, total - updated, " old replicas are pending termination...");
  }
  if (available < updated) {
    return status(false, begin, available, " of ", updated, " updated replicas are available...");
  }
  return status(true, "deployment \"", name, "\" successfully rolled out");
}

Status daemon_set_status(const Value& object) {
  const std::string name(name_of(object));
  Status wrong;
  if (object["spec"]["updateStrategy"]["type"].text() != "RollingUpdate") {
    wrong.is_done = true;
    wrong.error = errorf("rollout status is only available for RollingUpdate strategy type");
    return wrong;
  }
  if (!is_observed(object)) {
    return status(false, "Waiting for daemon set spec update to be observed...");
  }
  const Value& now = object["status"];
  const int64_t updated = now["updatedNumberScheduled"].integer();
  const int64_t desired = now["desiredNumberScheduled"].integer();
  const int64_t available = now["numberAvailable"].integer();
  const std::string begin = "Waiting for daemon set \"" + name + "\" rollout to finish: ";
  if (updated < desired) {
    return status(false, begin, updated, " out of ", desired, " new pods have been updated...");
  }
  if (available < desired) {
    return status(false, begin, available, " of ", desired, " updated pods are available...");
  }
  return status(true, "daemon set \"", name, "\" successfully rolled out");
}

Status stateful_set_status(const Value& object) {
  const Value& now = object["status"];
  const Value& spec = object["spec"];
  Status wrong;
  if (spec["updateStrategy"]["type"].text() != "RollingUpdate") {
    wrong.is_done = true;
    wrong.error = errorf("rollout status is only available for RollingUpdate strategy type");
    return wrong;
  }
  const int64_t observed = now["observedGeneration"].integer();
  if (observed == 0 || metadata(object)["generation"].integer() > observed) {
    return status(false, "Waiting for statefulset spec update to be observed...");
  }
  const int64_t wanted = spec["replicas"].integer();
  const int64_t ready = now["readyReplicas"].integer();
  const int64_t updated = now["updatedReplicas"].integer();
  if (spec.contains("replicas") && ready < wanted) {
    return status(false, "Waiting for ", wanted - ready, " pods to be ready...");
  }
  const Value& rolling = spec["updateStrategy"]["rollingUpdate"];
  if (rolling && spec.contains("replicas") && rolling.contains("partition")) {
    const int64_t part = wanted - rolling["partition"].integer();
    if (updated < part) {
      return status(false, "Waiting for partitioned roll out to finish: ", updated, " out of ",
                    part, " new pods have been updated...");
    }
    return status(true, "partitioned roll out complete: ", updated,
                  " new pods have been updated...");
  }
  if (now["updateRevision"] != now["currentRevision"]) {
    return status(false, "waiting for statefulset rolling update to complete ", updated,
                  " pods at revision ", now["updateRevision"].text(), "...");
  }
  return status(true, "statefulset rolling update complete ", now["currentReplicas"].integer(),
                " pods at revision ", now["currentRevision"].text(), "...");
}

Status status_of(const Value& object, std::string_view kind, int64_t revision) {
  if (kind == "Deployment") return deployment_status(object, revision);
  return kind == "DaemonSet" ? daemon_set_status(object) : stateful_set_status(object);
}

}  // namespace

Outcome run_rollout_status(Call call) {
  const Flags& flags = call->flags;
  if (call->args.empty() && !flags.given("filename")) {
    co_return errorf("required resource not specified");
  }
  const int64_t revision = flags.number("revision");
  if (revision < 0) {
    co_return errorf("revision must be a positive integer: ", revision);
  }
  PlanOptions how;
  how.kind_means_all = true;
  how.takes_files = true;
  Fetched fetched = co_await find(call, how, call->args);
  if (!fetched.errors.empty()) co_return failures(std::move(fetched.errors));
  if (fetched.items.empty()) {
    call->warn("No resources found in ", call->space(), " namespace.\n");
    co_return nullptr;
  }
  const bool watches = flags.truth("watch");
  const engine::Duration length = flags.length("timeout");
  for (const Item& item : fetched.items) {
    const std::string_view kind = item.kind->kind;
    if (kind != "Deployment" && kind != "DaemonSet" && kind != "StatefulSet") {
      co_return errorf("no status viewer has been implemented for ", kind);
    }
    LookAt look = [call, kind, revision, watches](const Value& object) {
      Look out;
      if (!object) {
        out.error = errorf("object has been deleted");
        return out;
      }
      const Status now = status_of(object, kind, revision);
      out.error = now.error;
      if (!now.error) call->print(now.text);
      out.is_done = now.is_done || !watches;
      return out;
    };
    engine::Context context = call->context;
    engine::Cancelable limited;
    if (length.ns > 0) {
      limited = engine::with_timeout(context, length);
      context = limited.context;
    }
    const Error error = co_await wait_until(call, item, std::move(look), context);
    if (length.ns > 0) limited.cancel();
    if (error) co_return error;
  }
  co_return nullptr;
}

}  // namespace sim::k8s::kubectl
