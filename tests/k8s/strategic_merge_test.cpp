// tests/k8s/strategic_merge_test.cpp: strategic merge patches, as Kubernetes' documentation shows
// them and kubectl applies them.

#include "sim/k8s/schema/strategic_merge.h"

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "tests/k8s/merge_schema.h"
#include "tests/support/in_world.h"
#include "tests/support/random_value.h"

using namespace sim::k8s;
using sim::json::Value;

namespace {

Value read(std::string_view text) {
  const sim::json::Parsed parsed = sim::json::parse(text);
  REQUIRE(parsed.error.empty());
  return parsed.value;
}

// The patched pod as JSON, or the error.
std::string patched(std::string_view original, std::string_view patch,
                    const Schema* schema = &merge_schema::kPod) {
  const sim::json::Patched out = strategic_merge(schema, read(original), read(patch));
  CHECK(bool(out.value) != bool(out.error));
  return out.error ? out.error.message() : out.value.to_json();
}

// The same for what a pod's spec has.
std::string spec(std::string_view original, std::string_view patch) {
  const auto around = [](std::string_view text) { return R"({"spec":)" + std::string(text) + "}"; };
  const std::string out = patched(around(original), around(patch));
  const std::string begin = R"({"spec":)";
  if (!out.starts_with(begin)) return out;
  return out.substr(begin.size(), out.size() - begin.size() - 1);
}

}  // namespace

TEST_CASE("A container is added to those that are there, as the documentation shows") {
  const support::InWorld world;
  CHECK(spec(R"({"containers":[{"name":"patch-demo-ctr","image":"nginx"}],
                 "tolerations":[{"effect":"NoSchedule","key":"dedicated","value":"test-team"}]})",
             R"({"containers":[{"name":"patch-demo-ctr-2","image":"redis"}],
                 "tolerations":[{"effect":"NoSchedule","key":"disktype","value":"ssd"}]})") ==
        R"({"containers":[{"image":"redis","name":"patch-demo-ctr-2"},)"
        R"({"image":"nginx","name":"patch-demo-ctr"}],)"
        R"("tolerations":[{"effect":"NoSchedule","key":"disktype","value":"ssd"}]})");
}

TEST_CASE("Items with one key are merged, at any depth; lists without a key are replaced") {
  const support::InWorld world;
  CHECK(spec(R"({"containers":[{"name":"a","image":"x","args":["1","2"],
                   "env":[{"name":"E","value":"1"},{"name":"F","value":"2"}]},{"name":"b"}]})",
             R"({"containers":[{"name":"a","args":["3"],"env":[{"name":"E","value":"9"}]}]})") ==
        R"({"containers":[{"args":["3"],"env":[{"name":"E","value":"9"},)"
        R"({"name":"F","value":"2"}],"image":"x","name":"a"},{"name":"b"}]})");
  CHECK(spec(R"({"containers":[{"name":"a","ports":[{"containerPort":80,"name":"http"}]}]})",
             R"({"containers":[{"name":"a","ports":[{"containerPort":80,"protocol":"TCP"}]}]})") ==
        R"({"containers":[{"name":"a","ports":[)"
        R"({"containerPort":80,"name":"http","protocol":"TCP"}]}]})");
}

TEST_CASE("A null deletes, and leaves nothing where nothing was") {
  const support::InWorld world;
  CHECK(spec(R"({"nodeSelector":{"a":"1","b":"2"},"hostname":"h"})",
             R"({"nodeSelector":{"a":null,"c":null},"hostname":null,"priority":null})") ==
        R"({"nodeSelector":{"b":"2"}})");
  CHECK(patched("{}", R"({"metadata":{"labels":{"a":null,"b":"1"}}})") ==
        R"({"metadata":{"labels":{"b":"1"}}})");
}

TEST_CASE("$patch deletes and replaces items and objects") {
  const support::InWorld world;
  constexpr std::string_view kTwo = R"({"containers":[{"name":"a","image":"x"},{"name":"b"}]})";
  CHECK(spec(kTwo, R"({"containers":[{"$patch":"delete","name":"a"},)"
                   R"({"$patch":"delete","name":"z"}]})") == R"({"containers":[{"name":"b"}]})");
  CHECK(spec(kTwo, R"({"containers":[{"name":"c"},{"$patch":"replace"}]})") ==
        R"({"containers":[{"name":"c"}]})");
  CHECK(spec(kTwo, R"({"$patch":"replace","hostname":"h"})") == R"({"hostname":"h"})");
  CHECK(spec(kTwo, R"({"$patch":"delete"})") == "{}");
  CHECK(spec(kTwo, R"({"nodeSelector":{"$patch":"delete"}})") ==
        R"({"containers":[{"image":"x","name":"a"},{"name":"b"}]})");
  CHECK(spec(kTwo, R"({"$patch":"merge"})") ==
        "unknown patch type: merge in map: map[$patch:merge]");
  CHECK(spec(kTwo, R"({"$patch":1})") == "unknown patch type: %!s(int64=1) in map: map[$patch:1]");
  CHECK(spec(kTwo, R"({"containers":[{"$patch":"foo","name":"a"}]})") ==
        "unknown patch type: foo in map: map[$patch:foo name:a]");
  CHECK(spec(kTwo, R"({"containers":[{"$patch":"merge","name":"a"}]})") ==
        "merging lists cannot yet be specified in the patch");
}

