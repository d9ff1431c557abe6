// sim/http2/endpoint.h: an HTTP/2 connection at work: its state machine on a TCP connection, and a
// handle for each exchange of a request and a response.
//
// Concept: one goroutine reads, one writes what has gathered since it last wrote; whoever uses an
// exchange waits in its own goroutine. A server's exchanges are handed to `accept`, each in a
// goroutine of its own. What both HTTP and gRPC need is here, and nothing of what they mean.
// Lifetime: counted handles. The endpoint lives while run() does or an exchange is held.
// Determinism: the writer's turns are the run queue's business, as everything else.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/context.h"
#include "engine/sync/counted.h"
#include "engine/sync/error.h"
#include "engine/task/go.h"
#include "sim/http2/connection.h"
#include "sim/net/socket.h"

namespace sim::http2 {

class Endpoint;
class Exchange;

/// How a stream ended before its time. Source: Go's http2.StreamError, http2.GoAwayError.
struct StreamError {
  ErrorCode code = ErrorCode::kNoError;
  bool by_peer = false;
  std::string text;
  [[nodiscard]] std::string message() const;
  bool operator==(const StreamError&) const = default;
};

/// Suspends until the exchange has what is asked for, or has ended.
class [[nodiscard]] ExchangeWait : public engine::Await<ExchangeWait> {
 public:
  enum class For : uint8_t { kHeaders, kData, kRoom, kDrained };
  ExchangeWait(Exchange& exchange, For what) : Await(kKind), exchange_(exchange), what_(what) {}
  bool attempt();

 private:
  static bool always(const WaitOp&) { return true; }
  static constexpr engine::OpKind kKind = {
      .attempt = attempt_of, .reason = engine::WaitReason::kIoWait, .wakes_by_itself = always};
  Exchange& exchange_;
  For what_;
  engine::Waiter waiter_;
};

/// One request and its response, from one side.
class Exchange : public engine::Counted<Exchange> {
 public:
  /// What queued_bytes() may come to before a sender waits. Source: gRPC-Go's defaultWriteQuota.
  static constexpr uint64_t kQueuedMost = 64 << 10;

  Exchange(engine::Ref<Endpoint> endpoint, uint32_t stream)
      : endpoint_(std::move(endpoint)), stream_(stream) {}
  ~Exchange();

  [[nodiscard]] uint32_t stream() const { return stream_; }
  [[nodiscard]] Endpoint& endpoint() const { return *endpoint_; }

  // What the peer sent. REQUIRES of each: awaited by one goroutine at a time.
  /// Until headers() is there, or error().
  ExchangeWait wait_headers() { return {*this, ExchangeWait::For::kHeaders}; }
  /// Until take_data() gives bytes, the peer has ended the stream, or error().
  ExchangeWait wait_data() { return {*this, ExchangeWait::For::kData}; }
  /// Until there is room to send, or error().
  ExchangeWait wait_room() { return {*this, ExchangeWait::For::kRoom}; }
  /// Until nothing is queued, or error().
  ExchangeWait wait_drained() { return {*this, ExchangeWait::For::kDrained}; }

  [[nodiscard]] bool has_headers() const { return has_headers_; }
  [[nodiscard]] const Fields& headers() const { return headers_; }
  /// Once the peer has ended the stream; may be empty.
  [[nodiscard]] const Fields& trailers() const { return trailers_; }
  /// The next piece of data, and its room in the window is given back. Empty: there is none now.
  net::Bytes take_data();
  [[nodiscard]] bool has_data() const { return !data_.empty(); }
  /// The peer has ended the stream, and all its data was taken.
  [[nodiscard]] bool at_end() const { return peer_ended_ && data_.empty(); }
  [[nodiscard]] bool peer_ended() const { return peer_ended_; }
  /// Nil while the exchange is well.
  [[nodiscard]] const engine::Error& error() const { return error_; }
  [[nodiscard]] ErrorCode reset_code() const { return reset_code_; }
  /// Of an exchange with an error(): it is the connection that has failed.
  [[nodiscard]] bool connection_lost() const { return connection_lost_; }

  // What goes to the peer. False: the stream has ended. None of them suspends.
  bool send_headers(std::span<const HeaderFieldView> fields, bool end);
  bool send_data(std::string_view bytes, bool end);
  /// Gives the exchange up.
  void reset(ErrorCode code);
  [[nodiscard]] uint64_t queued_bytes() const;
  /// Called once when the exchange has failed or both sides have ended it; at once if it has
  /// failed.
  void at_close(std::function<void()> call);

 private:
  friend class Endpoint;
  friend class ExchangeWait;
  [[nodiscard]] bool is_ready(ExchangeWait::For what) const;
  void fail(engine::Error error, ErrorCode code);
  void closed();

  engine::Ref<Endpoint> endpoint_;
  uint32_t stream_;
  Fields headers_;
  Fields trailers_;
  struct Piece {
    net::Bytes bytes;
    uint32_t flow_bytes;
  };
  std::deque<Piece> data_;
  engine::WaitList waiters_;
  engine::Error error_;
  ErrorCode reset_code_ = ErrorCode::kNoError;
  std::function<void()> at_close_;
  bool connection_lost_ = false;
  bool has_headers_ = false;
  bool peer_ended_ = false;
};

class Endpoint final : public engine::Counted<Endpoint>, private Listener {
 public:
  /// A server's work on one exchange.
  using Accept = std::function<engine::Task<>(engine::Ref<Exchange>)>;

