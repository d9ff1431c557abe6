#include "sim/k8s/apiserver/eviction.h"

#include "engine/task/print.h"

namespace sim::k8s {
namespace {

using engine::Task;

// Whether the pod counts for no budget: it does not run anyway.
bool is_free_to_go(const Value& pod) {
  const std::string_view phase = pod["status"]["phase"].text();
  return is_being_deleted(pod) || phase == "Succeeded" || phase == "Failed" || phase == "Pending";
}

Answer refused(const Value& budget) {
  const Value& status = budget["status"];
  std::string message = "The disruption budget ";
  message += name_of(budget);
  message += " needs ";
  engine::append_operand(message, status["desiredHealthy"].integer());
  message += " healthy pods and has ";
  engine::append_operand(message, status["currentHealthy"].integer());
  message += " currently";
  Answer answer =
      too_many_requests("Cannot evict pod as it would violate the pod's disruption budget.", 0);
  const Value cause =
      json::Object().set("reason", "DisruptionBudget").set("message", message).build();
  answer.body = answer.body.with_in({"details", "causes"}, json::Array().add(cause).build());
  return answer;
}

// A budget that lets one more go, or why not.
Answer taken_from(const Value& budget, std::string_view pod, std::string_view now) {
  const Value& status = budget["status"];
  const int64_t generation = metadata(budget)["generation"].integer();
  if (status["observedGeneration"].integer() < generation) {
    constexpr int kRetryAfter = 10;
    return too_many_requests("Cannot evict pod as it would violate the pod's disruption budget.",
                             kRetryAfter);
  }
  const int64_t allowed = status["disruptionsAllowed"].integer();
  if (allowed <= 0) return refused(budget);
  const std::string name(pod);
  return {200, budget.with_in({"status", "disruptionsAllowed"}, allowed - 1)
                   .with_in({"status", "disruptedPods", name}, now)};
}

}  // namespace

Task<Answer> evict(Registry& registry, const KindInfo& pods, const RequestInfo& info,
                   const Value& eviction) {
  const Answer got = co_await registry.get(pods, info.space, info.name);
  if (got.failed()) co_return got;
  const Value& pod = got.body;
  Value options = eviction["deleteOptions"];
  const KindInfo* const budgets = registry.resources().find("policy", "v1", "poddisruptionbudgets");
  if (budgets != nullptr && !is_free_to_go(pod)) {
    std::string prefix = Registry::key_of(*budgets, info.space, {});
    const Store::Listed listed = co_await registry.store().list(std::move(prefix));
    const Value* fitting = nullptr;
    for (const Value& budget : listed.items) {
      if (!LabelSelector::from(budget["spec"]["selector"]).matches(labels_of(pod))) continue;
      if (fitting != nullptr) {
        co_return internal_error(
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does "
            "not support.");
      }
      fitting = &budget;
    }
    if (fitting != nullptr) {
      RequestInfo budget_info;
      budget_info.space = info.space;
      budget_info.name = name_of(*fitting);
      budget_info.subresource = "status";
      const std::string now = Registry::now_text();
      const Registry::Change change = [&](const Value& budget) {
        return taken_from(budget, info.name, now);
      };
      Registry::Options plain;
      const Answer taken = co_await registry.modify(*budgets, budget_info, change, plain);
      if (taken.failed()) co_return taken;
    }
  }
  // Not another pod that has taken its name meanwhile.
  options = options.with_in({"preconditions", "uid"}, metadata(pod)["uid"]);
  const Answer removed = co_await registry.remove(pods, info.space, info.name, options);
  co_return removed.failed() ? removed : success(201);
}

}  // namespace sim::k8s
