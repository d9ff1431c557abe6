// Tables as text.

#include "sim/k8s/api/json_path.h"
#include "sim/k8s/api/object.h"
#include "sim/k8s/kubectl/print.h"

namespace sim::k8s::kubectl {
namespace {

using json::Value;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

// Only the first line of a cell is shown, and nothing that moves the cursor.
std::string cell_text(const Value& cell) {
  if (!cell || cell.is_null()) return {};
  const std::string whole = cell.is_string() ? std::string(cell.text()) : go_text(cell);
  const size_t end = whole.find_first_of("\f\n\r");
  const std::string out = for_terminal(std::string_view(whole).substr(0, end));
  return end == std::string::npos ? out : out + "...";
}

std::string labels_cell(const Value& labels) {
  std::string out;
  for (const json::Member& label : labels.members()) {
    if (!out.empty()) out += ',';
    out += label.name();
    out += '=';
    out += label.value.text();
  }
  return out.empty() ? "<none>" : out;
}

void append(std::string& line, std::string_view cell) {
  line += cell;
  line += '\t';
}

}  // namespace

std::string for_terminal(std::string_view text) {
  constexpr char kEscape = '\x1b';
  std::string out;
  for (const char c : text) {
    if (c == kEscape) {
      out += "^[";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      out += c;
    }
  }
  return out;
}

bool TablePrinter::shows(const Value& column) const {
  return format_.wide || column["priority"].integer() == 0;
}

void TablePrinter::begin_kind(std::string_view kind, bool namespaced) {
  flush(done_);
  writer_.forget_widths();
  separates_ = has_printed_ && !format_.no_headers;
  kind_ = kind;
  // Once there, the column stays, also for kinds that have no namespace.
  has_namespaces_ = has_namespaces_ || (format_.all_namespaces && namespaced);
  columns_ = {};
  has_header_ = false;
}

void TablePrinter::add_header(std::string_view event) {
  std::string line;
  if (!event.empty()) append(line, "EVENT");
  if (has_namespaces_) append(line, "NAMESPACE");
  for (const Value& column : columns_.items()) {
    if (shows(column)) append(line, upper(column["name"].text()));
  }
  for (const std::string& label : format_.label_columns) {
    append(line, upper(std::string_view(label).substr(label.rfind('/') + 1)));
  }
  if (format_.show_labels) append(line, "LABELS");
  if (!line.empty()) line.back() = '\n';
  writer_.write(line);
}

void TablePrinter::add_row(const Value& row, std::string_view event) {
  const Value& meta = metadata(row["object"]);
  std::string line;
  if (!event.empty()) {
    constexpr size_t kWidth = 8;  // of MODIFIED
    std::string padded(event);
    if (padded.size() < kWidth) padded.resize(kWidth, ' ');
    append(line, padded);
  }
  if (has_namespaces_) append(line, meta["namespace"].text());
  const auto columns = columns_.items();
  const auto cells = row["cells"].items();
  bool needs_kind = format_.with_kind;
  for (size_t i = 0; i < columns.size(); ++i) {
    const bool is_name =
        columns[i]["format"].text() == "name" && columns[i]["type"].text() == "string";
    std::string cell = i < cells.size() ? cell_text(cells[i]) : std::string();
    if (is_name && needs_kind) {
      cell = kind_ + "/" + cell;
      needs_kind = false;
    }
    if (shows(columns[i])) append(line, cell);
  }
  for (const std::string& label : format_.label_columns) {
    append(line, meta["labels"][label].text());
  }
  if (format_.show_labels) append(line, labels_cell(meta["labels"]));
  if (!line.empty()) line.back() = '\n';
  writer_.write(line);
}

void TablePrinter::add(const Value& table, std::string_view event) {
  const Value& columns = table["columnDefinitions"];
  if (columns.size() > 0 && columns != columns_) {
    columns_ = columns;
    has_header_ = false;
  }
  if (table["rows"].size() == 0) return;
  if (!has_header_ && !format_.no_headers) add_header(event);
  has_header_ = true;
  for (const Value& row : table["rows"].items()) add_row(row, event);
}

void TablePrinter::flush(std::string& out) {
  if (&out != &done_) {
    out += done_;
    done_.clear();
  }
  if (writer_.empty()) return;
  if (separates_) out += '\n';
  separates_ = false;
  writer_.flush(out);
  has_printed_ = true;
}

}  // namespace sim::k8s::kubectl
