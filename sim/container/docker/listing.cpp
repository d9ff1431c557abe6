#include "sim/container/docker/listing.h"

#include <optional>

#include "sim/json/print.h"
#include "sim/json/value.h"
#include "sim/k8s/kubectl/tab_writer.h"

namespace sim::container::docker {
namespace {

constexpr k8s::kubectl::TabWriter::Options kLayout = {10, 3, false};

std::string without_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return std::string(text);
}

// A format cut into text and fields.
struct Part {
  std::string text;
  std::optional<size_t> field;
};

engine::Error read_format(const Listing& listing, std::string_view format,
                          std::vector<Part>& parts) {
  while (!format.empty()) {
    const size_t open = format.find("{{");
    std::string text(format.substr(0, open));
    // The shell gives a backslash and a letter as they are.
    for (size_t at = 0; (at = text.find("\\t", at)) != std::string::npos;)
      text.replace(at, 2, "\t");
    for (size_t at = 0; (at = text.find("\\n", at)) != std::string::npos;)
      text.replace(at, 2, "\n");
    if (!text.empty()) parts.push_back({std::move(text), {}});
    if (open == std::string_view::npos) return nullptr;
    const size_t close = format.find("}}", open);
    if (close == std::string_view::npos) {
      return engine::errorf("template parsing error: template: :1: unclosed action");
    }
    const std::string inside = without_blanks(format.substr(open + 2, close - open - 2));
    Part part;
    for (size_t i = 0; i < listing.fields.size(); ++i) {
      if (inside == "." + std::string(listing.fields[i].name)) part.field = i;
    }
    if (!part.field) {
      return engine::errorf("template: :1:2: executing \"\" at <", inside,
                            ">: can't evaluate field ",
                            inside.starts_with('.') ? inside.substr(1) : inside);
    }
    parts.push_back(std::move(part));
    format.remove_prefix(close + 2);
  }
  return nullptr;
}

std::string row_text(const std::vector<Part>& parts, const std::vector<std::string>& row) {
  std::string out;
  for (const Part& part : parts) out += part.field ? row[*part.field] : part.text;
  out += '\n';
  return out;
}

}  // namespace

Listed list_rows(const Listing& listing, std::string_view format) {
  Listed out;
  if (format == "json") {
    for (const std::vector<std::string>& row : listing.rows) {
      json::Object object;
      for (size_t i = 0; i < row.size(); ++i) object.set(listing.fields[i].name, row[i]);
      out.text += std::move(object).build().to_json() + "\n";
    }
    return out;
  }
  std::vector<Part> parts;
  const bool is_table = format.empty() || format.starts_with("table");
  if (format.starts_with("table")) format.remove_prefix(5);
  while (is_table && format.starts_with(' ')) format.remove_prefix(1);
  if (is_table && format.empty()) {
    for (const size_t column : listing.columns) {
      if (!parts.empty()) parts.push_back({"\t", {}});
      parts.push_back({{}, column});
    }
  } else {
    out.error = read_format(listing, format, parts);
    if (out.error) return out;
  }
  if (!is_table) {
    for (const std::vector<std::string>& row : listing.rows) out.text += row_text(parts, row);
    return out;
  }
  k8s::kubectl::TabWriter writer(kLayout);
  std::vector<std::string> headers;
  for (const Field& field : listing.fields) headers.emplace_back(field.header);
  writer.write(row_text(parts, headers));
  for (const std::vector<std::string>& row : listing.rows) writer.write(row_text(parts, row));
  writer.flush(out.text);
  return out;
}

}  // namespace sim::container::docker
