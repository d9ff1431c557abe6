// web/ui/theme.h: the colours and letters of the playground, dark and light.
//
// One colour for each state of a goroutine, the same in every panel. Sizes are in CSS pixels; the
// renderer makes letters crisp at the screen's density.
// Does not: choose between dark and light; settings and the page do.

#pragma once

#include <imgui.h>

#include "engine/view/view.h"

namespace web::ui {

struct Palette {
  ImU32 ground;  // behind and between the panels
  ImU32 panel;
  ImU32 raised;  // buttons, fields
  ImU32 hover;
  ImU32 pressed;
  ImU32 line;  // hairlines
  ImU32 text;
  ImU32 muted;      // secondary text
  ImU32 faint;      // the least important: grid, disabled
  ImU32 accent;     // where we are now
  ImU32 on_accent;  // letters on the accent
  ImU32 running;
  ImU32 ready;
  ImU32 waiting;
  ImU32 sleeping;
  ImU32 failed;
  ImU32 done;
  ImU32 good;
};

enum class Face : uint8_t { kBody, kStrong, kMono };

inline constexpr float kTextSize = 14.0F;
inline constexpr float kSmallSize = 12.0F;
inline constexpr float kTitleSize = 19.0F;
inline constexpr float kControlHeight = 30.0F;

/// Adds the fonts to the current ImGui context. Once, before the first frame.
void load_fonts();
ImFont* font(Face face);

/// Sets ImGui's style. Cheap; call when the choice changes.
void apply_theme(bool dark);
const Palette& palette();

/// `color` with its opacity multiplied.
ImU32 faded(ImU32 color, float opacity);

/// The states that goroutines are shown in. A sleeper is told from those that wait for each other.
enum class Look : uint8_t { kRunning, kReady, kWaiting, kSleeping, kFailed, kDone };
ImU32 look_color(Look look);
Look look_of(const engine::GoroutineView& goroutine);

}  // namespace web::ui