TEST_CASE("Merged lists of plain values are sets that keep their order") {
  const support::InWorld world;
  constexpr std::string_view kTwo = R"({"metadata":{"finalizers":["a","b"]}})";
  CHECK(patched(kTwo, R"({"metadata":{"finalizers":["c","b"]}})") ==
        R"({"metadata":{"finalizers":["c","a","b"]}})");
  CHECK(patched(kTwo, R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["a","z"]}})") ==
        R"({"metadata":{"finalizers":["b"]}})");
  CHECK(patched(kTwo, R"({"metadata":{"$setElementOrder/finalizers":["b","c","a"],)"
                      R"("finalizers":["c"]}})") == R"({"metadata":{"finalizers":["b","c","a"]}})");
  CHECK(patched(kTwo, R"({"metadata":{"$deleteFromPrimitiveList":["a"]}})") ==
        "invalid patch format of primitive list");
}

TEST_CASE("$setElementOrder arranges what it names; what the server added stays beside it") {
  const support::InWorld world;
  constexpr std::string_view kThree = R"({"containers":[{"name":"a"},{"name":"s"},{"name":"b"}]})";
  CHECK(spec(kThree, R"({"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]})") ==
        R"({"containers":[{"name":"s"},{"name":"b"},{"name":"a"}]})");
  CHECK(spec(kThree, R"({"$setElementOrder/containers":[{"name":"a"},{"name":"c"},{"name":"b"}],)"
                     R"("containers":[{"name":"c"}]})") ==
        R"({"containers":[{"name":"a"},{"name":"c"},{"name":"s"},{"name":"b"}]})");
  CHECK(spec(kThree, R"({"$setElementOrder/containers":[{"name":"a"}],)"
                     R"("containers":[{"name":"q"}]})") ==
        "The order in patch list:\n[map[name:q]]\n doesn't match $setElementOrder list:\n"
        "[map[name:a]]\n");
  CHECK(spec(kThree, R"({"$setElementOrder/containers":"x"})") ==
        "expected a []interface {}, but received a string");
  CHECK(spec(kThree, R"({"$setElementOrder":[]})") ==
        "invalid patch format of setElementOrder list");
  CHECK(spec(kThree, R"({"$setElementOrder/nix":[]})") ==
        "unable to find api field in struct PodSpec for the json field \"nix\"");
}

TEST_CASE("$retainKeys clears the other members of a union") {
  const support::InWorld world;
  constexpr std::string_view kVolume = R"({"volumes":[{"name":"v","emptyDir":{}}]})";
  CHECK(spec(kVolume, R"({"volumes":[{"$retainKeys":["configMap","name"],"name":"v",)"
                      R"("configMap":{"name":"c"}}]})") ==
        R"({"volumes":[{"configMap":{"name":"c"},"name":"v"}]})");
  CHECK(patched(R"({"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}})",
                R"({"strategy":{"$retainKeys":["type"],"type":"Recreate"}})",
                &merge_schema::kDeploymentSpec) == R"({"strategy":{"type":"Recreate"}})");
  CHECK(spec(kVolume, R"({"volumes":[{"$retainKeys":["name"],"name":"v","secret":{}}]})") ==
        "invalid patch format of retainKeys");
  CHECK(spec(kVolume, R"({"volumes":[{"$retainKeys":"x","name":"v"}]})") ==
        "invalid patch format of retainKeys");
}

TEST_CASE("Items without their key, or of several types, are refused") {
  const support::InWorld world;
  constexpr std::string_view kOne = R"({"containers":[{"name":"a"}]})";
  CHECK(spec(kOne, R"({"containers":[{"image":"n"}]})") ==
        "map: map[image:n] does not contain declared merge key: name");
  CHECK(spec(kOne, R"({"containers":["a"]})") ==
        "list element types are not identical: [[map[name:a]] [a]]");
  CHECK(spec(R"({"containers":[[1]]})", R"({"containers":[[2]]})") ==
        "lists of lists are not supported");
  CHECK(patched("{}", "[]") == "invalid JSON document");
}

TEST_CASE("What has no schema is merged as by a JSON merge patch") {
  const support::InWorld world;
  support::RandomValues random(7);
  for (int i = 0; i < 500; ++i) {
    const Value a = random.object();
    const Value patch = random.object();
    const sim::json::Patched out = strategic_merge(nullptr, a, patch);
    REQUIRE_FALSE(out.error);
    // A list that replaces another one is taken as it is.
    const Value expected = sim::json::merge_patch(a, patch);
    CHECK(sim::json::merge_patch(Value(), out.value) == sim::json::merge_patch(Value(), expected));
  }
}

TEST_CASE("Two patches in one do what both did") {
  const support::InWorld world;
  const Value first = read(R"({"metadata":{"labels":{"a":null}},"spec":{"containers":[)"
                           R"({"$patch":"delete","name":"b"}]}})");
  const Value second = read(R"({"metadata":{"labels":{"c":"d"}},"spec":{)"
                            R"("$setElementOrder/containers":[{"name":"a"}],)"
                            R"("containers":[{"name":"a","image":"y"}]}})");
  const Value both = combine_strategic_patches(&merge_schema::kPod, first, second).value;
  CHECK(both.to_json() ==
        R"({"metadata":{"labels":{"a":null,"c":"d"}},"spec":{)"
        R"("$setElementOrder/containers":[{"name":"a"}],)"
        R"("containers":[{"image":"y","name":"a"},{"$patch":"delete","name":"b"}]}})");
}