  Endpoint(net::Conn conn, const ConnectionOptions& options, Accept accept = nullptr);
  ~Endpoint();

  /// Reads until the connection ends. `first` are bytes that were read already. Once, in a
  /// goroutine of its own or of the caller's.
  engine::Task<> run(std::string first = {});

  /// Client: begins an exchange. Suspends while the server allows no more streams. Null: the
  /// connection takes none any more, or `until` is done.
  engine::Task<engine::Ref<Exchange>> open(Fields fields, bool end, engine::Context until = {});
  /// As open(), without waiting; null also if there is no room now.
  engine::Ref<Exchange> open_now(std::span<const HeaderFieldView> fields, bool end);
  [[nodiscard]] bool can_open() const { return machine_.can_open_stream(); }

  /// No more exchanges of the peer's; those under way go on.
  void shutdown();
  /// Tells the peer to begin none, with a reason.
  void goaway(ErrorCode code, std::string_view text);
  /// The same, and ends the connection when that is written.
  void leave(ErrorCode code, std::string_view text);
  /// Ends the connection now.
  void close() { close(net::kErrClosed); }
  void close(engine::Error why);
  void ping(uint64_t opaque);
  /// What arrives for a ping; may be empty.
  std::function<void(uint64_t)> at_ping_ack;
  /// Called when the peer pings.
  std::function<void()> at_ping;
  /// Called when the connection has ended or will take no more streams.
  std::function<void()> at_leaving;

  /// Suspends until the peer's settings are there. False: the connection takes no streams.
  engine::Task<bool> wait_ready();
  /// Suspends until the connection takes no more streams.
  engine::Task<> wait_leaving();
  /// Suspends until there is no exchange, or the connection has ended.
  engine::Task<> wait_idle();
  /// Behind shutdown(): suspends until the exchanges under way have ended, and closes. A peer that
  /// does not answer is not waited for longer than `answers_within`.
  engine::Task<> drain(engine::Duration answers_within);
  /// Suspends until the connection has ended, or for `most`. Whether it has ended.
  engine::Task<bool> wait_end(engine::Duration most);

  [[nodiscard]] bool is_usable() const {
    return !ended_ && !machine_.has_failed() && !machine_.is_leaving();
  }
  [[nodiscard]] bool has_ended() const { return ended_; }
  [[nodiscard]] const engine::Error& end_error() const { return end_error_; }
  [[nodiscard]] uint32_t exchange_count() const { return static_cast<uint32_t>(exchanges_.size()); }
  [[nodiscard]] const Connection& machine() const { return machine_; }
  [[nodiscard]] const net::Conn& conn() const { return conn_; }
  /// When bytes last arrived.
  [[nodiscard]] engine::Instant last_read() const { return last_read_; }
  /// How many headers and pieces of data went to the peer.
  [[nodiscard]] uint64_t sends() const { return sends_; }
  /// The last GOAWAY of the peer.
  struct Goodbye {
    bool is_there = false;
    ErrorCode code = ErrorCode::kNoError;
    std::string text;
  };
  [[nodiscard]] const Goodbye& goodbye() const { return goodbye_; }

 private:
  friend class Exchange;
  engine::Task<> write_loop();
  void output_changed();
  void end(engine::Error error);
  void abandon();
  void drop_if_closed(uint32_t stream);
  void drop_closed();
  Exchange* find(uint32_t stream);

  void on_headers(const HeadersEvent& event) override;
  void on_data(const DataEvent& event) override;
  void on_reset(const ResetEvent& event) override;
  void on_goaway(const GoAway& event) override;
  void on_peer_settings() override;
  void on_ping() override;
  void on_ping_ack(uint64_t opaque) override;
  void on_send_room(uint32_t stream) override;
  void on_stream_room() override;
  void on_failed(ErrorCode code, std::string_view text) override;

  net::Conn conn_;
  Connection machine_;
  Accept accept_;
  struct Open {
    uint32_t stream;
    engine::Ref<Exchange> exchange;
  };
  using OpenList = std::vector<Open>;
  OpenList::iterator place_of(uint32_t stream);
  engine::Ref<Exchange> take_out(uint32_t stream);

  OpenList exchanges_;            // by stream
  engine::WaitList writer_;       // the write loop, while it has nothing to do
  engine::WaitList stream_room_;  // who waits to begin an exchange
  engine::WaitList watchers_;     // who waits for what becomes of the connection
  engine::Error end_error_;
  engine::Instant last_read_;
  std::vector<uint32_t> peer_ended_;  // streams whose last frame came with the current bytes
  Goodbye goodbye_;
  uint64_t sends_ = 0;
  bool receiving_ = false;
  bool has_settings_ = false;
  bool ends_when_written_ = false;
  bool ended_ = false;
};

}  // namespace sim::http2
