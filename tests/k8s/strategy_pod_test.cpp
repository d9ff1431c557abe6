// tests/k8s/strategy_pod_test.cpp: defaults, preparation and updates of pods.

#include <catch_amalgamated.hpp>

#include <string>

#include "tests/k8s/strategy_tester.h"

namespace {

using support::json;
using support::Kind;
using support::Value;

constexpr std::string_view kFixed =
    "spec: Forbidden: pod updates may not change fields other than "
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

Value pod(std::string_view spec) {
  return json(R"({"metadata": {"name": "web", "namespace": "x"}})").with("spec", json(spec));
}

Value container_of(const Value& object) {
  return object["spec"]["containers"][0];
}

Value first_volume(std::string_view volume) {
  const std::string spec =
      R"({"containers": [{"name": "a", "image": "b"}], "volumes": [)" + std::string(volume) + "]}";
  return Kind("", "pods").defaulted(pod(spec))["spec"]["volumes"][0];
}

std::string_view pull_policy(std::string_view image) {
  const Value made = Kind("", "pods")
                         .defaulted(pod(R"({"containers": [{"name": "a", "image": ")" +
                                        std::string(image) + R"("}]})"));
  return container_of(made)["imagePullPolicy"].text() == "Always" ? "Always" : "IfNotPresent";
}

std::string qos(std::string_view resources) {
  const Value made =
      Kind("", "pods")
          .created(pod(R"({"containers": [{"name": "a", "image": "b", "resources": )" +
                       std::string(resources) + "}]}"));
  return std::string(made["status"]["qosClass"].text());
}

}  // namespace

