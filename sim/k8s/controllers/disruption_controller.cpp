// Follows budgets and their pods, and writes what disruption.h says.

#include <map>
#include <set>
#include <utility>

#include "sim/json/parse.h"
#include "sim/k8s/api/selector.h"
#include "sim/k8s/controllers/disruption.h"
#include "sim/k8s/controllers/edit.h"
#include "sim/k8s/controllers/kind_place.h"
#include "sim/node/clock.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr int kWorkers = 1;

/// What the owners of some pods want to have.
struct Scale {
  int64_t replicas = 0;
  int64_t unmanaged = 0;  // pods without a controller
  Error error;
};

class DisruptionController : public engine::Counted<DisruptionController> {
 public:
  DisruptionController(ControllerContext controllers, Context context)
      : client_(controllers.client),
        events_(controllers.events),
        context_(std::move(context)),
        pods_(controllers.informers.of(kPods)),
        budgets_(controllers.informers.of(kPodDisruptionBudgets)),
        replica_sets_(controllers.informers.of(kReplicaSets)),
        deployments_(controllers.informers.of(kDeployments)),
        stateful_sets_(controllers.informers.of(kStatefulSets)),
        definitions_(controllers.informers.of(kCustomResourceDefinitions)) {
    InformerHandlers on_budgets;
    on_budgets.added = [queue = queue_](const Value& budget) { queue.add(key_of(budget)); };
    on_budgets.updated = [queue = queue_](const Value&, const Value& budget) {
      queue.add(key_of(budget));
    };
    budgets_.add_handlers(std::move(on_budgets));
    const auto add_budgets = [queue = queue_, budgets = budgets_](const Value& pod) {
      for (const Value& budget : budgets.in_namespace(namespace_of(pod))) {
        const LabelSelector selector = LabelSelector::from(budget["spec"]["selector"]);
        if (selector.matches(labels_of(pod))) queue.add(key_of(budget));
      }
    };
    InformerHandlers on_pods;
    on_pods.added = add_budgets;
    on_pods.updated = [add_budgets](const Value& before, const Value& pod) {
      add_budgets(pod);
      if (labels_of(before) != labels_of(pod)) add_budgets(before);
    };
    on_pods.deleted = add_budgets;
    pods_.add_handlers(std::move(on_pods));
  }

  Task<> wait_for_sync() {
    co_await budgets_.wait_for_sync();
    co_await pods_.wait_for_sync();
    co_await replica_sets_.wait_for_sync();
    co_await deployments_.wait_for_sync();
    co_await stateful_sets_.wait_for_sync();
    co_await definitions_.wait_for_sync();
  }
  [[nodiscard]] const WorkQueue& queue() const { return queue_; }

  Task<Error> sync(std::string key) {
    const engine::Ref<DisruptionController> self(this);
    const Value budget = budgets_.get(key);
    if (!budget) co_return nullptr;
    const std::vector<Value> pods = pods_of(budget);
    if (pods.empty()) events_.record(budget, {"Normal", "NoPods", "No matching pods found"});
    Scale scale;
    if (needs_scale(budget)) scale = co_await scale_of(pods);
    if (scale.error) {
      const std::string message =
          "Failed to calculate the number of expected pods: " + scale.error.message();
      events_.record(budget, {"Warning", "CalculateExpectedPodCountFailed", message});
      const Value failed = with_failed_status(budget, scale.error.message(), now_text());
      static_cast<void>(co_await write(budget, failed));
      co_return scale.error;
    }
    if (scale.unmanaged > 0) tell_unmanaged(budget);
    const int64_t now_ns = node::unix_nano();
    const DisruptedPods disrupted = disrupted_pods(budget, pods, now_ns);
    for (const Value& pod : disrupted.overdue) {
      const std::string message = "Pod was expected by PDB " + key + " to be deleted but it wasn't";
      events_.record(pod, {"Warning", "NotDeleted", message});
    }
    const BudgetDemand demand =
        budget_demand(budget, static_cast<int64_t>(pods.size()), scale.replicas);
    const int64_t healthy = healthy_pods(pods, disrupted);
    const Value counted = with_budget_status(budget, demand, healthy, disrupted, now_text());
    if (disrupted.recheck_ns) {
      const engine::Duration left{*disrupted.recheck_ns - now_ns};
      queue_.add_after(key, left + engine::kMillisecond);
    }
    co_return co_await write(budget, counted);
  }

 private:
  [[nodiscard]] std::vector<Value> pods_of(const Value& budget) const {
    const LabelSelector selector = LabelSelector::from(budget["spec"]["selector"]);
    std::vector<Value> pods = pods_.in_namespace(namespace_of(budget));
    std::erase_if(pods, [&](const Value& pod) { return !selector.matches(labels_of(pod)); });
    return pods;
  }

