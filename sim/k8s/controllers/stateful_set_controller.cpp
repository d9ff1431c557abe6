// The controller of StatefulSets: pods with names and storage that stay.

#include <string>
#include <utility>

#include "engine/sync/timer.h"
#include "sim/k8s/controllers/batch.h"
#include "sim/k8s/controllers/children.h"
#include "sim/k8s/controllers/claim.h"
#include "sim/k8s/controllers/pod_control.h"
#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/revisions.h"
#include "sim/k8s/controllers/stateful_set.h"
#include "sim/k8s/controllers/workloads.h"
#include "sim/node/clock.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;
using stateful::Step;

constexpr int kWorkers = 5;

struct Controller : engine::Counted<Controller> {
  Controller(ControllerContext c, Context ctx)
      : controllers(std::move(c)),
        context(std::move(ctx)),
        sets(controllers.informers.of(kStatefulSets)),
        pods(controllers.informers.of(kPods)),
        claims(controllers.informers.of(kPersistentVolumeClaims)),
        revisions(controllers.informers.of(kControllerRevisions)) {}
  ControllerContext controllers;
  Context context;
  Informer sets;
  Informer pods;
  Informer claims;
  Informer revisions;
  WorkQueue queue{"statefulset"};
};
using Self = engine::Ref<Controller>;

engine::Duration min_ready_of(const Value& set) {
  return set["spec"]["minReadySeconds"].integer() * engine::kSecond;
}

// What was done: "create", and "Create" as a reason has it.
struct Verb {
  std::string_view text;
  std::string_view reason;
};
constexpr Verb kCreate{"create", "Create"};
constexpr Verb kUpdate{"update", "Update"};
constexpr Verb kDelete{"delete", "Delete"};

void tell(const Controller& it, const Value& set, Verb verb, std::string_view what,
          const Error& error) {
  std::string reason(error ? "Failed" : "Successful");
  reason += verb.reason;
  std::string message(verb.text);
  message += ' ';
  message += what;
  if (error) message += " failed error: " + error.message();
  it.controllers.events.record(set, {error ? "Warning" : "Normal", reason, message});
}

void tell_pod(const Controller& it, const Value& set, Verb verb, const Value& pod,
              const Error& error) {
  std::string what = "Pod " + std::string(name_of(pod)) + " in StatefulSet ";
  what += name_of(set);
  if (!error) what += " successful";
  tell(it, set, verb, what, error);
}

// Creates the claims that are missing, and changes those that have the wrong owners.
Task<Error> settle_claims(Self self, Value set, Step step) {
  const RestClient client = self->controllers.client;
  std::string space(namespace_of(set));
  Error first;
  for (const Value& claim : step.new_claims) {
    const ObjectResult made =
        co_await client.create(self->context, kPersistentVolumeClaims, space, claim);
    if (is_already_exists(made.error)) continue;
    std::string what = "Claim " + std::string(name_of(claim));
    what += made.error ? " for Pod " : " Pod ";
    what += name_of(step.pod);
    what += " in StatefulSet ";
    what += name_of(set);
    if (!made.error) what += " success";
    tell(*self, set, kCreate, what, made.error);
    if (made.error && !first) first = made.error;
  }
  for (const Value& claim : step.changed_claims) {
    const ObjectResult written =
        co_await client.update(self->context, kPersistentVolumeClaims, claim);
    if (written.error && !is_not_found(written.error) && !first) first = written.error;
  }
  if (!first && !step.problem.empty()) first = engine::errors_new(step.problem);
  co_return first;
}

Task<Error> create_pod_and_claims(Self self, Value set, Step step) {
  Error error = co_await settle_claims(self, set, step);
  if (!error) {
    std::string space(namespace_of(set));
    const ObjectResult made =
        co_await self->controllers.client.create(self->context, kPods, space, step.pod);
    // The old one is still there, though the cache no longer has it. Nothing to tell of.
    if (is_already_exists(made.error)) co_return made.error;
    error = made.error;
  }
  tell_pod(*self, set, kCreate, step.pod, error);
  co_return error;
}

