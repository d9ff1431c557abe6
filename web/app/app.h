// web/app/app.h: the playground, without a screen to be on.
//
// A backend calls tick() as often as the screen refreshes and draw() when there is something new to
// see. Panels read the session of this frame and ask for changes with later(); changes are made
// between frames, as views expire with each move. Does not: know SDL, Emscripten, files or the
// address bar. What should leave the program (a copied link, the address, settings) is asked for by
// the backend.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "web/app/session.h"
#include "web/app/settings.h"
#include "web/ui/ui.h"

namespace web {

struct GalleryItem {
  std::string name;
  std::string title;
};

/// What the lanes show of history. Zoom 0: as much as fits.
struct LanesView {
  float pixels_per_step = 0;
  double first_step = 0;
  bool follow = true;
};

/// What the panels of the network point out.
struct NetworkView {
  enum class Menu : uint8_t { kNone, kNode, kLink };
  Menu menu = Menu::kNone;  // which menu is open in the topology, and for which machines
  uint32_t from = 0;
  uint32_t to = 0;
  ImVec2 menu_at;
  bool menu_opening = false;
  size_t flow = 0;           // a place among the conversations
  size_t packet = SIZE_MAX;  // a place in the capture; none: the newest of the flow
  bool shows_flow = false;   // the connections panel was asked for
};

class App {
 public:
  struct Start {
    std::string link;      // may be empty
    std::string settings;  // as settings_text() wrote them
    bool system_dark = true;
  };
  explicit App(const Start& start);

  /// `seconds` since the last call. True if there is something new to draw.
  bool tick(double seconds);
  /// Between ImGui::NewFrame() and ImGui::Render().
  void draw(ui::Mirror& mirror, const ui::TextHost& host);

  // --- For panels
  // ---------------------------------------------------------------------------------

  [[nodiscard]] const Session& session() const { return *session_; }
  /// Runs after this frame.
  void later(std::function<void(App&)> change) { later_.push_back(std::move(change)); }
  void say(std::string message, bool is_problem = false);

  [[nodiscard]] const std::vector<GalleryItem>& gallery() const { return gallery_; }
  [[nodiscard]] bool playing() const { return playing_; }
  /// Whether a run to the end is under way; it goes on over many frames.
  [[nodiscard]] bool running_to_end() const { return running_to_end_; }
  [[nodiscard]] bool dark() const { return settings_.dark.value_or(system_dark_); }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] LanesView& lanes() { return lanes_; }
  [[nodiscard]] NetworkView& network_view() { return network_view_; }
  /// The virtual time that the topology shows, in ns: it glides to that of the session after a
  /// step.
  [[nodiscard]] double shown_ns() const;
  [[nodiscard]] bool is_gliding() const { return glide_left_ > 0; }
  /// The goroutine that is pointed out in every panel; 0 if none.
  [[nodiscard]] uint32_t selected_task() const { return selected_task_; }
  void select_task(uint32_t task) { selected_task_ = task == selected_task_ ? 0 : task; }
  /// True once after a run was opened: tabs may be chosen for it.
  bool take_show_fitting_tabs() { return std::exchange(show_fitting_tabs_, false); }
  /// True once after an intervention made a branch.
  bool take_show_branches() { return std::exchange(show_branches_, false); }
  /// True once after each move.
  bool take_moved() { return std::exchange(moves_seen_, session_->moves()) != session_->moves(); }
  bool palette_open = false;
  bool palette_opening = false;

  // --- Changes, made between frames
  // ----------------------------------------------------------------

  void set_playing(bool playing);
  void step();
  void step_back();
  void seek(uint64_t position);
  void run_to_end();
  void set_speed(size_t index);
  void set_dark(bool dark);
  void set_system_dark(bool dark) { system_dark_ = dark; }
  void intervene(const std::string& input);
  void switch_branch(uint32_t branch);
  void copy_link();
  void reset_layout() { settings_.layout.clear(); }
  void set_layout(std::string name) { settings_.layout = std::move(name); }
  /// Opens another run. On a mistake the present one stays, and the message is shown.
  bool open(const Link& link);
  bool open(std::string_view link_words);

  // --- For backends
  // --------------------------------------------------------------------------------

  /// The address of this place; stable while nothing moves.
  [[nodiscard]] std::string link() const { return link_text(session_->link()); }
  std::optional<std::string> take_copied() { return std::exchange(copied_, std::nullopt); }
  /// Whether the link of the start was opened; if not, last_message() says why.
  [[nodiscard]] bool opened_as_asked() const { return opened_as_asked_; }
  [[nodiscard]] std::string last_message() const {
    return messages_.empty() ? std::string() : messages_.back().text;
  }
  /// Compares the arena's pages before and after the next frame.
  void check_next_frame() { check_ = Check::kAsked; }
  /// "unchanged", "changed", or "pending" until a frame was drawn.
  [[nodiscard]] std::string_view check_result() const;

 private:
  enum class Check : uint8_t { kNone, kAsked, kUnchanged, kChanged };
  struct Message {
    std::string text;
    bool is_problem = false;
    double seconds_left = 0;
  };

  void draw_everything();
  void draw_scrim() const;
  void draw_messages();
  void handle_keys();
  void play(double seconds);
  /// Lets shown_ns() go from `from_ns` to the session's time.
  void glide(double from_ns, double seconds);

  std::unique_ptr<Session> session_;
  std::vector<GalleryItem> gallery_;
  std::vector<std::function<void(App&)>> later_;
  std::vector<Message> messages_;
  Settings settings_;
  LanesView lanes_;
  NetworkView network_view_;
  double glide_from_ns_ = 0;
  double glide_seconds_ = 0;
  double glide_left_ = 0;    // seconds
  uint64_t glide_move_ = 0;  // the session's move that it follows
  std::optional<std::string> copied_;
  double owed_steps_ = 0;
  uint32_t selected_task_ = 0;
  uint64_t moves_seen_ = 0;
  bool show_fitting_tabs_ = false;
  bool show_branches_ = false;
  bool opened_as_asked_ = true;
  bool system_dark_ = true;
  bool drawn_dark_ = false;
  bool theme_applied_ = false;
  bool playing_ = false;
  bool running_to_end_ = false;
  Check check_ = Check::kNone;
};

}  // namespace web
