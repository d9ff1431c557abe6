#include "web/ui/ui.h"

#include <imgui_internal.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace web::ui {
namespace {

Mirror* g_mirror = nullptr;

const char* begin_of(std::string_view text) {
  return text.data();
}
const char* end_of(std::string_view text) {
  return text.data() + text.size();
}

ImVec2 size_of(std::string_view text) {
  return ImGui::CalcTextSize(begin_of(text), end_of(text));
}

}  // namespace

void begin_controls(const TextHost& host);

void begin_frame(Mirror& mirror_of_frame, const TextHost& host) {
  g_mirror = &mirror_of_frame;
  g_mirror->begin_frame();
  begin_controls(host);
}

void end_frame() {
  g_mirror = nullptr;
}

Mirror& mirror() {
  assert(g_mirror != nullptr);
  return *g_mirror;
}

bool visible() {
  const ImGuiWindow* window = ImGui::GetCurrentWindowRead();
  return !window->SkipItems;
}

Region::Region(std::string_view id, std::string_view label, Role role) {
  Node node;
  node.id = id;
  node.role = role;
  node.label = label;
  mirror().open(std::move(node));
}

Letters::Letters(Face face, float size, ImU32 color) {
  ImGui::PushFont(font(face), size);
  ImGui::PushStyleColor(ImGuiCol_Text, color);
}

Letters::~Letters() {
  ImGui::PopStyleColor();
  ImGui::PopFont();
}

void heading(std::string_view id, std::string_view words) {
  mirror().add({.id = std::string(id), .role = Role::kHeading, .label = std::string(words)});
  const Letters letters(Face::kStrong, kSmallSize, palette().muted);
  ImGui::TextUnformatted(begin_of(words), end_of(words));
}

void text(std::string_view id, std::string_view words) {
  mirror().add({.id = std::string(id), .role = Role::kText, .label = std::string(words)});
  ImGui::TextUnformatted(begin_of(words), end_of(words));
}

void note(std::string_view id, std::string_view words) {
  mirror().add({.id = std::string(id), .role = Role::kText, .label = std::string(words)});
  const Letters letters(Face::kBody, kTextSize, palette().muted);
  paragraph(words);
}

namespace {

/// Calls `line(words, y)` for each line that `words` takes at `width`. Returns the height of all.
template <class Line>
float each_line(float width, std::string_view words, Line line) {
  constexpr float kLeading = 1.34F;
  ImFont* const face = ImGui::GetFont();
  const float size = ImGui::GetFontSize();
  const float advance = std::round(size * kLeading);
  const char* at = begin_of(words);
  const char* const end = end_of(words);
  float y = 0;
  while (at < end) {
    const char* const newline = std::find(at, end, '\n');
    const char* rest = face->CalcWordWrapPosition(size, at, newline, std::max(width, 20.0F));
    if (rest == at && rest < newline) ++rest;
    line(std::string_view(at, static_cast<size_t>(rest - at)), y);
    y += advance;
    at = rest;
    while (at < newline && *at == ' ') ++at;
    if (at == newline && at < end) ++at;
  }
  return y;
}

}  // namespace

float draw_paragraph(ImDrawList& list, ImVec2 at, float width, std::string_view words,
                     ImU32 color) {
  const float gap = std::round(ImGui::GetFontSize() * 0.17F);
  return each_line(width, words, [&](std::string_view line, float y) {
    list.AddText({at.x, at.y + y + gap}, color, begin_of(line), end_of(line));
  });
}

float paragraph_height(float width, std::string_view words) {
  return each_line(width, words, [](std::string_view, float) {});
}

void paragraph(std::string_view words) {
  if (!visible()) return;
  const float width = ImGui::GetContentRegionAvail().x;
  const float height = draw_paragraph(*ImGui::GetWindowDrawList(), ImGui::GetCursorScreenPos(),
                                      width, words, ImGui::GetColorU32(ImGuiCol_Text));
  ImGui::Dummy({std::max(width, 1.0F), height});
}

void badge(std::string_view words, ImU32 color) {
  if (!visible()) return;
  const Letters letters(Face::kStrong, kSmallSize, color);
  const ImVec2 size = size_of(words);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 box(size.x + 16, size.y + 6);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(at, {at.x + box.x, at.y + box.y}, faded(color, 0.16F), box.y * 0.5F);
  list.AddText({at.x + 8, at.y + 3}, color, begin_of(words), end_of(words));
  ImGui::Dummy(box);
}

