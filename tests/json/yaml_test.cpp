// tests/json/yaml_test.cpp: YAML as kubectl writes it, and manifests as kubectl reads them. The
// expected texts are those of kubectl 1.32.

#include "sim/json/yaml.h"

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "tests/support/in_world.h"
#include "tests/support/random_value.h"

using namespace sim::json;

namespace {

std::string written(const Value& value) {
  std::string out;
  append_yaml(out, value);
  return out;
}

// A JSON text as YAML.
std::string as_yaml(std::string_view json) {
  const Parsed parsed = parse(json);
  CHECK(parsed.error.empty());
  return written(parsed.value);
}

// A string alone, as YAML without its line feed.
std::string as_scalar(std::string_view text) {
  std::string out = written(text);
  CHECK(out.ends_with('\n'));
  out.pop_back();
  return out;
}

// All documents as JSON, a line each; an error is the last line.
std::string documents(std::string_view text, std::string_view file = {}) {
  const Documents read = parse_yaml_documents(text, file);
  std::string out;
  for (const Value& value : read.values) out += value.to_json() + "\n";
  return out + read.error;
}

std::string error_of(std::string_view text) {
  const Documents read = parse_yaml_documents(text);
  CHECK(read.values.empty());
  constexpr std::string_view kConverting = "error converting YAML to JSON: ";
  CHECK(read.error.starts_with(kConverting));
  return read.error.substr(std::min(read.error.size(), kConverting.size()));
}

}  // namespace

TEST_CASE("An object is written as kubectl writes it") {
  const support::InWorld world;
  CHECK(as_yaml(R"({"kind":"Pod","apiVersion":"v1","metadata":{"name":"x","labels":{}},
      "spec":{"containers":[{"name":"a","args":["x","1",2],"ports":[]},{"name":"b"}],
              "lists":[[1,[]],{},[{"k":null}]],"ratio":0.5,"done":true}})") ==
        R"(apiVersion: v1
kind: Pod
metadata:
  labels: {}
  name: x
spec:
  containers:
  - args:
    - x
    - "1"
    - 2
    name: a
    ports: []
  - name: b
  done: true
  lists:
  - - 1
    - []
  - {}
  - - k: null
  ratio: 0.5
)");
}

TEST_CASE("A string is quoted only if it would read as something else") {
  const support::InWorld world;
  for (const std::string_view plain :
       {"a",      "a b",  "web-1", "v1.2.3", "10s",          "100Mi", "a:b",   "a#b",
        "=",      "it's", "x\"y",  "<<",     "-a",           "a-",    "1.2.3", "0x",
        "08:00x", "yess", "/path", "a, b",   "http://x:80/", "日本",  "é"}) {
    CHECK(as_scalar(plain) == plain);
  }
  for (const std::string_view text : {"",
                                      "yes",
                                      "No",
                                      "ON",
                                      "off",
                                      "y",
                                      "N",
                                      "true",
                                      "False",
                                      "null",
                                      "~",
                                      "Null",
                                      "0",
                                      "-1",
                                      "0777",
                                      "1_000",
                                      "0x1F",
                                      "0b1",
                                      "1.5",
                                      ".5",
                                      "5.",
                                      "1e3",
                                      "-.inf",
                                      ".NaN",
                                      "12:30",
                                      "1:2.5",
                                      "08",
                                      "+1",
                                      "2024-01-01",
                                      "1e-7",
                                      "0o17",
                                      "2001-1-1 1:2:3",
                                      "2024-01-01T00:00:00Z"}) {
    CHECK(as_scalar(text) == "\"" + std::string(text) + "\"");
  }
  for (const std::string_view text :
       {"- a", ": a", "a: b", "a:", "a #b", "#a",  "*x",  "&x", "!x", "|",   ">", "%a", "@a",
        "`a`", "[a",  "{a",   "]",  "}",    ", a", "? a", " a", "a ", "\"a", "-", "?",  ":"}) {
    CHECK(as_scalar(text) == "'" + std::string(text) + "'");
  }
  CHECK(as_scalar("'a'") == "'''a'''");
}

TEST_CASE("What cannot be printed is escaped") {
  const support::InWorld world;
  CHECK(as_scalar("a\tb") == R"("a\tb")");
  CHECK(as_scalar(std::string_view("a\0b", 3)) == R"("a\0b")");
  CHECK(as_scalar("\x01\x7F") == R"("\x01\x7F")");
  CHECK(as_scalar("\xF0\x9F\x98\x80") == R"("\U0001F600")");
  CHECK(as_scalar("a\r\nb") == R"("a\r\nb")");
  CHECK(as_scalar("a\xFF") == "a\xEF\xBF\xBD");
}

