// web/panels/topology_map.h: where machines lie on the map of the network, and how they are drawn.
//
// The layout depends on the machines, their zones and the room only, so that nothing jumps about
// from step to step. Does not: handle the pointer, or keep anything from frame to frame.

#pragma once

#include <imgui.h>

#include <string>
#include <utility>
#include <vector>

#include "web/app/session.h"
#include "web/ui/ui.h"

namespace web::panels {

struct PlacedZone {
  std::string name;
  ui::Rect box;
};

/// Two machines that a line joins; `from` is the lower number.
struct MapLink {
  uint32_t from = 0;
  uint32_t to = 0;
};

struct NetworkMap {
  std::vector<PlacedZone> zones;
  std::vector<ImVec2> centers;  // by machine id - 1
  ImVec2 node_size;
  std::vector<MapLink> links;

  [[nodiscard]] ImVec2 center(uint32_t machine) const { return centers[machine - 1]; }
  /// The line from one machine's edge to the other's; `aside` moves it to its left.
  [[nodiscard]] std::pair<ImVec2, ImVec2> line(uint32_t from, uint32_t to, float aside) const;
};

/// Machines that exchange packets by `position` are linked, and where there are few, all are.
NetworkMap lay_out(const Session& session, const ui::Rect& area);

struct NodeLook {
  bool hovered = false;
  bool looked_at = false;  // the story points it out
};
void draw_node(const sim::net::MachineView& machine, const NetworkMap& map, const NodeLook& look);
void draw_zone(const PlacedZone& zone);
/// The line between two machines, and how packets pass.
void draw_link(const sim::net::NetView& view, const NetworkMap& map, const MapLink& link,
               bool hovered, bool with_words);

/// How packets pass from one to the other and back: `cut both ways`; empty: they pass.
std::string cut_words(const sim::net::NetView& view, const MapLink& link);

}  // namespace web::panels