void empty_panel(std::string_view id, std::string_view words) {
  mirror().add({.id = std::string(id), .role = Role::kText, .label = std::string(words)});
  if (!visible()) return;
  const Letters letters(Face::kBody, kTextSize, palette().faint);
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float wrap = room.x - 24 < 80 ? 80 : room.x - 24;
  const float width = ImMin(wrap, size_of(words).x + 1);
  const float height = paragraph_height(wrap, words);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  draw_paragraph(
      *ImGui::GetWindowDrawList(),
      {at.x + ImMax(0.0F, (room.x - width) * 0.5F), at.y + ImMax(0.0F, (room.y - height) * 0.42F)},
      wrap, words, palette().faint);
  ImGui::Dummy({1, height});
}

void draw_state(ImDrawList& list, Look look, ImVec2 center, float size) {
  const ImU32 color = look_color(look);
  const float r = size * 0.5F;
  switch (look) {
    case Look::kRunning:
      list.AddTriangleFilled({center.x - r * 0.8F, center.y - r}, {center.x + r, center.y},
                             {center.x - r * 0.8F, center.y + r}, color);
      break;
    case Look::kReady:
      list.AddCircleFilled(center, r * 0.92F, color);
      break;
    case Look::kWaiting:
      list.AddRectFilled({center.x - r * 0.8F, center.y - r * 0.85F},
                         {center.x - r * 0.2F, center.y + r * 0.85F}, color, 1);
      list.AddRectFilled({center.x + r * 0.2F, center.y - r * 0.85F},
                         {center.x + r * 0.8F, center.y + r * 0.85F}, color, 1);
      break;
    case Look::kSleeping:
      list.AddCircle(center, r * 0.85F, color, 0, 1.6F);
      list.AddLine(center, {center.x, center.y - r * 0.6F}, color, 1.4F);
      list.AddLine(center, {center.x + r * 0.45F, center.y}, color, 1.4F);
      break;
    case Look::kFailed:
      list.AddLine({center.x - r * 0.7F, center.y - r * 0.7F},
                   {center.x + r * 0.7F, center.y + r * 0.7F}, color, 2);
      list.AddLine({center.x - r * 0.7F, center.y + r * 0.7F},
                   {center.x + r * 0.7F, center.y - r * 0.7F}, color, 2);
      break;
    case Look::kDone:
      list.AddCircle(center, r * 0.7F, color, 0, 1.6F);
      break;
  }
}

void focus_ring(std::string_view id, const Rect& rect, float rounding) {
  if (!mirror().is_focused(id) || !visible()) return;
  constexpr float kGap = 2.0F;
  ImGui::GetForegroundDrawList()->AddRect({rect.min.x - kGap, rect.min.y - kGap},
                                          {rect.max.x + kGap, rect.max.y + kGap}, palette().accent,
                                          rounding + kGap, 2.0F);
}

void tooltip(std::string_view words, std::string_view shortcut) {
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(10, 7));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 6);
  // Near the lower edge it goes above the pointer, where it covers no controls.
  constexpr float kLowerEdge = 130.0F;
  const ImVec2 screen = ImGui::GetMainViewport()->Size;
  const ImVec2 pointer = ImGui::GetIO().MousePos;
  if (pointer.y > screen.y - kLowerEdge) {
    const float side = pointer.x > screen.x * 0.7F ? 1.0F : 0.0F;
    ImGui::SetNextWindowPos({pointer.x, pointer.y - 16}, ImGuiCond_Always, {side, 1});
  }
  if (ImGui::BeginTooltip()) {
    ImGui::PushTextWrapPos(340);
    ImGui::TextUnformatted(begin_of(words), end_of(words));
    ImGui::PopTextWrapPos();
    if (!shortcut.empty()) {
      ImGui::SameLine(0, 14);
      const Letters letters(Face::kMono, kSmallSize, palette().muted);
      ImGui::TextUnformatted(begin_of(shortcut), end_of(shortcut));
    }
    ImGui::EndTooltip();
  }
  ImGui::PopStyleVar(2);
}

std::string fitted(std::string_view words, float width) {
  if (size_of(words).x <= width) return std::string(words);
  constexpr std::string_view kEllipsis = "\xE2\x80\xA6";
  const float room = width - size_of(kEllipsis).x;
  const char* rest = nullptr;
  ImGui::GetFont()->CalcTextSizeA(ImGui::GetFontSize(), ImMax(room, 0.0F), -1.0F, begin_of(words),
                                  end_of(words), &rest);
  std::string cut(begin_of(words), rest);
  while (!cut.empty() && cut.back() == ' ') cut.pop_back();
  return cut + std::string(kEllipsis);
}

std::string fitted_end(std::string_view words, float width) {
  std::string cut(words);
  while (cut.size() > 4 && size_of(cut).x > width)
    cut = "\xE2\x80\xA6" + cut.substr(cut[0] == '\xE2' ? 4 : 1);
  return cut;
}

}  // namespace web::ui
