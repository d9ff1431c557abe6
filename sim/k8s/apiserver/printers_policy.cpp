// The columns of what scales, limits, ranks and permits.

#include "engine/task/print.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/apiserver/printers.h"

namespace sim::k8s {
namespace {

using json::Value;

constexpr Column kAutoscalerColumns[] = {
    kNameColumn,
    {"Reference", "string", "", "What is scaled."},
    {"Targets", "string", "", "What is measured, and what it is to be."},
    {"MinPods", "string", "", "The fewest pods."},
    {"MaxPods", "string", "", "The most pods."},
    {"Replicas", "string", "", "How many pods there are."},
    kAgeColumn,
};

constexpr Column kBudgetColumns[] = {
    kNameColumn,
    {"Min Available", "string", "", "How many pods must stay available."},
    {"Max Unavailable", "string", "", "How many pods may be unavailable."},
    {"Allowed Disruptions", "integer", "", "How many pods may be disrupted now."},
    kAgeColumn,
};

constexpr Column kPriorityColumns[] = {
    kNameColumn,
    {"Value", "integer", "", "The priority that pods of the class have."},
    {"Global-Default", "boolean", "", "Whether pods without a class have this one."},
    kAgeColumn,
    {"PreemptionPolicy", "string", "", "Whether its pods push others off a node."},
};

constexpr Column kQuotaColumns[] = {
    kNameColumn,
    {"Request", "string", "", "How much is requested, of how much may be."},
    {"Limit", "string", "", "How much the limits add up to, of how much they may."},
    kAgeColumn,
};

constexpr Column kBindingColumns[] = {
    kNameColumn,
    {"Role", "string", "", "The role that is given."},
    kAgeColumn,
    {"Users", "string", "", "The users that have the role.", 1},
    {"Groups", "string", "", "The groups that have the role.", 1},
    {"ServiceAccounts", "string", "", "The service accounts that have the role.", 1},
};

constexpr Column kScaleColumns[] = {
    {"Name", "string", "", "What is scaled."},
    {"Desired", "integer", "", "How many pods there are to be."},
    {"Available", "integer", "", "How many pods there are."},
    kAgeColumn,
};

std::string percent(const Value& value, std::string_view otherwise) {
  return value.is_integer() ? value.to_json() + "%" : std::string(otherwise);
}

std::string amount(const Value& value) {
  return value ? quantity_text(value) : "<unknown>";
}

// Where a metric of that type keeps its target and what is measured of it.
std::string_view place_of(std::string_view type) {
  if (type == "Resource") return "resource";
  if (type == "ContainerResource") return "containerResource";
  if (type == "Pods") return "pods";
  if (type == "Object") return "object";
  return type == "External" ? "external" : "";
}

std::string metric_text(const Value& spec, const Value& status) {
  const std::string_view type = spec["type"].text();
  const std::string_view place = place_of(type);
  if (place.empty()) return "<unknown type>";
  const Value& target = spec[place]["target"];
  const Value& current = status[place]["current"];
  const bool by_average = bool(target["averageValue"]);
  const std::string_view measure = by_average ? "averageValue" : "value";
  if (type == "Resource" || type == "ContainerResource") {
    std::string out(spec[place]["name"].text());
    out += ": ";
    if (by_average) {
      return out + amount(current["averageValue"]) + "/" + quantity_text(target["averageValue"]);
    }
    return out + percent(current["averageUtilization"], "<unknown>") + "/" +
           percent(target["averageUtilization"], "<auto>");
  }
  std::string out = amount(current[measure]) + "/" + quantity_text(target[measure]);
  if (by_average && type != "Pods") out += " (avg)";
  return out;
}

std::string metrics_text(const Value& autoscaler) {
  const Value& spec = autoscaler["spec"];
  const Value& status = autoscaler["status"];
  const Value& target = spec["targetCPUUtilizationPercentage"];
  if (target.is_integer()) {  // of autoscaling/v1
    return "cpu: " + percent(status["currentCPUUtilizationPercentage"], "<unknown>") + "/" +
           percent(target, "<auto>");
  }
  constexpr size_t kShown = 2;
  const auto metrics = spec["metrics"].items();
  if (metrics.empty()) return "<none>";
  std::vector<std::string> all;
  for (size_t i = 0; i < metrics.size(); ++i) {
    all.push_back(metric_text(metrics[i], status["currentMetrics"][static_cast<int>(i)]));
  }
  const std::span<const std::string> list(all);
  if (list.size() <= kShown) return joined(list, ", ");
  std::string out = joined(list.first(kShown), ", ") + " + ";
  engine::append_operand(out, static_cast<uint64_t>(list.size() - kShown));
  return out + " more...";
}

void autoscaler_cells(Cells& cells, const Value& object) {
  const Value& spec = object["spec"];
  std::string reference(spec["scaleTargetRef"]["kind"].text());
  reference += "/";
  reference += spec["scaleTargetRef"]["name"].text();
  const Value& least = spec["minReplicas"];
  cells.add(name_of(object))
      .add(reference)
      .add(metrics_text(object))
      .add(least.is_integer() ? least.to_json() : "<unset>")
      .add_count(spec["maxReplicas"])
      .add_count(object["status"]["currentReplicas"])
      .add_age_of(object);
}

void budget_cells(Cells& cells, const Value& object) {
  const Value& least = object["spec"]["minAvailable"];
  const Value& most = object["spec"]["maxUnavailable"];
  cells.add(name_of(object))
      .add(least ? int_or_text(least) : "N/A")
      .add(most ? int_or_text(most) : "N/A")
      .add_count(object["status"]["disruptionsAllowed"])
      .add_age_of(object);
}

void priority_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object))
      .add_count(object["value"])
      .add(object["globalDefault"].truth())
      .add_age_of(object)
      .add(object["preemptionPolicy"].text());
}

