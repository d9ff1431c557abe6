// web/panels/waterfall.cpp: one bar for each request, over virtual time, under its connection.
//
// A bar has up to three parts: the request travels, the server works, the response travels. Only
// what has happened by now is shown: an open end is a request without its answer. Click a bar to
// see its packets.

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "web/panels/packet_look.h"
#include "web/panels/panels.h"
#include "web/panels/words.h"

namespace web::panels {
namespace {

constexpr float kRow = 24.0F;
constexpr float kAxis = 24.0F;
constexpr size_t kRowsMax = 500;
constexpr size_t kMirrored = 60;

/// An exchange as far as it has come by now. Instants that are not reached are -1.
struct Bar {
  size_t flow = 0;
  size_t exchange = 0;
  int64_t begin = -1;     // the request's first byte was sent
  int64_t reached = -1;   // all of the request had arrived
  int64_t answered = -1;  // the response's first byte was sent
  int64_t end = -1;       // all of the response had arrived
  size_t packet = 0;      // in which it begins

  [[nodiscard]] bool is_done() const { return end >= 0; }
};

int64_t known(const Mark* mark, uint64_t position) {
  return mark == nullptr || mark->step > position ? -1 : mark->at.ns;
}

/// The rows: a connection (SIZE_MAX for its exchange), then its exchanges.
std::vector<Bar> bars_of(const Session& session) {
  const uint64_t now = session.position();
  std::vector<Bar> bars;
  const auto& flows = session.conversations().flows();
  for (size_t f = 0; f < flows.size(); ++f) {
    const Flow& flow = flows[f];
    if (flow.first_step > now || flow.decoding.exchanges.empty()) continue;
    bool is_headed = false;
    for (size_t e = 0; e < flow.decoding.exchanges.size(); ++e) {
      const Exchange& exchange = flow.decoding.exchanges[e];
      const Mark* const begin = flow.sent_mark(Side::kClient, exchange.request_begin);
      Bar bar{f, e, known(begin, now)};
      if (bar.begin < 0) continue;
      if (!is_headed) bars.push_back({f, SIZE_MAX});
      is_headed = true;
      if (exchange.request_end > 0) {
        bar.reached = known(flow.arrived_mark(Side::kClient, exchange.request_end), now);
      }
      if (exchange.has_response) {
        bar.answered = known(flow.sent_mark(Side::kServer, exchange.response_begin), now);
      }
      if (exchange.response_end > 0) {
        bar.end = known(flow.arrived_mark(Side::kServer, exchange.response_end), now);
      }
      for (const FlowPacket& packet : flow.packets) {
        if (packet.side != Side::kClient || packet.length == 0) continue;
        bar.packet = packet.place;
        if (packet.offset + packet.length > exchange.request_begin) break;
      }
      bars.push_back(bar);
      if (bars.size() >= kRowsMax) return bars;
    }
  }
  return bars;
}

std::string flow_words(const Session& session, const Flow& flow) {
  std::string words = place_name(session.network(), flow.client) + kArrow +
                      place_name(session.network(), flow.server);
  if (!flow.decoding.protocol.empty()) words += kDot + flow.decoding.protocol;
  return words;
}

std::string bar_words(const Session& session, const Bar& bar) {
  const Exchange& exchange =
      session.conversations().flows()[bar.flow].decoding.exchanges[bar.exchange];
  std::string words = exchange.request + ": sent at " + clock_text({bar.begin});
  if (bar.reached >= 0) words += ", there at " + clock_text({bar.reached});
  if (bar.answered >= 0) {
    words += ", answered at " + clock_text({bar.answered});
    if (!exchange.response.empty()) words += " with " + exchange.response;
  }
  if (bar.is_done()) {
    words += ", done at " + clock_text({bar.end}) + " after " + clock_text({bar.end - bar.begin});
  } else {
    words += ", not done";
  }
  return words;
}

void show(App& app, const Bar& bar) {
  app.later([flow = bar.flow, packet = bar.packet](App& a) {
    a.network_view().flow = flow;
    a.network_view().packet = packet;
    a.network_view().shows_flow = true;
  });
}

void mirror_bars(App& app, const std::vector<Bar>& bars) {
  const Session& session = app.session();
  const ui::Region list("waterfall.list", "Requests, by connection", ui::Role::kList);
  for (size_t i = bars.size() > kMirrored ? bars.size() - kMirrored : 0; i < bars.size(); ++i) {
    const Bar& bar = bars[i];
    const std::string flow = "waterfall." + std::to_string(bar.flow);
    if (bar.exchange == SIZE_MAX) {
      ui::mirror().add({.id = flow,
                        .role = ui::Role::kItem,
                        .label = flow_words(session, session.conversations().flows()[bar.flow])});
      continue;
    }
    const std::string id = flow + "." + std::to_string(bar.exchange);
    const ui::Region item(id + ".item", "", ui::Role::kItem);
    ui::mirror().add({.id = id, .role = ui::Role::kButton, .label = bar_words(session, bar)});
    if (ui::mirror().take_click(id)) show(app, bar);
  }
}

/// Virtual time across the panel.
struct Axis {
  float left = 0;
  float right = 0;
  int64_t from = 0;
  int64_t to = 1;

