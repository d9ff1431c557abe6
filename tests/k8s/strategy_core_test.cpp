// tests/k8s/strategy_core_test.cpp: namespaces, nodes, configuration, quotas, storage.

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

Value wide_object(std::string_view fields) {
  return json(R"({"metadata": {"name": "a"}, )" + std::string(fields) + "}");
}

std::string claim_problems(std::string_view spec) {
  return Kind("", "persistentvolumeclaims").problems(object(R"("spec": )" + std::string(spec)));
}

}  // namespace

TEST_CASE("A namespace is active, labelled with its name, and finalized by Kubernetes") {
  const support::InWorld world;
  const Kind kind("", "namespaces", false);
  const Value made = kind.created(json(R"({"metadata": {"name": "a"}})"));
  CHECK(made == json(R"({
    "metadata": {"name": "a", "labels": {"kubernetes.io/metadata.name": "a"}},
    "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}})"));
  CHECK(kind.defaulted(made) == made);
  const Value old = kind.stored(json(R"({"metadata": {"name": "a"}})"));
  CHECK(kind.updated(old.with_in({"spec", "finalizers"}, {}), old) == old);
}

TEST_CASE("A node's taints are unique, and its addresses stay") {
  const support::InWorld world;
  const Kind kind("", "nodes", false);
  CHECK(kind.problems(wide_object(R"("spec": {"taints": [
            {"key": "a", "value": "1", "effect": "NoSchedule"},
            {"key": "a", "value": "2", "effect": "NoSchedule"}]})")) ==
        "metadata.taints[1]: Duplicate value: "
        "{\"effect\":\"NoSchedule\",\"key\":\"a\",\"value\":\"2\"}: taints must be unique by key "
        "and effect pair");
  CHECK(kind.problems(wide_object(R"("spec": {"taints": [{"key": "a"}]})")) ==
        "metadata.taints[0].effect: Required value");
  const Value old = kind.stored(wide_object(R"("spec": {"podCIDR": "10.0.1.0/24"})"));
  CHECK(old["spec"]["podCIDRs"] == json(R"(["10.0.1.0/24"])"));
  CHECK(kind.update_problems(old.with("spec", json(R"({"podCIDR": "10.0.2.0/24"})")), old) ==
        "spec.podCIDRs: Forbidden: node updates may not change podCIDR except from \"\" to valid");
  CHECK(kind.defaulted(wide_object(R"("status": {"capacity": {"cpu": "4"}})"))
            .in({"status", "allocatable", "cpu"})
            .text() == "4");
  CHECK(kind.strategy().unconditional_update);
}

TEST_CASE("Keys of configuration can be names of files") {
  const support::InWorld world;
  const Kind kind("", "configmaps");
  CHECK(kind.problems(object(R"("data": {"a.b-C_1": "x"})")) == "");
  CHECK(kind.problems(object(R"("data": {"a/b": "x"})")) ==
        "data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric "
        "characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used "
        "for validation is '[-._a-zA-Z0-9]+')");
  CHECK(kind.problems(object(R"("data": {"..a": "x"})")) ==
        "data[..a]: Invalid value: \"..a\": must not start with '..'");
  CHECK(kind.problems(object(R"("data": {"a": "x"}, "binaryData": {"a": "eA=="})")) ==
        "data[a]: Invalid value: \"a\": duplicate of key present in binaryData");
  const std::string large(1024 * 1024 + 1, 'a');
  CHECK(kind.problems(object(R"("data": {"a": ")" + large + "\"}")) ==
        "[]: Too long: may not be more than 1048576 bytes");
}

TEST_CASE("Configuration that is immutable stays") {
  const support::InWorld world;
  const Kind kind("", "configmaps");
  const Value old = kind.stored(object(R"("data": {"a": "1"}, "immutable": true)"));
  CHECK(kind.update_problems(old.with_in({"metadata", "labels"}, json(R"({"b": "c"})")), old) ==
        "");
  CHECK(kind.update_problems(old.with_in({"data", "a"}, "2"), old) ==
        "data: Forbidden: field is immutable when `immutable` is set");
  CHECK(kind.update_problems(old.with("immutable", false), old) ==
        "immutable: Forbidden: field is immutable when `immutable` is set");
}

