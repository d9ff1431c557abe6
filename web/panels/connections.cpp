// web/panels/connections.cpp: every connection that was opened so far, with the figures of its TCP;
// of the chosen one, its packets, and of the chosen packet, its bytes.

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "web/panels/packet_bytes.h"
#include "web/panels/packet_look.h"
#include "web/panels/panels.h"
#include "web/panels/words.h"
#include "web/ui/table.h"

namespace web::panels {
namespace {

constexpr ui::Column kColumns[] = {{"Connection", 0, 1.55F}, {"State", 0, 1.0F}, {"Window", 52, 0},
                                   {"In flight", 54, 0},     {"RTT", 52, 0},     {"Resent", 46, 0}};
constexpr float kRow = 24.0F;
constexpr float kPacketRow = 21.0F;
constexpr size_t kFlowsMax = 100;
constexpr size_t kMirrored = 40;

const sim::net::ConnectionView* end_of(const sim::net::NetView& view, sim::net::Address local,
                                       sim::net::Address remote) {
  for (const sim::net::ConnectionView& connection : view.connections) {
    if (connection.local == local && connection.remote == remote) return &connection;
  }
  return nullptr;
}

/// A later connection between the same ports has taken its place.
bool is_replaced(const std::vector<Flow>& flows, size_t place, uint64_t position) {
  for (size_t i = place + 1; i < flows.size(); ++i) {
    if (flows[i].first_step <= position && flows[i].client == flows[place].client &&
        flows[i].server == flows[place].server) {
      return true;
    }
  }
  return false;
}

std::string bytes_text(uint64_t bytes) {
  constexpr uint64_t kMany = 10'000;
  return bytes < kMany ? grouped(bytes) : grouped((bytes + 512) / 1024) + "k";
}

/// Three digits of it; the rest says nothing.
std::string rtt_text(engine::Duration rtt) {
  if (rtt.ns == 0) return {};
  int64_t unit = 1;
  while (rtt.ns / unit >= 1000) unit *= 10;
  return clock_text({(rtt.ns + unit / 2) / unit * unit});
}

/// Both ends' figures in one.
struct Figures {
  std::string state;
  std::string window;
  std::string in_flight;
  std::string rtt;
  std::string repeated;
  std::string details;  // of a tooltip
  bool is_open = false;
};

std::string details_of(const std::string& name, const sim::net::ConnectionView& end) {
  std::string out = name + ": " + end.state + ", sent " + grouped(end.sent) + ", received " +
                    grouped(end.received) + " bytes; window " + grouped(end.congestion_window);
  if (end.slow_start_threshold) out += ", threshold " + grouped(*end.slow_start_threshold);
  out += "; " + grouped(end.in_flight) + " in flight, " + grouped(end.unsent) + " not sent, " +
         grouped(end.unread) + " not read; " + grouped(end.retransmissions) + " sent again";
  return out;
}

Figures figures_of(const sim::net::NetView& view, const Flow& flow, bool replaced) {
  Figures figures;
  if (flow.protocol == sim::net::Protocol::kUdp) {
    figures.state = "datagrams";
    figures.is_open = true;
    return figures;
  }
  const auto* const client = replaced ? nullptr : end_of(view, flow.client, flow.server);
  const auto* const server = replaced ? nullptr : end_of(view, flow.server, flow.client);
  figures.is_open = client != nullptr || server != nullptr;
  if (!figures.is_open) {
    figures.state = "closed";
    return figures;
  }
  const std::string client_state = client == nullptr ? "closed" : client->state;
  const std::string server_state = server == nullptr ? "closed" : server->state;
  figures.state = client_state == server_state ? client_state : client_state + " / " + server_state;
  // Those of the end that sends more.
  const auto weight = [](const sim::net::ConnectionView* end) {
    return end == nullptr ? 0 : end->sent + end->in_flight + end->unsent + 1;
  };
  const auto* const busy = weight(server) > weight(client) ? server : client;
  figures.window = bytes_text(busy->congestion_window);
  figures.in_flight = bytes_text((client == nullptr ? 0 : client->in_flight) +
                                 (server == nullptr ? 0 : server->in_flight));
  figures.rtt = rtt_text(busy->smoothed_rtt);
  figures.repeated = grouped((client == nullptr ? 0 : client->retransmissions) +
                             (server == nullptr ? 0 : server->retransmissions));
  if (client != nullptr) figures.details = details_of(place_name(view, flow.client), *client);
  if (server != nullptr) {
    figures.details +=
        (figures.details.empty() ? "" : "\n") + details_of(place_name(view, flow.server), *server);
  }
  return figures;
}

void choose_flow(App& app, size_t flow) {
  app.network_view().flow = flow;
  app.network_view().packet = SIZE_MAX;
}

void name_cell(App& app, ui::Table& table, size_t place, const std::string& name,
               const Figures& figures) {
  const bool chosen = app.network_view().flow == place;
  const std::string id = "flow." + std::to_string(place);
  table.cell("");
  ui::mirror().add({.id = id, .role = ui::Role::kButton, .label = name, .on = chosen});
  if (ui::mirror().take_click(id)) {
    app.later([place](App& a) { choose_flow(a, place); });
  }
  if (!table.shown()) return;
  const ui::Palette& p = ui::palette();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float room = ImGui::GetContentRegionAvail().x;
  if (ImGui::InvisibleButton(id.c_str(), {std::max(room, 1.0F), table.row_height()})) {
    app.later([place](App& a) { choose_flow(a, place); });
  }
  ui::focus_ring(id, {at, {at.x + room, at.y + table.row_height()}}, 4);
  if (ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  if (ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal)) {
    ui::tooltip(figures.details.empty() ? name : name + "\n" + figures.details);
  }
  ImGui::PushFont(ui::font(ui::Face::kStrong), ui::kTextSize);
  const float y = std::floor(at.y + (table.row_height() - ImGui::GetTextLineHeight()) * 0.5F);
  ImGui::GetWindowDrawList()->AddText({at.x, y},
                                      chosen            ? p.accent
                                      : figures.is_open ? p.text
                                                        : p.muted,
                                      ui::fitted(name, room).c_str());
  ImGui::PopFont();
}

void flow_table(App& app, const std::vector<size_t>& shown) {
  const Session& session = app.session();
  const sim::net::NetView& view = session.network();
  const auto& flows = session.conversations().flows();
  const ui::Palette& p = ui::palette();
  ui::Table table("connections.table", "Connections", kColumns);
  for (const size_t place : shown) {
    const Flow& flow = flows[place];
    const Figures figures = figures_of(view, flow, is_replaced(flows, place, session.position()));
    table.row("connection." + std::to_string(place),
              place == app.network_view().flow ? ui::Emphasis::kLook : ui::Emphasis::kNone, kRow);
    name_cell(app, table, place,
              place_name(view, flow.client) + kArrow + place_name(view, flow.server), figures);
    table.text_cell(figures.state, figures.is_open ? p.running : p.faint);
    table.text_cell(figures.window, p.text, ui::Face::kMono);
    table.text_cell(figures.in_flight, p.text, ui::Face::kMono);
    table.text_cell(figures.rtt, p.text, ui::Face::kMono);
    table.text_cell(figures.repeated,
                    figures.repeated.empty() || figures.repeated == "0" ? p.faint : p.waiting,
                    ui::Face::kMono);
  }
}

/// What a packet says, with sequence numbers counted from the connection's first byte.
std::string short_words(const Flow& flow, const FlowPacket& packet,
                        const sim::net::PacketView& sent) {
  if (flow.protocol == sim::net::Protocol::kUdp) return grouped(packet.length) + " bytes";
  std::string words = flags_words(sent.flags);
  if (packet.length > 0) {
    words +=
        " " + grouped(packet.offset) + "\xE2\x80\x93" + grouped(packet.offset + packet.length - 1);
  } else if (sent.flags == sim::net::Segment::kAck) {
    const uint32_t base = flow.first_seq[static_cast<size_t>(other(packet.side))];
    words += " " + grouped(sent.ack - base);
  }
  if (packet.is_repeated) words += " again";
  return words;
}

void choose_packet(App& app, size_t place) {
  app.later([place](App& a) { a.network_view().packet = place; });
}

void mirror_packets(App& app, const Flow& flow, size_t count, size_t chosen) {
  const Session& session = app.session();
  const ui::Region list("packets", "Packets of the connection, newest last", ui::Role::kList);
  for (size_t i = count > kMirrored ? count - kMirrored : 0; i < count; ++i) {
    const FlowPacket& packet = flow.packets[i];
    const CapturedPacket& entry = session.capture().packets()[packet.place];
    const std::string id = "segment." + std::to_string(packet.place);
    const ui::Region item(id + ".item", "", ui::Role::kItem);
    ui::mirror().add({.id = id,
                      .role = ui::Role::kButton,
                      .label = machine_name(session.network(), entry.packet->from) + ": " +
                               short_words(flow, packet, *entry.packet) + ", " +
                               fate_words(entry, session.position()),
                      .on = i == chosen});
    if (ui::mirror().take_click(id)) choose_packet(app, packet.place);
  }
}

void draw_packet_row(App& app, const Flow& flow, const FlowPacket& packet, ImVec2 at, float width,
                     bool chosen) {
  const ui::Palette& p = ui::palette();
  const Session& session = app.session();
  const CapturedPacket& entry = session.capture().packets()[packet.place];
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ImGui::PushID(static_cast<int>(packet.place));
  ImGui::SetCursorScreenPos(at);
  if (ImGui::InvisibleButton("packet", {width, kPacketRow})) choose_packet(app, packet.place);
  const ImVec2 end(at.x + width, at.y + kPacketRow);
  if (chosen) list.AddRectFilled(at, end, ui::faded(p.accent, 0.14F), 4);
  if (ImGui::IsItemHovered()) {
    list.AddRectFilled(at, end, ui::faded(p.hover, 0.6F), 4);
    ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  }
  if (ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal)) {
    ui::tooltip(packet_words(session.network(), *entry.packet) + "\nsent at " +
                clock_text(entry.packet->sent_at) + " in step " + grouped(entry.sent_step) + ", " +
                fate_words(entry, session.position()));
  }
  const float middle = at.y + kPacketRow * 0.5F;
  const bool to_server = packet.side == Side::kClient;
  const bool dropped = entry.dropped_by(session.position());
  const PacketLook look = look_of(*entry.packet);
  // An arrow in the packet's direction.
  const float tip = to_server ? at.x + 20 : at.x + 6;
  const float tail = to_server ? at.x + 6 : at.x + 20;
  const float way = to_server ? -1.0F : 1.0F;
  const ImU32 color = dropped ? p.failed : ui::faded(packet_color(look), 0.9F);
  list.AddLine({tail, middle}, {tip + way * 3, middle}, color, 1.5F);
  list.AddTriangleFilled({tip, middle}, {tip + way * 5, middle - 3.5F},
                         {tip + way * 5, middle + 3.5F}, color);
  if (dropped) {
    draw_drop(list, {at.x + 33, middle}, 10, 1);
  } else {
    draw_packet(list, look, {at.x + 33, middle}, 10,
                entry.in_flight_at(session.position()) ? 1 : 0.75F);
  }
  ImGui::PushFont(ui::font(ui::Face::kBody), 12.5F);
  const float y = std::floor(middle - ImGui::GetTextLineHeight() * 0.5F);
  const bool flies = entry.in_flight_at(session.position());
  std::string words = short_words(flow, packet, *entry.packet);
  if (flies) words += " \xE2\x80\xA6";
  list.AddText({at.x + 44, y},
               dropped ? p.failed
               : flies ? p.text
                       : p.muted,
               ui::fitted(words, width - 48).c_str());
  ImGui::PopFont();
  ImGui::PopID();
}

void draw_packets(App& app, const Flow& flow, size_t count, size_t chosen) {
  const float width = ImGui::GetContentRegionAvail().x;
  const ImVec2 top = ImGui::GetCursorScreenPos();
  const float scroll = ImGui::GetScrollY();
  const auto first = static_cast<size_t>(std::max(0.0F, scroll / kPacketRow - 1));
  const auto rows = static_cast<size_t>(ImGui::GetWindowHeight() / kPacketRow) + 3;
  for (size_t i = first; i < std::min(count, first + rows); ++i) {
    draw_packet_row(app, flow, flow.packets[i], {top.x, top.y + static_cast<float>(i) * kPacketRow},
                    width, i == chosen);
  }
  ImGui::SetCursorScreenPos({top.x, top.y + static_cast<float>(count) * kPacketRow});
  ImGui::Dummy({1, 1});
  // What is chosen stays in sight; nothing chosen: the newest.
  static uint64_t seen_moves = 0;
  static size_t seen_place = SIZE_MAX;
  const size_t place = chosen < count ? flow.packets[chosen].place : SIZE_MAX;
  if (seen_moves == app.session().moves() && seen_place == place) return;
  seen_moves = app.session().moves();
  seen_place = place;
  const float at = static_cast<float>(chosen) * kPacketRow;
  const float height = ImGui::GetWindowHeight();
  if (at < scroll || at + 2 * kPacketRow > scroll + height) {
    ImGui::SetScrollY(std::max(0.0F, at - height + 2 * kPacketRow));
  }
}

void chosen_flow(App& app, const Flow& flow) {
  const Session& session = app.session();
  const size_t count = flow.packets_until(session.position(), session.capture());
  if (count == 0) return;
  size_t chosen = count - 1;
  for (size_t i = 0; i < count; ++i) {
    if (flow.packets[i].place == app.network_view().packet) chosen = i;
  }
  mirror_packets(app, flow, count, chosen);
  if (!ui::visible()) {
    packet_bytes(app, flow, flow.packets[chosen]);
    return;
  }
  const float room = ImGui::GetContentRegionAvail().x;
  const float left = ImClamp(room * 0.33F, 150.0F, 330.0F);
  const float height = std::max(ImGui::GetContentRegionAvail().y, 90.0F);
  ImGui::BeginChild("connections.packets", {left, height});
  draw_packets(app, flow, count, chosen);
  ImGui::EndChild();
  ImGui::SameLine(0, 14);
  ImGui::BeginChild("connections.bytes", {0, height});
  packet_bytes(app, flow, flow.packets[chosen]);
  ImGui::EndChild();
}

}  // namespace

