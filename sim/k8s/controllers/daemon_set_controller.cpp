// The controller of DaemonSets: one pod on each node that is fit for it.

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "engine/sync/timer.h"
#include "sim/k8s/controllers/children.h"
#include "sim/k8s/controllers/claim.h"
#include "sim/k8s/controllers/daemon_nodes.h"
#include "sim/k8s/controllers/daemon_set.h"
#include "sim/k8s/controllers/pod_control.h"
#include "sim/k8s/controllers/pods.h"
#include "sim/k8s/controllers/revisions.h"
#include "sim/k8s/controllers/workloads.h"
#include "sim/node/clock.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr int kWorkers = 2;
constexpr engine::Duration kFirstBackoff = engine::kSecond;
constexpr engine::Duration kLastBackoff = 15 * 60 * engine::kSecond;

struct Backoff {
  engine::Duration delay;
  engine::Instant since;
};

struct Controller : engine::Counted<Controller> {
  Controller(ControllerContext c, Context ctx)
      : controllers(std::move(c)),
        context(std::move(ctx)),
        sets(controllers.informers.of(kDaemonSets)),
        pods(controllers.informers.of(kPods)),
        nodes(controllers.informers.of(kNodes)),
        revisions(controllers.informers.of(kControllerRevisions)) {}
  ControllerContext controllers;
  Context context;
  Informer sets;
  Informer pods;
  Informer nodes;
  Informer revisions;
  Expectations expectations;
  WorkQueue queue{"daemonset"};
  /// How often pods failed, by set, generation and node.
  std::map<std::string, Backoff, std::less<>> failures;
};
using Self = engine::Ref<Controller>;

engine::Duration min_ready_of(const Value& set) {
  return set["spec"]["minReadySeconds"].integer() * engine::kSecond;
}

std::string failure_key(const Value& set, std::string_view node) {
  std::string key(uid_of(set));
  key += '/' + set["status"]["observedGeneration"].to_json() + '/';
  key += node;
  return key;
}

engine::Duration backoff_left(const Controller& it, const Value& set, std::string_view node) {
  const auto found = it.failures.find(failure_key(set, node));
  if (found == it.failures.end()) return {};
  return found->second.since + found->second.delay - engine::now();
}

void count_failures(Controller& it, const Value& set, const std::vector<std::string>& nodes) {
  const engine::Instant now = engine::now();
  std::erase_if(it.failures,
                [now](const auto& entry) { return now - entry.second.since > kLastBackoff * 2; });
  for (const std::string& node : nodes) {
    Backoff& backoff = it.failures[failure_key(set, node)];
    const bool first = backoff.delay.ns == 0;
    backoff.delay = first ? kFirstBackoff : std::min(backoff.delay * 2, kLastBackoff);
    backoff.since = now;
  }
}

std::vector<Value> all_of(const Informer& informer) {
  std::vector<Value> all;
  for (const auto& [key, object] : informer.objects()) all.push_back(object);
  return all;
}

// Deletes and creates what a change asks for.
Task<Error> carry_out(Self self, daemon::Input input, daemon::Change all) {
  const daemon::Change change = daemon::limited(std::move(all));
  const Value& set = input.daemon_set;
  const std::string key = key_of(set);
  for (const daemon::Note& note : change.notes) {
    self->controllers.events.record(set, {note.type, note.reason, note.message});
  }
  count_failures(*self, set, change.failed_on);
  for (const std::string& node : change.backed_off) {
    self->queue.add_after(key, backoff_left(*self, set, node));
  }
  if (change.nodes.empty() && change.remove.empty()) co_return nullptr;
  std::vector<std::string> uids;
  for (const Value& pod : change.remove) uids.emplace_back(uid_of(pod));
  const auto count = static_cast<int64_t>(change.nodes.size());
  self->expectations.expect(key, count, uids, engine::now());
  std::vector<Value> pods;
  for (const std::string& node : change.nodes) {
    pods.push_back(daemon::make_pod(set, node, input.hash));
  }
  PodBatch coming(set, std::move(pods));
  coming.expectations = self->expectations;
  coming.key = key;
  const BatchResult created = co_await create_pods(self->controllers, self->context, coming);
  PodBatch leaving(set, change.remove);
  leaving.expectations = self->expectations;
  leaving.key = key;
  const BatchResult deleted = co_await delete_pods(self->controllers, self->context, leaving);
  co_return engine::errors_join(created.error, deleted.error);
}

