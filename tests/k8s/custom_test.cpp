// tests/k8s/custom_test.cpp: custom resources pruned, given defaults and checked by their schema.

#include "sim/k8s/schema/custom.h"

#include <catch_amalgamated.hpp>
#include <string>
#include <string_view>

#include "sim/json/parse.h"
#include "tests/support/in_world.h"

using namespace sim::k8s;
using sim::json::Value;

namespace {

Value json(std::string_view text) {
  const sim::json::Parsed parsed = sim::json::parse(text);
  REQUIRE(parsed.error.empty());
  return parsed.value;
}

// A type whose spec has these properties.
CustomType with_spec(std::string_view properties, std::string_view more = "") {
  return CustomType(json(R"({"type":"object","properties":{"spec":{"type":"object","properties":)" +
                         std::string(properties) + std::string(more) + "}}}"),
                    "Lamp");
}

Value lamp(std::string_view spec) {
  return json(R"({"apiVersion":"example.com/v1","kind":"Lamp","metadata":{"name":"a"},"spec":)" +
              std::string(spec) + "}");
}

// All errors, a line each.
std::string errors_of(const CustomType& type, std::string_view spec) {
  std::string out;
  for (const FieldError& error : type.validate(lamp(spec))) {
    if (!out.empty()) out += '\n';
    out += error.text();
  }
  return out;
}

}  // namespace

TEST_CASE("Values are checked, with errors in the API server's words") {
  const support::InWorld world;
  const CustomType type = with_spec(
      R"({"replicas":{"type":"integer","minimum":1,"maximum":10},
          "ratio":{"type":"number","maximum":1000000,"exclusiveMinimum":true,"minimum":0},
          "name":{"type":"string","minLength":3,"maxLength":5},
          "color":{"type":"string","enum":["a","b"]},
          "on":{"type":"boolean"},
          "at":{"type":"string","format":"date-time"},
          "tags":{"type":"array","minItems":2,"maxItems":3,"items":{"type":"string"}},
          "port":{"x-kubernetes-int-or-string":true}})",
      R"(,"required":["size"])");
  CHECK(errors_of(type, R"({"size":1,"replicas":11})") ==
        "spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to "
        "10");
  CHECK(errors_of(type, R"({"size":1,"replicas":0})") ==
        "spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to "
        "1");
  CHECK(errors_of(type, R"({"size":1,"replicas":"3"})") ==
        "spec.replicas: Invalid value: \"string\": spec.replicas in body must be of type integer: "
        "\"string\"");
  CHECK(errors_of(type, R"({"size":1,"ratio":1500000.5})") ==
        "spec.ratio: Invalid value: 1500000.5: spec.ratio in body should be less than or equal to "
        "1e+06");
  CHECK(errors_of(type, R"({"size":1,"ratio":0})") ==
        "spec.ratio: Invalid value: 0: spec.ratio in body should be greater than 0");
  CHECK(errors_of(type, R"({"size":1,"name":"ab"})") ==
        "spec.name: Invalid value: \"ab\": spec.name in body should be at least 3 chars long");
  CHECK(errors_of(type, R"({"size":1,"name":"abcdef"})") ==
        "spec.name: Too long: may not be more than 5 bytes");
  CHECK(errors_of(type, R"({"size":1,"color":"x"})") ==
        "spec.color: Unsupported value: \"x\": supported values: \"a\", \"b\"");
  CHECK(errors_of(type, R"({"size":1,"on":"yes"})") ==
        "spec.on: Invalid value: \"string\": spec.on in body must be of type boolean: \"string\"");
  CHECK(errors_of(type, R"({"size":1,"at":"noon"})") ==
        "spec.at: Invalid value: \"noon\": spec.at in body must be of type date-time: \"noon\"");
  CHECK(errors_of(type, R"({"size":1,"tags":["a"]})") ==
        "spec.tags: Invalid value: 1: spec.tags in body should have at least 2 items");
  CHECK(errors_of(type, R"({"size":1,"tags":["a","b","c","d"]})") ==
        "spec.tags: Too many: 4: must have at most 3 items");
  CHECK(errors_of(type, R"({"size":1,"tags":["a",5]})") ==
        "spec.tags[1]: Invalid value: \"integer\": spec.tags[1] in body must be of type string: "
        "\"integer\"");
  CHECK(errors_of(type, R"({"size":1,"port":true})") ==
        "spec.port: Invalid value: \"boolean\": spec.port in body must be of type integer,string: "
        "\"boolean\"");
  CHECK(errors_of(type, R"({"size":1,"name":null})") ==
        "spec.name: Invalid value: \"null\": spec.name in body must be of type string: \"null\"");
  CHECK(errors_of(type, "{}") == "spec.size: Required value");
  CHECK(errors_of(type, R"({"size":1,"replicas":5,"ratio":1,"name":"abc","color":"b","on":true,
            "at":"2026-01-01T00:00:00Z","tags":["a","b"],"port":"http"})")
            .empty());
}