TEST_CASE("A pod that names a container and an image gets all its defaults") {
  const support::InWorld world;
  const Value made =
      Kind("", "pods").created(pod(R"({"containers": [{"name": "web", "image": "nginx:1.27"}]})"));
  CHECK(made["spec"] == json(R"({
    "containers": [{
      "name": "web", "image": "nginx:1.27", "imagePullPolicy": "IfNotPresent", "resources": {},
      "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}],
    "dnsPolicy": "ClusterFirst", "enableServiceLinks": true, "restartPolicy": "Always",
    "schedulerName": "default-scheduler", "securityContext": {},
    "terminationGracePeriodSeconds": 30})"));
  CHECK(made["status"] == json(R"({"phase": "Pending", "qosClass": "BestEffort"})"));
}

TEST_CASE("A pod that is complete stays the value it is") {
  const support::InWorld world;
  const Kind kind("", "pods");
  const Value made = kind.defaulted(pod(R"({
    "serviceAccountName": "me",
    "containers": [{"name": "web", "image": "nginx", "ports": [{"containerPort": 80}],
                    "resources": {"limits": {"cpu": "1"}},
                    "livenessProbe": {"httpGet": {"port": 80}},
                    "env": [{"name": "A",
                             "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]}],
    "volumes": [{"name": "v", "configMap": {"name": "c"}}]})"));
  CHECK(kind.defaulted(made) == made);
  CHECK(made["spec"]["serviceAccount"].text() == "me");
}

TEST_CASE("Whether an image is always pulled depends on its tag") {
  const support::InWorld world;
  CHECK(pull_policy("nginx") == "Always");
  CHECK(pull_policy("nginx:latest") == "Always");
  CHECK(pull_policy("registry:5000/nginx") == "Always");
  CHECK(pull_policy("nginx:1.27") == "IfNotPresent");
  CHECK(pull_policy("registry:5000/a/nginx:v1") == "IfNotPresent");
  CHECK(pull_policy("nginx@sha256:0123456789abcdef") == "IfNotPresent");
}

TEST_CASE("Probes, ports, variables and limits of a container have defaults") {
  const support::InWorld world;
  const Value made = container_of(Kind("", "pods").defaulted(pod(R"({"containers": [{
    "name": "web", "image": "nginx:1",
    "ports": [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}],
    "livenessProbe": {"httpGet": {"port": 80}, "periodSeconds": 3},
    "readinessProbe": {"grpc": {"port": 90}},
    "lifecycle": {"preStop": {"httpGet": {"port": 80, "path": "/stop"}}},
    "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
    "resources": {"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "1"}}}]})")));
  CHECK(made["ports"] == json(R"([{"containerPort": 80, "protocol": "TCP"},
                                  {"containerPort": 53, "protocol": "UDP"}])"));
  CHECK(made["livenessProbe"] == json(R"({
    "failureThreshold": 3, "httpGet": {"path": "/", "port": 80, "scheme": "HTTP"},
    "periodSeconds": 3, "successThreshold": 1, "timeoutSeconds": 1})"));
  CHECK(made["readinessProbe"]["grpc"] == json(R"({"port": 90, "service": ""})"));
  CHECK(made["lifecycle"]["preStop"]["httpGet"]["scheme"].text() == "HTTP");
  CHECK(made["lifecycle"]["preStop"]["httpGet"]["path"].text() == "/stop");
  CHECK(made["env"][0]["valueFrom"]["fieldRef"]["apiVersion"].text() == "v1");
  CHECK(made["resources"]["requests"] == json(R"({"cpu": "1", "memory": "1Gi"})"));
}

TEST_CASE("Ports of a pod in its node's network are the node's") {
  const support::InWorld world;
  const Value made = container_of(Kind("", "pods").defaulted(pod(R"({"hostNetwork": true,
    "containers": [{"name": "a", "image": "b", "ports": [{"containerPort": 80}]}]})")));
  CHECK(made["ports"][0]["hostPort"].integer() == 80);
}

TEST_CASE("Volumes have file modes, and one without a source is an empty directory") {
  const support::InWorld world;
  CHECK(first_volume(R"({"name": "v"})") == json(R"({"name": "v", "emptyDir": {}})"));
  CHECK(first_volume(R"({"name": "v", "secret": {"secretName": "s"}})")["secret"] ==
        json(R"({"secretName": "s", "defaultMode": 420})"));
  CHECK(first_volume(R"({"name": "v", "hostPath": {"path": "/a"}})")["hostPath"] ==
        json(R"({"path": "/a", "type": ""})"));
  CHECK(first_volume(R"({"name": "v", "projected": {"sources": [
            {"serviceAccountToken": {"path": "token"}},
            {"downwardAPI": {"items": [{"path": "n",
                                        "fieldRef": {"fieldPath": "metadata.name"}}]}}]}})")
            ["projected"] == json(R"({"defaultMode": 420, "sources": [
            {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}},
            {"downwardAPI": {"items": [{"path": "n", "fieldRef":
                {"apiVersion": "v1", "fieldPath": "metadata.name"}}]}}]})"));
  CHECK(first_volume(R"({"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}})")
            .in({"ephemeral", "volumeClaimTemplate", "spec", "volumeMode"})
            .text() == "Filesystem");
}

TEST_CASE("The quality of service follows from what the containers ask for") {
  const support::InWorld world;
  CHECK(qos("{}") == "BestEffort");
  CHECK(qos(R"({"requests": {"cpu": "100m"}})") == "Burstable");
  CHECK(qos(R"({"limits": {"cpu": "1", "memory": "1Gi"}})") == "Guaranteed");
  CHECK(qos(R"({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1000m"}})") ==
        "Guaranteed");
  CHECK(qos(R"({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}})") ==
        "Burstable");
  CHECK(qos(R"({"limits": {"cpu": "1"}})") == "Burstable");
  CHECK(qos(R"({"limits": {"nvidia.com/gpu": "1"}})") == "BestEffort");
}

