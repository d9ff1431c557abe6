// tests/k8s/strategy_pod_checks_test.cpp: what is wrong with specifications of pods.

#include <catch_amalgamated.hpp>

#include <string>

#include "tests/k8s/strategy_tester.h"

namespace {

using support::json;
using support::Kind;
using support::Value;

const std::string kLabel =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

std::string spec_problems(std::string_view spec) {
  return Kind("", "pods")
      .problems(
          json(R"({"metadata": {"name": "web", "namespace": "x"}})").with("spec", json(spec)));
}

// Of a pod with one container that has these fields, too.
std::string container_problems(std::string_view fields, std::string_view pod_fields = "") {
  return spec_problems(R"({"containers": [{"name": "a", "image": "b", )" + std::string(fields) +
                       "}]" + std::string(pod_fields) + "}");
}

// Of a pod with these fields and one container.
std::string pod_problems(std::string_view fields) {
  return spec_problems(R"({"containers": [{"name": "a", "image": "b"}], )" + std::string(fields) +
                       "}");
}

}  // namespace

TEST_CASE("A pod has containers with names and images of their own") {
  const support::InWorld world;
  CHECK(spec_problems("{}") == "spec.containers: Required value");
  CHECK(spec_problems(R"({"containers": [{}]})") ==
        "[spec.containers[0].name: Required value, spec.containers[0].image: Required value]");
  CHECK(spec_problems(R"({"containers": [{"name": "A", "image": "b"}]})") ==
        "spec.containers[0].name: Invalid value: \"A\": " + kLabel);
  CHECK(spec_problems(R"({"containers": [{"name": "a", "image": "b"},
                                         {"name": "a", "image": "c"}]})") ==
        "spec.containers[1].name: Duplicate value: \"a\"");
  CHECK(spec_problems(R"({"containers": [{"name": "a", "image": "b"}],
                          "initContainers": [{"name": "a", "image": "c"}]})") ==
        "spec.initContainers[0].name: Duplicate value: \"a\"");
  CHECK(spec_problems(R"({"containers": [{"name": "a", "image": " b"}]})") ==
        "spec.containers[0].image: Invalid value: \" b\": must not have leading or trailing "
        "whitespace");
}

TEST_CASE("Policies are those that there are") {
  const support::InWorld world;
  CHECK(pod_problems(R"("restartPolicy": "always")") ==
        "spec.restartPolicy: Unsupported value: \"always\": supported values: \"Always\", "
        "\"Never\", \"OnFailure\"");
  CHECK(pod_problems(R"("dnsPolicy": "First")") ==
        "spec.dnsPolicy: Unsupported value: \"First\": supported values: \"ClusterFirst\", "
        "\"ClusterFirstWithHostNet\", \"Default\", \"None\"");
  CHECK(pod_problems(R"("dnsPolicy": "None")") ==
        "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None");
  CHECK(container_problems(R"("imagePullPolicy": "Sometimes")") ==
        "spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: "
        "\"Always\", \"IfNotPresent\", \"Never\"");
  CHECK(container_problems(R"("terminationMessagePolicy": "Log")") ==
        "spec.containers[0].terminationMessagePolicy: Unsupported value: \"Log\": supported "
        "values: \"FallbackToLogsOnError\", \"File\"");
}

TEST_CASE("Ports are in range, and named once") {
  const support::InWorld world;
  CHECK(container_problems(R"("ports": [{}])") ==
        "spec.containers[0].ports[0].containerPort: Required value");
  CHECK(container_problems(R"("ports": [{"containerPort": 65536}])") ==
        "spec.containers[0].ports[0].containerPort: Invalid value: 65536: must be between 1 and "
        "65535, inclusive");
  CHECK(container_problems(R"("ports": [{"containerPort": 80, "name": "web"},
                                        {"containerPort": 81, "name": "web"}])") ==
        "spec.containers[0].ports[1].name: Duplicate value: \"web\"");
  CHECK(
      container_problems(R"("ports": [{"containerPort": 80, "name": "a-port-with-long-name"}])") ==
      "spec.containers[0].ports[0].name: Invalid value: \"a-port-with-long-name\": must be no "
      "more than 15 characters");
  CHECK(container_problems(R"("ports": [{"containerPort": 80, "name": "8-"}])") ==
        "[spec.containers[0].ports[0].name: Invalid value: \"8-\": must contain at least one "
        "letter (a-z), spec.containers[0].ports[0].name: Invalid value: \"8-\": must not begin or "
        "end with a hyphen]");
  CHECK(container_problems(R"("ports": [{"containerPort": 80, "protocol": "tcp"}])") ==
        "spec.containers[0].ports[0].protocol: Unsupported value: \"tcp\": supported values: "
        "\"SCTP\", \"TCP\", \"UDP\"");
  CHECK(container_problems(R"("ports": [{"containerPort": 80, "hostPort": 8080},
                                        {"containerPort": 81, "hostPort": 8080}])") ==
        "spec.containers[0].ports[1].hostPort: Duplicate value: \"TCP//8080\"");
  CHECK(container_problems(R"("ports": [{"containerPort": 80, "hostPort": 81}])",
                           R"(, "hostNetwork": true)") ==
        "spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when "
        "`hostNetwork` is true");
}