struct Recorded {
  Value revision;
  Error error;
};

Task<Recorded> create_revision(Self self, Value set, int64_t number) {
  const RestClient client = self->controllers.client;
  const Value wanted = daemon::make_set_revision(set, number);
  std::string space(namespace_of(set));
  const ObjectResult made =
      co_await client.create(self->context, kControllerRevisions, space, wanted);
  Recorded recorded;
  recorded.revision = made.object;
  recorded.error = made.error;
  if (!is_already_exists(made.error)) co_return recorded;
  std::string name(name_of(wanted));
  const ObjectResult there = co_await client.get(self->context, kControllerRevisions, space, name);
  if (there.error || there.object["data"] == wanted["data"]) {
    recorded.revision = there.object;
    recorded.error = there.error;
    co_return recorded;
  }
  // The name is taken by another template: hashes collide. The next try has another name.
  const int64_t collisions = set["status"]["collisionCount"].integer();
  const Value status = set["status"].with("collisionCount", collisions + 1);
  const ObjectResult written =
      co_await write_status(client, self->context, kDaemonSets, set, status);
  if (written.error) recorded.error = written.error;
  co_return recorded;
}

// The revision of the present template, with the highest number.
Task<Recorded> current_revision(Self self, Value set, daemon::History history) {
  const int64_t number = revisions::next_number(history.old);
  Recorded recorded;
  if (history.current.empty()) {
    recorded = co_await create_revision(self, set, number);
    co_return recorded;
  }
  recorded.revision = history.current.back();
  if (revisions::number_of(recorded.revision) >= number) co_return recorded;
  const Value renumbered = recorded.revision.with("revision", number);
  const ObjectResult written =
      co_await self->controllers.client.update(self->context, kControllerRevisions, renumbered);
  recorded.error = written.error;
  if (!written.error) recorded.revision = written.object;
  co_return recorded;
}

Task<Error> write_set_status(Self self, daemon::Input input, bool observed) {
  const Value& set = input.daemon_set;
  const std::vector<Value> pods = children_of(self->pods, set);
  input.pods = daemon::pods_by_node(pods, false);
  Value status = daemon::status_of(input);
  if (!observed) {
    status = status.with("observedGeneration", set["status"]["observedGeneration"]);
  }
  const ObjectResult written =
      co_await write_status(self->controllers.client, self->context, kDaemonSets, set, status);
  if (written.error) co_return written.error;
  if (min_ready_of(set).ns > 0 &&
      status["numberReady"].integer() != status["numberAvailable"].integer()) {
    self->queue.add_after(key_of(set), min_ready_of(set));
  }
  co_return nullptr;
}

Task<Error> clean_up(Self self, Value set, std::vector<Value> old) {
  const std::vector<Value> pods = children_of(self->pods, set);
  const std::vector<Value> surplus = daemon::surplus_history(set, old, pods);
  for (const Value& revision : surplus) {
    const ObjectKey key = split_key(key_of(revision));
    const Error error =
        co_await self->controllers.client.remove(self->context, kControllerRevisions, key);
    if (error && !is_not_found(error)) co_return error;
  }
  co_return nullptr;
}

Task<Error> place_and_update(Self self, daemon::Input input) {
  const std::string key = key_of(input.daemon_set);
  daemon::Change placing =
      daemon::plan_placement(input, [self, set = input.daemon_set](std::string_view node) {
        return backoff_left(*self, set, node) > engine::Duration{};
      });
  Error error = co_await carry_out(self, input, std::move(placing));
  if (error) co_return error;
  if (!self->expectations.satisfied(key, engine::now())) co_return nullptr;
  const std::vector<Value> pods = children_of(self->pods, input.daemon_set);
  input.pods = daemon::pods_by_node(pods, true);
  daemon::Change updating = daemon::plan_update(input);
  error = co_await carry_out(self, input, std::move(updating));
  co_return error;
}

