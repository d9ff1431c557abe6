// sim/net/packet.h: IPv4 packets that carry TCP segments or UDP datagrams.
//
// Concept: packets travel as values; to_wire() gives the bytes that a capture would show, headers
// and checksums included. The hash of a packet is over its fields and payload.
// Sources: RFC 791, 768, 9293 (header formats), 7323 (window scale), 2018 (SACK).
// Not modelled: fragmentation, IP options, ECN, timestamps.

#pragma once

#include <cstdint>
#include <string>

#include "sim/net/address.h"
#include "sim/net/bytes.h"

namespace sim::net {

enum class Protocol : uint8_t { kTcp = 6, kUdp = 17 };

/// A range of sequence numbers that has arrived out of order.
struct SackBlock {
  uint32_t begin = 0;
  uint32_t end = 0;
  bool operator==(const SackBlock&) const = default;
};

struct Segment {
  static constexpr uint8_t kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16;
  static constexpr int kSackBlocksMax = 4;

  [[nodiscard]] bool has(uint8_t flag) const { return (flags & flag) != 0; }
  /// Sequence numbers that it takes up.
  [[nodiscard]] uint32_t length() const {
    return payload.size() + (has(kSyn) ? 1 : 0) + (has(kFin) ? 1 : 0);
  }

  uint32_t seq = 0;
  uint32_t ack = 0;
  uint16_t window = 0;  // as on the wire: to be scaled
  uint8_t flags = 0;
  uint8_t sack_count = 0;
  uint16_t mss = 0;          // of a SYN; 0: no such option
  int8_t window_scale = -1;  // of a SYN; -1: no such option
  bool sack_permitted = false;
  SackBlock sack[kSackBlocksMax];
  Bytes payload;
};

struct Packet {
  Address from;
  Address to;
  Protocol protocol = Protocol::kTcp;
  bool is_corrupt = false;  // a bit was flipped on the way: the checksum does not fit
  Segment tcp;              // of UDP: only its payload
};

inline constexpr uint32_t kIpHeaderBytes = 20;
inline constexpr uint32_t kTcpHeaderBytes = 20;
inline constexpr uint32_t kUdpHeaderBytes = 8;

/// How many bytes to_wire() gives.
uint32_t wire_size(const Packet& packet);
/// The packet from its IP header on.
std::string to_wire(const Packet& packet);
/// For the world's hash.
uint64_t packet_hash(const Packet& packet);
/// `10.0.0.1:40000 > 10.0.0.2:80 [SYN] seq 1 win 65535`, as a capture's summary line.
std::string packet_text(const Packet& packet);

}  // namespace sim::net
