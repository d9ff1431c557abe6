// web/panels/transport.cpp: the bar below: where we are in history, and the buttons that move us.

#include <imgui_internal.h>

#include "web/app/commands.h"
#include "web/app/layout.h"
#include "web/panels/panels.h"
#include "web/panels/words.h"

namespace web::panels {
namespace {

constexpr ImGuiWindowFlags kBarFlags =
    ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoDocking |
    ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus |
    ImGuiWindowFlags_NoScrollWithMouse;
constexpr float kNarrow = 900.0F;
constexpr float kPlaySize = 40.0F;

struct Outcome {
  std::string words;
  ImU32 color;
};

/// How the run stands, in a few words.
Outcome outcome(const App& app) {
  const ui::Palette& p = ui::palette();
  const Session& session = app.session();
  if (app.running_to_end()) return {"Running to the end", p.accent};
  if (app.playing()) return {"Playing", p.accent};
  if (!session.at_end()) return {session.position() == 0 ? "At the start" : "Paused", p.muted};
  switch (session.verdict().kind) {
    case sim::scenario::VerdictKind::kHeld:
      return {"Finished", p.good};
    case sim::scenario::VerdictKind::kInvariantFailed:
      return {"Invariant failed", p.failed};
    case sim::scenario::VerdictKind::kProgramFailed:
      return {"Program failed", p.failed};
    case sim::scenario::VerdictKind::kLimit:
      return {"Stopped at a limit", p.waiting};
  }
  return {"Finished", p.good};
}

/// What the last step was, in words.
std::string last_event(const App& app) {
  const Session& session = app.session();
  if (session.position() == 0) return "before the first step";
  const engine::TraceLog& log = session.world().trace();
  const uint64_t first = log.first_event_of(session.position());
  if (first == UINT64_MAX) return {};
  const auto lines = engine::events_between(log, first, first + 1, 1, session.names());
  return lines.empty() ? std::string() : lines.front().text;
}

void place_text(App& app, float width) {
  const Session& session = app.session();
  const ui::Palette& p = ui::palette();
  const std::string step = "Step " + grouped(session.position());
  const bool ended = session.timeline().run_end() != engine::RunEnd::kNotYet;
  const std::string of = " of " + grouped(session.known_end()) + (ended ? "" : "+");
  const std::string at = clock_text(session.view().now);
  const std::string what = last_event(app);
  // Announcing each step while playing would drown everything else.
  static std::string announced;
  if (!app.playing() && !app.running_to_end()) announced = step + of + ", " + at + ": " + what;
  ui::mirror().add({.id = "position",
                    .role = ui::Role::kText,
                    .label = step + of,
                    .value = std::to_string(session.position())});
  ui::mirror().add({.id = "clock", .role = ui::Role::kText, .label = "Virtual time " + at});
  ui::mirror().add({.id = "announcement", .role = ui::Role::kStatus, .label = announced});

  const ImVec2 from = ImGui::GetCursorScreenPos();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ImGui::PushFont(ui::font(ui::Face::kStrong), 15);
  list.AddText({from.x, from.y + 2}, p.text, step.c_str());
  const float x = from.x + ImGui::CalcTextSize(step.c_str()).x;
  ImGui::PopFont();
  list.AddText({x, from.y + 3}, p.muted, of.c_str());
  const float after = x + ImGui::CalcTextSize(of.c_str()).x;
  ImGui::PushFont(ui::font(ui::Face::kMono), 13);
  list.AddText({after + 16, from.y + 4}, p.accent, at.c_str());
  const float time_end = after + 22 + ImGui::CalcTextSize(at.c_str()).x;
  ImGui::PopFont();
  ImGui::PushFont(nullptr, ui::kSmallSize);
  if (time_end + 70 < from.x + width) list.AddText({time_end, from.y + 4}, p.faint, "virtual time");
  list.AddText({from.x, from.y + 23}, p.muted, ui::fitted(what, width).c_str());
  ImGui::PopFont();
}

void move_buttons(App& app, ImVec2 at) {
  const auto place = [&at](float width, float gap, float down) {
    ImGui::SetCursorPos({at.x, at.y + down});
    at.x += width + gap;
  };
  constexpr float kSmall = 34.0F;
  place(kSmall, 4, 0);
  command_button(app, "to-start");
  place(kSmall, 8, 0);
  command_button(app, "step-back");
  const bool busy = app.playing() || app.running_to_end();
  place(kPlaySize, 8, (kSmall - kPlaySize) * 0.5F);
  if (ui::button("play", {.label = busy ? "Pause" : "Play",
                          .icon = busy ? ui::Icon::kPause : ui::Icon::kPlay,
                          .shortcut = "Space",
                          .icon_only = true,
                          .primary = true,
                          .width = kPlaySize,
                          .height = kPlaySize})) {
    app.later(command("play").run);
  }
  place(kSmall, 4, 0);
  command_button(app, "step");
  place(kSmall, 0, 0);
  command_button(app, "to-end");
}

void speed_slider(App& app, bool narrow) {
  const auto index = app.settings().speed;
  double value = static_cast<double>(index);
  if (!narrow) {
    const ui::Letters letters(ui::Face::kBody, ui::kSmallSize, ui::palette().muted);
    const float width = ImGui::CalcTextSize(kSpeeds[index].label).x;
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + 96 - width);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + 8);
    ImGui::TextUnformatted(kSpeeds[index].label);
    ImGui::SameLine(0, 8);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() - 7);
  }
  if (ui::slider("speed",
                 {.label = "Speed",
                  .value_text = kSpeeds[index].label,
                  .min = 0,
                  .max = static_cast<double>(kSpeeds.size() - 1),
                  .width = narrow ? 80.0F : 120.0F},
                 value)) {
    app.later([value](App& a) { a.set_speed(static_cast<size_t>(value)); });
  }
}

}  // namespace

void transport(App& app) {
  const ImVec2 screen = ImGui::GetMainViewport()->Size;
  const bool narrow = screen.x < kNarrow;
  ImGui::SetNextWindowPos({0, screen.y - kTransportHeight});
  ImGui::SetNextWindowSize({screen.x, kTransportHeight});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(20, 4));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0);
  ImGui::PushStyleColor(ImGuiCol_WindowBg, ui::palette().ground);
  ImGui::Begin("##transport", nullptr, kBarFlags);
  {
    const ui::Region region("transport", "Transport");
    scrubber(app);
    const float row = 52.0F;
    const float buttons = 4 * 34.0F + kPlaySize + 24;
    const float left = (screen.x - buttons) * 0.5F;
    ImGui::SetCursorPos({20, row});
    place_text(app, left - 40);
    move_buttons(app, {left, row});

    const Outcome now = outcome(app);
    ui::mirror().add({.id = "outcome", .role = ui::Role::kText, .label = now.words});
    ImGui::SetCursorPos({screen.x - 20 - (narrow ? 80.0F : 224.0F), row + 2});
    speed_slider(app, narrow);
    ImGui::PushFont(ui::font(ui::Face::kStrong), ui::kSmallSize);
    const float badge = ImGui::CalcTextSize(now.words.c_str()).x + 16;
    ImGui::PopFont();
    const float room_from = left + buttons + 16;
    const float room_to = screen.x - 20 - (narrow ? 92.0F : 236.0F);
    if (room_to - room_from >= badge) {
      ImGui::SetCursorPos({room_from + 4, row + 7});
      ui::badge(now.words, now.color);
    }
  }
  ImGui::End();
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(2);
}

}  // namespace web::panels