TEST_CASE("Plain text of a secret becomes its data") {
  const support::InWorld world;
  const Kind kind("", "secrets");
  const Value made = kind.created(object(R"("data": {"a": "eA==", "b": "eQ=="},
                             "stringData": {"b": "Man", "c": "Ma", "d": "M", "e": ""})"));
  CHECK(made["type"].text() == "Opaque");
  CHECK(made["data"] == json(R"({"a": "eA==", "b": "TWFu", "c": "TWE=", "d": "TQ==", "e": ""})"));
  CHECK_FALSE(made.contains("stringData"));
  CHECK(kind.defaulted(made) == made);
}

TEST_CASE("Secrets of a type have what the type needs, and keep it") {
  const support::InWorld world;
  const Kind kind("", "secrets");
  CHECK(kind.problems(object(R"("type": "kubernetes.io/tls", "data": {"tls.crt": "eA=="})")) ==
        "data[tls.key]: Required value");
  CHECK(kind.problems(object(R"("type": "kubernetes.io/basic-auth")")) ==
        "[data[username]: Required value, data[password]: Required value]");
  CHECK(kind.problems(object(R"("type": "kubernetes.io/service-account-token")")) ==
        "metadata.annotations[kubernetes.io/service-account.name]: Required value");
  const Value old = kind.stored(object(R"("data": {"a": "eA=="})"));
  CHECK(kind.update_problems(old.with("type", "example.com/x"), old) ==
        "type: Invalid value: \"example.com/x\": field is immutable");
}

TEST_CASE("Events are where the objects are that they tell of") {
  const support::InWorld world;
  const Kind kind("", "events");
  CHECK(kind.problems(object(R"("involvedObject": {"kind": "Pod", "namespace": "x"})")) == "");
  CHECK(kind.problems(object(R"("involvedObject": {"kind": "Pod", "namespace": "y"})")) ==
        "involvedObject.namespace: Invalid value: \"y\": does not match event.namespace");
}

TEST_CASE("A quota counts what there is to count") {
  const support::InWorld world;
  const Kind kind("", "resourcequotas");
  CHECK(kind.problems(object(R"("spec": {"hard": {"pods": "10", "requests.cpu": "1",
            "count/deployments.apps": "3", "example.com/gpu": "1"}})")) == "");
  CHECK(kind.problems(object(R"("spec": {"hard": {"coffee": "1"}})")) ==
        "spec.hard[coffee]: Invalid value: \"coffee\": must be a standard resource type or fully "
        "qualified");
  CHECK(kind.problems(object(R"("spec": {"hard": {"pods": "1500m"}})")) ==
        "spec.hard[pods]: Invalid value: 1500m: must be an integer");
  CHECK(kind.problems(object(R"("spec": {"hard": {"pods": "-1"}})")) ==
        "spec.hard[pods]: Invalid value: \"-1\": must be greater than or equal to 0");
  CHECK(kind.problems(object(R"("spec": {"hard": {"secrets": "1"}, "scopes": ["BestEffort"]})")) ==
        "spec.scopes: Invalid value: [\"BestEffort\"]: unsupported scope applied to resource");
  CHECK(kind.problems(object(R"("spec": {"scopes": ["BestEffort", "NotBestEffort"]})")) ==
        "spec.scopes: Invalid value: [\"BestEffort\",\"NotBestEffort\"]: conflicting scopes");
  const Value old = kind.stored(object(R"("spec": {"scopes": ["BestEffort"]})"));
  CHECK(kind.update_problems(old.with_in({"spec", "scopes"}, {}), old) ==
        "spec.scopes: Invalid value: null: field is immutable");
}

TEST_CASE("Limits of containers fill in for each other") {
  const support::InWorld world;
  const Kind kind("", "limitranges");
  const Value made = kind.defaulted(object(R"("spec": {"limits": [
      {"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "100m", "memory": "1Mi"}}]})"));
  CHECK(made["spec"]["limits"][0] == json(R"({
    "type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "100m", "memory": "1Mi"},
    "default": {"cpu": "2"}, "defaultRequest": {"cpu": "2", "memory": "1Mi"}})"));
  CHECK(kind.defaulted(made) == made);
  CHECK(kind.problems(object(R"("spec": {"limits": [
            {"type": "Pod", "max": {"cpu": "1"}, "min": {"cpu": "2"}}]})")) ==
        "spec.limits[0].min[cpu]: Invalid value: 2: min value 2 is greater than max value 1");
  CHECK(
      kind.problems(object(R"("spec": {"limits": [{"type": "Pod", "default": {"cpu": "1"}}]})")) ==
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'");
  CHECK(kind.problems(object(R"("spec": {"limits": [{"type": "Container", "max": {"cpu": "1"},
            "default": {"cpu": "2"}, "defaultRequest": {"cpu": "1"}}]})")) ==
        "spec.limits[0].default[cpu]: Invalid value: 1: default value 2 is greater than max value "
        "1");
}

