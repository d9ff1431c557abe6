// sim/net/tcp_sender.h: the sending half of a TCP connection.
//
// Concept: positions count the bytes of the stream from 0; the FIN takes the position after the
// last byte. Congestion control is Reno with SACK: slow start, congestion avoidance, one halving a
// window of losses, and retransmission of what the scoreboard finds lost, as long as what is
// believed to be in the network is below the congestion window.
// A pure state machine. Sources: RFC 5681 (congestion control), 6675 (SACK recovery), 6298
// (retransmission timer), 6928 (initial window), 9293 3.8.6.1 (zero-window probes).
// Not modelled: CUBIC, RACK and tail loss probes, pacing, timestamps, Nagle's algorithm (Go's
// connections have it off).

#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "engine/world/time.h"
#include "sim/net/packet.h"

namespace sim::net {

class TcpSender {
 public:
  using Instant = engine::Instant;
  using Duration = engine::Duration;

  /// Source: RFC 6298 2.1; Linux, TCP_RTO_MIN and TCP_RTO_MAX.
  static constexpr Duration kFirstRto = engine::kSecond;
  static constexpr Duration kRtoMin = 200 * engine::kMillisecond;
  static constexpr Duration kRtoMax = 120 * engine::kSecond;
  /// Source: Linux, net.ipv4.tcp_retries2.
  static constexpr int kRetriesMax = 15;
  static constexpr uint32_t kInitialWindowSegments = 10;

  /// The stream begins after the SYN with sequence number `initial`.
  void start(uint32_t initial, uint32_t mss);
  void set_mss(uint32_t mss) { mss_ = mss; }
  void set_window_scale(int scale) { window_scale_ = scale; }

  void write(Bytes bytes) { data_.append(std::move(bytes)); }
  /// The stream ends with what was written so far.
  void finish() { fin_at_ = end_of_data(); }
  /// Bytes written and not yet acknowledged.
  [[nodiscard]] uint64_t pending() const { return data_.size(); }

  /// Takes an acknowledgment. False: it acknowledges what was never sent.
  bool acknowledge(const Segment& segment, Instant now);
  /// An RTT that was measured elsewhere (the handshake's).
  void measure(Duration rtt);

  struct Piece {
    uint32_t seq;
    Bytes payload;
    bool fin;
    bool push;  // nothing more is waiting
  };
  /// What is to be sent now, if anything.
  std::optional<Piece> next(Instant now);

  /// When it must be called though nothing arrives; kEndOfTime if never.
  [[nodiscard]] Instant deadline() const { return timer_; }
  enum class Expiry : uint8_t { kRetransmit, kProbe, kGiveUp };
  Expiry expire(Instant now);

  [[nodiscard]] uint32_t next_seq() const { return seq_of(next_); }
  [[nodiscard]] uint32_t probe_seq() const { return seq_of(acked_) - 1; }
  [[nodiscard]] bool fin_acknowledged() const { return fin_at_ != UINT64_MAX && acked_ > fin_at_; }
  [[nodiscard]] bool idle() const { return acked_ == next_ && data_.empty(); }

  [[nodiscard]] uint64_t acknowledged() const { return acked_; }
  [[nodiscard]] uint64_t congestion_window() const { return cwnd_; }
  [[nodiscard]] uint64_t slow_start_threshold() const { return ssthresh_; }
  [[nodiscard]] uint64_t peer_window() const { return edge_ - acked_; }
  [[nodiscard]] uint64_t in_flight() const { return next_ - acked_; }
  [[nodiscard]] Duration smoothed_rtt() const { return srtt_; }
  [[nodiscard]] uint64_t retransmissions() const { return retransmissions_; }

 private:
  struct Sent {
    uint64_t begin;
    uint64_t end;
    Instant at;
    bool sacked = false;
    bool lost = false;
    bool retransmitted = false;

    [[nodiscard]] bool in_pipe() const { return !sacked && (!lost || retransmitted); }
    [[nodiscard]] uint64_t length() const { return end - begin; }
  };
  enum class Recovery : uint8_t { kNone, kFast, kTimeout };

  [[nodiscard]] uint32_t seq_of(uint64_t position) const {
    return initial_ + 1 + static_cast<uint32_t>(position);
  }
  [[nodiscard]] uint64_t position_of(uint32_t seq) const {
    return acked_ + static_cast<uint64_t>(int64_t{static_cast<int32_t>(seq - seq_of(acked_))});
  }
  [[nodiscard]] uint64_t end_of_data() const { return data_begin_ + data_.size(); }
  [[nodiscard]] Duration rto() const;
  void advance(uint64_t position, Instant now);
  void grow_window(uint64_t bytes);
  bool mark_sacked(const Segment& segment);
  bool mark_lost();
  void lose(Sent& sent);
  void enter_recovery(Recovery kind);
  Piece piece_of(const Sent& sent) const;
  void restart_timer(Instant now);

  ByteQueue data_;           // from data_begin_ on
  uint64_t data_begin_ = 0;  // = acked_, unless the FIN is acknowledged
  std::deque<Sent> sent_;    // from acked_ to next_, without gaps
  uint64_t acked_ = 0;
  uint64_t next_ = 0;
  uint64_t edge_ = 0;  // one past what the peer has room for
  uint64_t fin_at_ = UINT64_MAX;
  uint64_t pipe_ = 0;  // believed to be in the network
  uint64_t cwnd_ = 0;
  uint64_t ssthresh_ = UINT64_MAX;
  uint64_t avoidance_bytes_ = 0;  // acknowledged since the window last grew by a segment
  uint64_t recovery_until_ = 0;
  uint64_t highest_sacked_ = 0;
  uint64_t retransmissions_ = 0;
  uint32_t to_retransmit_ = 0;  // lost and not sent again yet
  Instant timer_ = engine::kEndOfTime;
  Duration srtt_;
  Duration rttvar_;
  uint32_t initial_ = 0;
  uint32_t mss_ = 0;
  int window_scale_ = 0;
  int backoff_ = 0;
  int unanswered_probes_ = 0;
  Recovery recovery_ = Recovery::kNone;
  bool was_limited_ = false;  // by the congestion window, since the last acknowledgment
};

}  // namespace sim::net
