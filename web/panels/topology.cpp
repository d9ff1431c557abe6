// web/panels/topology.cpp: the machines by zone, the links between them, and the packets on their
// way.
//
// A packet's place on its line is its share of the way at the virtual time that is shown. Click a
// link to cut or mend it, a machine to crash or restart it, a packet to look inside.

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "web/panels/packet_look.h"
#include "web/panels/panels.h"
#include "web/panels/topology_map.h"
#include "web/panels/topology_menu.h"
#include "web/panels/words.h"

namespace web::panels {
namespace {

constexpr float kPacketSize = 12.0F;
constexpr float kLaneAside = 7.0F;
/// For so many steps a dropped packet can be seen, ever paler.
constexpr uint64_t kDropSteps = 8;
constexpr size_t kMirrored = 40;
constexpr size_t kWordsUpTo = 3;

struct Shown {
  size_t place = 0;
  ImVec2 at;
  ImVec2 way;       // a unit vector along its line
  float trail = 0;  // how long a line it draws behind itself
  float opacity = 1;
};

/// The packets of one direction that are on their way, the last sent first.
struct Train {
  std::vector<std::pair<double, size_t>> cars;  // share of the way, place in the capture
};

double share_of_way(const sim::net::PacketView& packet, double now_ns) {
  const auto sent = static_cast<double>(packet.sent_at.ns);
  const auto length = static_cast<double>((packet.due - packet.sent_at).ns);
  return length <= 0 ? 0 : std::clamp((now_ns - sent) / length, 0.0, 1.0);
}

ImVec2 along(ImVec2 from, ImVec2 to, float share) {
  return {from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share};
}

/// Those too close to each other are moved on, so that each can be seen.
void place_train(const NetworkMap& map, std::pair<uint32_t, uint32_t> ends, Train& train,
                 std::vector<Shown>& out) {
  std::stable_sort(train.cars.begin(), train.cars.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  const bool is_loop = ends.first == ends.second;
  const ImVec2 corner = map.center(ends.first);
  const float above = corner.y - map.node_size.y * 0.5F - 11;
  const auto [from, to] = is_loop ? std::pair(ImVec2(corner.x - map.node_size.x * 0.3F, above),
                                              ImVec2(corner.x + map.node_size.x * 0.3F, above))
                                  : map.line(ends.first, ends.second, kLaneAside);
  const float length = std::max(std::hypot(to.x - from.x, to.y - from.y), 1.0F);
  const auto count = static_cast<float>(train.cars.size());
  const float gap = std::min(kPacketSize + 2, length / count);
  float last = -gap;
  float left = count;
  for (const auto& [share, place] : train.cars) {
    left -= 1;
    const float wanted = std::max(static_cast<float>(share) * length, last + gap);
    last = std::min(wanted, length - left * gap);
    out.push_back({place,
                   along(from, to, last / length),
                   {(to.x - from.x) / length, (to.y - from.y) / length},
                   std::min(last, 16.0F)});
  }
}

std::vector<Shown> packets_shown(App& app, const NetworkMap& map) {
  const Session& session = app.session();
  const Capture& capture = session.capture();
  const uint64_t now = session.position();
  const double shown_ns = app.shown_ns();
  std::map<std::pair<uint32_t, uint32_t>, Train> trains;
  for (const size_t place : capture.on_their_way(now > 0 ? now - 1 : 0, now)) {
    const CapturedPacket& entry = capture.packets()[place];
    const sim::net::PacketView& packet = *entry.packet;
    // While time glides on to this step, what has just landed is still on its way.
    const bool still_flies = app.is_gliding() && entry.end_step == now && !packet.lost &&
                             static_cast<double>(packet.due.ns) > shown_ns;
    if (!entry.in_flight_at(now) && !still_flies) continue;
    if (packet.to == 0 || packet.to > map.centers.size()) continue;
    if (static_cast<double>(packet.sent_at.ns) > shown_ns) continue;
    trains[{packet.from, packet.to}].cars.emplace_back(share_of_way(packet, shown_ns), place);
  }
  std::vector<Shown> out;
  for (auto& [ends, train] : trains) place_train(map, ends, train, out);
  return out;
}

/// How far it came.
float share_when_dropped(sim::net::Drop reason) {
  switch (reason) {
    case sim::net::Drop::kLoss:
      return 0.5F;
    case sim::net::Drop::kCut:
      return 0.43F;
    case sim::net::Drop::kQueueFull:
    case sim::net::Drop::kNoSuchAddress:
      return 0.04F;
    case sim::net::Drop::kMachineDown:
    case sim::net::Drop::kChecksum:
    case sim::net::Drop::kBacklogFull:
    case sim::net::Drop::kNobodyListens:
      return 0.96F;
  }
  return 0.5F;
}

std::vector<Shown> drops_shown(const Session& session, const NetworkMap& map) {
  const Capture& capture = session.capture();
  const uint64_t now = session.position();
  std::vector<Shown> out;
  std::map<std::pair<uint32_t, uint32_t>, int> counts;
  for (const size_t place : capture.on_their_way(now > kDropSteps ? now - kDropSteps : 0, now)) {
    const CapturedPacket& entry = capture.packets()[place];
    const sim::net::PacketView& packet = *entry.packet;
    if (!entry.dropped_by(now) || packet.from == packet.to) continue;
    if (packet.to == 0 || packet.to > map.centers.size()) continue;
    const auto [from, to] = map.line(packet.from, packet.to, kLaneAside + 8);
    const float length = std::max(std::hypot(to.x - from.x, to.y - from.y), 1.0F);
    const float beside = static_cast<float>(counts[{packet.from, packet.to}]++) * 16 / length;
    const float share = share_when_dropped(entry.reason);
    const float age = static_cast<float>(now - entry.end_step) / kDropSteps;
    out.push_back(
        {place,
         along(from, to, std::clamp(share < 0.9F ? share + beside : share - beside, 0.0F, 1.0F)),
         {},
         0,
         1 - age * 0.85F});
  }
  return out;
}

std::string node_words(const Session& session, const sim::net::MachineView& machine) {
  std::string words = machine.name + ", " + sim::net::ip_text(machine.ip);
  if (!machine.zone.empty()) words += ", zone " + machine.zone;
  if (!machine.is_up) return words + ": down";
  words += ": ";
  for (size_t i = 0; i < machine.processes.size(); ++i) {
    words += (i == 0 ? "runs " : ", ") + machine.processes[i];
  }
  if (machine.processes.empty()) words += "runs nothing";
  const auto& all = session.network().connections;
  const auto connections =
      std::count_if(all.begin(), all.end(),
                    [&](const sim::net::ConnectionView& c) { return c.machine == machine.id; });
  return words + "; " + std::to_string(connections) +
         (connections == 1 ? " connection" : " connections");
}

std::string link_name(const sim::net::NetView& view, const MapLink& link) {
  return machine_name(view, link.from) + " \xE2\x80\x93 " + machine_name(view, link.to);
}

std::string link_label(const sim::net::NetView& view, const MapLink& link) {
  std::string words = link_name(view, link) + ": " +
                      link_words(view.direction(*view.machine(link.from), *view.machine(link.to)));
  const std::string cut = cut_words(view, link);
  return cut.empty() ? words : words + "; " + cut;
}

std::string link_id(const sim::net::NetView& view, const MapLink& link) {
  return "link." + machine_name(view, link.from) + "." + machine_name(view, link.to);
}

void open_menu(App& app, NetworkView::Menu menu, uint32_t from, uint32_t to, ImVec2 at) {
  NetworkView& shown = app.network_view();
  shown.menu = menu;
  shown.from = from;
  shown.to = to;
  shown.menu_at = at;
  shown.menu_opening = true;
}

void show_packet(App& app, size_t place) {
  const auto& flows = app.session().conversations().flows();
  for (size_t i = 0; i < flows.size(); ++i) {
    const auto& packets = flows[i].packets;
    const bool holds = std::any_of(packets.begin(), packets.end(),
                                   [&](const FlowPacket& p) { return p.place == place; });
    if (!holds) continue;
    app.network_view().flow = i;
    app.network_view().packet = place;
    app.network_view().shows_flow = true;
  }
}

ImVec2 middle_of(const NetworkMap& map, const MapLink& link) {
  const auto [from, to] = map.line(link.from, link.to, 0);
  return along(from, to, 0.5F);
}

void mirror_map(App& app, const NetworkMap& map) {
  const Session& session = app.session();
  const sim::net::NetView& view = session.network();
  const ui::Region list("topology.list", "Machines and links", ui::Role::kList);
  for (const sim::net::MachineView& machine : view.machines) {
    const std::string id = "node." + machine.name;
    const ui::Region item(id + ".item", "", ui::Role::kItem);
    ui::mirror().add({.id = id, .role = ui::Role::kButton, .label = node_words(session, machine)});
    if (ui::mirror().take_click(id)) {
      open_menu(app, NetworkView::Menu::kNode, machine.id, 0, map.center(machine.id));
    }
  }
  for (const MapLink& link : map.links) {
    const std::string id = link_id(view, link);
    const ui::Region item(id + ".item", "", ui::Role::kItem);
    ui::mirror().add({.id = id, .role = ui::Role::kButton, .label = link_label(view, link)});
    if (ui::mirror().take_click(id)) {
      open_menu(app, NetworkView::Menu::kLink, link.from, link.to, middle_of(map, link));
    }
  }
}

void mirror_packets(App& app) {
  const Session& session = app.session();
  const Capture& capture = session.capture();
  const uint64_t now = session.position();
  const ui::Region list("topology.packets", "Packets on their way", ui::Role::kList);
  size_t count = 0;
  for (const size_t place : capture.on_their_way(now, now)) {
    const CapturedPacket& entry = capture.packets()[place];
    if (!entry.in_flight_at(now) && !(entry.dropped_by(now) && entry.end_step == now)) continue;
    if (++count > kMirrored) break;
    const std::string id = "packet." + std::to_string(place);
    const ui::Region item(id + ".item", "", ui::Role::kItem);
    ui::mirror().add(
        {.id = id,
         .role = ui::Role::kButton,
         .label = packet_words(session.network(), *entry.packet) + ": " + fate_words(entry, now)});
    if (ui::mirror().take_click(id)) {
      app.later([place](App& a) { show_packet(a, place); });
    }
  }
}

void legend() {
  constexpr PacketLook kLooks[] = {PacketLook::kOpen, PacketLook::kData,  PacketLook::kAck,
                                   PacketLook::kEnd,  PacketLook::kReset, PacketLook::kDatagram};
  const ui::Letters letters(ui::Face::kBody, ui::kSmallSize, ui::palette().muted);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const auto entry = [&](const char* words, auto draw) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    draw(ImVec2(at.x + 6, at.y + 8));
    ImGui::Dummy({14, 16});
    ImGui::SameLine(0, 3);
    ImGui::TextUnformatted(words);
    ImGui::SameLine(0, 14);
  };
  for (const PacketLook look : kLooks) {
    entry(packet_word(look), [&](ImVec2 at) { draw_packet(list, look, at, kPacketSize, 1); });
  }
  entry("dropped", [&](ImVec2 at) { draw_drop(list, at, 11, 1); });
  ImGui::NewLine();
}

float distance_to_line(ImVec2 point, ImVec2 from, ImVec2 to) {
  const ImVec2 nearest = ImLineClosestPoint(from, to, point);
  return std::hypot(point.x - nearest.x, point.y - nearest.y);
}

/// What lies under the pointer: a packet before a machine before a link.
struct Under {
  size_t packet = SIZE_MAX;
  uint32_t machine = 0;
  size_t link = SIZE_MAX;
};

Under under_pointer(const NetworkMap& map, const std::vector<Shown>& packets,
                    const std::vector<Shown>& drops) {
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  Under under;
  float best = 9;
  for (const auto* all : {&packets, &drops}) {
    for (const Shown& shown : *all) {
      const float away = std::hypot(shown.at.x - mouse.x, shown.at.y - mouse.y);
      if (away >= best) continue;
      best = away;
      under.packet = shown.place;
    }
  }
  if (under.packet != SIZE_MAX) return under;
  for (size_t i = 0; i < map.centers.size(); ++i) {
    const ImVec2 at = map.centers[i];
    if (std::fabs(mouse.x - at.x) <= map.node_size.x * 0.5F &&
        std::fabs(mouse.y - at.y) <= map.node_size.y * 0.5F) {
      under.machine = static_cast<uint32_t>(i + 1);
      return under;
    }
  }
  best = 10;
  for (size_t i = 0; i < map.links.size(); ++i) {
    const auto [from, to] = map.line(map.links[i].from, map.links[i].to, 0);
    const float away = distance_to_line(mouse, from, to);
    if (away >= best) continue;
    best = away;
    under.link = i;
  }
  return under;
}

void handle_pointer(App& app, const NetworkMap& map, const Under& under, bool clicked) {
  const Session& session = app.session();
  const sim::net::NetView& view = session.network();
  if (under.packet == SIZE_MAX && under.machine == 0 && under.link == SIZE_MAX) return;
  ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  if (under.packet != SIZE_MAX) {
    const CapturedPacket& entry = session.capture().packets()[under.packet];
    ui::tooltip(packet_words(view, *entry.packet) + "\nsent at " +
                clock_text(entry.packet->sent_at) + ", " + fate_words(entry, session.position()) +
                "\nClick to look inside");
    if (clicked) app.later([place = under.packet](App& a) { show_packet(a, place); });
    return;
  }
  const bool has_menu = app.network_view().menu != NetworkView::Menu::kNone;
  if (under.machine != 0) {
    if (!has_menu) ui::tooltip(node_words(session, *view.machine(under.machine)));
    if (clicked) {
      const ImVec2 at = map.center(under.machine);
      open_menu(app, NetworkView::Menu::kNode, under.machine, 0,
                {at.x, at.y + map.node_size.y * 0.5F});
    }
    return;
  }
  const MapLink& link = map.links[under.link];
  if (!has_menu) ui::tooltip(link_label(view, link) + "\nClick to cut or mend it");
  if (clicked) open_menu(app, NetworkView::Menu::kLink, link.from, link.to, mouse);
}

void draw_map(App& app, const NetworkMap& map, const Under& under,
              const std::vector<Shown>& packets, const std::vector<Shown>& drops) {
  const Session& session = app.session();
  const sim::net::NetView& view = session.network();
  const Capture& capture = session.capture();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  for (const PlacedZone& zone : map.zones) draw_zone(zone);
  for (size_t i = 0; i < map.links.size(); ++i) {
    const MapLink& link = map.links[i];
    const bool with_words = map.links.size() <= kWordsUpTo || i == under.link;
    draw_link(view, map, link, i == under.link, with_words);
    const ImVec2 middle = middle_of(map, link);
    ui::focus_ring(link_id(view, link),
                   {{middle.x - 14, middle.y - 14}, {middle.x + 14, middle.y + 14}}, 8);
  }
  for (const Shown& shown : packets) {
    const PacketLook look = look_of(*capture.packets()[shown.place].packet);
    list.AddLine({shown.at.x - shown.way.x * shown.trail, shown.at.y - shown.way.y * shown.trail},
                 shown.at, ui::faded(packet_color(look), 0.3F), 3);
    draw_packet(list, look, shown.at, shown.place == under.packet ? kPacketSize + 3 : kPacketSize,
                1);
  }
  for (const Shown& drop : drops) draw_drop(list, drop.at, 12, drop.opacity);
  for (const sim::net::MachineView& machine : view.machines) {
    NodeLook look;
    look.hovered = machine.id == under.machine;
    look.looked_at = session.looks_at<sim::scenario::LookAtNode>(machine.name);
    draw_node(machine, map, look);
    const ImVec2 at = map.center(machine.id);
    const ImVec2 half(map.node_size.x * 0.5F, map.node_size.y * 0.5F);
    ui::focus_ring("node." + machine.name,
                   {{at.x - half.x, at.y - half.y}, {at.x + half.x, at.y + half.y}}, 8);
  }
}

}  // namespace

void topology(App& app) {
  const Session& session = app.session();
  const bool is_visible = ui::visible();
  if (is_visible) legend();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 room = is_visible ? ImGui::GetContentRegionAvail() : ImVec2(600, 300);
  const NetworkMap map = lay_out(session, {{at.x, at.y + 8}, {at.x + room.x, at.y + room.y - 4}});
  mirror_map(app, map);
  mirror_packets(app);
  if (is_visible && room.x > 120 && room.y > 60) {
    const bool clicked = ImGui::InvisibleButton("topology.map", room);
    const bool hovered = ImGui::IsItemHovered();
    const std::vector<Shown> packets = packets_shown(app, map);
    const std::vector<Shown> drops = drops_shown(session, map);
    const Under under = hovered ? under_pointer(map, packets, drops) : Under{};
    draw_map(app, map, under, packets, drops);
    handle_pointer(app, map, under, clicked);
  }
  topology_menu(app);
}

}  // namespace web::panels
