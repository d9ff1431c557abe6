// web/panels/goroutines.cpp: every goroutine with its state and what it waits for, and two ways to
// intervene: choose who runs next, and kill a process.

#include <cmath>

#include "web/panels/panels.h"
#include "web/panels/words.h"
#include "web/ui/table.h"

namespace web::panels {
namespace {

constexpr ui::Column kColumns[] = {
    {"Goroutine", 0, 0.9F}, {"State", 0, 1.35F}, {"At", 0, 0.9F}, {"", 92, 0}};

/// Beyond this many, rows cost more than they tell; the lanes still show all.
constexpr size_t kRowsMax = 400;

void name_cell(App& app, ui::Table& table, const engine::GoroutineView& goroutine) {
  table.cell(goroutine.name);
  if (!table.shown()) return;
  const ui::Palette& p = ui::palette();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float room = ImGui::GetContentRegionAvail().x;
  const float middle = at.y + table.row_height() * 0.5F;
  const std::string id = "pick." + std::to_string(goroutine.id);
  if (ImGui::InvisibleButton(id.c_str(), {std::max(room, 1.0F), table.row_height()})) {
    app.later([task = goroutine.id](App& a) { a.select_task(task); });
  }
  if (ImGui::IsItemHovered()) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  if (ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal)) {
    ui::tooltip("goroutine " + std::to_string(goroutine.id) + ", started at " + goroutine.created +
                "\nClick to point it out in the timeline");
  }
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ui::draw_state(list, ui::look_of(goroutine), {at.x + 7, middle}, 12);
  const float line = ImGui::GetTextLineHeight();
  ImGui::PushFont(ui::font(ui::Face::kStrong), ui::kTextSize);
  list.AddText({at.x + 22, std::floor(middle - line * 0.5F)},
               goroutine.id == app.selected_task() ? p.accent : p.text,
               ui::fitted(goroutine.name, room - 24).c_str());
  ImGui::PopFont();
}

void action_cell(App& app, ui::Table& table, const engine::GoroutineView& goroutine) {
  table.cell("");
  const bool in_order = app.session().spec().policy == engine::Policy::kFifo;
  if (goroutine.queue_place == 0 || (in_order && goroutine.queue_place == 1)) return;
  const std::string id = std::to_string(goroutine.id);
  if (table.shown()) ImGui::SetCursorPosY(ImGui::GetCursorPosY() + 2);
  if (ui::button("run-next." + id,
                 {.label = "Run next",
                  .tooltip = "Move " + goroutine.name + " to the front of the run queue",
                  .width = 84,
                  .height = 26})) {
    app.later([id](App& a) { a.intervene("run-next " + id); });
  }
}

void process_line(App& app, const engine::ProcessView& process) {
  const std::string id = std::to_string(process.id);
  const ui::Palette& p = ui::palette();
  const bool running = process.status == "running";
  const std::string exit = running ? "" : ", exit code " + std::to_string(process.exit_code);
  const ui::Region region("process." + id, "Process " + process.name);
  ui::mirror().add({.id = "process." + id + ".status",
                    .role = ui::Role::kText,
                    .label = "Process " + process.name + ": " + process.status + exit});
  if (ui::visible()) {
    ImGui::AlignTextToFramePadding();
    {
      const ui::Letters letters(ui::Face::kStrong, ui::kTextSize, p.text);
      ImGui::TextUnformatted(process.name.c_str());
    }
    ImGui::SameLine(0, 10);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + 5);
    const ImU32 color = running ? p.running : process.exit_code == 0 ? p.muted : p.failed;
    ui::badge(process.status + exit, color);
  }
  if (!running) return;
  if (ui::visible()) {
    ImGui::SameLine(ImGui::GetContentRegionMax().x - 66);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() - 3);
  }
  if (ui::button("kill." + id, {.label = "Kill",
                                .icon = ui::Icon::kKill,
                                .tooltip = "Kill process " + process.name + " here and now",
                                .quiet = true,
                                .width = 66,
                                .height = 28})) {
    app.later([id](App& a) { a.intervene("kill " + id); });
  }
}

}  // namespace

void goroutines(App& app) {
  const Session& session = app.session();
  const engine::WorldView& view = session.view();
  for (const engine::ProcessView& process : view.processes) process_line(app, process);
  if (view.goroutines.empty()) {
    ui::empty_panel("goroutines.none",
                    "Every goroutine has ended. Step back (,) to see them as they were.");
    return;
  }
  const uint32_t ran = session.history().ran_in(session.position());
  ui::Table table("goroutines.table", "Goroutines", kColumns);
  size_t rows = 0;
  for (const engine::GoroutineView& goroutine : view.goroutines) {
    if (++rows > kRowsMax) {
      table.row("goroutines.more");
      table.text_cell(grouped(view.goroutines.size() - kRowsMax) + " more", ui::palette().muted);
      break;
    }
    const bool shown = session.looks_at<sim::scenario::LookAtGoroutine>(goroutine.name);
    table.row("goroutine." + std::to_string(goroutine.id), shown ? ui::Emphasis::kLook
                                                           : goroutine.id == ran
                                                               ? ui::Emphasis::kRan
                                                               : ui::Emphasis::kNone);
    name_cell(app, table, goroutine);
    table.text_cell(state_text(goroutine, session.spec().policy),
                    ui::look_color(ui::look_of(goroutine)));
    table.text_cell(short_place(goroutine.where.empty() ? goroutine.created : goroutine.where),
                    ui::palette().muted, ui::Face::kMono, true);
    action_cell(app, table, goroutine);
  }
}

}  // namespace web::panels