TEST_CASE("A claim says how it is used and how much it needs") {
  const support::InWorld world;
  const Kind kind("", "persistentvolumeclaims");
  const Value made = kind.created(object(R"("spec": {"accessModes": ["ReadWriteOnce"],
      "resources": {"requests": {"storage": "1Gi"}}})"));
  CHECK(made["spec"]["volumeMode"].text() == "Filesystem");
  CHECK(made["status"] == json(R"({"phase": "Pending"})"));
  CHECK(claim_problems("{}") ==
        "[spec.accessModes: Required value: at least 1 access mode is required, "
        "spec.resources[storage]: Required value]");
  CHECK(claim_problems(R"({"accessModes": ["ReadWrite"],
                           "resources": {"requests": {"storage": "0"}}})") ==
        "[spec.accessModes: Unsupported value: \"ReadWrite\": supported values: \"ReadOnlyMany\", "
        "\"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\", spec.resources[storage]: "
        "Invalid value: \"0\": must be greater than zero]");
}

TEST_CASE("A claim changes only by being bound and by growing") {
  const support::InWorld world;
  const Kind kind("", "persistentvolumeclaims");
  const Value old = kind.stored(object(R"("spec": {"accessModes": ["ReadWriteOnce"],
      "resources": {"requests": {"storage": "2Gi"}}})"));
  constexpr std::string_view kFixed =
      "spec: Forbidden: spec is immutable after creation except resources.requests and "
      "volumeAttributesClassName for bound claims";
  const auto sized = [](const Value& claim, std::string_view size) {
    return claim.with_in({"spec", "resources", "requests", "storage"}, size);
  };
  CHECK(kind.update_problems(old.with_in({"spec", "volumeName"}, "pv"), old) == "");
  CHECK(kind.update_problems(sized(old, "3Gi"), old) == kFixed);
  const Value bound =
      old.with_in({"spec", "volumeName"}, "pv").with("status", json(R"({"phase": "Bound",
                                                   "capacity": {"storage": "2Gi"}})"));
  CHECK(kind.update_problems(sized(bound, "3Gi"), bound) == "");
  CHECK(kind.update_problems(sized(bound, "1Gi"), bound) ==
        "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity");
  CHECK(kind.update_problems(bound.with_in({"spec", "volumeName"}, "pv2"), bound) == kFixed);
}

TEST_CASE("A volume has a capacity and one source") {
  const support::InWorld world;
  const Kind kind("", "persistentvolumes", false);
  const Value volume = wide_object(R"("spec": {"accessModes": ["ReadWriteOnce"],
      "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/a"}})");
  const Value made = kind.created(volume);
  CHECK(made["spec"]["persistentVolumeReclaimPolicy"].text() == "Retain");
  CHECK(made["status"]["phase"].text() == "Pending");
  CHECK(kind.problems(volume) == "");
  CHECK(kind.problems(wide_object(R"("spec": {})")) ==
        "[spec.accessModes: Required value, spec.capacity: Required value, spec.capacity: "
        "Unsupported value: null: supported values: \"storage\", spec: Required value: must "
        "specify a volume type]");
  CHECK(kind.problems(volume.with_in({"spec", "local"}, json(R"({"path": "/b"})"))) ==
        "[spec.local: Forbidden: may not specify more than 1 volume type, spec.nodeAffinity: "
        "Required value: Local volume requires node affinity]");
  const Value old = kind.stored(volume);
  CHECK(kind.update_problems(old.with_in({"spec", "hostPath", "path"}, "/b"), old) ==
        "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after "
        "creation");
}

TEST_CASE("A storage class keeps what it is") {
  const support::InWorld world;
  const Kind kind("storage.k8s.io", "storageclasses", false);
  const Value old = kind.stored(wide_object(R"("provisioner": "example.com/disk")"));
  CHECK(old["reclaimPolicy"].text() == "Delete");
  CHECK(old["volumeBindingMode"].text() == "Immediate");
  CHECK(kind.problems(wide_object(R"("reclaimPolicy": "Recycle")")) ==
        "[provisioner: Required value, reclaimPolicy: Unsupported value: \"Recycle\": supported "
        "values: \"Delete\", \"Retain\"]");
  CHECK(kind.update_problems(old.with("reclaimPolicy", "Retain"), old) ==
        "reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.");
}
