#include "web/panels/topology_map.h"

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "web/panels/packet_look.h"

namespace web::panels {
namespace {

constexpr size_t kAllLinkedUpTo = 6;
constexpr float kZoneGap = 14.0F;
constexpr float kZoneTitle = 22.0F;
constexpr float kPi = 3.14159265F;

struct ZoneMembers {
  std::string name;
  std::vector<uint32_t> machines;
};

std::vector<ZoneMembers> zones_of(const sim::net::NetView& view) {
  std::vector<ZoneMembers> zones;
  for (const sim::net::MachineView& machine : view.machines) {
    auto zone = std::find_if(zones.begin(), zones.end(),
                             [&](const ZoneMembers& z) { return z.name == machine.zone; });
    if (zone == zones.end()) zone = zones.insert(zones.end(), {machine.zone, {}});
    zone->machines.push_back(machine.id);
  }
  return zones;
}

/// Two side by side (or one above the other, where that is longer), more on an ellipse, or one
/// below the other where there is no room for one. `height` is the share of the room that is used.
void place_members(NetworkMap& map, const std::vector<uint32_t>& machines, const ui::Rect& box,
                   float height) {
  const ImVec2 center((box.min.x + box.max.x) * 0.5F, (box.min.y + box.max.y) * 0.5F);
  const float room_x = std::max(0.0F, (box.max.x - box.min.x - map.node_size.x) * 0.5F - 10);
  const float room_y =
      std::max(0.0F, (box.max.y - box.min.y - map.node_size.y) * 0.5F - 8) * height;
  const bool is_narrow = 2 * room_x < map.node_size.x + 12;
  const size_t count = machines.size();
  for (size_t i = 0; i < count; ++i) {
    ImVec2& at = map.centers[machines[i] - 1];
    if (count == 1) {
      at = center;
      continue;
    }
    if (count == 2) {
      const float way = i == 0 ? -1.0F : 1.0F;
      const bool is_wide = room_x >= room_y;
      const float apart = std::min(is_wide ? room_x : room_y, 230.0F);
      at = is_wide ? ImVec2(center.x + way * apart, center.y)
                   : ImVec2(center.x, center.y + way * apart);
      continue;
    }
    if (is_narrow) {
      const float share = static_cast<float>(i) / static_cast<float>(count - 1);
      at = {center.x + (i % 2 == 0 ? -room_x : room_x), center.y + (2 * share - 1) * room_y};
      continue;
    }
    // Three have one of them above; else the ring begins at its upper left.
    const float turn = count == 3 ? -kPi / 2 : -kPi / 2 - kPi / static_cast<float>(count);
    const float angle = turn + 2 * kPi * static_cast<float>(i) / static_cast<float>(count);
    at = {center.x + std::cos(angle) * std::min(room_x, 320.0F),
          center.y + std::sin(angle) * room_y};
  }
}

/// How many columns make the boxes of zones least stretched.
size_t columns_for(size_t zones, ImVec2 size) {
  size_t best = 1;
  float best_badness = FLT_MAX;
  for (size_t columns = 1; columns <= zones; ++columns) {
    const auto rows = static_cast<float>((zones + columns - 1) / columns);
    const float ratio = (size.x / static_cast<float>(columns)) / (size.y / rows);
    const float badness = std::fabs(std::log(ratio / 1.3F));
    if (badness >= best_badness) continue;
    best_badness = badness;
    best = columns;
  }
  return best;
}

std::vector<MapLink> links_of(const Session& session) {
  const sim::net::NetView& view = session.network();
  std::set<std::pair<uint32_t, uint32_t>> pairs;
  std::set<std::pair<uint32_t, uint32_t>> cut_pairs;
  const auto count = static_cast<uint32_t>(view.machines.size());
  for (uint32_t a = 1; a <= count; ++a) {
    for (uint32_t b = a + 1; b <= count; ++b) {
      const sim::net::MachineView& from = view.machines[a - 1];
      const sim::net::MachineView& to = view.machines[b - 1];
      if (count <= kAllLinkedUpTo) pairs.emplace(a, b);
      if (view.cut(from, to) != nullptr || view.cut(to, from) != nullptr) cut_pairs.emplace(a, b);
    }
  }
  for (const Flow& flow : session.conversations().flows()) {
    if (flow.client_machine == 0 || flow.server_machine == 0 ||
        flow.client_machine == flow.server_machine || flow.client_machine > count ||
        flow.server_machine > count) {
      continue;
    }
    pairs.emplace(std::minmax(flow.client_machine, flow.server_machine));
  }
  // Of a cut between zones, the lines that have carried something are enough.
  const bool shows_cut = std::any_of(cut_pairs.begin(), cut_pairs.end(),
                                     [&](const auto& pair) { return pairs.contains(pair); });
  if (!shows_cut) pairs.insert(cut_pairs.begin(), cut_pairs.end());
  std::vector<MapLink> links;
  for (const auto& [a, b] : pairs) links.push_back({a, b});
  return links;
}

void dashed(ImDrawList& list, ImVec2 from, ImVec2 to, ImU32 color, float thickness) {
  const float length = std::hypot(to.x - from.x, to.y - from.y);
  if (length < 1) return;
  const ImVec2 unit((to.x - from.x) / length, (to.y - from.y) / length);
  constexpr float kDash = 5.0F;
  for (float at = 0; at < length; at += 2 * kDash) {
    const float end = std::min(at + kDash, length);
    list.AddLine({from.x + unit.x * at, from.y + unit.y * at},
                 {from.x + unit.x * end, from.y + unit.y * end}, color, thickness);
  }
}

/// Small words on the panel's own ground, so that lines do not run through them.
void words_on_ground(ImDrawList& list, ImVec2 center, const std::string& words, ImU32 color) {
  if (words.empty()) return;
  ImGui::PushFont(ui::font(ui::Face::kBody), 11.5F);
  const ImVec2 size = ImGui::CalcTextSize(words.c_str());
  const ImVec2 at(std::floor(center.x - size.x * 0.5F), std::floor(center.y - size.y * 0.5F));
  list.AddRectFilled({at.x - 5, at.y - 2}, {at.x + size.x + 5, at.y + size.y + 2},
                     ui::palette().panel, 4);
  list.AddText(at, color, words.c_str());
  ImGui::PopFont();
}

}  // namespace

NetworkMap lay_out(const Session& session, const ui::Rect& area) {
  const sim::net::NetView& view = session.network();
  const std::vector<ZoneMembers> zones = zones_of(view);
  NetworkMap map;
  map.centers.resize(view.machines.size());
  map.links = links_of(session);
  const ImVec2 size(area.max.x - area.min.x, area.max.y - area.min.y);
  const size_t columns = columns_for(zones.size(), size);
  const size_t rows = (zones.size() + columns - 1) / columns;
  const bool many = view.machines.size() > 6;
  size_t most = 1;
  for (const ZoneMembers& zone : zones) most = std::max(most, zone.machines.size());
  const float widest = size.x / static_cast<float>(columns) / (most > 3 ? 2.4F : 1.4F);
  map.node_size = {ImClamp(widest, 64.0F, 124.0F), many && size.y < 300 ? 32.0F : 42.0F};
  const ImVec2 step((size.x + kZoneGap) / static_cast<float>(columns),
                    (size.y + kZoneGap) / static_cast<float>(rows));
  for (size_t i = 0; i < zones.size(); ++i) {
    const auto column = static_cast<float>(i % columns);
    const auto row = static_cast<float>(i / columns);
    PlacedZone zone;
    zone.name = zones[i].name;
    zone.box.min = {area.min.x + column * step.x, area.min.y + row * step.y};
    zone.box.max = {zone.box.min.x + step.x - kZoneGap, zone.box.min.y + step.y - kZoneGap};
    ui::Rect inside = zone.box;
    const bool is_titled = !zone.name.empty() && zones.size() > 1;
    if (is_titled) inside.min.y += kZoneTitle;
    // Zones beside each other use different heights, so that lines do not run through machines.
    place_members(map, zones[i].machines, inside, i % columns % 2 == 0 ? 1.0F : 0.6F);
    if (is_titled) map.zones.push_back(std::move(zone));
  }
  return map;
}

std::pair<ImVec2, ImVec2> NetworkMap::line(uint32_t from, uint32_t to, float aside) const {
  const ImVec2 a = center(from);
  const ImVec2 b = center(to);
  const float length = std::max(std::hypot(b.x - a.x, b.y - a.y), 1.0F);
  const ImVec2 unit((b.x - a.x) / length, (b.y - a.y) / length);
  // From the edge of one box to that of the other, with a little air.
  const float reach_x = std::fabs(unit.x) > 0.001F ? node_size.x * 0.5F / std::fabs(unit.x) : 1e6F;
  const float reach_y = std::fabs(unit.y) > 0.001F ? node_size.y * 0.5F / std::fabs(unit.y) : 1e6F;
  const float reach = std::min(std::min(reach_x, reach_y) + 7, length * 0.5F);
  const ImVec2 side(unit.y * aside, -unit.x * aside);
  return {{a.x + unit.x * reach + side.x, a.y + unit.y * reach + side.y},
          {b.x - unit.x * reach + side.x, b.y - unit.y * reach + side.y}};
}

void draw_zone(const PlacedZone& zone) {
  const ui::Palette& p = ui::palette();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(zone.box.min, zone.box.max, ui::faded(p.raised, 0.45F), 10);
  list.AddRect(zone.box.min, zone.box.max, p.line, 10, 1.0F);
  ImGui::PushFont(ui::font(ui::Face::kStrong), 11.5F);
  list.AddText({zone.box.min.x + 12, zone.box.min.y + 7}, p.muted, zone.name.c_str());
  ImGui::PopFont();
}

void draw_node(const sim::net::MachineView& machine, const NetworkMap& map, const NodeLook& look) {
  const ui::Palette& p = ui::palette();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 center = map.center(machine.id);
  const ImVec2 from(std::floor(center.x - map.node_size.x * 0.5F),
                    std::floor(center.y - map.node_size.y * 0.5F));
  const ImVec2 to(from.x + map.node_size.x, from.y + map.node_size.y);
  const ImU32 edge = !machine.is_up   ? p.failed
                     : look.looked_at ? p.accent
                     : look.hovered   ? p.muted
                                      : p.pressed;
  list.AddRectFilled(from, to, machine.is_up ? (look.hovered ? p.hover : p.raised) : p.panel, 8);
  if (!machine.is_up) list.AddRectFilled(from, to, ui::faded(p.failed, 0.10F), 8);
  list.AddRect(from, to, edge, 8, look.looked_at || !machine.is_up ? 1.8F : 1.2F);
  const ImVec2 sign(from.x + 15, center.y);
  ui::draw_state(list,
                 !machine.is_up              ? ui::Look::kFailed
                 : machine.processes.empty() ? ui::Look::kDone
                                             : ui::Look::kRunning,
                 sign, 11);
  const bool two_lines = map.node_size.y > 38;
  const float room = map.node_size.x - 34;
  ImGui::PushFont(ui::font(ui::Face::kStrong), 13);
  const float line = ImGui::GetTextLineHeight();
  const float y = two_lines ? from.y + 6 : std::floor(center.y - line * 0.5F);
  list.AddText({from.x + 27, y}, machine.is_up ? p.text : p.failed,
               ui::fitted(machine.name, room).c_str());
  ImGui::PopFont();
  if (!two_lines) return;
  ImGui::PushFont(ui::font(ui::Face::kBody), 11);
  const std::string below = machine.is_up ? sim::net::ip_text(machine.ip) : "no power";
  list.AddText({from.x + 27, from.y + 23}, machine.is_up ? p.muted : p.failed,
               ui::fitted(below, room).c_str());
  ImGui::PopFont();
}

std::string cut_words(const sim::net::NetView& view, const MapLink& link) {
  const sim::net::MachineView& a = *view.machine(link.from);
  const sim::net::MachineView& b = *view.machine(link.to);
  const bool there = view.cut(a, b) != nullptr;
  const bool back = view.cut(b, a) != nullptr;
  if (there && back) return "cut both ways";
  if (there) return "cut from " + a.name + " to " + b.name;
  return back ? "cut from " + b.name + " to " + a.name : std::string();
}

void draw_link(const sim::net::NetView& view, const NetworkMap& map, const MapLink& link,
               bool hovered, bool with_words) {
  const ui::Palette& p = ui::palette();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const auto [from, to] = map.line(link.from, link.to, 0);
  const std::string cut = cut_words(view, link);
  const ImVec2 middle((from.x + to.x) * 0.5F, (from.y + to.y) * 0.5F);
  if (cut.empty()) {
    list.AddLine(from, to, hovered ? p.muted : p.pressed, hovered ? 2.4F : 1.6F);
  } else {
    dashed(list, from, to, p.failed, hovered ? 2.4F : 1.6F);
  }
  if (!cut.empty()) draw_drop(list, middle, 13, 1);
  if (!with_words) return;
  // Beside the line: below it where it lies flat, else to its right.
  const bool is_flat = std::fabs(to.x - from.x) > std::fabs(to.y - from.y);
  const std::string words =
      cut.empty() ? link_words(view.direction(*view.machine(link.from), *view.machine(link.to)))
                  : cut;
  ImGui::PushFont(ui::font(ui::Face::kBody), 11.5F);
  const float width = ImGui::CalcTextSize(words.c_str()).x;
  ImGui::PopFont();
  const ImVec2 at =
      is_flat ? ImVec2(middle.x, middle.y + 31) : ImVec2(middle.x + width * 0.5F + 27, middle.y);
  words_on_ground(list, at, words, cut.empty() ? p.muted : p.failed);
}

}  // namespace web::panels
