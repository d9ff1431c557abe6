#include "web/panels/topology_menu.h"

#include <imgui_internal.h>

#include "web/panels/packet_look.h"
#include "web/panels/topology_map.h"
#include "web/panels/words.h"

namespace web::panels {
namespace {

constexpr float kWidth = 268.0F;

void line(const char* id, const std::string& words) {
  ui::mirror().add({.id = id, .role = ui::Role::kText, .label = words});
  const ui::Letters letters(ui::Face::kBody, ui::kSmallSize, ui::palette().muted);
  ImGui::PushTextWrapPos(kWidth);
  ImGui::TextUnformatted(words.c_str());
  ImGui::PopTextWrapPos();
}

void title(const std::string& words) {
  const ui::Letters letters(ui::Face::kStrong, ui::kTextSize, ui::palette().text);
  ImGui::TextUnformatted(words.c_str());
}

/// A button that closes the menu and applies `input`.
void act(App& app, const char* id, const std::string& label, const std::string& input,
         bool primary = false) {
  if (!ui::button(id, {.label = label, .primary = primary, .width = kWidth, .height = 28})) return;
  app.later([input](App& a) {
    a.network_view().menu = NetworkView::Menu::kNone;
    a.intervene(input);
  });
}

void traffic_line(const sim::net::NetView& view, const char* id, const sim::net::MachineView& from,
                  const sim::net::MachineView& to) {
  const sim::net::DirectionView* const direction = view.direction(from, to);
  std::string words = from.name + kArrow + to.name + ": " + link_words(direction);
  if (direction != nullptr) {
    words += kDot + grouped(direction->packets) +
             (direction->packets == 1 ? " packet, " : " packets, ") + grouped(direction->dropped) +
             " dropped";
  }
  line(id, words);
}

void mend_buttons(App& app, const sim::net::Network::Cut* there,
                  const sim::net::Network::Cut* back) {
  // A cut is mended by the names that made it.
  const bool is_one =
      there != nullptr && back != nullptr && there->from == back->to && there->to == back->from;
  if (is_one) act(app, "topology.mend", "Mend", "heal " + there->from + " " + there->to, true);
  if (there != nullptr) {
    act(app, "topology.mend-there", "Mend " + there->from + kArrow + there->to,
        "heal-from " + there->from + " " + there->to, !is_one);
  }
  if (back != nullptr) {
    act(app, "topology.mend-back", "Mend " + back->from + kArrow + back->to,
        "heal-from " + back->from + " " + back->to, !is_one && there == nullptr);
  }
}

void link_menu(App& app, const sim::net::MachineView& a, const sim::net::MachineView& b) {
  const sim::net::NetView& view = app.session().network();
  title(a.name + " \xE2\x80\x93 " + b.name);
  traffic_line(view, "topology.menu.there", a, b);
  traffic_line(view, "topology.menu.back", b, a);
  ImGui::Dummy({1, 2});
  const sim::net::Network::Cut* const there = view.cut(a, b);
  const sim::net::Network::Cut* const back = view.cut(b, a);
  mend_buttons(app, there, back);
  const std::string both = a.name + " " + b.name;
  if (there == nullptr && back == nullptr) {
    act(app, "topology.cut", "Cut both ways", "partition " + both, true);
  }
  if (there == nullptr) {
    act(app, "topology.cut-there", "Cut " + a.name + kArrow + b.name, "partition-from " + both);
  }
  if (back == nullptr) {
    act(app, "topology.cut-back", "Cut " + b.name + kArrow + a.name,
        "partition-from " + b.name + " " + a.name);
  }
}

void node_menu(App& app, const sim::net::MachineView& machine) {
  title(machine.name);
  std::string words = sim::net::ip_text(machine.ip);
  if (!machine.zone.empty()) words += std::string(kDot) + "zone " + machine.zone;
  line("topology.menu.address", words);
  if (machine.is_up) {
    words = machine.processes.empty() ? "runs nothing" : "runs ";
    for (size_t i = 0; i < machine.processes.size(); ++i) {
      words += (i == 0 ? "" : ", ") + machine.processes[i];
    }
    line("topology.menu.processes", words);
    words = std::to_string(machine.busy_cores) + " of " + std::to_string(machine.cores) +
            (machine.cores == 1 ? " core" : " cores") + " busy";
    if (machine.cpu_queue > 0) words += ", " + std::to_string(machine.cpu_queue) + " waiting";
    words += kDot + ("disk " + grouped(machine.disk_used_bytes)) + " bytes";
    if (machine.disk_unsynced_writes > 0) {
      words += ", " + grouped(machine.disk_unsynced_writes) + " writes not synced";
    }
    line("topology.menu.load", words);
  }
  ImGui::Dummy({1, 2});
  if (machine.is_up) {
    act(app, "topology.crash", "Crash", "crash " + machine.name, true);
  } else {
    act(app, "topology.restart", "Restart", "restart " + machine.name, true);
  }
}

}  // namespace

void topology_menu(App& app) {
  NetworkView& shown = app.network_view();
  if (shown.menu == NetworkView::Menu::kNone) return;
  const sim::net::NetView& view = app.session().network();
  const sim::net::MachineView* const from = view.machine(shown.from);
  const sim::net::MachineView* const to = view.machine(shown.to);
  const bool is_link = shown.menu == NetworkView::Menu::kLink;
  if (from == nullptr || (is_link && to == nullptr)) {
    shown.menu = NetworkView::Menu::kNone;
    return;
  }
  const ImVec2 screen = ImGui::GetMainViewport()->Size;
  const bool to_the_left = shown.menu_at.x > screen.x * 0.6F;
  const bool above = shown.menu_at.y > screen.y * 0.55F;
  ImGui::SetNextWindowPos({shown.menu_at.x + (to_the_left ? -10.0F : 10.0F),
                           shown.menu_at.y + (above ? -10.0F : 10.0F)},
                          ImGuiCond_Always, {to_the_left ? 1.0F : 0.0F, above ? 1.0F : 0.0F});
  if (shown.menu_opening) ImGui::SetNextWindowFocus();
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(14, 12));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
  ImGui::PushStyleColor(ImGuiCol_Border, ui::palette().pressed);
  ImGui::Begin("##topology.menu", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoDocking | ImGuiWindowFlags_NoSavedSettings |
                   ImGuiWindowFlags_AlwaysAutoResize);
  {
    const ui::Region region("topology.menu", is_link ? "Link" : "Machine");
    if (is_link) {
      link_menu(app, *from, *to);
    } else {
      node_menu(app, *from);
    }
    const bool closes = ui::button(
        "topology.close", {.label = "Close", .quiet = true, .width = kWidth, .height = 26});
    const bool clicked_beside =
        !shown.menu_opening && ImGui::IsMouseClicked(ImGuiMouseButton_Left) &&
        !ImGui::IsWindowHovered(ImGuiHoveredFlags_AllowWhenBlockedByActiveItem);
    if (closes || clicked_beside || ImGui::IsKeyPressed(ImGuiKey_Escape)) {
      shown.menu = NetworkView::Menu::kNone;
    }
  }
  shown.menu_opening = false;
  ImGui::End();
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(2);
}

}  // namespace web::panels
