// web/ui/mirror.h: what the screen shows, as a tree that a screen reader or a test can read.
//
// The calls that draw a frame also record it here, so the two cannot drift apart. A backend
// publishes the tree (the page as hidden HTML, the desktop as JSON) and posts actions back; the
// control with that id consumes its action in the next frame, on the same path as a click of the
// mouse. Does not: draw, or know what the ids mean.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace web::ui {

enum class Role : uint8_t {
  kRegion,
  kHeading,
  kText,
  kStatus,  // announced when it changes
  kLog,     // what is appended is announced
  kButton,
  kToggle,
  kSlider,
  kTextbox,
  kChoice,
  kOption,
  kTable,
  kRow,
  kHeaderCell,
  kCell,
  kList,
  kItem,
};

struct Node {
  std::string id;  // stable from frame to frame, unique in the tree
  Role role = Role::kText;
  std::string label = {};
  std::string value = {};
  std::string shortcut = {};
  bool disabled = false;
  bool on = false;  // pressed, selected or current
  double min = 0;
  double max = 0;
  uint16_t depth = 0;
};

/// What a reader of the mirror did: `click`, `set` (with a value), `key` (in a text box), `focus`,
/// `blur`.
struct Action {
  std::string id;
  std::string kind;
  std::string value;
};

class Mirror {
 public:
  /// Starts a new tree. Actions posted since the last frame can now be taken; older ones are gone.
  void begin_frame();

  void open(Node node);
  void close() { --depth_; }
  void add(Node node) {
    open(std::move(node));
    close();
  }

  void post(Action action) { posted_.push_back(std::move(action)); }
  [[nodiscard]] bool has_posted() const { return !posted_.empty(); }
  bool take_click(std::string_view id) { return take(id, "click").has_value(); }
  /// The value of an action of `kind` on `id`, if there was one; the last one wins.
  std::optional<std::string> take(std::string_view id, std::string_view kind);

  /// The control that a reader of the mirror is at; drawn with a focus ring.
  [[nodiscard]] const std::string& focused() const { return focused_; }
  /// Whether a keyboard brought the reader there.
  [[nodiscard]] bool is_focused(std::string_view id) const {
    return !focused_.empty() && focused_ == id;
  }

  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  /// A JSON array of the nodes in reading order; each says how deep it lies.
  [[nodiscard]] std::string json() const;

 private:
  std::vector<Node> nodes_;
  std::vector<Action> posted_;
  std::vector<Action> current_;
  std::string focused_;
  uint16_t depth_ = 0;
};

}  // namespace web::ui
