#include "sim/k8s/controllers/children.h"

#include <utility>

#include "sim/k8s/api/selector.h"

namespace sim::k8s {
namespace {

constexpr Value kNothing;
constexpr std::string_view kIndex = "owner";

// Owners by their unique ids; a namespace's orphans under what is none.
std::string orphans_of(std::string_view space) {
  return "orphans of " + std::string(space);
}

std::string owner_key(const Value& object) {
  const Value& controller = controller_of(object);
  return controller ? std::string(controller["uid"].text()) : orphans_of(namespace_of(object));
}

class Follower {
 public:
  Follower(Informer owners, ChildReactions reactions)
      : owners_(std::move(owners)), reactions_(std::move(reactions)) {}

  void added(const Value& child) const {
    if (is_being_deleted(child)) return deleted(child, false);
    if (!controller_of(child)) return orphaned(child);
    const Value& owner = owner_among(owners_, child);
    if (owner && reactions_.added) reactions_.added(owner, child);
  }

  void updated(const Value& before, const Value& child) const {
    if (is_being_deleted(child)) return deleted(child, false);
    const bool other_owner = controller_of(before) != controller_of(child);
    if (other_owner && reactions_.updated) {
      const Value& left = owner_among(owners_, before);
      if (left) reactions_.updated(left, before, child);
    }
    if (controller_of(child)) {
      const Value& owner = owner_among(owners_, child);
      if (owner && reactions_.updated) reactions_.updated(owner, before, child);
    } else if (other_owner || labels_of(before) != labels_of(child)) {
      orphaned(child);
    }
  }

  void deleted(const Value& child, bool gone) const {
    const Value& owner = owner_among(owners_, child);
    if (owner && reactions_.deleted) reactions_.deleted(owner, child, gone);
  }

 private:
  void orphaned(const Value& child) const {
    if (!reactions_.orphaned) return;
    for (const Value& owner : owners_.in_namespace(namespace_of(child))) {
      const LabelSelector selector = LabelSelector::from(owner["spec"]["selector"]);
      if (!selector.selects_all() && selector.matches(labels_of(child))) reactions_.orphaned(owner);
    }
  }

  Informer owners_;
  ChildReactions reactions_;
};

}  // namespace

const Value& owner_among(const Informer& owners, const Value& child) {
  const Value& controller = controller_of(child);
  if (controller["kind"].text() != owners.resource().kind) return kNothing;
  std::string key(namespace_of(child));
  key += '/';
  key += controller["name"].text();
  const Value& owner = owners.get(key);
  return owner && uid_of(owner) == controller["uid"].text() ? owner : kNothing;
}

InformerHandlers child_handlers(Informer owners, ChildReactions reactions) {
  const Follower follower(std::move(owners), std::move(reactions));
  InformerHandlers handlers;
  handlers.added = [follower](const Value& child) { follower.added(child); };
  handlers.updated = [follower](const Value& before, const Value& child) {
    follower.updated(before, child);
  };
  handlers.deleted = [follower](const Value& child) { follower.deleted(child, true); };
  return handlers;
}

void index_by_owner(const Informer& children) {
  children.add_index(kIndex, owner_key);
}

std::vector<Value> children_and_orphans(const Informer& children, const Value& owner) {
  std::vector<Value> all = children_of(children, owner);
  for (Value& orphan : children.by_index(kIndex, orphans_of(namespace_of(owner)))) {
    all.push_back(std::move(orphan));
  }
  return all;
}

std::vector<Value> children_of(const Informer& children, const Value& owner) {
  return children_of_uid(children, uid_of(owner));
}

std::vector<Value> children_of_uid(const Informer& children, std::string_view uid) {
  return children.by_index(kIndex, uid);
}

}  // namespace sim::k8s
