// sim/k8s/kubectl/tab_writer.h: cells under each other, as kubectl lays them out.
//
// Concept: text comes in lines of cells that end in a tab; the last cell of a line ends with the
// line. Cells of one column in lines that follow each other form a block, and are padded to the
// width of the widest; a line without that column ends the block.
// Promises: what is behind the last tab is never padded. Widths count characters, not bytes.
// Source: Go documentation, `text/tabwriter`. Not modelled: padding with tabs, alignment to the
// right.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sim::k8s::kubectl {

class TabWriter {
 public:
  struct Options {
    size_t min_width = 0;  // of a column, padding included
    size_t padding = 0;
    /// Columns never become narrower than they were before a flush.
    bool remembers_widths = false;
  };
  /// Of `kubectl get`, and of `kubectl describe`.
  static constexpr Options kGet = {6, 3, true};
  static constexpr Options kDescribe = {0, 2, false};

  explicit TabWriter(Options options) : options_(options) {}

  void write(std::string_view text);
  /// Lays out what was written, appends it, and begins anew.
  void flush(std::string& out);
  void forget_widths() { remembered_.clear(); }
  [[nodiscard]] bool empty() const { return lines_.size() == 1 && lines_[0].size() == 1; }

 private:
  using Line = std::vector<std::string>;  // the last cell has no tab behind it
  void lay_out(size_t first, size_t last, std::vector<size_t>& widths, std::string& out);
  void append_lines(size_t first, size_t last, const std::vector<size_t>& widths,
                    std::string& out) const;
  size_t width_of_block(size_t first, size_t last, size_t column);

  Options options_;
  std::vector<Line> lines_ = {{std::string()}};
  std::vector<size_t> remembered_;
};

}  // namespace sim::k8s::kubectl
