// tests/http/parser_test.cpp: what is a message, where it ends, and what is refused.

#include "sim/http/parser.h"

#include <catch_amalgamated.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace sim::http;
using namespace std::string_literals;
using Event = Parser::Event;

/// What a parser said, with the body in one piece.
struct Seen {
  RequestHead request = {};
  ResponseHead response = {};
  std::string body = {};
  Header trailer = {};
  bool complete = false;
  bool keep_alive = false;
  bool operator==(const Seen&) const = default;
};

struct Outcome {
  std::vector<Seen> messages;
  int refused = 0;
  std::string why;
  bool closed = false;
  std::string rest;
  bool operator==(const Outcome&) const = default;
};

class Reader {
 public:
  explicit Reader(Parser parser) : parser_(std::move(parser)) {}

  void feed(std::string_view input) {
    while (step(parser_.next(input))) {
    }
    if (outcome_.closed) outcome_.rest += input;
  }

  Outcome end() {
    step(parser_.finish());
    return outcome_;
  }

 private:
  bool step(Event event) {
    switch (event) {
      case Event::need_bytes:
        return false;
      case Event::head:
        outcome_.messages.push_back({.request = parser_.request(), .response = parser_.response()});
        return true;
      case Event::body:
        REQUIRE(!parser_.body().empty());
        outcome_.messages.back().body += parser_.body();
        return true;
      case Event::end:
        outcome_.messages.back().trailer = parser_.trailer();
        outcome_.messages.back().complete = true;
        outcome_.messages.back().keep_alive = parser_.keep_alive();
        return true;
      case Event::closed:
        outcome_.closed = true;
        return false;
      case Event::refused:
        outcome_.refused = parser_.refusal().status;
        outcome_.why = parser_.refusal().text;
        return false;
    }
    return false;
  }

  Parser parser_;
  Outcome outcome_;
};

struct Setup {
  Parser::Kind kind = Parser::Kind::request;
  std::string method = "GET";
  ParserLimits limits = {};
};

Parser make_parser(const Setup& setup) {
  Parser parser(setup.kind, setup.limits);
  parser.expect_response_to(setup.method);
  return parser;
}

Outcome read_whole(const Setup& setup, std::string_view bytes) {
  Reader reader(make_parser(setup));
  reader.feed(bytes);
  return reader.end();
}

/// The outcome, which is the same for every cut into two, and byte by byte.
Outcome read(const Setup& setup, std::string_view bytes) {
  Outcome whole = read_whole(setup, bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    INFO("cut at " << cut << " of " << bytes);
    Reader reader(make_parser(setup));
    reader.feed(bytes.substr(0, cut));
    reader.feed(bytes.substr(cut));
    CHECK(reader.end() == whole);
  }
  Reader reader(make_parser(setup));
  for (const char& byte : bytes) reader.feed({&byte, 1});
  CHECK(reader.end() == whole);
  return whole;
}

Outcome read_request(std::string_view bytes) {
  return read({}, bytes);
}
Outcome read_response(std::string_view bytes, std::string method = "GET") {
  return read({.kind = Parser::Kind::response, .method = std::move(method)}, bytes);
}

Seen only(const Outcome& outcome) {
  INFO(outcome.why);
  REQUIRE(outcome.refused == 0);
  REQUIRE(outcome.messages.size() == 1);
  REQUIRE(outcome.messages[0].complete);
  return outcome.messages[0];
}

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n";
const std::string kPost = "POST / HTTP/1.1\r\nHost: a\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\n";

struct Bad {
  std::string bytes;
  int status;
  std::string why;
};

}  // namespace

TEST_CASE("a request without a body is its head") {
  const Seen seen =
      only(read_request("GET /a?b=c HTTP/1.1\r\nhost: node1:80\r\nX-y:\t v w \r\n\r\n"));
  CHECK(seen.request.method == "GET");
  CHECK(seen.request.target == "/a?b=c");
  CHECK(seen.request.minor == 1);
  CHECK(seen.request.header.get("Host") == "node1:80");
  CHECK(seen.request.header.get("X-Y") == "v w");
  CHECK(seen.body.empty());
  CHECK(seen.keep_alive);
}

