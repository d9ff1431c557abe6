#include "sim/k8s/controllers/garbage_graph.h"

#include <algorithm>
#include <utility>

namespace sim::k8s {
namespace {

using json::Array;
using json::Object;

const Value& reference_to(const Value& references, std::string_view uid) {
  for (const Value& reference : references.items()) {
    if (reference["uid"].text() == uid) return reference;
  }
  return references["none"];
}

bool waits_for_dependents(const Value& object) {
  return is_being_deleted(object) && has_finalizer(object, kForegroundFinalizer);
}

bool orphans_dependents(const Value& object) {
  return is_being_deleted(object) && has_finalizer(object, kOrphanFinalizer);
}

Value owners_patch(const Value& object, Value owners) {
  return Object()
      .set("metadata", Object()
                           .set("uid", uid_of(object))
                           .set("resourceVersion", metadata(object)["resourceVersion"])
                           .set("ownerReferences", std::move(owners))
                           .build())
      .build();
}

}  // namespace

const GarbageNode* GarbageGraph::find(std::string_view uid) const {
  const auto found = nodes_.find(uid);
  return found == nodes_.end() ? nullptr : &found->second;
}

void GarbageGraph::want_delete(const std::string& uid) {
  if (wanted_.insert(uid).second) work_.to_delete.push_back(uid);
}

GarbageGraph::Work GarbageGraph::take_work() {
  wanted_.clear();
  return std::exchange(work_, {});
}

void GarbageGraph::note_absent(const std::string& uid) {
  if (absent_.contains(uid)) return;
  absent_.emplace(uid, ++noted_);
  absent_order_.emplace(noted_, uid);
  if (absent_.size() <= kAbsentMost) return;
  const auto oldest = absent_order_.begin();
  absent_.erase(oldest->second);
  absent_order_.erase(oldest);
}

void GarbageGraph::join_owners(const GarbageNode& node, const Value& references) {
  for (const Value& reference : references.items()) {
    std::string uid(reference["uid"].text());
    const auto [at, is_new] = nodes_.try_emplace(uid);
    GarbageNode& owner = at->second;
    if (is_new) {
      owner.uid = uid;
      owner.api_version = reference["apiVersion"].text();
      owner.kind = reference["kind"].text();
      owner.name = reference["name"].text();
      owner.space = node.space;
      owner.is_virtual = true;
      want_delete(uid);  // to find out whether it is there
    }
    owner.dependents.insert(node.uid);
  }
}

void GarbageGraph::leave_owners(const GarbageNode& node, const Value& references) {
  for (const Value& reference : references.items()) {
    const auto owner = nodes_.find(reference["uid"].text());
    if (owner != nodes_.end()) owner->second.dependents.erase(node.uid);
  }
}

// Owners that waited for this one need not any more.
void GarbageGraph::unblock_owners(const Value& before, const Value& after) {
  for (const Value& reference : before.items()) {
    if (!reference["blockOwnerDeletion"].truth()) continue;
    const std::string uid(reference["uid"].text());
    if (reference_to(after, uid)["blockOwnerDeletion"].truth()) continue;
    if (nodes_.contains(uid)) want_delete(uid);
  }
}

void GarbageGraph::take_transition(GarbageNode& node, const Value& object) {
  node.being_deleted = node.being_deleted || is_being_deleted(object);
  if (orphans_dependents(object)) {
    if (std::find(work_.to_orphan.begin(), work_.to_orphan.end(), node.uid) ==
        work_.to_orphan.end()) {
      work_.to_orphan.push_back(node.uid);
    }
  }
  if (waits_for_dependents(object) && !node.deleting_dependents) {
    node.deleting_dependents = true;
    for (const std::string& dependent : node.dependents) want_delete(dependent);
    want_delete(node.uid);
  }
}

void GarbageGraph::put(const Value& object, ObjectKind kind) {
  const std::string uid(uid_of(object));
  const Value owners = metadata(object)["ownerReferences"];
  const auto [at, is_new] = nodes_.try_emplace(uid);
  GarbageNode& node = at->second;
  if (is_new || node.is_virtual) {
    node.uid = uid;
    node.api_version = kind.api_version;
    node.kind = kind.kind;
    node.space = namespace_of(object);
    node.name = name_of(object);
    node.owners = owners;
    node.is_virtual = false;
    join_owners(node, owners);
    take_transition(node, object);
    return;
  }
  const Value before = std::exchange(node.owners, owners);
  if (before != owners) {
    unblock_owners(before, owners);
    leave_owners(node, before);
    join_owners(node, owners);
  }
  take_transition(node, object);
}

void GarbageGraph::drop(std::string_view gone) {
  const auto found = nodes_.find(gone);
  if (found == nodes_.end()) return;
  const GarbageNode node = std::move(found->second);
  nodes_.erase(found);
  leave_owners(node, node.owners);
  if (!node.dependents.empty()) note_absent(node.uid);
  for (const std::string& dependent : node.dependents) want_delete(dependent);
  for (const Value& reference : node.owners.items()) {
    const auto owner = nodes_.find(reference["uid"].text());
    if (owner != nodes_.end() && owner->second.deleting_dependents) want_delete(owner->first);
  }
}

std::vector<std::string> GarbageGraph::dependents_of(std::string_view uid) const {
  const GarbageNode* const node = find(uid);
  if (node == nullptr) return {};
  return {node->dependents.begin(), node->dependents.end()};
}

std::vector<std::string> GarbageGraph::blocking(std::string_view uid) const {
  std::vector<std::string> out;
  for (const std::string& each : dependents_of(uid)) {
    const GarbageNode* const dependent = find(each);
    if (dependent == nullptr) continue;
    if (reference_to(dependent->owners, uid)["blockOwnerDeletion"].truth()) out.push_back(each);
  }
  return out;
}

GarbageVerdict judge(const GarbageGraph& graph, const Value& live,
                     const std::vector<OwnerFinding>& findings) {
  using Kind = GarbageVerdict::Kind;
  GarbageVerdict verdict;
  bool has_solid = false;
  bool has_waiting = false;
  for (const OwnerFinding& finding : findings) {
    has_solid = has_solid || finding.state == OwnerState::kSolid;
    has_waiting = has_waiting || finding.state == OwnerState::kWaitingForDependents;
    if (finding.state != OwnerState::kSolid) verdict.uids.push_back(finding.uid);
  }
  if (has_solid || findings.empty()) {
    if (!verdict.uids.empty()) verdict.kind = Kind::kDropOwners;
    return verdict;
  }
  verdict.kind = Kind::kDelete;
  verdict.uids.clear();
  const std::vector<std::string> dependents = graph.dependents_of(uid_of(live));
  if (has_waiting && !dependents.empty()) {
    // An owner waits for it, so it waits for its own; who waits in a circle must not block.
    verdict.propagation = "Foreground";
    verdict.unblock_owners =
        std::any_of(dependents.begin(), dependents.end(), [&](const std::string& uid) {
          const GarbageNode* const dependent = graph.find(uid);
          return dependent != nullptr && dependent->deleting_dependents;
        });
  } else if (has_finalizer(live, kOrphanFinalizer)) {
    verdict.propagation = "Orphan";
  } else if (has_finalizer(live, kForegroundFinalizer)) {
    verdict.propagation = "Foreground";
  } else {
    verdict.propagation = "Background";
  }
  return verdict;
}

Value patch_without_owners(const Value& object, const std::vector<std::string>& uids) {
  Array left;
  for (const Value& reference : metadata(object)["ownerReferences"].items()) {
    const std::string_view uid = reference["uid"].text();
    if (std::find(uids.begin(), uids.end(), uid) == uids.end()) left.add(reference);
  }
  return owners_patch(object, left.size() == 0 ? Value(nullptr) : left.build());
}

Value patch_unblocking(const Value& object) {
  Array owners;
  for (const Value& reference : metadata(object)["ownerReferences"].items()) {
    owners.add(reference["blockOwnerDeletion"].truth() ? reference.with("blockOwnerDeletion", false)
                                                       : reference);
  }
  return owners_patch(object, owners.build());
}

}  // namespace sim::k8s
