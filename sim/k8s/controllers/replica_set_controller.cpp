// The controller of ReplicaSets: keeps as many pods as each wants.

#include <utility>

#include "engine/sync/timer.h"
#include "sim/k8s/controllers/children.h"
#include "sim/k8s/controllers/claim.h"
#include "sim/k8s/controllers/pod_control.h"
#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/replica_set.h"
#include "sim/k8s/controllers/workloads.h"
#include "sim/node/clock.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr int kWorkers = 5;

struct Controller : engine::Counted<Controller> {
  Controller(ControllerContext c, Context ctx)
      : controllers(std::move(c)),
        context(std::move(ctx)),
        sets(controllers.informers.of(kReplicaSets)),
        pods(controllers.informers.of(kPods)) {}
  ControllerContext controllers;
  Context context;
  Informer sets;
  Informer pods;
  Expectations expectations;
  WorkQueue queue{"replicaset"};
};
using Self = engine::Ref<Controller>;

engine::Duration min_ready_of(const Value& set) {
  return set["spec"]["minReadySeconds"].integer() * engine::kSecond;
}

void add_handlers(const Controller& it) {
  const WorkQueue queue = it.queue;
  const Expectations expectations = it.expectations;
  const auto enqueue = [queue](const Value& set) { queue.add(key_of(set)); };
  InformerHandlers own;
  own.added = enqueue;
  own.updated = [queue, expectations](const Value& before, const Value& set) {
    if (uid_of(before) != uid_of(set)) expectations.forget(key_of(before));
    queue.add(key_of(set));
  };
  own.deleted = [queue, expectations](const Value& set) {
    expectations.forget(key_of(set));
    queue.add(key_of(set));
  };
  it.sets.add_handlers(std::move(own));

  ChildReactions reactions;
  reactions.added = [queue, expectations](const Value& set, const Value&) {
    expectations.created(key_of(set));
    queue.add(key_of(set));
  };
  reactions.updated = [queue](const Value& set, const Value& before, const Value& pod) {
    const std::string key = key_of(set);
    queue.add(key);
    // It becomes available without anything else happening to it. Times are whole seconds, so the
    // one more is needed to be past it.
    const bool became_ready = !is_pod_ready(before) && is_pod_ready(pod);
    if (became_ready && min_ready_of(set).ns > 0) {
      queue.add_after(key, min_ready_of(set) + engine::kSecond);
    }
  };
  reactions.deleted = [queue, expectations](const Value& set, const Value& pod, bool) {
    expectations.deleted(key_of(set), uid_of(pod));
    queue.add(key_of(set));
  };
  reactions.orphaned = enqueue;
  index_by_owner(it.pods);
  it.pods.add_handlers(child_handlers(it.sets, std::move(reactions)));
}

// The pods of all ReplicaSets that have the same owner as `set`.
std::vector<Value> related_pods(const Controller& it, const Value& set) {
  const Value& owner = controller_of(set);
  if (!owner) return children_of(it.pods, set);
  std::vector<Value> all;
  for (const Value& other : it.sets.in_namespace(namespace_of(set))) {
    if (controller_of(other)["uid"] != owner["uid"]) continue;
    for (Value& pod : children_of(it.pods, other)) all.push_back(std::move(pod));
  }
  return all;
}

Task<Error> manage(Self self, Value set, std::vector<Value> active) {
  const std::string key = key_of(set);
  const std::vector<Value> related = related_pods(*self, set);
  ReplicaChange change = plan_replicas(set, active, related, node::unix_nano());
  BatchResult result;
  if (change.create > 0) {
    self->expectations.expect(key, change.create, {}, engine::now());
    const Value pod = pod_from_template(set["spec"]["template"], set, kReplicaSets);
    PodBatch batch(set, std::vector<Value>(static_cast<size_t>(change.create), pod));
    batch.expectations = self->expectations;
    batch.key = key;
    result = co_await create_pods(self->controllers, self->context, batch);
  } else if (!change.remove.empty()) {
    std::vector<std::string> uids;
    for (const Value& pod : change.remove) uids.emplace_back(uid_of(pod));
    self->expectations.expect(key, 0, uids, engine::now());
    PodBatch batch(set, std::move(change.remove));
    batch.expectations = self->expectations;
    batch.key = key;
    result = co_await delete_pods(self->controllers, self->context, batch);
  }
  co_return result.error;
}

Task<Error> sync(Self self, std::string key) {
  const Value set = self->sets.get(key);
  if (!set) {
    self->expectations.forget(key);
    co_return nullptr;
  }
  const bool may_act = self->expectations.satisfied(key, engine::now());
  const std::vector<Value> candidates = active_pods(children_and_orphans(self->pods, set));
  ClaimRequest request(set, kReplicaSets, kPods);
  request.claims = claims_of(set, LabelSelector::from(set["spec"]["selector"]), candidates);
  const Claimed claimed = co_await claim(self->controllers.client, self->context, request);
  if (claimed.error) co_return claimed.error;
  Error failure;
  if (may_act && !is_being_deleted(set)) failure = co_await manage(self, set, claimed.objects);
  const std::string why = failure ? failure.message() : std::string();
  const Value status = replica_set_status(set, claimed.objects, why, node::unix_nano());
  const ObjectResult written =
      co_await write_status(self->controllers.client, self->context, kReplicaSets, set, status);
  if (written.error) co_return written.error;
  const int64_t wanted = set["spec"]["replicas"].integer();
  if (!failure && min_ready_of(set).ns > 0 && status["readyReplicas"].integer() == wanted &&
      status["availableReplicas"].integer() != wanted) {
    self->queue.add_after(key, min_ready_of(set));
  }
  co_return failure;
}

}  // namespace

Task<> run_replica_set(ControllerContext controllers, Context context) {
  const Self self(new Controller(controllers, context));
  add_handlers(*self);
  co_await self->sets.wait_for_sync();
  co_await self->pods.wait_for_sync();
  run_workers(self->queue, kWorkers,
              [self](std::string key) { return sync(self, std::move(key)); });
  stop_with(self->queue, context);
  co_await context.done().recv();
}

}  // namespace sim::k8s
