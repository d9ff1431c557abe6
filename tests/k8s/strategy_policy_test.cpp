// tests/k8s/strategy_policy_test.cpp: budgets, priorities, leases, autoscalers, roles, definitions.

#include <catch_amalgamated.hpp>

#include <string>

#include "tests/k8s/strategy_tester.h"

namespace {

using support::json;
using support::Kind;
using support::Value;

Value object(std::string_view fields) {
  return json(R"({"metadata": {"name": "a", "namespace": "x"}, )" + std::string(fields) + "}");
}

Value wide_object(std::string_view name, std::string_view fields) {
  return json(R"({"metadata": {"name": ")" + std::string(name) + R"("}, )" + std::string(fields) +
              "}");
}

std::string budget_problems(std::string_view spec) {
  return Kind("policy", "poddisruptionbudgets").problems(object(R"("spec": )" + std::string(spec)));
}

std::string autoscaler_problems(std::string_view fields) {
  return Kind("autoscaling", "horizontalpodautoscalers")
      .problems(object(R"("spec": {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, )" +
                       std::string(fields) + "}"));
}

constexpr std::string_view kDefinition = R"("spec": {
  "group": "example.com", "scope": "Namespaced",
  "names": {"plural": "widgets", "kind": "Widget"},
  "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object"}}}]})";

}  // namespace

TEST_CASE("A disruption budget says one of two things") {
  const support::InWorld world;
  const Kind kind("policy", "poddisruptionbudgets");
  CHECK(budget_problems(R"({"minAvailable": "50%"})") == "");
  CHECK(budget_problems(R"({"minAvailable": 1, "maxUnavailable": 1})") ==
        "spec: Invalid value: {\"maxUnavailable\":1,\"minAvailable\":1}: minAvailable and "
        "maxUnavailable cannot be both set");
  CHECK(budget_problems(R"({"minAvailable": -1})") ==
        "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0");
  CHECK(budget_problems(R"({"maxUnavailable": "200%"})") ==
        "spec.maxUnavailable: Invalid value: 200%: must not be greater than 100%");
  CHECK(kind.created(object(R"("spec": {})"))["status"] ==
        json(R"({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0,
                 "expectedPods": 0})"));
  CHECK_FALSE(kind.strategy().unconditional_update);
}

TEST_CASE("Priorities of the system are its own, and priorities stay") {
  const support::InWorld world;
  const Kind kind("scheduling.k8s.io", "priorityclasses", false);
  CHECK(kind.created(wide_object("high", R"("value": 5)")) ==
        json(R"({"metadata": {"name": "high", "generation": 1}, "value": 5,
                 "preemptionPolicy": "PreemptLowerPriority"})"));
  CHECK(kind.problems(wide_object("system-mine", R"("value": 5)")) ==
        "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for "
        "system use only. error: system-mine is not a known system priority class");
  CHECK(kind.problems(wide_object("system-node-critical", R"("value": 2000001000)")) == "");
  CHECK(kind.problems(wide_object("system-node-critical", R"("value": 5)")) ==
        "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for "
        "system use only. error: value of system-node-critical PriorityClass must be 2000001000");
  CHECK(kind.problems(wide_object("high", R"("value": 1000000001)")) ==
        "value: Forbidden: maximum allowed value of a user defined priority is 1000000000");
  const Value old = kind.stored(wide_object("high", R"("value": 5)"));
  CHECK(kind.update_problems(old.with("value", 6), old) ==
        "Value: Forbidden: may not be changed in an update.");
}

TEST_CASE("A lease lasts some time, and is not taken less than never") {
  const support::InWorld world;
  const Kind kind("coordination.k8s.io", "leases");
  CHECK(kind.problems(object(R"("spec": {"holderIdentity": "me", "leaseDurationSeconds": 15})")) ==
        "");
  CHECK(kind.problems(object(R"("spec": {"leaseDurationSeconds": 0, "leaseTransitions": -1})")) ==
        "[spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0, "
        "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0]");
  CHECK_FALSE(kind.strategy().unconditional_update);
}

TEST_CASE("An autoscaler looks at the processor unless told otherwise") {
  const support::InWorld world;
  const Kind kind("autoscaling", "horizontalpodautoscalers");
  const Value made = kind.created(object(R"("spec": {"maxReplicas": 3,
      "scaleTargetRef": {"kind": "Deployment", "name": "web"}})"));
  CHECK(made["spec"]["minReplicas"].integer() == 1);
  CHECK(made["spec"]["metrics"] == json(R"([{"type": "Resource", "resource": {
      "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}])"));
  CHECK_FALSE(made["spec"].contains("behavior"));
  CHECK(kind.defaulted(made) == made);
  const Value behaved = kind.defaulted(made.with_in({"spec", "behavior", "scaleDown"},
                                                    json(R"({"stabilizationWindowSeconds": 60})")));
  CHECK(behaved["spec"]["behavior"]["scaleDown"] == json(R"({
      "policies": [{"periodSeconds": 15, "type": "Percent", "value": 100}],
      "selectPolicy": "Max", "stabilizationWindowSeconds": 60})"));
}

