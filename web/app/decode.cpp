#include "web/app/decode.h"

#include <algorithm>

#include "sim/net/address.h"
#include "web/app/decode_http.h"

namespace web {
namespace {

uint32_t number(std::string_view bytes, size_t at, size_t length) {
  uint32_t value = 0;
  for (size_t i = at; i < at + length; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

std::string hex(uint32_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "0x";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[value >> shift & 0xf];
  return out;
}

std::string flags_text(uint32_t flags) {
  constexpr const char* kNames[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG"};
  std::string out;
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if ((flags >> i & 1) != 0) out += (out.empty() ? "" : ", ") + std::string(kNames[i]);
  }
  return out.empty() ? "none" : out;
}

std::string option_text(std::string_view option) {
  const auto kind = static_cast<uint8_t>(option[0]);
  if (kind == 2 && option.size() == 4) {
    return "largest segment: " + std::to_string(number(option, 2, 2)) + " bytes";
  }
  if (kind == 3 && option.size() == 3) {
    return "windows count units of 2^" + std::to_string(number(option, 2, 1)) + " bytes";
  }
  if (kind == 4) return "selective acknowledgments are welcome";
  if (kind == 5) {
    std::string out = "selective acknowledgment:";
    for (size_t at = 2; at + 8 <= option.size(); at += 8) {
      out += " " + std::to_string(number(option, at, 4)) + ".." +
             std::to_string(number(option, at + 4, 4));
    }
    return out;
  }
  return "option " + std::to_string(kind);
}

void option_lines(std::string_view wire, size_t from, size_t to, std::vector<DecodedLine>& out) {
  size_t at = from;
  while (at < to) {
    const auto kind = static_cast<uint8_t>(wire[at]);
    if (kind <= 1) {
      size_t end = at;
      while (end < to && static_cast<uint8_t>(wire[end]) == kind) ++end;
      out.push_back({at, end, "padding"});
      at = end;
      continue;
    }
    const size_t length = at + 1 < to ? static_cast<uint8_t>(wire[at + 1]) : 0;
    if (length < 2 || at + length > to) break;
    out.push_back({at, at + length, option_text(wire.substr(at, length))});
    at += length;
  }
}

constexpr size_t kIpBytes = 20;
constexpr size_t kUdpBytes = 8;
constexpr size_t kTcpBytes = 20;
constexpr uint32_t kTcp = 6;
constexpr uint32_t kUdp = 17;

void udp_lines(std::string_view wire, std::vector<DecodedLine>& out) {
  constexpr size_t kAt = kIpBytes;
  out.push_back({kAt, kAt + 2, "from port " + std::to_string(number(wire, kAt, 2))});
  out.push_back({kAt + 2, kAt + 4, "to port " + std::to_string(number(wire, kAt + 2, 2))});
  out.push_back({kAt + 4, kAt + 6, "UDP length " + std::to_string(number(wire, kAt + 4, 2))});
  out.push_back({kAt + 6, kAt + 8, "checksum " + hex(number(wire, kAt + 6, 2))});
}

void tcp_lines(std::string_view wire, std::vector<DecodedLine>& out) {
  constexpr size_t kAt = kIpBytes;
  const uint32_t bits = number(wire, kAt + 12, 2);
  out.push_back({kAt, kAt + 2, "from port " + std::to_string(number(wire, kAt, 2))});
  out.push_back({kAt + 2, kAt + 4, "to port " + std::to_string(number(wire, kAt + 2, 2))});
  out.push_back({kAt + 4, kAt + 8, "sequence number " + std::to_string(number(wire, kAt + 4, 4))});
  out.push_back({kAt + 8, kAt + 12,
                 (bits >> 4 & 1) != 0
                     ? "acknowledges up to " + std::to_string(number(wire, kAt + 8, 4))
                     : std::string("no acknowledgment")});
  out.push_back({kAt + 12, kAt + 14,
                 "header of " + std::to_string((bits >> 12) * 4) + " bytes; flags " +
                     flags_text(bits & 0x3f)});
  out.push_back({kAt + 14, kAt + 16, "window " + std::to_string(number(wire, kAt + 14, 2))});
  out.push_back({kAt + 16, kAt + 18, "checksum " + hex(number(wire, kAt + 16, 2))});
  out.push_back({kAt + 18, kAt + 20, "urgent pointer, not used"});
  option_lines(wire, kAt + kTcpBytes, header_bytes(wire), out);
}

/// Bytes of a protocol that is not known: as text if they are, each burst of the client's as a
/// request.
class PlainDecoder final : public StreamDecoder {
 public:
  void feed(Side side, uint64_t offset, std::string_view bytes, Decoding& out) override {
    out.say(side, offset, offset + bytes.size(), preview(bytes, 72));
    if (side == Side::kClient) {
      if (out.exchanges.empty() || out.exchanges.back().has_response) {
        Exchange next;
        next.request = preview(bytes, 24);
        next.request_begin = offset;
        out.exchanges.push_back(std::move(next));
      }
      out.exchanges.back().request_end = offset + bytes.size();
      return;
    }
    if (out.exchanges.empty()) return;
    Exchange& exchange = out.exchanges.back();
    if (!exchange.has_response) {
      exchange.has_response = true;
      exchange.response_begin = offset;
      exchange.response = preview(bytes, 24);
    }
    exchange.response_end = offset + bytes.size();
  }
};

}  // namespace

size_t header_bytes(std::string_view wire) {
  if (wire.size() < kIpBytes) return wire.size();
  if (number(wire, 9, 1) == kUdp) return std::min(wire.size(), kIpBytes + kUdpBytes);
  if (wire.size() < kIpBytes + kTcpBytes) return wire.size();
  return std::min<size_t>(wire.size(), kIpBytes + (number(wire, kIpBytes + 12, 1) >> 4) * 4);
}

std::vector<DecodedLine> header_lines(std::string_view wire) {
  std::vector<DecodedLine> out;
  if (wire.size() < kIpBytes) return out;
  const uint32_t protocol = number(wire, 9, 1);
  out.push_back({0, 2, "IPv4, header of 20 bytes"});
  out.push_back({2, 4, "packet of " + std::to_string(number(wire, 2, 2)) + " bytes"});
  out.push_back({4, 8, "never fragmented"});
  out.push_back({8, 9, "time to live " + std::to_string(number(wire, 8, 1))});
  out.push_back({9, 10, protocol == kTcp ? "carries TCP" : "carries UDP"});
  out.push_back({10, 12, "checksum " + hex(number(wire, 10, 2))});
  out.push_back({12, 16, "from " + sim::net::ip_text({number(wire, 12, 4)})});
  out.push_back({16, 20, "to " + sim::net::ip_text({number(wire, 16, 4)})});
  if (protocol == kUdp && wire.size() >= kIpBytes + kUdpBytes) udp_lines(wire, out);
  if (protocol == kTcp && wire.size() >= kIpBytes + kTcpBytes) tcp_lines(wire, out);
  return out;
}

std::string preview(std::string_view bytes, size_t most) {
  const std::string_view shown = bytes.substr(0, most);
  const bool is_text = std::all_of(shown.begin(), shown.end(), [](char c) {
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
  });
  std::string out;
  if (is_text) {
    for (const char c : shown) {
      if (c == '\n') {
        out += "\\n";
      } else if (c == '\r') {
        out += "\\r";
      } else {
        out += c == '\t' ? ' ' : c;
      }
    }
    out = "\"" + out + "\"";
  } else {
    out = std::to_string(bytes.size()) + (bytes.size() == 1 ? " byte" : " bytes");
    return out;
  }
  if (shown.size() < bytes.size()) {
    out += "\xE2\x80\xA6 (" + std::to_string(bytes.size()) + " bytes)";
  }
  return out;
}

std::unique_ptr<StreamDecoder> decoder_for(Side side, std::string_view first, Decoding& out) {
  if (auto http = http_decoder_for(side, first, out)) return http;
  return std::make_unique<PlainDecoder>();
}

}  // namespace web
