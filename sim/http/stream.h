// sim/http/stream.h: the messages that arrive on a connection, one event at a time.
//
// Concept: the parser of parser.h fed from a connection. A body is read through BodyReader, which
// shares the stream; the next message begins when the body has ended.
// Lifetime: counted; the connection is the stream's as long as HTTP is spoken on it.

#pragma once

#include <string>
#include <string_view>

#include "engine/sync/counted.h"
#include "sim/http/handler.h"
#include "sim/http/parser.h"
#include "sim/net/socket.h"

namespace sim::http {

class MessageStream : public engine::Counted<MessageStream> {
 public:
  MessageStream(net::Conn conn, Parser::Kind kind, const ParserLimits& limits)
      : conn_(std::move(conn)), parser_(kind, limits) {}

  struct Event {
    Parser::Event kind = Parser::Event::need_bytes;
    engine::Error error;  // of reading; the event is then need_bytes
  };
  /// Suspends until there is an event other than need_bytes, or reading has failed.
  engine::Task<Event> next();

  [[nodiscard]] const net::Conn& conn() const { return conn_; }
  [[nodiscard]] Parser& parser() { return parser_; }
  /// body() of the last event, as bytes that may be kept.
  [[nodiscard]] net::Bytes body() const;
  /// Bytes that were read and belong to no message yet.
  [[nodiscard]] std::string_view unread() const { return input_; }
  /// Whether any byte of the next message has arrived.
  [[nodiscard]] bool has_input() const { return !input_.empty(); }
  /// Suspends until at least `count` bytes are there that belong to no message yet.
  engine::Task<engine::Error> peek(size_t count);

  /// Who reads the current body; it says here how far it got.
  bool body_ended = true;
  bool body_failed = false;

 private:
  net::Conn conn_;
  Parser parser_;
  net::Bytes bytes_;        // what was read last
  std::string_view input_;  // the part of it that is still to be parsed
};

/// The body of the message whose head the stream has given.
class BodyReader final : public Body::Source {
 public:
  explicit BodyReader(engine::Ref<MessageStream> stream) : stream_(std::move(stream)) {}
  engine::Task<net::ReadResult> read() override;
  void close() override;
  Header trailer() override { return trailer_; }
  /// Called before the first byte is asked for: the client waits for a 100 Continue.
  std::function<engine::Task<>()> before_first_read;
  /// Called once, when the body has ended.
  std::function<void()> at_end;

 private:
  engine::Ref<MessageStream> stream_;
  Header trailer_;
  engine::Error failure_;
  bool is_closed_ = false;
};

}  // namespace sim::http
