#include "web/panels/lane_drawing.h"

#include <imgui_internal.h>

#include <algorithm>

#include "engine/task/wait.h"
#include "web/panels/words.h"

namespace web::panels {
namespace {

constexpr size_t kArrowsMax = 600;

void draw_span(ImDrawList& list, const LaneFrame& frame, const Span& span, float y, bool faint) {
  const float from = std::max(frame.x(static_cast<double>(span.from)), frame.area.min.x - 4);
  const float to = std::min(frame.x(static_cast<double>(span.to)), frame.area.max.x + 4);
  if (to <= from) return;
  const ImU32 color = ui::faded(ui::look_color(span.look), faint ? 0.38F : 1.0F);
  const float middle = frame.middle(y);
  const float gap = frame.zoom >= 6 ? 1.0F : 0.0F;
  const float half = std::min(7.5F, frame.row_height * 0.5F - 2.5F);
  switch (span.look) {
    case ui::Look::kRunning:
      list.AddRectFilled({from + gap, middle - half},
                         {std::max(to - gap, from + gap + 1), middle + half}, color,
                         frame.zoom >= 6 ? 3.0F : 0.0F);
      break;
    case ui::Look::kReady:
      list.AddRectFilled({from, middle - 3}, {to, middle + 3}, ui::faded(color, 0.55F), 0);
      break;
    case ui::Look::kFailed:
      list.AddRectFilled({from, middle - half}, {to, middle + half}, color, 2);
      break;
    default:
      list.AddRectFilled({from, middle - 1}, {to, middle + 1}, ui::faded(color, 0.8F));
      break;
  }
}

/// Says on the line what is waited for, if there is room.
void label_span(ImDrawList& list, const LaneFrame& frame, const Span& span, float y,
                const engine::EventNames& names) {
  if (span.look != ui::Look::kWaiting && span.look != ui::Look::kSleeping) return;
  const float from = std::max(frame.x(static_cast<double>(span.from)), frame.area.min.x);
  const float to = std::min(frame.x(static_cast<double>(span.to)), frame.area.max.x);
  if (to - from < 60) return;
  const std::string words = span_words(span, names);
  ImGui::PushFont(nullptr, 11.5F);
  const ImVec2 size = ImGui::CalcTextSize(words.c_str());
  if (size.x + 24 < to - from) {
    const float x = from + 12;
    const float top = frame.middle(y) - std::floor(size.y * 0.5F);
    list.AddRectFilled({x - 4, top}, {x + size.x + 4, top + size.y}, ui::palette().panel);
    list.AddText({x, top},
                 ui::faded(ui::look_color(span.look), span.from >= frame.cursor ? 0.55F : 1.0F),
                 words.c_str());
  }
  ImGui::PopFont();
}

/// A span is pale after the cursor, and cut in two where the cursor stands in it.
void draw_cut_span(ImDrawList& list, const LaneFrame& frame, const Span& span, float y) {
  if (span.to <= frame.cursor) return draw_span(list, frame, span, y, false);
  if (span.from >= frame.cursor) return draw_span(list, frame, span, y, true);
  Span before = span;
  Span after = span;
  before.to = after.from = frame.cursor;
  draw_span(list, frame, before, y, false);
  draw_span(list, frame, after, y, true);
}

}  // namespace

std::string span_words(const Span& span, const engine::EventNames& names) {
  std::string words(engine::wait_reason_text(static_cast<engine::WaitReason>(span.reason)));
  if (span.object != 0) words += " on " + names.object(span.object);
  return words;
}

void draw_lane(ImDrawList& list, const LaneFrame& frame, const Lane& lane, const Session& session,
               float y) {
  const double from = frame.first;
  const double to = frame.position(frame.area.max.x);
  const auto first = std::lower_bound(
      lane.spans.begin(), lane.spans.end(), from,
      [](const Span& span, double at) { return static_cast<double>(span.to) < at; });
  float last_x = -1e9F;
  for (auto span = first; span != lane.spans.end() && static_cast<double>(span->from) <= to;
       ++span) {
    // Zoomed far out, several spans share a pixel: one is enough.
    const float x = frame.x(static_cast<double>(span->to));
    if (x - last_x < 0.5F && span->look != ui::Look::kRunning) continue;
    draw_cut_span(list, frame, *span, y);
    label_span(list, frame, *span, y, session.names());
    last_x = x;
  }
  const float middle = frame.middle(y);
  if (lane.ended == UINT64_MAX) {
    Span open = lane.open;
    open.to = std::max(session.history().steps(), open.from);
    draw_cut_span(list, frame, open, y);
    label_span(list, frame, open, y, session.names());
  } else {
    const float x = frame.x(static_cast<double>(lane.ended));
    if (x >= frame.area.min.x && x <= frame.area.max.x) {
      const ui::Look look = lane.failed ? ui::Look::kFailed : ui::Look::kDone;
      const float pale = lane.ended > frame.cursor ? 0.4F : 1.0F;
      list.AddLine({x, middle - 6}, {x, middle + 6}, ui::faded(ui::look_color(look), pale), 2);
    }
  }
}

size_t row_of(const std::vector<Lane>& lanes, uint32_t task) {
  const auto found = std::lower_bound(lanes.begin(), lanes.end(), task,
                                      [](const Lane& lane, uint32_t id) { return lane.task < id; });
  return static_cast<size_t>(found - lanes.begin());
}

void draw_arrows(ImDrawList& list, const LaneFrame& frame, const History& history,
                 uint32_t selected) {
  if (frame.zoom < 7) return;
  const auto from = static_cast<uint64_t>(std::max(0.0, frame.first));
  const auto to = static_cast<uint64_t>(frame.position(frame.area.max.x)) + 1;
  auto wake = std::lower_bound(history.wakes().begin(), history.wakes().end(), from,
                               [](const Wake& w, uint64_t step) { return w.step < step; });
  size_t drawn = 0;
  for (; wake != history.wakes().end() && wake->step <= to && drawn < kArrowsMax; ++wake, ++drawn) {
    if (selected != 0 && wake->from != selected && wake->to != selected) continue;
    const float x = frame.x(static_cast<double>(wake->step)) - 2;
    const float y1 = frame.middle(frame.row(row_of(history.lanes(), wake->from)));
    const float y2 = frame.middle(frame.row(row_of(history.lanes(), wake->to)));
    const float way = y2 > y1 ? 1.0F : -1.0F;
    const float pale = wake->step > frame.cursor ? 0.25F : 0.75F;
    const ImU32 color = ui::faded(ui::palette().muted, selected != 0 ? 1.0F : pale);
    list.AddLine({x, y1 + way * 7}, {x, y2 - way * 7}, color, 1.2F);
    list.AddTriangleFilled({x, y2 - way * 3}, {x - 3, y2 - way * 8}, {x + 3, y2 - way * 8}, color);
  }
}

void draw_axis(ImDrawList& list, const LaneFrame& frame, uint64_t end) {
  const ui::Palette& p = ui::palette();
  uint64_t every = 1;
  constexpr uint64_t kFactors[] = {2, 5, 10};
  for (uint64_t scale = 1; static_cast<float>(every) * frame.zoom < 52; scale *= 10) {
    for (const uint64_t factor : kFactors) {
      every = scale * factor;
      if (static_cast<float>(every) * frame.zoom >= 52) break;
    }
  }
  ImGui::PushFont(ui::font(ui::Face::kMono), 11);
  const auto from = static_cast<uint64_t>(std::max(0.0, frame.first)) / every * every;
  for (uint64_t step = from; step <= end; step += every) {
    const float x = frame.x(static_cast<double>(step));
    if (x > frame.area.max.x) break;
    if (x < frame.area.min.x) continue;
    list.AddLine({x, frame.area.min.y - 4}, {x, frame.area.max.y}, ui::faded(p.line, 0.7F));
    const std::string words = grouped(step);
    list.AddText({x + 3, frame.area.min.y - 18}, p.faint, words.c_str());
  }
  ImGui::PopFont();
}

void draw_cursor(ImDrawList& list, const LaneFrame& frame) {
  const float x = frame.x(static_cast<double>(frame.cursor));
  if (x < frame.area.min.x - 1 || x > frame.area.max.x + 1) return;
  const ImU32 color = ui::palette().accent;
  list.AddLine({x, frame.area.min.y - 8}, {x, frame.area.max.y}, color, 2);
  list.AddTriangleFilled({x - 5, frame.area.min.y - 14}, {x + 5, frame.area.min.y - 14},
                         {x, frame.area.min.y - 6}, color);
}

}  // namespace web::panels
