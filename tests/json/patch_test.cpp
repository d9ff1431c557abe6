// tests/json/patch_test.cpp: JSON Patch and JSON Merge Patch, as the RFCs and the API server have
// them.

#include "sim/json/patch.h"

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "tests/support/in_world.h"
#include "tests/support/random_value.h"

using namespace sim::json;

namespace {

Value read(std::string_view text) {
  const Parsed parsed = parse(text);
  REQUIRE(parsed.error.empty());
  return parsed.value;
}

// The patched document as JSON, or the error.
std::string patched(std::string_view document, std::string_view patch) {
  const Patched out = json_patch(read(document), read(patch));
  CHECK(bool(out.value) != bool(out.error));
  return out.error ? out.error.message() : out.value.to_json();
}

std::string merged(std::string_view target, std::string_view patch) {
  return merge_patch(read(target), read(patch)).to_json();
}

}  // namespace

TEST_CASE("JSON Patch does what the examples of RFC 6902 show") {
  const support::InWorld world;
  struct Example {
    std::string_view section, document, patch, result;
  };
  constexpr Example kExamples[] = {
      {"A.1", R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])",
       R"({"baz":"qux","foo":"bar"})"},
      {"A.2", R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])",
       R"({"foo":["bar","qux","baz"]})"},
      {"A.3", R"({"baz":"qux","foo":"bar"})", R"([{"op":"remove","path":"/baz"}])",
       R"({"foo":"bar"})"},
      {"A.4", R"({"foo":["bar","qux","baz"]})", R"([{"op":"remove","path":"/foo/1"}])",
       R"({"foo":["bar","baz"]})"},
      {"A.5", R"({"baz":"qux","foo":"bar"})", R"([{"op":"replace","path":"/baz","value":"boo"}])",
       R"({"baz":"boo","foo":"bar"})"},
      {"A.6", R"({"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}})",
       R"([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}])",
       R"({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}})"},
      {"A.7", R"({"foo":["all","grass","cows","eat"]})",
       R"([{"op":"move","from":"/foo/1","path":"/foo/3"}])",
       R"({"foo":["all","cows","eat","grass"]})"},
      {"A.8", R"({"baz":"qux","foo":["a",2,"c"]})",
       R"([{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}])",
       R"({"baz":"qux","foo":["a",2,"c"]})"},
      {"A.9", R"({"baz":"qux"})", R"([{"op":"test","path":"/baz","value":"bar"}])",
       "testing value /baz failed: test failed"},
      {"A.10", R"({"foo":"bar"})", R"([{"op":"add","path":"/child","value":{"grandchild":{}}}])",
       R"({"child":{"grandchild":{}},"foo":"bar"})"},
      {"A.11", R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux","xyz":123}])",
       R"({"baz":"qux","foo":"bar"})"},
      {"A.12", R"({"foo":"bar"})", R"([{"op":"add","path":"/baz/bat","value":"qux"}])",
       R"(add operation does not apply: doc is missing path: "/baz/bat": missing value)"},
      {"A.14", R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10}])",
       R"({"/":9,"~1":10})"},
      {"A.15", R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":"10"}])",
       "testing value /~01 failed: test failed"},
      {"A.16", R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc","def"]}])",
       R"({"foo":["bar",["abc","def"]]})"},
  };
  for (const Example& example : kExamples) {
    const std::string section = std::string(example.section) + ": ";
    CHECK(section + patched(example.document, example.patch) ==
          section + std::string(example.result));
  }
}

