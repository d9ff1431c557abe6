// What scales, protects and ranks pods.

#include "sim/k8s/api/object.h"
#include "sim/k8s/kubectl/describe_page.h"

namespace sim::k8s::kubectl {
namespace {

std::string amount_or_unknown(const Value& amount) {
  return amount ? quantity_line(amount) : "<unknown>";
}

std::string percent(const Value& number) {
  return number.to_json() + "%";
}

// What follows the name of a metric of a resource: its value, or its share of what is requested.
void describe_resource_metric(Page& page, const Value& target, const Value& current) {
  if (target.contains("averageValue")) {
    return page.write(":\t", amount_or_unknown(current["averageValue"]), " / ",
                      quantity_line(target["averageValue"]), "\n");
  }
  std::string now = "<unknown>";
  if (current["averageUtilization"].is_integer()) {
    now = percent(current["averageUtilization"]) + " (" + quantity_line(current["averageValue"]) +
          ")";
  }
  const Value& aim = target["averageUtilization"];
  page.write("  (as a percentage of request):\t", now, " / ",
             aim.is_integer() ? percent(aim) : "<auto>", "\n");
}

void describe_metric(Page& page, const Value& spec, const Value& status) {
  const std::string_view type = spec["type"].text();
  if (type == "Resource") {
    page.write("  resource ", spec["resource"]["name"].text(), " on pods");
    describe_resource_metric(page, spec["resource"]["target"], status["resource"]["current"]);
  } else if (type == "ContainerResource") {
    const Value& resource = spec["containerResource"];
    page.write("  resource ", resource["name"].text(), " of container \"",
               resource["container"].text(), "\" on pods");
    describe_resource_metric(page, resource["target"], status["containerResource"]["current"]);
  } else if (type == "Pods") {
    page.line(1, "\"", spec["pods"]["metric"]["name"].text(), "\" on pods:\t",
              amount_or_unknown(status["pods"]["current"]["averageValue"]), " / ",
              quantity_line(spec["pods"]["target"]["averageValue"]));
  } else if (type == "Object" || type == "External") {
    const std::string_view place = type == "Object" ? "object" : "external";
    const Value& target = spec[place]["target"];
    const Value& object = spec["object"]["describedObject"];
    const bool by_average = target.contains("averageValue");
    const std::string_view measure = by_average ? "averageValue" : "value";
    page.write("  \"", spec[place]["metric"]["name"].text(), "\" ");
    if (type == "Object") page.write("on ", object["kind"].text(), "/", object["name"].text(), " ");
    page.write(by_average ? "(target average value):\t" : "(target value):\t",
               amount_or_unknown(status[place]["current"][measure]), " / ",
               quantity_line(target[measure]), "\n");
  } else {
    page.line(1, "<unknown metric type \"", type, "\">");
  }
}

void describe_direction(Page& page, std::string_view name, const Value& rules) {
  if (!rules.is_object()) return;
  page.line(1, name, ":");
  if (rules["stabilizationWindowSeconds"].is_integer()) {
    page.line(2, "Stabilization Window: ", rules["stabilizationWindowSeconds"].integer(),
              " seconds");
  }
  if (rules["policies"].size() == 0) return;
  page.line(2, "Select Policy: ", rules["selectPolicy"].text("Max"));
  page.line(2, "Policies:");
  for (const Value& policy : rules["policies"].items()) {
    page.line(3, "- Type: ", policy["type"].text(), "\tValue: ", policy["value"].integer(),
              "\tPeriod: ", policy["periodSeconds"].integer(), " seconds");
  }
}

void describe_old_target(Page& page, const Value& object) {
  const Value& target = object["spec"]["targetCPUUtilizationPercentage"];
  if (!target.is_integer()) return;
  const Value& current = object["status"]["currentCPUUtilizationPercentage"];
  page.field(0, "Target CPU utilization", percent(target));
  page.field(0, "Current CPU utilization", current.is_integer() ? percent(current) : "<unknown>%");
}

void describe_metrics(Page& page, const Value& object) {
  page.field(0, "Metrics", "( current / target )");
  int i = 0;
  for (const Value& metric : object["spec"]["metrics"].items()) {
    describe_metric(page, metric, object["status"]["currentMetrics"][i++]);
  }
}

void describe_autoscaler(Page& page, const Value& object) {
  const Value& spec = object["spec"];
  const Value& status = object["status"];
  const Value& target = spec["scaleTargetRef"];
  const bool is_old = api_version_of(object) == "autoscaling/v1";
  page.title(object);
  page.labels_and_annotations(object);
  page.field(0, "CreationTimestamp", date_text(metadata(object)["creationTimestamp"]));
  page.field(0, "Reference", target["kind"].text(), "/", target["name"].text());
  if (is_old) {
    describe_old_target(page, object);
  } else {
    describe_metrics(page, object);
  }
  const Value& least = spec["minReplicas"];
  page.field(0, "Min replicas", least.is_integer() ? least.to_json() : "<unset>");
  page.field(0, "Max replicas", spec["maxReplicas"].integer());
  if (const Value& behavior = spec["behavior"]; behavior.is_object()) {
    page.line(0, "Behavior:");
    describe_direction(page, "Scale Up", behavior["scaleUp"]);
    describe_direction(page, "Scale Down", behavior["scaleDown"]);
  }
  page.line(0, target["kind"].text(), " pods:\t", status["currentReplicas"].integer(),
            " current / ", status["desiredReplicas"].integer(), " desired");
  if (!is_old && status["conditions"].size() > 0) {
    page.line(0, "Conditions:");
    page.line(1, "Type\tStatus\tReason\tMessage");
    page.line(1, "----\t------\t------\t-------");
    for (const Value& each : status["conditions"].items()) {
      page.line(1, each["type"].text(), "\t", each["status"].text(), "\t", each["reason"].text(),
                "\t", each["message"].text());
    }
  }
  page.events();
}

void describe_budget(Page& page, const Value& object) {
  const Value& spec = object["spec"];
  const Value& status = object["status"];
  page.title(object);
  if (spec.contains("minAvailable")) {
    page.field(0, "Min available", scalar_text(spec["minAvailable"]));
  } else if (spec.contains("maxUnavailable")) {
    page.field(0, "Max unavailable", scalar_text(spec["maxUnavailable"]));
  }
  const Value& selector = spec["selector"];
  page.field(0, "Selector", selector.is_object() ? selector_line(selector) : "<unset>");
  page.line(0, "Status:");
  page.field(2, "Allowed disruptions", status["disruptionsAllowed"].integer());
  page.field(2, "Current", status["currentHealthy"].integer());
  page.field(2, "Desired", status["desiredHealthy"].integer());
  page.field(2, "Total", status["expectedPods"].integer());
  page.events();
}

void describe_priority(Page& page, const Value& object) {
  page.field(0, "Name", name_of(object));
  page.field(0, "Value", object["value"].integer());
  page.field(0, "GlobalDefault", object["globalDefault"].truth());
  page.field(0, "PreemptionPolicy", object["preemptionPolicy"].text("PreemptLowerPriority"));
  page.field(0, "Description", object["description"].text());
  page.field(0, "Annotations", labels_line(metadata(object)["annotations"]));
  page.events();
}

}  // namespace

bool describe_policy_kinds(Page& page, const Value& object, std::string_view kind) {
  if (kind == "HorizontalPodAutoscaler.autoscaling") {
    describe_autoscaler(page, object);
  } else if (kind == "PodDisruptionBudget.policy") {
    describe_budget(page, object);
  } else if (kind == "PriorityClass.scheduling.k8s.io") {
    describe_priority(page, object);
  } else {
    return false;
  }
  return true;
}

}  // namespace sim::k8s::kubectl
