// The strategies of disruption budgets, priority and runtime classes, and leases.
//
// Source: Kubernetes' API reference, groups policy, scheduling.k8s.io, node.k8s.io,
// coordination.k8s.io.

#include <string>

#include "engine/task/print.h"
#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/filler.h"
#include "sim/k8s/apiserver/strategies/strategies.h"

namespace sim::k8s::strategies {
namespace {

Value prepare_budget(const Value& object) {
  json::Object status;
  for (const std::string_view count :
       {"currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"}) {
    status.set(count, 0);
  }
  return object.with("status", std::move(status).build());
}

void validate_budget(const Value& object, FieldErrors& errors) {
  constexpr std::string_view kEviction[] = {"AlwaysAllow", "IfHealthyBudget"};
  const Place at("spec");
  const Value& spec = object["spec"];
  if (is_set(spec["minAvailable"]) && is_set(spec["maxUnavailable"])) {
    errors.invalid(at, spec, "minAvailable and maxUnavailable cannot be both set");
  }
  for (const std::string_view field : {"minAvailable", "maxUnavailable"}) {
    const Place place = at.child(field);
    check_int_or_percent(errors, place, spec[field]);
    check_at_most_100_percent(errors, place, spec[field]);
  }
  check_label_selector(errors, at.child("selector"), spec["selector"]);
  check_optional_choice(errors, at.child("unhealthyPodEvictionPolicy"),
                        spec["unhealthyPodEvictionPolicy"], kEviction);
}

// The classes of the parts of Kubernetes itself.
struct SystemClass {
  std::string_view name;
  int64_t value;
};
constexpr SystemClass kSystemClasses[] = {{"system-cluster-critical", 2'000'000'000},
                                          {"system-node-critical", 2'000'001'000}};
constexpr int64_t kUserPriorityMost = 1'000'000'000;

Value default_priority_class(const Value& object) {
  return Filler(object).text("preemptionPolicy", "PreemptLowerPriority").done();
}

Value prepare_priority_class(const Value& object) {
  return object.with_in({"metadata", "generation"}, 1);
}

// Why it is no class of the system's.
std::string wrong_system_class(const Value& object) {
  const std::string name(object["metadata"]["name"].text());
  for (const SystemClass& known : kSystemClasses) {
    if (known.name != name) continue;
    if (object["value"].integer() != known.value) {
      std::string text = "value of " + name + " PriorityClass must be ";
      engine::append_operand(text, known.value);
      return text;
    }
    if (object["globalDefault"].truth()) {
      return "globalDefault of " + name + " PriorityClass must be false";
    }
    return {};
  }
  return name + " is not a known system priority class";
}

void validate_priority_class(const Value& object, FieldErrors& errors) {
  constexpr std::string_view kPreemption[] = {"Never", "PreemptLowerPriority"};
  if (object["metadata"]["name"].text().starts_with("system-")) {
    const std::string wrong = wrong_system_class(object);
    if (!wrong.empty()) {
      errors.forbidden(Place("metadata.name"),
                       "priority class names with 'system-' prefix are reserved for system use "
                       "only. error: " +
                           wrong);
    }
  } else if (object["value"].integer() > kUserPriorityMost) {
    errors.forbidden(Place("value"),
                     "maximum allowed value of a user defined priority is 1000000000");
  }
  check_optional_choice(errors, Place("preemptionPolicy"), object["preemptionPolicy"], kPreemption);
}

void validate_priority_class_update(const Value& object, const Value& old, FieldErrors& errors) {
  if (object["value"].integer() != old["value"].integer()) {
    errors.forbidden(Place("Value"), "may not be changed in an update.");
  }
  check_unchanged(errors, Place("preemptionPolicy"), object["preemptionPolicy"],
                  old["preemptionPolicy"]);
}

void validate_runtime_class(const Value& object, FieldErrors& errors) {
  check_form(errors, Place("handler"), object["handler"].text(), dns_label);
}

void validate_runtime_class_update(const Value& object, const Value& old, FieldErrors& errors) {
  check_unchanged(errors, Place("handler"), object["handler"], old["handler"]);
}

void validate_lease(const Value& object, FieldErrors& errors) {
  const Place at("spec");
  const Value& spec = object["spec"];
  const Value& duration = spec["leaseDurationSeconds"];
  if (is_set(duration) && duration.integer() <= 0) {
    errors.invalid(at.child("leaseDurationSeconds"), duration, "must be greater than 0");
  }
  check_not_negative(errors, at.child("leaseTransitions"), spec["leaseTransitions"]);
}

}  // namespace

constinit const Strategy kPodDisruptionBudget{
    .prepare_create = prepare_budget,
    .validate = validate_budget,
    .unconditional_update = false,
    .counts_generations = true,
};

constinit const Strategy kPriorityClass{
    .defaults = default_priority_class,
    .prepare_create = prepare_priority_class,
    .validate = validate_priority_class,
    .validate_update = validate_priority_class_update,
};

constinit const Strategy kRuntimeClass{
    .validate = validate_runtime_class,
    .validate_update = validate_runtime_class_update,
    .unconditional_update = false,
};

constinit const Strategy kLease{
    .validate = validate_lease,
    .unconditional_update = false,
};

}  // namespace sim::k8s::strategies
