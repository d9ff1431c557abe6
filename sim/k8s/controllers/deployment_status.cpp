// What a Deployment reports of its rollout.

#include <algorithm>
#include <utility>

#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/deployment.h"
#include "sim/k8s/controllers/pods.h"

namespace sim::k8s::deployment {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr std::string_view kAvailable = "Available";
constexpr std::string_view kProgressing = "Progressing";
constexpr std::string_view kReplicaFailure = "ReplicaFailure";
constexpr std::string_view kDone = "NewReplicaSetAvailable";
constexpr std::string_view kTimedOut = "ProgressDeadlineExceeded";
constexpr std::string_view kPaused = "DeploymentPaused";

constexpr Value kNothing;

const Value& condition_in(const Value& status, std::string_view type) {
  for (const Value& condition : status["conditions"].items()) {
    if (condition["type"].text() == type) return condition;
  }
  return kNothing;
}

// Whether more pods are new, ready or available than before, or fewer are old.
bool is_progressing(const Value& before, const Value& after) {
  const auto grows = [&](std::string_view field) {
    return after[field].integer() > before[field].integer();
  };
  const auto old_pods = [](const Value& status) {
    return status["replicas"].integer() - status["updatedReplicas"].integer();
  };
  return grows("updatedReplicas") || old_pods(after) < old_pods(before) || grows("readyReplicas") ||
         grows("availableReplicas");
}

int64_t deadline_of(const Value& deployment) {
  return deployment["spec"]["progressDeadlineSeconds"].integer() * kSecondNs;
}

bool has_timed_out(const Value& deployment, const Value& status, int64_t now_ns) {
  const Value& condition = condition_in(status, kProgressing);
  const std::string_view reason = condition["reason"].text();
  if (!condition || reason == kDone) return false;
  if (reason == kTimedOut) return true;
  return time_of(condition["lastUpdateTime"]) + deadline_of(deployment) < now_ns;
}

// `ReplicaSet "web-5d9f" has timed out progressing.`
std::string message_of(const Value& deployment, const Value& new_set, std::string_view what) {
  std::string text(new_set ? "ReplicaSet" : "Deployment");
  text += " \"";
  text += name_of(new_set ? new_set : deployment);
  text += "\" ";
  text += what;
  return text;
}

Value with_progress(const Value& deployment, const Value& status, const Value& new_set,
                    int64_t now_ns) {
  const Value& current = condition_of(deployment, kProgressing);
  const bool was_done = status["replicas"].integer() == status["updatedReplicas"].integer() &&
                        current["reason"].text() == kDone;
  if (was_done) return status;
  const std::string now = time_text(now_ns);
  if (is_complete(deployment, status)) {
    const std::string message = message_of(deployment, new_set, "has successfully progressed.");
    return with_deployment_condition(status, {kProgressing, "True", kDone, message}, now);
  }
  if (is_progressing(deployment["status"], status)) {
    // Says anew when it was updated, which is when the deadline begins; its status goes on.
    const std::string message = message_of(deployment, new_set, "is progressing.");
    const ConditionText text{kProgressing, "True", "ReplicaSetUpdated", message};
    const Value fresh =
        with_deployment_condition(without_deployment_condition(status, kProgressing), text, now);
    if (current["status"].text() != "True") return fresh;
    json::Array conditions;
    for (const Value& condition : fresh["conditions"].items()) {
      const bool is_it = condition["type"].text() == kProgressing;
      conditions.add(is_it ? condition.with("lastTransitionTime", current["lastTransitionTime"])
                           : condition);
    }
    return fresh.with("conditions", conditions.build());
  }
  if (has_timed_out(deployment, status, now_ns)) {
    const std::string message = message_of(deployment, new_set, "has timed out progressing.");
    return with_deployment_condition(status, {kProgressing, "False", kTimedOut, message}, now);
  }
  return status;
}

// The first failure that a set reports, the newest set first.
Value with_failure(const Value& status, Sets all, const Value& new_set, std::string_view now) {
  const Value* failure = &condition_of(new_set, kReplicaFailure);
  for (const Value& set : all) {
    if (*failure) break;
    failure = &condition_of(set, kReplicaFailure);
  }
  if (!*failure) return without_deployment_condition(status, kReplicaFailure);
  return with_deployment_condition(status,
                                   {kReplicaFailure, (*failure)["status"].text(),
                                    (*failure)["reason"].text(), (*failure)["message"].text()},
                                   now);
}

}  // namespace

bool has_progress_deadline(const Value& deployment) {
  const Value& deadline = deployment["spec"]["progressDeadlineSeconds"];
  return deadline.is_integer() && deadline.integer() != INT32_MAX;
}

