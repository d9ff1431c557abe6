// tests/http/header_test.cpp: fields, and heads as Go's net/http writes them.

#include "sim/http/header.h"

#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "sim/http/message.h"

namespace {

using namespace sim::http;
using namespace std::string_view_literals;

std::string request_text(const RequestHead& head) {
  std::string out;
  REQUIRE(append_request_head(out, head));
  return out;
}

std::string response_text(const ResponseHead& head, const ServerFields& added = {}) {
  std::string out;
  append_response_head(out, head, added);
  return out;
}

}  // namespace

TEST_CASE("names are canonical as in Go") {
  CHECK(canonical_header_key("accept-encoding") == "Accept-Encoding");
  CHECK(canonical_header_key("ETAG") == "Etag");
  CHECK(canonical_header_key("www-authenticate") == "Www-Authenticate");
  CHECK(canonical_header_key("x--a") == "X--A");
  CHECK(canonical_header_key("with space") == "with space");
  CHECK(canonical_header_key("caf\xc3\xa9") == "caf\xc3\xa9");
  CHECK(canonical_header_key("").empty());
}

TEST_CASE("a header keeps the order in which fields were added") {
  Header header;
  header.add("b", "1");
  header.add("A", "2");
  header.add("B", "3");
  CHECK(header.get("b") == "1");
  CHECK(header.values("B") == std::vector<std::string_view>{"1", "3"});
  CHECK(header.begin()->name == "B");
  header.set("b", header.values("B")[1]);
  CHECK(header.size() == 2);
  CHECK(header.begin()->value == "3");
  header.del(header.begin()->name);
  CHECK_FALSE(header.has("B"));
  CHECK(header.get("B").empty());
  CHECK(header.has("a"));
}

TEST_CASE("members of lists are found in any case") {
  Header header;
  header.add("Connection", "Upgrade , HTTP2-Settings");
  header.add("Connection", "close");
  CHECK(header.has_list_member("connection", "upgrade"));
  CHECK(header.has_list_member("connection", "CLOSE"));
  CHECK_FALSE(header.has_list_member("connection", "http2"));
}

TEST_CASE("sorted lines are stable, and no value adds a line") {
  Header header;
  header.add("b", "1");
  header.add("A-b", "x\r\nEvil: 1");
  header.add("b", "0");
  header.add("bad name", "y");
  header.add("a", " \t\n");
  std::string out;
  header.append_sorted(out);
  CHECK(out == "A: \r\nA-B: x  Evil: 1\r\nB: 1\r\nB: 0\r\n");
  out.clear();
  const std::string_view except[] = {"B", "A"};
  header.append_sorted(out, except);
  CHECK(out == "A-B: x  Evil: 1\r\n");
}

TEST_CASE("tokens and values are told from what they are not") {
  CHECK(is_token("GET"));
  CHECK(is_token("!#$%&'*+-.^_`|~09az"));
  for (const std::string_view bad : {""sv, "a b"sv, "a:"sv, "a\0"sv, "\x80"sv, "(a)"sv, "a,"sv}) {
    CHECK_FALSE(is_token(bad));
  }
  CHECK(is_field_value(""));
  CHECK(is_field_value("a\tb \xff"));
  for (const std::string_view bad : {" a"sv, "a\t"sv, "a\rb"sv, "a\nb"sv, "\0"sv, "\x7f"sv}) {
    CHECK_FALSE(is_field_value(bad));
  }
}

TEST_CASE("a request is written in the order of Go's client") {
  RequestHead head{.method = "POST", .target = "/a?b"};
  head.header.add("Accept-Encoding", "gzip");
  head.header.add("X-B", "2");
  head.header.add("Content-Length", "3");
  head.header.add("Accept", "text/html");
  head.header.add("User-Agent", kGoUserAgent);
  head.header.add("Host", "node1:80");
  CHECK(request_text(head) ==
        "POST /a?b HTTP/1.1\r\nHost: node1:80\r\nUser-Agent: Go-http-client/1.1\r\n"
        "Content-Length: 3\r\nAccept: text/html\r\nX-B: 2\r\nAccept-Encoding: gzip\r\n\r\n");
  head.header.set("User-Agent", "");
  head.header.del("Content-Length");
  head.header.set("Accept-Encoding", "br");
  head.header.add("Transfer-Encoding", "chunked");
  CHECK(request_text(head) ==
        "POST /a?b HTTP/1.1\r\nHost: node1:80\r\nTransfer-Encoding: chunked\r\n"
        "Accept: text/html\r\nAccept-Encoding: br\r\nX-B: 2\r\n\r\n");
  CHECK(request_text({}) == "GET / HTTP/1.1\r\nHost: \r\n\r\n");
}

