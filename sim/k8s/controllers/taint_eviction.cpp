#include "sim/k8s/controllers/taint_eviction.h"

#include <utility>

#include "engine/sync/timer.h"
#include "sim/k8s/controllers/edit.h"
#include "sim/k8s/controllers/pod_state.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr int kWorkers = 8;  // Source: UpdateWorkerSize
constexpr std::string_view kByNode = "pods of node";

class TaintEviction : public engine::Counted<TaintEviction> {
 public:
  TaintEviction(ControllerContext controllers, Context context)
      : client_(controllers.client),
        events_(controllers.events),
        context_(std::move(context)),
        nodes_(controllers.informers.of(kNodes)),
        pods_(controllers.informers.of(kPods)) {
    InformerHandlers on_nodes;
    on_nodes.added = [queue = node_queue_](const Value& node) {
      if (!executing_taints(node).empty()) queue.add(name_of(node));
    };
    on_nodes.updated = [queue = node_queue_](const Value& before, const Value& node) {
      if (executing_taints(before) != executing_taints(node)) queue.add(name_of(node));
    };
    on_nodes.deleted = [queue = node_queue_](const Value& node) { queue.add(name_of(node)); };
    nodes_.add_handlers(std::move(on_nodes));
    pods_.add_index(kByNode, [](const Value& pod) { return std::string(node_name_of(pod)); });
    InformerHandlers on_pods;
    on_pods.added = [queue = pod_queue_](const Value& pod) {
      if (!node_name_of(pod).empty()) queue.add(key_of(pod));
    };
    on_pods.updated = [queue = pod_queue_](const Value& before, const Value& pod) {
      if (before["spec"]["tolerations"] == pod["spec"]["tolerations"] &&
          node_name_of(before) == node_name_of(pod)) {
        return;
      }
      queue.add(key_of(pod));
    };
    on_pods.deleted = [queue = pod_queue_](const Value& pod) { queue.add(key_of(pod)); };
    pods_.add_handlers(std::move(on_pods));
  }

  Task<> wait_for_sync() {
    co_await nodes_.wait_for_sync();
    co_await pods_.wait_for_sync();
  }
  [[nodiscard]] const WorkQueue& node_queue() const { return node_queue_; }
  [[nodiscard]] const WorkQueue& pod_queue() const { return pod_queue_; }
  [[nodiscard]] const WorkQueue& due_queue() const { return due_queue_; }

  Task<Error> sync_node(std::string name) {
    for (const Value& pod : pods_.by_index(kByNode, name)) consider(pod);
    co_return nullptr;
  }

  Task<Error> sync_pod(std::string key) {
    const Value pod = pods_.get(key);
    if (pod) {
      consider(pod);
    } else if (plan_.cancel(key)) {
      tell_cancelled(key);
    }
    co_return nullptr;
  }

  // The time of a pod may have come.
  Task<Error> sync_due(std::string key) {
    const engine::Ref<TaintEviction> self(this);
    const bool is_retry = due_queue_.requeues(key) > 0;
    if (!is_retry && !plan_.take_due(key, engine::now())) {
      // It was put off after the queue had been told.
      const std::optional<engine::Instant> at = plan_.planned_for(key);
      if (at) due_queue_.add_after(key, *at - engine::now());
      co_return nullptr;
    }
    const ObjectKey pod_key = split_key(key);
    if (!is_retry) {
      const std::string message = "Marking for deletion Pod " + key;
      events_.record(reference_to(key), {"Normal", "TaintManagerEviction", message});
    }
    EditTarget target(kPods, pod_key, "status");
    const Edit edit = [](const Value& live) {
      const Condition condition{"DisruptionTarget", "True", "DeletionByTaintManager",
                                "Taint manager: deleting due to NoExecute taint"};
      return with_condition(live, condition, now_text());
    };
    const ObjectResult marked = co_await edit_object(client_, context_, target, edit);
    Error error = marked.error;
    if (!error) {
      DeleteWish wish;
      wish.uid = uid_of(marked.object);
      error = co_await client_.remove(context_, kPods, pod_key, wish.options());
    }
    co_return is_not_found(error) ? Error() : error;
  }

