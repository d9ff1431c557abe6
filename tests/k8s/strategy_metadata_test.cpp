// tests/k8s/strategy_metadata_test.cpp: the checks of names, labels, owners, finalizers.

#include <catch_amalgamated.hpp>

#include <string>

#include "tests/k8s/strategy_tester.h"

namespace {

using support::json;
using support::Kind;
using support::Value;

const std::string kSubdomain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

Value config_map(std::string_view metadata) {
  return Value::empty_object().with("metadata", json(metadata));
}

std::string config_map_problems(std::string_view metadata) {
  return Kind("", "configmaps").problems(config_map(metadata));
}

}  // namespace

TEST_CASE("Most names are DNS subdomains") {
  const support::InWorld world;
  CHECK(config_map_problems(R"({"name": "a.b-c.0", "namespace": "x"})") == "");
  CHECK(config_map_problems(R"({"name": "Web_1", "namespace": "x"})") ==
        "metadata.name: Invalid value: \"Web_1\": " + kSubdomain);
  const std::string longest(253, 'a');
  CHECK(config_map_problems(R"({"namespace": "x", "name": ")" + longest + "\"}") == "");
  CHECK(config_map_problems(R"({"namespace": "x", "name": "a)" + longest + "\"}") ==
        "metadata.name: Invalid value: \"a" + longest + "\": must be no more than 253 characters");
}

TEST_CASE("An object needs a name and, if it lives in one, a namespace") {
  const support::InWorld world;
  CHECK(config_map_problems(R"({"namespace": "x"})") ==
        "metadata.name: Required value: name or generateName is required");
  CHECK(config_map_problems(R"({"name": "a"})") == "metadata.namespace: Required value");
  CHECK(
      Kind("storage.k8s.io", "storageclasses", false)
          .problems(json(R"({"metadata": {"name": "a", "namespace": "b"}, "provisioner": "p"})")) ==
      "metadata.namespace: Forbidden: not allowed on this type");
}

TEST_CASE("A prefix of generated names may end in a dash") {
  const support::InWorld world;
  CHECK(config_map_problems(R"({"generateName": "web-", "name": "web-x", "namespace": "x"})") ==
        "");
  CHECK(config_map_problems(R"({"generateName": "Web-", "name": "web-x", "namespace": "x"})") ==
        "metadata.generateName: Invalid value: \"Web-\": " + kSubdomain);
}

TEST_CASE("Names of namespaces, services and roles have forms of their own") {
  const support::InWorld world;
  CHECK(Kind("", "namespaces", false).problems(json(R"({"metadata": {"name": "a.b"}})")) ==
        "metadata.name: Invalid value: \"a.b\": must not contain dots");
  CHECK(Kind("", "namespaces", false).problems(json(R"({"metadata": {"name": "-a"}})")) ==
        "[metadata.name: Invalid value: \"-a\": a lowercase RFC 1123 label must consist of lower "
        "case alphanumeric characters or '-', and must start and end with an alphanumeric "
        "character (e.g. 'my-name',  or '123-abc', regex used for validation is "
        "'[a-z0-9]([-a-z0-9]*[a-z0-9])?'), "
        "metadata.labels: Invalid value: \"-a\": a valid label must be an empty string or consist "
        "of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
        "character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
        "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')]");
  const Value service = json(R"({"metadata": {"name": "1st", "namespace": "x"},
                                 "spec": {"ports": [{"port": 80}]}})");
  CHECK(Kind("", "services").problems(service) ==
        "metadata.name: Invalid value: \"1st\": a DNS-1035 label must consist of lower case "
        "alphanumeric characters or '-', start with an alphabetic character, and end with an "
        "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
        "'[a-z]([-a-z0-9]*[a-z0-9])?')");
  const Kind roles("rbac.authorization.k8s.io", "roles");
  CHECK(roles.problems(json(R"({"metadata": {"name": "system:Some role", "namespace": "x"}})")) ==
        "");
  CHECK(roles.problems(json(R"({"metadata": {"name": "a/b", "namespace": "x"}})")) ==
        "metadata.name: Invalid value: \"a/b\": may not contain '/'");
}