TEST_CASE("Several lines are written as they are, with a hint at the last feeds and first spaces") {
  const support::InWorld world;
  CHECK(as_yaml(R"({"a":"x\ny\n","b":"x\ny","c":"x\n\n","d":" x\ny","e":"\n","f":["x\ny\n"]})") ==
        "a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\nd: |2-\n   x\n  y\ne: |2+\n\nf:\n- |\n  x\n"
        "  y\n");
  CHECK(as_scalar("a\nb \n") == R"("a\nb \n")");
}

TEST_CASE("Long lines are folded at eighty columns") {
  const support::InWorld world;
  const std::string text =
      "no nodes are available that match all of the predicates and this goes on for more than "
      "eighty characters surely";
  CHECK(written(Object().set("data", Object().set("message", text).build()).build()) ==
        "data:\n  message: no nodes are available that match all of the predicates and this goes "
        "on\n    for more than eighty characters surely\n");
}

TEST_CASE("Keys are in an order that counts digits as numbers") {
  const support::InWorld world;
  CHECK(as_yaml(R"({"a10":1,"a2":1,"a":1,"B":1,"-":1,"1":1,"a.b":1,"yes":1,"":1})") ==
        "\"\": 1\n'-': 1\n\"1\": 1\nB: 1\na: 1\na.b: 1\na2: 1\na10: 1\n\"yes\": 1\n");
}

TEST_CASE("Numbers are written as Go writes them") {
  const support::InWorld world;
  CHECK(as_yaml("[1.5,1e-7,0.0001,1e21,123456.75,1234567.5,1e20,-1e19,9223372036854775807,2.0]") ==
        "- 1.5\n- 1e-07\n- 0.0001\n- 1e+21\n- 123456.75\n- 1.2345675e+06\n- 1e+20\n- -1e+19\n"
        "- 9223372036854775807\n- 2\n");
}

TEST_CASE("Plain scalars have the types of YAML 1.1") {
  const support::InWorld world;
  CHECK(documents("a: yes\nb: Off\nc: 0777\nd: 0o17\ne: 0b101\nf: 0x1F\ng: 1_000\nh: -0b1\n"
                  "i: 08\nj: +3\nk: ~\nl:\nm: 1.0\n") ==
        R"({"a":true,"b":false,"c":511,"d":15,"e":5,"f":31,"g":1000,"h":-1,"i":8,"j":3,"k":null,)"
        R"("l":null,"m":1})"
        "\n");
  CHECK(documents("a: 1e3\nb: .5\nc: 5.\nd: 1e400\ne: 12:30:45\nf: 2024-01-01\ng: _1\nh: \"1\"\n"
                  "i: 'no'\nj: 99999999999999999999\nk: -9223372036854775808\nl: |\n  1\n") ==
        R"({"a":1000,"b":0.5,"c":5,"d":"1e400","e":"12:30:45","f":"2024-01-01","g":"_1","h":"1",)"
        R"("i":"no","j":100000000000000000000,"k":-9223372036854775808,"l":"1\n"})"
        "\n");
}

TEST_CASE("Keys become text, and the last of equal ones counts") {
  const support::InWorld world;
  CHECK(documents("1: a\nyes: b\n1.5: c\n\"2\": d\n") == R"({"1":"a","1.5":"c","2":"d","true":"b"})"
                                                         "\n");
  CHECK(documents("a: 1\nb: 2\na: 3\n") == "{\"a\":3,\"b\":2}\n");
  CHECK(documents("<<: {a: 1, b: 1}\nb: 2\n") == "{\"a\":1,\"b\":2}\n");
  CHECK(documents("\"<<\": x\n") == "{\"\\u003c\\u003c\":\"x\"}\n");
  CHECK(documents("<<: [{a: 1}, {a: 2, b: 2}]\n") == "{\"a\":1,\"b\":2}\n");
}