TEST_CASE("No container asks for more than it may use") {
  const support::InWorld world;
  CHECK(container_problems(R"("resources": {"limits": {"cpu": "100m"},
                                            "requests": {"cpu": "200m"}})") ==
        "spec.containers[0].resources.requests: Invalid value: \"200m\": must be less than or "
        "equal to cpu limit of 100m");
  CHECK(container_problems(R"("resources": {"requests": {"memory": "-1Gi"}})") ==
        "spec.containers[0].resources.requests[memory]: Invalid value: \"-1Gi\": must be greater "
        "than or equal to 0");
  CHECK(container_problems(R"("resources": {"requests": {"gpu": "1"}})") ==
        "[spec.containers[0].resources.requests[gpu]: Invalid value: \"gpu\": must be a standard "
        "resource type or fully qualified, spec.containers[0].resources.requests[gpu]: Invalid "
        "value: \"gpu\": must be a standard resource for containers]");
  CHECK(container_problems(R"("resources": {"limits": {"nvidia.com/gpu": "2"},
                                            "requests": {"nvidia.com/gpu": "1"}})") ==
        "spec.containers[0].resources.requests: Invalid value: \"1\": must be equal to "
        "nvidia.com/gpu limit of 2");
  CHECK(container_problems(R"("resources": {"requests": {"nvidia.com/gpu": "1"}})") ==
        "spec.containers[0].resources.limits: Required value: Limit must be set for non "
        "overcommitable resources");
  CHECK(container_problems(R"("resources": {"limits": {"hugepages-2Mi": "4Mi"}})") ==
        "spec.containers[0].resources: Forbidden: HugePages require cpu or memory");
}

TEST_CASE("Variables have names, and values from one place") {
  const support::InWorld world;
  CHECK(container_problems(R"("env": [{"name": "A.b-C_1"}])") == "");
  CHECK(container_problems(R"("env": [{}])") == "spec.containers[0].env[0].name: Required value");
  CHECK(container_problems(R"("env": [{"name": "a=b"}])") ==
        "spec.containers[0].env[0].name: Invalid value: \"a=b\": a valid environment variable "
        "name must consist only of printable ASCII characters other than '='");
  CHECK(container_problems(R"("env": [{"name": "A", "valueFrom": {}}])") ==
        "spec.containers[0].env[0].valueFrom: Invalid value: \"\": must specify one of: "
        "`fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`");
  CHECK(container_problems(R"("env": [{"name": "A", "value": "b", "valueFrom":
                               {"configMapKeyRef": {"name": "c", "key": "k"}}}])") ==
        "spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when "
        "`value` is not empty");
  CHECK(container_problems(R"("env": [{"name": "A", "valueFrom":
                               {"fieldRef": {"fieldPath": "spec.restartPolicy"}}}])") ==
        "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "
        "\"spec.restartPolicy\": supported values: \"metadata.name\", \"metadata.namespace\", "
        "\"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", \"status.hostIP\", "
        "\"status.hostIPs\", \"status.podIP\", \"status.podIPs\"");
  CHECK(container_problems(R"("env": [{"name": "A", "valueFrom":
                               {"fieldRef": {"fieldPath": "spec.color"}}}])") ==
        "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.color\": "
        "error converting fieldPath: field label not supported: spec.color");
  CHECK(container_problems(R"("envFrom": [{"prefix": "A_"}])") ==
        "spec.containers[0].envFrom: Invalid value: \"\": must specify one of: `configMapRef` or "
        "`secretRef`");
}

