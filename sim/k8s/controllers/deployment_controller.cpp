// The controller of Deployments: moves pods from old ReplicaSets to the newest.

#include <string>
#include <utility>

#include "engine/sync/timer.h"
#include "engine/task/print.h"
#include "sim/k8s/api/time.h"
#include "sim/k8s/controllers/children.h"
#include "sim/k8s/controllers/claim.h"
#include "sim/k8s/controllers/deployment.h"
#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/workloads.h"
#include "sim/node/clock.h"

namespace sim::k8s {
namespace {

namespace dep = deployment;
using engine::Context;
using engine::Error;
using engine::Task;

constexpr int kWorkers = 5;

struct Controller : engine::Counted<Controller> {
  Controller(ControllerContext c, Context ctx)
      : controllers(std::move(c)),
        context(std::move(ctx)),
        deployments(controllers.informers.of(kDeployments)),
        sets(controllers.informers.of(kReplicaSets)),
        pods(controllers.informers.of(kPods)) {}
  ControllerContext controllers;
  Context context;
  Informer deployments;
  Informer sets;
  Informer pods;
  WorkQueue queue{"deployment"};
};
using Self = engine::Ref<Controller>;

// Where a sync has come to. The objects are as this controller last wrote them.
struct Rollout {
  Value deployment;
  Value new_set;  // absent if there is none yet
  std::vector<Value> old_sets;
  Error error;

