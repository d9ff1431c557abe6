// web/backend/desktop.cpp: the playground as a desktop program.
//
// Exit code 2: a mistake in the arguments; 1: no screen, or a file that cannot be written. Between
// events it sleeps. The arrangement of the panels is kept only while the program runs.

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "web/backend/desktop_options.h"
#include "web/backend/image.h"
#include "web/backend/pacer.h"
#include "web/backend/screen.h"

namespace web::backend {
namespace {

constexpr int kLongestWaitMs = 250;

double now_seconds() {
  return static_cast<double>(SDL_GetPerformanceCounter()) /
         static_cast<double>(SDL_GetPerformanceFrequency());
}

bool write_text(const std::string& file, const std::string& text, std::string& problem) {
  FILE* const out = std::fopen(file.c_str(), "wb");
  const bool written =
      out != nullptr && std::fwrite(text.data(), 1, text.size(), out) == text.size();
  const bool closed = out == nullptr || std::fclose(out) == 0;
  if (!written || !closed) problem = file + " cannot be written: " + std::strerror(errno);
  return written && closed;
}

void follow_window(Screen& screen, float scale) {
  int width = 0;
  int height = 0;
  SDL_GL_GetDrawableSize(screen.window(), &width, &height);
  screen.resize(static_cast<float>(width) / scale, static_cast<float>(height) / scale, scale);
}

/// Sleeps until an event comes or something is due.
void rest(const App& app, const Pacer& pacer, double now) {
  if (!pacer.idle() || app.playing() || app.running_to_end()) return;
  int wait_ms = kLongestWaitMs;
  if (pacer.rest_at() > 0)
    wait_ms = std::min(wait_ms, static_cast<int>((pacer.rest_at() - now) * 1000) + 1);
  if (wait_ms > 0) SDL_WaitEventTimeout(nullptr, wait_ms);
}

int run(const DesktopOptions& options) {
  Screen screen;
  std::string problem;
  if (!screen.open(options.width, options.height, options.scale, false, problem)) {
    std::fprintf(stderr, "orrery-desktop: %s\n", problem.c_str());
    return 1;
  }
  App app({.link = options.link, .settings = {}, .system_dark = true});
  if (options.dark) app.set_dark(*options.dark);
  if (!app.opened_as_asked()) {
    std::fprintf(stderr, "orrery-desktop: %s\n", app.last_message().c_str());
    return 2;
  }
  ui::Mirror mirror;
  const ui::TextHost text_host;
  Pacer pacer;
  double last = now_seconds();
  uint64_t drawn = 0;
  bool leave = false;
  while (!leave) {
    const double now = now_seconds();
    if (screen.poll()) pacer.note_input(now);
    if (options.frames > 0 || app.tick(std::min(now - last, 0.1))) pacer.note_progress();
    last = now;
    if (pacer.take_frame(now)) {
      follow_window(screen, options.scale);
      screen.draw(app, mirror, text_host);
      if (screen.has_input_left()) pacer.note_progress();
      ++drawn;
      leave = options.frames > 0 && drawn >= options.frames;
      if (leave && !options.screenshot.empty() &&
          !write_image(options.screenshot, screen.read(), problem))
        break;
      screen.show();
      if (const auto link = app.take_copied()) SDL_SetClipboardText(link->c_str());
    } else {
      rest(app, pacer, now);
    }
    leave = leave || screen.wants_to_quit();
  }
  if (problem.empty() && !options.mirror.empty())
    write_text(options.mirror, mirror.json(), problem);
  if (problem.empty()) return 0;
  std::fprintf(stderr, "orrery-desktop: %s\n", problem.c_str());
  return 1;
}

}  // namespace
}  // namespace web::backend

int main(int count, char** words) {
  std::string problem;
  const auto options = web::backend::read_desktop_options(count, words, problem);
  if (!options) {
    std::fprintf(stderr, "orrery-desktop: %s\n%s", problem.c_str(), web::backend::kDesktopUsage);
    return 2;
  }
  return web::backend::run(*options);
}
