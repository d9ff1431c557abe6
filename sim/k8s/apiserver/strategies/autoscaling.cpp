// The strategy of HorizontalPodAutoscalers.
//
// Source: Kubernetes' API reference, autoscaling/v2.

#include <string>

#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/filler.h"
#include "sim/k8s/apiserver/strategies/strategies.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kSourceTypes[] = {"ContainerResource", "External", "Object", "Pods",
                                             "Resource"};
struct Source {
  std::string_view type;
  std::string_view field;
};
// In the order in which Kubernetes looks.
constexpr Source kSources[] = {{"Object", "object"},
                               {"External", "external"},
                               {"Pods", "pods"},
                               {"Resource", "resource"},
                               {"ContainerResource", "containerResource"}};

Value processor_metrics() {
  const Value target =
      json::Object().set("type", "Utilization").set("averageUtilization", 80).build();
  const Value resource = json::Object().set("name", "cpu").set("target", target).build();
  const Value metric = json::Object().set("type", "Resource").set("resource", resource).build();
  return json::Array().add(metric).build();
}

Value policy(std::string_view type, int64_t value, int64_t period_s) {
  return json::Object()
      .set("type", type)
      .set("value", value)
      .set("periodSeconds", period_s)
      .build();
}

Value default_scale_up(const Value& rules) {
  Filler filler(rules);
  filler.number("stabilizationWindowSeconds", 0).text("selectPolicy", "Max");
  if (filler.lacks("policies")) {
    filler.set("policies",
               json::Array().add(policy("Pods", 4, 15)).add(policy("Percent", 100, 15)).build());
  }
  return filler.done();
}

Value default_scale_down(const Value& rules) {
  Filler filler(rules);
  filler.text("selectPolicy", "Max");
  if (filler.lacks("policies")) {
    filler.set("policies", json::Array().add(policy("Percent", 100, 15)).build());
  }
  return filler.done();
}

Value default_autoscaler(const Value& object) {
  const Value& spec = object["spec"];
  Filler filler(spec);
  filler.number("minReplicas", 1).apply("behavior", [](const Value& behavior) {
    return Filler(behavior)
        .set("scaleUp", default_scale_up(behavior["scaleUp"]))
        .set("scaleDown", default_scale_down(behavior["scaleDown"]))
        .done();
  });
  if (spec["metrics"].size() == 0) filler.set("metrics", processor_metrics());
  return Filler(object).set("spec", filler.done()).done();
}

Value prepare_autoscaler(const Value& object) {
  return object.with("status", json::Object().set("desiredReplicas", 0).build());
}

void check_reference(FieldErrors& errors, const Place& at, const Value& reference) {
  for (const std::string_view field : {"kind", "name"}) {
    const std::string_view text = reference[field].text();
    if (text.empty()) {
      errors.required(at.child(field));
    } else {
      check_form(errors, at.child(field), text, path_segment);
    }
  }
}

void check_metric_name(FieldErrors& errors, const Place& at, const Value& metric) {
  const std::string_view name = metric["name"].text();
  if (name.empty()) {
    errors.required(at.child("name"), "must specify a metric name");
  } else {
    check_form(errors, at.child("name"), name, path_segment);
  }
}

void check_target(FieldErrors& errors, const Place& at, const Value& target) {
  constexpr std::string_view kTypes[] = {"AverageValue", "Utilization", "Value"};
  const std::string_view type = target["type"].text();
  if (type.empty()) errors.required(at.child("type"), "must specify a metric target type");
  if (!is_among(type, kTypes)) {
    errors.invalid(at.child("type"), type, "must be either Utilization, Value, or AverageValue");
  }
  for (const std::string_view field : {"value", "averageValue"}) {
    const Value& amount = target[field];
    if (!is_set(amount)) continue;
    const Quantity quantity = Quantity::from(amount);
    if (quantity.is_zero() || quantity.is_negative()) {
      errors.invalid_as(at.child(field), quantity.text(), "must be positive");
    }
  }
  const Value& utilization = target["averageUtilization"];
  if (is_set(utilization) && utilization.integer() < 1) {
    errors.invalid(at.child("averageUtilization"), utilization, "must be greater than 0");
  }
}

void check_resource_source(FieldErrors& errors, const Place& at, const Value& source,
                           bool of_container) {
  if (source["name"].text().empty()) {
    errors.required(at.child("name"), "must specify a resource name");
  }
  if (of_container) {
    const std::string_view container = source["container"].text();
    if (container.empty()) {
      errors.required(at.child("container"), "must specify a container");
    } else {
      check_form(errors, at.child("container"), container, dns_label);
    }
  }
  const Place target = at.child("target");
  check_target(errors, target, source["target"]);
  const bool has_share = is_set(source["target"]["averageUtilization"]);
  const bool has_value = is_set(source["target"]["averageValue"]);
  if (!has_share && !has_value) {
    errors.required(target.child("averageUtilization"),
                    "must set either a target raw value or a target utilization");
  }
  if (has_share && has_value) {
    errors.forbidden(target.child("averageValue"),
                     "may not set both a target raw value and a target utilization");
  }
}

