// tests/scenario/schema_test.cpp: the validator on small schemas, and the published schema itself.

#include "sim/scenario/schema.h"

#include "sim/scenario/scenario.h"

#include <catch_amalgamated.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace {

using namespace sim::scenario;
namespace yaml = sim::yaml;

/// The problems of `text` under `schema`, a line each.
std::string problems(std::string_view schema, std::string_view text) {
  const yaml::Result<yaml::Node, Problem> tree = yaml::parse("s.yaml", text);
  if (!tree.ok()) return format_problem(tree.error()) + "\n";
  return format_problems(validate(tree.value(), schema, scenario_formats(), "s.yaml"));
}

/// As problems(), for the one key `a`.
std::string problem_of_a(std::string schema_of_a, std::string_view text) {
  return problems("{\"type\": \"object\", \"properties\": {\"a\": " + schema_of_a + "}}", text);
}

using Json = nlohmann::ordered_json;

bool is_supported(const std::string& keyword) {
  constexpr std::array<std::string_view, 24> kKeywords = {
      "$schema",  "$id",      "title",     "description", "default", "examples",
      "pattern",  "type",     "required",  "properties",  "items",   "additionalProperties",
      "minItems", "maxItems", "minLength", "enum",        "const",   "propertyNames",
      "format",   "minimum",  "maximum",   "oneOf",       "$ref",    "$defs"};
  return std::find(kKeywords.begin(), kKeywords.end(), keyword) != kKeywords.end();
}

bool is_known_format(const std::string& name) {
  const auto formats = scenario_formats();
  return std::any_of(formats.begin(), formats.end(),
                     [&](const Format& format) { return format.name == name; });
}

/// Checks every schema inside `schema`; `where` says which one failed.
void check_schema(const Json& schema, const Json& root, const std::string& where) {
  INFO("in " << where);
  for (const auto& keyword : schema.items()) CHECK(is_supported(keyword.key()));
  if (schema.contains("format")) CHECK(is_known_format(schema["format"].get<std::string>()));
  // Only `format` is read here; a pattern beside it is for other tools.
  if (schema.contains("pattern")) CHECK(schema.contains("format"));
  if (schema.contains("$ref")) {
    const std::string reference = schema["$ref"].get<std::string>();
    REQUIRE(reference.starts_with("#/$defs/"));
    CHECK(root["$defs"].contains(reference.substr(8)));
  }
  for (const char* group : {"properties", "$defs"}) {
    if (!schema.contains(group)) continue;
    for (const auto& property : schema[group].items()) {
      INFO(group << " " << property.key());
      CHECK(property.value().contains("description"));
      check_schema(property.value(), root, where + "/" + property.key());
    }
  }
  for (const char* part : {"items", "additionalProperties", "propertyNames"}) {
    if (schema.contains(part) && schema[part].is_object()) {
      check_schema(schema[part], root, where + "/" + part);
    }
  }
  if (schema.contains("oneOf")) {
    for (const Json& branch : schema["oneOf"]) check_schema(branch, root, where + "/oneOf");
  }
}

}  // namespace

TEST_CASE("a value of another type is answered with both types") {
  CHECK(problem_of_a(R"({"type": "integer"})", "a: 5") == "");
  CHECK(problem_of_a(R"({"type": "integer"})", "a: \"5\"") ==
        "s.yaml:1:4: a: expected a whole number, found the text \"5\" (a number has no quotes)\n");
  CHECK(problem_of_a(R"({"type": "string"})", "a: 5") ==
        "s.yaml:1:4: a: expected text, found the integer 5 (quotes would make it text)\n");
  CHECK(problem_of_a(R"({"type": "string"})", "a: true") ==
        "s.yaml:1:4: a: expected text, found true (quotes would make it text)\n");
  CHECK(problem_of_a(R"({"type": "string"})", "a:") ==
        "s.yaml:1:3: a: expected text, found nothing\n");
  CHECK(problem_of_a(R"({"type": "boolean"})", "a: yes") ==
        "s.yaml:1:4: a: expected true or false, found the text \"yes\"\n");
  CHECK(problem_of_a(R"({"type": "number"})", "a: 1.5") == "");
  CHECK(problem_of_a(R"({"type": "number"})", "a: 2") == "");
  CHECK(problem_of_a(R"({"type": "array"})", "a: {}") ==
        "s.yaml:1:4: a: expected a list, found an empty mapping\n");
  CHECK(problem_of_a(R"({"type": "object"})", "a: [1]") ==
        "s.yaml:1:4: a: expected a mapping (key: value), found a list\n");
  CHECK(problem_of_a(R"({"type": ["integer", "string"]})", "a: 1.5") ==
        "s.yaml:1:4: a: expected a whole number or text, found the number 1.5 "
        "(quotes would make it text)\n");
}

