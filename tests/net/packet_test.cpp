// The bytes of packets, as a capture would show them.

#include "sim/net/packet.h"

#include <catch_amalgamated.hpp>

using namespace sim::net;

namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

uint32_t word_sum(std::string_view bytes, uint32_t sum) {
  for (size_t i = 0; i < bytes.size(); i += 2) {
    const auto high = static_cast<unsigned char>(bytes[i]);
    const auto low = i + 1 < bytes.size() ? static_cast<unsigned char>(bytes[i + 1]) : 0;
    sum += static_cast<uint32_t>(high << 8 | low);
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

Packet syn() {
  Packet packet;
  packet.from = {*parse_ip("10.0.0.2"), 40000};
  packet.to = {*parse_ip("10.0.0.1"), 80};
  packet.tcp.seq = 0x01020304;
  packet.tcp.flags = Segment::kSyn;
  packet.tcp.window = 65535;
  packet.tcp.mss = 1460;
  packet.tcp.sack_permitted = true;
  packet.tcp.window_scale = 7;
  return packet;
}

}  // namespace

TEST_CASE("a SYN has the header, the options and the checksums of the RFCs") {
  const std::string wire = to_wire(syn());
  CHECK(wire.size() == wire_size(syn()));
  CHECK(hex(wire.substr(0, 10)) == "45000034000040004006");
  CHECK(hex(wire.substr(12, 8)) == "0a0000020a000001");
  CHECK(hex(wire.substr(20, 16)) == "9c40005001020304000000008002ffff");
  CHECK(hex(wire.substr(40)) == "020405b40101040201030307");
  // A checksum makes the sum of everything it covers all ones.
  CHECK(word_sum(wire.substr(0, 20), 0) == 0xffff);
  const uint32_t length = static_cast<uint32_t>(wire.size()) - 20;
  CHECK(word_sum(wire.substr(20), word_sum(wire.substr(12, 8), 6 + length)) == 0xffff);
}

TEST_CASE("a corrupt packet's checksum does not fit") {
  Packet packet = syn();
  packet.is_corrupt = true;
  const std::string wire = to_wire(packet);
  const uint32_t length = static_cast<uint32_t>(wire.size()) - 20;
  CHECK(word_sum(wire.substr(20), word_sum(wire.substr(12, 8), 6 + length)) != 0xffff);
}

TEST_CASE("a datagram's checksum covers its payload, whose length may be odd") {
  Packet packet;
  packet.from = {*parse_ip("10.0.0.2"), 5353};
  packet.to = {*parse_ip("10.0.0.1"), 53};
  packet.protocol = Protocol::kUdp;
  packet.tcp.payload = Bytes::copy("abc");
  const std::string wire = to_wire(packet);
  CHECK(wire.size() == 31);
  CHECK(hex(wire.substr(20, 6)) == "14e90035000b");
  CHECK(word_sum(wire.substr(20), word_sum(wire.substr(12, 8), 17 + 11)) == 0xffff);
}

TEST_CASE("every field of a packet changes its hash") {
  const uint64_t plain = packet_hash(syn());
  const auto changed = [&](auto change) {
    Packet packet = syn();
    change(packet);
    return packet_hash(packet) != plain;
  };
  CHECK(changed([](Packet& p) { ++p.from.port; }));
  CHECK(changed([](Packet& p) { ++p.to.ip.value; }));
  CHECK(changed([](Packet& p) { ++p.tcp.seq; }));
  CHECK(changed([](Packet& p) { ++p.tcp.ack; }));
  CHECK(changed([](Packet& p) { --p.tcp.window; }));
  CHECK(changed([](Packet& p) { p.tcp.flags |= Segment::kFin; }));
  CHECK(changed([](Packet& p) { p.tcp.window_scale = 8; }));
  CHECK(changed([](Packet& p) { p.tcp.payload = Bytes::copy("x"); }));
  CHECK(changed([](Packet& p) { p.is_corrupt = true; }));
}

TEST_CASE("addresses are parsed strictly and printed as Go does") {
  CHECK(ip_text(*parse_ip("192.168.0.1")) == "192.168.0.1");
  for (const char* wrong :
       {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.x", "1..2.3"}) {
    CAPTURE(wrong);
    CHECK(!parse_ip(wrong));
  }
  CHECK(parse_port("65535") == 65535);
  CHECK(!parse_port("65536"));
  CHECK(!parse_port(""));
  CHECK(split_host_port("node-1:80")->host == "node-1");
  CHECK(!split_host_port("node-1"));
  CHECK(!split_host_port("::1"));
}