TEST_CASE("An error says which reason a Status gives as its cause") {
  const support::InWorld world;
  const CustomType type = with_spec(R"({"color":{"type":"string","enum":["a"]}})");
  const std::vector<FieldError> errors = type.validate(lamp(R"({"color":"x"})"));
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].field == "spec.color");
  CHECK(errors[0].reason == "FieldValueNotSupported");
  CHECK(errors[0].message == "Unsupported value: \"x\": supported values: \"a\"");
}

TEST_CASE("Whole numbers may be written with a point, and numbers without one") {
  const support::InWorld world;
  const CustomType type = with_spec(R"({"n":{"type":"integer"},"x":{"type":"number"}})");
  CHECK(errors_of(type, R"({"n":2.0,"x":2})").empty());
  CHECK(errors_of(type, R"({"n":2.5})") ==
        "spec.n: Invalid value: \"number\": spec.n in body must be of type integer: \"number\"");
}

TEST_CASE("Items of sets and maps are there once") {
  const support::InWorld world;
  const CustomType type = with_spec(
      R"({"set":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
          "map":{"type":"array","x-kubernetes-list-type":"map",
                 "x-kubernetes-list-map-keys":["name"],
                 "items":{"type":"object","properties":{"name":{"type":"string"}}}}})");
  CHECK(errors_of(type, R"({"set":["a","b","a"]})") == "spec.set[2]: Duplicate value: \"a\"");
  CHECK(errors_of(type, R"({"map":[{"name":"a","x":1},{"name":"a","x":2}]})") ==
        "spec.map[1]: Duplicate value: map[string]interface {}{\"name\":\"a\"}");
}

TEST_CASE("Fields that the schema does not name are pruned") {
  const support::InWorld world;
  const CustomType type = with_spec(
      R"({"size":{"type":"integer"},
          "free":{"type":"object","x-kubernetes-preserve-unknown-fields":true},
          "labels":{"type":"object","additionalProperties":{"type":"string"}},
          "list":{"type":"array",
                  "items":{"type":"object","properties":{"a":{"type":"string"}}}}})");
  const Decoded out = type.decode(lamp(
      R"({"size":1,"extra":2,"free":{"any":3},"labels":{"x":"y"},"list":[{"a":"b"},{"c":"d"}]})"));
  CHECK(out.error.empty());
  REQUIRE(out.strict.size() == 2);
  CHECK(out.strict[0] == "unknown field \"spec.extra\"");
  CHECK(out.strict[1] == "unknown field \"spec.list[1].c\"");
  CHECK(out.value["spec"].to_json() ==
        R"({"free":{"any":3},"labels":{"x":"y"},"list":[{"a":"b"},{}],"size":1})");
}

