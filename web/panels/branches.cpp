// web/panels/branches.cpp: the futures that interventions made, and the way from one to another.

#include <imgui_internal.h>

#include <cmath>

#include "web/panels/panels.h"
#include "web/panels/words.h"

namespace web::panels {
namespace {

constexpr float kRow = 46.0F;

std::string title_of(const Session& session, const engine::Timeline::BranchInfo& branch) {
  if (branch.parent == branch.id) return "The run as it began";
  std::string cause = branch.cause;
  for (const std::string_view verb : {std::string_view("run-next "), std::string_view("kill ")}) {
    if (!cause.starts_with(verb)) continue;
    if (const auto id = whole_number(std::string_view(cause).substr(verb.size()))) {
      const auto number = static_cast<uint32_t>(*id);
      return verb == "kill " ? "Killed " + session.names().process(number)
                             : "Ran " + session.names().task(number) + " next";
    }
  }
  return cause;
}

void branch_row(App& app, const engine::Timeline::BranchInfo& branch) {
  const Session& session = app.session();
  const ui::Palette& p = ui::palette();
  const bool active = branch.id == session.timeline().active_branch();
  const std::string id = "branch." + std::to_string(branch.id);
  const std::string title = title_of(session, branch);
  const std::string where = branch.parent == branch.id
                                ? "known to step " + grouped(branch.known_end)
                                : "forked at step " + grouped(branch.forked_at) + ", known to " +
                                      grouped(branch.known_end);
  ui::mirror().add(
      {.id = id, .role = ui::Role::kButton, .label = title + ", " + where, .on = active});
  bool clicked = ui::mirror().take_click(id);
  if (ui::visible()) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = std::max(ImGui::GetContentRegionAvail().x, 1.0F);
    clicked = ImGui::InvisibleButton(id.c_str(), {width, kRow}) || clicked;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const bool hovered = ImGui::IsItemHovered();
    if (active) list.AddRectFilled(at, {at.x + width, at.y + kRow}, ui::faded(p.accent, 0.11F), 6);
    if (hovered) list.AddRectFilled(at, {at.x + width, at.y + kRow}, ui::faded(p.hover, 0.5F), 6);
    if (hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
    ui::draw_icon(list, ui::Icon::kBranch, {at.x + 16, at.y + kRow * 0.5F}, 14,
                  active ? p.accent : p.muted);
    list.AddText({at.x + 34, at.y + 6}, p.text, ui::fitted(title, width - 40).c_str());
    ImGui::PushFont(nullptr, ui::kSmallSize);
    list.AddText({at.x + 34, at.y + 25}, p.muted, ui::fitted(where, width - 40).c_str());
    ImGui::PopFont();
    ui::focus_ring(id, {at, {at.x + width, at.y + kRow}}, 6);
  }
  if (clicked && !active) app.later([to = branch.id](App& a) { a.switch_branch(to); });
}

}  // namespace

void branches(App& app) {
  const auto all = app.session().timeline().branches();
  if (all.size() < 2) {
    ui::empty_panel("branches.none",
                    "One history so far. Choose who runs next, or kill a process, and a new branch "
                    "begins; the old future is kept here.");
    return;
  }
  for (const engine::Timeline::BranchInfo& branch : all) branch_row(app, branch);
}

}  // namespace web::panels
