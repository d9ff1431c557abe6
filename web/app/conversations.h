// web/app/conversations.h: the captured packets as connections with their exchanges.
//
// Concept: reads the capture's changes in order, once. Each connection has its packets, both byte
// streams as they were sent (in order, each byte once) and as they arrived, and what the decoder
// makes of them. Marks tell by which step how much was sent or had arrived, so that any earlier
// position can be shown. A datagram flow is a connection without a state. Does not: keep the bytes
// of streams, or look at the world.

#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "web/app/capture.h"
#include "web/app/decode.h"

namespace web {

/// By `step`, at `at`, everything before `end` was sent, or had arrived.
struct Mark {
  uint64_t end = 0;
  uint64_t step = 0;
  engine::Instant at;
};

struct FlowPacket {
  size_t place = 0;  // in the capture
  Side side = Side::kClient;
  uint64_t offset = 0;  // of its payload in the stream
  uint32_t length = 0;
  bool is_repeated = false;  // its bytes were sent before
};

struct Flow {
  sim::net::Address client;
  sim::net::Address server;
  uint32_t client_machine = 0;
  uint32_t server_machine = 0;
  sim::net::Protocol protocol = sim::net::Protocol::kTcp;
  uint64_t first_step = 0;
  uint32_t first_seq[2] = {};       // of each side's first byte
  std::vector<FlowPacket> packets;  // in the order of sending
  std::vector<Mark> sent[2];        // by side
  std::vector<Mark> arrived[2];
  Decoding decoding;

  /// How many packets were sent by `position`.
  [[nodiscard]] size_t packets_until(uint64_t position, const Capture& capture) const;
  /// When the byte at `offset` was sent, and when everything before `end` had arrived; null: not
  /// known.
  [[nodiscard]] const Mark* sent_mark(Side side, uint64_t offset) const;
  [[nodiscard]] const Mark* arrived_mark(Side side, uint64_t end) const;
};

class Conversations {
 public:
  void reset() { *this = Conversations(); }
  void catch_up(const Capture& capture);

  /// In the order of their first packets; numbered by their places.
  [[nodiscard]] const std::vector<Flow>& flows() const { return flows_; }

 private:
  struct Stream {
    uint64_t next = 0;  // one past the last byte sent
    uint64_t contiguous = 0;
    std::map<uint64_t, uint64_t> early;  // arrived beyond a gap: begin, end
    uint32_t first_seq = 0;
    bool has_first = false;
    bool has_finished = false;
    bool has_gap = false;  // bytes that were not kept: the rest cannot be decoded
  };
  struct State {
    Stream streams[2];
    std::unique_ptr<StreamDecoder> decoder;
  };
  struct Seat {
    size_t flow = SIZE_MAX;
    size_t packet = 0;
  };
  using Key = std::pair<std::pair<sim::net::Address, sim::net::Address>, sim::net::Protocol>;

  size_t flow_of(const sim::net::PacketView& packet, uint64_t step);
  void take_sent(const CapturedPacket& entry, size_t place);
  void take_arrived(const CapturedPacket& entry, size_t place);
  void decode(size_t flow, Side side, uint64_t offset, std::string_view bytes);

  std::vector<Flow> flows_;
  std::vector<State> states_;
  std::map<Key, size_t> latest_;
  std::vector<Seat> seats_;  // by place in the capture
  size_t next_change_ = 0;
};

}  // namespace web