bool is_complete(const Value& deployment, const Value& status) {
  const int64_t wanted = replicas_of(deployment);
  return status["updatedReplicas"].integer() == wanted && status["replicas"].integer() == wanted &&
         status["availableReplicas"].integer() == wanted &&
         status["observedGeneration"].integer() >= metadata(deployment)["generation"].integer();
}

Value with_deployment_condition(const Value& status, const ConditionText& condition,
                                std::string_view now) {
  const Value& before = condition_in(status, condition.type);
  const bool same_status = before["status"].text() == condition.status;
  if (before && same_status && before["reason"].text() == condition.reason) return status;
  const Value since = before && same_status ? before["lastTransitionTime"] : Value(now);
  const Value made = json::Object()
                         .set("type", condition.type)
                         .set("status", condition.status)
                         .set("lastUpdateTime", now)
                         .set("lastTransitionTime", since)
                         .set_nonzero("reason", condition.reason)
                         .set_nonzero("message", condition.message)
                         .build();
  const Value others = without_deployment_condition(status, condition.type)["conditions"];
  return status.with("conditions", others.appended(made));
}

Value without_deployment_condition(const Value& status, std::string_view type) {
  if (!condition_in(status, type)) return status;
  json::Array others;
  for (const Value& condition : status["conditions"].items()) {
    if (condition["type"].text() != type) others.add(condition);
  }
  return status.with("conditions", others.size() == 0 ? Value() : others.build());
}

Value status_of(const Value& deployment, Sets all, const Value& new_set, std::string_view now) {
  const int64_t available = status_count(all, "availableReplicas");
  const int64_t unavailable = std::max<int64_t>(0, replica_count(all) - available);
  const Value& before = deployment["status"];
  const Value counts = json::Object()
                           .set_nonzero("observedGeneration", metadata(deployment)["generation"])
                           .set_nonzero("replicas", status_count(all, "replicas"))
                           .set_nonzero("updatedReplicas", new_set["status"]["replicas"].integer())
                           .set_nonzero("readyReplicas", status_count(all, "readyReplicas"))
                           .set_nonzero("availableReplicas", available)
                           .set_nonzero("unavailableReplicas", unavailable)
                           .set("collisionCount", before["collisionCount"])
                           .set("conditions", before["conditions"])
                           .build();
  if (available >= replicas_of(deployment) - max_unavailable(deployment)) {
    return with_deployment_condition(
        counts,
        {kAvailable, "True", "MinimumReplicasAvailable", "Deployment has minimum availability."},
        now);
  }
  return with_deployment_condition(counts,
                                   {kAvailable, "False", "MinimumReplicasUnavailable",
                                    "Deployment does not have minimum availability."},
                                   now);
}

Value rollout_status_of(const Value& deployment, Sets all, const Value& new_set, int64_t now_ns) {
  const std::string now = time_text(now_ns);
  Value status = status_of(deployment, all, new_set, now);
  if (has_progress_deadline(deployment)) {
    status = with_progress(deployment, status, new_set, now_ns);
  } else {
    status = without_deployment_condition(status, kProgressing);
  }
  return with_failure(status, all, new_set, now);
}

Value pause_status(const Value& deployment, std::string_view now) {
  const Value& status = deployment["status"];
  if (!deployment["spec"]["progressDeadlineSeconds"]) return status;
  const std::string_view reason = condition_of(deployment, kProgressing)["reason"].text();
  if (reason == kTimedOut) return status;
  const bool paused = deployment["spec"]["paused"].truth();
  const bool was_paused = reason == kPaused;
  if (paused == was_paused) return status;
  if (paused) {
    return with_deployment_condition(
        status, {kProgressing, "Unknown", kPaused, "Deployment is paused"}, now);
  }
  return with_deployment_condition(
      status, {kProgressing, "Unknown", "DeploymentResumed", "Deployment is resumed"}, now);
}

std::optional<int64_t> recheck_after(const Value& deployment, const Value& status, int64_t now_ns) {
  const Value& current = condition_of(deployment, kProgressing);
  if (!has_progress_deadline(deployment) || !current) return std::nullopt;
  if (is_complete(deployment, status) || current["reason"].text() == kTimedOut) return std::nullopt;
  const int64_t due = time_of(current["lastUpdateTime"]) + deadline_of(deployment);
  const int64_t left = due - now_ns;
  // One second more, for times are whole seconds.
  return left < kSecondNs ? 0 : left + kSecondNs;
}

}  // namespace sim::k8s::deployment
