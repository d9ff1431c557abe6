// web/panels/scrubber.cpp: the whole of known history as one line that can be dragged along.
//
// Above the line, ticks show the snapshots; below, the places of the story; on it, forks of
// branches.

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "web/panels/panels.h"
#include "web/panels/words.h"

namespace web::panels {
namespace {

constexpr float kHeight = 40.0F;
constexpr float kKnob = 7.5F;

struct Scale {
  float left;
  float length;
  uint64_t steps;

  [[nodiscard]] float x(uint64_t position) const {
    if (steps == 0) return left;
    return left +
           length * static_cast<float>(static_cast<double>(position) / static_cast<double>(steps));
  }
  [[nodiscard]] uint64_t position(float at) const {
    const double part = static_cast<double>(ImClamp((at - left) / ImMax(length, 1.0F), 0.0F, 1.0F));
    return static_cast<uint64_t>(std::lround(part * static_cast<double>(steps)));
  }
};

void draw_marks(const App& app, const Scale& scale, float y, ImDrawList& list) {
  const ui::Palette& p = ui::palette();
  const Session& session = app.session();
  float last = -10;
  for (const uint64_t snapshot : session.timeline().snapshot_positions()) {
    const float x = scale.x(snapshot);
    if (x - last < 3) continue;
    list.AddLine({x, y - 12}, {x, y - 7}, p.faint, 1.5F);
    last = x;
  }
  for (const sim::scenario::StoryPlace& place : session.story()) {
    if (place.position > scale.steps) continue;
    const float x = scale.x(place.position);
    list.AddTriangleFilled({x, y + 7}, {x + 4, y + 14}, {x - 4, y + 14}, p.muted);
  }
  for (const engine::Timeline::BranchInfo& branch : session.timeline().branches()) {
    if (branch.id != session.timeline().active_branch() || branch.parent == branch.id) continue;
    const float x = scale.x(branch.forked_at);
    list.AddCircleFilled({x, y}, 5, p.ground);
    list.AddCircle({x, y}, 5, p.sleeping, 0, 2);
  }
}

std::string hint_at(const App& app, uint64_t position) {
  const Session& session = app.session();
  std::string words = "Step " + grouped(position);
  for (const sim::scenario::StoryPlace& place : session.story()) {
    if (place.position == position) {
      words += "\n" +
               std::string(sim::scenario::say_in(session.scenario().story[place.story_step], "en"));
      return words;
    }
  }
  const uint64_t first =
      position == 0 ? UINT64_MAX : session.world().trace().first_event_of(position);
  if (first != UINT64_MAX) {
    const auto lines =
        engine::events_between(session.world().trace(), first, first + 1, 1, session.names());
    if (!lines.empty()) words += "\n" + lines.front().text;
  }
  return words;
}

}  // namespace

void scrubber(App& app) {
  const Session& session = app.session();
  const uint64_t end = session.known_end();
  const uint64_t at = session.position();
  ui::mirror().add({.id = "scrubber",
                    .role = ui::Role::kSlider,
                    .label = "Position in history",
                    .value = std::to_string(at) + "\tstep " + grouped(at) + " of " + grouped(end),
                    .min = 0,
                    .max = static_cast<double>(end)});
  const auto seek = [&app](uint64_t position) {
    app.later([position](App& a) { a.seek(position); });
  };
  if (const auto set = ui::mirror().take("scrubber", "set")) {
    if (const auto wanted = whole_number(*set)) seek(*wanted);
  }
  std::string marks;
  for (const uint64_t snapshot : session.timeline().snapshot_positions()) {
    if (marks.size() > 200) break;
    marks += (marks.empty() ? "" : ", ") + std::to_string(snapshot);
  }
  ui::mirror().add({.id = "snapshots", .role = ui::Role::kText, .label = "Snapshots at " + marks});

  const float width = ImGui::GetContentRegionAvail().x;
  ImGui::InvisibleButton("scrubber", {width, kHeight});
  const ImVec2 min = ImGui::GetItemRectMin();
  const Scale scale{min.x + kKnob, width - 2 * kKnob, end};
  const float y = min.y + 21;
  const ui::Palette& p = ui::palette();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const bool active = ImGui::IsItemActive();
  const bool hovered = ImGui::IsItemHovered();
  const float thick = active || hovered ? 3.0F : 2.5F;
  list.AddRectFilled({scale.left, y - thick}, {scale.left + scale.length, y + thick}, p.pressed, 3);
  list.AddRectFilled({scale.left, y - thick}, {scale.x(at), y + thick}, p.accent, 3);
  draw_marks(app, scale, y, list);
  list.AddCircleFilled({scale.x(at), y}, kKnob + 2, p.ground);
  list.AddCircleFilled({scale.x(at), y}, active ? kKnob + 0.5F : kKnob, p.accent);
  ui::focus_ring("scrubber", {min, ImGui::GetItemRectMax()}, 6);

  const uint64_t under = scale.position(ImGui::GetIO().MousePos.x);
  if (active && under != at) seek(under);
  if (hovered || active) {
    ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
    if (end > 0) {
      list.AddLine({scale.x(under), y - 12}, {scale.x(under), y + 12}, ui::faded(p.text, 0.4F));
      ui::tooltip(hint_at(app, under));
    }
  }
}

}  // namespace web::panels
