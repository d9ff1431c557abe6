#include "web/ui/icons.h"

#include "web/ui/theme.h"

namespace web::ui {
namespace {

/// Shapes in a square from -1 to 1, y down.
struct Pen {
  ImDrawList& list;
  ImVec2 center;
  float half;
  ImU32 color;

  [[nodiscard]] ImVec2 at(float x, float y) const {
    return {center.x + x * half, center.y + y * half};
  }
  [[nodiscard]] float width() const { return half * 0.24F < 1.4F ? 1.4F : half * 0.24F; }
  void triangle(float x1, float y1, float x2, float y2, float x3, float y3) const {
    list.AddTriangleFilled(at(x1, y1), at(x2, y2), at(x3, y3), color);
  }
  void bar(float x1, float y1, float x2, float y2) const {
    list.AddRectFilled(at(x1, y1), at(x2, y2), color, half * 0.12F);
  }
  void line(float x1, float y1, float x2, float y2) const {
    list.AddLine(at(x1, y1), at(x2, y2), color, width());
  }
  void circle(float x, float y, float r) const {
    list.AddCircle(at(x, y), r * half, color, 0, width());
  }
  void disc(float x, float y, float r) const { list.AddCircleFilled(at(x, y), r * half, color); }
};

void draw_sun(const Pen& pen) {
  pen.disc(0, 0, 0.42F);
  constexpr float kDiagonal = 0.7071F;
  constexpr float kWays[8][2] = {{1, 0},
                                 {-1, 0},
                                 {0, 1},
                                 {0, -1},
                                 {kDiagonal, kDiagonal},
                                 {-kDiagonal, kDiagonal},
                                 {kDiagonal, -kDiagonal},
                                 {-kDiagonal, -kDiagonal}};
  for (const auto& way : kWays) {
    pen.line(way[0] * 0.68F, way[1] * 0.68F, way[0], way[1]);
  }
}

void draw_moon(const Pen& pen) {
  // A crescent: the outer arc, and back along the inner one.
  pen.list.PathArcTo(pen.at(0, 0), pen.half * 0.82F, 0.45F, 4.26F, 24);
  pen.list.PathArcTo(pen.at(0.48F, -0.4F), pen.half * 0.76F, 3.75F, 1.0F, 20);
  pen.list.PathFillConcave(pen.color);
}

void draw_dice(const Pen& pen) {
  pen.list.AddRect(pen.at(-0.85F, -0.85F), pen.at(0.85F, 0.85F), pen.color, pen.half * 0.3F,
                   pen.width());
  pen.disc(-0.38F, -0.38F, 0.17F);
  pen.disc(0.38F, 0.38F, 0.17F);
  pen.disc(0, 0, 0.17F);
}

void draw_link(const Pen& pen) {
  pen.circle(-0.62F, 0, 0.33F);
  pen.circle(0.62F, -0.6F, 0.28F);
  pen.circle(0.62F, 0.6F, 0.28F);
  pen.line(-0.32F, -0.16F, 0.38F, -0.48F);
  pen.line(-0.32F, 0.16F, 0.38F, 0.48F);
}

void draw_branch(const Pen& pen) {
  pen.circle(-0.5F, -0.65F, 0.25F);
  pen.circle(-0.5F, 0.65F, 0.25F);
  pen.circle(0.55F, -0.35F, 0.25F);
  pen.line(-0.5F, -0.4F, -0.5F, 0.4F);
  pen.list.AddBezierQuadratic(pen.at(0.55F, -0.1F), pen.at(0.5F, 0.3F), pen.at(-0.3F, 0.5F),
                              pen.color, pen.width());
}

}  // namespace

void draw_icon(ImDrawList& list, Icon icon, ImVec2 center, float size, ImU32 color) {
  const Pen pen{list, center, size * 0.5F, color};
  switch (icon) {
    case Icon::kNone:
      break;
    case Icon::kPlay:
      pen.triangle(-0.62F, -0.9F, 0.92F, 0, -0.62F, 0.9F);
      break;
    case Icon::kPause:
      pen.bar(-0.72F, -0.85F, -0.2F, 0.85F);
      pen.bar(0.2F, -0.85F, 0.72F, 0.85F);
      break;
    case Icon::kStepForward:
      pen.bar(-0.85F, -0.75F, -0.55F, 0.75F);
      pen.triangle(-0.25F, -0.75F, 0.9F, 0, -0.25F, 0.75F);
      break;
    case Icon::kStepBack:
      pen.bar(0.55F, -0.75F, 0.85F, 0.75F);
      pen.triangle(0.25F, -0.75F, 0.25F, 0.75F, -0.9F, 0);
      break;
    case Icon::kToStart:
      pen.bar(-0.95F, -0.75F, -0.7F, 0.75F);
      pen.triangle(0.1F, -0.7F, 0.1F, 0.7F, -0.7F, 0);
      pen.triangle(0.95F, -0.7F, 0.95F, 0.7F, 0.15F, 0);
      break;
    case Icon::kToEnd:
      pen.bar(0.7F, -0.75F, 0.95F, 0.75F);
      pen.triangle(-0.95F, -0.7F, -0.15F, 0, -0.95F, 0.7F);
      pen.triangle(-0.1F, -0.7F, 0.7F, 0, -0.1F, 0.7F);
      break;
    case Icon::kSun:
      draw_sun(pen);
      break;
    case Icon::kMoon:
      draw_moon(pen);
      break;
    case Icon::kSearch:
      pen.circle(-0.2F, -0.2F, 0.58F);
      pen.line(0.25F, 0.25F, 0.85F, 0.85F);
      break;
    case Icon::kLink:
      draw_link(pen);
      break;
    case Icon::kDice:
      draw_dice(pen);
      break;
    case Icon::kChevron:
      pen.line(-0.6F, -0.3F, 0, 0.3F);
      pen.line(0, 0.3F, 0.6F, -0.3F);
      break;
    case Icon::kNext:
      pen.line(-0.85F, 0, 0.5F, 0);
      pen.triangle(0.1F, -0.6F, 0.9F, 0, 0.1F, 0.6F);
      break;
    case Icon::kKill:
    case Icon::kClose:
      pen.line(-0.65F, -0.65F, 0.65F, 0.65F);
      pen.line(-0.65F, 0.65F, 0.65F, -0.65F);
      break;
    case Icon::kBranch:
      draw_branch(pen);
      break;
    case Icon::kCheck:
      pen.line(-0.75F, 0.05F, -0.2F, 0.6F);
      pen.line(-0.2F, 0.6F, 0.8F, -0.55F);
      break;
    case Icon::kFit:
      pen.line(-0.9F, -0.8F, -0.9F, 0.8F);
      pen.line(0.9F, -0.8F, 0.9F, 0.8F);
      pen.line(-0.6F, 0, 0.6F, 0);
      pen.triangle(-0.65F, 0, -0.25F, -0.35F, -0.25F, 0.35F);
      pen.triangle(0.65F, 0, 0.25F, -0.35F, 0.25F, 0.35F);
      break;
  }
}

void draw_logo(ImDrawList& list, ImVec2 center, float size) {
  const Palette& p = palette();
  const float half = size * 0.5F;
  list.AddCircle(center, half * 0.92F, p.faint, 0, 1.3F);
  list.AddCircle(center, half * 0.55F, p.faint, 0, 1.3F);
  list.AddCircleFilled(center, half * 0.24F, p.accent);
  list.AddCircleFilled({center.x + half * 0.65F, center.y - half * 0.65F}, half * 0.2F, p.ready);
  list.AddCircleFilled({center.x - half * 0.5F, center.y + half * 0.23F}, half * 0.15F, p.running);
}

}  // namespace web::ui
