// tests/k8s/decode_test.cpp: objects as clients send them, against what kubectl 1.33 and the API
// server make of them.

#include "sim/k8s/schema/decode.h"

#include <catch_amalgamated.hpp>
#include <string>
#include <string_view>

#include "sim/json/parse.h"
#include "sim/k8s/api/base64.h"
#include "sim/k8s/schema/kinds.h"
#include "tests/support/in_world.h"

using namespace sim::k8s;
using sim::json::Value;

namespace {

Decoded decoded(std::string_view text) {
  const sim::json::Parsed parsed = sim::json::parse(text);
  REQUIRE(parsed.error.empty());
  const KindInfo* const kind =
      find_kind(parsed.value["apiVersion"].text(), parsed.value["kind"].text());
  REQUIRE(kind != nullptr);
  return decode(*kind->schema, parsed.value);
}

std::string pod(std::string_view spec) {
  return R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":)" + std::string(spec) +
         "}";
}
std::string deployment(std::string_view spec) {
  return R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":)" +
         std::string(spec) + "}";
}

std::string spec_of(std::string_view text) {
  const Decoded out = decoded(text);
  return out.error.empty() ? out.value["spec"].to_json() : out.error;
}

}  // namespace

TEST_CASE("An object that needs no change comes back as the same value") {
  const support::InWorld world;
  const Value value = sim::json::parse(pod(R"({"containers":[{"name":"c","image":"i",
      "resources":{"limits":{"cpu":"500m","memory":"1Gi"}},
      "livenessProbe":{"httpGet":{"port":"http"}}}],"terminationGracePeriodSeconds":0})"))
                          .value;
  const Decoded out = decode(*find_kind("v1", "Pod")->schema, value);
  CHECK(out.value == value);
  CHECK(out.strict.empty());
  CHECK(out.error.empty());
}

TEST_CASE("A value of another type is refused in the server's words") {
  const support::InWorld world;
  CHECK(decoded(deployment(R"({"replicas":"3"})")).error ==
        "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type "
        "int32");
  CHECK(decoded(deployment("[]")).error ==
        "json: cannot unmarshal array into Go struct field Deployment.spec of type "
        "v1.DeploymentSpec");
  CHECK(decoded(deployment(R"({"replicas":1.5})")).error ==
        "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of "
        "type int32");
  CHECK(decoded(deployment(R"({"replicas":3000000000})")).error ==
        "json: cannot unmarshal number 3000000000 into Go struct field "
        "DeploymentSpec.spec.replicas of type int32");
  CHECK(decoded(pod(R"({"containers":{"name":"c"}})")).error ==
        "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type "
        "[]v1.Container");
  CHECK(decoded(pod(R"({"containers":[{"env":[{"name":"A","value":5}]}]})")).error ==
        "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of "
        "type string");
  CHECK(decoded(pod(R"({"containers":[{"args":[true]}]})")).error ==
        "json: cannot unmarshal bool into Go struct field Container.spec.containers.args of type "
        "string");
  CHECK(decoded(pod(R"({"containers":[{"imagePullPolicy":5}]})")).error ==
        "json: cannot unmarshal number into Go struct field "
        "Container.spec.containers.imagePullPolicy of type v1.PullPolicy");
  CHECK(decoded(pod(R"({"nodeSelector":{"a":5}})")).error ==
        "json: cannot unmarshal number into Go struct field PodSpec.spec.nodeSelector of type "
        "string");
  CHECK(decoded(pod(R"({"containers":[{"livenessProbe":{"httpGet":{"port":true}}}]})")).error ==
        "json: cannot unmarshal bool into Go struct field "
        "HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32");
}

TEST_CASE("The first mismatch is reported, but one of a type that reads itself comes before") {
  const support::InWorld world;
  CHECK(decoded(deployment(R"({"paused":"x","replicas":"y"})")).error ==
        "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.paused of type "
        "bool");
  CHECK(decoded(pod(R"({"activeDeadlineSeconds":"x","overhead":{"cpu":"many"}})")).error ==
        "quantities must match the regular expression "
        "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

TEST_CASE("Quantities and times are brought into their canonical form") {
  const support::InWorld world;
  CHECK(spec_of(pod(R"({"overhead":{"cpu":0.5,"memory":"1024Mi","disk":" 2 "}})")) ==
        R"({"overhead":{"cpu":"500m","disk":"2","memory":"1Gi"}})");
  CHECK(decoded(pod(R"({"overhead":{"cpu":"1K"}})")).error == "unable to parse quantity's suffix");
  CHECK(decoded(R"({"apiVersion":"v1","kind":"Pod","metadata":{
            "creationTimestamp":"2026-01-01T02:00:00.5+02:00"}})")
            .value["metadata"]["creationTimestamp"]
            .text() == "2026-01-01T00:00:00Z");
  CHECK(decoded(R"({"apiVersion":"v1","kind":"Pod","metadata":{"creationTimestamp":"x"}})").error ==
        "parsing time \"x\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"x\" as \"2006\"");
  CHECK(decoded(R"({"apiVersion":"v1","kind":"Pod","metadata":{"creationTimestamp":5}})").error ==
        "json: cannot unmarshal number into Go struct field "
        "ObjectMeta.metadata.creationTimestamp of type string");
  CHECK(decoded(R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","spec":{
            "renewTime":"2026-01-01T00:00:00Z"}})")
            .error ==
        "parsing time \"2026-01-01T00:00:00Z\" as "
        "\"2006-01-02T15:04:05.000000Z07:00\": cannot parse \"Z\" as \".000000\"");
}