 private:
  void consider(const Value& pod) {
    const std::string key = key_of(pod);
    const Value node = nodes_.get(node_name_of(pod));
    const std::vector<Value> taints = executing_taints(node);
    const EvictionPlan::Outcome outcome =
        plan_.consider(key, pod["spec"]["tolerations"], taints, engine::now());
    if (outcome.cancelled) tell_cancelled(key);
    if (outcome.evict_now) {
      due_queue_.add(key);
    } else if (outcome.evict_at) {
      due_queue_.add_after(key, *outcome.evict_at - engine::now());
    }
  }

  void tell_cancelled(const std::string& key) {
    const std::string message = "Cancelling deletion of Pod " + key;
    events_.record(reference_to(key), {"Normal", "TaintManagerEviction", message});
  }

  // What an event refers to: the pod, or as much as is known of one that is gone.
  [[nodiscard]] Value reference_to(const std::string& key) const {
    const Value pod = pods_.get(key);
    if (pod) return pod.with("kind", "Pod").with("apiVersion", "v1");
    const ObjectKey parts = split_key(key);
    return new_object(kPods.object_kind(), parts.space, parts.name);
  }

  RestClient client_;
  EventRecorder events_;
  Context context_;
  Informer nodes_;
  Informer pods_;
  WorkQueue node_queue_{"taint_eviction_nodes"};
  WorkQueue pod_queue_{"taint_eviction_pods"};
  WorkQueue due_queue_{"taint_eviction_due"};
  EvictionPlan plan_;
};

}  // namespace

EvictionPlan::Outcome EvictionPlan::consider(const std::string& pod, const Value& tolerations,
                                             const std::vector<Value>& taints,
                                             engine::Instant now) {
  Outcome outcome;
  const Toleration tolerated = tolerated_for(tolerations, taints);
  if (taints.empty() || tolerated.kind == Toleration::Kind::kForever) {
    outcome.cancelled = cancel(pod);
    return outcome;
  }
  if (tolerated.kind == Toleration::Kind::kNone) {
    const std::optional<engine::Instant> before = planned_for(pod);
    outcome.cancelled = before && *before > now;
    outcome.evict_now = true;
    planned_[pod] = {now, now};
    return outcome;
  }
  Planned planned{now, now + tolerated.length};
  const auto found = planned_.find(pod);
  if (found != planned_.end()) {
    // The time that it has been here counts.
    planned.since = found->second.since;
    if (planned.since + tolerated.length < planned.at) return outcome;
    outcome.cancelled = true;
  }
  planned_[pod] = planned;
  outcome.evict_at = planned.at;
  return outcome;
}

bool EvictionPlan::cancel(const std::string& pod) {
  return planned_.erase(pod) > 0;
}

std::optional<engine::Instant> EvictionPlan::planned_for(const std::string& pod) const {
  const auto found = planned_.find(pod);
  return found == planned_.end() ? std::nullopt : std::optional(found->second.at);
}

bool EvictionPlan::take_due(const std::string& pod, engine::Instant now) {
  const auto found = planned_.find(pod);
  if (found == planned_.end() || found->second.at > now) return false;
  planned_.erase(found);
  return true;
}

Task<> run_taint_eviction(ControllerContext controllers, Context context) {
  const engine::Ref<TaintEviction> eviction(new TaintEviction(std::move(controllers), context));
  co_await eviction->wait_for_sync();
  run_workers(eviction->node_queue(), kWorkers,
              [eviction](std::string name) { return eviction->sync_node(std::move(name)); });
  run_workers(eviction->pod_queue(), kWorkers,
              [eviction](std::string key) { return eviction->sync_pod(std::move(key)); });
  run_workers(eviction->due_queue(), kWorkers,
              [eviction](std::string key) { return eviction->sync_due(std::move(key)); });
  stop_with(eviction->node_queue(), context);
  stop_with(eviction->pod_queue(), context);
  stop_with(eviction->due_queue(), context);
}

}  // namespace sim::k8s