TEST_CASE("numbers have bounds, and the message says them") {
  CHECK(problem_of_a(R"({"type": "integer", "minimum": 1, "maximum": 9})", "a: 10") ==
        "s.yaml:1:4: a: expected a whole number from 1 to 9, found the integer 10\n");
  CHECK(problem_of_a(R"({"type": "integer", "minimum": 1})", "a: 0") ==
        "s.yaml:1:4: a: expected a whole number of at least 1, found the integer 0\n");
  CHECK(problem_of_a(R"({"type": "integer", "maximum": 1})", "a: 0x10") ==
        "s.yaml:1:4: a: expected a whole number of at most 1, found the integer 0x10\n");
  CHECK(problem_of_a(R"({"type": "integer"})", "a: 99999999999999999999") ==
        "s.yaml:1:4: a: expected a whole number, found the integer 99999999999999999999, "
        "which does not fit in 64 bits\n");
}

TEST_CASE("a constant and a choice name what is allowed") {
  CHECK(problem_of_a(R"({"type": "integer", "const": 1})", "a: 1") == "");
  CHECK(problem_of_a(R"({"type": "integer", "const": 1})", "a: 2") ==
        "s.yaml:1:4: a: expected 1, found the integer 2\n");
  CHECK(problem_of_a(R"({"type": "string", "enum": ["fifo", "random"]})", "a: randon") ==
        "s.yaml:1:4: a: expected one of fifo, random, found the text \"randon\" "
        "(did you mean \"random\"?)\n");
}

TEST_CASE("a list has a length") {
  CHECK(problem_of_a(R"({"type": "array", "minItems": 1})", "a: []") ==
        "s.yaml:1:4: a: expected at least 1 item, found an empty list\n");
  CHECK(problem_of_a(R"({"type": "array", "minItems": 2, "maxItems": 2})", "a: [1, 2, 3]") ==
        "s.yaml:1:4: a: expected 2 items, found 3\n");
  CHECK(problem_of_a(R"({"type": "array", "maxItems": 1})", "a: [1, 2]") ==
        "s.yaml:1:4: a: expected at most 1 items, found 2\n");
  CHECK(problem_of_a(R"({"type": "array", "items": {"type": "integer"}})", "a:\n  - 1\n  - x\n") ==
        "s.yaml:3:5: a[1]: expected a whole number, found the text \"x\"\n");
}

TEST_CASE("an unknown key is answered with the nearest and with all known ones") {
  const std::string schema =
      R"({"type": "object", "additionalProperties": false,
          "properties": {"latency": {}, "jitter": {}, "loss": {}}})";
  CHECK(problems(schema, "latancy: 1") ==
        "s.yaml:1:1: unknown key \"latancy\" (did you mean \"latency\"?); "
        "the keys here are latency, jitter, loss\n");
  CHECK(problems(schema, "loss: 1\ncolour: 1") ==
        "s.yaml:2:1: unknown key \"colour\"; the keys here are latency, jitter, loss\n");
}

TEST_CASE("a zero byte in a key does not make it a known one") {
  CHECK(problems(R"({"properties": {"a": {}}, "additionalProperties": false})", "\"a\\0\": 1") ==
        "s.yaml:1:1: unknown key \"a\\x00\"; the keys here are a\n");
}

TEST_CASE("a missing key is answered at its mapping with what it is for") {
  CHECK(problem_of_a(R"({"type": "object", "required": ["image"],
                         "properties": {"image": {"description": "The program."}}})",
                     "a:\n  x: 1\n") ==
        "s.yaml:2:3: a: the key \"image\" is missing: The program.\n");
}

TEST_CASE("names of free keys and their values are checked") {
  const std::string schema = R"({"type": "object", "propertyNames": {"format": "identifier"},
                                 "additionalProperties": {"type": "string"}})";
  CHECK(problem_of_a(schema, "a: {B_1: x}") == "");
  CHECK(
      problem_of_a(schema, "a: {1b: x, c: 2}") ==
      "s.yaml:1:5: a: expected letters, digits, _ . - after a letter or _ as a key, found \"1b\"\n"
      "s.yaml:1:15: a.c: expected text, found the integer 2 (quotes would make it text)\n");
}

TEST_CASE("a choice between text and a mapping is made by what is there") {
  const std::string schema = R"({"oneOf": [{"type": "string"}, {"type": "object",
      "properties": {"en": {"type": "string"}}, "additionalProperties": false}]})";
  CHECK(problem_of_a(schema, "a: x") == "");
  CHECK(problem_of_a(schema, "a: {en: x}") == "");
  CHECK(problem_of_a(schema, "a: {en: [x]}") == "s.yaml:1:9: a.en: expected text, found a list\n");
  CHECK(problem_of_a(schema, "a: [x]") ==
        "s.yaml:1:4: a: expected text or a mapping (key: value), found a list\n");
}