  [[nodiscard]] std::vector<Value> all() const { return dep::with_set(old_sets, new_set); }
};

void tell(const Controller& it, const Value& deployment, const EventRecorder::Note& note) {
  it.controllers.events.record(deployment, note);
}

void tell_scaled(const Controller& it, const Value& deployment, const Value& set, int64_t from) {
  const int64_t to = dep::replicas_of(set);
  std::string message = to > from ? "Scaled up replica set " : "Scaled down replica set ";
  message += name_of(set);
  message += " from ";
  engine::append_operand(message, from);
  message += " to ";
  engine::append_operand(message, to);
  tell(it, deployment, {"Normal", "ScalingReplicaSet", message});
}

std::string quoted(std::string_view before, const Value& object) {
  return std::string(before) + " \"" + std::string(name_of(object)) + "\"";
}

// Writes status and annotations, if they have changed.
Task<Rollout> write(Self self, Rollout rollout, Value changed) {
  if (changed == rollout.deployment) co_return rollout;
  const ObjectResult written =
      co_await self->controllers.client.update(self->context, kDeployments, changed, "status");
  rollout.error = written.error;
  if (!written.error) rollout.deployment = written.object;
  co_return rollout;
}

// The deployment's revision is that of its newest set; how far it has come is told.
Value with_revision(const Value& deployment, const Value& set, const dep::ConditionText& progress) {
  Value changed = deployment;
  const std::string_view revision = annotation_of(set, dep::kRevision);
  if (annotation_of(deployment, dep::kRevision) != revision) {
    changed = with_annotation(changed, dep::kRevision, revision);
  }
  if (!dep::has_progress_deadline(deployment) || progress.type.empty()) return changed;
  const std::string now = time_text(node::unix_nano());
  return changed.with("status", dep::with_deployment_condition(changed["status"], progress, now));
}

// The name is taken: by the set itself, or by one with another template, for hashes collide.
Task<Rollout> resolve_collision(Self self, Rollout rollout, Value wanted, Error refused) {
  std::string space(namespace_of(wanted));
  std::string name(name_of(wanted));
  const ObjectResult there =
      co_await self->controllers.client.get(self->context, kReplicaSets, space, name);
  rollout.error = there.error ? there.error : refused;
  if (there.error) co_return rollout;
  const bool is_ours = controller_of(there.object)["uid"] == metadata(rollout.deployment)["uid"];
  const std::vector<Value> one(1, there.object);
  if (is_ours && dep::new_set_of(rollout.deployment, one)) {
    rollout.new_set = there.object;
    rollout.error = nullptr;
    co_return rollout;
  }
  const int64_t collisions = rollout.deployment["status"]["collisionCount"].integer();
  const Value changed = rollout.deployment.with_in({"status", "collisionCount"}, collisions + 1);
  rollout = co_await write(self, rollout, changed);
  if (!rollout.error) rollout.error = refused;  // once more, with another name
  co_return rollout;
}

Task<Rollout> create_set(Self self, Rollout rollout, int64_t revision) {
  const Value wanted = dep::make_new_set(rollout.deployment, rollout.old_sets, revision);
  std::string space(namespace_of(wanted));
  const ObjectResult made =
      co_await self->controllers.client.create(self->context, kReplicaSets, space, wanted);
  std::string message;
  dep::ConditionText progress{};
  if (is_already_exists(made.error)) {
    rollout = co_await resolve_collision(self, rollout, wanted, made.error);
    if (rollout.error) co_return rollout;
  } else if (made.error) {
    message = quoted("Failed to create new replica set", wanted) + ": " + made.error.message();
    tell(*self, rollout.deployment, {"Warning", "ReplicaSetCreateError", message});
    if (dep::has_progress_deadline(rollout.deployment)) {
      progress = {"Progressing", "False", "ReplicaSetCreateError", message};
      const std::string now = time_text(node::unix_nano());
      const Value status =
          dep::with_deployment_condition(rollout.deployment["status"], progress, now);
      const Value changed = rollout.deployment.with("status", status);
      rollout = co_await write(self, rollout, changed);
    }
    rollout.error = made.error;
    co_return rollout;
  } else {
    rollout.new_set = made.object;
    if (dep::replicas_of(made.object) > 0) tell_scaled(*self, rollout.deployment, made.object, 0);
    message = quoted("Created new replica set", made.object);
    progress = {"Progressing", "True", "NewReplicaSetCreated", message};
  }
  const Value changed = with_revision(rollout.deployment, rollout.new_set, progress);
  rollout = co_await write(self, rollout, changed);
  co_return rollout;
}

// Finds the newest set, brings its annotations up to date, and creates it if `create`.
Task<Rollout> find_sets(Self self, Value deployment, std::vector<Value> sets, bool create) {
  Rollout rollout;
  rollout.deployment = deployment;
  rollout.new_set = dep::new_set_of(deployment, sets);
  rollout.old_sets = dep::old_sets_of(sets, rollout.new_set);
  const int64_t revision = dep::max_revision(rollout.old_sets) + 1;
  if (!rollout.new_set) {
    if (create) rollout = co_await create_set(self, rollout, revision);
    co_return rollout;
  }
  Value set = dep::with_deployment_annotations(deployment, rollout.new_set, revision, true);
  const Value& min_ready = deployment["spec"]["minReadySeconds"];
  if (set["spec"]["minReadySeconds"].integer() != min_ready.integer()) {
    set = set.with_in({"spec", "minReadySeconds"}, min_ready);
  }
  if (set != rollout.new_set) {
    const ObjectResult written =
        co_await self->controllers.client.update(self->context, kReplicaSets, set);
    rollout.error = written.error;
    if (!written.error) rollout.new_set = written.object;
    co_return rollout;
  }
  const std::string message = quoted("Found new replica set", set);
  dep::ConditionText progress{};
  if (!condition_of(deployment, "Progressing")) {
    progress = {"Progressing", "True", "FoundNewReplicaSet", message};
  }
  const Value changed = with_revision(deployment, set, progress);
  rollout = co_await write(self, rollout, changed);
  co_return rollout;
}

// Scales the sets of a rollout, one after the other.
Task<Rollout> apply(Self self, Rollout rollout, std::vector<dep::Scale> steps) {
  for (const dep::Scale& step : steps) {
    Value before = rollout.new_set;
    for (const Value& set : rollout.old_sets) {
      if (name_of(set) == step.set) before = set;
    }
    const Value after = dep::scaled_set(rollout.deployment, before, step.to);
    if (after == before) continue;
    const ObjectResult written =
        co_await self->controllers.client.update(self->context, kReplicaSets, after);
    rollout.error = written.error;
    if (written.error) co_return rollout;
    const int64_t from = dep::replicas_of(before);
    if (from != step.to) tell_scaled(*self, rollout.deployment, written.object, from);
    if (rollout.new_set && name_of(rollout.new_set) == step.set) rollout.new_set = written.object;
    for (Value& set : rollout.old_sets) {
      if (name_of(set) == step.set) set = written.object;
    }
  }
  co_return rollout;
}

Task<Error> clean_up(Self self, Rollout rollout) {
  const std::vector<Value> surplus = dep::sets_to_clean_up(rollout.deployment, rollout.old_sets);
  for (const Value& set : surplus) {
    const ObjectKey key = split_key(key_of(set));
    const Error error = co_await self->controllers.client.remove(self->context, kReplicaSets, key);
    if (error && !is_not_found(error)) co_return error;
  }
  co_return nullptr;
}

Task<Error> write_plain_status(Self self, Rollout rollout) {
  const std::string now = time_text(node::unix_nano());
  const Value status = dep::status_of(rollout.deployment, rollout.all(), rollout.new_set, now);
  const Value changed = rollout.deployment.with("status", status);
  rollout = co_await write(self, rollout, changed);
  co_return rollout.error;
}

Task<Error> report(Self self, Rollout rollout) {
  const int64_t now_ns = node::unix_nano();
  const Value status =
      dep::rollout_status_of(rollout.deployment, rollout.all(), rollout.new_set, now_ns);
  if (status != rollout.deployment["status"]) {
    const Value changed = rollout.deployment.with("status", status);
    rollout = co_await write(self, rollout, changed);
    co_return rollout.error;
  }
  const std::optional<int64_t> after = dep::recheck_after(rollout.deployment, status, now_ns);
  const std::string key = key_of(rollout.deployment);
  if (after && *after == 0) self->queue.add_rate_limited(key);
  if (after && *after > 0) self->queue.add_after(key, engine::Duration{*after});
  co_return nullptr;
}

Task<Error> roll(Self self, Value deployment, std::vector<Value> sets) {
  Rollout rollout = co_await find_sets(self, deployment, sets, true);
  if (rollout.error) co_return rollout.error;
  const int64_t wanted = dep::replicas_of(deployment);
  const int64_t now = dep::replicas_of(rollout.new_set);
  const int64_t next =
      now > wanted ? wanted : dep::new_set_replicas(deployment, rollout.all(), rollout.new_set);
  std::vector<dep::Scale> steps;
  if (next != now) {
    steps.push_back({std::string(name_of(rollout.new_set)), next});
  } else {
    steps = dep::shrink_old_sets(deployment, rollout.old_sets, rollout.new_set);
  }
  if (steps.empty() && dep::is_complete(rollout.deployment, rollout.deployment["status"])) {
    const Error error = co_await clean_up(self, rollout);
    if (error) co_return error;
  }
  rollout = co_await apply(self, rollout, steps);
  if (rollout.error) co_return rollout.error;
  const Error error = co_await report(self, rollout);
  co_return error;
}

bool has_old_pods(const Controller& it, const Rollout& rollout) {
  if (dep::status_count(rollout.old_sets, "replicas") > 0) return true;
  for (const Value& set : rollout.old_sets) {
    for (const Value& pod : children_of(it.pods, set)) {
      if (!is_pod_terminal(pod)) return true;
    }
  }
  return false;
}

Task<Error> recreate(Self self, Value deployment, std::vector<Value> sets) {
  Rollout rollout = co_await find_sets(self, deployment, sets, false);
  if (rollout.error) co_return rollout.error;
  std::vector<dep::Scale> steps;
  for (const Value& set : dep::active_sets(rollout.old_sets)) {
    steps.push_back({std::string(name_of(set)), 0});
  }
  if (steps.empty() && !has_old_pods(*self, rollout)) {
    if (!rollout.new_set) {
      rollout = co_await find_sets(self, rollout.deployment, sets, true);
      if (rollout.error) co_return rollout.error;
    }
    const int64_t wanted = dep::replicas_of(deployment);
    if (wanted != dep::replicas_of(rollout.new_set)) {
      steps.push_back({std::string(name_of(rollout.new_set)), wanted});
    }
    if (dep::is_complete(rollout.deployment, rollout.deployment["status"])) {
      const Error error = co_await clean_up(self, rollout);
      if (error) co_return error;
    }
  }
  rollout = co_await apply(self, rollout, steps);
  if (rollout.error) co_return rollout.error;
  const Error error = co_await report(self, rollout);
  co_return error;
}

// Of a deployment that is paused, or whose number of replicas has changed.
Task<Error> scale(Self self, Rollout rollout) {
  std::vector<dep::Scale> steps =
      dep::scale_sets(rollout.deployment, rollout.new_set, rollout.old_sets);
  rollout = co_await apply(self, rollout, std::move(steps));
  if (rollout.error) co_return rollout.error;
  if (rollout.deployment["spec"]["paused"].truth()) {
    const Error error = co_await clean_up(self, rollout);
    if (error) co_return error;
  }
  const Error error = co_await write_plain_status(self, rollout);
  co_return error;
}

Task<Error> sync(Self self, std::string key) {
  Value deployment = self->deployments.get(key);
  if (!deployment) co_return nullptr;
  const LabelSelector selector = LabelSelector::from(deployment["spec"]["selector"]);
  if (selector.selects_all()) {
    tell(*self, deployment,
         {"Warning", "SelectingAll",
          "This deployment is selecting all pods. A non-empty selector is required."});
    co_return nullptr;
  }
  const std::vector<Value> candidates = children_and_orphans(self->sets, deployment);
  ClaimRequest request(deployment, kDeployments, kReplicaSets);
  request.claims = claims_of(deployment, selector, candidates);
  const Claimed claimed = co_await claim(self->controllers.client, self->context, request);
  if (claimed.error) co_return claimed.error;

  Rollout rollout;
  rollout.deployment = deployment;
  if (!is_being_deleted(deployment)) {
    const std::string now = time_text(node::unix_nano());
    const Value changed = deployment.with("status", dep::pause_status(deployment, now));
    rollout = co_await write(self, rollout, changed);
    if (rollout.error) co_return rollout.error;
    deployment = rollout.deployment;
  }
  const bool holds = is_being_deleted(deployment) || deployment["spec"]["paused"].truth();
  Error error;
  if (holds || dep::is_scaling_event(deployment, claimed.objects)) {
    rollout = co_await find_sets(self, deployment, claimed.objects, false);
    error = rollout.error;
    if (error) co_return error;
    if (is_being_deleted(deployment)) {
      error = co_await write_plain_status(self, rollout);
    } else {
      error = co_await scale(self, rollout);
    }
  } else if (dep::is_recreate(deployment)) {
    error = co_await recreate(self, deployment, claimed.objects);
  } else {
    error = co_await roll(self, deployment, claimed.objects);
  }
  co_return error;
}

void add_handlers(const Controller& it) {
  const WorkQueue queue = it.queue;
  const auto enqueue = [queue](const Value& deployment) { queue.add(key_of(deployment)); };
  InformerHandlers own;
  own.added = enqueue;
  own.updated = [queue](const Value&, const Value& deployment) { queue.add(key_of(deployment)); };
  own.deleted = enqueue;
  it.deployments.add_handlers(std::move(own));

  ChildReactions reactions;
  reactions.added = [queue](const Value& owner, const Value&) { queue.add(key_of(owner)); };
  reactions.updated = [queue](const Value& owner, const Value&, const Value&) {
    queue.add(key_of(owner));
  };
  reactions.deleted = [queue](const Value& owner, const Value&, bool) { queue.add(key_of(owner)); };
  reactions.orphaned = enqueue;
  index_by_owner(it.sets);
  it.sets.add_handlers(child_handlers(it.deployments, std::move(reactions)));

  // One that recreates its pods goes on when the last old one is gone.
  InformerHandlers of_pods;
  of_pods.deleted = [queue, sets = it.sets, deployments = it.deployments](const Value& pod) {
    const Value& owner = owner_among(deployments, owner_among(sets, pod));
    if (owner && dep::is_recreate(owner)) queue.add(key_of(owner));
  };
  index_by_owner(it.pods);
  it.pods.add_handlers(std::move(of_pods));
}

}  // namespace

Task<> run_deployment(ControllerContext controllers, Context context) {
  const Self self(new Controller(controllers, context));
  add_handlers(*self);
  co_await self->deployments.wait_for_sync();
  co_await self->sets.wait_for_sync();
  co_await self->pods.wait_for_sync();
  run_workers(self->queue, kWorkers,
              [self](std::string key) { return sync(self, std::move(key)); });
  stop_with(self->queue, context);
  co_await context.done().recv();
}

}  // namespace sim::k8s
