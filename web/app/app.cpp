#include "web/app/app.h"

#include <imgui_internal.h>

#include <algorithm>
#include <utility>

#include "sim/scenario/gallery.h"
#include "web/app/commands.h"
#include "web/app/layout.h"
#include "web/panels/panels.h"

namespace web {
namespace {

/// What a frame may spend on simulating; the rest of its 16 ms is for drawing.
constexpr double kPlayBudgetMs = 8;
/// How long packets take to glide on after a step, and how fast a run must play not to glide.
constexpr double kGlideSeconds = 0.22;
constexpr double kGlideSecondsMax = 0.6;
constexpr double kGlideRateMax = 40;
constexpr double kMessageSeconds = 4;
constexpr double kProblemSeconds = 12;
constexpr std::string_view kFirstScenario = "go/waitgroup";

std::vector<GalleryItem> read_gallery() {
  std::vector<GalleryItem> items;
  for (const sim::scenario::GalleryEntry& entry : sim::scenario::gallery()) {
    const auto parsed = sim::scenario::parse(entry.file, entry.text);
    if (parsed) items.push_back({std::string(entry.name), parsed.value().title});
  }
  return items;
}

}  // namespace

App::App(const Start& start)
    : gallery_(read_gallery()),
      settings_(read_settings(start.settings)),
      system_dark_(start.system_dark) {
  if (!start.link.empty()) {
    opened_as_asked_ = open(start.link);
    if (opened_as_asked_) return;
  }
  Link first;
  first.scenario = sim::scenario::find_in_gallery(kFirstScenario) || gallery_.empty()
                       ? kFirstScenario
                       : std::string_view(gallery_.front().name);
  open(first);
}

bool App::open(std::string_view link_words) {
  std::string problem;
  const auto link = read_link(link_words, problem);
  if (!link) {
    say("This link cannot be opened: " + problem, true);
    return false;
  }
  return open(*link);
}

bool App::open(const Link& link) {
  std::string problem;
  const bool changes = link.identity.has_value();
  auto session = Session::open(link, problem);
  if (session == nullptr) {
    say("This cannot be opened: " + problem, true);
    return false;
  }
  if (changes && *link.identity != session->scenario().identity) {
    say("The scenario has changed since this link was made; the history may differ.", true);
  }
  session_ = std::move(session);
  show_fitting_tabs_ = true;
  playing_ = false;
  running_to_end_ = false;
  selected_task_ = 0;
  lanes_ = {};
  network_view_ = {};
  glide_left_ = 0;
  return true;
}

void App::say(std::string message, bool is_problem) {
  constexpr size_t kMessagesMax = 3;
  if (messages_.size() == kMessagesMax) messages_.erase(messages_.begin());
  messages_.push_back(
      {std::move(message), is_problem, is_problem ? kProblemSeconds : kMessageSeconds});
}

bool App::tick(double seconds) {
  bool changed = false;
  if (playing_ || running_to_end_) {
    play(seconds);
    changed = true;
  }
  if (glide_left_ > 0) {
    glide_left_ = glide_move_ == session_->moves() ? glide_left_ - seconds : 0;
    changed = true;
  }
  for (Message& message : messages_) message.seconds_left -= seconds;
  const auto gone = std::remove_if(messages_.begin(), messages_.end(),
                                   [](const Message& m) { return m.seconds_left <= 0; });
  changed = changed || gone != messages_.end();
  messages_.erase(gone, messages_.end());
  return changed;
}

void App::play(double seconds) {
  uint64_t steps = UINT64_MAX;
  const double rate = kSpeeds[settings_.speed].steps_per_second;
  if (!running_to_end_ && rate > 0) {
    owed_steps_ += seconds * rate;
    steps = static_cast<uint64_t>(owed_steps_);
    owed_steps_ -= static_cast<double>(steps);
    if (steps == 0) return;
  }
  const double before = shown_ns();
  const bool more = session_->forward(steps, kPlayBudgetMs);
  if (rate > 0 && rate <= kGlideRateMax) glide(before, std::min(1 / rate, kGlideSecondsMax));
  if (more) return;
  playing_ = false;
  running_to_end_ = false;
}

void App::set_playing(bool playing) {
  running_to_end_ = false;
  playing_ = playing;
  owed_steps_ = 1;  // the first step comes at once
  // Playing from the end starts over, as a film does.
  if (playing && session_->at_end()) session_->seek(0);
}

double App::shown_ns() const {
  const auto now = static_cast<double>(session_->view().now.ns);
  if (glide_left_ <= 0 || glide_move_ != session_->moves()) return now;
  return now - (now - glide_from_ns_) * glide_left_ / glide_seconds_;
}

void App::glide(double from_ns, double seconds) {
  if (!session_->has_network()) return;
  glide_from_ns_ = from_ns;
  glide_seconds_ = glide_left_ = seconds;
  glide_move_ = session_->moves();
}

void App::step() {
  set_playing(false);
  const double before = shown_ns();
  session_->forward(1, kPlayBudgetMs);
  glide(before, kGlideSeconds);
}

void App::step_back() {
  set_playing(false);
  if (session_->position() > 0) session_->seek(session_->position() - 1);
}

void App::seek(uint64_t position) {
  set_playing(false);
  session_->seek(position);
}

void App::run_to_end() {
  playing_ = false;
  running_to_end_ = true;
}

void App::set_speed(size_t index) {
  settings_.speed = std::min(index, kSpeeds.size() - 1);
}

void App::set_dark(bool dark) {
  settings_.dark = dark;
}

void App::intervene(const std::string& input) {
  set_playing(false);
  const uint32_t before = session_->timeline().active_branch();
  const bool found = session_->intervene(input);
  if (session_->timeline().active_branch() != before) {
    say("This changes the past: a new branch begins here. The old future is kept.");
    show_branches_ = true;
  } else if (!found) {
    say("\"" + input + "\" found nothing to act on.", true);
  }
}

void App::switch_branch(uint32_t branch) {
  set_playing(false);
  session_->switch_to(branch);
}

void App::copy_link() {
  copied_ = link();
  say("Link copied. It leads to this very step.");
}

std::string_view App::check_result() const {
  if (check_ == Check::kUnchanged) return "unchanged";
  return check_ == Check::kChanged ? "changed" : "pending";
}

void App::draw(ui::Mirror& mirror, const ui::TextHost& host) {
  if (!theme_applied_ || drawn_dark_ != dark()) {
    ui::apply_theme(dark());
    drawn_dark_ = dark();
    theme_applied_ = true;
  }
  const bool check = check_ == Check::kAsked;
  const uint64_t before = check ? session_->arena_digest() : 0;
  ui::begin_frame(mirror, host);
  handle_keys();
  draw_everything();
  ui::end_frame();
  if (check) check_ = before == session_->arena_digest() ? Check::kUnchanged : Check::kChanged;
  for (const auto& change : std::exchange(later_, {})) change(*this);
}

void App::draw_scrim() const {
  if (!palette_open) return;
  const ImVec2 screen = ImGui::GetMainViewport()->Size;
  // In a window of its own, so that it lies over the panels and under the palette.
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(screen);
  ImGui::SetNextWindowFocus();
  ImGui::PushStyleColor(ImGuiCol_WindowBg, IM_COL32(0, 0, 0, dark() ? 120 : 70));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0);
  ImGui::Begin("##scrim", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoInputs |
                   ImGuiWindowFlags_NoDocking | ImGuiWindowFlags_NoSavedSettings |
                   ImGuiWindowFlags_NoNav);
  ImGui::End();
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
}

