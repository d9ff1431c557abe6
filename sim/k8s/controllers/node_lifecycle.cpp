#include "sim/k8s/controllers/node_lifecycle.h"

#include <map>
#include <set>
#include <utility>

#include "engine/sync/event_count.h"
#include "engine/sync/timer.h"
#include "engine/task/go.h"
#include "sim/k8s/controllers/edit.h"
#include "sim/k8s/controllers/node_health.h"
#include "sim/k8s/controllers/node_zones.h"
#include "sim/k8s/controllers/pod_state.h"
#include "sim/k8s/controllers/taints.h"
#include "sim/node/clock.h"

namespace sim::k8s {
namespace {

using engine::Context;
using engine::Error;
using engine::Task;

constexpr int kNodeWorkers = 8;
constexpr int kPodWorkers = 4;
constexpr engine::Duration kTaintPass = 100 * engine::kMillisecond;
constexpr int kHealthTries = 5;
constexpr engine::Duration kHealthRetry = 20 * engine::kMillisecond;
constexpr std::string_view kLeaseSpace = "kube-node-lease/";
constexpr std::string_view kByNode = "pods of node";
constexpr std::string_view kExcluded = "node.kubernetes.io/exclude-disruption";

class NodeLifecycle : public engine::Counted<NodeLifecycle> {
 public:
  NodeLifecycle(ControllerContext controllers, Context context)
      : client_(controllers.client),
        events_(controllers.events),
        context_(std::move(context)),
        nodes_(controllers.informers.of(kNodes)),
        pods_(controllers.informers.of(kPods)),
        leases_(controllers.informers.of(kLeases)) {
    InformerHandlers on_nodes;
    on_nodes.added = [queue = node_queue_](const Value& node) { queue.add(name_of(node)); };
    on_nodes.updated = [queue = node_queue_](const Value&, const Value& node) {
      queue.add(name_of(node));
    };
    nodes_.add_handlers(std::move(on_nodes));
    pods_.add_index(kByNode, [](const Value& pod) { return std::string(node_name_of(pod)); });
    InformerHandlers on_pods;
    on_pods.added = [queue = pod_queue_](const Value& pod) {
      if (!node_name_of(pod).empty()) queue.add(key_of(pod));
    };
    on_pods.updated = [queue = pod_queue_](const Value& before, const Value& pod) {
      if (node_name_of(before) != node_name_of(pod)) queue.add(key_of(pod));
    };
    pods_.add_handlers(std::move(on_pods));
  }

  Task<> wait_for_sync() {
    co_await nodes_.wait_for_sync();
    co_await pods_.wait_for_sync();
    co_await leases_.wait_for_sync();
  }
  [[nodiscard]] const WorkQueue& node_queue() const { return node_queue_; }
  [[nodiscard]] const WorkQueue& pod_queue() const { return pod_queue_; }

  Task<> monitor() {
    const engine::Ref<NodeLifecycle> self(this);
    while (!context_.err()) {
      co_await look_at_nodes();
      co_await engine::sleep_for(kNodeMonitorPeriod);
    }
  }

  // Gives nodes their NoExecute taint when it is their turn.
  Task<> taint_in_turn() {
    const engine::Ref<NodeLifecycle> self(this);
    while (!context_.err()) {
      const uint64_t seen = queued_.count();
      bool is_idle = true;
      std::vector<std::string> zones;
      for (const auto& [zone, queue] : queues_) {
        is_idle = is_idle && queue.empty();
        zones.push_back(zone);
      }
      if (is_idle) {
        co_await queued_.wait(seen);
        continue;
      }
      for (const std::string& zone : zones) {
        const std::optional<std::string> node = queues_[zone].take(engine::now());
        if (node) co_await taint_failed(*node, zone);
      }
      co_await engine::sleep_for(kTaintPass);
    }
  }

  // NoSchedule taints follow the conditions.
  Task<Error> sync_node(std::string name) {
    const engine::Ref<NodeLifecycle> self(this);
    const Value node = nodes_.get(name);
    if (!node || condition_taints(node).empty()) co_return nullptr;
    const Edit edit = [](const Value& live) {
      const TaintChange change = condition_taints(live);
      return change.empty() ? live : with_taints(live, change, now_text());
    };
    co_return co_await edit_node(name, edit);
  }

  // A pod that comes to a failed node is not ready.
  Task<Error> sync_pod(std::string key) {
    const engine::Ref<NodeLifecycle> self(this);
    const Value pod = pods_.get(key);
    const Value node = pod ? nodes_.get(node_name_of(pod)) : Value();
    if (!node || !condition_of(node, "Ready") || ready_status(node) == "True") co_return nullptr;
    co_return co_await mark_not_ready(pod);
  }

  void wake() const { queued_.advance(); }

