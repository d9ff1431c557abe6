#include "sim/k8s/scheduler/spread_defaults.h"

#include <algorithm>
#include <utility>

namespace sim::k8s::scheduler {
namespace {

Value controller_key(const Value& space, const Value& kind, const Value& name) {
  return json::Array().add(space).add(kind).add(name).build();
}

bool selects(const Value& selector, const Value& labels) {
  return std::all_of(
      selector.members().begin(), selector.members().end(),
      [&](const json::Member& each) { return label_of(labels, each.key) == each.value; });
}

}  // namespace

void SpreadDefaults::set_service(const Value& space, const Value& name, const Value& service) {
  const Value& selector = service["spec"]["selector"];
  Space& in = spaces_[space];
  const auto found = std::find_if(in.services.begin(), in.services.end(),
                                  [&](const Service& each) { return each.name == name; });
  if (found != in.services.end()) {
    if (found->selector == selector) return;
    in.services.erase(found);
  } else if (selector.size() == 0) {
    return;
  }
  if (selector.size() > 0) {
    const auto later =
        std::find_if(in.services.begin(), in.services.end(),
                     [&](const Service& each) { return name.text() < each.name.text(); });
    in.services.insert(later, {name, selector});
  }
  in.version = ++versions_;
}

void SpreadDefaults::set_controller(const Value& space, const Value& kind, const Value& name,
                                    const Value& controller) {
  const Value key = controller_key(space, kind, name);
  const Value& selector = controller["spec"]["selector"];
  const Value* const known = controllers_.find(key);
  if (known == nullptr ? !selector : *known == selector) return;
  if (selector) {
    controllers_[key] = selector;
  } else {
    controllers_.erase(key);
  }
  spaces_[space].version = ++versions_;
}

Value SpreadDefaults::find_class(const PodIdentity& identity, const Value& owner) {
  PodClassTerm term;
  json::Object labels;
  bool any = false;
  if (const Space* const in = std::as_const(spaces_).find(identity.space)) {
    for (const Service& service : in->services) {
      if (!selects(service.selector, identity.labels)) continue;
      for (const json::Member& each : service.selector.members()) {
        labels.set(each.name(), each.value);
        any = true;
      }
    }
  }
  if (any) {
    term.selectors.push_back(json::Object().set("matchLabels", labels.build()).build());
  }
  if (owner) {
    const Value key = controller_key(identity.space, owner["kind"], owner["name"]);
    const Value* const selector = controllers_.find(key);
    if (selector != nullptr && selector->size() > 0) term.selectors.push_back(*selector);
  }
  if (term.selectors.empty()) return {};
  term.spaces.push_back(identity.space);
  return pod_class(std::span(&term, 1), true);
}

std::optional<uint32_t> SpreadDefaults::class_for(PodIdentity& identity, const Value& pod) {
  const Value& owner = controller_of(pod);
  const Space* const in = std::as_const(spaces_).find(identity.space);
  const uint64_t version = in == nullptr ? 0 : in->version;
  if (identity.default_version_ == version && identity.default_controller_ == owner) {
    return identity.default_pods_;
  }
  const Value wanted = find_class(identity, owner);
  std::optional<uint32_t> pods;
  if (wanted) pods = index_.hold_class(wanted);
  if (identity.default_pods_) index_.release_class(*identity.default_pods_);
  identity.default_pods_ = pods;
  identity.default_version_ = version;
  identity.default_controller_ = owner;
  return pods;
}

}  // namespace sim::k8s::scheduler
