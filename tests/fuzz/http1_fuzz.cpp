// tests/fuzz/http1_fuzz.cpp: how bytes are cut does not change the messages, and a message that was
// read can be written and read again.
//
// The first byte chooses requests or responses and the method that was asked with; the second is
// how many of the bytes after it are lengths of pieces. The rest comes from the connection.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "sim/http/parser.h"

namespace {

using namespace sim::http;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Message {
  RequestHead request;
  ResponseHead response;
  Framing framing = Framing::none;
  std::string body;
  Header trailer;
  bool complete = false;
  bool operator==(const Message&) const = default;
};

struct Outcome {
  std::vector<Message> messages;
  int refused = 0;
  std::string_view why;
  std::string rest;
  bool operator==(const Outcome&) const = default;
};

struct Setup {
  Parser::Kind kind = Parser::Kind::request;
  std::string_view method = "GET";
  ParserLimits limits;
};

bool step(Parser& parser, Parser::Event event, Outcome& outcome) {
  switch (event) {
    case Parser::Event::head:
      outcome.messages.push_back({parser.request(), parser.response(), parser.framing(), {}, {}});
      return true;
    case Parser::Event::body:
      require(!parser.body().empty());
      outcome.messages.back().body += parser.body();
      return true;
    case Parser::Event::end:
      outcome.messages.back().trailer = parser.trailer();
      outcome.messages.back().complete = true;
      return true;
    case Parser::Event::refused:
      outcome.refused = parser.refusal().status;
      outcome.why = parser.refusal().text;
      require(outcome.refused >= 400 && !outcome.why.empty());
      return false;
    default:
      return false;
  }
}

/// Reads pieces of those lengths, in turn; all at once without any.
Outcome read(const Setup& setup, std::string_view bytes, std::string_view lengths) {
  Parser parser(setup.kind, setup.limits);
  parser.expect_response_to(setup.method);
  Outcome outcome;
  for (std::size_t turn = 0; !bytes.empty(); ++turn) {
    std::size_t length = bytes.size();
    if (!lengths.empty()) {
      length = static_cast<unsigned char>(lengths[turn % lengths.size()]) % 32 + std::size_t{1};
    }
    std::string_view piece = bytes.substr(0, length);
    bytes.remove_prefix(piece.size());
    Parser::Event event = parser.next(piece);
    while (step(parser, event, outcome)) event = parser.next(piece);
    if (event == Parser::Event::closed) outcome.rest += piece;
    if (event == Parser::Event::need_bytes) require(piece.empty());
  }
  step(parser, parser.finish(), outcome);
  return outcome;
}

std::string write(const Setup& setup, const Message& message) {
  std::string out;
  if (setup.kind == Parser::Kind::request) {
    require(append_request_head(out, message.request));
  } else {
    append_response_head(out, message.response);
  }
  if (message.framing == Framing::chunked) {
    append_chunk(out, message.body);
    append_last_chunk(out, message.trailer);
  } else {
    out += message.body;
  }
  return out;
}

std::string sorted(const Header& header) {
  // One of several is written, and a blank one not at all.
  static constexpr std::string_view kNotKept[] = {"User-Agent"};
  std::string out;
  header.append_sorted(out, kNotKept);
  return out;
}

void check_written(const Setup& setup, const Message& message) {
  const std::string written = write(setup, message);
  const Outcome again = read(setup, written, {});
  require(again.refused == 0 && again.messages.size() == 1);
  const Message& copy = again.messages[0];
  require(copy.complete && copy.framing == message.framing && copy.body == message.body);
  require(sorted(copy.trailer) == sorted(message.trailer));
  require(copy.request.method == message.request.method);
  require(copy.request.target == message.request.target);
  require(copy.request.minor == message.request.minor);
  require(copy.response.status == message.response.status);
  require(copy.response.minor == message.response.minor);
  require(message.response.reason.empty() || copy.response.reason == message.response.reason);
  require(sorted(copy.request.header) == sorted(message.request.header));
  require(sorted(copy.response.header) == sorted(message.response.header));
  require(write(setup, copy) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static constexpr std::string_view kMethods[] = {"GET", "HEAD", "CONNECT", "POST"};
  Setup setup;
  setup.kind = data[0] % 2 == 0 ? Parser::Kind::request : Parser::Kind::response;
  setup.method = kMethods[data[0] / 2 % 4];
  // Small, so that the fuzzer meets them. Writing adds spaces, so what is written gets more.
  setup.limits = {.head_bytes_max = 512, .target_bytes_max = 64, .fields_max = 8};
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view lengths = bytes.substr(2, data[1] % 8);
  bytes.remove_prefix(2 + lengths.size());

  const Outcome whole = read(setup, bytes, {});
  require(read(setup, bytes, lengths) == whole);
  require(read(setup, bytes, std::string_view("\0", 1)) == whole);

  setup.limits = {};
  for (const Message& message : whole.messages) {
    if (message.complete) check_written(setup, message);
  }
  return 0;
}
