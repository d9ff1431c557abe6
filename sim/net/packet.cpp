#include "sim/net/packet.h"

#include "engine/task/print.h"
#include "engine/world/hash.h"

namespace sim::net {
namespace {

void put16(std::string& out, uint32_t value) {
  out += static_cast<char>(value >> 8 & 0xff);
  out += static_cast<char>(value & 0xff);
}
void put32(std::string& out, uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}
void set16(std::string& out, size_t at, uint32_t value) {
  out[at] = static_cast<char>(value >> 8 & 0xff);
  out[at + 1] = static_cast<char>(value & 0xff);
}

// The ones' complement sum of 16-bit words. Source: RFC 1071.
uint32_t add_words(uint32_t sum, std::string_view bytes) {
  for (size_t i = 0; i < bytes.size(); i += 2) {
    const uint32_t high = static_cast<unsigned char>(bytes[i]);
    const uint32_t low = i + 1 < bytes.size() ? static_cast<unsigned char>(bytes[i + 1]) : 0;
    sum += high << 8 | low;
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return sum;
}

uint32_t pseudo_header_sum(const Packet& packet, uint32_t length) {
  std::string pseudo;
  put32(pseudo, packet.from.ip.value);
  put32(pseudo, packet.to.ip.value);
  put16(pseudo, static_cast<uint32_t>(packet.protocol));
  put16(pseudo, length);
  return add_words(0, pseudo);
}

std::string tcp_options(const Segment& segment) {
  std::string options;
  if (segment.mss != 0) {
    options += "\x02\x04";
    put16(options, segment.mss);
  }
  if (segment.sack_permitted) options += "\x01\x01\x04\x02";
  if (segment.window_scale >= 0) {
    options += "\x01\x03\x03";
    options += static_cast<char>(segment.window_scale);
  }
  if (segment.sack_count > 0) {
    options += "\x01\x01\x05";
    options += static_cast<char>(2 + 8 * segment.sack_count);
    for (int i = 0; i < segment.sack_count; ++i) {
      put32(options, segment.sack[i].begin);
      put32(options, segment.sack[i].end);
    }
  }
  return options;
}

uint32_t tcp_options_size(const Segment& segment) {
  return (segment.mss != 0 ? 4U : 0U) + (segment.sack_permitted ? 4U : 0U) +
         (segment.window_scale >= 0 ? 4U : 0U) +
         (segment.sack_count > 0 ? 4U + 8U * segment.sack_count : 0U);
}

}  // namespace

uint32_t wire_size(const Packet& packet) {
  const uint32_t header = packet.protocol == Protocol::kUdp
                              ? kUdpHeaderBytes
                              : kTcpHeaderBytes + tcp_options_size(packet.tcp);
  return kIpHeaderBytes + header + packet.tcp.payload.size();
}

std::string to_wire(const Packet& packet) {
  const uint32_t size = wire_size(packet);
  std::string out("\x45\x00", 2);
  put16(out, size);
  put32(out, 0x00004000);  // do not fragment
  out += '\x40';           // time to live: 64
  out += static_cast<char>(packet.protocol);
  put16(out, 0);
  put32(out, packet.from.ip.value);
  put32(out, packet.to.ip.value);
  constexpr size_t kIpChecksumAt = 10;
  set16(out, kIpChecksumAt, ~add_words(0, out));

  std::string body;
  const Segment& tcp = packet.tcp;
  put16(body, packet.from.port);
  put16(body, packet.to.port);
  size_t checksum_at = 6;
  if (packet.protocol == Protocol::kUdp) {
    put16(body, size - kIpHeaderBytes);
    put16(body, 0);
  } else {
    put32(body, tcp.seq);
    put32(body, tcp.ack);
    const std::string options = tcp_options(tcp);
    const auto words = static_cast<uint32_t>(kTcpHeaderBytes + options.size()) / 4;
    put16(body, words << 12 | tcp.flags);
    put16(body, tcp.window);
    checksum_at = body.size();
    put32(body, 0);
    body += options;
  }
  body += tcp.payload.view();
  const auto length = static_cast<uint32_t>(body.size());
  uint32_t checksum = ~add_words(pseudo_header_sum(packet, length), body) & 0xffff;
  if (checksum == 0 && packet.protocol == Protocol::kUdp) checksum = 0xffff;
  set16(body, checksum_at, packet.is_corrupt ? checksum ^ 1 : checksum);
  return out + body;
}

uint64_t packet_hash(const Packet& packet) {
  const Segment& tcp = packet.tcp;
  uint64_t hash = uint64_t{packet.from.ip.value} << 32 | packet.to.ip.value;
  hash = engine::roll(hash, uint64_t{packet.from.port} << 16 | packet.to.port,
                      uint64_t{tcp.seq} << 32 | tcp.ack);
  const uint64_t bits = uint64_t{tcp.window} << 32 | uint64_t{tcp.mss} << 16 |
                        uint64_t{tcp.flags} << 8 | static_cast<uint64_t>(packet.protocol);
  const auto scale = static_cast<uint8_t>(tcp.window_scale);
  hash = engine::roll(
      hash, bits,
      uint64_t{scale} << 2 | uint64_t{tcp.sack_permitted} << 1 | uint64_t{packet.is_corrupt});
  for (int i = 0; i < tcp.sack_count; ++i) {
    hash = engine::roll(hash, tcp.sack[i].begin, tcp.sack[i].end);
  }
  return engine::roll(hash, tcp.payload.size(), engine::hash_bytes(tcp.payload.view()));
}

std::string packet_text(const Packet& packet) {
  using engine::append_operand;
  const Segment& tcp = packet.tcp;
  std::string text = address_text(packet.from) + " > " + address_text(packet.to);
  if (packet.protocol == Protocol::kUdp) {
    text += " UDP len ";
    append_operand(text, tcp.payload.size());
    return text;
  }
  struct FlagName {
    uint8_t flag;
    std::string_view name;
  };
  constexpr FlagName kNames[] = {{Segment::kSyn, "SYN"},
                                 {Segment::kFin, "FIN"},
                                 {Segment::kRst, "RST"},
                                 {Segment::kPsh, "PSH"},
                                 {Segment::kAck, "ACK"}};
  text += " [";
  bool first = true;
  for (const FlagName& flag : kNames) {
    if (!tcp.has(flag.flag)) continue;
    if (!first) text += ", ";
    text += flag.name;
    first = false;
  }
  text += "] seq ";
  append_operand(text, tcp.seq);
  if (tcp.has(Segment::kAck)) {
    text += " ack ";
    append_operand(text, tcp.ack);
  }
  text += " win ";
  append_operand(text, tcp.window);
  if (!tcp.payload.empty()) {
    text += " len ";
    append_operand(text, tcp.payload.size());
  }
  return text;
}

}  // namespace sim::net
