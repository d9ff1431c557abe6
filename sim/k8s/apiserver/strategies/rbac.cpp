// The strategies of roles and of their bindings.
//
// Source: Kubernetes' API reference, group rbac.authorization.k8s.io.

#include <string>

#include "sim/k8s/apiserver/strategies/checks.h"
#include "sim/k8s/apiserver/strategies/filler.h"
#include "sim/k8s/apiserver/strategies/strategies.h"

namespace sim::k8s::strategies {
namespace {

constexpr std::string_view kGroup = "rbac.authorization.k8s.io";

void check_role_rules(FieldErrors& errors, const Place& at, const Value& rules, bool namespaced) {
  size_t i = 0;
  for (const Value& rule : rules.items()) {
    const Place place = at.index(i++);
    if (rule["verbs"].size() == 0) {
      errors.required(place.child("verbs"), "verbs must contain at least one value");
    }
    if (rule["nonResourceURLs"].size() > 0) {
      const Place urls = place.child("nonResourceURLs");
      if (namespaced) {
        errors.invalid(urls, rule["nonResourceURLs"],
                       "namespaced rules cannot apply to non-resource URLs");
      }
      if (rule["apiGroups"].size() + rule["resources"].size() + rule["resourceNames"].size() > 0) {
        errors.invalid(urls, rule["nonResourceURLs"],
                       "rules cannot apply to both regular resources and non-resource URLs");
      }
      continue;
    }
    if (rule["apiGroups"].size() == 0) {
      errors.required(place.child("apiGroups"),
                      "resource rules must supply at least one api group");
    }
    if (rule["resources"].size() == 0) {
      errors.required(place.child("resources"), "resource rules must supply at least one resource");
    }
  }
}

void validate_role(const Value& object, FieldErrors& errors) {
  check_role_rules(errors, Place("rules"), object["rules"], true);
}

void validate_cluster_role(const Value& object, FieldErrors& errors) {
  check_role_rules(errors, Place("rules"), object["rules"], false);
  const Place selectors("aggregationRule.clusterRoleSelectors");
  const Value& aggregation = object["aggregationRule"];
  if (!is_set(aggregation)) return;
  if (aggregation["clusterRoleSelectors"].size() == 0) {
    errors.required(selectors,
                    "at least one clusterRoleSelector required if aggregationRule is non-nil");
  }
  size_t i = 0;
  for (const Value& selector : aggregation["clusterRoleSelectors"].items()) {
    check_label_selector(errors, selectors.index(i++), selector);
  }
}

Value default_subject(const Value& subject) {
  const bool is_account = subject["kind"].text() == "ServiceAccount";
  return is_account ? subject : Filler(subject).nonempty_text("apiGroup", kGroup).done();
}

Value default_binding(const Value& object) {
  return Filler(object)
      .apply(
          "roleRef",
          [](const Value& role) { return Filler(role).nonempty_text("apiGroup", kGroup).done(); })
      .apply("subjects", [](const Value& subjects) { return each(subjects, default_subject); })
      .done();
}

void check_subject(FieldErrors& errors, const Place& at, const Value& subject, bool namespaced) {
  constexpr std::string_view kKinds[] = {"Group", "ServiceAccount", "User"};
  constexpr std::string_view kRbacGroup[] = {kGroup};
  constexpr std::string_view kNoGroup[] = {""};
  const std::string_view kind = subject["kind"].text();
  const std::string_view name = subject["name"].text();
  const std::string_view group = subject["apiGroup"].text();
  if (name.empty()) errors.required(at.child("name"));
  if (kind == "ServiceAccount") {
    if (!name.empty()) check_form(errors, at.child("name"), name, dns_subdomain);
    if (!group.empty()) errors.not_supported(at.child("apiGroup"), group, kNoGroup);
    if (!namespaced && subject["namespace"].text().empty()) {
      errors.required(at.child("namespace"));
    }
  } else if (kind == "User" || kind == "Group") {
    if (group != kGroup) errors.not_supported(at.child("apiGroup"), group, kRbacGroup);
  } else {
    errors.not_supported(at.child("kind"), kind, kKinds);
  }
}

void check_binding(FieldErrors& errors, const Value& object, bool namespaced) {
  constexpr std::string_view kRbacGroup[] = {kGroup};
  constexpr std::string_view kBoth[] = {"ClusterRole", "Role"};
  const Names kinds = namespaced ? Names(kBoth) : Names(kBoth).first(1);
  const Place role("roleRef");
  const Value& reference = object["roleRef"];
  if (reference["apiGroup"].text() != kGroup) {
    errors.not_supported(role.child("apiGroup"), reference["apiGroup"].text(), kRbacGroup);
  }
  if (!is_among(reference["kind"].text(), kinds)) {
    errors.not_supported(role.child("kind"), reference["kind"].text(), kinds);
  }
  const std::string_view name = reference["name"].text();
  if (name.empty()) {
    errors.required(role.child("name"));
  } else {
    check_form(errors, role.child("name"), name, path_segment);
  }
  const Place subjects("subjects");
  size_t i = 0;
  for (const Value& subject : object["subjects"].items()) {
    check_subject(errors, subjects.index(i++), subject, namespaced);
  }
}

void validate_role_binding(const Value& object, FieldErrors& errors) {
  check_binding(errors, object, true);
}

void validate_cluster_role_binding(const Value& object, FieldErrors& errors) {
  check_binding(errors, object, false);
}

void validate_binding_update(const Value& object, const Value& old, FieldErrors& errors) {
  if (object["roleRef"] == old["roleRef"]) return;
  errors.invalid(Place("roleRef"), object["roleRef"], "cannot change roleRef");
}

}  // namespace

constinit const Strategy kRole{.validate = validate_role};
constinit const Strategy kClusterRole{.validate = validate_cluster_role};

constinit const Strategy kRoleBinding{
    .defaults = default_binding,
    .validate = validate_role_binding,
    .validate_update = validate_binding_update,
};

constinit const Strategy kClusterRoleBinding{
    .defaults = default_binding,
    .validate = validate_cluster_role_binding,
    .validate_update = validate_binding_update,
};

}  // namespace sim::k8s::strategies
