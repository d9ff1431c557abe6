#include "web/ui/mirror.h"

#include <cassert>
#include <cstdio>
#include <utility>

namespace web::ui {
namespace {

std::string_view role_name(Role role) {
  switch (role) {
    case Role::kRegion:
      return "region";
    case Role::kHeading:
      return "heading";
    case Role::kText:
      return "text";
    case Role::kStatus:
      return "status";
    case Role::kLog:
      return "log";
    case Role::kButton:
      return "button";
    case Role::kToggle:
      return "toggle";
    case Role::kSlider:
      return "slider";
    case Role::kTextbox:
      return "textbox";
    case Role::kChoice:
      return "choice";
    case Role::kOption:
      return "option";
    case Role::kTable:
      return "table";
    case Role::kRow:
      return "row";
    case Role::kHeaderCell:
      return "headercell";
    case Role::kCell:
      return "cell";
    case Role::kList:
      return "list";
    case Role::kItem:
      return "item";
  }
  return "text";
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
      out += escaped;
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_text(std::string& out, std::string_view key, std::string_view text) {
  if (text.empty()) return;
  out += ",\"";
  out += key;
  out += "\":";
  append_quoted(out, text);
}

}  // namespace

void Mirror::begin_frame() {
  assert(depth_ == 0);
  nodes_.clear();
  current_ = std::exchange(posted_, {});
  for (const Action& action : current_) {
    if (action.kind == "focus") focused_ = action.id;
    if (action.kind == "blur" && focused_ == action.id) focused_.clear();
  }
}

void Mirror::open(Node node) {
  node.depth = depth_++;
  nodes_.push_back(std::move(node));
}

std::optional<std::string> Mirror::take(std::string_view id, std::string_view kind) {
  std::optional<std::string> taken;
  for (Action& action : current_) {
    if (action.id == id && action.kind == kind) {
      taken = std::move(action.value);
      action.kind.clear();
    }
  }
  return taken;
}

std::string Mirror::json() const {
  std::string out = "[";
  for (const Node& node : nodes_) {
    if (out.size() > 1) out += ",\n";
    out += "{\"id\":";
    append_quoted(out, node.id);
    out += ",\"depth\":" + std::to_string(node.depth);
    append_text(out, "role", role_name(node.role));
    append_text(out, "label", node.label);
    append_text(out, "value", node.value);
    append_text(out, "shortcut", node.shortcut);
    if (node.disabled) out += ",\"disabled\":true";
    if (node.on) out += ",\"on\":true";
    if (node.role == Role::kSlider) {
      char range[96];
      std::snprintf(range, sizeof range, ",\"min\":%.17g,\"max\":%.17g", node.min, node.max);
      out += range;
    }
    out += '}';
  }
  return out + "]\n";
}

}  // namespace web::ui
