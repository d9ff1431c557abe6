// web/ui/ui.h: the controls of the playground. Each call draws with ImGui and records the mirror.
//
// Every control has an id that is stable from frame to frame; the mirror publishes it, and an
// action posted for that id works exactly as a click would. Controls in a panel that is hidden
// behind a tab are still recorded and still act. Does not: keep state between frames, other than
// what ImGui keeps.

#pragma once

#include <imgui.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "web/ui/icons.h"
#include "web/ui/mirror.h"
#include "web/ui/theme.h"

namespace web::ui {

/// A rectangle of the screen in CSS pixels.
struct Rect {
  ImVec2 min;
  ImVec2 max;
};

/// What a host offers to text fields. If `edit` is empty, ImGui edits the text itself.
struct TextHost {
  /// Shows the platform's own editor over `rect` for the control `id`. It posts `set` actions.
  std::function<void(std::string_view id, std::string_view label, const Rect& rect,
                     std::string_view value)>
      edit;
  /// Takes that editor away.
  std::function<void()> stop;
};

/// Must enclose all other calls of a frame.
void begin_frame(Mirror& mirror, const TextHost& host);
void end_frame();
Mirror& mirror();
/// Whether what is drawn now can be seen: false in a hidden tab.
bool visible();

/// A titled part of the mirror for as long as it lives. Draws nothing.
class Region {
 public:
  Region(std::string_view id, std::string_view label, Role role = Role::kRegion);
  ~Region() { mirror().close(); }
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
};

/// Letters of a face, size and colour for as long as it lives.
class Letters {
 public:
  Letters(Face face, float size, ImU32 color);
  ~Letters();
  Letters(const Letters&) = delete;
  Letters& operator=(const Letters&) = delete;
};

struct ButtonOptions {
  std::string label = {};
  Icon icon = Icon::kNone;
  std::string tooltip = {};   // empty: none, or the label if only the icon is shown
  std::string shortcut = {};  // shown in the tooltip, told to the mirror
  bool icon_only = false;
  bool enabled = true;
  bool primary = false;
  bool quiet = false;  // no background until hovered
  bool is_toggle = false;
  bool on = false;
  float width = 0;  // 0: as its contents need
  float height = kControlHeight;
};
bool button(std::string_view id, const ButtonOptions& options);

struct SliderOptions {
  std::string label = {};
  std::string value_text = {};
  double min = 0;
  double max = 1;
  float width = 140;
};
/// Moves in whole numbers. True if `value` changed.
bool slider(std::string_view id, const SliderOptions& options, double& value);

/// A drop-down list. True if `selected` changed.
bool choice(std::string_view id, std::string_view label, std::span<const std::string> options,
            size_t& selected, float width);

/// True when the user is done and `value` has changed.
bool text_field(std::string_view id, std::string_view label, std::string& value, float width);

/// A field that tells each change at once. The platform's editor also posts `input` and `key`
/// actions.
bool search_field(std::string_view id, std::string_view label, std::string& value, float width,
                  bool opening);
/// Takes the platform's editor away, if one is shown.
void stop_editing();

void heading(std::string_view id, std::string_view text);
void text(std::string_view id, std::string_view words);
/// Wrapped at the panel's edge, in secondary colour.
void note(std::string_view id, std::string_view words);
/// A small coloured capsule. Not mirrored: what it says is said by its surroundings.
void badge(std::string_view words, ImU32 color);
/// What an empty panel says.
void empty_panel(std::string_view id, std::string_view words);

/// The sign of a state: a shape as well as a colour, so that neither is needed alone.
void draw_state(ImDrawList& list, Look look, ImVec2 center, float size);
/// The ring around the control that a keyboard has reached in the mirror.
void focus_ring(std::string_view id, const Rect& rect, float rounding);
void tooltip(std::string_view words, std::string_view shortcut = {});

/// Text in the current letters, wrapped at `width`, with room between its lines. Both return the
/// height.
float draw_paragraph(ImDrawList& list, ImVec2 at, float width, std::string_view words, ImU32 color);
float paragraph_height(float width, std::string_view words);
/// The same at the cursor, as wide as the panel. Not mirrored.
void paragraph(std::string_view words);

/// Cut with an ellipsis so that it fits `width` in the current letters.
std::string fitted(std::string_view words, float width);
/// Cut at its front instead, for what matters most at its end.
std::string fitted_end(std::string_view words, float width);

}  // namespace web::ui