void App::draw_everything() {
  const ImVec2 screen = ImGui::GetMainViewport()->Size;
  panels::top_bar(*this);
  draw_messages();
  panels::transport(*this);
  dock_panels(*this, screen);
  draw_panels(*this);
  draw_scrim();
  panels::palette(*this);
}

void App::draw_messages() {
  float bottom = ImGui::GetMainViewport()->Size.y - kTransportHeight - 14;
  for (size_t i = messages_.size(); i-- > 0;) {
    const Message& message = messages_[i];
    const ui::Palette& p = ui::palette();
    const std::string id = "message." + std::to_string(i);
    ui::mirror().add({.id = id, .role = ui::Role::kStatus, .label = message.text});
    const float wrap = std::min(520.0F, ImGui::GetMainViewport()->Size.x - 80);
    const ImVec2 text = ImGui::CalcTextSize(message.text.c_str(), nullptr, false, wrap);
    const ImVec2 size(text.x + 44, text.y + 24);
    const ImVec2 at((ImGui::GetMainViewport()->Size.x - size.x) * 0.5F, bottom - size.y);
    ImDrawList& list = *ImGui::GetForegroundDrawList();
    list.AddRectFilled({at.x, at.y + 2}, {at.x + size.x, at.y + size.y + 4}, IM_COL32(0, 0, 0, 60),
                       10);
    list.AddRectFilled(at, {at.x + size.x, at.y + size.y}, p.raised, 9);
    list.AddRect(at, {at.x + size.x, at.y + size.y}, message.is_problem ? p.failed : p.pressed, 9,
                 1.2F);
    list.AddCircleFilled({at.x + 18, at.y + size.y * 0.5F}, 4,
                         message.is_problem ? p.failed : p.accent);
    list.AddText(ImGui::GetFont(), ImGui::GetFontSize(), {at.x + 32, at.y + 12}, p.text,
                 message.text.c_str(), nullptr, wrap);
    bottom = at.y - 8;
  }
}

void App::handle_keys() {
  if (ImGui::GetIO().WantTextInput || palette_open) return;
  for (const Command& command : commands()) {
    for (const ImGuiKeyChord chord : {command.key, command.other_key}) {
      const auto repeat = command.repeats ? ImGuiInputFlags_Repeat : ImGuiInputFlags_None;
      if (chord != 0 && ImGui::IsKeyChordPressed(chord, repeat, ImGuiKeyOwner_Any) &&
          command.enabled(*this))
        later(command.run);
    }
  }
}

}  // namespace web
