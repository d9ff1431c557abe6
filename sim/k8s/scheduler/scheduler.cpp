#include "sim/k8s/scheduler/scheduler.h"

#include <utility>

#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "sim/k8s/api/time.h"
#include "sim/node/clock.h"

namespace sim::k8s::scheduler {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;
using json::Object;

/// What an event can hold. Source: core validation's NoteLengthLimit.
constexpr size_t kNoteMost = 1024;

// Items of a list do not say what they are.
Value as_pod(const Value& pod) {
  if (pod.contains("kind")) return pod;
  return pod.with("kind", "Pod").with("apiVersion", "v1");
}

ObjectKey key_of_pod(const Value& pod) {
  ObjectKey key;
  key.space = namespace_of(pod);
  key.name = name_of(pod);
  return key;
}

std::string shortened(std::string text) {
  constexpr std::string_view kEnd = " ...";
  if (text.size() <= kNoteMost) return text;
  text.resize(kNoteMost - kEnd.size());
  return text + std::string(kEnd);
}

// A patch of the status with that condition; absent if it is there already.
Value condition_patch(const Value& pod, const Condition& condition) {
  const Value& before = condition_of(pod, condition.type);
  if (before["status"].text() == condition.status && before["reason"].text() == condition.reason &&
      before["message"].text() == condition.message) {
    return {};
  }
  Object made;
  made.set("type", condition.type)
      .set("status", condition.status)
      .set("reason", condition.reason)
      .set("message", condition.message);
  if (before["status"].text() != condition.status) {
    made.set("lastTransitionTime", time_text(node::unix_nano()));
  }
  return json::Array().add(made.build()).build();
}

Value binding_of(const Value& pod, const Value& node_name) {
  const Value target = Object().set("kind", "Node").set("name", node_name).build();
  return new_object({"v1", "Binding"}, namespace_of(pod), name_of(pod))
      .with_in({"metadata", "uid"}, metadata(pod)["uid"])
      .with("target", target);
}

}  // namespace

Scheduler::Core::Core(RestClient c, SchedulerOptions o)
    : client(std::move(c)),
      options(std::move(o)),
      recorder(client, EventRecorder::Source(options.name)),
      queue(cluster, options.queue, engine::now()),
      decider(cluster, [this] {
        DeciderOptions made;
        made.percentage_of_nodes_to_score = options.percentage_of_nodes_to_score;
        made.explanations = options.explanations;
        made.key = engine::current_goroutine().key();
        return made;
      }()) {}

Scheduler::Scheduler(RestClient client, SchedulerOptions options)
    : core_(new Core(std::move(client), std::move(options))) {}

Explanation Scheduler::explain(const Value& pod) const {
  PodInfo* const known = core_->cluster.find_pod(pod);
  if (known == nullptr) return {};
  return core_->decider.explain(*known, node::unix_nano());
}

const std::deque<Explanation>& Scheduler::explanations() const {
  return core_->decider.explanations();
}

Task<> Scheduler::run(Context context) const {
  const Scheduler self = *this;
  const engine::Ref<Core> core = core_;
  engine::go([recorder = core->recorder, context]() -> Task<> {
    co_await recorder.run(context);
  }).set_name("events");
  const InformerFactory informers = self.watch();
  informers.start(context);
  co_await informers.wait_for_sync();
  const engine::StopFunc stop = engine::on_done(context, [core] { core->changed.advance(); });
  while (!context.err()) {
    const uint64_t seen = core->changed.count();
    core->queue.flush(engine::now());
    if (core->queue.can_pop() && core->bindings < core->options.bindings_most) {
      co_await self.schedule_one(context);
      // Others of this process have their turn between two pods.
      co_await engine::gosched();
      continue;
    }
    co_await core->changed.wait(seen, core->queue.next_flush());
  }
  stop();
}

Task<> Scheduler::schedule_one(Context context) const {
  const Scheduler self = *this;
  const engine::Ref<Core> core = core_;
  QueuedPod* queued = core->queue.pop(engine::now());
  if (queued == nullptr) co_return;
  const Value object = as_pod(queued->pod->object);
  if (core->options.cycle_time > engine::Duration{}) {
    co_await engine::sleep_for(core->options.cycle_time);
    // It may be gone, or have been bound by somebody else.
    PodInfo* const still = core->cluster.find_pod(object);
    queued = still == nullptr ? nullptr : core->queue.find(*still);
    if (queued == nullptr || queued->where != QueuedPod::Where::kInFlight) co_return;
  }
  PodInfo& pod = *queued->pod;
  if (pod.terminating) {
    const std::string text = "skip schedule deleting pod: " + key_of(object);
    core->recorder.record(object, {"Warning", "FailedScheduling", text});
    core->queue.remove(pod);
    co_return;
  }
  Decision decision = core->decider.decide(pod, node::unix_nano());
  if (decision.node != nullptr) {
    const Value node_name = decision.node->name;
    core->cluster.assume(pod, decision.node->id);
    ++core->bindings;
    engine::go([self, context, object, node_name]() -> Task<> {
      co_await self.bind(context, object, node_name);
    }).set_name("bind " + std::string(name_of(object)));
    co_return;
  }
  Failure failure;
  failure.reason = "Unschedulable";
  failure.message = std::move(decision.message);
  failure.nomination = decision.nomination;
  core->queue.put_back(*queued, decision.refused_by, engine::now());
  if (decision.nomination == Decision::Nomination::kSet) {
    failure.nominated = decision.preempts.node->name;
    Push push;
    push.preemptor = object;
    push.node = failure.nominated;
    for (const PodInfo* victim : decision.preempts.victims) {
      if (!victim->terminating) push.victims.push_back(as_pod(victim->object));
    }
    for (PodInfo* other : decision.pushed_out) {
      push.nominated.push_back(as_pod(other->object));
      core->cluster.nominate(*other, {});
    }
    core->cluster.nominate(pod, failure.nominated);
    if (!push.victims.empty() || !push.nominated.empty()) {
      core->queue.begin_preempting(*queued);
      engine::go([self, context, push]() -> Task<> {
        co_await self.push_away(context, push);
      }).set_name("preempt for " + std::string(name_of(object)));
    }
  } else if (decision.nomination == Decision::Nomination::kCleared) {
    core->cluster.nominate(pod, {});
  }
  co_await self.report(context, object, failure);
}

