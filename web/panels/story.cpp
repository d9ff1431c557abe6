// web/panels/story.cpp: what the scenario is about, and its story as a list of places to go to.

#include <imgui_internal.h>

#include <cmath>

#include "web/panels/panels.h"
#include "web/panels/words.h"

namespace web::panels {
namespace {

constexpr float kGutter = 30.0F;

const sim::scenario::StoryPlace* place_of(const Session& session, size_t step) {
  for (const sim::scenario::StoryPlace& place : session.story()) {
    if (place.story_step == step) return &place;
  }
  return nullptr;
}

struct Row {
  size_t index;
  std::string_view words;
  const sim::scenario::StoryPlace* place;
  bool current;
  bool reached;
  bool last;
  bool bring_into_view;
};

void draw_row(App& app, const Row& row) {
  const std::string id = "story." + std::to_string(row.index);
  const ui::Region item(id + ".item", "", ui::Role::kItem);
  const bool possible = row.place != nullptr;
  ui::mirror().add({.id = id,
                    .role = ui::Role::kButton,
                    .label = std::string(row.words),
                    .disabled = !possible,
                    .on = row.current});
  bool go = ui::mirror().take_click(id) && possible;
  if (ui::visible()) {
    const ui::Palette& p = ui::palette();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const float wrap = std::max(width - kGutter - 8, 60.0F);
    const float height = ui::paragraph_height(wrap, row.words) + 14;
    go = (ImGui::InvisibleButton(id.c_str(), {std::max(width, 1.0F), height}) && possible) || go;
    const bool hovered = ImGui::IsItemHovered() && possible;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    if (row.current)
      list.AddRectFilled(at, {at.x + width, at.y + height}, ui::faded(p.accent, 0.11F), 6);
    if (hovered) {
      list.AddRectFilled(at, {at.x + width, at.y + height}, ui::faded(p.hover, 0.5F), 6);
      ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
    }
    constexpr float kDotDown = 17.0F;
    const ImVec2 dot(at.x + 14, at.y + kDotDown);
    const ImU32 ink = row.current || row.reached ? p.accent : p.faint;
    if (!row.last)
      list.AddLine({dot.x, dot.y + 9},
                   {dot.x, at.y + height + ImGui::GetStyle().ItemSpacing.y + kDotDown - 9}, p.line,
                   2);
    if (row.current) {
      list.AddCircleFilled(dot, 5.5F, ink);
    } else if (row.reached) {
      list.AddCircleFilled(dot, 4, ink);
    } else {
      list.AddCircle(dot, 4, ink, 0, 1.6F);
    }
    ui::draw_paragraph(list, {at.x + kGutter, at.y + 7}, wrap, row.words,
                       row.current ? p.text : p.muted);
    if (row.bring_into_view) ImGui::SetScrollHereY(0.5F);
    ui::focus_ring(id, {at, {at.x + width, at.y + height}}, 6);
    if (ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal)) {
      ui::tooltip(possible ? "Go to step " + grouped(row.place->position)
                           : "This does not happen with this seed, policy and settings");
    }
  }
  if (go) app.later([step = row.place->position](App& a) { a.seek(step); });
}

}  // namespace

void story(App& app) {
  const Session& session = app.session();
  const sim::scenario::Scenario& scenario = session.scenario();
  {
    ui::mirror().add({.id = "story.title", .role = ui::Role::kHeading, .label = scenario.title});
    const ui::Letters letters(ui::Face::kStrong, ui::kTitleSize, ui::palette().text);
    ui::paragraph(scenario.title);
  }
  ui::note("story.about", scenario.about);
  ImGui::Dummy({0, 4});
  static std::optional<size_t> seen;
  const auto present = session.story_step();
  const bool changed = seen != present;
  const ui::Region list("story.list", "Story", ui::Role::kList);
  for (size_t i = 0; i < scenario.story.size(); ++i) {
    const sim::scenario::StoryPlace* place = place_of(session, i);
    draw_row(app, {.index = i,
                   .words = sim::scenario::say_in(scenario.story[i], "en"),
                   .place = place,
                   .current = present == i,
                   .reached = place != nullptr && place->position <= session.position(),
                   .last = i + 1 == scenario.story.size(),
                   .bring_into_view = present == i && changed && i > 0});
  }
  if (ui::visible()) seen = present;
}

}  // namespace web::panels
