#include "web/app/layout.h"

#include <imgui_internal.h>

#include <string>
#include <utility>

#include "web/app/app.h"
#include "web/panels/panels.h"

namespace web {
namespace {

constexpr float kWideFrom = 1000.0F;
constexpr float kVeryWideFrom = 1500.0F;
/// Raised when the default arrangement changes, so that old settings do not keep the old one.
constexpr const char* kVeryWide = "very-wide-2";
constexpr const char* kWide = "wide-2";
constexpr const char* kNarrow = "narrow-2";

std::string window_name(const panels::Panel& panel) {
  return std::string(panel.title) + "###" + panel.id;
}

void dock(std::string_view id, ImGuiID node) {
  for (const panels::Panel& panel : panels::all()) {
    if (id == panel.id) ImGui::DockBuilderDockWindow(window_name(panel).c_str(), node);
  }
}

struct Split {
  ImGuiID first;
  ImGuiID rest;
};

Split split(ImGuiID node, ImGuiDir side, float part) {
  Split made{};
  ImGui::DockBuilderSplitNode(node, side, part, &made.first, &made.rest);
  return made;
}

/// What runs, and what it says to others.
void dock_work(ImGuiID node) {
  dock("connections", node);
  dock("waterfall", node);
  dock("goroutines", node);
}

void arrange_wide(ImGuiID root, ImVec2 size) {
  const float left = size.x < kVeryWideFrom ? 280.0F : 340.0F;
  const float right = size.x < kVeryWideFrom ? 360.0F : 430.0F;
  const Split columns = split(root, ImGuiDir_Left, left / size.x);
  const Split others = split(columns.rest, ImGuiDir_Right, right / (size.x - left));
  const Split story = split(columns.first, ImGuiDir_Up, 0.68F);
  dock("story", story.first);
  dock("setup", story.rest);
  dock("branches", story.rest);
  const Split middle = split(others.rest, ImGuiDir_Up, 0.46F);
  dock("topology", middle.first);
  dock("lanes", middle.first);
  if (size.x < kVeryWideFrom) {
    dock_work(middle.rest);
    const Split objects = split(others.first, ImGuiDir_Up, 0.34F);
    dock("channels", objects.first);
    dock("locks", objects.first);
    const Split words = split(objects.rest, ImGuiDir_Up, 0.38F);
    dock("output", words.first);
    dock("events", words.rest);
    return;
  }
  const Split below = split(middle.rest, ImGuiDir_Left, 0.56F);
  dock_work(below.first);
  const Split objects = split(below.rest, ImGuiDir_Up, 0.42F);
  dock("channels", objects.first);
  dock("locks", objects.rest);
  const Split words = split(others.first, ImGuiDir_Up, 0.36F);
  dock("output", words.first);
  dock("events", words.rest);
}

void arrange_narrow(ImGuiID root) {
  const Split rows = split(root, ImGuiDir_Up, 0.5F);
  const Split above = split(rows.first, ImGuiDir_Left, 0.4F);
  dock("story", above.first);
  dock("setup", above.first);
  dock("branches", above.first);
  dock("topology", above.rest);
  dock("lanes", above.rest);
  const Split below = split(rows.rest, ImGuiDir_Left, 0.56F);
  dock_work(below.first);
  dock("channels", below.first);
  dock("locks", below.first);
  dock("output", below.rest);
  dock("events", below.rest);
}

/// Brings a panel before those that share its tab bar. Setting the focus would do it too, but would
/// end a drag along the scrubber.
void show_tab(const char* name) {
  const ImGuiWindow* const window = ImGui::FindWindowByName(name);
  if (window == nullptr || window->DockNode == nullptr || window->DockNode->TabBar == nullptr)
    return;
  window->DockNode->TabBar->NextSelectedTabId = window->TabId;
}

/// Of two panels behind one tab bar, shows the one that this run has more to say in, or the one
/// that the story has come to.
void show_fitting_tabs(App& app) {
  if (ImGui::FindWindowByName("###locks") == nullptr) return;
  const Session& session = app.session();
  if (app.take_show_fitting_tabs()) {
    show_tab(session.uses_channels() ? "###channels" : "###locks");
    show_tab(session.has_network() ? "###topology" : "###lanes");
    show_tab(session.has_network() ? "###connections" : "###goroutines");
  }
  if (std::exchange(app.network_view().shows_flow, false)) show_tab("###connections");
  if (app.take_show_branches()) show_tab("###branches");
  if (!app.take_moved()) return;
  const sim::scenario::Look* const look = session.look();
  if (look == nullptr) return;
  if (std::holds_alternative<sim::scenario::LookAtChannel>(*look)) show_tab("###channels");
  if (std::holds_alternative<sim::scenario::LookAtLock>(*look)) show_tab("###locks");
}

bool hidden_behind_tab(const std::string& name) {
  const ImGuiWindow* const window = ImGui::FindWindowByName(name.c_str());
  if (window == nullptr || window->DockNode == nullptr) return false;
  const ImGuiTabBar* const tabs = window->DockNode->TabBar;
  return tabs != nullptr && tabs->Tabs.Size > 1 && tabs->SelectedTabId != window->TabId;
}

}  // namespace

void dock_panels(App& app, ImVec2 window) {
  const ImVec2 at(kMargin, kTopBarHeight);
  const ImVec2 size(window.x - 2 * kMargin, window.y - kTopBarHeight - kTransportHeight);
  ImGui::SetNextWindowPos(at);
  ImGui::SetNextWindowSize(size);
  constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                      ImGuiWindowFlags_NoDocking | ImGuiWindowFlags_NoBackground |
                                      ImGuiWindowFlags_NoBringToFrontOnFocus |
                                      ImGuiWindowFlags_NoSavedSettings;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  ImGui::Begin("##dock", nullptr, kFlags);
  ImGui::PopStyleVar();
  const ImGuiID root = ImGui::GetID("panels");
  const char* const wanted = window.x < kWideFrom       ? kNarrow
                             : window.x < kVeryWideFrom ? kWide
                                                        : kVeryWide;
  if (app.settings().layout != wanted || ImGui::DockBuilderGetNode(root) == nullptr) {
    app.set_layout(wanted);
    ImGui::DockBuilderRemoveNode(root);
    ImGui::DockBuilderAddNode(root, ImGuiDockNodeFlags_DockSpace);
    ImGui::DockBuilderSetNodeSize(root, size);
    if (window.x < kWideFrom) {
      arrange_narrow(root);
    } else {
      arrange_wide(root, size);
    }
    ImGui::DockBuilderFinish(root);
  }
  show_fitting_tabs(app);
  ImGui::PushFont(ui::font(ui::Face::kStrong), ui::kSmallSize + 0.5F);
  ImGui::PushStyleColor(ImGuiCol_Border, ui::palette().ground);
  ImGui::DockSpace(root, {0, 0},
                   ImGuiDockNodeFlags_NoWindowMenuButton | ImGuiDockNodeFlags_NoCloseButton |
                       ImGuiDockNodeFlags_NoUndocking);
  ImGui::PopStyleColor();
  ImGui::PopFont();
  ImGui::End();
}

void draw_panels(App& app) {
  for (const panels::Panel& panel : panels::all()) {
    if (panel.needs_network && !app.session().has_network()) continue;
    const std::string name = window_name(panel);
    // The window hands its colour of text to its tab.
    ImGui::PushStyleColor(ImGuiCol_Text,
                          hidden_behind_tab(name) ? ui::palette().faint : ui::palette().text);
    ImGui::Begin(name.c_str(), nullptr,
                 ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoFocusOnAppearing);
    ImGui::PopStyleColor();
    {
      const ui::Region region(panel.id, panel.title);
      panel.draw(app);
    }
    ImGui::End();
  }
}

}  // namespace web