Task<Error> carry_out(Self self, Value set, Step step) {
  const RestClient client = self->controllers.client;
  Error error;
  switch (step.kind) {
    case Step::Kind::kCreatePod:
      error = co_await create_pod_and_claims(self, set, step);
      break;
    case Step::Kind::kDeletePod: {
      const ObjectKey key = split_key(key_of(step.pod));
      error = co_await client.remove(self->context, kPods, key);
      tell_pod(*self, set, kDelete, step.pod, error);
      if (is_not_found(error)) error = nullptr;
      break;
    }
    case Step::Kind::kUpdatePod: {
      const ObjectResult written = co_await client.update(self->context, kPods, step.pod);
      error = written.error;
      tell_pod(*self, set, kUpdate, step.pod, error);
      break;
    }
    case Step::Kind::kClaims:
      error = co_await settle_claims(self, set, step);
      break;
  }
  co_return error;
}

Task<Error> carry_out_phase(Self self, Value set, std::vector<Step> steps, bool in_order) {
  const auto count = static_cast<int64_t>(steps.size());
  if (in_order) {
    for (const Step& step : steps) {
      const Error error = co_await carry_out(self, set, step);
      if (error) co_return error;
    }
    co_return nullptr;
  }
  const IndexedAction action = [self, set, steps](int64_t index) {
    return carry_out(self, set, steps[static_cast<size_t>(index)]);
  };
  const BatchResult result = co_await run_slow_start(count, action);
  co_return result.error;
}

// What a set's template is recorded as. The count of collisions is kept in the set's status.
struct Recorded {
  Value set;
  Value revision;
  Error error;
};

Task<Recorded> record_revision(Self self, Value set, std::vector<Value> all) {
  const RestClient client = self->controllers.client;
  const stateful::RevisionPlan plan = stateful::plan_revision(set, all);
  Recorded recorded;
  recorded.set = set;
  recorded.revision = plan.existing;
  if (plan.renumber > 0) {
    const Value renumbered = plan.existing.with("revision", plan.renumber);
    const ObjectResult written =
        co_await client.update(self->context, kControllerRevisions, renumbered);
    recorded.error = written.error;
    if (!written.error) recorded.revision = written.object;
  }
  if (plan.create == 0) co_return recorded;
  int64_t collisions = set["status"]["collisionCount"].integer();
  std::string space(namespace_of(set));
  while (true) {
    const Value wanted = stateful::make_set_revision(set, plan.create, collisions);
    const ObjectResult made =
        co_await client.create(self->context, kControllerRevisions, space, wanted);
    recorded.revision = made.object;
    recorded.error = made.error;
    if (!is_already_exists(made.error)) break;
    std::string name(name_of(wanted));
    const ObjectResult there =
        co_await client.get(self->context, kControllerRevisions, space, name);
    recorded.revision = there.object;
    recorded.error = there.error;
    if (there.error || there.object["data"] == wanted["data"]) break;
    ++collisions;
  }
  recorded.set = set.with_in({"status", "collisionCount"}, collisions);
  co_return recorded;
}

Task<Error> truncate_history(Self self, stateful::Input input, std::vector<Value> all) {
  std::vector<std::string> in_use;
  for (const Value* revision : {&input.current, &input.update}) {
    in_use.emplace_back(name_of(*revision));
  }
  for (const Value& pod : input.pods) in_use.emplace_back(revisions::revision_of_pod(pod));
  const int64_t limit = input.set["spec"]["revisionHistoryLimit"].integer();
  const std::vector<Value> surplus = revisions::surplus(all, in_use, limit);
  for (const Value& revision : surplus) {
    const ObjectKey key = split_key(key_of(revision));
    const Error error =
        co_await self->controllers.client.remove(self->context, kControllerRevisions, key);
    if (error && !is_not_found(error)) co_return error;
  }
  co_return nullptr;
}

// Those of the set's pods and orphans that have its names; `claimed` are its revisions.
Task<Claimed> claim_children(Self self, Value set, Informer from) {
  std::vector<Value> candidates = children_and_orphans(from, set);
  if (from.resource() == kPods) {
    std::erase_if(candidates, [&](const Value& pod) { return !stateful::is_member(set, pod); });
  }
  ClaimRequest request(set, kStatefulSets, from.resource());
  request.claims = claims_of(set, LabelSelector::from(set["spec"]["selector"]), candidates);
  Claimed claimed = co_await claim(self->controllers.client, self->context, request);
  co_return claimed;
}

