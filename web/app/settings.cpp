#include "web/app/settings.h"

#include "web/app/link.h"

namespace web {

std::string settings_text(const Settings& settings) {
  std::string out = "speed=" + std::to_string(settings.speed) + "\n";
  if (settings.dark) out += *settings.dark ? "theme=dark\n" : "theme=light\n";
  if (!settings.layout.empty()) out += "layout=" + settings.layout + "\n";
  return out;
}

Settings read_settings(std::string_view text) {
  Settings settings;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, equals);
    const std::string_view value = line.substr(equals + 1);
    if (key == "theme" && (value == "dark" || value == "light")) settings.dark = value == "dark";
    if (key == "layout") settings.layout = value;
    if (key == "speed") {
      const auto index = whole_number(value);
      if (index && *index < kSpeeds.size()) settings.speed = static_cast<size_t>(*index);
    }
  }
  return settings;
}

}  // namespace web
