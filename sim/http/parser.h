// sim/http/parser.h: reads HTTP/1.1 messages from the bytes of a connection, strictly.
//
// Concept: a pull parser without input or output of its own. next() takes bytes from the front of
// what the connection brought and says what they were:
//
//   Parser parser(Parser::Kind::request);
//   std::string_view input = bytes;  // What one read of the connection gave.
//   while (true) {
//     switch (parser.next(input)) {
//       case Parser::Event::head: serve(parser.request()); break;
//       case Parser::Event::body: body += parser.body(); break;
//       case Parser::Event::end: reply(parser.trailer(), parser.keep_alive()); break;
//       case Parser::Event::need_bytes: input = bytes = read(); break;  // At the end: finish().
//       case Parser::Event::closed: return;
//       case Parser::Event::refused: return refuse(parser.refusal().status);
//     }
//   }
//
// Promises: how the bytes are cut does not matter, but for how the body is cut. What two readers
// may take for different messages is refused, as are bare line ends, folded fields, two lengths.
// Memory is bounded by the limits; a body is never copied or kept.
// Lifetime: body() is a part of the input. The head stays until the next message begins.
// Source: RFC 9112; the limits and some texts, Go's `net/http`.
// Not modelled: codings but chunked; what follows an upgrade or CONNECT, which the caller reads.

#pragma once

#include "sim/http/message.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sim::http {

/// Where a body ends. RFC 9112, section 6.3.
enum class Framing : std::uint8_t { none, length, chunked, until_close };

/// What a parser accepts at most. All count bytes or lines of one message.
struct ParserLimits {
  /// The first line and the fields; the trailer may have as much again. As Go's
  /// DefaultMaxHeaderBytes.
  std::int64_t head_bytes_max = std::int64_t{1} << 20;
  /// RFC 9112, section 3 asks for 8000 at least.
  std::int64_t target_bytes_max = 8192;
  std::int64_t fields_max = 1000;
  /// A chunk's size and its extensions.
  std::int64_t chunk_line_bytes_max = 4096;
  /// Of a body, what extensions and small chunks may waste, counted as Go does.
  std::int64_t chunk_waste_bytes_max = 16 << 10;
};

/// Why the bytes are no message.
struct Refusal {
  /// What a server answers; 502 if they were to be a response.
  int status = 0;
  /// For people; a literal.
  std::string_view text;
  /// What a server says beside the status; empty: nothing. Source: Go's net/http, statusError.
  std::string_view answer;
};

class Parser {
 public:
  enum class Kind : std::uint8_t { request, response };
  enum class Event : std::uint8_t {
    /// The input is used up.
    need_bytes,
    /// request() or response() is there.
    head,
    /// body() is there, and is not empty.
    body,
    /// The message is complete; trailer() and keep_alive() are there.
    end,
    /// The connection carries no more messages. What is left of the input is not HTTP/1.1.
    closed,
    /// refusal() is there, and nothing else will come.
    refused,
  };

  explicit Parser(Kind kind, const ParserLimits& limits = {}) : kind_(kind), limits_(limits) {}

  /// Tells the method of the request that the next final response answers. REQUIRES: a parser of
  /// responses, before the bytes of that response's head.
  void expect_response_to(std::string_view method) { method_ = method; }

  /// Takes bytes from the front of `input`, up to the next event.
  [[nodiscard]] Event next(std::string_view& input);
  /// Tells that the connection ended, after the input was used up. The event is end if this ended
  /// the message, refused if it cut one off, closed else.
  [[nodiscard]] Event finish();

  /// The head, which may be moved from. A target in absolute form overrides the Host (RFC 9112,
  /// section 3.2.2); that is left to the caller.
  [[nodiscard]] RequestHead& request() { return request_; }
  [[nodiscard]] ResponseHead& response() { return response_; }
  [[nodiscard]] std::string_view body() const { return body_; }
  [[nodiscard]] const Header& trailer() const { return trailer_; }
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

  /// From the head on: where the body ends, and how long it is if its length is told.
  [[nodiscard]] Framing framing() const { return framing_; }
  [[nodiscard]] std::optional<std::int64_t> content_length() const { return content_length_; }
  /// From the head on: whether another message may follow. Not after `Connection: close`, CONNECT,
  /// 101, or a body until the close. RFC 9112, section 9.3.
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }

 private:
  enum class State : std::uint8_t {
    before_message,
    start_line,
    fields,
    body_length,
    chunk_line,
    chunk_data,
    chunk_end,
    trailer,
    body_until_close,
    message_end,
    closed,
    refused,
  };

  // Each of these is false once it refused.
  bool refuse(int status, std::string_view text, std::string_view answer = {});
  bool refuse_too_long();
  bool read_line(std::string_view& input);
  bool take_request_line();
  bool take_status_line();
  bool take_field(Header& into);
  bool take_request_fields();
  bool take_framing_fields(Header& header);
  bool take_transfer_encoding(const Header& header);
  bool finish_head();
  bool take_chunk_line();
  bool take_trailer_line();

  void begin_message();
  void begin_body();
  void begin_lines(State state, std::int64_t budget);
  void take_start_line();
  bool target_too_long() const;
  bool body_is_ruled_out() const;
  Event stalled() const;
  Event take_body(std::string_view& input, std::int64_t length);
  Header& header() { return kind_ == Kind::request ? request_.header : response_.header; }
  int minor() const { return kind_ == Kind::request ? request_.minor : response_.minor; }

  Kind kind_;
  ParserLimits limits_;
  State state_ = State::before_message;
  std::string method_ = "GET";
  bool skipped_empty_line_ = false;

  // The line that is being read, and how many bytes more there may be of lines.
  std::string line_;
  bool line_is_complete_ = false;
  bool saw_cr_ = false;
  std::int64_t budget_ = 0;

  RequestHead request_;
  ResponseHead response_;
  Header trailer_;
  std::string_view body_;
  Refusal refusal_;
  Framing framing_ = Framing::none;
  std::optional<std::int64_t> content_length_;
  std::int64_t left_ = 0;
  std::int64_t chunk_waste_ = 0;
  bool keep_alive_ = false;
};

}  // namespace sim::http
