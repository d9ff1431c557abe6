// tests/http/url_test.cpp: URLs, references, targets, queries.

#include "sim/http/url.h"

#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sim::http;
using namespace std::string_view_literals;

Url url(std::string_view text) {
  INFO(text);
  const std::optional<Url> parsed = parse_url(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

struct Row {
  std::string_view reference;
  std::string_view resolved;
};

}  // namespace

TEST_CASE("a URL has parts, and is written as it was read") {
  const std::string_view text = "http://u:p@node1:8080/a%20b/c?x=1&y#z";
  const Url parsed = url(text);
  CHECK(parsed.scheme == "http");
  CHECK(parsed.userinfo == "u:p");
  CHECK(parsed.host == "node1:8080");
  CHECK(parsed.hostname() == "node1");
  CHECK(parsed.port() == 8080);
  CHECK(parsed.path == "/a%20b/c");
  CHECK(parsed.query == "x=1&y");
  CHECK(parsed.fragment == "z");
  CHECK(parsed.request_target() == "/a%20b/c?x=1&y");
  CHECK(parsed.text() == text);
  for (const std::string_view same : {"http://a"sv, "http://a?"sv, "//a/b"sv, "/b?#"sv,
                                      "mailto:a@b"sv, ""sv, "http://[::1]:80/"sv}) {
    CHECK(url(same).text() == same);
  }
}

TEST_CASE("ports and targets have defaults") {
  CHECK(url("HTTP://a").port() == 80);
  CHECK(url("https://a:").port() == 443);
  CHECK(url("//a").port() == 0);
  CHECK(url("http://a").request_target() == "/");
  CHECK(url("http://a?b").request_target() == "/?b");
  CHECK(url("http://[2001:db8::1.2.3.4]:81").hostname() == "2001:db8::1.2.3.4");
  CHECK(url("http://[2001:db8::1]:81").port() == 81);
}

TEST_CASE("a text that is no URL is refused") {
  for (const std::string_view bad : {"http://a b"sv,
                                     "http://"sv,
                                     "http:///a"sv,
                                     "http://a:b"sv,
                                     "http://a:65536"sv,
                                     "/%4"sv,
                                     "/%zz"sv,
                                     "/a\r\nb"sv,
                                     "/\xc3\xa4"sv,
                                     "1:a"sv,
                                     ":a"sv,
                                     "http://[::1"sv,
                                     "http://[1:2]"sv,
                                     "http://[::1::2]"sv,
                                     "http://[:1:2:3:4:5:6:7:8]"sv,
                                     "http://[1.2.3.4]"sv,
                                     "http://::1/"sv,
                                     "http://[::1.2.3.256]"sv,
                                     "http://[::1]a"sv,
                                     "http://a@b@c/"sv,
                                     "/a#b#c"sv,
                                     "/a\0"sv,
                                     "http://[1:2:3:4:5:6:7:8:9]"sv,
                                     "http://[1:2:3:4:5:6:7:8::]"sv,
                                     "http://[::12345]"sv}) {
    INFO(bad);
    CHECK_FALSE(parse_url(bad).has_value());
  }
}

TEST_CASE("references resolve as in RFC 3986, section 5.4") {
  const Url base = url("http://a/b/c/d;p?q");
  const Row rows[] = {
      {"g:h", "g:h"},
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q#s"},
      {"g#s", "http://a/b/c/g#s"},
      {"g?y#s", "http://a/b/c/g?y#s"},
      {";x", "http://a/b/c/;x"},
      {"g;x", "http://a/b/c/g;x"},
      {"g;x?y#s", "http://a/b/c/g;x?y#s"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"../../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {".g", "http://a/b/c/.g"},
      {"g..", "http://a/b/c/g.."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"g#s/./x", "http://a/b/c/g#s/./x"},
      {"g#s/../x", "http://a/b/c/g#s/../x"},
      {"http:g", "http:g"},
  };
  for (const Row& row : rows) {
    INFO(row.reference);
    CHECK(resolve_reference(base, url(row.reference)).text() == row.resolved);
  }
  CHECK(resolve_reference(url("http://a"), url("b")).text() == "http://a/b");
  CHECK(resolve_reference(url("http://u@a:1/x"), url("/b")).text() == "http://u@a:1/b");
  CHECK(resolve_reference(url("x:/a"), url(".//b")).text() == "x:/.//b");
}

TEST_CASE("a target has one of four forms") {
  const auto origin = parse_target("GET", "//a/b?c?d");
  REQUIRE(origin.has_value());
  CHECK(origin->form == TargetForm::origin);
  CHECK(origin->url.path == "//a/b");
  CHECK(origin->url.query == "c?d");
  CHECK(origin->url.host.empty());
  const auto absolute = parse_target("GET", "http://a:1/b?c");
  REQUIRE(absolute.has_value());
  CHECK(absolute->form == TargetForm::absolute);
  CHECK(absolute->url.host == "a:1");
  const auto authority = parse_target("CONNECT", "[::1]:443");
  REQUIRE(authority.has_value());
  CHECK(authority->form == TargetForm::authority);
  CHECK(authority->url.port() == 443);
  const auto asterisk = parse_target("OPTIONS", "*");
  REQUIRE(asterisk.has_value());
  CHECK(asterisk->form == TargetForm::asterisk);
  CHECK(parse_target("OPTIONS", "/a").has_value());
}

TEST_CASE("a target that its method cannot have is refused") {
  for (const std::string_view bad : {""sv, "*"sv, "a"sv, "a:1"sv, "a?b"sv, "http:/a"sv, "/a#"sv,
                                     "http://@a/"sv, "http://u@a/"sv, "http://a/#b"sv, "/ "sv}) {
    INFO(bad);
    CHECK_FALSE(parse_target("GET", bad).has_value());
  }
  for (const std::string_view bad : {"/a"sv, "a"sv, "a:"sv, ":1"sv, "http://a:1"sv, "*"sv}) {
    INFO(bad);
    CHECK_FALSE(parse_target("CONNECT", bad).has_value());
  }
}

TEST_CASE("texts are encoded as Go does") {
  CHECK(path_unescape("a%2Fb+c%00") == "a/b+c\0"sv);
  CHECK(query_unescape("a%2fb+c") == "a/b c");
  CHECK_FALSE(path_unescape("%").has_value());
  CHECK_FALSE(path_unescape("a%4").has_value());
  CHECK_FALSE(query_unescape("%g0").has_value());
  CHECK(path_escape("a b/c?d;e,f$&+=:@%\xc3\xa4") == "a%20b%2Fc%3Fd%3Be%2Cf$&+=:@%25%C3%A4");
  CHECK(query_escape("a b&c=d+e~!*'()") == "a+b%26c%3Dd%2Be~%21%2A%27%28%29");
}

TEST_CASE("values are read in order and written sorted by key") {
  Values values;
  CHECK(parse_query("z=1&a=x+y&z=%32&&b&=e&c==", values));
  CHECK(values.get("z") == "1");
  CHECK(values.all("z") == std::vector<std::string_view>{"1", "2"});
  CHECK(values.has("b"));
  CHECK(values.get("b").empty());
  CHECK(values.encode() == "=e&a=x+y&b=&c=%3D&z=1&z=2");
  values.set("z", values.all("z")[1]);
  values.del("a");
  CHECK(values.encode() == "=e&b=&c=%3D&z=2");
}

TEST_CASE("a broken parameter does not hide the others") {
  Values values;
  CHECK_FALSE(parse_query("a=1&b;c=2&d=%&e=3", values));
  CHECK(values.encode() == "a=1&e=3");
  Values many;
  CHECK_FALSE(parse_query(std::string(10000, '&'), many));
  CHECK(parse_query(std::string(9999, '&'), many));
}