Task<Error> sync(Self self, std::string key) {
  const Value set = self->sets.get(key);
  if (!set) co_return nullptr;
  const Claimed history = co_await claim_children(self, set, self->revisions);
  if (history.error) co_return history.error;
  const Claimed pods = co_await claim_children(self, set, self->pods);
  if (pods.error) co_return pods.error;
  const std::vector<Value> all = revisions::sorted(history.objects);
  const Recorded recorded = co_await record_revision(self, set, all);
  if (recorded.error) co_return recorded.error;

  stateful::Input input;
  input.set = recorded.set;
  input.update = recorded.revision;
  input.current = stateful::current_revision(set, all, recorded.revision);
  input.pods = pods.objects;
  input.now_ns = node::unix_nano();
  const std::string prefix = std::string(namespace_of(set)) + "/";
  input.claim = [claims = self->claims, prefix](std::string_view name) {
    return claims.get(prefix + std::string(name));
  };
  const stateful::Plan plan = stateful::plan_stateful_set(input);
  Error failure;
  for (const std::vector<Step>& phase : plan.phases) {
    failure = co_await carry_out_phase(self, set, phase, plan.in_order);
    if (failure) break;
  }
  const ObjectResult written = co_await write_status(self->controllers.client, self->context,
                                                     kStatefulSets, set, plan.status);
  if (failure) co_return failure;
  if (written.error) co_return written.error;
  const Error error = co_await truncate_history(self, input, all);
  if (error) co_return error;
  const int64_t available = plan.status["availableReplicas"].integer();
  if (min_ready_of(set).ns > 0 && available != set["spec"]["replicas"].integer()) {
    self->queue.add_after(key, min_ready_of(set));
  }
  co_return nullptr;
}

void add_handlers(const Controller& it) {
  const WorkQueue queue = it.queue;
  const auto enqueue = [queue](const Value& set) { queue.add(key_of(set)); };
  InformerHandlers own;
  own.added = enqueue;
  own.updated = [queue](const Value&, const Value& set) { queue.add(key_of(set)); };
  own.deleted = enqueue;
  it.sets.add_handlers(std::move(own));

  ChildReactions reactions;
  reactions.added = [queue](const Value& set, const Value&) { queue.add(key_of(set)); };
  reactions.updated = [queue](const Value& set, const Value& before, const Value& pod) {
    queue.add(key_of(set));
    const bool became_ready = !is_pod_ready(before) && is_pod_ready(pod);
    if (became_ready && min_ready_of(set).ns > 0) {
      queue.add_after(key_of(set), min_ready_of(set) + engine::kSecond);
    }
  };
  reactions.deleted = [queue](const Value& set, const Value&, bool) { queue.add(key_of(set)); };
  reactions.orphaned = enqueue;
  index_by_owner(it.pods);
  index_by_owner(it.revisions);
  it.pods.add_handlers(child_handlers(it.sets, std::move(reactions)));

  // A pod may have waited for the storage of the one before it to go.
  InformerHandlers of_claims;
  of_claims.deleted = [queue, sets = it.sets](const Value& claim) {
    for (const Value& set : sets.in_namespace(namespace_of(claim))) {
      if (set["spec"]["volumeClaimTemplates"].size() > 0) queue.add(key_of(set));
    }
  };
  it.claims.add_handlers(std::move(of_claims));
}

}  // namespace

Task<> run_stateful_set(ControllerContext controllers, Context context) {
  const Self self(new Controller(controllers, context));
  add_handlers(*self);
  co_await self->sets.wait_for_sync();
  co_await self->pods.wait_for_sync();
  co_await self->claims.wait_for_sync();
  co_await self->revisions.wait_for_sync();
  run_workers(self->queue, kWorkers,
              [self](std::string key) { return sync(self, std::move(key)); });
  stop_with(self->queue, context);
  co_await context.done().recv();
}

}  // namespace sim::k8s
