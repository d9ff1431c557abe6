// web/ui/controls.cpp: the controls that can be operated: button, slider, list, text field.
//
// Each takes the mirror's action first, then the mouse's, and answers the same for both.

#include <imgui_internal.h>
#include <misc/cpp/imgui_stdlib.h>

#include <cmath>
#include <cstdlib>
#include <string>

#include "web/ui/ui.h"

namespace web::ui {
namespace {

const TextHost* g_text_host = nullptr;

struct Contents {
  float width = 0;
  ImVec2 text;
};

constexpr float kIconSize = 13.0F;
constexpr float kIconGap = 7.0F;

Contents measure(const ButtonOptions& options) {
  Contents contents;
  if (!options.icon_only) {
    contents.text = ImGui::CalcTextSize(options.label.c_str());
    contents.width = contents.text.x;
  }
  if (options.icon != Icon::kNone) contents.width += kIconSize + (options.icon_only ? 0 : kIconGap);
  return contents;
}

struct ButtonColors {
  ImU32 ground;
  ImU32 ink;
};

ButtonColors colors_of(const ButtonOptions& options, bool hovered, bool held) {
  const Palette& p = palette();
  if (!options.enabled) return {options.quiet ? 0 : faded(p.raised, 0.5F), p.faint};
  if (options.primary) return {held || hovered ? faded(p.accent, 0.85F) : p.accent, p.on_accent};
  if (options.on) return {faded(p.accent, hovered ? 0.28F : 0.18F), p.accent};
  if (held) return {p.pressed, p.text};
  if (hovered) return {p.hover, p.text};
  return {options.quiet ? 0 : p.raised, options.quiet ? p.muted : p.text};
}

void draw_button(const ButtonOptions& options, const Contents& contents, const Rect& rect,
                 const ButtonColors& colors) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float rounding = options.primary && options.icon_only ? 100.0F : 6.0F;
  if (colors.ground != 0) list.AddRectFilled(rect.min, rect.max, colors.ground, rounding);
  const float middle = (rect.min.y + rect.max.y) * 0.5F;
  float x = (rect.min.x + rect.max.x - contents.width) * 0.5F;
  if (options.icon != Icon::kNone) {
    const float size = options.primary && options.icon_only ? kIconSize + 2 : kIconSize;
    draw_icon(list, options.icon, {x + kIconSize * 0.5F, middle}, size, colors.ink);
    x += kIconSize + kIconGap;
  }
  if (!options.icon_only) {
    list.AddText({x, std::floor(middle - contents.text.y * 0.5F)}, colors.ink,
                 options.label.c_str());
  }
}

/// The frame that lists and fields share. Returns where the contents begin.
void draw_field(const Rect& rect, bool hovered) {
  const Palette& p = palette();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(rect.min, rect.max, hovered ? p.hover : p.raised, 6);
}

Rect item_rect() {
  return {ImGui::GetItemRectMin(), ImGui::GetItemRectMax()};
}

}  // namespace

void begin_controls(const TextHost& host) {
  g_text_host = &host;
}

bool button(std::string_view id, const ButtonOptions& options) {
  mirror().add({.id = std::string(id),
                .role = options.is_toggle ? Role::kToggle : Role::kButton,
                .label = options.label,
                .shortcut = options.shortcut,
                .disabled = !options.enabled,
                .on = options.on});
  const bool asked = mirror().take_click(id) && options.enabled;
  if (!visible()) return asked;

  const Contents contents = measure(options);
  const float padding = options.icon_only ? 8.0F : 12.0F;
  const float natural = options.icon_only ? options.height : contents.width + 2 * padding;
  const ImVec2 size(options.width > 0 ? options.width : natural, options.height);
  const std::string imgui_id(id);
  const bool clicked = ImGui::InvisibleButton(imgui_id.c_str(), size) && options.enabled;
  const bool hovered = ImGui::IsItemHovered();
  const Rect rect = item_rect();
  draw_button(options, contents, rect, colors_of(options, hovered, ImGui::IsItemActive()));
  focus_ring(id, rect, 6);
  if (hovered && options.enabled) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  const std::string& hint =
      options.tooltip.empty() && options.icon_only ? options.label : options.tooltip;
  if (!(hint.empty() && options.shortcut.empty()) &&
      ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal | ImGuiHoveredFlags_NoSharedDelay)) {
    tooltip(hint.empty() ? options.label : hint, options.shortcut);
  }
  return clicked || asked;
}