TEST_CASE("An autoscaler has bounds, a target and metrics that fit") {
  const support::InWorld world;
  CHECK(autoscaler_problems(R"("maxReplicas": 3)") == "");
  CHECK(autoscaler_problems(R"("minReplicas": 0, "maxReplicas": 3)") ==
        "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1");
  CHECK(autoscaler_problems(R"("minReplicas": 5, "maxReplicas": 3)") ==
        "spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`");
  CHECK(autoscaler_problems(R"("maxReplicas": 0)") ==
        "[spec.maxReplicas: Invalid value: 0: must be greater than 0, spec.maxReplicas: Invalid "
        "value: 0: must be greater than or equal to `minReplicas`]");
  CHECK(autoscaler_problems(R"("maxReplicas": 3, "metrics": [{"type": "Resource",
            "resource": {"name": "cpu", "target": {"type": "Utilization"}}}])") ==
        "spec.metrics[0].resource.target.averageUtilization: Required value: must set either a "
        "target raw value or a target utilization");
  CHECK(autoscaler_problems(R"("maxReplicas": 3, "metrics": [{"type": "Pods"}])") ==
        "spec.metrics[0].pods: Required value: must populate information for the given metric "
        "source");
}

TEST_CASE("Rules of roles name what they allow, and bindings keep their role") {
  const support::InWorld world;
  const Kind roles("rbac.authorization.k8s.io", "roles");
  CHECK(roles.problems(object(R"("rules": [{}])")) ==
        "[rules[0].verbs: Required value: verbs must contain at least one value, "
        "rules[0].apiGroups: Required value: resource rules must supply at least one api group, "
        "rules[0].resources: Required value: resource rules must supply at least one resource]");
  const Kind bindings("rbac.authorization.k8s.io", "rolebindings");
  const Value old = bindings.stored(object(R"("roleRef": {"kind": "Role", "name": "r"},
      "subjects": [{"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "name": "s"}])"));
  CHECK(old["roleRef"]["apiGroup"].text() == "rbac.authorization.k8s.io");
  CHECK(old["subjects"][0]["apiGroup"].text() == "rbac.authorization.k8s.io");
  CHECK_FALSE(old["subjects"][1].contains("apiGroup"));
  CHECK(bindings.update_problems(old.with_in({"roleRef", "name"}, "q"), old) ==
        "roleRef: Invalid value: "
        "{\"apiGroup\":\"rbac.authorization.k8s.io\",\"kind\":\"Role\",\"name\":\"q\"}: cannot "
        "change roleRef");
}

TEST_CASE("A definition of custom resources gets its names, and they are accepted") {
  const support::InWorld world;
  const Kind kind("apiextensions.k8s.io", "customresourcedefinitions", false);
  const Value definition = wide_object("widgets.example.com", kDefinition);
  const Value made = kind.created(definition);
  CHECK(made["spec"]["names"] == json(R"({"plural": "widgets", "singular": "widget",
                                          "kind": "Widget", "listKind": "WidgetList"})"));
  CHECK(made["spec"]["conversion"] == json(R"({"strategy": "None"})"));
  CHECK(made["status"]["acceptedNames"] == made["spec"]["names"]);
  CHECK(made["status"]["storedVersions"] == json(R"(["v1"])"));
  CHECK(sim::k8s::condition_is_true(made, "Established"));
  CHECK(kind.problems(definition) == "");
  CHECK_FALSE(kind.strategy().unconditional_update);
  CHECK(kind.strategy().counts_generations);
}

TEST_CASE("A definition is called as what it defines, and stores one version") {
  const support::InWorld world;
  const Kind kind("apiextensions.k8s.io", "customresourcedefinitions", false);
  const Value definition = wide_object("widgets.example.com", kDefinition);
  CHECK(kind.problems(wide_object("widget.example.com", kDefinition)) ==
        "metadata.name: Invalid value: \"widget.example.com\": must be "
        "spec.names.plural+\".\"+spec.group");
  const Value two = definition.with_in({"spec", "versions"},
                                       definition["spec"]["versions"].appended(
                                           definition["spec"]["versions"][0].with("name", "v2")));
  CHECK(kind.problems(two).ends_with("must have exactly one version marked as storage version"));
  const Value schemaless = definition.with_in(
      {"spec", "versions"}, json(R"([{"name": "v1", "served": true, "storage": true}])"));
  CHECK(kind.problems(schemaless) ==
        "spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required");
  const Value old = kind.stored(definition);
  CHECK(kind.update_problems(old.with_in({"spec", "scope"}, "Cluster"), old) ==
        "spec.scope: Invalid value: \"Cluster\": field is immutable");
  const Value renamed =
      old.with_in({"spec", "versions"},
                  sim::json::Array().add(old["spec"]["versions"][0].with("name", "v2")).build());
  CHECK(kind.update_problems(renamed, old) ==
        "status.storedVersions[0]: Invalid value: \"v1\": missing from spec.versions; v1 was "
        "previously a storage version, and must remain in spec.versions until a storage migration "
        "ensures no data remains persisted in v1 and removes it from status.storedVersions");
}

TEST_CASE("Custom resources have the plain strategy") {
  const support::InWorld world;
  const Kind kind("example.com", "widgets");
  CHECK(kind.strategy().defaults == nullptr);
  CHECK(kind.strategy().counts_generations);
  CHECK_FALSE(kind.strategy().unconditional_update);
  CHECK(kind.problems(object(R"("spec": {"size": 3})")) == "");
}
