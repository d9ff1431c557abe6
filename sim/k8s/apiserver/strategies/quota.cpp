// The strategies of what limits a namespace: ResourceQuotas and LimitRanges.
//
// Source: Kubernetes' API reference, ResourceQuotaSpec, LimitRangeItem.

#include <algorithm>
#include <string>

#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/filler.h"
#include "sim/k8s/apiserver/strategies/strategies.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kScopes[] = {"BestEffort",    "CrossNamespacePodAffinity",
                                        "NotBestEffort", "NotTerminating",
                                        "PriorityClass", "Terminating"};
// What pods ask for, so that scopes of pods apply to it.
constexpr std::string_view kPodAmounts[] = {
    "pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"};

Value prepare_quota(const Value& object) {
  return object.with("status", Value::empty_object());
}

bool is_native_quota(std::string_view resource) {
  return resource.find('/') == std::string_view::npos;
}

void check_quota_name(FieldErrors& errors, const Place& at, std::string_view resource) {
  check_resource_name(errors, at, resource);
  if (resource == "storage") errors.invalid(at, resource, "must be a standard resource for quota");
}

bool applies(std::string_view scope, std::string_view resource) {
  return scope == "BestEffort" ? resource == "pods" : is_among(resource, kPodAmounts);
}

void check_conflicts(FieldErrors& errors, const Place& at, const Value& shown,
                     const std::vector<std::string_view>& scopes) {
  struct Pair {
    std::string_view a;
    std::string_view b;
  };
  constexpr Pair kPairs[] = {{"BestEffort", "NotBestEffort"}, {"Terminating", "NotTerminating"}};
  for (const Pair& pair : kPairs) {
    if (is_among(pair.a, scopes) && is_among(pair.b, scopes)) {
      errors.invalid(at, shown, "conflicting scopes");
    }
  }
}

void check_scopes(FieldErrors& errors, const Place& at, const Value& spec) {
  const Value& all = spec["scopes"];
  std::vector<std::string_view> scopes;
  for (const Value& scope : all.items()) {
    const std::string_view name = scope.text();
    if (!is_among(name, kScopes)) errors.invalid(at, all, "unsupported scope");
    for (const json::Member& amount : spec["hard"].members()) {
      if (is_native_quota(amount.name()) && !applies(name, amount.name())) {
        errors.invalid(at, all, "unsupported scope applied to resource");
      }
    }
    scopes.push_back(name);
  }
  check_conflicts(errors, at, all, scopes);
}

void check_scope_selector(FieldErrors& errors, const Place& at, const Value& spec) {
  const Place place = at.child("matchExpressions");
  std::vector<std::string_view> scopes;
  for (const Value& requirement : spec["scopeSelector"]["matchExpressions"].items()) {
    const std::string_view scope = requirement["scopeName"].text();
    const std::string_view op = requirement["operator"].text();
    const size_t values = requirement["values"].size();
    if (!is_among(scope, kScopes)) {
      errors.invalid(place.child("scopeName"), scope, "unsupported scope");
    }
    for (const json::Member& amount : spec["hard"].members()) {
      if (is_native_quota(amount.name()) && !applies(scope, amount.name())) {
        errors.invalid(place, spec["scopeSelector"], "unsupported scope applied to resource");
      }
    }
    if (scope != "PriorityClass" && op != "Exists") {
      errors.invalid(place.child("operator"), op,
                     "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, "
                     "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
                     "ResourceQuotaScopeNotBestEffort or "
                     "ResourceQuotaScopeCrossNamespacePodAffinity");
    }
    if (op == "In" || op == "NotIn") {
      if (values == 0) {
        errors.required(place.child("values"),
                        "must be at least one value when `operator` is 'In' or 'NotIn' for scope "
                        "selector");
      }
    } else if (op == "Exists" || op == "DoesNotExist") {
      if (values > 0) {
        errors.invalid(place.child("values"), requirement["values"],
                       "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope "
                       "selector");
      }
    } else {
      errors.invalid(place.child("operator"), op, "not a valid selector operator");
    }
    scopes.push_back(scope);
  }
  check_conflicts(errors, place, spec["scopes"], scopes);
}

void validate_quota(const Value& object, FieldErrors& errors) {
  const Place at("spec");
  const Value& spec = object["spec"];
  const Place hard = at.child("hard");
  for (const json::Member& amount : spec["hard"].members()) {
    const Place place = hard.key(amount.name());
    check_quota_name(errors, place, amount.name());
    check_resource_amount(errors, place, amount.name(), amount.value);
  }
  check_scopes(errors, at.child("scopes"), spec);
  check_scope_selector(errors, at.child("scopeSelector"), spec);
}

void validate_quota_update(const Value& object, const Value& old, FieldErrors& errors) {
  const Value& now = object["spec"]["scopes"];
  const Value& before = old["spec"]["scopes"];
  const auto is_within = [](const Value& a, const Value& b) {
    const auto all = b.items();
    return std::all_of(a.items().begin(), a.items().end(), [&all](const Value& scope) {
      return std::find(all.begin(), all.end(), scope) != all.end();
    });
  };
  if (is_within(now, before) && is_within(before, now)) return;
  errors.invalid(Place("spec.scopes"), now, kImmutable);
}

// Where a limit is missing, another one stands in for it.
Value filled_from(Value amounts, const Value& others) {
  for (const json::Member& other : others.members()) {
    if (!amounts.contains(other.name())) amounts = amounts.with(other.name(), other.value);
  }
  return amounts;
}

