// sim/net/tcp_receiver.h: the receiving half of a TCP connection.
//
// Concept: positions count the bytes of the stream from 0; sequence numbers are theirs modulo 2^32.
// What arrives in order waits for the reader; what arrives early waits for the gap to close and is
// reported as SACK blocks. The advertised window never shrinks.
// A pure state machine. Sources: RFC 9293 3.8.6, RFC 2018 (SACK), RFC 7323 (window scale).

#pragma once

#include <cstdint>
#include <map>

#include "sim/net/packet.h"

namespace sim::net {

class TcpReceiver {
 public:
  /// `initial` is the peer's initial sequence number.
  void start(uint32_t initial, uint32_t buffer_bytes, int window_scale);

  enum class Arrival : uint8_t { kInOrder, kFilledGap, kOutOfOrder, kNothingNew };
  /// Takes the part of a segment's payload that lies in the window.
  Arrival receive(const Segment& segment);

  /// Whether the segment lies at least partly in the window. Source: RFC 9293 3.10.7.4.
  [[nodiscard]] bool acceptable(const Segment& segment) const;
  /// Whether `seq` is exactly the next expected.
  [[nodiscard]] bool is_next(uint32_t seq) const { return seq == ack(); }
  [[nodiscard]] bool in_window(uint32_t seq) const;

  /// The next sequence number expected.
  [[nodiscard]] uint32_t ack() const;
  /// What to advertise now, as on the wire; advances the right edge.
  uint16_t advertise(bool is_scaled);
  /// How far the right edge would move if it were advertised now.
  [[nodiscard]] uint64_t window_growth() const;
  void add_sack(Segment& segment) const;

  [[nodiscard]] uint64_t readable() const { return ready_.size(); }
  Bytes read(uint32_t most) { return ready_.take(most); }
  /// Everything has arrived, up to the peer's FIN.
  [[nodiscard]] bool finished() const { return fin_taken_; }
  [[nodiscard]] uint64_t received() const { return next_; }
  [[nodiscard]] uint32_t buffer_bytes() const { return buffer_bytes_; }

 private:
  [[nodiscard]] uint64_t position_of(uint32_t seq) const {
    return next_ + static_cast<uint64_t>(int64_t{static_cast<int32_t>(seq - seq_of(next_))});
  }
  [[nodiscard]] uint32_t seq_of(uint64_t position) const {
    return initial_ + 1 + static_cast<uint32_t>(position);
  }
  [[nodiscard]] uint64_t edge_now() const;
  bool store_early(uint64_t begin, Bytes payload);
  void take_early();

  ByteQueue ready_;
  std::map<uint64_t, Bytes> early_;  // by position; no two overlap
  uint64_t next_ = 0;                // position of the next byte in order
  uint64_t edge_ = 0;                // one past the last position advertised
  uint64_t fin_at_ = UINT64_MAX;
  uint64_t newest_early_ = 0;  // where the block reported first begins
  uint32_t initial_ = 0;
  uint32_t buffer_bytes_ = 0;
  int scale_ = 0;
  bool fin_taken_ = false;
};

}  // namespace sim::net
