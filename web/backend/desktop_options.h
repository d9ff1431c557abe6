// web/backend/desktop_options.h: the command line of orrery-desktop.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace web::backend {

struct DesktopOptions {
  std::string link;        // the run to open, or empty
  uint64_t frames = 0;     // draw so many, then leave; 0: until the window is closed
  std::string screenshot;  // a file for what the last frame showed
  std::string mirror;      // a file for the mirror of the last frame
  int width = 1280;
  int height = 800;
  float scale = 1;
  std::optional<bool> dark;
};

extern const char* const kDesktopUsage;

/// Nothing and a message on a mistake.
std::optional<DesktopOptions> read_desktop_options(int count, char** words, std::string& problem);

}  // namespace web::backend