TEST_CASE("A patch that does not apply is refused in the API server's words") {
  const support::InWorld world;
  constexpr std::string_view kDocument = R"({"l":[1],"s":"x"})";
  struct Refusal {
    std::string_view op, text;
  };
  constexpr Refusal kRefusals[] = {
      {R"({"op":"remove","path":"/x/y"})",
       R"(remove operation does not apply: doc is missing path: "/x/y": missing value)"},
      {R"({"op":"remove","path":"/x"})",
       "error in remove for path: '/x': Unable to remove nonexistent key: x: missing value"},
      {R"({"op":"remove","path":"/l/3"})",
       "error in remove for path: '/l/3': Unable to access invalid index: 3: invalid index "
       "referenced"},
      {R"({"op":"remove","path":"/l/-"})",
       R"(error in remove for path: '/l/-': strconv.Atoi: parsing "-": invalid syntax)"},
      {R"({"op":"replace","path":"/l/3","value":1})",
       "replace operation does not apply: doc is missing key: /l/3: missing value"},
      {R"({"op":"replace","path":"/x/y","value":1})",
       "replace operation does not apply: doc is missing path: /x/y: missing value"},
      {R"({"op":"add","path":"/l/2","value":1})",
       "error in add for path: '/l/2': Unable to access invalid index: 2: invalid index "
       "referenced"},
      {R"({"op":"add","path":"/l/x","value":1})",
       "error in add for path: '/l/x': value was not a proper array index: 'x': strconv.Atoi: "
       R"(parsing "x": invalid syntax)"},
      {R"({"op":"add","path":"/l/99999999999999999999","value":1})",
       "error in add for path: '/l/99999999999999999999': value was not a proper array index: "
       "'99999999999999999999': strconv.Atoi: parsing \"99999999999999999999\": value out of "
       "range"},
      {R"({"op":"add","path":"/s/x","value":1})",
       R"(add operation does not apply: doc is missing path: "/s/x": missing value)"},
      {R"({"op":"add","path":"","value":1})",
       R"(add operation does not apply: doc is missing path: "": missing value)"},
      {R"({"op":"move","from":"/x","path":"/y"})",
       "error in move for path: 'x': Unable to remove nonexistent key: x: missing value"},
      {R"({"op":"move","from":"/l","path":"/l/0"})",
       "move operation does not apply: doc is missing destination path: /l/0: missing value"},
      {R"({"op":"copy","from":"/l/7","path":"/y"})",
       "error in copy for from: '/l/7': Unable to access invalid index: 7: invalid index "
       "referenced"},
      {R"({"op":"copy","from":"/s","path":"/x/y"})",
       "copy operation does not apply: doc is missing destination path: /x/y: missing value"},
      {R"({"op":"copy","path":"/x"})",
       "copy operation failed to decode from: operation, missing from field: missing value"},
      {R"({"op":"test","path":"/x/y","value":1})",
       "test operation does not apply: is missing path: /x/y: missing value"},
      {R"({"op":"test","path":"/s"})", "testing value /s failed: test failed"},
      {R"({"op":"test","path":[]})",
       "test operation failed to decode path: json: cannot unmarshal array into Go value of type "
       "string"},
      {R"({"op":"add"})", "add operation failed to decode path: missing value"},
      {R"({"op":"replace"})",
       "replace operation failed to decode path: operation missing path field: missing value"},
      {R"({"op":"frob","path":"/s"})", "Unexpected kind: frob"},
      {R"({"path":"/s"})", "Unexpected kind: unknown"},
      {"[]", "json: cannot unmarshal array into Go value of type jsonpatch.Operation"},
  };
  for (const Refusal& refusal : kRefusals) {
    CHECK(patched(kDocument, "[" + std::string(refusal.op) + "]") == refusal.text);
  }
  CHECK(patched(kDocument, "{}") ==
        "json: cannot unmarshal object into Go value of type jsonpatch.Patch");
}