void check_other_source(FieldErrors& errors, const Place& at, const Value& source,
                        std::string_view type) {
  const Place target = at.child("target");
  const bool has_value = is_set(source["target"]["value"]);
  const bool has_average = is_set(source["target"]["averageValue"]);
  if (type == "Object") {
    check_reference(errors, at.child("describedObject"), source["describedObject"]);
  }
  check_metric_name(errors, at.child("metric"), source["metric"]);
  check_target(errors, target, source["target"]);
  if (type == "Pods") {
    if (!has_average) {
      errors.required(target.child("averageValue"), "must specify a positive target averageValue");
    }
  } else if (!has_value && !has_average) {
    errors.required(target.child("averageValue"),
                    type == "Object"
                        ? "must set either a target value or averageValue"
                        : "must set either a target value for metric or a per-pod target");
  } else if (type == "External" && has_value && has_average) {
    errors.forbidden(target.child("value"),
                     "may not set both a target value for metric and a per-pod target");
  }
}

void check_metric(FieldErrors& errors, const Place& at, const Value& metric) {
  const std::string_view type = metric["type"].text();
  if (type.empty()) errors.required(at.child("type"), "must specify a metric source type");
  if (!is_among(type, kSourceTypes)) {
    errors.not_supported(at.child("type"), type, kSourceTypes);
  }
  int present = 0;
  for (const Source& source : kSources) {
    const Value& value = metric[source.field];
    const Place place = at.child(source.field);
    if (!is_set(value)) {
      if (source.type == type) {
        errors.required(place, "must populate information for the given metric source");
      }
      continue;
    }
    if (++present == 1) {
      if (source.field == "resource" || source.field == "containerResource") {
        check_resource_source(errors, place, value, source.field != "resource");
      } else {
        check_other_source(errors, place, value, source.type);
      }
    }
    if (source.type != type) {
      errors.forbidden(place, "must populate the given metric source only");
    }
  }
}

void check_rules(FieldErrors& errors, const Place& at, const Value& rules) {
  constexpr std::string_view kSelections[] = {"Disabled", "Max", "Min"};
  constexpr std::string_view kPolicyTypes[] = {"Percent", "Pods"};
  constexpr int64_t kWindowMost = 3600;
  constexpr int64_t kPeriodMost = 1800;
  if (!is_set(rules)) return;
  const Value& window = rules["stabilizationWindowSeconds"];
  if (window.integer() < 0) {
    errors.invalid(at.child("stabilizationWindowSeconds"), window,
                   "must be greater than or equal to zero");
  }
  if (window.integer() > kWindowMost) {
    errors.invalid(at.child("stabilizationWindowSeconds"), window,
                   "must be less than or equal to 3600");
  }
  check_optional_choice(errors, at.child("selectPolicy"), rules["selectPolicy"], kSelections);
  const Place policies = at.child("policies");
  if (rules["policies"].size() == 0) {
    errors.required(policies, "must specify at least one Policy");
  }
  size_t i = 0;
  for (const Value& each_policy : rules["policies"].items()) {
    const Place place = policies.index(i++);
    const std::string_view type = each_policy["type"].text();
    if (!is_among(type, kPolicyTypes)) {
      errors.not_supported(place.child("type"), type, kPolicyTypes);
    }
    for (const std::string_view field : {"value", "periodSeconds"}) {
      const int64_t number = each_policy[field].integer();
      if (number <= 0) errors.invalid(place.child(field), number, kPositive);
    }
    if (each_policy["periodSeconds"].integer() > kPeriodMost) {
      errors.invalid(place.child("periodSeconds"), each_policy["periodSeconds"],
                     "must be less than or equal to 1800");
    }
  }
}

void validate_autoscaler(const Value& object, FieldErrors& errors) {
  const Place at("spec");
  const Value& spec = object["spec"];
  const Value& least = spec["minReplicas"];
  const int64_t most = spec["maxReplicas"].integer();
  if (is_set(least) && least.integer() < 1) {
    errors.invalid(at.child("minReplicas"), least, "must be greater than or equal to 1");
  }
  if (most < 1) errors.invalid(at.child("maxReplicas"), most, "must be greater than 0");
  if (is_set(least) && most < least.integer()) {
    errors.invalid(at.child("maxReplicas"), most, "must be greater than or equal to `minReplicas`");
  }
  check_reference(errors, at.child("scaleTargetRef"), spec["scaleTargetRef"]);
  const Place metrics = at.child("metrics");
  size_t i = 0;
  for (const Value& metric : spec["metrics"].items()) {
    check_metric(errors, metrics.index(i++), metric);
  }
  const Place behavior = at.child("behavior");
  check_rules(errors, behavior.child("scaleUp"), spec["behavior"]["scaleUp"]);
  check_rules(errors, behavior.child("scaleDown"), spec["behavior"]["scaleDown"]);
}

}  // namespace

constinit const Strategy kHorizontalPodAutoscaler{
    .defaults = default_autoscaler,
    .prepare_create = prepare_autoscaler,
    .validate = validate_autoscaler,
};

}  // namespace sim::k8s::strategies