TEST_CASE("Mounts are of volumes that the pod has") {
  const support::InWorld world;
  CHECK(container_problems(R"("volumeMounts": [{"name": "v", "mountPath": "/a"}])",
                           R"(, "volumes": [{"name": "v"}])") == "");
  CHECK(container_problems(R"("volumeMounts": [{"name": "x", "mountPath": "/a"}])",
                           R"(, "volumes": [{"name": "v"}])") ==
        "spec.containers[0].volumeMounts[0].name: Not found: \"x\"");
  CHECK(container_problems(R"("volumeMounts": [{"name": "v", "mountPath": "/a"},
                                               {"name": "v", "mountPath": "/a"}])",
                           R"(, "volumes": [{"name": "v"}])") ==
        "spec.containers[0].volumeMounts[1].mountPath: Invalid value: \"/a\": must be unique");
  CHECK(pod_problems(R"("volumes": [{"name": "v"}, {"name": "v"}])") ==
        "spec.volumes[1].name: Duplicate value: \"v\"");
  CHECK(pod_problems(
            R"("volumes": [{"name": "v", "emptyDir": {}, "secret": {"secretName": "s"}}])") ==
        "spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type");
  CHECK(pod_problems(R"("volumes": [{"name": "v", "configMap": {"defaultMode": 512}}])") ==
        "[spec.volumes[0].configMap.name: Required value, spec.volumes[0].configMap.defaultMode: "
        "Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive]");
  CHECK(pod_problems(R"("volumes": [{"name": "v", "hostPath": {"path": "/a/../b"}}])") ==
        "spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'");
}

TEST_CASE("Probes and hooks say how, and only some containers have them") {
  const support::InWorld world;
  CHECK(container_problems(R"("livenessProbe": {})") ==
        "spec.containers[0].livenessProbe: Required value: must specify a handler type");
  CHECK(container_problems(R"("livenessProbe": {"exec": {"command": ["a"]},
                                                "tcpSocket": {"port": 80}})") ==
        "spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 "
        "handler type");
  CHECK(container_problems(R"("livenessProbe": {"tcpSocket": {"port": 80},
                                                "successThreshold": 2})") ==
        "spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1");
  CHECK(container_problems(R"("readinessProbe": {"httpGet": {"port": 0}, "periodSeconds": -1})") ==
        "[spec.containers[0].readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and "
        "65535, inclusive, spec.containers[0].readinessProbe.periodSeconds: Invalid value: -1: "
        "must be greater than or equal to 0]");
  CHECK(container_problems(R"("lifecycle": {"preStop": {"sleep": {"seconds": 31}}})") ==
        "spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and "
        "less than terminationGracePeriodSeconds (30)");
  CHECK(pod_problems(R"("initContainers": [{"name": "i", "image": "b",
                         "readinessProbe": {"tcpSocket": {"port": 80}}}])") ==
        "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers "
        "without restartPolicy=Always");
  CHECK(pod_problems(R"("initContainers": [{"name": "i", "image": "b", "restartPolicy": "Always",
                         "readinessProbe": {"tcpSocket": {"port": 80}}}])") == "");
  CHECK(container_problems(R"("restartPolicy": "Always")") ==
        "spec.containers[0].restartPolicy: Forbidden: may not be set for non-init containers");
}

TEST_CASE("Tolerations have operators that fit") {
  const support::InWorld world;
  CHECK(pod_problems(R"("tolerations": [{"operator": "Exists"}])") == "");
  CHECK(pod_problems(R"("tolerations": [{"value": "a"}])") ==
        "spec.tolerations[0].operator: Invalid value: \"\": operator must be Exists when `key` is "
        "empty, which means \"match all values and all keys\"");
  CHECK(pod_problems(R"("tolerations": [{"key": "a", "operator": "Exists", "value": "b"}])") ==
        "spec.tolerations[0].operator: Invalid value: \"b\": value must be empty when `operator` "
        "is 'Exists'");
  CHECK(pod_problems(R"("tolerations": [{"key": "a", "operator": "In"}])") ==
        "spec.tolerations[0].operator: Unsupported value: \"In\": supported values: \"Equal\", "
        "\"Exists\"");
  CHECK(pod_problems(R"("tolerations": [{"key": "a", "effect": "NoSchedule",
                                         "tolerationSeconds": 3}])") ==
        "spec.tolerations[0].effect: Invalid value: \"NoSchedule\": effect must be 'NoExecute' "
        "when `tolerationSeconds` is set");
  CHECK(pod_problems(R"("tolerations": [{"key": "a", "effect": "Never"}])") ==
        "spec.tolerations[0].effect: Unsupported value: \"Never\": supported values: "
        "\"NoExecute\", \"NoSchedule\", \"PreferNoSchedule\"");
}