void connections(App& app) {
  const Session& session = app.session();
  const auto& flows = session.conversations().flows();
  std::vector<size_t> shown;
  for (size_t i = 0; i < flows.size(); ++i) {
    if (flows[i].first_step <= session.position()) shown.push_back(i);
  }
  if (shown.empty()) {
    ui::empty_panel("connections.none", "Nobody has opened a connection yet.");
    return;
  }
  if (shown.size() > kFlowsMax) shown.erase(shown.begin(), shown.end() - kFlowsMax);
  NetworkView& chosen = app.network_view();
  const bool is_shown = std::find(shown.begin(), shown.end(), chosen.flow) != shown.end();
  const size_t flow = is_shown ? chosen.flow : shown.back();
  if (ui::visible()) {
    // Room for a few connections; more scroll.
    const float header = 24 + 2 * ImGui::GetStyle().CellPadding.y;
    const float row = kRow + 2 * ImGui::GetStyle().CellPadding.y;
    const float wanted = header + static_cast<float>(shown.size()) * row + 6;
    const float most = std::max(ImGui::GetContentRegionAvail().y * 0.36F, header + 2 * row);
    ImGui::BeginChild("connections.list", {0, std::min(wanted, most)});
    flow_table(app, shown);
    ImGui::EndChild();
  } else {
    flow_table(app, shown);
  }
  chosen_flow(app, flows[flow]);
}

}  // namespace web::panels
