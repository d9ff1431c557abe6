// The strategies of namespaces, nodes, service accounts and events.

#include <string>

#include "sim/k8s/api/object.h"
#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/filler.h"
#include "sim/k8s/apiserver/strategies/pod.h"
#include "sim/k8s/apiserver/strategies/strategies.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kNameLabel = "kubernetes.io/metadata.name";
constexpr std::string_view kKubernetes = "kubernetes";

Value default_namespace(const Value& space) {
  const Value& name = space["metadata"]["name"];
  Filler filler(space);
  filler.object("spec");
  if (!name.is_zero() && labels_of(space)[kNameLabel] != name) {
    filler.set("metadata", space["metadata"].with_in({"labels", kNameLabel}, name));
  }
  return filler.done();
}

Value prepare_namespace(const Value& space) {
  Value prepared = space.with("status", json::Object().set("phase", "Active").build());
  const Value& finalizers = space["spec"]["finalizers"];
  bool has_own = false;
  for (const Value& finalizer : finalizers.items()) {
    has_own = has_own || finalizer.text() == kKubernetes;
  }
  if (has_own) return prepared;
  return prepared.with_in({"spec", "finalizers"}, finalizers.appended(kKubernetes));
}

// Its finalizers have a subresource of their own.
Value prepare_namespace_update(const Value& space, const Value& old) {
  return space.with_in({"spec", "finalizers"}, old["spec"]["finalizers"]);
}

void validate_namespace(const Value& space, FieldErrors& errors) {
  constexpr std::string_view kStandard[] = {kKubernetes, "orphan", "foregroundDeletion"};
  const Place at("spec.finalizers");
  for (const Value& finalizer : space["spec"]["finalizers"].items()) {
    const std::string_view text = finalizer.text();
    check_form(errors, at, text, qualified_name);
    if (text.find('/') == std::string_view::npos && !is_among(text, kStandard)) {
      errors.invalid(at, text,
                     "name is neither a standard finalizer name nor is it fully qualified");
    }
  }
}

Value default_node(const Value& node) {
  const Value& status = node["status"];
  const Value& spec = node["spec"];
  Filler filler(node);
  Filler spec_filler(spec);
  if (spec["podCIDRs"].size() == 0 && !spec["podCIDR"].is_zero()) {
    spec_filler.set("podCIDRs", json::Array().add(spec["podCIDR"]).build());
  } else if (spec["podCIDRs"].size() > 0) {
    spec_filler.set("podCIDR", spec["podCIDRs"][0]);
  }
  const bool lacks_allocatable = !is_set(status["allocatable"]) && is_set(status["capacity"]);
  if (lacks_allocatable) {
    filler.set("status", status.with("allocatable", status["capacity"]));
  }
  return filler.set("spec", spec_filler.done()).done();
}

void check_taints(FieldErrors& errors, const Place& at, const Value& taints) {
  const auto all = taints.items();
  for (size_t i = 0; i < all.size(); ++i) {
    const Place place = at.index(i);
    check_form(errors, place.child("key"), all[i]["key"].text(), qualified_name);
    check_form(errors, place.child("value"), all[i]["value"].text(), label_value);
    check_taint_effect(errors, place.child("effect"), all[i]["effect"]);
    for (size_t j = 0; j < i; ++j) {
      if (all[j]["key"] != all[i]["key"] || all[j]["effect"] != all[i]["effect"]) continue;
      errors.duplicate(place, all[i], "taints must be unique by key and effect pair");
      break;
    }
  }
}

void validate_node(const Value& node, FieldErrors& errors) {
  check_taints(errors, Place("metadata.taints"), node["spec"]["taints"]);
  for (const std::string_view list : {"capacity", "allocatable"}) {
    const Place status("status");
    const Place amounts = status.child(list);
    for (const json::Member& amount : node["status"][list].members()) {
      check_resource_amount(errors, amounts.child(amount.name()), amount.name(), amount.value);
    }
  }
  const Place ranges("spec.podCIDRs");
  size_t i = 0;
  for (const Value& range : node["spec"]["podCIDRs"].items()) {
    check_cidr(errors, ranges.index(i++), range.text());
  }
}

void validate_node_update(const Value& node, const Value& old, FieldErrors& errors) {
  const Place at("spec");
  const Value& now = node["spec"];
  const Value& before = old["spec"];
  if (before["podCIDRs"].size() > 0 && now["podCIDRs"] != before["podCIDRs"]) {
    errors.forbidden(at.child("podCIDRs"),
                     "node updates may not change podCIDR except from \"\" to valid");
  }
  if (!before["providerID"].is_zero() && now["providerID"] != before["providerID"]) {
    errors.forbidden(at.child("providerID"),
                     "node updates may not change providerID except from \"\" to valid");
  }
}

void validate_nothing(const Value&, FieldErrors&) {}

void validate_event(const Value& event, FieldErrors& errors) {
  const std::string_view space = event["metadata"]["namespace"].text();
  // Events of the group events.k8s.io call it otherwise.
  const bool is_core = event.contains("involvedObject");
  const std::string_view field = is_core ? "involvedObject" : "regarding";
  const std::string_view about = event[field]["namespace"].text();
  const bool matches = about.empty() ? space.empty() || space == "default" : about == space;
  if (!matches) {
    errors.invalid(Place("involvedObject.namespace"), about, "does not match event.namespace");
  }
}

}  // namespace

constinit const Strategy kNamespace{
    .defaults = default_namespace,
    .prepare_create = prepare_namespace,
    .prepare_update = prepare_namespace_update,
    .validate = validate_namespace,
};

constinit const Strategy kNode{
    .defaults = default_node,
    .validate = validate_node,
    .validate_update = validate_node_update,
};

constinit const Strategy kServiceAccount{
    .validate = validate_nothing,
    .unconditional_update = false,
};

constinit const Strategy kEvent{
    .validate = validate_event,
};

constinit const Strategy kPlain{
    .validate = validate_nothing,
};

constinit const Strategy kVersioned{
    .validate = validate_nothing,
    .unconditional_update = false,
};

constinit const Strategy kCustom{
    .unconditional_update = false,
    .counts_generations = true,
};

}  // namespace sim::k8s::strategies
