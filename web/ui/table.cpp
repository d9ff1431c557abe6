#include "web/ui/table.h"

#include <imgui_internal.h>

#include <cmath>

namespace web::ui {

Table::Table(std::string_view id, std::string_view label, std::span<const Column> columns)
    : id_(id) {
  mirror().open({.id = id_, .role = Role::kTable, .label = std::string(label)});
  mirror().open({.id = id_ + ".head", .role = Role::kRow});
  for (size_t i = 0; i < columns.size(); ++i) {
    mirror().add({.id = id_ + ".head." + std::to_string(i),
                  .role = Role::kHeaderCell,
                  .label = columns[i].name});
  }
  mirror().close();

  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_BordersInnerH | ImGuiTableFlags_PadOuterX |
                                     ImGuiTableFlags_NoSavedSettings |
                                     ImGuiTableFlags_SizingStretchProp;
  shown_ = visible() && ImGui::BeginTable(id_.c_str(), static_cast<int>(columns.size()), kFlags);
  if (!shown_) return;
  for (const Column& column : columns) {
    const bool fixed = column.width > 0;
    ImGui::TableSetupColumn(
        column.name, fixed ? ImGuiTableColumnFlags_WidthFixed : ImGuiTableColumnFlags_WidthStretch,
        fixed ? column.width : column.weight);
  }
  ImGui::TableNextRow(ImGuiTableRowFlags_None, 24);
  const Letters letters(Face::kBody, kSmallSize, palette().faint);
  for (const Column& column : columns) {
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(column.name);
  }
}

Table::~Table() {
  close_row();
  if (shown_) ImGui::EndTable();
  mirror().close();
}

void Table::row(std::string_view id, Emphasis emphasis, float height) {
  close_row();
  row_id_ = id;
  height_ = height;
  cell_ = 0;
  in_row_ = true;
  mirror().open({.id = row_id_, .role = Role::kRow, .on = emphasis != Emphasis::kNone});
  if (!shown_) return;
  ImGui::TableNextRow(ImGuiTableRowFlags_None, height + 2 * ImGui::GetStyle().CellPadding.y);
  const Palette& p = palette();
  if (emphasis == Emphasis::kLook)
    ImGui::TableSetBgColor(ImGuiTableBgTarget_RowBg0, faded(p.accent, 0.13F));
  if (emphasis == Emphasis::kRan)
    ImGui::TableSetBgColor(ImGuiTableBgTarget_RowBg0, faded(p.running, 0.10F));
}

void Table::cell(std::string_view words) {
  close_cell();
  in_cell_ = true;
  mirror().open({.id = row_id_ + "." + std::to_string(cell_++),
                 .role = Role::kCell,
                 .label = std::string(words)});
  if (shown_) ImGui::TableNextColumn();
}

void Table::text_cell(std::string_view words, ImU32 color, Face face, bool keep_end) {
  cell(words);
  if (!shown_ || words.empty()) return;
  const Letters letters(face, kTextSize, color);
  const float room = ImGui::GetContentRegionAvail().x;
  const std::string cut = keep_end ? fitted_end(words, room) : fitted(words, room);
  const float line = ImGui::GetTextLineHeight();
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() + std::floor((height_ - line) * 0.5F));
  ImGui::TextUnformatted(cut.c_str(), cut.c_str() + cut.size());
  if (cut != words && ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal)) tooltip(words);
}

void Table::close_cell() {
  if (!in_cell_) return;
  in_cell_ = false;
  mirror().close();
}

void Table::close_row() {
  if (!in_row_) return;
  close_cell();
  in_row_ = false;
  mirror().close();
}

}  // namespace web::ui
