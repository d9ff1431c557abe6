// tests/k8s/selector_test.cpp: selectors by labels and fields, against Kubernetes' grammar and the
// errors that kubectl 1.33 gives.

#include "sim/k8s/api/selector.h"

#include <catch_amalgamated.hpp>
#include <string>
#include <string_view>

#include "sim/json/parse.h"
#include "sim/k8s/api/names.h"
#include "tests/support/in_world.h"

using namespace sim::k8s;
using namespace sim::k8s::names;
using sim::json::Value;

namespace {

std::string error_of(std::string_view text) {
  return LabelSelector::parse(text).error.message();
}

bool selects(std::string_view text, std::string_view labels) {
  const LabelSelector::Parsed parsed = LabelSelector::parse(text);
  REQUIRE_FALSE(parsed.error);
  return parsed.selector.matches(sim::json::parse(labels).value);
}

LabelSelector from(std::string_view selector) {
  return LabelSelector::from(sim::json::parse(selector).value);
}

std::string within(std::string_view what) {
  return "unable to parse requirement: " + std::string(what);
}

}  // namespace

TEST_CASE("Equality and sets select by a label's value") {
  const support::InWorld world;
  constexpr std::string_view kWeb = R"({"app":"web","tier":"front"})";
  CHECK(selects("app=web", kWeb));
  CHECK(selects("app == web , tier=front", kWeb));
  CHECK_FALSE(selects("app=db", kWeb));
  CHECK(selects("app!=db", kWeb));
  CHECK(selects("missing!=db", kWeb));
  CHECK(selects("app in (web,db)", kWeb));
  CHECK_FALSE(selects("app notin (web, db)", kWeb));
  CHECK(selects("missing notin (web)", kWeb));
  CHECK_FALSE(selects("missing in (web)", kWeb));
  CHECK(selects("", kWeb));
}

TEST_CASE("A key alone asks whether the label is there") {
  const support::InWorld world;
  CHECK(selects("app", R"({"app":""})"));
  CHECK_FALSE(selects("app", R"({"tier":"x"})"));
  CHECK(selects("!app", R"({"tier":"x"})"));
  CHECK_FALSE(selects("tier,!app", R"({"app":"","tier":"x"})"));
}

TEST_CASE("Greater and less compare whole numbers") {
  const support::InWorld world;
  CHECK(selects("cores>4", R"({"cores":"8"})"));
  CHECK_FALSE(selects("cores>8", R"({"cores":"8"})"));
  CHECK(selects("cores<10", R"({"cores":"9"})"));
  CHECK_FALSE(selects("cores<10", R"({"cores":"few"})"));
  CHECK_FALSE(selects("cores<10", "{}"));
}

TEST_CASE("A missing value is the empty one, and words of the grammar can be keys") {
  const support::InWorld world;
  CHECK(selects("x=", R"({"x":""})"));
  CHECK(selects("x in ()", R"({"x":""})"));
  CHECK(selects("x in (a,)", R"({"x":""})"));
  CHECK(selects("in in (in)", R"({"in":"in"})"));
  CHECK(selects("notin", R"({"notin":"1"})"));
}

TEST_CASE("What is no selector is refused in Kubernetes' words") {
  const support::InWorld world;
  CHECK(error_of("x in (a") == within("found '', expected: ',' or ')'"));
  CHECK(error_of("x in a") == within("found 'a' expected: '('"));
  CHECK(error_of("x in (a b)") == within("found 'b', expected: ',' or ')'"));
  CHECK(error_of("!") == within("found '', expected: identifier"));
  CHECK(error_of("!!x") == within("found '!', expected: identifier"));
  CHECK(error_of("x=(a)") == within("found '(', expected: identifier"));
  CHECK(error_of("x gt 5") == within("found 'gt', expected: in, notin, =, ==, !=, gt, lt"));
  CHECK(error_of("!x=3") == "found '=', expected: ',' or 'end of string'");
  CHECK(error_of("x=a b") == "found 'b', expected: ',' or 'end of string'");
  CHECK(error_of("x,") == "found '', expected: identifier after ','");
  CHECK(error_of(",x") == "found ',', expected: !, identifier, or 'end of string'");
  CHECK(error_of("(x)") == "found '(', expected: !, identifier, or 'end of string'");
}