TEST_CASE("A custom object that needs no change comes back as the same value") {
  const support::InWorld world;
  const CustomType type = with_spec(R"({"size":{"type":"integer"}})");
  const Value value = lamp(R"({"size":1})");
  CHECK(type.decode(value).value == value);
  CHECK(type.with_defaults(value) == value);
}

TEST_CASE("The metadata is that of every object") {
  const support::InWorld world;
  const CustomType type = with_spec("{}");
  const auto with_meta = [](std::string_view meta) {
    return json(R"({"apiVersion":"example.com/v1","kind":"Lamp","metadata":)" + std::string(meta) +
                "}");
  };
  const Decoded unknown = type.decode(with_meta(R"({"name":"a","nmae":"b"})"));
  REQUIRE(unknown.strict.size() == 1);
  CHECK(unknown.strict[0] == "unknown field \"metadata.nmae\"");
  CHECK(unknown.value["metadata"].to_json() == R"({"name":"a"})");
  CHECK(type.decode(with_meta(R"({"labels":{"a":5}})")).error ==
        "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string");
}

TEST_CASE("Missing fields get their defaults, down into objects that are there") {
  const support::InWorld world;
  const CustomType type = with_spec(
      R"({"size":{"type":"integer","default":3},
          "part":{"type":"object","properties":{"on":{"type":"boolean","default":true}}},
          "whole":{"type":"object","default":{},
                   "properties":{"on":{"type":"boolean","default":false}}},
          "none":{"type":"string","nullable":true,"default":"x"},
          "list":{"type":"array","items":{"type":"object",
                  "properties":{"n":{"type":"integer","default":1}}}}})");
  CHECK(type.with_defaults(lamp(R"({"list":[{},{"n":2}],"none":null})"))["spec"].to_json() ==
        R"({"list":[{"n":1},{"n":2}],"none":null,"size":3,"whole":{"on":false}})");
  CHECK(type.with_defaults(lamp(R"({"part":{},"size":null})"))["spec"].to_json() ==
        R"({"none":"x","part":{"on":true},"size":3,"whole":{"on":false}})");
}

TEST_CASE("Null counts as missing where it is not allowed") {
  const support::InWorld world;
  const CustomType type =
      with_spec(R"({"a":{"type":"string"},"b":{"type":"string","nullable":true}})");
  CHECK(type.decode(lamp(R"({"a":null,"b":null})")).value["spec"].to_json() == R"({"b":null})");
}

TEST_CASE("A definition without a schema keeps everything") {
  const support::InWorld world;
  const CustomType type({}, "Lamp");
  const Value value = lamp(R"({"any":{"thing":[1,null]}})");
  CHECK(type.decode(value).value == value);
  CHECK(type.validate(value).empty());
}

TEST_CASE("A type for merging is made from the schema, and moves with its owner") {
  const support::InWorld world;
  CustomType made = with_spec(
      R"({"list":{"type":"array","description":"Some.","x-kubernetes-list-type":"map",
                  "x-kubernetes-list-map-keys":["host","port"],
                  "items":{"type":"object","properties":{"host":{"type":"string"}}}},
          "labels":{"type":"object","additionalProperties":{"type":"string"}},
          "count":{"type":"integer","format":"int32"}})",
      R"(,"required":["count"])");
  const CustomType type = std::move(made);
  const Schema& schema = type.schema();
  CHECK(schema.name == "Lamp");
  CHECK(schema.field("metadata")->schema->name == "ObjectMeta");
  const Schema& spec = *schema.field("spec")->schema;
  CHECK(spec.field("list")->list_keys == "host,port");
  CHECK(spec.field("list")->about == "Some.");
  CHECK(spec.field("list")->schema->items->field("host")->schema->type == Schema::Type::kString);
  CHECK(spec.field("labels")->schema->type == Schema::Type::kMap);
  CHECK(spec.field("count")->schema->type == Schema::Type::kInt32);
  CHECK(spec.field("count")->required);
  CHECK_FALSE(spec.keeps_unknown);
}
