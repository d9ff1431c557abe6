// web/app/settings.h: what the playground remembers between visits. Not part of any run.
//
// Kept as lines of `key=value`; a line that is not understood is skipped, so that an older or newer
// version's settings never hurt. Does not: store; the backend does.

#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace web {

struct Settings {
  std::optional<bool> dark;  // unset: as the system has it
  size_t speed = 3;          // an index into kSpeeds
  std::string layout;        // which default layout the windows were last arranged from
};

struct Speed {
  double steps_per_second;  // 0: as many as there is time for
  const char* label;
};
inline constexpr std::array<Speed, 10> kSpeeds{{
    {1, "1 step/s"},
    {2, "2 steps/s"},
    {4, "4 steps/s"},
    {8, "8 steps/s"},
    {16, "16 steps/s"},
    {32, "32 steps/s"},
    {100, "100 steps/s"},
    {1000, "1,000 steps/s"},
    {10000, "10,000 steps/s"},
    {0, "full speed"},
}};

std::string settings_text(const Settings& settings);
Settings read_settings(std::string_view text);

}  // namespace web
