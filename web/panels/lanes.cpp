// web/panels/lanes.cpp: one lane for each goroutine over the steps, as Go's execution tracer draws
// it.
//
// A filled block: it ran in that step. A low bar: it was ready and waited for its turn. A thin
// line: it waited for something. Arrows show who woke or started whom. What lies after the cursor
// is known from an earlier visit and drawn pale. Click to go there; the wheel zooms, dragging
// moves.

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "web/panels/lane_drawing.h"
#include "web/panels/panels.h"
#include "web/panels/words.h"

namespace web::panels {
namespace {

constexpr float kRowMax = 24.0F;
constexpr float kRowMin = 17.0F;
constexpr float kAxis = 22.0F;
constexpr float kZoomMax = 64.0F;
constexpr float kFitMax = 110.0F;
constexpr float kFitMin = 5.0F;
constexpr size_t kMirroredLanes = 60;

float fitting_zoom(const Session& session, float width) {
  const auto steps = static_cast<float>(std::max<uint64_t>(session.known_end() + 1, 6));
  return ImClamp(width / steps, kFitMin, kFitMax);
}

/// Keeps the cursor in sight, and history from sliding out of the panel.
void settle(LanesView& lanes, LaneFrame& frame, const Session& session) {
  const double width = static_cast<double>(frame.width() / frame.zoom);
  const auto cursor = static_cast<double>(session.position());
  if (lanes.follow) {
    const double margin = std::min(width * 0.2, 12.0);
    if (cursor < lanes.first_step + margin) lanes.first_step = cursor - margin;
    if (cursor > lanes.first_step + width - margin) lanes.first_step = cursor - width + margin;
  }
  const double last = static_cast<double>(session.known_end()) + 1 - width * 0.5;
  lanes.first_step = ImClamp(lanes.first_step, 0.0, std::max(0.0, last));
  if (static_cast<double>(session.known_end()) + 1 <= width) lanes.first_step = 0;
  frame.first = lanes.first_step;
}

std::string lane_state(const Lane& lane, uint64_t step, const Session& session) {
  const auto at = std::lower_bound(lane.spans.begin(), lane.spans.end(), step,
                                   [](const Span& span, uint64_t s) { return span.to < s; });
  const bool in_open = at == lane.spans.end();
  if (step <= lane.born) return "not started";
  if (in_open && lane.ended < step) return "ended";
  const Span& span = in_open ? lane.open : *at;
  switch (span.look) {
    case ui::Look::kRunning:
      return "runs";
    case ui::Look::kReady:
      return "ready, waits for its turn";
    case ui::Look::kSleeping:
      return "sleeps";
    case ui::Look::kFailed:
      return "panicked";
    default:
      return span_words(span, session.names());
  }
}

void legend() {
  struct Entry {
    ui::Look look;
    const char* words;
  };
  constexpr Entry kEntries[] = {{ui::Look::kRunning, "runs"},
                                {ui::Look::kReady, "ready"},
                                {ui::Look::kWaiting, "waits"},
                                {ui::Look::kSleeping, "sleeps"}};
  const ui::Letters letters(ui::Face::kBody, ui::kSmallSize, ui::palette().muted);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  for (const Entry& entry : kEntries) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ui::draw_state(list, entry.look, {at.x + 6, at.y + 8}, 10);
    ImGui::Dummy({14, 16});
    ImGui::SameLine(0, 3);
    ImGui::TextUnformatted(entry.words);
    ImGui::SameLine(0, 14);
  }
}

void handle_mouse(App& app, const LaneFrame& frame, bool hovered) {
  LanesView& lanes = app.lanes();
  const ImGuiIO& io = ImGui::GetIO();
  const Session& session = app.session();
  if (hovered && io.MouseWheel != 0 && !io.KeyShift) {
    const double under = frame.position(io.MousePos.x);
    const float zoom = ImClamp(frame.zoom * std::exp2(io.MouseWheel * 0.35F), 0.002F, kZoomMax);
    lanes.pixels_per_step = zoom;
    lanes.first_step = under - static_cast<double>((io.MousePos.x - frame.area.min.x) / zoom);
    lanes.follow = false;
  }
  if (ImGui::IsItemActive() && ImGui::IsMouseDragging(ImGuiMouseButton_Left, 4)) {
    lanes.first_step -= static_cast<double>(io.MouseDelta.x / frame.zoom);
    if (lanes.pixels_per_step == 0) lanes.pixels_per_step = frame.zoom;
    lanes.follow = false;
  }
  if (ImGui::IsItemDeactivated() && !ImGui::IsMouseDragPastThreshold(ImGuiMouseButton_Left, 4) &&
      hovered) {
    const double at = std::max(0.0, frame.position(io.MousePos.x));
    lanes.follow = true;
    app.later([step = static_cast<uint64_t>(std::lround(at))](App& a) { a.seek(step); });
  }
  if (!hovered || ImGui::IsMouseDragging(ImGuiMouseButton_Left, 4)) return;
  const auto row =
      static_cast<int>((io.MousePos.y - frame.area.min.y + frame.scroll) / frame.row_height);
  const auto& all = session.history().lanes();
  if (row < 0 || static_cast<size_t>(row) >= all.size()) return;
  const Lane& lane = all[static_cast<size_t>(row)];
  const auto step = static_cast<uint64_t>(std::max(0.0, std::ceil(frame.position(io.MousePos.x))));
  if (step > session.known_end()) return;
  ui::tooltip(session.names().task(lane.task) + ", step " + grouped(step) + "\n" +
              lane_state(lane, std::max<uint64_t>(step, 1), session));
}

void mirror_lanes(const Session& session) {
  const ui::Region list("lanes.list", "State of each goroutine after this step", ui::Role::kList);
  const auto& all = session.history().lanes();
  for (size_t i = 0; i < std::min(all.size(), kMirroredLanes); ++i) {
    ui::mirror().add(
        {.id = "lanes." + std::to_string(all[i].task),
         .role = ui::Role::kItem,
         .label = session.names().task(all[i].task) + ": " +
                  lane_state(all[i], std::max<uint64_t>(session.position(), 1), session)});
  }
}

/// After a move, scrolls to the lane of the goroutine that ran.
void keep_running_lane_in_sight(const Session& session, const LaneFrame& frame, float height) {
  static uint64_t seen = 0;
  const uint32_t ran = session.history().ran_in(session.position());
  if (seen == session.moves() || ran == 0) return;
  seen = session.moves();
  const float top = static_cast<float>(row_of(session.history().lanes(), ran)) * frame.row_height;
  const float scroll = ImGui::GetScrollY();
  if (top < scroll) ImGui::SetScrollY(std::max(0.0F, top - frame.row_height));
  if (top + frame.row_height > scroll + height)
    ImGui::SetScrollY(top + 2 * frame.row_height - height);
}

void draw_names(App& app, ImDrawList& list, const LaneFrame& frame, float left, float width) {
  const Session& session = app.session();
  const auto& all = session.history().lanes();
  const ui::Palette& p = ui::palette();
  const uint32_t ran = session.history().ran_in(session.position());
  for (size_t i = 0; i < all.size(); ++i) {
    const float y = frame.row(i);
    if (y < frame.area.min.y - frame.row_height || y > frame.area.max.y) continue;
    const bool there = all[i].born <= session.position() && all[i].ended > session.position();
    const ImU32 color = all[i].task == ran ? p.running : there ? p.text : p.faint;
    const std::string words = ui::fitted(session.names().task(all[i].task), width - 12);
    list.AddText({left, frame.middle(y) - 8}, color, words.c_str());
    if (all[i].task == app.selected_task()) {
      list.AddRectFilled({left - 8, y + 1}, {frame.area.max.x, y + frame.row_height - 1},
                         ui::faded(p.accent, 0.08F), 4);
    }
  }
}

}  // namespace

