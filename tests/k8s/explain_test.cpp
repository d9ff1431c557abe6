// tests/k8s/explain_test.cpp: the text of `kubectl explain`, as kubectl 1.33 lays out the
// documents.

#include "sim/k8s/schema/explain.h"

#include <catch_amalgamated.hpp>
#include <string>
#include <string_view>

#include "sim/json/parse.h"
#include "sim/k8s/schema/openapi.h"
#include "tests/support/in_world.h"

using namespace sim::k8s;
using sim::json::Value;

namespace {

Explained explained(std::string_view what, bool recursive = false,
                    std::string_view api_version = {}) {
  const ExplainTarget target = explain_target(what, api_version);
  return explain(openapi_document(target.group, target.version), target, recursive);
}

}  // namespace

TEST_CASE("A kind is explained with its fields") {
  const support::InWorld world;
  CHECK(explained("deploy").text ==
        "GROUP:      apps\n"
        "KIND:       Deployment\n"
        "VERSION:    v1\n"
        "\n"
        "DESCRIPTION:\n"
        "    Keeps so many pods of one template running, and replaces them step by step\n"
        "    when it changes.\n"
        "    \n"
        "FIELDS:\n"
        "  apiVersion\t<string>\n"
        "    The group and version in which this object is written, such as apps/v1.\n"
        "\n"
        "  kind\t<string>\n"
        "    What sort of object this is, in CamelCase.\n"
        "\n"
        "  metadata\t<ObjectMeta>\n"
        "    Name, labels and all else that every object has.\n"
        "\n"
        "  spec\t<DeploymentSpec>\n"
        "    The state that is wanted.\n"
        "\n"
        "  status\t<DeploymentStatus>\n"
        "    The state that was observed last. Written by the system.\n"
        "\n"
        "\n");
}

TEST_CASE("A field is explained with its type's description and fields") {
  const support::InWorld world;
  const std::string text = explained("pod.spec.containers.ports").text;
  CHECK(
      text.starts_with("KIND:       Pod\n"
                       "VERSION:    v1\n"
                       "\n"
                       "FIELD: ports <[]ContainerPort>\n"
                       "\n"
                       "\n"
                       "DESCRIPTION:\n"
                       "    Ports that the container listens on. Leaving one out does not close "
                       "it.\n"
                       "    A port that a container listens on.\n"
                       "    \n"
                       "FIELDS:\n"
                       "  containerPort\t<integer> -required-\n"));
}

TEST_CASE("A field without fields of its own ends with its description") {
  const support::InWorld world;
  CHECK(explained("deploy.spec.strategy.rollingUpdate.maxSurge").text ==
        "GROUP:      apps\n"
        "KIND:       Deployment\n"
        "VERSION:    v1\n"
        "\n"
        "FIELD: maxSurge <IntOrString>\n"
        "\n"
        "\n"
        "DESCRIPTION:\n"
        "    How many pods there may be beyond the wanted number, or which percentage;\n"
        "    25% by default.\n"
        "    A whole number, or text such as a name or a percentage.\n"
        "    \n"
        "\n");
  CHECK(explained("pod.metadata.labels").text.find("FIELD: labels <map[string]string>\n") !=
        std::string::npos);
  CHECK(explained("node.status.capacity").text.find("<map[string]Quantity>") != std::string::npos);
  CHECK(explained("pod.metadata.creationTimestamp").text.find("<string>") != std::string::npos);
}

TEST_CASE("Recursively there are names and types alone") {
  const support::InWorld world;
  CHECK(explained("quota.spec", true).text ==
        "KIND:       ResourceQuota\n"
        "VERSION:    v1\n"
        "\n"
        "FIELD: spec <ResourceQuotaSpec>\n"
        "\n"
        "\n"
        "DESCRIPTION:\n"
        "    The state that is wanted.\n"
        "    The limits of a namespace.\n"
        "    \n"
        "FIELDS:\n"
        "  hard\t<map[string]Quantity>\n"
        "  scopeSelector\t<ScopeSelector>\n"
        "    matchExpressions\t<[]ScopedResourceSelectorRequirement>\n"
        "      operator\t<string> -required-\n"
        "      scopeName\t<string> -required-\n"
        "      values\t<[]string>\n"
        "  scopes\t<[]string>\n"
        "\n");
}

TEST_CASE("A type that refers to itself is laid out once") {
  const support::InWorld world;
  const std::string text = explained("crd.spec.versions.schema", true).text;
  CHECK(text.find("    allOf\t<[]JSONSchemaProps>\n    anyOf\t<[]JSONSchemaProps>\n") !=
        std::string::npos);
}

TEST_CASE("What is not there is said as kubectl says it") {
  const support::InWorld world;
  const Explained missing = explained("pod.spec.containers.nope");
  CHECK(missing.error == "error: field \"nope\" does not exist");
  CHECK(missing.text == "KIND:       Pod\nVERSION:    v1\n\n");
  CHECK(explained("nope.spec").error == "the server doesn't have a resource type \"nope\"");
  CHECK(explained("pod..spec").error ==
        "error: invalid jsonpath syntax, first node must be field node");
  CHECK(explained("pod", false, "v2").error ==
        "error: couldn't find resource for \"/v2, Resource=pods\"");
  CHECK(explained("pod", false, "apps/v1").error ==
        "error: GVR (apps/v1, Resource=pods) not found in OpenAPI schema");
}

TEST_CASE("A group may follow the plural, but not a short name") {
  const support::InWorld world;
  CHECK(explained("deployments.apps.spec.replicas").error.empty());
  CHECK(explained("deploy.apps").error == "error: field \"apps\" does not exist");
  CHECK(explained("pods.").error.empty());
  CHECK(explained("pod.spec['containers'].name").error.empty());
  CHECK(explain_target("events").group.empty());
}

TEST_CASE("The choices of a custom resource's field are listed") {
  const support::InWorld world;
  const KindInfo kind = {"example.com", "v1", "Lamp", "lamps", "lamp"};
  const CustomKind custom = {&kind, sim::json::parse(R"({"type":"object","properties":{"spec":{
      "type":"object","properties":{"color":{"type":"string","description":"The\ncolour.",
      "enum":["a","b","","c","d"]}}}}})")
                                        .value};
  const Value document = openapi_document("example.com", "v1", {&custom, 1});
  const KindInfo kinds[] = {kind};
  CHECK(explain(document, explain_target("lamp.spec", {}, kinds)).text ==
        "GROUP:      example.com\n"
        "KIND:       Lamp\n"
        "VERSION:    v1\n"
        "\n"
        "FIELD: spec <Object>\n"
        "\n"
        "\n"
        "DESCRIPTION:\n"
        "    <empty>\n"
        "FIELDS:\n"
        "  color\t<string>\n"
        "  enum: a, b, \"\", c, ....\n"
        "    The\n"
        "    colour.\n"
        "\n"
        "\n");
  CHECK(explain(document, explain_target("lamp.spec.color", {}, kinds))
            .text.find("FIELD: color <string>\nENUM:\n    a\n    b\n    \"\"\n    c\n    d\n\n") !=
        std::string::npos);
  CHECK(explain(document, explain_target("lamp.metadata", {}, kinds)).error.empty());
}

TEST_CASE("Lines break at spaces") {
  CHECK(wrapped("one two three", 7) == "one two\nthree");
  CHECK(wrapped("a-word-that-is-long and more", 8) == "a-word-that-is-long\nand more");
  CHECK(wrapped("first\nsecond line", 20) == "first\nsecond line");
  CHECK(wrapped("", 5).empty());
}
