#include "sim/k8s/scheduler/cluster.h"

#include <algorithm>
#include <utility>

#include "engine/world/check.h"
#include "sim/k8s/api/quantity.h"

namespace sim::k8s::scheduler {
namespace {

constexpr Value kNothing;

Value pair_of(const Value& space, const Value& name) {
  return json::Array().add(space).add(name).build();
}

// Source: component-helpers' node/topology GetZoneKey.
Value zone_of(const Value& labels) {
  const auto either = [&](std::string_view now, std::string_view once) {
    return labels[now] ? labels[now].text() : labels[once].text();
  };
  std::string zone(
      either("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"));
  const std::string_view name =
      either("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone");
  if (zone.empty() && name.empty()) return "";
  zone += ':';
  zone += name;
  return Value(zone);
}

const Value& nominated_of(const Value& pod) {
  const Value& name = pod["status"]["nominatedNodeName"];
  return name.text().empty() ? kNothing : name;
}

// Whether nothing that digests are read from has changed.
bool same_for_scheduling(const Value& a, const Value& b) {
  return a["spec"] == b["spec"] && labels_of(a) == labels_of(b) &&
         is_being_deleted(a) == is_being_deleted(b) && nominated_of(a) == nominated_of(b) &&
         a["status"]["startTime"] == b["status"]["startTime"] &&
         condition_of(a, "DisruptionTarget") == condition_of(b, "DisruptionTarget");
}

void add_requests(NodeInfo& node, const PodSpec& spec, int64_t sign) {
  node.requested.milli_cpu += sign * spec.requests.milli_cpu;
  node.requested.memory += sign * spec.requests.memory;
  node.requested.storage += sign * spec.requests.storage;
  node.nonzero_milli_cpu += sign * spec.nonzero_milli_cpu;
  node.nonzero_memory += sign * spec.nonzero_memory;
  for (const Amount& each : spec.amounts) {
    add_amount(node.requested_amounts, each.resource, sign * each.amount);
  }
}

}  // namespace

Value pod_key(const Value& pod) {
  const Value& uid = metadata(pod)["uid"];
  return uid ? uid : Value(key_of(pod));
}

Cluster::~Cluster() {
  for (const auto& node : nodes_) {
    while (node != nullptr && !node->pods.empty()) detach(*node->pods.back());
  }
}

void Cluster::put(ValueMap<Value>& map, const Value& key, const Value& object) {
  if (object) {
    map[key] = object;
  } else {
    map.erase(key);
  }
}

const Value& Cluster::get(const ValueMap<Value>& map, const Value& key) {
  const Value* const found = map.find(key);
  return found == nullptr ? kNothing : *found;
}

// Nodes.

NodeInfo& Cluster::place(const Value& name) {
  if (const uint32_t* const known = node_ids_.find(name)) return *nodes_[*known];
  uint32_t id = static_cast<uint32_t>(nodes_.size());
  if (free_.empty()) {
    nodes_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  nodes_[id] = std::make_unique<NodeInfo>();
  nodes_[id]->name = name;
  nodes_[id]->id = id;
  node_ids_[name] = id;
  return *nodes_[id];
}

void Cluster::tidy(NodeInfo& node) {
  if (node.present || !node.pods.empty() || !node.nominated.empty()) return;
  const uint32_t id = node.id;
  node_ids_.erase(node.name);
  nodes_[id].reset();
  free_.push_back(id);
}

void Cluster::read_node(const Value& object, NodeInfo& out) {
  out.object = object;
  out.unschedulable = object["spec"]["unschedulable"].truth();
  out.allocatable = {};
  out.allowed_pods = 0;
  out.allocatable_amounts.clear();
  for (const json::Member& each : object["status"]["allocatable"].members()) {
    const std::string_view name = each.name();
    const Quantity amount = Quantity::from(each.value);
    if (name == "cpu") {
      out.allocatable.milli_cpu = amount.milli();
    } else if (name == "memory") {
      out.allocatable.memory = amount.value();
    } else if (name == "ephemeral-storage") {
      out.allocatable.storage = amount.value();
    } else if (name == "pods") {
      out.allowed_pods = amount.value();
    } else if (is_scalar_resource(name)) {
      const uint32_t id = digests_.names().resources.id_of(each.key);
      out.allocatable_amounts.push_back({id, amount.value()});
    }
  }
  out.taints.clear();
  for (const Value& taint : object["spec"]["taints"].items()) {
    out.taints.push_back(Taint::from(taint));
  }
}

void Cluster::set_images(NodeInfo& node, const Value& images) {
  for (const uint32_t id : node.images) {
    if (--images_[id].nodes == 0) images_[id] = {};
  }
  node.images.clear();
  for (const Value& image : images.items()) {
    for (const Value& name : image["names"].items()) {
      const uint32_t id = digests_.names().images.id_of(name);
      const auto at = std::lower_bound(node.images.begin(), node.images.end(), id);
      if (at != node.images.end() && *at == id) continue;
      node.images.insert(at, id);
      if (images_.size() <= id) images_.resize(id + 1);
      if (images_[id].nodes++ == 0) images_[id].size = image["sizeBytes"].integer();
    }
  }
}

void Cluster::enter_zone(const NodeInfo& node) {
  auto zone = std::find_if(zones_.begin(), zones_.end(),
                           [&](const Zone& each) { return each.name == node.zone; });
  if (zone == zones_.end()) zone = zones_.insert(zones_.end(), Zone{node.zone, {}});
  zone->nodes.push_back(node.id);
  order_stale_ = true;
}

void Cluster::leave_zone(const NodeInfo& node) {
  const auto zone = std::find_if(zones_.begin(), zones_.end(),
                                 [&](const Zone& each) { return each.name == node.zone; });
  std::erase(zone->nodes, node.id);
  if (zone->nodes.empty()) zones_.erase(zone);
  order_stale_ = true;
}

void Cluster::set_node(const Value& node) {
  NodeInfo& info = place(metadata(node)["name"]);
  const Value before = info.object;
  if (before == node) return;
  const Value& labels = labels_of(node);
  const Value zone = zone_of(labels);
  if (info.present && zone != info.zone) leave_zone(info);
  const bool moves = !info.present || zone != info.zone;
  if (info.present && labels != info.labels) index_.node_disappears(info);
  read_node(node, info);
  info.labels = labels;
  info.zone = zone;
  if (!info.present) index_.node_appears(info);
  if (moves) enter_zone(info);
  const Value& images = node["status"]["images"];
  if (before["status"]["images"] != images) set_images(info, images);
}

void Cluster::remove_node(const Value& name) {
  const uint32_t* const id = node_ids_.find(name);
  if (id == nullptr || !nodes_[*id]->present) return;
  NodeInfo& node = *nodes_[*id];
  leave_zone(node);
  index_.node_disappears(node);
  set_images(node, {});
  node.object = {};
  tidy(node);
}

const NodeInfo* Cluster::find_node(const Value& name) const {
  const uint32_t* const id = name ? node_ids_.find(name) : nullptr;
  return id != nullptr && nodes_[*id]->present ? nodes_[*id].get() : nullptr;
}

const std::vector<NodeInfo*>& Cluster::nodes() const {
  if (!order_stale_) return order_;
  order_stale_ = false;
  order_.clear();
  size_t longest = 0;
  for (const Zone& zone : zones_) longest = std::max(longest, zone.nodes.size());
  for (size_t i = 0; i < longest; ++i) {
    for (const Zone& zone : zones_) {
      if (i < zone.nodes.size()) order_.push_back(nodes_[zone.nodes[i]].get());
    }
  }
  return order_;
}

// Pods.

void Cluster::attach(PodInfo& pod, NodeInfo& node) {
  pod.node = node.id;
  pod.place_on_node = static_cast<uint32_t>(node.pods.size());
  node.pods.push_back(&pod);
  node.ports.insert(node.ports.end(), pod.spec->ports.begin(), pod.spec->ports.end());
  add_requests(node, *pod.spec, 1);
  index_.attach(node, pod);
}

void Cluster::detach(PodInfo& pod) {
  NodeInfo& node = *nodes_[pod.node];
  index_.detach(node, pod);
  add_requests(node, *pod.spec, -1);
  PodInfo* const last = node.pods.back();
  node.pods[pod.place_on_node] = last;
  last->place_on_node = pod.place_on_node;
  node.pods.pop_back();
  if (!pod.spec->ports.empty()) {
    node.ports.clear();
    for (const PodInfo* other : node.pods) {
      node.ports.insert(node.ports.end(), other->spec->ports.begin(), other->spec->ports.end());
    }
  }
  pod.node = kNone;
}

void Cluster::withdraw(PodInfo& pod) {
  if (pod.nominated_node == kNone) return;
  NodeInfo& node = *nodes_[std::exchange(pod.nominated_node, kNone)];
  std::erase(node.nominated, &pod);
  tidy(node);
}

void Cluster::nominate(PodInfo& pod, const Value& node_name) {
  withdraw(pod);
  pod.nominated = node_name;
  if (!node_name || pod.node != kNone) return;
  NodeInfo& node = place(node_name);
  node.nominated.push_back(&pod);
  pod.nominated_node = node.id;
}

PodInfo* Cluster::find_pod(const Value& pod) {
  const auto* const found = pods_.find(pod_key(pod));
  return found == nullptr ? nullptr : found->get();
}

PodInfo& Cluster::set_pod(const Value& pod) {
  std::unique_ptr<PodInfo>& slot = pods_[pod_key(pod)];
  if (slot != nullptr && same_for_scheduling(slot->object, pod)) {
    slot->object = pod;
    return *slot;
  }
  if (slot == nullptr) slot = std::make_unique<PodInfo>();
  PodInfo& info = *slot;
  const Value before = info.object;
  const Value nominated = info.nominated;
  const uint32_t was_on = info.node;
  if (was_on != kNone) detach(info);
  withdraw(info);
  digests_.read(pod, info);
  const Value& bound = pod["spec"]["nodeName"];
  if (!bound.text().empty()) {
    info.assumed = false;
    attach(info, place(bound));
  } else if (info.assumed) {
    attach(info, *nodes_[was_on]);
  } else {
    // What was decided here is not in the object yet.
    const bool said = nominated_of(before) || nominated_of(pod);
    nominate(info, said ? nominated_of(pod) : nominated);
  }
  if (was_on != kNone) tidy(*nodes_[was_on]);
  return info;
}

void Cluster::remove_pod(const Value& pod) {
  const Value key = pod_key(pod);
  auto* const found = pods_.find(key);
  if (found == nullptr) return;
  PodInfo& info = **found;
  const uint32_t was_on = info.node;
  if (was_on != kNone) detach(info);
  withdraw(info);
  if (was_on != kNone) tidy(*nodes_[was_on]);
  // Its digests may go with it, and they are asked for while the map changes.
  const std::unique_ptr<PodInfo> last = std::move(*found);
  pods_.erase(key);
}

void Cluster::assume(PodInfo& pod, uint32_t node) {
  ENGINE_CHECK(pod.node == kNone);
  withdraw(pod);
  pod.assumed = true;
  attach(pod, *nodes_[node]);
}

Cluster::Lifted Cluster::lift(PodInfo& pod) {
  const Lifted lifted{pod.node, pod.place_on_node};
  detach(pod);
  return lifted;
}

void Cluster::put_back(PodInfo& pod, Lifted lifted) {
  NodeInfo& node = *nodes_[lifted.node];
  attach(pod, node);
  // The last one had taken its place.
  PodInfo* const other = node.pods[lifted.place];
  std::swap(node.pods[lifted.place], node.pods.back());
  other->place_on_node = pod.place_on_node;
  pod.place_on_node = lifted.place;
}

void Cluster::forget(PodInfo& pod) {
  ENGINE_CHECK(pod.assumed);
  NodeInfo& node = *nodes_[pod.node];
  detach(pod);
  pod.assumed = false;
  nominate(pod, pod.nominated);
  tidy(node);
}

// What else decides.

void Cluster::set_namespace(const Value& name, const Value& object) {
  // One without labels is there, too.
  index_.set_namespace(name,
                       object && !labels_of(object) ? Value::empty_object() : labels_of(object));
}

void Cluster::set_claim(const Value& space, const Value& name, const Value& object) {
  put(claims_, pair_of(space, name), object);
}

const Value& Cluster::claim(const Value& space, const Value& name) const {
  return get(claims_, pair_of(space, name));
}

void Cluster::set_disruption_budget(const Value& space, const Value& name, const Value& object) {
  std::string key(space.text());
  key += '/';
  key += name.text();
  if (object) {
    budgets_[key] = object;
  } else {
    budgets_.erase(key);
  }
}

}  // namespace sim::k8s::scheduler