void quota_cells(Cells& cells, const Value& object) {
  std::string requests;
  std::string limits;
  for (const json::Member& hard : object["status"]["hard"].members()) {
    std::string& out = hard.name().starts_with("limits.") ? limits : requests;
    if (!out.empty()) out += ", ";
    out += hard.name();
    out += ": " + quantity_text(object["status"]["used"][hard.name()]) + "/" +
           quantity_text(hard.value);
  }
  cells.add(name_of(object)).add(requests).add(limits).add_age_of(object);
}

void binding_cells(Cells& cells, const Value& object) {
  std::vector<std::string> users;
  std::vector<std::string> groups;
  std::vector<std::string> accounts;
  for (const Value& subject : object["subjects"].items()) {
    const std::string_view kind = subject["kind"].text();
    const std::string name(subject["name"].text());
    if (kind == "User") users.push_back(name);
    if (kind == "Group") groups.push_back(name);
    if (kind == "ServiceAccount") {
      accounts.push_back(std::string(subject["namespace"].text()) + "/" + name);
    }
  }
  std::string role(object["roleRef"]["kind"].text());
  role += "/";
  role += object["roleRef"]["name"].text();
  cells.add(name_of(object))
      .add(role)
      .add_age_of(object)
      .add(joined(users, ", "))
      .add(joined(groups, ", "))
      .add(joined(accounts, ", "));
}

void scale_cells(Cells& cells, const Value& object) {
  cells.add(name_of(object))
      .add_count(object["spec"]["replicas"])
      .add_count(object["status"]["replicas"])
      .add_age_of(object);
}

constexpr std::string_view kRbac = "rbac.authorization.k8s.io";

constexpr Printer kPrinters[] = {
    {"autoscaling", "horizontalpodautoscalers", kAutoscalerColumns, autoscaler_cells},
    {"policy", "poddisruptionbudgets", kBudgetColumns, budget_cells},
    {"scheduling.k8s.io", "priorityclasses", kPriorityColumns, priority_cells},
    {"", "resourcequotas", kQuotaColumns, quota_cells},
    {kRbac, "rolebindings", kBindingColumns, binding_cells},
    {kRbac, "clusterrolebindings", kBindingColumns, binding_cells},
    {"autoscaling", "scales", kScaleColumns, scale_cells},
};

}  // namespace

std::span<const Printer> policy_printers() {
  return kPrinters;
}

}  // namespace sim::k8s
