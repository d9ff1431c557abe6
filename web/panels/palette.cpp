// web/panels/palette.cpp: all commands and scenarios, found by typing a part of their name
// (Ctrl+K).

#include <imcmd_fuzzy_search.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "web/app/commands.h"
#include "web/panels/panels.h"

namespace web::panels {
namespace {

constexpr size_t kRowsMax = 9;
constexpr float kRow = 34.0F;
constexpr float kWidth = 520.0F;

struct Entry {
  std::string id;
  std::string label;
  std::string hint;
  ui::Icon icon = ui::Icon::kNone;
  int score = 0;
  std::function<void(App&)> run;
};

struct State {
  std::string query;
  size_t selected = 0;
};

std::vector<Entry> matching(const App& app, const std::string& query) {
  std::vector<Entry> entries;
  const auto offer = [&](Entry entry) {
    if (query.empty() || ImCmd::FuzzySearch(query.c_str(), entry.label.c_str(), entry.score)) {
      entries.push_back(std::move(entry));
    }
  };
  for (const Command& command : commands()) {
    if (std::string_view(command.id) == "palette" || !command.enabled(app)) continue;
    offer({command.id, command.label, command.shortcut, command.icon, 0, command.run});
  }
  for (const GalleryItem& item : app.gallery()) {
    offer({"open." + item.name, "Open: " + item.title, item.name, ui::Icon::kNone, 0,
           [name = item.name](App& a) {
             Link link;
             link.scenario = name;
             a.open(link);
           }});
  }
  if (!query.empty()) {
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& a, const Entry& b) { return a.score > b.score; });
  }
  if (entries.size() > kRowsMax) entries.resize(kRowsMax);
  return entries;
}

bool entry_row(const Entry& entry, bool selected) {
  const std::string id = "command." + entry.id;
  ui::mirror().add({.id = id,
                    .role = ui::Role::kButton,
                    .label = entry.label,
                    .shortcut = entry.hint,
                    .on = selected});
  const ui::Palette& p = ui::palette();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const bool clicked = ImGui::InvisibleButton(id.c_str(), {width, kRow});
  ImDrawList& list = *ImGui::GetWindowDrawList();
  if (selected || ImGui::IsItemHovered()) {
    list.AddRectFilled(at, {at.x + width, at.y + kRow},
                       selected ? p.hover : ui::faded(p.hover, 0.5F), 6);
  }
  const float middle = at.y + kRow * 0.5F;
  const float line = ImGui::GetTextLineHeight();
  if (entry.icon != ui::Icon::kNone)
    ui::draw_icon(list, entry.icon, {at.x + 20, middle}, 13, p.muted);
  list.AddText({at.x + 40, std::floor(middle - line * 0.5F)}, p.text, entry.label.c_str());
  if (!entry.hint.empty()) {
    ImGui::PushFont(ui::font(ui::Face::kMono), ui::kSmallSize);
    const ImVec2 size = ImGui::CalcTextSize(entry.hint.c_str());
    const float cap = std::max(size.x + 14, 24.0F);
    const ImVec2 from(at.x + width - 8 - cap, middle - 11);
    list.AddRectFilled(from, {from.x + cap, middle + 11}, p.raised, 5);
    list.AddRect(from, {from.x + cap, middle + 11}, p.pressed, 5, 1);
    list.AddText({std::floor(from.x + (cap - size.x) * 0.5F), std::floor(middle - size.y * 0.5F)},
                 p.text, entry.hint.c_str());
    ImGui::PopFont();
  }
  return ui::mirror().take_click(id) || clicked;
}

/// What the arrows, Enter and Escape ask for; the platform's text editor sends them as actions.
struct Keys {
  int move = 0;
  bool accept = false;
  bool dismiss = false;
};

Keys read_keys() {
  Keys keys;
  if (ImGui::IsKeyPressed(ImGuiKey_DownArrow)) ++keys.move;
  if (ImGui::IsKeyPressed(ImGuiKey_UpArrow)) --keys.move;
  keys.accept = ImGui::IsKeyPressed(ImGuiKey_Enter) || ImGui::IsKeyPressed(ImGuiKey_KeypadEnter);
  keys.dismiss = ImGui::IsKeyPressed(ImGuiKey_Escape);
  if (const auto key = ui::mirror().take("palette.query", "key")) {
    if (*key == "ArrowDown") ++keys.move;
    if (*key == "ArrowUp") --keys.move;
    keys.accept = keys.accept || *key == "Enter";
    keys.dismiss = keys.dismiss || *key == "Escape";
  }
  return keys;
}

}  // namespace

void palette(App& app) {
  static State state;
  if (!app.palette_open) return;
  if (app.palette_opening) state = {};
  const ImVec2 screen = ImGui::GetMainViewport()->Size;
  const float width = std::min(kWidth, screen.x - 40);
  ImGui::SetNextWindowPos({(screen.x - width) * 0.5F, std::min(screen.y * 0.16F, 120.0F)});
  ImGui::SetNextWindowSize({width, 0});
  ImGui::SetNextWindowFocus();
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(10, 10));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 2));
  bool close = false;
  if (ImGui::Begin("##palette", nullptr,
                   ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                       ImGuiWindowFlags_NoDocking | ImGuiWindowFlags_NoSavedSettings)) {
    const ui::Region region("palette.box", "Commands");
    const Keys keys = read_keys();
    const std::string before = state.query;
    ui::search_field("palette.query", "Search commands", state.query,
                     ImGui::GetContentRegionAvail().x, app.palette_opening);
    if (before != state.query) state.selected = 0;
    ImGui::Dummy({0, 4});
    const std::vector<Entry> entries = matching(app, state.query);
    if (!entries.empty()) {
      const auto count = static_cast<int>(entries.size());
      state.selected =
          static_cast<size_t>((static_cast<int>(state.selected) + keys.move + count) % count);
    }
    for (size_t i = 0; i < entries.size(); ++i) {
      const bool chosen =
          entry_row(entries[i], i == state.selected) || (keys.accept && i == state.selected);
      if (!chosen) continue;
      app.later(entries[i].run);
      close = true;
    }
    if (entries.empty()) ui::note("palette.none", "No command matches.");
    const bool elsewhere = ImGui::IsMouseClicked(ImGuiMouseButton_Left) &&
                           !ImGui::IsWindowHovered(ImGuiHoveredFlags_AllowWhenBlockedByActiveItem);
    close = close || keys.dismiss || (elsewhere && !app.palette_opening);
  }
  ImGui::End();
  ImGui::PopStyleVar(3);
  app.palette_opening = false;
  if (close) {
    app.palette_open = false;
    ui::stop_editing();
  }
}

}  // namespace web::panels
