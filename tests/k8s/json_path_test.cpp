// tests/k8s/json_path_test.cpp: JSONPath templates give what kubectl gives.

#include "sim/k8s/api/json_path.h"

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "tests/support/in_world.h"

using namespace sim::k8s;
using sim::json::Value;

namespace {

constexpr std::string_view kPodList = R"({"kind": "List", "items": [
  {"metadata": {"name": "web-0", "labels": {"app": "web", "topology.kubernetes.io/zone": "a"}},
   "spec": {"containers": [{"name": "c", "image": "nginx:1"}, {"name": "d", "image": "b"}]},
   "status": {"phase": "Running", "conditions": [
     {"type": "Initialized", "status": "True"}, {"type": "Ready", "status": "False"}],
     "containerStatuses": [{"name": "c", "restartCount": 3, "ready": true},
                           {"name": "d", "restartCount": 0, "ready": false}]}},
  {"metadata": {"name": "db-0", "labels": {"app": "db"}},
   "spec": {"containers": [{"name": "m", "image": "my"}]}, "status": {"phase": "Pending"}}]})";

std::string printed(std::string_view text, std::string_view object = kPodList) {
  const JsonPath::Parsed parsed = JsonPath::parse(text);
  CHECK_FALSE(parsed.error);
  const JsonPath::Printed out = parsed.path.print(sim::json::parse(object).value);
  return out.error ? "error: " + out.error.message() : out.text;
}

std::string parse_error(std::string_view text) {
  return JsonPath::parse(text).error.message();
}

}  // namespace

TEST_CASE("Fields, items and slices are followed") {
  const support::InWorld world;
  CHECK(printed("{.items[0].metadata.name}") == "web-0");
  CHECK(printed("{$.items[-1].metadata.name}") == "db-0");
  CHECK(printed("{.items[*].metadata.name}") == "web-0 db-0");
  CHECK(printed("{.items[0].spec.containers[1:].name}") == "d");
  CHECK(printed("{.items[0:2:2].metadata.name}") == "web-0");
  CHECK(printed("{.items[0].metadata['name']}") == "web-0");
  CHECK(printed("{.items[0]['kind','status'].phase}") == "Running");
  CHECK(printed(R"({.items[0].metadata.labels.topology\.kubernetes\.io/zone})") == "a");
  CHECK(printed(R"({.items[0].metadata.labels['topology\.kubernetes\.io/zone']})") == "a");
}

TEST_CASE("What is not there is left out") {
  const support::InWorld world;
  CHECK(printed("{.items[*].nope.deeper}").empty());
  CHECK(printed("a{.nope}b{.kind}c") == "abListc");
  CHECK(printed("{.kind.x[0]}").empty());
}

TEST_CASE("Two dots find a field anywhere below") {
  const support::InWorld world;
  CHECK(printed("{..image}") == "nginx:1 b my");
  CHECK(printed("{.items[1]..name}") == "db-0 m");
}

TEST_CASE("Filters choose items") {
  const support::InWorld world;
  CHECK(printed(R"({.items[?(@.metadata.name=="db-0")].status.phase})") == "Pending");
  CHECK(printed(R"({.items[0].status.conditions[?(@.type=="Ready")].status})") == "False");
  CHECK(printed("{.items[*].status.containerStatuses[?(@.restartCount>0)].name}") == "c");
  CHECK(printed("{.items[0].status.containerStatuses[?(@.restartCount>=3)].name}") == "c");
  CHECK(printed("{.items[0].status.containerStatuses[?(@.ready!=true)].name}") == "d");
  CHECK(printed("{.items[?(@.status.conditions)].metadata.name}") == "web-0");
}

TEST_CASE("A range repeats what is in it") {
  const support::InWorld world;
  CHECK(printed(R"({range .items[*]}{.metadata.name}{"\t"}{.status.phase}{"\n"}{end})") ==
        "web-0\tRunning\ndb-0\tPending\n");
  CHECK(printed("{range .items[*]}[{range .spec.containers[*]}{.name},{end}]{end}!") ==
        "[c,d,][m,]!");
  CHECK(printed("{range .nope[*]}x{end}y") == "y");
}

TEST_CASE("Lists and objects come as JSON, other values as text") {
  const support::InWorld world;
  constexpr std::string_view kObject =
      R"({"f": 1.5, "big": 123456789.5, "n": null, "m": {"b": ["x"], "a": 1}, "t": "<a>"})";
  CHECK(printed("{.f} {.big} {.n} {.m} {.t}", kObject) ==
        R"(1.5 1.234567895e+08 null {"a":1,"b":["x"]} <a>)");
  const Value object = sim::json::parse(kObject).value;
  CHECK(go_text(object["m"]) == "map[a:1 b:[x]]");
  CHECK(go_text(object["n"]) == "<nil>");
  CHECK(go_syntax(object["m"]) == R"(map[string]interface {}{"a":1, "b":[]interface {}{"x"}})");
}

TEST_CASE("A template that makes no sense has the error of kubectl") {
  const support::InWorld world;
  CHECK(parse_error("{") == "unclosed action");
  CHECK(parse_error("{.items[") == "unterminated array");
  CHECK(parse_error("{.items[x]}") == "invalid array index x");
  CHECK(parse_error("{#}") == "unrecognized character in action: U+0023 '#'");
  CHECK(parse_error(R"({"a)") == "unterminated quoted string");
  CHECK(parse_error("{.items[?(@.a==1]}") == "unterminated filter");
  CHECK(parse_error("{....a}") == "invalid multiple recursive descent");
  CHECK(JsonPath::parse_relaxed("{").error.message().starts_with("unexpected path string"));
}

TEST_CASE("A template that does not fit the object has the error of kubectl") {
  const support::InWorld world;
  CHECK(printed("{.items[5].kind}") == "error: array index out of bounds: index 5, length 2");
  CHECK(printed("{.items[9223372036854775807].kind}") ==
        "error: array index out of bounds: index 9223372036854775807, length 2");
  CHECK(printed("{.kind[0]}") == "error: string is not array or slice");
  CHECK(printed("{.items[1:0]}") == "error: starting index 1 is greater than ending index 0");
  CHECK(printed("{foo}") == "error: unrecognized identifier foo");
  CHECK(printed("{end}") == "error: not in range, nothing to end");
  CHECK(printed(R"({.items[?(@.spec.containers[*].name=="c")].kind})") ==
        "error: can only compare one element at a time");
  CHECK(printed("{.items[?(@.status.phase==1)].kind}") ==
        "error: incompatible types for comparison");
}

TEST_CASE("Filters in filters end somewhere") {
  const support::InWorld world;
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "[?(";
  CHECK(JsonPath::parse("{" + text + "}").error);
  std::string deep = "@.a";
  for (int i = 0; i < 100; ++i) deep = "@" + ("[?(" + deep) + ")]";
  CHECK(JsonPath::parse("{" + deep + "}").error);
}

TEST_CASE("Columns may leave out the dot and the braces") {
  const support::InWorld world;
  const Value list = sim::json::parse(kPodList).value;
  for (const std::string_view text : {"kind", ".kind", "{kind}", "{.kind}"}) {
    CHECK(JsonPath::parse_relaxed(text).path.print(list).text == "List");
  }
}
