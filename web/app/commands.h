// web/app/commands.h: everything that can be done with a key, as one table.
//
// Buttons, keys, the command palette and the mirror all take label, shortcut and action from here.

#pragma once

#include <imgui.h>

#include <span>
#include <string_view>

#include "web/ui/icons.h"

namespace web {

class App;

struct Command {
  const char* id;        // "step": also the id of its button, in the mirror too
  const char* label;     // "Step forward"
  const char* shortcut;  // as people read it: "."
  ImGuiKeyChord key;
  ImGuiKeyChord other_key;
  ui::Icon icon;
  bool repeats;  // while the key is held
  bool (*enabled)(const App& app);
  void (*run)(App& app);
};

std::span<const Command> commands();
/// REQUIRES: there is one.
const Command& command(std::string_view id);
/// Its button. Runs the command after this frame.
void command_button(App& app, std::string_view id, bool icon_only = true);

}  // namespace web
