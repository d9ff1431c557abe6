// web/panels/channels.cpp: each channel with what is in its buffer and who waits at either end.

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "web/panels/panels.h"
#include "web/panels/words.h"

namespace web::panels {
namespace {

constexpr float kSlotHeight = 24.0F;
constexpr float kSlotMin = 30.0F;
constexpr size_t kSlotsShown = 16;

void waiters_line(const char* label, const std::vector<uint32_t>& tasks,
                  const engine::EventNames& names, ImU32 color) {
  if (tasks.empty() || !ui::visible()) return;
  constexpr size_t kShown = 8;
  {
    const ui::Letters letters(ui::Face::kBody, ui::kSmallSize, ui::palette().muted);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + 3);
    ImGui::TextUnformatted(label);
  }
  bool beside_label = true;
  for (size_t i = 0; i < std::min(tasks.size(), kShown); ++i) {
    ImGui::SameLine(0, 6);
    const std::string name = names.task(tasks[i]);
    if (ImGui::CalcTextSize(name.c_str()).x + 20 > ImGui::GetContentRegionAvail().x) {
      ImGui::NewLine();
      beside_label = false;
    }
    if (beside_label) ImGui::SetCursorPosY(ImGui::GetCursorPosY() - 3);
    ui::badge(name, color);
  }
  if (tasks.size() > kShown) {
    ImGui::SameLine(0, 6);
    if (beside_label) ImGui::SetCursorPosY(ImGui::GetCursorPosY() - 3);
    ui::badge("+" + grouped(tasks.size() - kShown), color);
  }
}

/// The buffer as a row of slots, the oldest value at the right, where it leaves.
void buffer(const engine::ChanView& chan) {
  if (!ui::visible()) return;
  const ui::Palette& p = ui::palette();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const size_t slots =
      std::min<size_t>(std::max<size_t>(chan.capacity, chan.items.size()), kSlotsShown);
  const float room = ImGui::GetContentRegionAvail().x;
  const float width =
      ImClamp((room - 8) / static_cast<float>(std::max<size_t>(slots, 1)), kSlotMin, 64.0F);
  ImGui::PushFont(ui::font(ui::Face::kMono), 12);
  for (size_t i = 0; i < slots; ++i) {
    const float x = at.x + static_cast<float>(slots - 1 - i) * width;
    const bool filled = i < chan.items.size();
    const ImVec2 from(x + 1, at.y);
    const ImVec2 to(x + width - 2, at.y + kSlotHeight);
    if (filled) {
      list.AddRectFilled(from, to, ui::faded(p.ready, 0.2F), 5);
      const std::string words = ui::fitted(chan.items[i], width - 8);
      const ImVec2 size = ImGui::CalcTextSize(words.c_str());
      list.AddText({(from.x + to.x - size.x) * 0.5F, from.y + (kSlotHeight - size.y) * 0.5F},
                   p.text, words.c_str());
    } else {
      list.AddRect(from, to, p.line, 5, 1.2F);
    }
  }
  ImGui::PopFont();
  ImGui::Dummy({static_cast<float>(slots) * width, kSlotHeight});
}

void channel(const Session& session, const engine::ChanView& chan) {
  const ui::Palette& p = ui::palette();
  const std::string id = "chan." + std::to_string(chan.id);
  const std::string fill = chan.capacity == 0 ? std::string("unbuffered")
                                              : std::to_string(chan.items.size()) + " of " +
                                                    std::to_string(chan.capacity);
  std::string items;
  for (const std::string& item : chan.items) items += (items.empty() ? "" : ", ") + item;
  ui::mirror().add(
      {.id = id,
       .role = ui::Role::kItem,
       .label = chan.name + ": " + (chan.closed ? "closed, " : "") + fill +
                (items.empty() ? "" : ", holds " + items) +
                "; waiting to send: " + names_of(chan.senders, session.names(), "nobody") +
                "; waiting to receive: " + names_of(chan.receivers, session.names(), "nobody")});
  if (!ui::visible()) return;
  ImGui::PushID(id.c_str());
  {
    const bool looked_at = session.looks_at<sim::scenario::LookAtChannel>(chan.name);
    const ui::Letters letters(ui::Face::kStrong, ui::kTextSize, looked_at ? p.accent : p.text);
    ImGui::TextUnformatted(chan.name.c_str());
  }
  ImGui::SameLine(0, 8);
  {
    const ui::Letters letters(ui::Face::kBody, ui::kSmallSize, p.muted);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + 2);
    ImGui::TextUnformatted(fill.c_str());
  }
  if (chan.closed) {
    ImGui::SameLine(0, 8);
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() - 2);
    ui::badge("closed", p.muted);
  }
  if (chan.capacity > 0) buffer(chan);
  waiters_line("send", chan.senders, session.names(), p.waiting);
  waiters_line("receive", chan.receivers, session.names(), p.waiting);
  ImGui::Dummy({0, 4});
  ImGui::PopID();
}

}  // namespace

void channels(App& app) {
  const Session& session = app.session();
  if (session.view().chans.empty()) {
    ui::empty_panel("channels.none", "No channel exists at this step.");
    return;
  }
  const ui::Region list("channels.list", "Channels", ui::Role::kList);
  for (const engine::ChanView& chan : session.view().chans) channel(session, chan);
}

}  // namespace web::panels