Task<Claimed> claim_children(Self self, Value set, Informer from) {
  const std::vector<Value> candidates = children_and_orphans(from, set);
  ClaimRequest request(set, kDaemonSets, from.resource());
  request.claims = claims_of(set, LabelSelector::from(set["spec"]["selector"]), candidates);
  Claimed claimed = co_await claim(self->controllers.client, self->context, request);
  co_return claimed;
}

Task<Error> sync(Self self, std::string key) {
  const Value set = self->sets.get(key);
  if (!set) {
    self->expectations.forget(key);
    co_return nullptr;
  }
  if (LabelSelector::from(set["spec"]["selector"]).selects_all()) {
    self->controllers.events.record(
        set, {"Warning", "SelectingAll",
              "This daemon set is selecting all pods. A non-empty selector is required."});
    co_return nullptr;
  }
  if (is_being_deleted(set)) co_return nullptr;
  const Claimed history_claimed = co_await claim_children(self, set, self->revisions);
  if (history_claimed.error) co_return history_claimed.error;
  const daemon::History history = daemon::history_of(set, history_claimed.objects);
  const Recorded current = co_await current_revision(self, set, history);
  if (current.error) co_return current.error;

  daemon::Input input;
  input.daemon_set = set;
  input.nodes = all_of(self->nodes);
  input.hash = labels_of(current.revision)[revisions::kPodLabel].text();
  input.now_ns = node::unix_nano();
  if (!self->expectations.satisfied(key, engine::now())) {
    const Error error = co_await write_set_status(self, input, false);
    co_return error;
  }
  const Claimed pods = co_await claim_children(self, set, self->pods);
  if (pods.error) co_return pods.error;
  input.pods = daemon::pods_by_node(pods.objects, true);
  Error failure = co_await place_and_update(self, input);
  if (!failure) failure = co_await clean_up(self, set, history.old);
  const Error error = co_await write_set_status(self, input, true);
  co_return failure ? failure : error;
}

void follow_nodes(const Controller& it) {
  InformerHandlers handlers;
  const auto enqueue_all = [queue = it.queue, sets = it.sets](const Value& node) {
    for (const auto& [key, set] : sets.objects()) {
      if (daemon::eligibility(set, node).should_run) queue.add(key);
    }
  };
  handlers.added = enqueue_all;
  handlers.deleted = enqueue_all;
  handlers.updated = [queue = it.queue, sets = it.sets](const Value& before, const Value& node) {
    const bool same_spec = before["spec"]["taints"] == node["spec"]["taints"];
    if (same_spec && labels_of(before) == labels_of(node)) return;
    for (const auto& [key, set] : sets.objects()) {
      const daemon::Eligibility was = daemon::eligibility(set, before);
      const daemon::Eligibility is = daemon::eligibility(set, node);
      if (was.should_run != is.should_run || was.may_stay != is.may_stay) queue.add(key);
    }
  };
  it.nodes.add_handlers(std::move(handlers));
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
    queue.add(key_of(set));
    const bool became_ready = !is_pod_ready(before) && is_pod_ready(pod);
    if (became_ready && min_ready_of(set).ns > 0) {
      queue.add_after(key_of(set), min_ready_of(set) + engine::kSecond);
    }
  };
  reactions.deleted = [queue, expectations](const Value& set, const Value& pod, bool) {
    expectations.deleted(key_of(set), uid_of(pod));
    queue.add(key_of(set));
  };
  reactions.orphaned = enqueue;
  index_by_owner(it.pods);
  index_by_owner(it.revisions);
  it.pods.add_handlers(child_handlers(it.sets, std::move(reactions)));
  follow_nodes(it);
}

}  // namespace

Task<> run_daemon_set(ControllerContext controllers, Context context) {
  const Self self(new Controller(controllers, context));
  add_handlers(*self);
  co_await self->sets.wait_for_sync();
  co_await self->pods.wait_for_sync();
  co_await self->nodes.wait_for_sync();
  co_await self->revisions.wait_for_sync();
  run_workers(self->queue, kWorkers,
              [self](std::string key) { return sync(self, std::move(key)); });
  stop_with(self->queue, context);
  co_await context.done().recv();
}

}  // namespace sim::k8s
