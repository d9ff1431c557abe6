// web/ui/table.h: a table of text, drawn and mirrored cell by cell.
//
// A row may be clicked as a whole. Rows that scrolled out of sight are mirrored all the same, so
// keep long lists out of it: those have their own panel with a window of rows.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "web/ui/ui.h"

namespace web::ui {

struct Column {
  const char* name = "";
  float width = 0;   // fixed, if above 0
  float weight = 1;  // of what is left, otherwise
};

/// Why a row stands out: the story looks at it, or it is what has just run.
enum class Emphasis : uint8_t { kNone, kLook, kRan };

class Table {
 public:
  Table(std::string_view id, std::string_view label, std::span<const Column> columns);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// Begins a row, closing the one before.
  void row(std::string_view id, Emphasis emphasis = Emphasis::kNone, float height = 30);
  /// Begins the next cell, mirrored with these words. What it shows is drawn by the caller, or:
  void cell(std::string_view words);
  /// ... as a cell that shows just its words, cut to fit, with the whole in a tooltip.
  void text_cell(std::string_view words, ImU32 color, Face face = Face::kBody,
                 bool keep_end = false);
  /// Whether cells can be seen; drawing by hand must ask.
  [[nodiscard]] bool shown() const { return shown_; }
  [[nodiscard]] float row_height() const { return height_; }

 private:
  void close_cell();
  void close_row();

  std::string id_;
  std::string row_id_;
  int cell_ = 0;
  bool in_row_ = false;
  bool in_cell_ = false;
  bool shown_ = false;
  float height_ = 30;
};

}  // namespace web::ui