  [[nodiscard]] float x(int64_t at) const {
    return left + (right - left) * static_cast<float>(static_cast<double>(at - from) /
                                                      static_cast<double>(to - from));
  }
};

/// A round step of time (1, 2 or 5 times a power of ten) that leaves room for its words.
int64_t tick_step(const Axis& axis) {
  const double least =
      static_cast<double>(axis.to - axis.from) * 74.0 / std::max(axis.right - axis.left, 74.0F);
  int64_t scale = 1;
  while (static_cast<double>(scale) * 10 <= least) scale *= 10;
  for (const int64_t factor : {1, 2, 5}) {
    if (static_cast<double>(scale * factor) >= least) return scale * factor;
  }
  return scale * 10;
}

void draw_axis(const Axis& axis, float top, float bottom) {
  const ui::Palette& p = ui::palette();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const int64_t step = std::max<int64_t>(tick_step(axis), 1);
  ImGui::PushFont(ui::font(ui::Face::kMono), 11);
  for (int64_t at = (axis.from + step - 1) / step * step; at <= axis.to; at += step) {
    const float x = std::floor(axis.x(at));
    list.AddLine({x, top + kAxis - 4}, {x, bottom}, ui::faded(p.line, 0.8F));
    const std::string words = clock_text({at});
    const float width = ImGui::CalcTextSize(words.c_str()).x;
    if (x + 3 + width < axis.right + 4) list.AddText({x + 3, top + 2}, p.faint, words.c_str());
  }
  ImGui::PopFont();
}

void part(const Axis& axis, int64_t from, int64_t to, float top, ImU32 color) {
  const float x1 = axis.x(from);
  const float x2 = std::max(axis.x(to), x1 + 2);
  ImGui::GetWindowDrawList()->AddRectFilled({x1, top}, {x2, top + kRow - 10}, color, 2);
}

void draw_bar(const Session& session, const Axis& axis, const Bar& bar, float y) {
  const ui::Palette& p = ui::palette();
  const Exchange& exchange =
      session.conversations().flows()[bar.flow].decoding.exchanges[bar.exchange];
  const int64_t now = session.view().now.ns;
  const float top = y + 5;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const int64_t reached = bar.reached >= 0 ? bar.reached : bar.answered >= 0 ? bar.answered : now;
  part(axis, bar.begin, reached, top, p.ready);
  if (bar.reached >= 0) {
    part(axis, bar.reached, bar.answered >= 0 ? bar.answered : now, top,
         ui::faded(p.waiting, 0.85F));
  }
  const ImU32 end_color = exchange.failed ? p.failed : p.good;
  if (bar.answered >= 0) part(axis, bar.answered, bar.is_done() ? bar.end : now, top, end_color);
  if (!bar.is_done()) {
    // An open end.
    const float x = axis.x(now);
    list.AddTriangleFilled({x + 8, top + (kRow - 10) * 0.5F}, {x + 2, top + 2},
                           {x + 2, top + kRow - 12}, p.faint);
    return;
  }
  ImGui::PushFont(ui::font(ui::Face::kBody), 11.5F);
  const std::string words =
      exchange.response.empty() ? clock_text({bar.end - bar.begin}) : exchange.response;
  const float width = ImGui::CalcTextSize(words.c_str()).x;
  const float x = axis.x(bar.end) + 7;
  if (x + width < axis.right) {
    list.AddText({x, y + 4}, exchange.failed ? p.failed : p.muted, words.c_str());
  } else if (axis.x(bar.begin) - 7 - width > axis.left) {
    list.AddText({axis.x(bar.begin) - 7 - width, y + 4}, exchange.failed ? p.failed : p.muted,
                 words.c_str());
  }
  ImGui::PopFont();
}

void legend() {
  struct Entry {
    const char* words;
    ImU32 color;
  };
  const ui::Palette& p = ui::palette();
  const Entry entries[] = {
      {"request travels", p.ready}, {"server works", p.waiting}, {"response travels", p.good}};
  const ui::Letters letters(ui::Face::kBody, ui::kSmallSize, p.muted);
  for (const Entry& entry : entries) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::GetWindowDrawList()->AddRectFilled({at.x, at.y + 3}, {at.x + 12, at.y + 13}, entry.color,
                                              2);
    ImGui::Dummy({14, 16});
    ImGui::SameLine(0, 4);
    ImGui::TextUnformatted(entry.words);
    ImGui::SameLine(0, 16);
  }
  ImGui::NewLine();
}

void draw_row(App& app, const Axis& axis, const Bar& bar, ImVec2 at, float names) {
  const ui::Palette& p = ui::palette();
  const Session& session = app.session();
  const Flow& flow = session.conversations().flows()[bar.flow];
  ImDrawList& list = *ImGui::GetWindowDrawList();
  if (bar.exchange == SIZE_MAX) {
    ImGui::PushFont(ui::font(ui::Face::kStrong), 12.5F);
    list.AddText({at.x, at.y + 5}, p.muted,
                 ui::fitted(flow_words(session, flow), axis.right - at.x).c_str());
    ImGui::PopFont();
    return;
  }
  const std::string id =
      "waterfall." + std::to_string(bar.flow) + "." + std::to_string(bar.exchange);
  ImGui::SetCursorScreenPos(at);
  if (ImGui::InvisibleButton(id.c_str(), {axis.right - at.x, kRow})) show(app, bar);
  const ui::Rect rect{at, {axis.right, at.y + kRow}};
  ui::focus_ring(id, rect, 4);
  if (ImGui::IsItemHovered()) {
    list.AddRectFilled(rect.min, rect.max, ui::faded(p.hover, 0.5F), 4);
    ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
    ui::tooltip(bar_words(session, bar));
  }
  ImGui::PushFont(ui::font(ui::Face::kBody), 13);
  list.AddText({at.x + 12, at.y + 4}, p.text,
               ui::fitted(flow.decoding.exchanges[bar.exchange].request, names - 20).c_str());
  ImGui::PopFont();
  draw_bar(session, axis, bar, at.y);
}

void draw_bars(App& app, const std::vector<Bar>& bars) {
  legend();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  ImGui::BeginChild("waterfall.rows", room);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  const float names = ImClamp(width * 0.3F, 90.0F, 240.0F);
  Axis axis;
  axis.left = at.x + names;
  axis.right = at.x + width - 16;
  axis.from = INT64_MAX;
  for (const Bar& bar : bars) {
    if (bar.exchange == SIZE_MAX) continue;
    axis.from = std::min(axis.from, bar.begin);
    axis.to = std::max(axis.to, bar.is_done() ? bar.end : app.session().view().now.ns);
  }
  axis.to = std::max(axis.to, axis.from + 1);
  const float height = kAxis + static_cast<float>(bars.size()) * kRow;
  const float top = ImGui::GetWindowPos().y;
  draw_axis(axis, top, top + room.y);
  const float bottom = top + room.y;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.PushClipRect({at.x - 8, top + kAxis - 4}, {at.x + width + 8, bottom}, true);
  for (size_t i = 0; i < bars.size(); ++i) {
    const float y = at.y + kAxis + static_cast<float>(i) * kRow;
    if (y + kRow < top + kAxis || y > bottom) continue;
    draw_row(app, axis, bars[i], {at.x, y}, names);
  }
  list.PopClipRect();
  ImGui::SetCursorScreenPos({at.x, at.y + height});
  ImGui::Dummy({1, 1});
  ImGui::EndChild();
}

}  // namespace

void waterfall(App& app) {
  const std::vector<Bar> bars = bars_of(app.session());
  if (bars.empty()) {
    ui::empty_panel("waterfall.none", "Nobody has asked for anything yet.");
    return;
  }
  mirror_bars(app, bars);
  if (ui::visible()) draw_bars(app, bars);
}

}  // namespace web::panels