  void tell_unmanaged(const Value& budget) {
    const std::string selector = LabelSelector::from(budget["spec"]["selector"]).text();
    const std::string message =
        "Pods selected by this PodDisruptionBudget (selector: " + selector +
        ") were found to be unmanaged. As a result, the status of the PDB cannot be calculated "
        "correctly, which may result in undefined behavior. To account for these pods please set "
        "\".spec.minAvailable\" field of the PDB to an integer value.";
    events_.record(budget, {"Warning", "UnmanagedPods", message});
  }

  Task<Scale> scale_of(std::vector<Value> pods) {
    const engine::Ref<DisruptionController> self(this);
    Scale sum;
    std::set<std::string> counted;  // uids of controllers
    for (const Value& pod : pods) {
      const Value controller = controller_of(pod);
      if (!controller) {
        ++sum.unmanaged;
        continue;
      }
      if (!counted.emplace(controller["uid"].text()).second) continue;
      const Scale one = co_await scale_of_controller(controller, std::string(namespace_of(pod)));
      if (one.error) co_return one;
      sum.replicas += one.replicas;
    }
    co_return sum;
  }

  // What an owner reference leads to wants to have.
  Task<Scale> scale_of_controller(Value reference, std::string space) {
    const engine::Ref<DisruptionController> self(this);
    Scale scale;
    const std::string_view kind = reference["kind"].text();
    const bool is_apps = reference["apiVersion"].text() == "apps/v1";
    const std::string key = space + "/" + std::string(reference["name"].text());
    Value owner;
    if (is_apps && kind == "ReplicaSet") owner = replica_sets_.get(key);
    if (is_apps && kind == "StatefulSet") owner = stateful_sets_.get(key);
    if (is_apps && (kind == "ReplicaSet" || kind == "StatefulSet")) {
      if (uid_of(owner) != reference["uid"].text()) {
        scale.error = engine::errorf("found no controllers for pod of ", key);
        co_return scale;
      }
      // A deployment's replica sets are on their way up and down; it says what is wanted.
      const Value above = controller_of(owner);
      if (above["kind"].text() == "Deployment") {
        const Value deployment = deployments_.get(space + "/" + std::string(above["name"].text()));
        if (uid_of(deployment) == above["uid"].text()) owner = deployment;
      }
      scale.replicas = owner["spec"]["replicas"].integer(1);
      co_return scale;
    }
    co_return co_await scale_by_subresource(reference, space);
  }

  Task<Scale> scale_by_subresource(Value reference, std::string space) {
    const engine::Ref<DisruptionController> self(this);
    Scale scale;
    std::vector<Value> definitions;
    for (const auto& [key, definition] : definitions_.objects()) definitions.push_back(definition);
    const ObjectKind kind{reference["apiVersion"].text(), reference["kind"].text()};
    const std::optional<KindPlace> place = find_place(kind, definitions);
    if (!place) {
      scale.error = engine::errorf("no matches for kind \"", kind.kind, "\"");
      co_return scale;
    }
    if (!place->has_scale) {
      scale.error =
          engine::errorf(place->resource().text(), " does not implement the scale subresource");
      co_return scale;
    }
    RestClient::RawRequest request(
        "GET", RestClient::path_of(place->resource(), space, reference["name"].text(), "scale"));
    const RestClient::Raw answer = co_await client_.raw(context_, request);
    scale.error = answer.error;
    scale.replicas = json::parse(answer.text).value["spec"]["replicas"].integer();
    co_return scale;
  }

  Task<Error> write(Value before, Value after) {
    const engine::Ref<DisruptionController> self(this);
    if (before == after) co_return nullptr;
    const ObjectResult written =
        co_await client_.update(context_, kPodDisruptionBudgets, after, "status");
    co_return is_not_found(written.error) ? Error() : written.error;
  }

  RestClient client_;
  EventRecorder events_;
  Context context_;
  Informer pods_;
  Informer budgets_;
  Informer replica_sets_;
  Informer deployments_;
  Informer stateful_sets_;
  Informer definitions_;
  WorkQueue queue_{"disruption"};
};

}  // namespace

Task<> run_disruption(ControllerContext controllers, Context context) {
  const engine::Ref<DisruptionController> controller(
      new DisruptionController(std::move(controllers), context));
  co_await controller->wait_for_sync();
  run_workers(controller->queue(), kWorkers,
              [controller](std::string key) { return controller->sync(std::move(key)); });
  stop_with(controller->queue(), context);
}

}  // namespace sim::k8s