TEST_CASE("Keys and values must be those of labels") {
  const support::InWorld world;
  const std::string name_form =
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
      "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
      "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  CHECK(error_of("-a=b") == within("<nil>: Invalid value: \"-a\": " + name_form));
  CHECK(error_of("/x=y") == within("<nil>: Invalid value: \"/x\": prefix part must be non-empty"));
  const std::string value_form =
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
      "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or "
      "'my_value',  or '12345', regex used for validation is "
      "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
  CHECK(error_of("a=-b") == within("values[0][a]: Invalid value: \"-b\": " + value_form));
  CHECK(error_of("x in (b,a%)") == within("values[0][x]: Invalid value: \"a%\": " + value_form));
  CHECK(error_of("x>a") == within("values[0]: Invalid value: \"a\": for 'Gt', 'Lt' operators, the "
                                  "value must be an integer"));
  CHECK(error_of(std::string(64, 'x') + "=y")
            .ends_with("name part must be no more than 63 "
                       "characters"));
  CHECK(joined(qualified_name("example.com/my-name")).empty());
  CHECK(joined(qualified_name("Example.com/x")).starts_with("prefix part a lowercase RFC 1123"));
  CHECK(joined(qualified_name("a/b/c")).starts_with("a qualified name must consist of"));
  CHECK(joined(dns_label("web-0")).empty());
  CHECK(joined(dns_label("web.0")) == "must not contain dots");
  CHECK(joined(dns_label("Web")).starts_with("a lowercase RFC 1123 label must consist of"));
  CHECK(joined(dns_subdomain("web.0")).empty());
  CHECK(joined(dns_subdomain("web..0"))
            .starts_with("a lowercase RFC 1123 subdomain must consist of"));
}

TEST_CASE("A selector of an object joins its labels and its expressions") {
  const support::InWorld world;
  const LabelSelector selector = from(R"({"matchLabels":{"app":"web"},"matchExpressions":[
      {"key":"tier","operator":"In","values":["b","a"]},
      {"key":"old","operator":"DoesNotExist"}]})");
  CHECK(selector.text() == "app=web,!old,tier in (a,b)");
  CHECK(selector.matches(sim::json::parse(R"({"app":"web","tier":"a"})").value));
  CHECK_FALSE(selector.matches(sim::json::parse(R"({"app":"web"})").value));
  CHECK(from("{}").selects_all());
  CHECK_FALSE(LabelSelector::from({}).matches(Value::empty_object()));
  CHECK_FALSE(from(R"({"matchExpressions":[{"key":"a","operator":"Near"}]})")
                  .matches(Value::empty_object()));
}

TEST_CASE("Requirements are written in the order of their keys") {
  const support::InWorld world;
  CHECK(LabelSelector::parse("z=1,a=2,m in (y,x,y)").selector.text() == "a=2,m in (x,y),z=1");
  CHECK(LabelSelector::from_map(sim::json::parse(R"({"b":"2","a":"1"})").value).text() ==
        "a=1,b=2");
}

TEST_CASE("Fields are selected by their paths") {
  const support::InWorld world;
  const FieldSelector::Parsed parsed =
      FieldSelector::parse("spec.nodeName=n1,status.phase!=Running,metadata.name==a");
  REQUIRE_FALSE(parsed.error);
  const Value pod = sim::json::parse(R"({"metadata":{"name":"a"},"spec":{"nodeName":"n1"},
      "status":{"phase":"Pending"}})")
                        .value;
  const auto field_of = [&](std::string_view path) { return field_text(pod, path); };
  CHECK(parsed.selector.matches(field_of));
  CHECK(parsed.selector.text() == "spec.nodeName=n1,status.phase!=Running,metadata.name=a");
  CHECK(*parsed.selector.value_of("spec.nodeName") == "n1");
  CHECK(parsed.selector.value_of("status.phase") == nullptr);
  CHECK_FALSE(FieldSelector::parse("spec.nodeName=n2").selector.matches(field_of));
  CHECK(FieldSelector::parse("").selector.empty());
  CHECK(FieldSelector::parse("name").error.message() ==
        "invalid selector: 'name'; can't understand 'name'");
}