void lanes(App& app) {
  const Session& session = app.session();
  mirror_lanes(session);
  if (!ui::visible()) return;
  LanesView& lanes = app.lanes();
  legend();
  const bool fitted = lanes.pixels_per_step == 0 && lanes.follow;
  const float right = ImGui::GetContentRegionMax().x - 64;
  ImGui::SetCursorPosX(std::max(right, ImGui::GetCursorPosX()));
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() - 6);
  if (ui::button("lanes.fit", {.label = "Fit",
                               .icon = ui::Icon::kFit,
                               .tooltip = "Follow the cursor at a fitting zoom",
                               .enabled = !fitted,
                               .quiet = true,
                               .width = 64,
                               .height = 26})) {
    app.later([](App& a) { a.lanes() = {}; });
  }

  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  if (room.x < 120 || room.y < 50) return;
  const float names = ImClamp(room.x * 0.18F, 74.0F, 150.0F);
  LaneFrame frame;
  frame.area = {{at.x + names, at.y + kAxis}, {at.x + room.x, at.y + room.y}};
  frame.cursor = session.position();
  frame.zoom =
      lanes.pixels_per_step > 0 ? lanes.pixels_per_step : fitting_zoom(session, frame.width() - 12);
  settle(lanes, frame, session);
  const auto rows = static_cast<float>(std::max<size_t>(session.history().lanes().size(), 1));
  frame.row_height = ImClamp(std::floor((room.y - kAxis - 4) / rows), kRowMin, kRowMax);

  ImGui::BeginChild("lanes.rows", {0, 0}, ImGuiChildFlags_None, ImGuiWindowFlags_NoScrollWithMouse);
  const auto& all = session.history().lanes();
  const float content = kAxis + static_cast<float>(all.size()) * frame.row_height;
  const ImGuiIO& io = ImGui::GetIO();
  if (ImGui::IsWindowHovered() && io.KeyShift)
    ImGui::SetScrollY(ImGui::GetScrollY() - io.MouseWheel * frame.row_height * 2);
  if (lanes.follow) keep_running_lane_in_sight(session, frame, room.y - kAxis);
  frame.scroll = ImGui::GetScrollY();
  const ImVec2 content_at = ImGui::GetCursorScreenPos();
  ImGui::SetCursorScreenPos({frame.area.min.x, content_at.y});
  ImGui::InvisibleButton("lanes.area", {frame.width(), std::max(content, room.y)});
  const bool hovered = ImGui::IsItemHovered() && io.MousePos.y > at.y;
  ImDrawList& list = *ImGui::GetWindowDrawList();

  draw_axis(list, frame, session.known_end());
  list.PushClipRect({at.x - 10, frame.area.min.y}, frame.area.max, true);
  draw_names(app, list, frame, at.x, names);
  list.PopClipRect();
  list.PushClipRect(frame.area.min, frame.area.max, true);
  for (size_t i = 0; i < all.size(); ++i) {
    const float y = frame.row(i);
    if (y < frame.area.min.y - frame.row_height || y > frame.area.max.y) continue;
    draw_lane(list, frame, all[i], session, y);
  }
  draw_arrows(list, frame, session.history(), app.selected_task());
  list.PopClipRect();
  draw_cursor(list, frame);
  handle_mouse(app, frame, hovered);
  ImGui::EndChild();
}

}  // namespace web::panels
