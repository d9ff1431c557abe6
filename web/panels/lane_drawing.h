// web/panels/lane_drawing.h: how lanes are drawn, once the panel has decided what part of history
// to show.
//
// Does not: handle the pointer, or keep anything from frame to frame.

#pragma once

#include <imgui.h>

#include <cmath>
#include <string>

#include "web/app/session.h"
#include "web/ui/ui.h"

namespace web::panels {

/// Where the lanes are on the screen, and which part of history is there.
struct LaneFrame {
  ui::Rect area;  // of the lanes, without names and axis
  double first = 0;
  float zoom = 8;
  float row_height = 24;
  uint64_t cursor = 0;
  float scroll = 0;

  [[nodiscard]] float width() const { return area.max.x - area.min.x; }
  [[nodiscard]] float x(double position) const {
    return area.min.x + static_cast<float>((position - first) * static_cast<double>(zoom));
  }
  [[nodiscard]] double position(float at) const {
    return first + static_cast<double>((at - area.min.x) / zoom);
  }
  [[nodiscard]] float middle(float y) const { return y + std::floor(row_height * 0.5F); }
  [[nodiscard]] float row(size_t index) const {
    return area.min.y + static_cast<float>(index) * row_height - scroll;
  }
};

/// One lane at height `y`: what is known after the cursor is pale.
void draw_lane(ImDrawList& list, const LaneFrame& frame, const Lane& lane, const Session& session,
               float y);
/// Who woke or started whom; only those of `selected`, if it is not 0.
void draw_arrows(ImDrawList& list, const LaneFrame& frame, const History& history,
                 uint32_t selected);
/// Step numbers above, and lines down from them.
void draw_axis(ImDrawList& list, const LaneFrame& frame, uint64_t end);
void draw_cursor(ImDrawList& list, const LaneFrame& frame);

/// What a waiting goroutine waits for.
std::string span_words(const Span& span, const engine::EventNames& names);
/// The lane's place among all.
size_t row_of(const std::vector<Lane>& lanes, uint32_t task);

}  // namespace web::panels
