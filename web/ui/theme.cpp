#include "web/ui/theme.h"

#include "web/ui/fonts.h"

namespace web::ui {
namespace {

constexpr ImU32 rgb(uint32_t hex) {
  return IM_COL32(hex >> 16 & 0xFF, hex >> 8 & 0xFF, hex & 0xFF, 0xFF);
}

constexpr Palette kDark{
    .ground = rgb(0x0D1016),
    .panel = rgb(0x151A22),
    .raised = rgb(0x212835),
    .hover = rgb(0x2B3443),
    .pressed = rgb(0x364153),
    .line = rgb(0x262E3B),
    .text = rgb(0xE8EBF0),
    .muted = rgb(0x9BA6B7),
    .faint = rgb(0x5D697B),
    .accent = rgb(0xE8B04A),
    .on_accent = rgb(0x1C1504),
    .running = rgb(0x4CC38A),
    .ready = rgb(0x5AA9FF),
    .waiting = rgb(0xF08C4F),
    .sleeping = rgb(0xA78BFA),
    .failed = rgb(0xF2606A),
    .done = rgb(0x6B7688),
    .good = rgb(0x4CC38A),
};

constexpr Palette kLight{
    .ground = rgb(0xE9ECF1),
    .panel = rgb(0xFFFFFF),
    .raised = rgb(0xF0F2F6),
    .hover = rgb(0xE3E7EE),
    .pressed = rgb(0xD5DBE5),
    .line = rgb(0xDDE2EA),
    .text = rgb(0x1A2230),
    .muted = rgb(0x566275),
    .faint = rgb(0x98A2B3),
    .accent = rgb(0xB47708),
    .on_accent = rgb(0xFFFFFF),
    .running = rgb(0x14804A),
    .ready = rgb(0x1F6FD6),
    .waiting = rgb(0xC4570F),
    .sleeping = rgb(0x7447D8),
    .failed = rgb(0xC9303C),
    .done = rgb(0x7C8798),
    .good = rgb(0x14804A),
};

const Palette* g_palette = &kDark;
ImFont* g_fonts[3] = {};

ImVec4 vec(ImU32 color) {
  return ImGui::ColorConvertU32ToFloat4(color);
}

void set_colors(ImGuiStyle& style, const Palette& p) {
  ImVec4* c = style.Colors;
  const ImVec4 clear(0, 0, 0, 0);
  c[ImGuiCol_Text] = vec(p.text);
  c[ImGuiCol_TextDisabled] = vec(p.faint);
  c[ImGuiCol_WindowBg] = vec(p.panel);
  c[ImGuiCol_ChildBg] = clear;
  c[ImGuiCol_PopupBg] = vec(p.panel);
  c[ImGuiCol_Border] = vec(p.line);
  c[ImGuiCol_BorderShadow] = clear;
  c[ImGuiCol_FrameBg] = vec(p.raised);
  c[ImGuiCol_FrameBgHovered] = vec(p.hover);
  c[ImGuiCol_FrameBgActive] = vec(p.pressed);
  c[ImGuiCol_TitleBg] = c[ImGuiCol_TitleBgActive] = c[ImGuiCol_TitleBgCollapsed] = vec(p.panel);
  c[ImGuiCol_MenuBarBg] = vec(p.panel);
  c[ImGuiCol_ScrollbarBg] = clear;
  c[ImGuiCol_ScrollbarGrab] = vec(p.hover);
  c[ImGuiCol_ScrollbarGrabHovered] = vec(p.pressed);
  c[ImGuiCol_ScrollbarGrabActive] = vec(p.faint);
  c[ImGuiCol_CheckMark] = vec(p.accent);
  c[ImGuiCol_SliderGrab] = c[ImGuiCol_SliderGrabActive] = vec(p.accent);
  c[ImGuiCol_Button] = vec(p.raised);
  c[ImGuiCol_ButtonHovered] = vec(p.hover);
  c[ImGuiCol_ButtonActive] = vec(p.pressed);
  c[ImGuiCol_Header] = vec(p.hover);
  c[ImGuiCol_HeaderHovered] = vec(faded(p.hover, 0.7F));
  c[ImGuiCol_HeaderActive] = vec(p.hover);
  c[ImGuiCol_Separator] = vec(p.ground);
  c[ImGuiCol_SeparatorHovered] = c[ImGuiCol_SeparatorActive] = vec(p.pressed);
  c[ImGuiCol_ResizeGrip] = clear;
  c[ImGuiCol_ResizeGripHovered] = c[ImGuiCol_ResizeGripActive] = vec(p.pressed);
  c[ImGuiCol_Tab] = c[ImGuiCol_TabDimmed] = vec(p.panel);
  c[ImGuiCol_TabHovered] = vec(p.hover);
  c[ImGuiCol_TabSelected] = c[ImGuiCol_TabDimmedSelected] = vec(p.panel);
  c[ImGuiCol_TabSelectedOverline] = c[ImGuiCol_TabDimmedSelectedOverline] = clear;
  c[ImGuiCol_DockingPreview] = vec(faded(p.accent, 0.5F));
  c[ImGuiCol_DockingEmptyBg] = vec(p.ground);
  c[ImGuiCol_TableHeaderBg] = vec(p.panel);
  c[ImGuiCol_TableBorderStrong] = c[ImGuiCol_TableBorderLight] = vec(p.line);
  c[ImGuiCol_TableRowBg] = c[ImGuiCol_TableRowBgAlt] = clear;
  c[ImGuiCol_TextSelectedBg] = vec(faded(p.accent, 0.35F));
  c[ImGuiCol_InputTextCursor] = vec(p.text);
  c[ImGuiCol_NavCursor] = vec(p.accent);
  c[ImGuiCol_ModalWindowDimBg] = ImVec4(0, 0, 0, 0.45F);
}

}  // namespace

void load_fonts() {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  constexpr Face kFaces[] = {Face::kBody, Face::kStrong, Face::kMono};
  for (const Face face : kFaces) {
    const FontBytes bytes = font_bytes(face);
    ImFontConfig config;
    config.FontDataOwnedByAtlas = false;
    // The mono face is drawn larger for its size than the other two.
    config.ExtraSizeScale = face == Face::kMono ? 0.95F : 1.0F;
    g_fonts[static_cast<size_t>(face)] = atlas.AddFontFromMemoryTTF(
        const_cast<unsigned char*>(bytes.data), static_cast<int>(bytes.size), kTextSize, &config);
  }
}

ImFont* font(Face face) {
  return g_fonts[static_cast<size_t>(face)];
}

void apply_theme(bool dark) {
  g_palette = dark ? &kDark : &kLight;
  ImGuiStyle& style = ImGui::GetStyle();
  style = ImGuiStyle();
  style.FontSizeBase = kTextSize;
  style.WindowPadding = ImVec2(18, 12);
  style.FramePadding = ImVec2(10, 6);
  style.CellPadding = ImVec2(8, 4);
  style.ItemSpacing = ImVec2(8, 7);
  style.ItemInnerSpacing = ImVec2(8, 4);
  style.WindowRounding = 8;
  style.ChildRounding = 6;
  style.PopupRounding = 8;
  style.FrameRounding = 6;
  style.GrabRounding = 6;
  style.ScrollbarSize = 9;
  style.ScrollbarRounding = 6;
  style.WindowBorderSize = 0;
  style.PopupBorderSize = 1;
  style.FrameBorderSize = 0;
  style.TabRounding = 0;
  style.TabBorderSize = 0;
  style.TabBarBorderSize = 0;
  style.TabBarOverlineSize = 0;
  style.DockingSeparatorSize = 6;
  style.WindowMenuButtonPosition = ImGuiDir_None;
  style.HoverStationaryDelay = 0.0F;
  style.HoverDelayShort = 0.0F;
  style.HoverDelayNormal = 0.35F;
  set_colors(style, *g_palette);
}

const Palette& palette() {
  return *g_palette;
}

ImU32 faded(ImU32 color, float opacity) {
  const auto alpha = static_cast<float>(color >> IM_COL32_A_SHIFT & 0xFF) * opacity;
  return (color & ~IM_COL32_A_MASK) | static_cast<ImU32>(alpha + 0.5F) << IM_COL32_A_SHIFT;
}

ImU32 look_color(Look look) {
  switch (look) {
    case Look::kRunning:
      return g_palette->running;
    case Look::kReady:
      return g_palette->ready;
    case Look::kWaiting:
      return g_palette->waiting;
    case Look::kSleeping:
      return g_palette->sleeping;
    case Look::kFailed:
      return g_palette->failed;
    case Look::kDone:
      return g_palette->done;
  }
  return g_palette->text;
}

Look look_of(const engine::GoroutineView& goroutine) {
  switch (goroutine.state) {
    case engine::TaskState::kReady:
      return Look::kReady;
    case engine::TaskState::kRunning:
      return Look::kRunning;
    case engine::TaskState::kWaiting:
      return goroutine.status == "sleep" ? Look::kSleeping : Look::kWaiting;
    case engine::TaskState::kPanicking:
      return Look::kFailed;
    case engine::TaskState::kDone:
    case engine::TaskState::kExiting:
      return Look::kDone;
  }
  return Look::kDone;
}

}  // namespace web::ui