TEST_CASE("a Content-Length ends the body") {
  const Seen seen = only(read_request(kPost + "Content-Length: 5\r\n\r\nhe\r\n\0"s));
  CHECK(seen.body == "he\r\n\0"s);
  CHECK(only(read_request(kPost + "Content-Length: 0\r\n\r\n")).body.empty());
}

TEST_CASE("equal Content-Lengths count as one") {
  const Seen seen = only(read_request(kPost + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi"));
  CHECK(seen.body == "hi");
  CHECK(seen.request.header.values("Content-Length").size() == 1);
}

TEST_CASE("chunks are joined, extensions ignored, and the trailer is kept") {
  const Seen seen = only(read_request(kPost + "Transfer-Encoding: Chunked\r\n\r\n"
                                              "5\r\nhello\r\n00a ;x=\"y\";z\r\n0123456789\r\n"
                                              "000;last\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n"));
  CHECK(seen.body == "hello0123456789");
  CHECK(seen.trailer.values("X-Sum").size() == 2);
  CHECK(seen.keep_alive);
}

TEST_CASE("pipelined requests follow each other") {
  const Outcome outcome =
      read_request(kPost + "Content-Length: 3\r\n\r\nabc" + kPost +
                   "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n\r\n" + kGet + "\r\n");
  CHECK(outcome.refused == 0);
  REQUIRE(outcome.messages.size() == 3);
  CHECK(outcome.messages[0].body == "abc");
  CHECK(outcome.messages[1].body == "x");
  CHECK(outcome.messages[2].request.method == "GET");
  CHECK(outcome.messages[2].request.header.size() == 1);
  CHECK(outcome.closed);
}

TEST_CASE("bytes after the last message are left alone") {
  const Outcome close = read_request(kGet + "Connection: keep-alive, Close\r\n\r\nGARBAGE");
  CHECK(only(close).keep_alive == false);
  CHECK(close.rest == "GARBAGE");
  const Outcome tunnel = read_request("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n\x16\x03");
  CHECK(only(tunnel).request.target == "b:443");
  CHECK(tunnel.rest == "\x16\x03");
  const Outcome upgrade =
      read_response("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x01\x02");
  CHECK(upgrade.rest == "\x01\x02");
  const Outcome connected =
      read_response("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\x01\x02", "CONNECT");
  CHECK(connected.rest == "\x01\x02");
}

TEST_CASE("HTTP/1.0 keeps the connection only if it is asked to") {
  CHECK_FALSE(only(read_request("GET / HTTP/1.0\r\n\r\n")).keep_alive);
  CHECK(only(read_request("GET / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n")).keep_alive);
  CHECK_FALSE(
      only(read_request("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n")).keep_alive);
}

TEST_CASE("a response without a length ends with the connection") {
  const Seen seen = only(read_response(kOk + "\r\nall\r\nof it"));
  CHECK(seen.body == "all\r\nof it");
  CHECK_FALSE(seen.keep_alive);
  CHECK(only(read_response(kOk + "\r\n")).body.empty());
}

TEST_CASE("some responses have no body whatever they say") {
  const std::string length = "Content-Length: 9\r\n\r\n";
  const Seen head = only(read_response(kOk + length, "HEAD"));
  CHECK(head.body.empty());
  CHECK(head.keep_alive);
  CHECK(only(read_response("HTTP/1.1 304 Not Modified\r\n" + length)).body.empty());
  CHECK(only(read_response("HTTP/1.1 204 No Content\r\n\r\n")).keep_alive);
  CHECK(only(read_response(kOk + "Transfer-Encoding: chunked\r\n\r\n", "HEAD")).body.empty());
}

TEST_CASE("interim responses come before the final one") {
  const Outcome outcome =
      read_response("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                    kOk + "Content-Length: 2\r\n\r\nhi");
  CHECK(outcome.refused == 0);
  REQUIRE(outcome.messages.size() == 3);
  CHECK(outcome.messages[0].response.status == 100);
  CHECK(outcome.messages[1].response.header.get("Link") == "x");
  CHECK(outcome.messages[2].body == "hi");
}

TEST_CASE("a reason may be anything, and may be missing") {
  CHECK(only(read_response("HTTP/1.1 404 Not \xc3\xa4 Found\r\n\r\n")).response.reason ==
        "Not \xc3\xa4 Found");
  CHECK(only(read_response("HTTP/1.1 204 \r\n\r\n")).response.reason.empty());
  CHECK(only(read_response("HTTP/1.1 204\r\n\r\n")).response.status == 204);
}

TEST_CASE("what two readers could take for different messages is refused") {
  const std::string chunked = kPost + "Transfer-Encoding: chunked\r\n\r\n";
  const std::vector<Bad> all = {
      {kPost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "both"},
      {kPost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400, "both"},
      {kPost + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400, "differing"},
      {kPost + "Content-Length: 5\r\nContent-Length: 05\r\n\r\nhello", 400, "differing"},
      {kPost + "Content-Length: 5, 5\r\n\r\nhello", 400, "malformed Content-Length"},
      {kPost + "Content-Length: +5\r\n\r\nhello", 400, "malformed Content-Length"},
      {kPost + "Content-Length: -5\r\n\r\nhello", 400, "malformed Content-Length"},
      {kPost + "Content-Length: 0x5\r\n\r\nhello", 400, "malformed Content-Length"},
      {kPost + "Content-Length: 5 5\r\n\r\nhello", 400, "malformed Content-Length"},
      {kPost + "Content-Length:\r\n\r\n", 400, "malformed Content-Length"},
      {kPost + "Content-Length: 9223372036854775808\r\n\r\n", 400, "malformed Content-Length"},
      {kPost + "Content-Length: 18446744073709551617\r\n\r\n", 400, "malformed Content-Length"},
      {kPost + "Transfer-Encoding: gzip\r\n\r\n", 501, "unsupported"},
      {kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501, "unsupported"},
      {kPost + "Transfer-Encoding: identity\r\n\r\n", 501, "unsupported"},
      {kPost + "Transfer-Encoding: xchunked\r\n\r\n", 501, "unsupported"},
      {kPost + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", 501, "unsupp"},
      {kPost + "Transfer-Encoding: chunked, gzip\r\n\r\n", 400, "not the last"},
      {kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "not the"},
      {kPost + "Transfer-Encoding: chunked, chunked\r\n\r\n", 400, "not the last"},
      {kPost + "Transfer-Encoding: chunked;q=1\r\n\r\n", 400, "malformed Transfer-Encoding"},
      {kPost + "Transfer-Encoding: \"chunked\"\r\n\r\n", 400, "malformed Transfer-Encoding"},
      {kPost + "Transfer-Encoding:\r\n\r\n", 400, "malformed Transfer-Encoding"},
      {kPost + "Transfer-Encoding: \x0b" + "chunked\r\n\r\n", 400, "control character"},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "in HTTP/1.0"},
      {kPost + "Content-Length : 5\r\n\r\nhello", 400, "space before a colon"},
      {kPost + "Content-Length\t: 5\r\n\r\nhello", 400, "space before a colon"},
      {kPost + "X: a\r\n b\r\n\r\n", 400, "folded"},
      {kPost + "X: a\r\n\tb\r\n\r\n", 400, "folded"},
      {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "folded"},
      {kPost + ": a\r\n\r\n", 400, "field name"},
      {kPost + "X Y: a\r\n\r\n", 400, "field name"},
      {kPost + "X\xc3\xa4: a\r\n\r\n", 400, "field name"},
      {kPost + "X\r\n\r\n", 400, "without a colon"},
      {"GET / HTTP/1.1\nHost: a\n\n", 400, "bare LF"},
      {kPost + "X: a\nY: b\r\n\r\n", 400, "bare LF"},
      {kPost + "X: a\r\n\n", 400, "bare LF"},
      {kPost + "X: a\rY: b\r\n\r\n", 400, "bare CR"},
      {kPost + "X: a\r\r\n\r\n", 400, "bare CR"},
      {kPost + "X: a\0b\r\n\r\n"s, 400, "NUL"},
      {kPost + "X: a\x01" + "b\r\n\r\n", 400, "control character"},
      {kPost + "X: a\x7f\r\n\r\n", 400, "control character"},
      {chunked + "5 \r\nhello\r\n0\r\n\r\n", 400, "chunk size"},
      {chunked + " 5\r\nhello\r\n0\r\n\r\n", 400, "chunk size"},
      {chunked + "0x5\r\nhello\r\n0\r\n\r\n", 400, "chunk size"},
      {chunked + "+5\r\nhello\r\n0\r\n\r\n", 400, "chunk size"},
      {chunked + "-5\r\nhello\r\n0\r\n\r\n", 400, "chunk size"},
      {chunked + "5x\r\nhello\r\n0\r\n\r\n", 400, "chunk size"},
      {chunked + "\r\nhello\r\n0\r\n\r\n", 400, "chunk size"},
      {chunked + ";x\r\nhello\r\n0\r\n\r\n", 400, "chunk size"},
      {chunked + "5\nhello\r\n0\r\n\r\n", 400, "bare LF"},
      {chunked + "5;a\nb\r\nhello\r\n0\r\n\r\n", 400, "bare LF"},
      {chunked + "5;a\rb\r\nhello\r\n0\r\n\r\n", 400, "bare CR"},
      {chunked + "8000000000000000\r\n", 400, "too large"},
      {chunked + "fffffffffffffffff\r\n", 400, "too large"},
      {chunked + "00000000000000005\r\nhello\r\n", 400, "too large"},
      {chunked + "5\r\nhello!\r\n0\r\n\r\n", 400, "longer than its size"},
      {chunked + "5\r\nhelloXX0\r\n\r\n", 400, "longer than its size"},
      {chunked + "5\r\nhello\n0\r\n\r\n", 400, "bare LF"},
      {chunked + "0\r\nContent-Length: 5\r\n\r\n", 400, "not for a trailer"},
      {chunked + "0\r\ntransfer-encoding: chunked\r\n\r\n", 400, "not for a trailer"},
      {chunked + "0\r\nHost: b\r\n\r\n", 400, "not for a trailer"},
      {chunked + "0\r\nX : b\r\n\r\n", 400, "space before a colon"},
      {chunked + "0\r\n\n", 400, "bare LF"},
  };
  for (const Bad& bad : all) {
    INFO(bad.bytes);
    const Outcome outcome = read_request(bad.bytes);
    CHECK(outcome.refused == bad.status);
    CHECK_THAT(outcome.why, Catch::Matchers::ContainsSubstring(bad.why));
  }
}

TEST_CASE("a request line that is not one of HTTP/1.1 is refused") {
  const std::string host = "\r\nHost: a\r\n\r\n";
  const std::vector<Bad> all = {
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "HTTP/2"},
      {"GET / HTTP/2.0" + host, 505, "version"},
      {"GET / HTTP/1.2" + host, 505, "version"},
      {"GET / HTTP/0.9" + host, 505, "version"},
      {"GET /\r\n", 400, "HTTP/0.9"},
      {"GET\r\n", 400, "request line"},
      {"GET / http/1.1" + host, 400, "version"},
      {"GET / HTTP/1.10" + host, 400, "version"},
      {"GET / HTTP/11" + host, 400, "version"},
      {"GET / HTTP/1.1 " + host, 400, "version"},
      {"GET  / HTTP/1.1" + host, 400, "version"},
      {"GET /\tHTTP/1.1" + host, 400, "HTTP/0.9"},
      {" GET / HTTP/1.1" + host, 400, "method"},
      {"G@T / HTTP/1.1" + host, 400, "method"},
      {"GET /a b HTTP/1.1" + host, 400, "version"},
      {"GET a HTTP/1.1" + host, 400, "target"},
      {"GET * HTTP/1.1" + host, 400, "target"},
      {"GET /%4 HTTP/1.1" + host, 400, "target"},
      {"GET /#a HTTP/1.1" + host, 400, "target"},
      {"GET /\xc3\xa4 HTTP/1.1" + host, 400, "target"},
      {"GET http://u@a/ HTTP/1.1" + host, 400, "target"},
      {"CONNECT /a HTTP/1.1" + host, 400, "target"},
      {"\r\n\r\nGET / HTTP/1.1" + host, 400, "request line"},
      {"\x16\x03\x01\x02\x01", 400, "control character"},
      {"GET / HTTP/1.1\r\n\r\n", 400, "missing Host"},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "more than one Host"},
      {"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, "more than one Host"},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "malformed Host"},
      {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400, "malformed Host"},
      {"GET / HTTP/1.1\r\nHost: a:http\r\n\r\n", 400, "malformed Host"},
  };
  for (const Bad& bad : all) {
    INFO(bad.bytes);
    const Outcome outcome = read_request(bad.bytes);
    CHECK(outcome.refused == bad.status);
    CHECK_THAT(outcome.why, Catch::Matchers::ContainsSubstring(bad.why));
  }
}

TEST_CASE("a response that is none is a bad gateway") {
  for (const std::string& bytes :
       {"HTTP/2.0 200 OK\r\n\r\n"s, "HTTP/1.1 20 OK\r\n\r\n"s, "HTTP/1.1 2000 OK\r\n\r\n"s,
        "HTTP/1.1 099 OK\r\n\r\n"s, "HTTP/1.1  200 OK\r\n\r\n"s, "ICY 200 OK\r\n\r\n"s,
        "\r\nHTTP/1.1 200 OK\r\n\r\n"s, "HTTP/1.1 200 OK\n\n"s, "HTTP/1.1\r\n\r\n"s,
        kOk + "Transfer-Encoding: gzip\r\n\r\n",
        kOk + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    INFO(bytes);
    CHECK(read_response(bytes).refused == 502);
  }
}

TEST_CASE("a connection that ends within a message cuts it off") {
  const std::string valid = kPost + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  for (std::size_t length = 1; length < valid.size(); ++length) {
    INFO(length);
    CHECK(read_whole({}, std::string_view(valid).substr(0, length)).refused == 400);
  }
  const Outcome nothing = read_whole({}, "");
  CHECK(nothing.closed);
  CHECK(nothing.messages.empty());
  CHECK(read_response(kOk + "Content-Length: 3\r\n\r\nhi").refused == 502);
}

TEST_CASE("each limit has its status") {
  Setup setup;
  setup.limits = {.head_bytes_max = 200, .target_bytes_max = 8, .fields_max = 3};
  CHECK(read(setup, "GET /2345678 HTTP/1.1\r\nHost: a\r\n\r\n").refused == 0);
  CHECK(read(setup, "GET /23456789 HTTP/1.1\r\nHost: a\r\n\r\n").refused == 414);
  CHECK(read(setup, kGet + "A: 1\r\nB: 2\r\n\r\n").refused == 0);
  CHECK(read(setup, kGet + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n").refused == 431);
  const std::string fitting = kGet + "A: " + std::string(200 - kGet.size() - 7, 'x') + "\r\n\r\n";
  CHECK(read(setup, fitting).refused == 0);
  CHECK(read(setup, kGet + "A: " + std::string(200, 'x') + "\r\n\r\n").refused == 431);
  CHECK(read(setup, std::string(201, 'G')).refused == 431);
  setup.limits.head_bytes_max = static_cast<std::int64_t>(fitting.size()) - 1;
  CHECK(read(setup, fitting).refused == 431);
}

TEST_CASE("chunks cannot waste without end") {
  Setup setup;
  setup.limits = {.chunk_line_bytes_max = 20, .chunk_waste_bytes_max = 100};
  const std::string chunked = kPost + "Transfer-Encoding: chunked\r\n\r\n";
  CHECK(read(setup, chunked + "1;" + std::string(20, 'x') + "\r\n").refused == 400);
  setup.limits.chunk_line_bytes_max = 4096;
  std::string wasteful = chunked;
  for (int i = 0; i < 10; ++i) wasteful += "1;" + std::string(40, 'x') + "\r\na\r\n";
  CHECK(read(setup, wasteful).why == "chunked body has too little data");
  std::string slow = chunked;
  for (int i = 0; i < 100; ++i) slow += "1\r\na\r\n";
  CHECK(only(read(setup, slow + "0\r\n\r\n")).body.size() == 100);
}

TEST_CASE("a refused connection stays refused") {
  Parser parser(Parser::Kind::request);
  std::string_view input = "GET /\r\n";
  CHECK(parser.next(input) == Event::refused);
  input = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(parser.next(input) == Event::refused);
  CHECK(parser.finish() == Event::refused);
}

TEST_CASE("a body is a part of the input") {
  Parser parser(Parser::Kind::request);
  const std::string bytes = kPost + "Content-Length: 3\r\n\r\nabcGET";
  std::string_view input = bytes;
  REQUIRE(parser.next(input) == Event::head);
  CHECK(parser.framing() == Framing::length);
  CHECK(parser.content_length() == 3);
  REQUIRE(parser.next(input) == Event::body);
  CHECK(parser.body().data() == bytes.data() + bytes.size() - 6);
  CHECK(parser.next(input) == Event::end);
  CHECK(input == "GET");
}
