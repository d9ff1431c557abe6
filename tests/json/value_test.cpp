// tests/json/value_test.cpp: sharing, changing, reading and writing JSON values.

#include "sim/json/value.h"

#include <catch_amalgamated.hpp>

#include "sim/json/parse.h"
#include "sim/json/print.h"
#include "tests/support/in_world.h"

using namespace sim::json;

namespace {

std::string error_of(std::string_view text) {
  const Parsed parsed = parse(text);
  CHECK_FALSE(parsed.value);
  return parsed.error;
}

std::string again(std::string_view text) {
  const Parsed parsed = parse(text);
  CHECK(parsed.error.empty());
  return parsed.value.to_json();
}

}  // namespace

TEST_CASE("Equal values are one value, however they were made") {
  const support::InWorld world;
  const Value made = Object().set("b", 2).set("a", Array().add("x").add(nullptr).build()).build();
  const Value read = parse(R"({"a": ["x", null], "b": 2})").value;
  CHECK(made == read);
  CHECK(made["a"].items().data() == read["a"].items().data());
  CHECK(made != read.with("b", 3));
  CHECK(made == read.with("b", 3).with("b", 2));
  CHECK(made.hash() == read.hash());
}

TEST_CASE("A value that nobody holds any more is made anew") {
  const support::InWorld world;
  for (int round = 0; round < 3; ++round) {
    Array numbers;
    for (int i = 0; i < 1000; ++i) numbers.add(Object().set("n", i).set("t", "text").build());
    CHECK(numbers.build().size() == 1000);
    CHECK(numbers.build()[999]["n"].integer() == 999);
  }
}

TEST_CASE("What is not there is absent, all the way down") {
  const support::InWorld world;
  const Value pod = parse(R"({"spec":{"nodeName":"n1","zero":0},"list":[1]})").value;
  CHECK(pod["spec"]["nodeName"].text() == "n1");
  CHECK_FALSE(pod["status"]["phase"]);
  CHECK(pod["status"]["phase"].text("Unknown") == "Unknown");
  CHECK(pod.in({"spec", "nodeName"}).text() == "n1");
  CHECK(pod["spec"].contains("zero"));
  CHECK(pod["spec"]["zero"].is_zero());
  CHECK(pod["list"][0].integer() == 1);
  CHECK_FALSE(pod["list"][1]);
  CHECK_FALSE(pod["list"]["key"]);
}

TEST_CASE("A change makes another value and leaves the first as it was") {
  const support::InWorld world;
  const Value before = parse(R"({"a":{"b":{"c":1}},"d":[1]})").value;
  const Value after = before.with_in({"a", "b", "e"}, "x").with_in({"f", "g"}, true);
  CHECK(before.to_json() == R"({"a":{"b":{"c":1}},"d":[1]})");
  CHECK(after.to_json() == R"({"a":{"b":{"c":1,"e":"x"}},"d":[1],"f":{"g":true}})");
  CHECK(after.with_in({"a", "b", "e"}, {}).without("f") == before);
  CHECK(before.with_in({"x", "y"}, {}) == before);
  CHECK(before["d"].appended(2).to_json() == "[1,2]");
}

TEST_CASE("Of members with one key the last counts") {
  const support::InWorld world;
  CHECK(Object().set("a", 1).set("a", 2).build().to_json() == R"({"a":2})");
  CHECK(Object().set("a", 1).set("a", Value()).build().to_json() == "{}");
  const Parsed parsed = parse(R"({"s":{"a":1,"b":[{"c":1,"c":2}],"a":2,"a":3}})");
  CHECK(parsed.value.to_json() == R"({"s":{"a":3,"b":[{"c":2}]}})");
  CHECK(parsed.duplicates == std::vector<std::string>{"s.b[0].c", "s.a"});
}

TEST_CASE("Whole numbers of 64 bits are exact") {
  const support::InWorld world;
  for (const std::string_view text :
       {"0", "-1", "1152921504606846975", "1152921504606846976", "9223372036854775807",
        "-9223372036854775808", "-1152921504606846977"}) {
    CHECK(again(text) == text);
  }
  CHECK(Value(INT64_MAX).integer() == INT64_MAX);
  CHECK(Value(INT64_MIN) == Value(INT64_MIN));
}

TEST_CASE("Floating point is written as Go writes it") {
  const support::InWorld world;
  CHECK(again("1.5") == "1.5");
  CHECK(again("1.0") == "1");
  CHECK(again("0.1") == "0.1");
  CHECK(again("1e-7") == "1e-7");
  CHECK(again("0.000001") == "0.000001");
  CHECK(again("1e21") == "1e+21");
  CHECK(again("123456789012345678901") == "123456789012345680000");
  CHECK(again("-0.0") == "-0");
}

TEST_CASE("Text is escaped as Go escapes it, and understood in every form") {
  const support::InWorld world;
  CHECK(again(R"("a\u0041\n\t\"\\\/")") == R"("aA\n\t\"\\/")");
  CHECK(again(R"("<&>")") == R"("\u003c\u0026\u003e")");
  CHECK(again(R"("\u0001\u2028")") == R"("\u0001\u2028")");
  CHECK(again(R"("\ud83d\ude00")") == "\"\xF0\x9F\x98\x80\"");
  CHECK(again(R"("\ud83dx")") == "\"\xEF\xBF\xBDx\"");
  CHECK(again("\"\xFF\xC3\"") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  std::string pretty;
  append_pretty(pretty, parse(R"({"a":[1,{}],"b":"<"})").value, 2);
  CHECK(pretty == "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"<\"\n}");
}

TEST_CASE("Mistakes are answered in Go's words") {
  const support::InWorld world;
  CHECK(error_of("") == "unexpected end of JSON input");
  CHECK(error_of("{") == "unexpected end of JSON input");
  CHECK(error_of("x") == "invalid character 'x' looking for beginning of value");
  CHECK(error_of("{x") == "invalid character 'x' looking for beginning of object key string");
  CHECK(error_of(R"({"a" 1})") == "invalid character '1' after object key");
  CHECK(error_of(R"({"a":1 "b"})") == "invalid character '\"' after object key:value pair");
  CHECK(error_of("[1 2]") == "invalid character '2' after array element");
  CHECK(error_of("[1,]") == "invalid character ']' looking for beginning of value");
  CHECK(error_of("1 2") == "invalid character '2' after top-level value");
  CHECK(error_of("tru!") == "invalid character '!' in literal true (expecting 'e')");
  CHECK(error_of("-x") == "invalid character 'x' in numeric literal");
  CHECK(error_of("1.x") == "invalid character 'x' after decimal point in numeric literal");
  CHECK(error_of("\"\n\"") == "invalid character '\\n' in string literal");
  CHECK(error_of(R"("\q")") == "invalid character 'q' in string escape code");
  CHECK(error_of(R"("\u12g4")") == "invalid character 'g' in \\u hexadecimal character escape");
  CHECK(error_of(std::string(1000, '[')) == "exceeded max depth");
  CHECK(parse("{\"a\": }").offset == 6);
}