TEST_CASE("Affinity has terms, weights and topologies") {
  const support::InWorld world;
  const std::string node =
      "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution."
      "nodeSelectorTerms";
  CHECK(pod_problems(R"("affinity": {"nodeAffinity":
            {"requiredDuringSchedulingIgnoredDuringExecution": {}}})") ==
        node + ": Required value: must have at least one node selector term");
  CHECK(pod_problems(R"("affinity": {"nodeAffinity":
            {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
              {"matchExpressions": [{"key": "a", "operator": "Like", "values": ["b"]}]}]}}})") ==
        node +
            "[0].matchExpressions[0].operator: Invalid value: \"Like\": not a valid selector "
            "operator");
  CHECK(pod_problems(R"("affinity": {"nodeAffinity":
            {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
              {"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1", "2"]}]}]}}})") ==
        node +
            "[0].matchExpressions[0].values: Required value: must be specified single value "
            "when `operator` is 'Lt' or 'Gt'");
  const std::string pod =
      "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]";
  CHECK(pod_problems(R"("affinity": {"podAntiAffinity":
            {"preferredDuringSchedulingIgnoredDuringExecution": [
              {"weight": 101, "podAffinityTerm": {"topologyKey": "zone"}}]}})") ==
        pod + ".weight: Invalid value: 101: must be in the range 1-100");
  CHECK(pod_problems(R"("affinity": {"podAntiAffinity":
            {"preferredDuringSchedulingIgnoredDuringExecution": [
              {"weight": 1, "podAffinityTerm": {"topologyKey": "zone",
                                                "matchLabelKeys": ["a"]}}]}})") ==
        pod +
            ".podAffinityTerm.matchLabelKeys: Forbidden: must not be specified when "
            "labelSelector is not set");
}

TEST_CASE("Spread constraints say how far, over what, and what else") {
  const support::InWorld world;
  CHECK(pod_problems(R"("topologySpreadConstraints": [{}])") ==
        "[spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero, "
        "spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty, "
        "spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: \"\": supported "
        "values: \"DoNotSchedule\", \"ScheduleAnyway\"]");
  CHECK(pod_problems(R"("topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway",
             "minDomains": 2}])") ==
        "spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains "
        "if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway");
  CHECK(pod_problems(R"("topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"},
            {"maxSkew": 2, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}])") ==
        "spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "
        "\"{zone, ScheduleAnyway}\"");
}

TEST_CASE("Other fields of a pod have their rules, too") {
  const support::InWorld world;
  CHECK(pod_problems(R"("hostname": "a.b")") ==
        "spec.hostname: Invalid value: \"a.b\": must not contain dots");
  CHECK(pod_problems(R"("activeDeadlineSeconds": 0)") ==
        "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, "
        "inclusive");
  CHECK(pod_problems(R"("securityContext": {"runAsUser": -1})") ==
        "spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 4294967295, "
        "inclusive");
  CHECK(pod_problems(R"("hostAliases": [{"ip": "10.0.0.256"}])") ==
        "spec.hostAliases[0].ip: Invalid value: \"10.0.0.256\": must be a valid IP address, (e.g. "
        "10.9.8.7 or 2001:db8::ffff)");
  CHECK(pod_problems(R"("hostAliases": [{"ip": "2001:db8::ffff"}])") == "");
  CHECK(container_problems(R"("securityContext": {"allowPrivilegeEscalation": false,
                                                  "privileged": true})") ==
        "spec.containers[0].securityContext: Invalid value: "
        "{\"allowPrivilegeEscalation\":false,\"privileged\":true}: cannot set "
        "`allowPrivilegeEscalation` to false and `privileged` to true");
  CHECK(pod_problems(R"("ephemeralContainers": [{"name": "e", "image": "b",
                         "ports": [{"containerPort": 1}]}])") ==
        "[spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container, "
        "spec.ephemeralContainers: Forbidden: cannot be set on create]");
}
