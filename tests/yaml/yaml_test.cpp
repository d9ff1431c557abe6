// tests/yaml/yaml_test.cpp: what the tree holds, and where each mistake is said to be.

#include "sim/yaml/yaml.h"

#include <catch_amalgamated.hpp>

#include <string>

namespace {

using namespace sim::yaml;

/// REQUIRES: `text` is right.
Node tree(std::string_view text) {
  Result<Node, Problem> result = parse("s.yaml", text);
  if (!result.ok()) FAIL(format_problem(result.error()));
  return std::move(result.value());
}

std::string problem(std::string_view text) {
  const Result<Node, Problem> result = parse("s.yaml", text);
  return result.ok() ? "no problem" : format_problem(result.error());
}

ScalarType type_of(std::string_view text) {
  return scalar_type(tree(text));
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("a tree keeps the order and the place of keys and values") {
  const Node root = tree("b: 1\na:\n  - x\n  - {c: \"y z\"}\n");
  REQUIRE(root.kind == Kind::mapping);
  REQUIRE(root.children.size() == 2);
  CHECK(root.children[0].key == "b");
  CHECK(root.children[0].text == "1");
  CHECK(root.children[0].at == Place{1, 4});
  const Node& list = root.children[1];
  CHECK(list.key == "a");
  CHECK(list.key_at == Place{2, 1});
  REQUIRE(list.kind == Kind::sequence);
  REQUIRE(list.children.size() == 2);
  CHECK(list.children[0].at == Place{3, 5});
  const Node* inner = list.children[1].find("c");
  REQUIRE(inner != nullptr);
  CHECK(inner->text == "y z");
  CHECK(inner->quoted);
  CHECK(inner->at == Place{4, 9});
  CHECK(root.find("c") == nullptr);
  CHECK(list.find("c") == nullptr);
}

TEST_CASE("a column counts characters, and a byte order mark is not one") {
  const Node root = tree("\xEF\xBB\xBF{\u7B2C\u4E00: x, b: y}");
  CHECK(root.children[0].key == "\u7B2C\u4E00");
  CHECK(root.children[1].key_at == Place{1, 9});
}

TEST_CASE("plain scalars have the types of the core schema") {
  for (const char* text : {"~", "null", "Null", "NULL"}) CHECK(type_of(text) == ScalarType::null);
  CHECK(scalar_type(tree("a:").children[0]) == ScalarType::null);
  for (const char* text : {"true", "True", "FALSE"}) CHECK(type_of(text) == ScalarType::boolean);
  for (const char* text : {"yes", "no", "on", "off", "tRUE"})
    CHECK(type_of(text) == ScalarType::string);
  for (const char* text : {"0", "-12", "+7", "0o17", "0xFf", "007"}) {
    CHECK(type_of(text) == ScalarType::integer);
  }
  for (const char* text : {"1.5", ".5", "1.", "-1e3", "1.5E+3", ".inf", "-.Inf", ".nan"}) {
    CHECK(type_of(text) == ScalarType::floating);
  }
  for (const char* text : {"1.2.3", "e5", "1e", "0x", "0o8", "+", ".", "120s", "1_000", "-0x1"}) {
    CHECK(type_of(text) == ScalarType::string);
  }
}

TEST_CASE("a scalar that is not plain is a string") {
  for (const char* text : {"\"1\"", "'true'", "\"\"", "|\n  1\n", ">\n  null\n"}) {
    CHECK(type_of(text) == ScalarType::string);
  }
}

TEST_CASE("integers are read in three bases and within 64 bits") {
  CHECK(to_integer(tree("-12")) == -12);
  CHECK(to_integer(tree("+7")) == 7);
  CHECK(to_integer(tree("0o17")) == 15);
  CHECK(to_integer(tree("0xff")) == 255);
  CHECK(to_integer(tree("9223372036854775807")) == 9223372036854775807);
  CHECK(to_integer(tree("9223372036854775808")) == std::nullopt);
  CHECK(to_integer(tree("\"1\"")) == std::nullopt);
  CHECK(to_integer(tree("[1]")) == std::nullopt);
  CHECK(to_boolean(tree("True")) == true);
  CHECK(to_boolean(tree("FALSE")) == false);
  CHECK(to_boolean(tree("yes")) == std::nullopt);
}

TEST_CASE("text that is no YAML is answered with its place") {
  CHECK(problem("") == "s.yaml:1:1: the file is empty");
  CHECK(problem("# nothing\n") == "s.yaml:1:1: the file is empty");
  CHECK(
      problem("title: [a\n") ==
      "s.yaml:2:1: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence "
      "that starts at line 1");
  CHECK(problem("a: b: c\n") ==
        "s.yaml:1:5: not valid YAML: mapping values are not allowed in this context");
  CHECK(problem("a: [1,") ==
        "s.yaml:1:7: not valid YAML: did not find expected node content while parsing a flow node "
        "that starts at line 1");
  CHECK(problem("a: \"b\n") ==
        "s.yaml:2:1: not valid YAML: found unexpected end of stream while scanning a quoted scalar "
        "that starts at line 1");
}

TEST_CASE("a tab that indents is named as one") {
  CHECK(problem("a:\n\tb: 1\n") ==
        "s.yaml:2:1: YAML is indented with spaces; a tab cannot stand here");
  CHECK(problem("\u7B2C:\n\tb: 1\n") ==
        "s.yaml:2:1: YAML is indented with spaces; a tab cannot stand here");
}

TEST_CASE("bytes that are no UTF-8 are answered with their place") {
  CHECK(problem("a: 1\nb: \xFF\n") ==
        "s.yaml:2:4: not readable as UTF-8: invalid leading UTF-8 octet");
  CHECK(problem(std::string_view("a: \0", 4)) ==
        "s.yaml:1:4: not readable as UTF-8: control characters are not allowed");
}

TEST_CASE("anchors, aliases, tags and second documents are refused") {
  CHECK(problem("a: &x 1\n") ==
        "s.yaml:1:4: anchors (&name) are not supported; write the value where it is used");
  CHECK(problem("a: &x [1]\n") ==
        "s.yaml:1:4: anchors (&name) are not supported; write the value where it is used");
  CHECK(problem("a: *x\n") == "s.yaml:1:4: aliases (*name) are not supported; write the value out");
  CHECK(problem("a: !!str 1\n") ==
        "s.yaml:1:4: tags (!name) are not supported; write the value alone");
  CHECK(problem("a: !mine {}\n") ==
        "s.yaml:1:4: tags (!name) are not supported; write the value alone");
  CHECK(problem("a: 1\n---\nb: 2\n") ==
        "s.yaml:2:1: a second document starts here; expected one document in the file");
}

TEST_CASE("a key is text and stands once") {
  CHECK(problem("a: 1\nb: 2\na: 3\n") ==
        "s.yaml:3:1: duplicate key \"a\"; it already stands at line 1");
  CHECK(problem("{a: {b: 1, \"b\": 2}}") ==
        "s.yaml:1:12: duplicate key \"b\"; it already stands at line 1");
  CHECK(problem("[a]: 1\n") == "s.yaml:1:1: a key must be text, not a list or a mapping");
  CHECK(problem("? {a: 1}\n: 1\n") == "s.yaml:1:3: a key must be text, not a list or a mapping");
}

TEST_CASE("size, depth and number of values are bounded") {
  CHECK(problem(std::string(Options().bytes_max + 1, 'a')) ==
        "s.yaml:1:1: too large: 262145 bytes, and the limit is 262144");
  CHECK(problem(nested(Options().depth_max)) == "no problem");
  CHECK(problem(nested(Options().depth_max + 1)) == "s.yaml:1:33: nested more than 32 levels deep");

  std::string list = "[";
  for (std::uint32_t i = 0; i + 1 < Options().nodes_max; ++i) list += "a,";
  CHECK(problem(list + "]") == "no problem");
  CHECK(problem(list + "a]") == "s.yaml:1:40000: too large: more than 20000 values");
}

TEST_CASE("options allow more values, keys that repeat, and no document at all") {
  Options options;
  options.nodes_max = 3;
  CHECK(parse("s.yaml", "[a, b]", options).ok());
  CHECK_FALSE(parse("s.yaml", "[a, b, c]", options).ok());
  const Result<Node, Problem> twice =
      parse("s.yaml", "{a: 1, \"a\": 2}", {.keys_may_repeat = true});
  REQUIRE(twice.ok());
  REQUIRE(twice.value().children.size() == 2);
  CHECK_FALSE(twice.value().children[0].key_quoted);
  CHECK(twice.value().children[1].key_quoted);
  CHECK(twice.value().children[1].text == "2");
  const Result<Node, Problem> empty = parse("s.yaml", "# x\n", {.takes_first_document = true});
  REQUIRE(empty.ok());
  CHECK(scalar_type(empty.value()) == ScalarType::null);
  const Result<Node, Problem> first = parse("s.yaml", "a\n--- [\n", {.takes_first_document = true});
  REQUIRE(first.ok());
  CHECK(first.value().text == "a");
}

TEST_CASE("Go's wording names Go's lines") {
  const auto message = [](std::string_view text) {
    const Result<Node, Problem> result = parse("s.yaml", text, {.wording = Wording::kGo});
    return result.ok() ? "no problem" : result.error().message;
  };
  CHECK(message("a:\n  b: 1\n c: 2\n") == "yaml: line 2: did not find expected key");
  CHECK(message("a: 1\nb: @\n") == "yaml: line 2: found character that cannot start any token");
  CHECK(message("a: @\n") == "yaml: found character that cannot start any token");
  CHECK(message("a: 1\nb: *x\n") == "yaml: unknown anchor 'x' referenced");
  CHECK(message("a: 1\nb: &x 2\n") ==
        "yaml: line 2: anchors (&name) are not supported; write the value where it is used");
  CHECK(message("a: 1\na: 2\n") ==
        "yaml: line 2: duplicate key \"a\"; it already stands at line 1");
}
