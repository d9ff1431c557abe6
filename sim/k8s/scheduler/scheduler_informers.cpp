// The part of the scheduler that takes in what informers tell.

#include <string_view>

#include "sim/k8s/scheduler/scheduler.h"

namespace sim::k8s::scheduler {
namespace {

bool is_over(const Value& pod) {
  const std::string_view phase = pod["status"]["phase"].text();
  return phase == "Succeeded" || phase == "Failed";
}

bool has_node(const Value& pod) {
  return !pod["spec"]["nodeName"].text().empty();
}

// Handlers for a resource of which only the latest state matters.
template <class F>
InformerHandlers whenever(F changed) {
  InformerHandlers handlers;
  handlers.added = [changed](const Value& object) { changed(object, object); };
  handlers.updated = [changed](const Value&, const Value& object) { changed(object, object); };
  handlers.deleted = [changed](const Value& object) { changed(object, Value()); };
  return handlers;
}

const Value& space_of(const Value& object) {
  return metadata(object)["namespace"];
}
const Value& own_name(const Value& object) {
  return metadata(object)["name"];
}

}  // namespace

InformerFactory Scheduler::watch() const {
  const Scheduler self = *this;
  const InformerFactory informers(core_->client);
  InformerHandlers pods;
  pods.added = [self](const Value& pod) { self.pod_changed(pod); };
  pods.updated = [self](const Value&, const Value& pod) { self.pod_changed(pod); };
  pods.deleted = [self](const Value& pod) { self.pod_gone(pod); };
  InformerHandlers nodes;
  nodes.added = [self](const Value& node) { self.node_changed({}, node); };
  nodes.updated = [self](const Value& before, const Value& node) {
    self.node_changed(before, node);
  };
  nodes.deleted = [self](const Value& node) { self.node_changed(node, {}); };
  // Each `name` is an object that has the name, and `now` what there is: nothing if it was deleted.
  const auto claims = whenever([self](const Value& name, const Value& now) {
    self.core_->cluster.set_claim(space_of(name), own_name(name), now);
    if (now) self.tell_of(EventKind::kClaim, now);
  });
  const auto volumes = whenever([self](const Value& name, const Value& now) {
    self.core_->cluster.set_volume(own_name(name), now);
    if (now) self.tell_of(EventKind::kVolume, now);
  });
  const auto storage_classes = whenever([self](const Value& name, const Value& now) {
    self.core_->cluster.set_storage_class(own_name(name), now);
    if (now) self.tell_of(EventKind::kStorageClass, now);
  });
  const auto namespaces = whenever([self](const Value& name, const Value& now) {
    self.core_->cluster.set_namespace(own_name(name), now);
  });
  const auto budgets = whenever([self](const Value& name, const Value& now) {
    self.core_->cluster.set_disruption_budget(space_of(name), own_name(name), now);
  });
  const auto services = whenever([self](const Value& name, const Value& now) {
    SpreadDefaults& defaults = self.core_->cluster.spread_defaults();
    defaults.set_service(space_of(name), own_name(name), now);
  });
  const auto controllers_of = [self](const char* kind) {
    return whenever([self, kind](const Value& name, const Value& now) {
      SpreadDefaults& defaults = self.core_->cluster.spread_defaults();
      defaults.set_controller(space_of(name), Value(kind), own_name(name), now);
    });
  };
  // Namespaces and nodes first: what comes later is read with them.
  informers.of(kNamespaces).add_handlers(namespaces);
  informers.of(kNodes).add_handlers(nodes);
  informers.of(kServices).add_handlers(services);
  informers.of(kReplicaSets).add_handlers(controllers_of("ReplicaSet"));
  informers.of(kStatefulSets).add_handlers(controllers_of("StatefulSet"));
  informers.of(kPersistentVolumeClaims).add_handlers(claims);
  informers.of(kPersistentVolumes).add_handlers(volumes);
  informers.of(kStorageClasses).add_handlers(storage_classes);
  informers.of(kPodDisruptionBudgets).add_handlers(budgets);
  informers.of(kPods).add_handlers(pods);
  return informers;
}

void Scheduler::tell(const Event& event) const {
  core_->queue.tell(event, engine::now());
  core_->changed.advance();
}

void Scheduler::tell_of(EventKind kind, const Value& object) const {
  Event event(kind);
  event.after = object;
  tell(event);
}

void Scheduler::node_changed(const Value& before, const Value& after) const {
  if (after) {
    core_->cluster.set_node(after);
  } else {
    core_->cluster.remove_node(own_name(before));
  }
  for (const Event& event : node_events(before, after)) tell(event);
}

void Scheduler::pod_changed(const Value& pod) const {
  Core& core = *core_;
  const bool placed = has_node(pod);
  if (is_over(pod) || (!placed && pod["spec"]["schedulerName"].text() != core.options.name)) {
    pod_gone(pod);
    return;
  }
  const PodInfo* const before = core.cluster.find_pod(pod);
  const bool was_placed = before != nullptr && before->node != Cluster::kNone && !before->assumed;
  const Value labels = before == nullptr ? Value() : labels_of(before->object);
  const Value nominated =
      before == nullptr ? Value() : before->object["status"]["nominatedNodeName"];
  PodInfo& info = core.cluster.set_pod(pod);
  if (placed) {
    core.queue.remove(info);
    if (!was_placed) {
      tell(Event::of_pod(EventKind::kAssignedPodAdd, info));
    } else if (labels != labels_of(pod)) {
      tell(Event::of_pod(EventKind::kAssignedPodLabel, info));
    }
    return;
  }
  // Until it is known to be bound, or not, nothing else happens to it.
  if (info.assumed) return;
  core.queue.set(info, engine::now());
  if (!nominated.text().empty() && nominated != pod["status"]["nominatedNodeName"]) {
    // The room that was kept for it is free for others.
    tell(Event::of_pod(EventKind::kAssignedPodDelete, info));
  }
  core.changed.advance();
}

void Scheduler::pod_gone(const Value& pod) const {
  Core& core = *core_;
  PodInfo* const known = core.cluster.find_pod(pod);
  if (known == nullptr) return;
  core.queue.remove(*known);
  if (known->node != Cluster::kNone || known->nominated) {
    tell(Event::of_pod(EventKind::kAssignedPodDelete, *known));
  }
  core.cluster.remove_pod(pod);
  core.changed.advance();
}

}  // namespace sim::k8s::scheduler
