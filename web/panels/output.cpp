// web/panels/output.cpp: what the programs have printed up to this step, as a terminal would show
// it.

#include <imgui_internal.h>

#include <algorithm>

#include "web/panels/panels.h"

namespace web::panels {
namespace {

/// What is drawn at most; the newest part is kept.
constexpr size_t kBytesShown = 64 * 1024;

struct Piece {
  std::string text;
  engine::Stream stream = engine::Stream::kStdout;
};

std::vector<Piece> pieces_of(const Session& session, size_t& cut) {
  std::vector<Piece> pieces;
  size_t bytes = 0;
  session.world().output().for_each_until(
      session.position(), [&](const engine::OutputLog::Chunk& chunk, std::string_view text) {
        if (!engine::is_terminal(chunk.stream)) return;
        if (pieces.empty() || pieces.back().stream != chunk.stream)
          pieces.push_back({{}, chunk.stream});
        pieces.back().text += text;
        bytes += text.size();
      });
  cut = 0;
  while (bytes - cut > kBytesShown) {
    Piece& oldest = pieces.front();
    const size_t drop = std::min(oldest.text.size(), bytes - cut - kBytesShown);
    oldest.text.erase(0, drop);
    cut += drop;
    if (oldest.text.empty()) pieces.erase(pieces.begin());
  }
  return pieces;
}

void draw_verdict(const Session& session) {
  if (!session.at_end() || session.verdict().reason.empty()) return;
  ui::mirror().add({.id = "verdict", .role = ui::Role::kText, .label = session.verdict().reason});
  if (!ui::visible()) return;
  const ui::Letters letters(ui::Face::kBody, ui::kTextSize, ui::palette().failed);
  ImGui::Dummy({0, 2});
  ui::paragraph(session.verdict().reason);
}

}  // namespace

void output(App& app) {
  const Session& session = app.session();
  size_t cut = 0;
  const std::vector<Piece> pieces = pieces_of(session, cut);
  std::string whole;
  for (const Piece& piece : pieces) whole += piece.text;
  ui::mirror().add(
      {.id = "output.text", .role = ui::Role::kLog, .label = "Program output", .value = whole});
  if (pieces.empty()) {
    ui::empty_panel("output.none", "Nothing has been printed yet.");
    draw_verdict(session);
    return;
  }
  if (ui::visible()) {
    const ui::Palette& p = ui::palette();
    if (cut > 0) ui::note("output.cut", "Earlier output is not shown.");
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 0));
    for (const Piece& piece : pieces) {
      const ui::Letters letters(ui::Face::kMono, 13,
                                piece.stream == engine::Stream::kStderr ? p.failed : p.text);
      ui::paragraph(piece.text);
    }
    ImGui::PopStyleVar();
  }
  draw_verdict(session);
  if (ui::visible()) {
    static uint64_t seen = 0;
    if (seen != session.moves()) ImGui::SetScrollHereY(1.0F);
    seen = session.moves();
  }
}

}  // namespace web::panels
