#include "web/panels/packet_look.h"

#include <iterator>

#include "web/panels/words.h"

namespace web::panels {

using sim::net::PacketView;
using sim::net::Segment;

namespace {

/// `2%`, `0.05%`
std::string percent_text(int64_t ppm) {
  constexpr int64_t kPerPercent = 10'000;
  std::string out = std::to_string(ppm / kPerPercent);
  std::string rest = std::to_string(kPerPercent + ppm % kPerPercent).substr(1);
  while (!rest.empty() && rest.back() == '0') rest.pop_back();
  return out + (rest.empty() ? "" : "." + rest) + "%";
}

/// `20Mbps`
std::string bandwidth_text(int64_t bps) {
  constexpr const char* kUnits[] = {"bps", "kbps", "Mbps", "Gbps", "Tbps"};
  size_t unit = 0;
  for (; bps % 1000 == 0 && unit + 1 < std::size(kUnits); ++unit) bps /= 1000;
  return std::to_string(bps) + kUnits[unit];
}

}  // namespace

PacketLook look_of(const PacketView& packet) {
  if (packet.protocol == sim::net::Protocol::kUdp) return PacketLook::kDatagram;
  if ((packet.flags & Segment::kRst) != 0) return PacketLook::kReset;
  if ((packet.flags & Segment::kSyn) != 0) return PacketLook::kOpen;
  if (packet.payload_bytes > 0) return PacketLook::kData;
  return (packet.flags & Segment::kFin) != 0 ? PacketLook::kEnd : PacketLook::kAck;
}

ImU32 packet_color(PacketLook look) {
  const ui::Palette& p = ui::palette();
  switch (look) {
    case PacketLook::kOpen:
      return p.accent;
    case PacketLook::kData:
      return p.ready;
    case PacketLook::kAck:
      return p.muted;
    case PacketLook::kEnd:
      return p.waiting;
    case PacketLook::kReset:
      return p.failed;
    case PacketLook::kDatagram:
      return p.sleeping;
  }
  return p.text;
}

const char* packet_word(PacketLook look) {
  switch (look) {
    case PacketLook::kOpen:
      return "SYN";
    case PacketLook::kData:
      return "data";
    case PacketLook::kAck:
      return "ACK";
    case PacketLook::kEnd:
      return "FIN";
    case PacketLook::kReset:
      return "RST";
    case PacketLook::kDatagram:
      return "UDP";
  }
  return "";
}

void draw_packet(ImDrawList& list, PacketLook look, ImVec2 center, float size, float opacity) {
  const ImU32 color = ui::faded(packet_color(look), opacity);
  const float r = size * 0.5F;
  switch (look) {
    case PacketLook::kOpen:
      list.AddCircle(center, r * 0.85F, color, 0, 2.2F);
      return;
    case PacketLook::kData:
      list.AddRectFilled({center.x - r * 0.85F, center.y - r * 0.85F},
                         {center.x + r * 0.85F, center.y + r * 0.85F}, color, 2);
      return;
    case PacketLook::kAck:
      list.AddCircleFilled(center, r * 0.6F, color);
      return;
    case PacketLook::kEnd:
      list.AddRect({center.x - r * 0.75F, center.y - r * 0.75F},
                   {center.x + r * 0.75F, center.y + r * 0.75F}, color, 1.5F, 2.0F);
      return;
    case PacketLook::kReset:
      list.AddTriangleFilled({center.x, center.y - r}, {center.x + r, center.y + r * 0.8F},
                             {center.x - r, center.y + r * 0.8F}, color);
      return;
    case PacketLook::kDatagram:
      list.AddQuadFilled({center.x, center.y - r}, {center.x + r, center.y},
                         {center.x, center.y + r}, {center.x - r, center.y}, color);
      return;
  }
}

void draw_drop(ImDrawList& list, ImVec2 center, float size, float opacity) {
  const ui::Palette& p = ui::palette();
  const float r = size * 0.32F;
  const ImU32 color = ui::faded(p.failed, opacity);
  list.AddCircleFilled(center, size * 0.62F, ui::faded(p.panel, opacity));
  list.AddCircle(center, size * 0.62F, color, 0, 1.4F);
  list.AddLine({center.x - r, center.y - r}, {center.x + r, center.y + r}, color, 2);
  list.AddLine({center.x - r, center.y + r}, {center.x + r, center.y - r}, color, 2);
}

std::string machine_name(const sim::net::NetView& view, uint32_t machine) {
  const sim::net::MachineView* const found = view.machine(machine);
  return found == nullptr ? "nobody" : found->name;
}

std::string place_name(const sim::net::NetView& view, sim::net::Address address) {
  for (const sim::net::MachineView& machine : view.machines) {
    if (machine.ip == address.ip) return machine.name + ":" + std::to_string(address.port);
  }
  return sim::net::address_text(address);
}

std::string flags_words(uint8_t flags) {
  struct Name {
    uint8_t flag;
    const char* word;
  };
  constexpr Name kNames[] = {{Segment::kSyn, "SYN"},
                             {Segment::kFin, "FIN"},
                             {Segment::kRst, "RST"},
                             {Segment::kPsh, "PSH"},
                             {Segment::kAck, "ACK"}};
  std::string out;
  for (const Name& name : kNames) {
    if ((flags & name.flag) != 0) out += (out.empty() ? "" : " ") + std::string(name.word);
  }
  return out;
}

std::string packet_words(const sim::net::NetView& view, const PacketView& packet) {
  std::string out = place_name(view, packet.source) + kArrow + place_name(view, packet.destination);
  out += packet.protocol == sim::net::Protocol::kUdp ? " UDP" : " " + flags_words(packet.flags);
  if (packet.payload_bytes > 0) out += ", " + grouped(packet.payload_bytes) + " bytes";
  if (packet.is_corrupt) out += ", damaged";
  return out;
}

std::string fate_words(const CapturedPacket& entry, uint64_t position) {
  if (entry.end_step > position) return "in flight, due at " + clock_text(entry.packet->due);
  if (entry.fate == CapturedPacket::Fate::kDropped) {
    return "dropped at " + clock_text(entry.end_at) + ": " +
           std::string(sim::net::drop_text(entry.reason));
  }
  return "arrived at " + clock_text(entry.end_at);
}

std::string link_words(const sim::net::DirectionView* direction) {
  const sim::net::LinkOptions plain;
  const sim::net::LinkOptions& options = direction == nullptr ? plain : direction->options;
  std::string out = clock_text({options.latency.ns});
  const auto percent = [&](int64_t ppm, const char* what) {
    if (ppm > 0) out += kDot + percent_text(ppm) + what;
  };
  if (options.jitter.ns > 0) out += " to " + clock_text({(options.latency + options.jitter).ns});
  percent(options.loss_ppm, " lost");
  percent(options.duplicate_ppm, " doubled");
  percent(options.reorder_ppm, " reordered");
  percent(options.corrupt_ppm, " damaged");
  if (options.bandwidth_bps > 0) {
    out += kDot + bandwidth_text(options.bandwidth_bps);
  }
  return out;
}

}  // namespace web::panels
