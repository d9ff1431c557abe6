#include "sim/k8s/controllers/horizontal_pod_autoscaler.h"

#include <map>
#include <utility>

#include "engine/sync/timer.h"
#include "sim/json/parse.h"
#include "sim/k8s/api/selector.h"
#include "sim/k8s/controllers/edit.h"
#include "sim/k8s/controllers/kind_place.h"
#include "sim/node/clock.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr int kWorkers = 5;

class Autoscalers : public engine::Counted<Autoscalers> {
 public:
  Autoscalers(ControllerContext controllers, Context context)
      : client_(controllers.client),
        events_(controllers.events),
        context_(std::move(context)),
        autoscalers_(controllers.informers.of(kHorizontalPodAutoscalers)),
        pods_(controllers.informers.of(kPods)),
        definitions_(controllers.informers.of(kCustomResourceDefinitions)) {
    const auto add = [queue = queue_](const Value& autoscaler) {
      queue.add_after(key_of(autoscaler), kAutoscalerPeriod);
    };
    InformerHandlers handlers;
    handlers.added = add;
    handlers.updated = [add](const Value&, const Value& autoscaler) { add(autoscaler); };
    autoscalers_.add_handlers(std::move(handlers));
  }

  Task<> wait_for_sync() {
    co_await autoscalers_.wait_for_sync();
    co_await pods_.wait_for_sync();
    co_await definitions_.wait_for_sync();
  }
  [[nodiscard]] const WorkQueue& queue() const { return queue_; }

  Task<Error> sync(std::string key) {
    const engine::Ref<Autoscalers> self(this);
    const Value autoscaler = autoscalers_.get(key);
    if (!autoscaler) {
      histories_.erase(key);
      co_return nullptr;
    }
    co_await reconcile(key, autoscaler);
    queue_.add_after(key, kAutoscalerPeriod);
    co_return nullptr;
  }

 private:
  struct Target {
    Value scale;
    std::string path;
    Error error;
  };

  Task<> reconcile(std::string key, Value autoscaler) {
    const engine::Ref<Autoscalers> self(this);
    const Target target = co_await find_target(autoscaler);
    if (target.error) {
      events_.record(autoscaler, {"Warning", "FailedGetScale", target.error.message()});
      const std::string message =
          "the HPA controller was unable to get the target's current scale: " +
          target.error.message();
      const Condition condition{"AbleToScale", "False", "FailedGetScale", message};
      const Value after = with_condition(autoscaler, condition, now_text());
      co_return co_await write(autoscaler, after);
    }
    AutoscalerLook look;
    look.autoscaler = autoscaler;
    look.scale = target.scale;
    const std::string space(namespace_of(autoscaler));
    const std::string selector_text(target.scale["status"]["selector"].text());
    if (!selector_text.empty()) {
      const LabelSelector selector = LabelSelector::parse(selector_text).selector;
      ListOptions options;
      options.label_selector = selector_text;
      const ListResult metrics = co_await client_.list(context_, kPodMetrics, space, options);
      look.pod_metrics = metrics.items;
      for (const Value& pod : pods_.in_namespace(space)) {
        if (selector.matches(labels_of(pod))) look.pods.push_back(pod);
      }
    }
    look.now_ns = node::unix_nano();
    look.now = now_text();
    AutoscalerStep step = autoscaler_step(look, histories_[key], engine::now());
    for (const AutoscalerStep::Note& note : step.warnings) {
      events_.record(autoscaler, {"Warning", note.reason, note.message});
    }
    if (step.rescale) step = co_await rescale(key, target, step);
    const Value after = with_autoscaler_status(step, step.rescale, now_text());
    co_await write(autoscaler, after);
  }

  // Writes the target's scale; gives the step with what came of it.
  Task<AutoscalerStep> rescale(std::string key, Target target, AutoscalerStep step) {
    const engine::Ref<Autoscalers> self(this);
    RestClient::RawRequest request("PUT", target.path);
    request.content_type = "application/json";
    request.body = target.scale.with_in({"spec", "replicas"}, step.desired).to_json();
    const RestClient::Raw answer = co_await client_.raw(context_, request);
    std::string message = "New size: ";
    engine::append_operand(message, step.desired);
    message += "; reason: " + step.reason;
    if (answer.error) {
      message += "; error: " + answer.error.message();
      events_.record(step.autoscaler, {"Warning", "FailedRescale", message});
      const std::string why =
          "the HPA controller was unable to update the target scale: " + answer.error.message();
      const Condition condition{"AbleToScale", "False", "FailedUpdateScale", why};
      step.autoscaler = with_condition(step.autoscaler, condition, now_text());
      step.rescale = false;
      step.failed = true;
      co_return step;
    }
    std::string done = "the HPA controller was able to update the target scale to ";
    engine::append_operand(done, step.desired);
    const Condition condition{"AbleToScale", "True", "SucceededRescale", done};
    step.autoscaler = with_condition(step.autoscaler, condition, now_text());
    events_.record(step.autoscaler, {"Normal", "SuccessfulRescale", message});
    histories_[key].scaled(step.current, step.desired, engine::now());
    co_return step;
  }

  Task<Target> find_target(Value autoscaler) {
    const engine::Ref<Autoscalers> self(this);
    Target target;
    const Value& reference = autoscaler["spec"]["scaleTargetRef"];
    std::vector<Value> definitions;
    for (const auto& [key, definition] : definitions_.objects()) definitions.push_back(definition);
    const ObjectKind kind{reference["apiVersion"].text(), reference["kind"].text()};
    const std::optional<KindPlace> place = find_place(kind, definitions);
    if (!place) {
      target.error = engine::errorf(
          "unable to determine resource for scale target reference: no "
          "matches for kind \"",
          kind.kind, "\" in group \"", parse_group_version(kind.api_version).group, "\"");
      co_return target;
    }
    target.path = RestClient::path_of(place->resource(), namespace_of(autoscaler),
                                      reference["name"].text(), "scale");
    RestClient::RawRequest request("GET", target.path);
    const RestClient::Raw answer = co_await client_.raw(context_, request);
    target.error = answer.error;
    if (!answer.error) target.scale = json::parse(answer.text).value;
    co_return target;
  }

  Task<> write(Value before, Value after) {
    const engine::Ref<Autoscalers> self(this);
    if (before == after) co_return;
    static_cast<void>(
        co_await client_.update(context_, kHorizontalPodAutoscalers, after, "status"));
  }

  RestClient client_;
  EventRecorder events_;
  Context context_;
  Informer autoscalers_;
  Informer pods_;
  Informer definitions_;
  WorkQueue queue_{"horizontal_pod_autoscaler"};
  std::map<std::string, ScalingHistory> histories_;
};

}  // namespace

Task<> run_horizontal_pod_autoscalers(ControllerContext controllers, Context context) {
  const engine::Ref<Autoscalers> controller(new Autoscalers(std::move(controllers), context));
  co_await controller->wait_for_sync();
  run_workers(controller->queue(), kWorkers,
              [controller](std::string key) { return controller->sync(std::move(key)); });
  stop_with(controller->queue(), context);
}

}  // namespace sim::k8s