Task<> Scheduler::bind(Context context, Value pod, Value node) const {
  const Scheduler self = *this;
  const engine::Ref<Core> core = core_;
  const Value binding = binding_of(pod, node);
  const Error error = co_await core->client.bind(context, binding);
  --core->bindings;
  core->changed.advance();
  if (!error) {
    std::string text = "Successfully assigned " + key_of(pod) + " to ";
    text += node.text();
    core->recorder.record(pod, {"Normal", "Scheduled", text});
    co_return;
  }
  PodInfo* const known = core->cluster.find_pod(pod);
  // Deleted meanwhile, or bound after all.
  if (known == nullptr || !known->assumed) co_return;
  // The room that it had taken is free again; that is no news for itself.
  QueuedPod* const queued = core->queue.find(*known);
  const Event freed = Event::of_pod(EventKind::kAssignedPodDelete, *known);
  core->queue.tell(freed, engine::now());
  core->cluster.forget(*known);
  if (queued != nullptr) core->queue.put_back(*queued, 0, engine::now());
  Failure failure;
  failure.reason = "SchedulerError";
  failure.message = "running Bind plugin \"DefaultBinder\": " + error.message();
  failure.nomination = Decision::Nomination::kCleared;
  co_await self.report(context, pod, failure);
}

Task<> Scheduler::report(Context context, Value pod, Failure failure) const {
  const engine::Ref<Core> core = core_;
  core->recorder.record(pod, {"Warning", "FailedScheduling", shortened(failure.message)});
  core->changed.advance();
  const Condition condition{"PodScheduled", "False", failure.reason, failure.message};
  Object status;
  status.set("conditions", condition_patch(pod, condition));
  const std::string_view nominated = pod["status"]["nominatedNodeName"].text();
  if (failure.nomination == Decision::Nomination::kSet && nominated != failure.nominated.text()) {
    status.set("nominatedNodeName", failure.nominated);
  }
  if (failure.nomination == Decision::Nomination::kCleared && !nominated.empty()) {
    status.set("nominatedNodeName", nullptr);
  }
  const Value change = status.build();
  if (change.size() == 0) co_return;
  const Value body = Object().set("status", change).build();
  const RestClient::Patch patch(PatchType::kStrategic, body, "status");
  const ObjectKey key = key_of_pod(pod);
  // What goes wrong here is tried again with the next failure.
  const ObjectResult patched = co_await core->client.patch(context, kPods, key, patch);
  static_cast<void>(patched);
}

Task<> Scheduler::push_away(Context context, Push push) const {
  const engine::Ref<Core> core = core_;
  bool failed = false;
  for (const Value& other : push.nominated) {
    const Value status = Object().set("nominatedNodeName", nullptr).build();
    const Value body = Object().set("status", status).build();
    const RestClient::Patch patch(PatchType::kMerge, body, "status");
    const ObjectKey key = key_of_pod(other);
    const ObjectResult patched = co_await core->client.patch(context, kPods, key, patch);
    failed = failed || (patched.error && !is_not_found(patched.error));
  }
  const std::string why = core->options.name + ": preempting to accommodate a higher priority pod";
  for (const Value& victim : push.victims) {
    const Condition target{"DisruptionTarget", "True", "PreemptionByScheduler", why};
    const ObjectKey key = key_of_pod(victim);
    const Value conditions = condition_patch(victim, target);
    if (conditions) {
      const Value status = Object().set("conditions", conditions).build();
      const Value body = Object().set("status", status).build();
      const RestClient::Patch patch(PatchType::kStrategic, body, "status");
      const ObjectResult patched = co_await core->client.patch(context, kPods, key, patch);
      if (is_not_found(patched.error)) continue;
      if (patched.error) {
        failed = true;
        break;
      }
    }
    const Error error = co_await core->client.remove(context, kPods, key);
    if (is_not_found(error)) continue;
    if (error) {
      failed = true;
      break;
    }
    std::string text = "Preempted by pod ";
    text += uid_of(push.preemptor);
    text += " on node ";
    text += push.node.text();
    core->recorder.record(victim, {"Normal", "Preempted", text});
  }
  PodInfo* const preemptor = core->cluster.find_pod(push.preemptor);
  QueuedPod* const queued = preemptor == nullptr ? nullptr : core->queue.find(*preemptor);
  if (queued != nullptr) core->queue.end_preempting(*queued, failed, engine::now());
  core->changed.advance();
}

Task<> run_scheduler(RestClient client, SchedulerOptions options, Context context) {
  const Scheduler scheduler(std::move(client), std::move(options));
  co_await scheduler.run(context);
}

}  // namespace sim::k8s::scheduler
