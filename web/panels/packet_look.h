// web/panels/packet_look.h: how packets, machines and addresses look and are named in every panel
// of the network.
//
// A kind of packet has a shape as well as a colour, so that neither is needed alone.

#pragma once

#include <imgui.h>

#include <string>

#include "web/app/session.h"
#include "web/ui/ui.h"

namespace web::panels {

enum class PacketLook : uint8_t { kOpen, kData, kAck, kEnd, kReset, kDatagram };
PacketLook look_of(const sim::net::PacketView& packet);
ImU32 packet_color(PacketLook look);
/// `SYN`, `data`
const char* packet_word(PacketLook look);
void draw_packet(ImDrawList& list, PacketLook look, ImVec2 center, float size, float opacity);
/// Where a packet was dropped.
void draw_drop(ImDrawList& list, ImVec2 center, float size, float opacity);

/// `client`; `nobody` for 0.
std::string machine_name(const sim::net::NetView& view, uint32_t machine);
/// `server:80`; the plain address if no machine has it.
std::string place_name(const sim::net::NetView& view, sim::net::Address address);
/// `SYN ACK`
std::string flags_words(uint8_t flags);
/// What it is and where it goes: `client:40000 → server:80 PSH ACK, 18 bytes`.
std::string packet_words(const sim::net::NetView& view, const sim::net::PacketView& packet);
/// What has become of it by `position`: `arrived at 5ms`, `in flight, due at 5ms`, `lost`.
std::string fate_words(const CapturedPacket& entry, uint64_t position);
/// `5ms to 6ms · 20% lost · 1Gbps`, of a link's direction; null: a plain one.
std::string link_words(const sim::net::DirectionView* direction);

inline constexpr const char* kArrow = " \xE2\x86\x92 ";
inline constexpr const char* kDot = " \xC2\xB7 ";

}  // namespace web::panels