TEST_CASE("a choice between keys wants exactly one") {
  const std::string schema =
      R"({"type": "object", "oneOf": [{"required": ["kill"]}, {"required": ["restart"]}]})";
  CHECK(problem_of_a(schema, "a: {kill: 1}") == "");
  CHECK(problem_of_a(schema, "a: {}") ==
        "s.yaml:1:4: a: expected exactly one of kill, restart, found none\n");
  CHECK(problem_of_a(schema, "a: {kill: 1, restart: 2}") ==
        "s.yaml:1:4: a: expected exactly one of kill, restart, found kill and restart\n");
  CHECK(problem_of_a(R"({"type": "object", "additionalProperties": false,
                         "properties": {"kill": {}}, "oneOf": [{"required": ["kill"]}]})",
                     "a: {kil: 1}") ==
        "s.yaml:1:4: a: expected exactly one of kill, found none\n"
        "s.yaml:1:5: a: unknown key \"kil\" (did you mean \"kill\"?); the keys here are kill\n");
}

TEST_CASE("a format says what it expected and why this is none") {
  const auto format = [](std::string_view name) {
    return "{\"type\": \"string\", \"format\": \"" + std::string(name) + "\"}";
  };
  CHECK(problem_of_a(format("duration"), "a: 120") ==
        "s.yaml:1:4: a: expected a duration such as 120s, 500ms or 1m30s, found the integer 120: "
        "it has no unit (expected ns, us, ms, s, m or h)\n");
  CHECK(problem_of_a(format("duration"), "a: 0") ==
        "s.yaml:1:4: a: expected a duration such as 120s, 500ms or 1m30s, found the integer 0 "
        "(quotes would make it text)\n");
  CHECK(problem_of_a(format("duration"), "a: -1s") ==
        "s.yaml:1:4: a: expected a duration such as 120s, 500ms or 1m30s, found the text \"-1s\": "
        "it is negative\n");
  CHECK(problem_of_a(format("quantity"), "a: 4GB") ==
        "s.yaml:1:4: a: expected an amount of memory such as 4Gi or 512Mi, found the text \"4GB\": "
        "unknown unit \"GB\" (expected k, M, G, T, Ki, Mi, Gi or Ti)\n");
  CHECK(problem_of_a(format("percentage"), "a: 0.1") ==
        "s.yaml:1:4: a: expected a percentage such as 0.1%, found the number 0.1: "
        "it does not end with %\n");
  CHECK(problem_of_a(format("bandwidth"), "a: 0bps") ==
        "s.yaml:1:4: a: expected a bandwidth such as 1Gbps or 100Mbps, found the text \"0bps\": "
        "nothing would ever arrive\n");
  CHECK(problem_of_a(format("image"), "a: orrery/x") ==
        "s.yaml:1:4: a: expected an image such as orrery/hello-http:1, found the text "
        "\"orrery/x\": it has no version\n");
  CHECK(problem_of_a(format("image"), "a: Orrery:1") ==
        "s.yaml:1:4: a: expected an image such as orrery/hello-http:1, found the text "
        "\"Orrery:1\"\n");
  CHECK(problem_of_a(format("name"), "a: Node_1") ==
        "s.yaml:1:4: a: expected a name such as node-1, found the text \"Node_1\": "
        "only a-z, 0-9 and - can be used\n");
  CHECK(problem_of_a(format("language"), "a: English") ==
        "s.yaml:1:4: a: expected a language such as en, zh or pt-BR, found the text \"English\"\n");
}

TEST_CASE("at most twenty problems are reported, in the order of the file") {
  std::string list = "a:\n";
  for (int i = 0; i < 30; ++i) list += "  - x\n";
  const yaml::Result<yaml::Node, Problem> tree = yaml::parse("s.yaml", list);
  REQUIRE(tree.ok());
  const std::vector<Problem> found =
      validate(tree.value(), R"({"properties": {"a": {"items": {"type": "integer"}}}})",
               scenario_formats(), "s.yaml");
  REQUIRE(found.size() == kProblemsMax);
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i].line == i + 2);
}

TEST_CASE("what a message quotes is short and has no control characters") {
  const std::string long_text = "a: \"\\e[31m" + std::string(500, 'x') + "\"";
  CHECK(problem_of_a(R"({"type": "integer"})", long_text) ==
        "s.yaml:1:4: a: expected a whole number, found the text \"\\x1b[31m" +
            std::string(55, 'x') + "...\" (a number has no quotes)\n");
}

TEST_CASE("a schema that is no JSON is a problem, not a crash") {
  CHECK(problems("{", "a: 1") == "s.yaml:1:1: this build's scenario schema is not readable\n");
}

TEST_CASE("the published schema uses only what the validator reads, and describes every key") {
  const Json schema = Json::parse(schema_text(), nullptr, false);
  REQUIRE(schema.is_object());
  check_schema(schema, schema, "#");
}