 private:
  Task<> look_at_nodes() {
    const engine::Ref<NodeLifecycle> self(this);
    std::vector<std::string> names;
    for (const auto& [name, node] : nodes_.objects()) names.push_back(name);
    co_await take_note(names);
    std::map<std::string, ZoneCounts> zones;
    for (const std::string& name : names) {
      const Judged judged = co_await judge(name);
      if (!judged.node) continue;
      const bool is_ready = ready_status(judged.node) == "True";
      if (!labels_of(judged.node).contains(kExcluded)) {
        ZoneCounts& counts = zones[zone_of(judged.node)];
        (is_ready ? counts.ready : counts.not_ready) += 1;
      }
      if (condition_of(judged.node, "Ready")) co_await follow(judged);
    }
    co_await adapt(zones);
  }

  // Nodes that came and went since the last look.
  Task<> take_note(std::vector<std::string> names) {
    const engine::Ref<NodeLifecycle> self(this);
    std::map<std::string, Value> now;
    for (const std::string& name : names) {
      const Value node = nodes_.get(name);
      if (!node) continue;
      now[name] = node;
      queues_.try_emplace(zone_of(node));
      if (known_.contains(name)) continue;
      tell(node, "RegisteredNode", "Registered Node " + name + " in Controller");
      co_await mark_reachable(name);
    }
    for (const auto& [name, node] : known_) {
      if (now.contains(name)) continue;
      tell(node, "RemovingNode", "Removing Node " + name + " from Controller");
      health_.erase(name);
      for (auto& [zone, queue] : queues_) queue.remove(name);
    }
    known_ = std::move(now);
  }

  void tell(const Value& node, std::string_view reason, const std::string& what) const {
    const std::string message = "Node " + std::string(name_of(node)) + " event: " + what;
    events_.record(node, {"Normal", reason, message});
  }

  struct Judged {
    Value node;  // absent if it is gone, or could not be written
    std::string observed;
  };
  Task<Judged> judge(std::string name) {
    const engine::Ref<NodeLifecycle> self(this);
    Judged judged;
    NodeLook look;
    look.node = nodes_.get(name);
    for (int tries = 0; look.node; ++tries) {
      look.lease = leases_.get(std::string(kLeaseSpace) + name);
      look.now = engine::now();
      look.now_unix_ns = node::unix_nano();
      const auto before = health_.find(name);
      NodeHealth health = observed_health(
          before == health_.end() ? std::nullopt : std::optional(before->second), look);
      judged.observed = ready_status(look.node);
      const Value node = judged_node(health, look, now_text());
      if (node == look.node) {
        health_[name] = health;
        judged.node = node;
        break;
      }
      const ObjectResult written = co_await client_.update(context_, kNodes, node, "status");
      if (!written.error) {
        health.ready = condition_of(written.object, "Ready");
        health_[name] = health;
        judged.node = written.object;
        break;
      }
      if (tries == kHealthTries || context_.err()) break;
      co_await engine::sleep_for(kHealthRetry);
      const ObjectResult got = co_await client_.get(context_, kNodes, std::string(), name);
      if (got.error) break;
      look.node = got.object;
    }
    co_return judged;
  }

  // Taints and pods of a node as its health demands.
  Task<> follow(Judged judged) {
    const engine::Ref<NodeLifecycle> self(this);
    const std::string name(name_of(judged.node));
    const std::string_view current = ready_status(judged.node);
    if (judged.observed == "True") {
      co_await mark_reachable(name);
    } else {
      co_await mark_failed(judged.node, judged.observed == "False");
    }
    const bool has_failed = current != "True" && judged.observed == "True";
    const bool must_retry = retry_.contains(name) && judged.observed != "True";
    if (current == "True") retry_.erase(name);
    if (has_failed) {
      const std::string message = "Node " + name + " status is now: NodeNotReady";
      events_.record(judged.node, {"Normal", "NodeNotReady", message});
    }
    if (!has_failed && !must_retry) co_return;
    retry_.erase(name);
    for (const Value& pod : pods_.by_index(kByNode, name)) {
      const Error error = co_await mark_not_ready(pod);
      if (error) retry_.insert(name);
    }
  }

  Task<> mark_failed(Value node, bool is_not_ready) {
    const engine::Ref<NodeLifecycle> self(this);
    const std::string_view wanted = is_not_ready ? kTaintNotReady : kTaintUnreachable;
    const std::string_view other = is_not_ready ? kTaintUnreachable : kTaintNotReady;
    const std::string name(name_of(node));
    EvictionQueue& queue = queues_[zone_of(node)];
    if (has_taint(node, other, kNoExecute)) {
      // It has waited for its turn already.
      const Edit edit = swap_to(wanted, other);
      static_cast<void>(co_await edit_node(name, edit));
      co_return;
    }
    if (!has_taint(node, wanted, kNoExecute)) queue.remove(name);
    if (queue.add(name)) queued_.advance();
  }

