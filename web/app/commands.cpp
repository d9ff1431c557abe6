#include "web/app/commands.h"

#include <imgui_internal.h>

#include <algorithm>
#include <cassert>

#include "web/app/app.h"

namespace web {
namespace {

using ui::Icon;

bool always(const App&) {
  return true;
}
bool can_go_forward(const App& app) {
  return !app.session().at_end();
}
bool can_go_back(const App& app) {
  return app.session().position() > 0;
}

void go_by(App& app, int64_t steps) {
  const auto at = static_cast<int64_t>(app.session().position());
  app.seek(static_cast<uint64_t>(std::max<int64_t>(0, at + steps)));
}

Link changed_link(const App& app) {
  // Inputs belong to the history that they were made in.
  Link link = app.session().link();
  link.step = 0;
  link.inputs.clear();
  return link;
}

void another_seed(App& app) {
  Link link = changed_link(app);
  ++link.seed;
  app.open(link);
}

void restart(App& app) {
  app.open(changed_link(app));
}

void other_policy(App& app) {
  Link link = changed_link(app);
  const auto all = engine::policies();
  const auto at = std::find(all.begin(), all.end(), link.policy.value_or(engine::Policy::kFifo));
  link.policy = at + 1 == all.end() ? all.front() : *(at + 1);
  app.open(link);
}

constexpr Command kCommands[] = {
    {"play", "Play or pause", "Space", ImGuiKey_Space, 0, Icon::kPlay, false, always,
     [](App& app) { app.set_playing(!app.playing() && !app.running_to_end()); }},
    {"step", "Step forward", ".", ImGuiKey_Period, ImGuiKey_RightArrow, Icon::kStepForward, true,
     can_go_forward, [](App& app) { app.step(); }},
    {"step-back", "Step back", ",", ImGuiKey_Comma, ImGuiKey_LeftArrow, Icon::kStepBack, true,
     can_go_back, [](App& app) { app.step_back(); }},
    {"step-10", "Ten steps forward", "Shift+\xE2\x86\x92", ImGuiMod_Shift | ImGuiKey_RightArrow, 0,
     Icon::kNone, true, can_go_forward, [](App& app) { go_by(app, 10); }},
    {"step-back-10", "Ten steps back", "Shift+\xE2\x86\x90", ImGuiMod_Shift | ImGuiKey_LeftArrow, 0,
     Icon::kNone, true, can_go_back, [](App& app) { go_by(app, -10); }},
    {"to-start", "To the start", "Home", ImGuiKey_Home, 0, Icon::kToStart, false, can_go_back,
     [](App& app) { app.seek(0); }},
    {"to-end", "To the end", "End", ImGuiKey_End, 0, Icon::kToEnd, false, can_go_forward,
     [](App& app) { app.run_to_end(); }},
    {"slower", "Slower", "-", ImGuiKey_Minus, 0, Icon::kNone, false, always,
     [](App& app) { app.set_speed(std::max<size_t>(app.settings().speed, 1) - 1); }},
    {"faster", "Faster", "+", ImGuiKey_Equal, ImGuiMod_Shift | ImGuiKey_Equal, Icon::kNone, false,
     always, [](App& app) { app.set_speed(app.settings().speed + 1); }},
    {"next-seed", "Try the next seed", "N", ImGuiKey_N, 0, Icon::kDice, false, always,
     another_seed},
    {"policy", "Switch the scheduling policy", "P", ImGuiKey_P, 0, Icon::kNone, false, always,
     other_policy},
    {"restart", "Start this run afresh", "R", ImGuiKey_R, 0, Icon::kNone, false, always, restart},
    {"share", "Copy a link to this step", "C", ImGuiKey_C, 0, Icon::kLink, false, always,
     [](App& app) { app.copy_link(); }},
    {"theme", "Light or dark", "T", ImGuiKey_T, 0, Icon::kSun, false, always,
     [](App& app) { app.set_dark(!app.dark()); }},
    {"layout", "Put the panels back in place", "", 0, 0, Icon::kNone, false, always,
     [](App& app) { app.reset_layout(); }},
    {"palette", "All commands", "Ctrl+K", ImGuiMod_Ctrl | ImGuiKey_K, ImGuiKey_Slash, Icon::kSearch,
     false, always, [](App& app) { app.palette_open = app.palette_opening = true; }},
};

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

const Command& command(std::string_view id) {
  const auto* const found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                         [&](const Command& c) { return c.id == id; });
  assert(found != std::end(kCommands));
  return *found;
}

void command_button(App& app, std::string_view id, bool icon_only) {
  const Command& what = command(id);
  if (ui::button(id, {.label = what.label,
                      .icon = what.icon,
                      .shortcut = what.shortcut,
                      .icon_only = icon_only,
                      .enabled = what.enabled(app),
                      .quiet = true,
                      .width = icon_only ? 34.0F : 0.0F,
                      .height = icon_only ? 34.0F : ui::kControlHeight})) {
    app.later(what.run);
  }
}

}  // namespace web
