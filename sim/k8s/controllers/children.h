// sim/k8s/controllers/children.h: what controllers learn of the objects that theirs own.
//
// Concept: a pod that changes means work for the ReplicaSet that owns it; one that nobody owns, for
// all whose selectors match it. A pod that is marked to be deleted is as good as gone.
// Lifetime: handlers hold the informer of the owners; owners' handlers must not hold the
// children's. Source: kube-controller-manager (the event handlers of its workload controllers).

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/k8s/client/informer.h"

namespace sim::k8s {

/// Plain functions; any may be missing.
struct ChildReactions {
  std::function<void(const Value& owner, const Value& child)> added;
  std::function<void(const Value& owner, const Value& before, const Value& child)> updated;
  /// `gone`: for good, rather than marked.
  std::function<void(const Value& owner, const Value& child, bool gone)> deleted;
  /// An orphan that `owner` selects has come or has changed.
  std::function<void(const Value& owner)> orphaned;
};

/// For the children's informer. Owners are looked up in theirs.
InformerHandlers child_handlers(Informer owners, ChildReactions reactions);

/// The owner of `child`, if it is one of those and still the same; else absent.
const Value& owner_among(const Informer& owners, const Value& child);

/// Keeps the objects of an informer by owner. Before it runs; any number of times.
void index_by_owner(const Informer& children);
/// All that `owner` controls, and all of its namespace that nobody does; each by name.
/// REQUIRES: index_by_owner().
std::vector<Value> children_and_orphans(const Informer& children, const Value& owner);
/// Only those that `owner` controls. REQUIRES: index_by_owner().
std::vector<Value> children_of(const Informer& children, const Value& owner);
/// The same for an owner that may be gone.
std::vector<Value> children_of_uid(const Informer& children, std::string_view uid);

}  // namespace sim::k8s