  Task<> mark_reachable(std::string name) {
    const engine::Ref<NodeLifecycle> self(this);
    for (auto& [zone, queue] : queues_) queue.remove(name);
    const Value node = nodes_.get(name);
    if (!has_taint(node, kTaintNotReady, kNoExecute) &&
        !has_taint(node, kTaintUnreachable, kNoExecute)) {
      co_return;
    }
    const Edit edit = [](const Value& live) {
      TaintChange change;
      change.effect = kNoExecute;
      change.remove = {kTaintNotReady, kTaintUnreachable};
      return with_taints(live, change, {});
    };
    static_cast<void>(co_await edit_node(name, edit));
  }

  Task<> taint_failed(std::string name, std::string zone) {
    const engine::Ref<NodeLifecycle> self(this);
    const Value node = nodes_.get(name);
    if (!node || !condition_of(node, "Ready")) co_return;
    const std::string_view status = ready_status(node);
    if (status == "True") co_return;  // it is back
    const bool is_not_ready = status == "False";
    const Edit edit = swap_to(is_not_ready ? kTaintNotReady : kTaintUnreachable,
                              is_not_ready ? kTaintUnreachable : kTaintNotReady);
    const Error error = co_await edit_node(name, edit);
    if (!error || is_not_found(error)) co_return;
    EvictionQueue& queue = queues_[zone];
    queue.remove(name);
    queue.add(name);
  }

  static Edit swap_to(std::string_view wanted, std::string_view other) {
    return [wanted, other](const Value& live) {
      TaintChange change;
      change.effect = kNoExecute;
      change.add.push_back(wanted);
      change.remove.push_back(other);
      return with_taints(live, change, now_text());
    };
  }

  Task<> adapt(std::map<std::string, ZoneCounts> zones) {
    const engine::Ref<NodeLifecycle> self(this);
    const ZoneModes::Change change = modes_.update(zones);
    for (const auto& [zone, pace] : change.paces) queues_[zone].set_pace(pace, engine::now());
    if (change.restart_grace) {
      for (auto& [name, health] : health_) health.probed = engine::now();
    }
    if (!change.forgive_all) co_return;
    std::vector<std::string> names;
    for (const auto& [name, node] : known_) names.push_back(name);
    for (const std::string& name : names) co_await mark_reachable(name);
  }

  Task<Error> mark_not_ready(Value pod) {
    const engine::Ref<NodeLifecycle> self(this);
    if (!pod_is_ready(pod)) co_return nullptr;
    ObjectKey key;
    key.space = namespace_of(pod);
    key.name = name_of(pod);
    EditTarget target(kPods, key, "status");
    target.uid = uid_of(pod);
    const Edit edit = [](const Value& live) {
      const Value& ready = condition_of(live, "Ready");
      if (ready["status"].text() != "True") return live;
      const Condition condition{"Ready", "False", ready["reason"].text(), ready["message"].text()};
      return with_condition(live, condition, now_text());
    };
    const ObjectResult result = co_await edit_object(client_, context_, target, edit);
    if (is_not_found(result.error)) co_return nullptr;
    if (!result.error) {
      events_.record(pod, {"Warning", "NodeNotReady", "Node is not ready"});
    }
    co_return result.error;
  }

  Task<Error> edit_node(std::string name, Edit edit) {
    const engine::Ref<NodeLifecycle> self(this);
    ObjectKey key;
    key.name = name;
    EditTarget target(kNodes, key);
    const ObjectResult result = co_await edit_object(client_, context_, target, edit);
    co_return is_not_found(result.error) ? Error() : result.error;
  }

  RestClient client_;
  EventRecorder events_;
  Context context_;
  Informer nodes_;
  Informer pods_;
  Informer leases_;
  WorkQueue node_queue_{"node_lifecycle_nodes"};
  WorkQueue pod_queue_{"node_lifecycle_pods"};
  engine::EventCount queued_{"taints to set"};
  std::map<std::string, EvictionQueue> queues_;  // by zone
  std::map<std::string, NodeHealth> health_;     // by node
  std::map<std::string, Value> known_;           // nodes at the last look
  std::set<std::string> retry_;                  // whose pods could not all be marked
  ZoneModes modes_;
};

}  // namespace

Task<> run_node_lifecycle(ControllerContext controllers, Context context) {
  const engine::Ref<NodeLifecycle> lifecycle(new NodeLifecycle(std::move(controllers), context));
  co_await lifecycle->wait_for_sync();
  run_workers(lifecycle->node_queue(), kNodeWorkers,
              [lifecycle](std::string name) { return lifecycle->sync_node(std::move(name)); });
  run_workers(lifecycle->pod_queue(), kPodWorkers,
              [lifecycle](std::string key) { return lifecycle->sync_pod(std::move(key)); });
  stop_with(lifecycle->node_queue(), context);
  stop_with(lifecycle->pod_queue(), context);
  engine::go([lifecycle]() -> Task<> { co_await lifecycle->monitor(); }).set_name("node monitor");
  engine::go([lifecycle]() -> Task<> {
    co_await lifecycle->taint_in_turn();
  }).set_name("node taints");
  engine::go([lifecycle, context]() -> Task<> {
    co_await context.done().recv();
    lifecycle->wake();
  }).set_name("node taints end");
}

}  // namespace sim::k8s