Value default_limit(const Value& limit) {
  if (limit["type"].text() != "Container") return limit;
  const Value most = filled_from(limit["default"], limit["max"]);
  const Value asked = filled_from(filled_from(limit["defaultRequest"], most), limit["min"]);
  Filler filler(limit);
  if (most.size() > 0) filler.set("default", most);
  if (asked.size() > 0) filler.set("defaultRequest", asked);
  return filler.done();
}

Value default_limit_range(const Value& object) {
  return Filler(object)
      .apply("spec",
             [](const Value& spec) {
               return Filler(spec)
                   .apply("limits", [](const Value& limits) { return each(limits, default_limit); })
                   .done();
             })
      .done();
}

class LimitChecker {
 public:
  LimitChecker(FieldErrors& errors, const Value& limit) : errors_(errors), limit_(limit) {}

  // That the amount in the list `lower` is no more than the one in `upper`; errors are about
  // `blamed`, and show the amount of the list `shown`.
  void check(const Place& at, std::string_view resource, std::string_view lower,
             std::string_view upper, std::string_view blamed, std::string_view shown,
             std::string_view lower_name, std::string_view upper_name) {
    const Value& low = limit_[lower][resource];
    const Value& high = limit_[upper][resource];
    if (!low || !high) return;
    const Quantity least = Quantity::from(low);
    const Quantity most = Quantity::from(high);
    if (least <= most) return;
    const Place place = at.child(blamed);
    std::string detail(lower_name);
    detail += " value " + least.text() + " is greater than ";
    detail += upper_name;
    detail += " value " + most.text();
    errors_.invalid_as(place.key(resource), Quantity::from(limit_[shown][resource]).text(), detail);
  }

 private:
  FieldErrors& errors_;
  const Value& limit_;
};

void check_limit_amounts(FieldErrors& errors, const Place& at, const Value& limit) {
  constexpr std::string_view kLists[] = {"max", "min", "default", "defaultRequest",
                                         "maxLimitRequestRatio"};
  const std::string_view type = limit["type"].text();
  std::vector<std::string_view> resources;
  for (const std::string_view list : kLists) {
    const Place place = at.child(list);
    if (type == "Pod" && (list == "default" || list == "defaultRequest")) {
      if (limit[list].size() > 0) {
        errors.forbidden(place, "may not be specified when `type` is 'Pod'");
      }
      continue;
    }
    for (const json::Member& amount : limit[list].members()) {
      const Place key = place.key(amount.name());
      if (type == "Pod" || type == "Container") {
        check_container_resource_name(errors, key, amount.name());
      } else {
        check_resource_name(errors, key, amount.name());
      }
      if (!is_among(amount.name(), resources)) resources.push_back(amount.name());
    }
  }
  std::stable_sort(resources.begin(), resources.end());
  LimitChecker checker(errors, limit);
  for (const std::string_view name : resources) {
    checker.check(at, name, "min", "max", "min", "min", "min", "max");
    checker.check(at, name, "min", "defaultRequest", "defaultRequest", "defaultRequest", "min",
                  "default request");
    checker.check(at, name, "defaultRequest", "max", "defaultRequest", "defaultRequest",
                  "default request", "max");
    checker.check(at, name, "defaultRequest", "default", "defaultRequest", "defaultRequest",
                  "default request", "default limit");
    checker.check(at, name, "min", "default", "default", "min", "min", "default");
    checker.check(at, name, "default", "max", "default", "max", "default", "max");
    const Value& ratio = limit["maxLimitRequestRatio"][name];
    if (ratio && Quantity::from(ratio) < Quantity::of(1)) {
      const Place place = at.child("maxLimitRequestRatio");
      const std::string text = Quantity::from(ratio).text();
      errors.invalid_as(place.key(name), text, "ratio " + text + " is less than 1");
    }
  }
}

void validate_limit_range(const Value& object, FieldErrors& errors) {
  constexpr std::string_view kTypes[] = {"Container", "PersistentVolumeClaim", "Pod"};
  const Place at("spec.limits");
  std::vector<std::string_view> types;
  size_t i = 0;
  for (const Value& limit : object["spec"]["limits"].items()) {
    const Place place = at.index(i++);
    const std::string_view type = limit["type"].text();
    const Problems problems = qualified_name(type);
    for (const std::string& problem : problems) errors.invalid(place.child("type"), type, problem);
    const bool is_plain = type.find('/') == std::string_view::npos;
    if (problems.empty() && is_plain && !is_among(type, kTypes)) {
      errors.invalid(place.child("type"), type, "must be a standard limit type or fully qualified");
    }
    if (is_among(type, types)) errors.duplicate(place.child("type"), type);
    types.push_back(type);
    if (type == "PersistentVolumeClaim" && !limit["min"]["storage"] && !limit["max"]["storage"]) {
      errors.required(place.child("limits"),
                      "either minimum or maximum storage value is required, but neither was "
                      "provided");
    }
    check_limit_amounts(errors, place, limit);
  }
}

}  // namespace

constinit const Strategy kResourceQuota{
    .prepare_create = prepare_quota,
    .validate = validate_quota,
    .validate_update = validate_quota_update,
};

constinit const Strategy kLimitRange{
    .defaults = default_limit_range,
    .validate = validate_limit_range,
};

}  // namespace sim::k8s::strategies
