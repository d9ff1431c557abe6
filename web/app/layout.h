// web/app/layout.h: where the panels are when nobody has moved them.

#pragma once

#include <imgui.h>

namespace web {

class App;

inline constexpr float kTopBarHeight = 52.0F;
inline constexpr float kTransportHeight = 100.0F;
inline constexpr float kMargin = 6.0F;

/// The space between the bars in which panels are docked. Arranges them anew when the window
/// changes between narrow and wide, or when asked to.
void dock_panels(App& app, ImVec2 window);

/// Draws every panel in its window, those hidden behind a tab into the mirror only.
void draw_panels(App& app);

}  // namespace web
