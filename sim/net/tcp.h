// sim/net/tcp.h: one end of a TCP connection, as a pure state machine.
//
// Concept: whoever holds a Tcp hands it what happens (a segment, a timer, bytes to write) with the
// time, and sends the segments that it appends to `out`. It knows no clock, no network, no waiting.
// Sources: RFC 9293 (states, segments), 5961 (blind attacks: challenge acknowledgments), 1122
// 4.2.3 (delayed acknowledgments, keep-alives); Linux for the constants.
// Not modelled: urgent data, simultaneous open, TCP fast open, window scale refusal.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/world/time.h"
#include "sim/net/tcp_receiver.h"
#include "sim/net/tcp_sender.h"

namespace sim::net {

struct TcpOptions {
  uint16_t mss = 1460;
  uint32_t send_buffer_bytes = 4 << 20;     // Linux: the limit of net.ipv4.tcp_wmem
  uint32_t receive_buffer_bytes = 4 << 20;  // Linux: about the limit of net.ipv4.tcp_rmem
  /// Probes of an idle connection; zero: none. Source: Go documentation, `net.ListenConfig`: 15 s.
  engine::Duration keep_alive = 15 * engine::kSecond;
};

class Tcp {
 public:
  using Instant = engine::Instant;
  using Segments = std::vector<Segment>;

  enum class State : uint8_t {
    kClosed,
    kSynSent,
    kSynReceived,
    kEstablished,
    kFinWait1,
    kFinWait2,
    kCloseWait,
    kClosing,
    kLastAck,
    kTimeWait,
  };
  enum class Failure : uint8_t { kNone, kRefused, kReset, kTimedOut, kAborted };

  explicit Tcp(const TcpOptions& options) : options_(options) {}

  /// Active open: sends a SYN.
  void connect(uint32_t initial_seq, Instant now, Segments& out);
  /// Passive open: answers `syn`.
  void accept(const Segment& syn, uint32_t initial_seq, Instant now, Segments& out);
  void receive(const Segment& segment, Instant now, Segments& out);
  /// What is due by `now`.
  void expire(Instant now, Segments& out);
  [[nodiscard]] Instant deadline() const;

  /// REQUIRES: can_write(). Takes all of it, also beyond the buffer's size.
  void write(Bytes bytes, Instant now, Segments& out);
  /// Takes up to `most` bytes that have arrived.
  Bytes read(uint32_t most, Instant now, Segments& out);
  /// No more writes: sends a FIN after what was written.
  void finish(Instant now, Segments& out);
  /// Nobody will read from it or write to it any more: after finish(), what the peer sends is
  /// answered with a RST, and a peer that never ends its side is not waited for.
  void orphan() { orphaned_ = true; }
  /// Ends at once with a RST, unless it is closed already.
  void abort(Segments& out);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] Failure failure() const { return failure_; }
  [[nodiscard]] bool is_open() const { return state_ >= State::kEstablished; }
  [[nodiscard]] bool is_closed() const { return state_ == State::kClosed; }
  [[nodiscard]] bool can_write() const {
    return state_ == State::kEstablished || state_ == State::kCloseWait;
  }
  /// Bytes that a write would find room for.
  [[nodiscard]] uint64_t write_room() const {
    const uint64_t held = sender_.pending();
    return held < options_.send_buffer_bytes ? options_.send_buffer_bytes - held : 0;
  }
  [[nodiscard]] uint64_t readable() const { return receiver_.readable(); }
  /// The peer will send no more, and all it sent was read.
  [[nodiscard]] bool at_eof() const { return receiver_.finished() && receiver_.readable() == 0; }
  [[nodiscard]] const TcpSender& sender() const { return sender_; }
  [[nodiscard]] const TcpReceiver& receiver() const { return receiver_; }

 private:
  void send_syn(uint8_t flags, Segments& out);
  void send_ack(Segments& out);
  void send_reset(uint32_t seq, Segments& out) const;
  void flush(Instant now, Segments& out);
  void receive_syn_sent(const Segment& segment, Instant now, Segments& out);
  void become_established(const Segment& segment, Instant now);
  void take_ack(const Segment& segment, Instant now);
  void take_text(const Segment& segment, Instant now, Segments& out);
  void fail(Failure failure);
  void adopt_options(const Segment& syn);

  TcpOptions options_;
  TcpSender sender_;
  TcpReceiver receiver_;
  Instant handshake_due_ = engine::kEndOfTime;  // also the end of TIME-WAIT
  Instant ack_due_ = engine::kEndOfTime;
  Instant keep_alive_due_ = engine::kEndOfTime;
  Instant syn_sent_at_;
  uint32_t initial_seq_ = 0;
  int handshake_tries_ = 0;
  int keep_alives_unanswered_ = 0;
  int unacknowledged_segments_ = 0;  // arrived since the last acknowledgment was sent
  State state_ = State::kClosed;
  Failure failure_ = Failure::kNone;
  bool acks_now_ = false;
  bool orphaned_ = false;
  bool scales_ = false;
};

/// `ESTABLISHED`, as netstat has it.
std::string_view tcp_state_text(Tcp::State state);

}  // namespace sim::net