TEST_CASE("a request that cannot be sent is not written") {
  RequestHead split_target{.target = "/ HTTP/1.1\r\nX: y"};
  RequestHead bad_method{.method = "GET /"};
  RequestHead bad_host;
  bad_host.header.add("Host", "a b");
  for (const RequestHead& head : {split_target, bad_method, bad_host}) {
    std::string out;
    CHECK_FALSE(append_request_head(out, head));
    CHECK(out.empty());
  }
}

TEST_CASE("a response is written in the order of Go's server") {
  ResponseHead head;
  head.header.add("X-B", "1");
  head.header.add("Date", "never");
  head.header.add("Allow", "GET");
  CHECK(response_text(head, {.date = http_date(0),
                             .content_length = 5,
                             .content_type = "text/plain; charset=utf-8",
                             .connection = "close"}) ==
        "HTTP/1.1 200 OK\r\nAllow: GET\r\nX-B: 1\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
        "Content-Length: 5\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Connection: close\r\n\r\n");
  CHECK(response_text({.status = 599, .minor = 0}, {.transfer_encoding = "chunked"}) ==
        "HTTP/1.0 599 status code 599\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(response_text({.status = 404, .reason = "Gone\r\nX: y"}) ==
        "HTTP/1.1 404 Gone  X: y\r\n\r\n");
}

TEST_CASE("chunks carry their size in hexadecimal") {
  std::string out;
  append_chunk(out, "0123456789");
  append_chunk(out, "");
  Header trailer;
  trailer.add("x", "1");
  append_last_chunk(out, trailer);
  CHECK(out == "a\r\n0123456789\r\n0\r\nX: 1\r\n\r\n");
}

TEST_CASE("statuses have Go's texts") {
  CHECK(status_text(200) == "OK");
  CHECK(status_text(413) == "Request Entity Too Large");
  CHECK(status_text(418) == "I'm a teapot");
  CHECK(status_text(299).empty());
  CHECK(status_allows_body(200));
  CHECK_FALSE(status_allows_body(204));
  CHECK_FALSE(status_allows_body(101));
}

TEST_CASE("dates are those of RFC 9110") {
  CHECK(http_date(1795773600) == "Fri, 27 Nov 2026 10:00:00 GMT");
  CHECK(http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(http_date(951782400) == "Tue, 29 Feb 2000 00:00:00 GMT");
  CHECK(http_date(-1) == "Wed, 31 Dec 1969 23:59:59 GMT");
  CHECK(http_date(253402300799) == "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST_CASE("types are sniffed as Go does") {
  struct Row {
    std::string_view body;
    std::string_view type;
  };
  const Row rows[] = {
      {"", "text/plain; charset=utf-8"},
      {"hello\n", "text/plain; charset=utf-8"},
      {"{\"a\": 1}", "text/plain; charset=utf-8"},
      {"\xff\xff", "text/plain; charset=utf-8"},
      {" \n<!doctype HTML>", "text/html; charset=utf-8"},
      {"<p>", "text/html; charset=utf-8"},
      {"<p", "text/plain; charset=utf-8"},
      {"<px>", "text/plain; charset=utf-8"},
      {"  <?xml version", "text/xml; charset=utf-8"},
      {"a\0b"sv, "application/octet-stream"},
      {"\x89PNG\r\n\x1a\n1234", "image/png"},
      {"GIF89a...", "image/gif"},
      {"\xff\xd8\xff\xe0", "image/jpeg"},
      {"%PDF-1.7", "application/pdf"},
      {"\x1f\x8b\x08\0"sv, "application/x-gzip"},
      {"PK\x03\x04"sv, "application/zip"},
      {"\xfe\xff\0a"sv, "text/plain; charset=utf-16be"},
      {"\xff\xfe"
       "a\0"sv,
       "text/plain; charset=utf-16le"},
      {"\xef\xbb\xbf"
       "a",
       "text/plain; charset=utf-8"},
      {"RIFF1234WEBPVP8 ", "image/webp"},
      {"\0\0\0\x10"
       "ftypmp42\0\0\0\0"sv,
       "video/mp4"},
      {"\0asm\1\0\0\0"sv, "application/wasm"},
  };
  for (const Row& row : rows) {
    INFO(row.type);
    CHECK(sniffed_type(row.body) == row.type);
  }
  CHECK(sniffed_type(std::string(512, 'a') + '\0') == "text/plain; charset=utf-8");
}