bool slider(std::string_view id, const SliderOptions& options, double& value) {
  mirror().add({.id = std::string(id),
                .role = Role::kSlider,
                .label = options.label,
                .value = std::to_string(static_cast<long long>(value)) +
                         (options.value_text.empty() ? "" : "\t" + options.value_text),
                .min = options.min,
                .max = options.max});
  const double before = value;
  if (const auto set = mirror().take(id, "set")) value = std::strtod(set->c_str(), nullptr);
  if (visible()) {
    const std::string imgui_id(id);
    constexpr float kHeight = kControlHeight;
    ImGui::InvisibleButton(imgui_id.c_str(), {options.width, kHeight});
    const Rect rect = item_rect();
    constexpr float kKnob = 7.0F;
    const float left = rect.min.x + kKnob;
    const float length = rect.max.x - rect.min.x - 2 * kKnob;
    if (ImGui::IsItemActive() && length > 0) {
      const double part = static_cast<double>((ImGui::GetIO().MousePos.x - left) / length);
      value = options.min + ImClamp(part, 0.0, 1.0) * (options.max - options.min);
    }
    value = ImClamp(std::round(value), options.min, options.max);
    const double span = options.max > options.min ? options.max - options.min : 1;
    const float x = left + static_cast<float>((value - options.min) / span) * length;
    const float y = (rect.min.y + rect.max.y) * 0.5F;
    const Palette& p = palette();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const bool lit = ImGui::IsItemHovered() || ImGui::IsItemActive();
    list.AddRectFilled({left, y - 2}, {left + length, y + 2}, p.pressed, 2);
    list.AddRectFilled({left, y - 2}, {x, y + 2}, p.accent, 2);
    list.AddCircleFilled({x, y}, lit ? kKnob : kKnob - 1, p.accent);
    focus_ring(id, rect, 6);
    if (lit) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
    if (ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal) && !ImGui::IsItemActive()) {
      tooltip(options.label);
    }
  }
  value = ImClamp(std::round(value), options.min, options.max);
  return value != before;
}

bool choice(std::string_view id, std::string_view label, std::span<const std::string> options,
            size_t& selected, float width) {
  const std::string current = selected < options.size() ? options[selected] : std::string();
  {
    Node node{.id = std::string(id),
              .role = Role::kChoice,
              .label = std::string(label),
              .value = current};
    mirror().open(std::move(node));
    for (size_t i = 0; i < options.size(); ++i) {
      mirror().add({.id = std::string(id) + "." + std::to_string(i),
                    .role = Role::kOption,
                    .label = options[i],
                    .on = i == selected});
    }
    mirror().close();
  }
  const size_t before = selected;
  if (const auto set = mirror().take(id, "set")) {
    for (size_t i = 0; i < options.size(); ++i) {
      if (options[i] == *set) selected = i;
    }
  }
  if (!visible()) return selected != before;

  const std::string imgui_id(id);
  const std::string popup = imgui_id + ".list";
  const bool pressed = ImGui::InvisibleButton(imgui_id.c_str(), {width, kControlHeight});
  const Rect rect = item_rect();
  const bool hovered = ImGui::IsItemHovered();
  draw_field(rect, hovered || ImGui::IsPopupOpen(popup.c_str()));
  focus_ring(id, rect, 6);
  if (hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  const float line = ImGui::GetTextLineHeight();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddText({rect.min.x + 11, std::floor((rect.min.y + rect.max.y - line) * 0.5F)},
               palette().text, fitted(current, width - 38).c_str());
  draw_icon(list, Icon::kChevron, {rect.max.x - 15, (rect.min.y + rect.max.y) * 0.5F}, 9,
            palette().muted);
  if (ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal) && !label.empty()) tooltip(label);
  if (pressed) ImGui::OpenPopup(popup.c_str());

  ImGui::SetNextWindowPos({rect.min.x, rect.max.y + 4});
  ImGui::SetNextWindowSizeConstraints({width, 0}, {1e4F, 420});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(6, 6));
  if (ImGui::BeginPopup(popup.c_str())) {
    for (size_t i = 0; i < options.size(); ++i) {
      ImGui::PushID(static_cast<int>(i));
      ImGui::PushStyleVar(ImGuiStyleVar_SelectableTextAlign, ImVec2(0, 0.5F));
      const ImVec2 at = ImGui::GetCursorScreenPos();
      if (ImGui::Selectable("##option", i == selected, ImGuiSelectableFlags_None, {0, 28}))
        selected = i;
      ImGui::GetWindowDrawList()->AddText({at.x + 8, at.y + std::floor((28 - line) * 0.5F)},
                                          palette().text, options[i].c_str());
      ImGui::PopStyleVar();
      // The rows are drawn by hand; this makes the list as wide as its longest one.
      ImGui::SameLine(0, 0);
      ImGui::Dummy({ImGui::CalcTextSize(options[i].c_str()).x + 24, 0});
      ImGui::PopID();
    }
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar();
  return selected != before;
}

