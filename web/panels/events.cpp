// web/panels/events.cpp: what happened, one line an event, the newest at the bottom.
//
// The events of the present step are marked, those after it (known from an earlier visit) pale. A
// click goes to the event's step. Hovering shows what caused it. Only rows in sight are put into
// words.

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "web/panels/panels.h"
#include "web/panels/words.h"

namespace web::panels {
namespace {

constexpr float kRow = 25.0F;
/// Rows around the present that can be scrolled to; beyond, seek first.
constexpr uint64_t kRowsMax = 20'000;
constexpr uint64_t kMirrored = 40;

ImU32 dot_color(engine::EventKind kind) {
  using engine::EventKind;
  const ui::Palette& p = ui::palette();
  switch (kind) {
    case EventKind::kDispatch:
      return p.running;
    case EventKind::kSpawn:
    case EventKind::kWake:
    case EventKind::kHandOver:
    case EventKind::kTakeOver:
    case EventKind::kYield:
      return p.ready;
    case EventKind::kPark:
      return p.waiting;
    case EventKind::kSleep:
    case EventKind::kTimerFired:
      return p.sleeping;
    case EventKind::kPanic:
    case EventKind::kQuiescence:
      return p.failed;
    case EventKind::kOutput:
    case EventKind::kInput:
      return p.accent;
    default:
      return p.done;
  }
}

/// Number of the first event after the present step.
uint64_t present_end(const Session& session) {
  return session.view().events;
}

void mirror_rows(App& app, uint64_t last) {
  const Session& session = app.session();
  const ui::Region list("events.list", "Events, newest last", ui::Role::kList);
  const uint64_t first = last > kMirrored ? last - kMirrored : 0;
  for (const engine::EventLine& line :
       engine::events_between(session.world().trace(), first, last, kMirrored, session.names())) {
    const std::string id = "event." + std::to_string(line.number);
    const bool current = line.step == session.position();
    const ui::Region item(id + ".item", "", ui::Role::kItem);
    ui::mirror().add({.id = id,
                      .role = ui::Role::kButton,
                      .label = "step " + std::to_string(line.step) + ": " + line.text,
                      .on = current});
    if (ui::mirror().take_click(id)) app.later([step = line.step](App& a) { a.seek(step); });
  }
}

void draw_row(App& app, const engine::EventLine& line, ImVec2 at, float width, bool first_of_step) {
  const ui::Palette& p = ui::palette();
  const uint64_t now = app.session().position();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const bool future = line.step > now;
  const bool current = line.step == now;
  const float pale = future ? 0.5F : 1.0F;
  ImGui::PushID(static_cast<int>(line.number));
  ImGui::SetCursorScreenPos(at);
  const bool clicked = ImGui::InvisibleButton("event", {width, kRow});
  const bool hovered = ImGui::IsItemHovered();
  if (current) list.AddRectFilled(at, {at.x + width, at.y + kRow}, ui::faded(p.accent, 0.12F));
  if (current) list.AddRectFilled(at, {at.x + 2.5F, at.y + kRow}, p.accent);
  if (hovered) list.AddRectFilled(at, {at.x + width, at.y + kRow}, ui::faded(p.hover, 0.6F), 4);
  const float middle = at.y + kRow * 0.5F;
  if (first_of_step) {
    ImGui::PushFont(ui::font(ui::Face::kMono), 11.5F);
    const std::string step = grouped(line.step);
    const ImVec2 size = ImGui::CalcTextSize(step.c_str());
    list.AddText({at.x + 42 - size.x, std::floor(middle - size.y * 0.5F)},
                 current ? p.accent : ui::faded(p.muted, pale), step.c_str());
    ImGui::PopFont();
  }
  list.AddCircleFilled({at.x + 56, middle}, 3.2F, ui::faded(dot_color(line.kind), pale));
  ImGui::PushFont(nullptr, 13);
  const ImVec2 size = ImGui::CalcTextSize("x");
  list.AddText({at.x + 68, std::floor(middle - size.y * 0.5F)},
               ui::faded(engine::begins_step(line.kind) ? p.text : p.muted, future ? 0.6F : 1.0F),
               ui::fitted(line.text, width - 74).c_str());
  ImGui::PopFont();
  if (hovered) {
    ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
    std::string hint = line.text + "\nStep " + grouped(line.step) + " at " + clock_text(line.at);
    if (line.cause != 0) {
      const auto causes = engine::events_between(app.session().world().trace(), line.cause - 1,
                                                 line.cause, 1, app.session().names());
      if (!causes.empty()) {
        hint +=
            "\nBecause: " + causes.front().text + " (step " + grouped(causes.front().step) + ")";
      }
    }
    if (ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal)) ui::tooltip(hint);
  }
  if (clicked) app.later([step = line.step](App& a) { a.seek(step); });
  ImGui::PopID();
}

}  // namespace

void events(App& app) {
  const Session& session = app.session();
  const uint64_t known = session.history().events();
  const uint64_t present = present_end(session);
  mirror_rows(app, present);
  if (!ui::visible()) return;
  const uint64_t first = present > kRowsMax / 2 ? present - kRowsMax / 2 : 0;
  const uint64_t last = std::min(known, first + kRowsMax);
  const ImVec2 top = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const float height = ImGui::GetWindowHeight();
  const float scroll = ImGui::GetScrollY();
  const auto row_from = static_cast<uint64_t>(std::max(0.0F, scroll / kRow - 1));
  const auto rows = static_cast<uint64_t>(height / kRow) + 3;
  const uint64_t from = std::min(first + row_from, last);
  const uint64_t to = std::min(from + rows, last);
  uint64_t step_before = UINT64_MAX;
  for (const engine::EventLine& line : engine::events_between(
           session.world().trace(), from, to, static_cast<size_t>(to - from), session.names())) {
    const float y = top.y + static_cast<float>(line.number - first) * kRow;
    draw_row(app, line, {top.x, y}, width, line.step != step_before);
    step_before = line.step;
  }
  ImGui::SetCursorScreenPos({top.x, top.y + static_cast<float>(last - first) * kRow});
  ImGui::Dummy({1, 4});

  // After a move the present step's last event is brought to the lower part of the panel.
  static uint64_t seen = 0;
  if (seen != session.moves()) {
    const float bottom = static_cast<float>(present - first) * kRow;
    const float wanted = bottom - (height - 80);
    const bool in_sight = bottom > scroll + kRow * 2 && bottom < scroll + height - 40;
    if (!in_sight) ImGui::SetScrollY(std::max(0.0F, wanted));
    seen = session.moves();
  }
}

}  // namespace web::panels