TEST_CASE("A gated pod waits, and its affinity follows its own labels") {
  const support::InWorld world;
  const Value made = Kind("", "pods")
                         .created(pod(R"({"schedulingGates": [{"name": "e.x/hold"}],
              "containers": [{"name": "a", "image": "b"}],
              "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
                {"topologyKey": "zone", "matchLabelKeys": ["hash"],
                 "labelSelector": {"matchLabels": {"app": "web"}}}]}}})")
                                      .with_in({"metadata", "labels"}, json(R"({"hash": "h1"})")));
  CHECK(made["status"]["conditions"][0]["reason"].text() == "SchedulingGated");
  CHECK(made.in({"spec", "affinity", "podAntiAffinity",
                 "requiredDuringSchedulingIgnoredDuringExecution"})[0]["labelSelector"] ==
        json(R"({"matchLabels": {"app": "web"}, "matchExpressions": [
                {"key": "hash", "operator": "In", "values": ["h1"]}]})"));
}

TEST_CASE("Of a pod's specification only little may change") {
  const support::InWorld world;
  const Kind kind("", "pods");
  const Value old = kind.stored(pod(R"({
    "activeDeadlineSeconds": 100, "tolerations": [{"key": "a", "operator": "Exists"}],
    "containers": [{"name": "a", "image": "b"}]})"));
  const auto with = [&old](std::string_view field, std::string_view value) {
    return old.with_in({"spec", field}, json(value));
  };
  CHECK(kind.update_problems(old, old) == "");
  const Value containers = old["spec"]["containers"];
  const Value other_image = sim::json::Array().add(containers[0].with("image", "c:2")).build();
  CHECK(kind.update_problems(old.with_in({"spec", "containers"}, other_image), old) == "");
  CHECK(kind.update_problems(with("activeDeadlineSeconds", "50"), old) == "");
  CHECK(kind.update_problems(with("activeDeadlineSeconds", "200"), old) ==
        "spec.activeDeadlineSeconds: Invalid value: 200: must be less than or equal to previous "
        "value");
  CHECK(kind.update_problems(old.with_in({"spec", "activeDeadlineSeconds"}, {}), old) ==
        "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer "
        "to nil value");
  CHECK(kind.update_problems(with("tolerations", R"([{"key": "a", "operator": "Exists"},
                                                     {"key": "b", "operator": "Exists"}])"),
                             old) == "");
  CHECK(kind.update_problems(with("tolerations", "[]"), old) ==
        "spec.tolerations: Forbidden: existing toleration can not be modified except its "
        "tolerationSeconds");
  CHECK(kind.update_problems(with("nodeName", "\"n1\""), old) == kFixed);
  CHECK(kind.update_problems(with("terminationGracePeriodSeconds", "1"), old) == kFixed);
  CHECK(kind.update_problems(
            old.with_in({"spec", "containers"},
                        containers.appended(json(R"({"name": "b", "image": "c"})"))),
            old) == "spec.containers: Forbidden: pod updates may not add or remove containers");
}

TEST_CASE("A gated pod may become pickier about its node") {
  const support::InWorld world;
  const Kind kind("", "pods");
  const Value old = kind.stored(pod(R"({"schedulingGates": [{"name": "e.x/hold"}],
    "nodeSelector": {"a": "b"}, "containers": [{"name": "a", "image": "b"}]})"));
  CHECK(kind.update_problems(old.with_in({"spec", "nodeSelector", "c"}, "d"), old) == "");
  CHECK(kind.update_problems(old.with_in({"spec", "nodeSelector", "a"}, "d"), old) ==
        "spec.nodeSelector: Invalid value: {\"a\":\"d\"}: only additions to spec.nodeSelector are "
        "allowed (no mutations or deletions)");
  CHECK(kind.update_problems(old.with_in({"spec", "schedulingGates"}, {}), old) == "");
  CHECK(kind.update_problems(old.with_in({"spec", "schedulingGates"},
                                         json(R"([{"name": "e.x/hold"}, {"name": "e.x/more"}])")),
                             old) ==
        "spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new "
        "scheduling gate 'e.x/more'");
}