TEST_CASE("Nulls are dropped, but in lists and maps they become zero") {
  const support::InWorld world;
  CHECK(spec_of(deployment(R"({"replicas":null,"template":{"spec":null}})")) ==
        R"({"template":{}})");
  CHECK(spec_of(pod(R"({"nodeSelector":{"a":null},"containers":[null]})")) ==
        R"({"containers":[{}],"nodeSelector":{"a":""}})");
  CHECK(decoded(R"({"apiVersion":"v1","kind":"Pod","metadata":{"creationTimestamp":null}})")
            .value["metadata"]
            .to_json() == "{}");
}

TEST_CASE("What Go's omitempty leaves out is dropped, pointers are kept") {
  const support::InWorld world;
  CHECK(spec_of(pod(R"({"hostNetwork":false,"nodeName":"","tolerations":[],"nodeSelector":{},
            "containers":[],"priority":0,"enableServiceLinks":false,"affinity":{}})")) ==
        R"({"affinity":{},"containers":[],"enableServiceLinks":false,"priority":0})");
  CHECK(spec_of(deployment(R"({"replicas":0,"paused":false,"minReadySeconds":0})")) ==
        R"({"replicas":0})");
}

TEST_CASE("Unknown fields are pruned, and named for strict validation") {
  const support::InWorld world;
  const Decoded out = decoded(deployment(R"({"replica":3,"template":{"spec":{"containers":[
      {"name":"c"},{"name":"d","port":5}],"nodeSelector":{"free":"text"}}}})"));
  REQUIRE(out.strict.size() == 2);
  CHECK(out.strict[0] == "unknown field \"spec.replica\"");
  CHECK(out.strict[1] == "unknown field \"spec.template.spec.containers[1].port\"");
  CHECK(out.value["spec"].to_json() ==
        R"({"template":{"spec":{"containers":[{"name":"c"},{"name":"d"}],)"
        R"("nodeSelector":{"free":"text"}}}})");
  CHECK(strict_failure(out.strict) ==
        "strict decoding error: unknown field \"spec.replica\", unknown field "
        "\"spec.template.spec.containers[1].port\"");
}

TEST_CASE("Names of fields are taken as they are written") {
  const support::InWorld world;
  const Decoded out = decoded(deployment(R"({"Replicas":3})"));
  REQUIRE(out.strict.size() == 1);
  CHECK(out.strict[0] == "unknown field \"spec.Replicas\"");
}

TEST_CASE("The reply says which kind in which version could not be read") {
  const support::InWorld world;
  CHECK(decode_failure("apps/v1", "Deployment", "json: cannot unmarshal") ==
        "Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal");
  CHECK(decode_failure("v1", "Pod", "x") == "Pod in version \"v1\" cannot be handled as a Pod: x");
}

TEST_CASE("The data of secrets is base64") {
  const support::InWorld world;
  const auto secret = [](std::string_view data) {
    return decoded(R"({"apiVersion":"v1","kind":"Secret","data":{"a":")" + std::string(data) +
                   "\"}}");
  };
  CHECK(secret("YQ==").value["data"]["a"].text() == "YQ==");
  CHECK(secret("YW\\nJj").value["data"]["a"].text() == "YWJj");
  CHECK(secret("a secret").error == "illegal base64 data at input byte 1");
  CHECK(secret("YQ=").error == "illegal base64 data at input byte 3");
  CHECK(secret("YQ").error == "illegal base64 data at input byte 0");
  CHECK(base64_encode("any carnal pleas") == "YW55IGNhcm5hbCBwbGVhcw==");
  CHECK(base64_decode("YW55IGNhcm5hbCBwbGVhcw==").bytes == "any carnal pleas");
  CHECK(base64_encode("") == "");
}

TEST_CASE("A whole number or text is kept as it is") {
  const support::InWorld world;
  CHECK(spec_of(deployment(R"({"strategy":{"rollingUpdate":{"maxSurge":"25%",
            "maxUnavailable":1}}})")) ==
        R"({"strategy":{"rollingUpdate":{"maxSurge":"25%","maxUnavailable":1}}})");
}

TEST_CASE("Opaque data and volumes that are not modelled are kept") {
  const support::InWorld world;
  CHECK(decoded(R"({"apiVersion":"apps/v1","kind":"ControllerRevision","revision":1,
            "data":{"any":{"thing":null}}})")
            .value["data"]
            .to_json() == R"({"any":{"thing":null}})");
  const Decoded out = decoded(pod(R"({"volumes":[{"name":"v","cephfs":{"monitors":["m"]}}]})"));
  CHECK(out.strict.empty());
  CHECK(out.value["spec"]["volumes"][0]["cephfs"].to_json() == R"({"monitors":["m"]})");
}