bool text_field(std::string_view id, std::string_view label, std::string& value, float width) {
  mirror().add(
      {.id = std::string(id), .role = Role::kTextbox, .label = std::string(label), .value = value});
  const std::string before = value;
  if (const auto set = mirror().take(id, "set")) value = *set;
  if (!visible()) return value != before;

  const std::string imgui_id(id);
  if (g_text_host->edit) {
    const bool pressed = ImGui::InvisibleButton(imgui_id.c_str(), {width, kControlHeight});
    const Rect rect = item_rect();
    const bool hovered = ImGui::IsItemHovered();
    draw_field(rect, hovered);
    focus_ring(id, rect, 6);
    if (hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_TextInput);
    const float line = ImGui::GetTextLineHeight();
    ImGui::GetWindowDrawList()->AddText(
        {rect.min.x + 11, std::floor((rect.min.y + rect.max.y - line) * 0.5F)}, palette().text,
        fitted(value, width - 20).c_str());
    if (pressed) g_text_host->edit(id, label, rect, value);
    return value != before;
  }
  ImGui::SetNextItemWidth(width);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding,
                      ImVec2(11, (kControlHeight - ImGui::GetTextLineHeight()) * 0.5F));
  static std::string draft;
  static std::string draft_id;
  std::string& shown = draft_id == imgui_id ? draft : value;
  std::string copy = shown;
  const std::string field = "##" + imgui_id;
  const bool entered = ImGui::InputText(field.c_str(), &copy, ImGuiInputTextFlags_EnterReturnsTrue);
  if (ImGui::IsItemActive()) {
    draft = copy;
    draft_id = imgui_id;
  }
  if (entered || ImGui::IsItemDeactivatedAfterEdit()) value = copy;
  if (ImGui::IsItemDeactivated() || entered) draft_id.clear();
  ImGui::PopStyleVar();
  return value != before;
}

bool search_field(std::string_view id, std::string_view label, std::string& value, float width,
                  bool opening) {
  mirror().add(
      {.id = std::string(id), .role = Role::kTextbox, .label = std::string(label), .value = value});
  const std::string before = value;
  if (const auto set = mirror().take(id, "set")) value = *set;
  if (const auto typed = mirror().take(id, "input")) value = *typed;
  if (!visible()) return value != before;
  const std::string imgui_id(id);
  if (g_text_host->edit) {
    const bool pressed = ImGui::InvisibleButton(imgui_id.c_str(), {width, kControlHeight});
    const Rect rect = item_rect();
    draw_field(rect, false);
    if (pressed || opening) g_text_host->edit(id, label, rect, value);
    return value != before;
  }
  ImGui::SetNextItemWidth(width);
  if (opening) ImGui::SetKeyboardFocusHere();
  ImGui::InputTextWithHint(("##" + imgui_id).c_str(), std::string(label).c_str(), &value);
  return value != before;
}

void stop_editing() {
  if (g_text_host->stop) g_text_host->stop();
}

}  // namespace web::ui
