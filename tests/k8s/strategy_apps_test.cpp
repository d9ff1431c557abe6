// tests/k8s/strategy_apps_test.cpp: Deployments, ReplicaSets, StatefulSets, DaemonSets.

#include <catch_amalgamated.hpp>

#include <string>

#include "sim/k8s/api/int_or_percent.h"
#include "tests/k8s/strategy_tester.h"

namespace {

using support::json;
using support::Kind;
using support::Value;

constexpr std::string_view kTemplate =
    R"({"metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "nginx"}]}})";

// A workload with a selector, a template and these fields.
Value workload(std::string_view spec_fields = "") {
  return json(R"({"metadata": {"name": "web", "namespace": "x"}, "spec": {
        "selector": {"matchLabels": {"app": "web"}}, "template": )" +
              std::string(kTemplate) + std::string(spec_fields) + "}}");
}

std::string deployment_problems(std::string_view spec_fields) {
  return Kind("apps", "deployments").problems(workload(spec_fields));
}

}  // namespace

TEST_CASE("A Deployment gets its defaults, and so does its template") {
  const support::InWorld world;
  const Kind kind("apps", "deployments");
  const Value made = kind.created(workload());
  const Value spec = made["spec"];
  CHECK(spec.without("template").without("selector") == json(R"({
    "progressDeadlineSeconds": 600, "replicas": 1, "revisionHistoryLimit": 10,
    "strategy": {"type": "RollingUpdate",
                 "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}})"));
  CHECK(spec["template"]["spec"] == json(R"({
    "containers": [{
      "name": "web", "image": "nginx", "imagePullPolicy": "Always", "resources": {},
      "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}],
    "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
    "securityContext": {}, "terminationGracePeriodSeconds": 30})"));
  CHECK(made["status"] == Value::empty_object());
  CHECK(kind.defaulted(made) == made);
  CHECK(kind.problems(workload()) == "");
  CHECK(kind.strategy().counts_generations);
  CHECK_FALSE(kind.defaulted(workload(R"(, "strategy": {"type": "Recreate"})"))
                  .in({"spec", "strategy"})
                  .contains("rollingUpdate"));
}

TEST_CASE("Templates do not get what only pods get") {
  const support::InWorld world;
  const Value made = Kind("apps", "replicasets").defaulted(workload(""));
  CHECK_FALSE(made.in({"spec", "template", "spec"}).contains("enableServiceLinks"));
  CHECK(made["spec"]["replicas"].integer() == 1);
}

TEST_CASE("A StatefulSet gets its defaults") {
  const support::InWorld world;
  const Kind kind("apps", "statefulsets");
  const Value made = kind.created(workload(R"(, "volumeClaimTemplates": [
      {"metadata": {"name": "data"},
       "spec": {"accessModes": ["ReadWriteOnce"],
                "resources": {"requests": {"storage": "1Gi"}}}}])"));
  CHECK(made["spec"].without("template").without("selector") == json(R"({
    "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
    "podManagementPolicy": "OrderedReady", "replicas": 1, "revisionHistoryLimit": 10,
    "serviceName": "",
    "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
    "volumeClaimTemplates": [{
      "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
      "spec": {"accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem",
               "resources": {"requests": {"storage": "1Gi"}}},
      "status": {"phase": "Pending"}}]})"));
  CHECK(made["status"] == json(R"({"replicas": 0, "availableReplicas": 0})"));
  CHECK(kind.defaulted(made) == made);
  // Its pods mount volumes that its template does not name.
  CHECK(kind.problems(workload()) == "");
}

TEST_CASE("A DaemonSet gets its defaults, and counts its templates") {
  const support::InWorld world;
  const Kind kind("apps", "daemonsets");
  const Value old = kind.stored(workload());
  CHECK(
      old["spec"]["updateStrategy"] ==
      json(R"({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}})"));
  CHECK(old["status"] == json(R"({"currentNumberScheduled": 0, "desiredNumberScheduled": 0,
                                  "numberMisscheduled": 0, "numberReady": 0})"));
  constexpr std::string_view kCount = "deprecated.daemonset.template.generation";
  CHECK(old.in({"metadata", "annotations", kCount}).text() == "1");
  const Value relabeled = old.with_in({"metadata", "labels"}, json(R"({"a": "b"})"));
  CHECK(kind.updated(relabeled, old).in({"metadata", "annotations", kCount}).text() == "1");
  const Value retold = old.with_in({"spec", "template", "spec", "hostNetwork"}, true);
  CHECK(kind.updated(retold, old).in({"metadata", "annotations", kCount}).text() == "2");
}

TEST_CASE("Other annotations of a Deployment are another generation") {
  const support::InWorld world;
  const Kind kind("apps", "deployments");
  const Value old = kind.stored(workload()).with_in({"metadata", "generation"}, 4);
  CHECK(kind.updated(old, old)["metadata"]["generation"].integer() == 4);
  CHECK(kind.updated(old.with_in({"metadata", "annotations"}, json(R"({"a": "b"})")), old)
            .in({"metadata", "generation"})
            .integer() == 5);
}

TEST_CASE("A selector is there, selects something, and selects the template's labels") {
  const support::InWorld world;
  const Kind kind("apps", "deployments");
  CHECK(kind.problems(workload().with_in({"spec", "selector"}, {})) ==
        "[spec.selector: Required value, spec.template.metadata.labels: Invalid value: "
        "{\"app\":\"web\"}: `selector` does not match template `labels`]");
  CHECK(deployment_problems(R"(, "selector": {})") ==
        "spec.selector: Invalid value: {}: empty selector is invalid for deployment");
  CHECK(deployment_problems(R"(, "selector": {"matchLabels": {"app": "x"}})") ==
        "spec.template.metadata.labels: Invalid value: {\"app\":\"web\"}: `selector` does not "
        "match template `labels`");
  CHECK(deployment_problems(R"(, "selector": {"matchExpressions": [
                                   {"key": "app", "operator": "Is", "values": ["web"]}]})") ==
        "[spec.selector.matchExpressions[0].operator: Invalid value: \"Is\": not a valid selector "
        "operator, spec.selector: Invalid value: "
        "{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"Is\",\"values\":[\"web\"]}]}: "
        "invalid label selector]");
  CHECK(Kind("apps", "statefulsets").problems(workload(R"(, "selector": {})")) ==
        "spec.selector: Invalid value: {}: empty selector is invalid for statefulset");
  CHECK(Kind("apps", "daemonsets").problems(workload(R"(, "selector": {})")) ==
        "spec.selector: Invalid value: {}: empty selector is invalid for daemonset");
}

TEST_CASE("A selector never changes") {
  const support::InWorld world;
  for (const std::string_view plural : {"deployments", "replicasets", "daemonsets"}) {
    const Kind kind("apps", plural);
    const Value old = kind.stored(workload());
    Value other = old.with_in({"spec", "selector", "matchLabels"}, json(R"({"a": "b"})"));
    other = other.with_in({"spec", "template", "metadata", "labels"}, json(R"({"a": "b"})"));
    CHECK(kind.update_problems(other, old) ==
          "spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"b\"}}: field is immutable");
  }
}

TEST_CASE("Numbers of a workload are not negative") {
  const support::InWorld world;
  CHECK(deployment_problems(R"(, "replicas": -1)") ==
        "spec.replicas: Invalid value: -1: must be greater than or equal to 0");
  CHECK(deployment_problems(R"(, "progressDeadlineSeconds": 10, "minReadySeconds": 10)") ==
        "spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds");
}

TEST_CASE("A rolling update has room to move") {
  const support::InWorld world;
  const auto rolling = [](std::string_view parameters) {
    return deployment_problems(R"(, "strategy": {"rollingUpdate": )" + std::string(parameters) +
                               "}");
  };
  CHECK(rolling(R"({"maxSurge": 0, "maxUnavailable": 0})") ==
        "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when "
        "`maxSurge` is 0");
  CHECK(rolling(R"({"maxSurge": "50"})") ==
        "spec.strategy.rollingUpdate.maxSurge: Invalid value: 50: a valid percent string must be "
        "a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
        "validation is '[0-9]+%')");
  CHECK(rolling(R"({"maxUnavailable": "101%"})") ==
        "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 101%: must not be greater "
        "than 100%");
  CHECK(rolling(R"({"maxSurge": -1})") ==
        "spec.strategy.rollingUpdate.maxSurge: Invalid value: -1: must be greater than or equal "
        "to 0");
  CHECK(deployment_problems(R"(, "strategy": {"type": "Recreate", "rollingUpdate": {}})") ==
        "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is "
        "'Recreate'");
  CHECK(deployment_problems(R"(, "strategy": {"type": "BlueGreen"})") ==
        "spec.strategy: Unsupported value: {\"type\":\"BlueGreen\"}: supported values: "
        "\"Recreate\", \"RollingUpdate\"");
  CHECK(Kind("apps", "daemonsets")
            .problems(workload(R"(, "updateStrategy": {"rollingUpdate": {"maxSurge": 1}})")) ==
        "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when "
        "maxUnavailable is non-zero");
  CHECK(
      Kind("apps", "daemonsets")
          .problems(workload(R"(, "updateStrategy": {"rollingUpdate": {"maxUnavailable": 0}})")) ==
      "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when "
      "maxSurge is 0");
}

TEST_CASE("Pods that run for ever are always restarted") {
  const support::InWorld world;
  const auto with_policy = [](std::string_view plural) {
    return Kind("apps", plural)
        .problems(workload().with_in({"spec", "template", "spec", "restartPolicy"}, "Never"));
  };
  for (const std::string_view plural :
       {"deployments", "replicasets", "statefulsets", "daemonsets"}) {
    CHECK(with_policy(plural) ==
          "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: "
          "\"Always\"");
  }
  CHECK(
      Kind("apps", "deployments")
          .problems(workload().with_in({"spec", "template", "spec", "activeDeadlineSeconds"}, 5)) ==
      "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet "
      "is not Supported");
}

TEST_CASE("Of a StatefulSet only some fields may change") {
  const support::InWorld world;
  const Kind kind("apps", "statefulsets");
  const Value old = kind.stored(workload());
  CHECK(kind.update_problems(old.with_in({"spec", "replicas"}, 3), old) == "");
  CHECK(kind.update_problems(old.with_in({"spec", "minReadySeconds"}, 3), old) == "");
  CHECK(kind.update_problems(old.with_in({"spec", "serviceName"}, "other"), old) ==
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', "
        "'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
        "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
  CHECK(kind.problems(workload(R"(, "podManagementPolicy": "Any")")) ==
        "spec.podManagementPolicy: Invalid value: \"Any\": must be 'OrderedReady' or 'Parallel'");
  CHECK(kind.problems(workload(R"(, "updateStrategy": {"type": "OnDelete",
                                                       "rollingUpdate": {"partition": 1}})")) ==
        "spec.updateStrategy.rollingUpdate: Invalid value: {\"partition\":1}: only allowed for "
        "updateStrategy 'RollingUpdate'");
}

TEST_CASE("A replication controller takes labels and selector from its template") {
  const support::InWorld world;
  const Kind kind("", "replicationcontrollers");
  const Value made = kind.created(workload().with_in({"spec", "selector"}, {}));
  CHECK(made["spec"]["selector"] == json(R"({"app": "web"})"));
  CHECK(made["metadata"]["labels"] == json(R"({"app": "web"})"));
  CHECK(kind.problems(workload().with_in({"spec", "selector"}, {})) == "");
}

TEST_CASE("A revision's data stays") {
  const support::InWorld world;
  const Kind kind("apps", "controllerrevisions");
  const Value old = kind.stored(json(R"({"metadata": {"name": "r", "namespace": "x"},
                                         "revision": 1, "data": {"a": 1}})"));
  CHECK(kind.problems(json(R"({"metadata": {"name": "r", "namespace": "x"}})")) ==
        "data: Required value: data is mandatory");
  CHECK(kind.update_problems(old.with("data", json(R"({"a": 2})")), old) ==
        "data: Invalid value: {\"a\":2}: field is immutable");
}

TEST_CASE("Shares of a number are rounded up or down") {
  using namespace sim::k8s;
  const support::InWorld world;
  CHECK(scaled("25%", 10, Rounding::kUp) == 3);
  CHECK(scaled("25%", 10, Rounding::kDown) == 2);
  CHECK(scaled("100%", 7, Rounding::kUp) == 7);
  CHECK(scaled("0%", 7, Rounding::kUp) == 0);
  CHECK(scaled(3, 10, Rounding::kUp) == 3);
  CHECK(scaled("25", 10, Rounding::kUp, -1) == -1);
  CHECK(scaled("-5%", 10, Rounding::kUp, -1) == -1);
  CHECK(scaled({}, 10, Rounding::kUp, 4) == 4);
  const RollingLimits limits =
      rolling_limits(json(R"({"maxSurge": "25%", "maxUnavailable": "25%"})"), 1);
  CHECK(limits.surge == 1);
  CHECK(limits.unavailable == 0);
  // Something must move.
  CHECK(rolling_limits(json(R"({"maxSurge": "0%", "maxUnavailable": "25%"})"), 3).unavailable == 1);
}
