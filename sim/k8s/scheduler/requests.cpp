#include "sim/k8s/scheduler/requests.h"

#include <algorithm>

#include "sim/k8s/scheduler/digest.h"

namespace sim::k8s::scheduler {
namespace {

ResourceList of_container(const Value& container, bool for_scoring) {
  ResourceList made = ResourceList::from(container["resources"]["requests"]);
  if (for_scoring) {
    made.fill("cpu", Quantity::of_milli(kDefaultMilliCpu));
    made.fill("memory", Quantity::of(kDefaultMemory));
  }
  return made;
}

}  // namespace

ResourceList ResourceList::from(const Value& resources) {
  ResourceList made;
  for (const json::Member& each : resources.members()) {
    made.entries_.push_back({each.key, Quantity::from(each.value)});
  }
  return made;
}

Quantity& ResourceList::at(const Value& name) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.name == name; });
  if (found != entries_.end()) return found->amount;
  entries_.push_back({name, {}});
  return entries_.back().amount;
}

void ResourceList::add(const ResourceList& other) {
  for (const Entry& entry : other.entries_) {
    Quantity& amount = at(entry.name);
    amount = amount + entry.amount;
  }
}

void ResourceList::raise_to(const ResourceList& other) {
  for (const Entry& entry : other.entries_) {
    Quantity& amount = at(entry.name);
    amount = std::max(amount, entry.amount);
  }
}

void ResourceList::fill(const Value& name, const Quantity& amount) {
  const bool there = std::any_of(entries_.begin(), entries_.end(),
                                 [&](const Entry& entry) { return entry.name == name; });
  if (!there) entries_.push_back({name, amount});
}

ResourceList requests_of(const Value& pod_spec, bool for_scoring) {
  ResourceList sum;
  for (const Value& container : pod_spec["containers"].items()) {
    sum.add(of_container(container, for_scoring));
  }
  ResourceList sidecars;
  ResourceList starting;
  for (const Value& container : pod_spec["initContainers"].items()) {
    ResourceList needs = of_container(container, for_scoring);
    if (container["restartPolicy"].text() == "Always") {
      sum.add(needs);
      sidecars.add(needs);
      needs = sidecars;
    } else {
      needs.add(sidecars);
    }
    starting.raise_to(needs);
  }
  sum.raise_to(starting);
  sum.add(ResourceList::from(pod_spec["overhead"]));
  return sum;
}

}  // namespace sim::k8s::scheduler
