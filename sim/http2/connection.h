// sim/http2/connection.h: one end of an HTTP/2 connection, as a pure state machine.
//
// Concept: the owner hands over the bytes that arrive; what they mean comes back as calls of a
// Listener, before receive() returns. Commands append frames to an output that the owner takes and
// writes. DATA that the peer's windows do not allow yet waits in its stream's queue; streams take
// turns, a frame each. The first bytes (preface, SETTINGS) are in the output from the beginning.
// Promises: output and events depend on nothing but the calls, and not on how the bytes are cut;
// any bytes are events or a failure; what a peer makes this end hold is bounded by the settings and
// by the limits in sim/http2/settings.h. It knows no clock, no network, no waiting. Sources: RFC
// 9113, 7541; h2spec for what is answered where the RFC leaves a choice; Go's net/http2. Not
// modelled: server push, priorities beyond their validity, upgrade from HTTP/1.1, TLS rules.

#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/http2/frame.h"
#include "sim/http2/hpack.h"
#include "sim/http2/message_check.h"
#include "sim/http2/settings.h"
#include "sim/http2/stream.h"

namespace sim::http2 {

enum class HeadersKind : uint8_t {
  kInitial,        ///< A request, or a final response.
  kInformational,  ///< A response of status 1xx; another follows.
  kTrailers,
};

struct HeadersEvent {
  uint32_t stream = 0;
  const Fields& fields;
  HeadersKind kind{};
  bool end_stream = false;
};

struct DataEvent {
  uint32_t stream = 0;
  std::string_view bytes;
  /// With padding. As much must be consumed(), also on a stream that has closed.
  uint32_t flow_bytes = 0;
  bool end_stream = false;
};

struct ResetEvent {
  uint32_t stream = 0;
  ErrorCode code{};
  /// Else this end reset it, because of what the peer sent; `text` says what.
  bool by_peer = false;
  std::string_view text;
};

/// What happens. Views are valid during the call, in which all commands are allowed.
class Listener {
 public:
  virtual void on_headers(const HeadersEvent&) = 0;
  virtual void on_data(const DataEvent&) = 0;
  /// The stream is gone, and what was queued for it.
  virtual void on_reset(const ResetEvent&) = 0;
  /// The peer will take no more streams, and has not acted upon those above `last_stream`: each of
  /// these is reset with REFUSED_STREAM next.
  virtual void on_goaway(const GoAway&) {}
  /// The peer's SETTINGS have arrived.
  virtual void on_peer_settings() {}
  /// The peer keeps to our settings of the first update_settings() (or the initial ones) that was
  /// not acknowledged before.
  virtual void on_settings_ack() {}
  virtual void on_ping_ack(uint64_t /*opaque*/) {}
  /// The peer pings. The answer is in the output already.
  virtual void on_ping() {}
  /// A queue that held more has shrunk to `send_low_bytes`.
  virtual void on_send_room(uint32_t /*stream*/) {}
  /// open_stream() was refused for want of streams, and no longer would be.
  virtual void on_stream_room() {}
  /// The connection is lost: no events will follow, and commands do nothing. What is left of the
  /// output, a GOAWAY at its end, should still be sent.
  virtual void on_failed(ErrorCode, std::string_view /*text*/) {}

 protected:
  ~Listener() = default;
};

class Connection {
 public:
  /// `listener` must outlive the connection.
  Connection(const ConnectionOptions& options, Listener& listener);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// REQUIRES: not within an event.
  void receive(std::string_view bytes);

  /// Bytes for the peer. They are to be taken until there are none: at most kOutputBytesHigh and
  /// what one command adds are there at once, and taking makes room for DATA that is queued.
  [[nodiscard]] std::string take_output();
  [[nodiscard]] bool has_output() const { return !output_.empty(); }

  /// Client: sends a request. The identifier of its stream; 0 if !can_open_stream().
  /// REQUIRES for all fields: they are what RFC 9113 allows, pseudo-header fields first.
  uint32_t open_stream(std::span<const HeaderFieldView> fields, bool end_stream);
  [[nodiscard]] bool can_open_stream() const;

  // A command on a stream returns false, and does nothing, if the stream has closed or, where it
  // would send, if END_STREAM was sent or queued: the peer may have reset it meanwhile.

  /// A response (also an informational one), or trailers. They follow what is queued.
  bool send_headers(uint32_t stream, std::span<const HeaderFieldView> fields, bool end_stream);
  /// Takes all of `bytes`; what cannot be sent now is queued.
  bool send_data(uint32_t stream, std::string_view bytes, bool end_stream);
  /// Without on_reset().
  bool reset_stream(uint32_t stream, ErrorCode code);
  /// The owner is done with `flow_bytes` of DATA. The peer is told when that is half a window.
  void consume(uint32_t stream, uint32_t flow_bytes);

  void ping(uint64_t opaque);
  /// Tells the peer that differ from the last settings; they hold from on_settings_ack() on.
  void update_settings(const Settings& settings);
  /// Makes the connection's receive window larger. Does nothing if it is.
  void set_connection_window(uint32_t bytes);
  /// No more streams of the peer from now on; those that are open go on.
  void goaway(ErrorCode code, std::string_view debug = {});
  /// The same without losing streams that are on their way: first announces it, and says goaway()
  /// after a round trip. Source: RFC 9113, section 6.8.
  void shutdown();
  /// Takes up to `count` off the score of premature resets: an owner that has a clock lets it
  /// decay.
  void forgive(uint32_t count);

