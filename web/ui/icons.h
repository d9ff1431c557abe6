// web/ui/icons.h: the pictures on buttons, drawn as shapes so that they are crisp at any density.

#pragma once

#include <imgui.h>

#include <cstdint>

namespace web::ui {

enum class Icon : uint8_t {
  kNone,
  kPlay,
  kPause,
  kStepForward,
  kStepBack,
  kToStart,
  kToEnd,
  kSun,
  kMoon,
  kSearch,
  kLink,
  kDice,
  kChevron,
  kNext,
  kKill,
  kBranch,
  kCheck,
  kClose,
  kFit,
};

/// Draws within a square of `size` around `center`.
void draw_icon(ImDrawList& list, Icon icon, ImVec2 center, float size, ImU32 color);

/// The sign of the project: a planet on its orbit.
void draw_logo(ImDrawList& list, ImVec2 center, float size);

}  // namespace web::ui