TEST_CASE("JSON Patch deviates from the RFC where the API server does") {
  const support::InWorld world;
  CHECK(patched(R"({"a":1})", R"([{"op":"replace","path":"/b","value":2}])") == R"({"a":1,"b":2})");
  CHECK(patched(R"({"a":1})", R"([{"op":"copy","from":"/b","path":"/c"}])") ==
        R"({"a":1,"c":null})");
  CHECK(
      patched("[1,2,3]", R"([{"op":"remove","path":"/-1"},{"op":"add","path":"/-1","value":9}])") ==
      "[1,2,9]");
  CHECK(patched(R"({"a":1})", R"([{"op":"test","path":"","value":{"a":1}}])") == R"({"a":1})");
  CHECK(patched(R"({"a":1})", R"([{"op":"test","path":"/b","value":null}])") == R"({"a":1})");
  CHECK(patched("{}", R"([{"op":"add","path":"/a~0b~1c","value":1}])") == R"({"a~b/c":1})");
}

TEST_CASE("A patch applies as a whole or not at all") {
  const support::InWorld world;
  const Value before = read(R"({"a":{"b":[1]}})");
  const Patched out = json_patch(
      before, read(R"([{"op":"add","path":"/a/b/0","value":0},{"op":"remove","path":"/x"}])"));
  CHECK(out.error);
  CHECK_FALSE(out.value);
  CHECK(before.to_json() == R"({"a":{"b":[1]}})");
}

TEST_CASE("What a patch costs is bounded") {
  const support::InWorld world;
  Array many;
  for (int i = 0; i <= kPatchOperationsMax; ++i) {
    many.add(Object().set("op", "add").set("path", "/a").set("value", i).build());
  }
  CHECK(json_patch(Value::empty_object(), many.build()).error.message() ==
        "The allowed maximum operations in a JSON patch is 10000, got 10001");

  // Each copy doubles the document.
  Array doubling;
  for (int i = 0; i < 40; ++i) {
    const std::string path = "/l/-";
    doubling.add(Object().set("op", "copy").set("from", "/l").set("path", path).build());
  }
  const Value start = read(R"({"l":["0123456789"]})");
  CHECK(json_patch(start, doubling.build())
            .error.message()
            .starts_with("Unable to complete the copy, the accumulated size increase of copy is "));

  // Each move wraps the document once more.
  Array deeper;
  for (int i = 0; i < 1000; ++i) {
    deeper.add(read(R"({"op":"add","path":"/b","value":{}})"));
    deeper.add(read(R"({"op":"move","from":"/a","path":"/b/a"})"));
    deeper.add(read(R"({"op":"move","from":"/b","path":"/a"})"));
  }
  CHECK(json_patch(read(R"({"a":{}})"), deeper.build())
            .error.message()
            .ends_with("exceeded max depth"));
}

TEST_CASE("JSON Merge Patch does what the examples of RFC 7386 show") {
  const support::InWorld world;
  struct Example {
    std::string_view original, patch, result;
  };
  constexpr Example kExamples[] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", "{}"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", "null", "null"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"a":1,"e":null})"},
      {"[1,2]", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {"{}", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };
  for (const Example& example : kExamples) {
    CHECK(merged(example.original, example.patch) == example.result);
  }
  CHECK(merged(R"({"l":[1]})", R"({"l":[null,{"a":null}]})") == R"({"l":[null,{}]})");
}

TEST_CASE("A merge patch between two values leads from one to the other and says no more") {
  const support::InWorld world;
  CHECK(create_merge_patch(read(R"({"a":{"b":1,"c":2},"d":[1]})"),
                           read(R"({"a":{"b":1,"c":3},"e":{}})"))
            .to_json() == R"({"a":{"c":3},"d":null,"e":{}})");
  int64_t failed_seed = -1;
  for (int64_t seed = 0; seed < 2000; ++seed) {
    support::RandomValues random(static_cast<uint64_t>(seed), {.nulls = false});
    const Value a = random.value();
    const Value b = random.value();
    const bool says_nothing = !a.is_object() || create_merge_patch(a, a) == Value::empty_object();
    if (merge_patch(a, create_merge_patch(a, b)) != b || !says_nothing) failed_seed = seed;
  }
  CHECK(failed_seed == -1);
}