TEST_CASE("Labels are qualified names with short values") {
  const support::InWorld world;
  CHECK(config_map_problems(R"({"name": "a", "namespace": "x", "labels":
            {"app.kubernetes.io/name": "Web_1", "empty": ""}})") == "");
  CHECK(config_map_problems(R"({"name": "a", "namespace": "x", "labels": {"-a": ""}})") ==
        "metadata.labels: Invalid value: \"-a\": name part must consist of alphanumeric "
        "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
        "'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')");
  CHECK(config_map_problems(R"({"name": "a", "namespace": "x", "labels": {"/a": ""}})") ==
        "metadata.labels: Invalid value: \"/a\": prefix part must be non-empty");
  CHECK(config_map_problems(R"({"name": "a", "namespace": "x", "labels": {"B/a": ""}})") ==
        "metadata.labels: Invalid value: \"B/a\": prefix part " + kSubdomain);
  CHECK(config_map_problems(R"({"name": "a", "namespace": "x", "labels": {"a/b/c": ""}})") ==
        "metadata.labels: Invalid value: \"a/b/c\": a qualified name must consist of alphanumeric "
        "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
        "'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and "
        "'/' (e.g. 'example.com/MyName')");
  CHECK(config_map_problems(R"({"name": "a", "namespace": "x", "labels": {"b": "a b"}})") ==
        "metadata.labels: Invalid value: \"a b\": a valid label must be an empty string or "
        "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
        "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')");
  const std::string value(64, 'a');
  CHECK(config_map_problems(R"({"name": "a", "namespace": "x", "labels": {"b": ")" + value +
                            "\"}}") ==
        "metadata.labels: Invalid value: \"" + value + "\": must be no more than 63 characters");
}

TEST_CASE("Annotations have no more than 256 KiB") {
  const support::InWorld world;
  const std::string most(256 * 1024 - 1, 'a');
  CHECK(config_map_problems(R"({"name": "a", "namespace": "x", "annotations": {"B": ")" + most +
                            "\"}}") == "");
  CHECK(config_map_problems(R"({"name": "a", "namespace": "x", "annotations": {"Bc": ")" + most +
                            "\"}}") ==
        "metadata.annotations: Too long: may not be more than 262144 bytes");
}

TEST_CASE("Owners are named in full, and one of them at most controls") {
  const support::InWorld world;
  CHECK(config_map_problems(R"({"name": "a", "namespace": "x", "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r"}]})") ==
        "metadata.ownerReferences.uid: Invalid value: \"\": must not be empty");
  const std::string owners =
      R"([{"apiVersion":"apps/v1","controller":true,"kind":"ReplicaSet","name":"r","uid":"1"},)"
      R"({"apiVersion":"batch/v1","controller":true,"kind":"Job","name":"j","uid":"2"}])";
  CHECK(config_map_problems(R"({"name": "a", "namespace": "x", "ownerReferences": )" + owners +
                            "}") ==
        "metadata.ownerReferences: Invalid value: " + owners +
            ": Only one reference can have Controller set to true. Found \"true\" in references "
            "for ReplicaSet/r and Job/j");
}

TEST_CASE("Finalizers are known or qualified, and only taken away from what is going") {
  const support::InWorld world;
  const Kind kind("", "configmaps");
  CHECK(config_map_problems(R"({"name": "a", "namespace": "x",
                                "finalizers": ["example.com/x", "orphan"]})") == "");
  CHECK(config_map_problems(R"({"name": "a", "namespace": "x", "finalizers": ["mine"]})") ==
        "metadata.finalizers[0]: Invalid value: \"mine\": name is neither a standard finalizer "
        "name nor is it fully qualified");
  const Kind custom("example.com", "things");
  CHECK(custom.problems(config_map(R"({"name": "a", "namespace": "x",
                                       "finalizers": ["mine"]})")) == "");
  CHECK(config_map_problems(R"({"name": "a", "namespace": "x",
                                "finalizers": ["orphan", "foregroundDeletion"]})") ==
        "metadata.finalizers: Invalid value: [\"orphan\",\"foregroundDeletion\"]: finalizer "
        "orphan and foregroundDeletion cannot be both set");
  const Value going = config_map(R"({"name": "a", "namespace": "x", "finalizers": ["e.x/a"],
                                     "deletionTimestamp": "2026-01-01T00:00:00Z"})");
  const Value more =
      going.with_in({"metadata", "finalizers"}, json(R"(["e.x/c", "e.x/a", "e.x/b"])"));
  CHECK(kind.update_problems(more, going) ==
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being "
        "deleted, found new finalizers []string{\"e.x/b\", \"e.x/c\"}");
}

TEST_CASE("What the system writes into metadata stays") {
  const support::InWorld world;
  const Kind kind("", "configmaps");
  const Value old = config_map(R"({"name": "a", "namespace": "x", "uid": "1", "generation": 2})");
  CHECK(kind.update_problems(old, old) == "");
  CHECK(kind.update_problems(old.with_in({"metadata", "uid"}, "2"), old) ==
        "metadata.uid: Invalid value: \"2\": field is immutable");
  CHECK(kind.update_problems(old.with_in({"metadata", "generation"}, 1), old) ==
        "metadata.generation: Invalid value: 1: must not be decremented");
}