  [[nodiscard]] bool has_failed() const { return failed_; }
  /// shutdown() waits for its round trip.
  [[nodiscard]] bool is_shutting_down() const { return shutdown_ping_sent_; }
  [[nodiscard]] bool is_server() const { return options_.is_server; }
  /// A GOAWAY was sent, or has arrived.
  [[nodiscard]] bool is_leaving() const { return leaving_ || peer_leaving_; }
  [[nodiscard]] uint32_t stream_count() const { return streams_.count(); }
  [[nodiscard]] bool has_stream(uint32_t stream) const { return streams_.find(stream) != nullptr; }
  /// Bytes of DATA that wait for a window or for the output to be taken.
  [[nodiscard]] uint64_t queued_bytes() const { return queued_bytes_; }
  [[nodiscard]] uint64_t queued_bytes(uint32_t stream) const;
  [[nodiscard]] int64_t send_window() const { return send_window_; }
  [[nodiscard]] int64_t send_window(uint32_t stream) const;
  [[nodiscard]] int64_t receive_window() const { return receive_window_; }
  [[nodiscard]] const Settings& peer_settings() const { return peer_; }
  /// Our settings that the peer has acknowledged.
  [[nodiscard]] const Settings& acknowledged_settings() const { return acknowledged_; }
  [[nodiscard]] const HpackEncoder& encoder() const { return encoder_; }
  [[nodiscard]] const HpackDecoder& decoder() const { return decoder_; }

 private:
  // What a HEADERS frame says beside its block.
  struct BlockHead {
    uint32_t stream = 0;
    bool end_stream = false;
    bool depends_on_itself = false;
  };
  // Why a stream must be reset; kNoError: it need not.
  struct Fault {
    ErrorCode code = ErrorCode::kNoError;
    std::string_view text;
    [[nodiscard]] bool is_set() const { return code != ErrorCode::kNoError; }
  };

  // Frames in (connection_receive.cpp).
  bool take_preface();
  void take(const Frame& frame);
  void take_data(const Frame& frame);
  void take_closed_data(uint32_t id, uint32_t flow_bytes);
  [[nodiscard]] Fault data_fault(const Stream& stream, const DataEvent& event) const;
  void take_priority(const Frame& frame);
  void take_rst_stream(const Frame& frame);
  void take_settings(const Frame& frame);
  void take_settings_ack();
  bool apply(const Setting& setting);
  bool apply_window(uint32_t size);
  void take_ping(const Frame& frame);
  void take_goaway(const Frame& frame);
  void take_window_update(const Frame& frame);

  // Header blocks in (connection_headers.cpp).
  void take_headers(const Frame& frame);
  void take_continuation(const Frame& frame);
  bool block_is_bounded();
  void take_block(std::string_view block, const BlockHead& head);
  void take_request(const BlockHead& head, Fault fault, const MessageCheck& check);
  void take_closed_headers(uint32_t id);
  void take_stream_headers(Stream& stream, const BlockHead& head, Fault fault,
                           const MessageCheck& check);

  // Frames out (connection_send.cpp).
  void write_headers(uint32_t id, std::span<const HeaderFieldView> fields, bool end_stream);
  void write_data(Stream& stream, std::string_view bytes, bool end_stream);
  [[nodiscard]] uint64_t sendable(const Stream& stream, uint64_t bytes) const;
  [[nodiscard]] bool output_is_full() const { return output_.size() >= kOutputBytesHigh; }
  void pump();
  void send_turn(Stream& stream);
  void give_back(uint32_t flow_bytes);

  // States and errors (connection.cpp).
  Stream& add_stream(uint32_t id);
  void close_stream(Stream& stream, Closing how);
  void close_if_ended(uint32_t id);
  void offer_stream_room();
  void stream_error(uint32_t id, Fault fault);
  void fail(ErrorCode code, std::string_view text);
  // These may fail the connection.
  void count_answer();
  void count_idle_frame();
  void count_premature_reset();
  // Identifiers that this end gives to streams.
  [[nodiscard]] bool is_local(uint32_t id) const { return (id % 2 == 1) != options_.is_server; }
  [[nodiscard]] bool is_idle(uint32_t id) const {
    return is_local(id) ? id >= next_id_ : id > last_peer_id_;
  }
  // Above what our GOAWAY said.
  [[nodiscard]] bool is_refused(uint32_t id) const { return !is_local(id) && id > goaway_last_; }

  ConnectionOptions options_;
  Listener& listener_;
  FrameReader reader_;
  HpackEncoder encoder_;
  HpackDecoder decoder_;
  StreamTable streams_;
  SendRing ring_;

  std::string output_;
  uint64_t queued_bytes_ = 0;
  int64_t send_window_ = kWindowDefault;
  int64_t receive_window_ = kWindowDefault;
  uint32_t unreported_bytes_ = 0;
  uint64_t unconsumed_bytes_ = 0;  // handed to the owner

  Settings peer_;
  Settings acknowledged_;
  Settings announced_;            // the last that the peer was told
  std::deque<Settings> waiting_;  // told, and not acknowledged

  BlockHead block_;  // of a header block that goes on; stream 0: there is none
  std::string block_bytes_;
  uint32_t continuations_ = 0;
  Fields fields_;  // of the block that is being decoded

  uint32_t next_id_;
  uint32_t last_peer_id_ = 0;
  uint32_t goaway_last_ = kStreamIdMax;       // the highest stream of the peer that is taken
  uint32_t peer_goaway_last_ = kStreamIdMax;  // the highest stream of ours that is
  uint32_t preface_bytes_ = 0;
  uint32_t queued_answers_ = 0;
  uint32_t idle_frames_ = 0;
  uint32_t premature_resets_ = 0;
  bool peer_settings_arrived_ = false;
  bool leaving_ = false;
  bool peer_leaving_ = false;
  bool shutdown_ping_sent_ = false;
  bool wants_stream_ = false;
  bool pumping_ = false;
  bool failed_ = false;
};

}  // namespace sim::http2
