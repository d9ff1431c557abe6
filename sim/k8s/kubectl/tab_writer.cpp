#include "sim/k8s/kubectl/tab_writer.h"

#include <algorithm>

namespace sim::k8s::kubectl {
namespace {

size_t characters_in(std::string_view text) {
  size_t count = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++count;
  }
  return count;
}

}  // namespace

void TabWriter::write(std::string_view text) {
  while (!text.empty()) {
    const size_t end = text.find_first_of("\t\n");
    lines_.back().back() += text.substr(0, end);
    if (end == std::string_view::npos) return;
    if (text[end] == '\t') {
      lines_.back().emplace_back();
    } else {
      lines_.push_back({std::string()});
    }
    text.remove_prefix(end + 1);
  }
}

void TabWriter::flush(std::string& out) {
  std::vector<size_t> widths;
  lay_out(0, lines_.size(), widths, out);
  lines_ = {{std::string()}};
}

size_t TabWriter::width_of_block(size_t first, size_t last, size_t column) {
  size_t width = options_.min_width;
  for (size_t i = first; i < last; ++i) {
    width = std::max(width, characters_in(lines_[i][column]) + options_.padding);
  }
  if (!options_.remembers_widths) return width;
  if (remembered_.size() <= column) remembered_.resize(column + 1, 0);
  remembered_[column] = std::max(remembered_[column], width);
  return remembered_[column];
}

// Lines in which the columns up to widths.size() have those widths: finds the blocks of the column
// that follows, and so on inside of each.
void TabWriter::lay_out(size_t first, size_t last, std::vector<size_t>& widths, std::string& out) {
  const size_t column = widths.size();
  const auto has_column = [&](size_t line) { return column + 1 < lines_[line].size(); };
  size_t begin = first;
  while (begin < last) {
    size_t end = begin + 1;
    if (!has_column(begin)) {
      while (end < last && !has_column(end)) ++end;
      append_lines(begin, end, widths, out);
    } else {
      while (end < last && has_column(end)) ++end;
      widths.push_back(width_of_block(begin, end, column));
      lay_out(begin, end, widths, out);
      widths.pop_back();
    }
    begin = end;
  }
}

void TabWriter::append_lines(size_t first, size_t last, const std::vector<size_t>& widths,
                             std::string& out) const {
  for (size_t i = first; i < last; ++i) {
    const Line& line = lines_[i];
    for (size_t j = 0; j < line.size(); ++j) {
      out += line[j];
      // Each but the last is in a block of its column.
      if (j < widths.size()) out.append(widths[j] - characters_in(line[j]), ' ');
    }
    if (i + 1 < lines_.size()) out += '\n';
  }
}

}  // namespace sim::k8s::kubectl