TEST_CASE("A manifest is split at lines that begin with three dashes") {
  const support::InWorld world;
  CHECK(documents("a: 1\n---\nb: 2\n--- # comment\n\n---\n# nothing\n---\nc: 3\n---\n") ==
        "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n");
  CHECK(documents("---\n---\na: |\n  x\n  --- y") == "{\"a\":\"x\\n--- y\\n\"}\n");
  CHECK(documents("a: 1\r\n---\r\nb: |\r\n  x\r\n  y\r\n") == "{\"a\":1}\n{\"b\":\"x\\ny\\n\"}\n");
  CHECK(documents("a: 1\n---\nb: 2\n--- foo\n", "x.yaml") ==
        "{\"a\":1}\nerror parsing x.yaml: invalid Yaml document separator: foo");
  CHECK(documents("") == "");
  CHECK(documents("---\nnull\n---\n~\n") == "");
  CHECK(documents("- a\n---\nfoo\n") == "[\"a\"]\n\"foo\"\n");
  // What follows the first document of a part is not looked at, as in Go.
  CHECK(documents("a: 1\n...\nb: [\n") == "{\"a\":1}\n");
}

TEST_CASE("JSON is read as JSON, one value after the other") {
  const support::InWorld world;
  CHECK(documents("{\"a\":1}\n{\"b\":{\"c\":\"}\"}} null [1] ") ==
        "{\"a\":1}\n{\"b\":{\"c\":\"}\"}}\n[1]\n");
  CHECK(documents("{\"a\":1", "x.json") == "error parsing x.json: unexpected EOF");
  CHECK(documents("{\"kind\":\"Pod\",\"apiVersion\":\"v1\",}") ==
        "json: offset 33: invalid character '}' looking for beginning of object key string");
  CHECK(documents("{\"a\":1} {\"b\":}") ==
        "{\"a\":1}\njson: offset 14: invalid character '}' looking for beginning of value");
  CHECK(documents("{a: 1}") ==
        "json: offset 2: invalid character 'a' looking for beginning of object key string");
}

TEST_CASE("Mistakes are answered in kubectl's words, lines counted within the document") {
  const support::InWorld world;
  CHECK(documents("kind: Pod\nmetadata:\n  name: x\n a: 1\n", "x.yaml") ==
        "error parsing x.yaml: error converting YAML to JSON: yaml: line 3: did not find expected "
        "key");
  CHECK(
      documents("# c\n\n\nkind: Pod\n---\n# d\nfoo: [\n", "x.yaml") ==
      "{\"kind\":\"Pod\"}\nerror parsing x.yaml: error converting YAML to JSON: yaml: line 2: did "
      "not find expected node content");
  CHECK(error_of("x: 1\ny: 2\nz: 3\na: [1") == "yaml: line 4: did not find expected ',' or ']'");
  CHECK(error_of("x: 1\ny: 2\nz: 3\na: b: c") ==
        "yaml: line 4: mapping values are not allowed in this context");
  CHECK(error_of("x: 1\ny: 2\nz: 3\na: \"x") == "yaml: line 5: found unexpected end of stream");
  CHECK(error_of("x: 1\ny: 2\nz: 3\na:\n\tb: 1") ==
        "yaml: line 5: found character that cannot start any token");
  CHECK(error_of("a: @x") == "yaml: found character that cannot start any token");
  CHECK(error_of("a: - b") == "yaml: block sequence entries are not allowed in this context");
  CHECK(error_of("a: \"\\q\"") == "yaml: found unknown escape character");
  CHECK(error_of("a: \x01") == "yaml: control characters are not allowed");
  CHECK(error_of("a: *x") == "yaml: unknown anchor 'x' referenced");
  CHECK(error_of("a: .inf") == "json: unsupported value: +Inf");
  CHECK(error_of("~: a") == "unsupported map key of type: %!s(<nil>), key: <nil>, value: \"a\"");
  CHECK(error_of("<<: a") == "yaml: map merge requires map or sequence of maps as the value");
}

TEST_CASE("Manifests are bounded") {
  const support::InWorld world;
  CHECK(error_of(std::string(kManifestOptions.bytes_max + 1, 'a')) ==
        "too large: 3145730 bytes, and the limit is 3145728");
  CHECK(error_of(std::string(501, '[')) == "yaml: line 1: nested more than 500 levels deep");
  CHECK(error_of("a: &x 1") ==
        "yaml: line 1: anchors (&name) are not supported; write the value where it is used");
}

TEST_CASE("What is written is read back as it was") {
  const support::InWorld world;
  int64_t failed_seed = -1;
  std::string failed_text;
  for (int64_t seed = 0; seed < 3000; ++seed) {
    support::RandomValues random(static_cast<uint64_t>(seed));
    const Value value = random.object();
    const std::string text = written(value);
    const Documents read = parse_yaml_documents("---\n" + text);
    if (read.error.empty() && read.values.size() == 1 && read.values[0] == value) continue;
    failed_seed = seed;
    failed_text = text + read.error;
  }
  CHECK(failed_seed == -1);
  CHECK(failed_text == "");
}
