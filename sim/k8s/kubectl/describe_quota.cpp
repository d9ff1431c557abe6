// Namespaces, and what limits how much is used in them.

#include <algorithm>
#include <set>

#include "sim/k8s/api/object.h"
#include "sim/k8s/kubectl/describe_page.h"

namespace sim::k8s::kubectl {
namespace {

// What kubectl says of a scope; nothing of those that came later.
std::string_view meaning_of(std::string_view scope) {
  if (scope == "Terminating") {
    return "Matches all pods that have an active deadline. These pods have a limited lifespan on a "
           "node before being actively terminated by the system.";
  }
  if (scope == "NotTerminating") {
    return "Matches all pods that do not have an active deadline. These pods usually include long "
           "running pods whose container command is not expected to terminate.";
  }
  if (scope == "BestEffort") {
    return "Matches all pods that do not have resource requirements set. These pods have a best "
           "effort quality of service.";
  }
  if (scope == "NotBestEffort") {
    return "Matches all pods that have at least one resource requirement set. These pods have a "
           "burstable or guaranteed quality of service.";
  }
  return {};
}

void describe_scopes(Page& page, const Value& scopes, int level, std::string_view bullet) {
  if (scopes.size() == 0) return;
  std::vector<Value> sorted(scopes.items().begin(), scopes.items().end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Value& a, const Value& b) { return a.text() < b.text(); });
  page.field(level, "Scopes", joined(Value::array(sorted), ", "));
  for (const Value& scope : sorted) {
    const std::string_view meaning = meaning_of(scope.text());
    if (!meaning.empty()) page.line(level, bullet, meaning);
  }
}

void describe_use(Page& page, const Value& status, int level) {
  for (const json::Member& hard : status["hard"].members()) {
    page.line(level, hard.name(), "\t", quantity_line(status["used"][hard.name()]), "\t",
              quantity_line(hard.value));
  }
}

void describe_quota(Page& page, const Value& object) {
  page.title(object);
  describe_scopes(page, object["spec"]["scopes"], 0, " * ");
  page.line(0, "Resource\tUsed\tHard");
  page.line(0, "--------\t----\t----");
  describe_use(page, object["status"], 0);
}

constexpr std::string_view kLimitFields[] = {"min", "max", "defaultRequest", "default",
                                             "maxLimitRequestRatio"};

void describe_limits(Page& page, const Value& object, std::string_view indent) {
  for (const Value& limit : object["spec"]["limits"].items()) {
    std::set<std::string, std::less<>> resources;
    for (const std::string_view field : kLimitFields) {
      for (const json::Member& member : limit[field].members()) {
        resources.emplace(member.name());
      }
    }
    for (const std::string& resource : resources) {
      std::string cells;
      for (const std::string_view field : kLimitFields) {
        const Value& amount = limit[field][resource];
        cells += "\t" + (amount ? quantity_line(amount) : "-");
      }
      page.line(0, indent, limit["type"].text(), "\t", resource, cells);
    }
  }
}

void describe_limit_heading(Page& page, std::string_view indent) {
  page.line(0, indent,
            "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
  page.line(0, indent,
            "----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
}

void describe_limit_range(Page& page, const Value& object) {
  page.title(object);
  describe_limit_heading(page, {});
  describe_limits(page, object, {});
}

void describe_quotas(Page& page) {
  std::vector<Value> quotas = page.related().quotas;
  if (quotas.empty()) return page.line(0, "No resource quota.");
  std::stable_sort(quotas.begin(), quotas.end(),
                   [](const Value& a, const Value& b) { return name_of(a) < name_of(b); });
  page.line(0, "Resource Quotas");
  for (const Value& quota : quotas) {
    page.field(1, "Name", name_of(quota));
    describe_scopes(page, quota["spec"]["scopes"], 1, "* ");
    page.line(1, "Resource\tUsed\tHard");
    page.line(1, "--------\t---\t---");
    describe_use(page, quota["status"], 1);
  }
}

void describe_limit_ranges(Page& page) {
  const std::vector<Value>& ranges = page.related().limit_ranges;
  if (ranges.empty()) return page.line(0, "No LimitRange resource.");
  page.line(0, "Resource Limits");
  describe_limit_heading(page, " ");
  for (const Value& range : ranges) describe_limits(page, range, " ");
}

void describe_namespace(Page& page, const Value& object) {
  const Value& conditions = object["status"]["conditions"];
  page.field(0, "Name", name_of(object));
  page.labels_and_annotations(object);
  page.field(0, "Status", object["status"]["phase"].text());
  if (conditions.size() > 0) {
    page.line(0, "Conditions:");
    page.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
    page.line(1, "----\t------\t------------------\t------\t-------");
    for (const Value& each : conditions.items()) {
      page.line(1, each["type"].text(), "\t", each["status"].text(), "\t",
                date_text(each["lastTransitionTime"]), "\t", each["reason"].text(), "\t",
                each["message"].text());
    }
  }
  page.write("\n");
  describe_quotas(page);
  page.write("\n");
  describe_limit_ranges(page);
}

}  // namespace

bool describe_quota_kinds(Page& page, const Value& object, std::string_view kind) {
  if (kind == "Namespace") {
    describe_namespace(page, object);
  } else if (kind == "ResourceQuota") {
    describe_quota(page, object);
  } else if (kind == "LimitRange") {
    describe_limit_range(page, object);
  } else {
    return false;
  }
  return true;
}

}  // namespace sim::k8s::kubectl
