// web/backend/browser.cpp: the playground in a page.
//
// The page's script (page.mjs) gives the module an object `host`; what the program needs from the
// page goes through it, and what the page has to say comes back through the exported functions. The
// browser calls back before each repaint; most of those calls draw nothing.

#include <emscripten.h>
#include <emscripten/html5.h>
#include <imgui.h>

#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>

#include "web/backend/pacer.h"
#include "web/backend/screen.h"

// clang-format off
EM_JS(void, host_publish, (const char* json), { Module.host.publish(UTF8ToString(json)); });
EM_JS(void, host_drawn, (double frames), { Module.host.drawn(frames); });
EM_JS(void, host_save, (const char* key, const char* text), {
  Module.host.save(UTF8ToString(key), UTF8ToString(text));
});
EM_JS(char*, host_load, (const char* key), {
  return stringToNewUTF8(Module.host.load(UTF8ToString(key)));
});
EM_JS(char*, host_address, (), { return stringToNewUTF8(Module.host.address()); });
EM_JS(void, host_set_address, (const char* text), { Module.host.setAddress(UTF8ToString(text)); });
EM_JS(void, host_copy_link, (const char* text), { Module.host.copyLink(UTF8ToString(text)); });
EM_JS(void, host_theme, (int dark), { Module.host.theme(dark !== 0); });
EM_JS(int, host_prefers_dark, (), { return Module.host.prefersDark() ? 1 : 0; });
EM_JS(void, host_edit, (const char* id, const char* label, double x, double y, double width,
                       double height, const char* value), {
  Module.host.edit(UTF8ToString(id), UTF8ToString(label), x, y, width, height,
                   UTF8ToString(value));
});
EM_JS(void, host_stop_editing, (), { Module.host.stopEditing(); });
EM_JS(void, host_failed, (const char* problem), { Module.host.failed(UTF8ToString(problem)); });
// clang-format on

namespace web::backend {
namespace {

constexpr double kPublishSeconds = 0.1;
constexpr double kAddressSeconds = 0.3;

struct Page {
  Screen screen;
  Pacer pacer;
  ui::Mirror mirror;
  ui::TextHost text_host;
  std::unique_ptr<App> app;
  std::string saved_settings;
  double last_tick = 0;
  double published_at = 0;
  double address_due = 0;  // 0: it is right
  double frames = 0;
  bool publish_due = false;
  bool shown_dark = false;
};
Page* g_page = nullptr;

std::string taken(char* text) {
  std::string out(text);
  std::free(text);
  return out;
}

double now_seconds() {
  return emscripten_get_now() / 1000;
}

/// Zoom and a move to another monitor change the density without an event, so it is looked at each
/// time.
bool follow_canvas(Page& page) {
  double width = 0;
  double height = 0;
  emscripten_get_element_css_size("#canvas", &width, &height);
  const double density = emscripten_get_device_pixel_ratio();
  if (width < 1 || height < 1) return false;
  if (!page.screen.resize(static_cast<float>(width), static_cast<float>(height),
                          static_cast<float>(density))) {
    return false;
  }
  SDL_SetWindowSize(page.screen.window(), static_cast<int>(width), static_cast<int>(height));
  emscripten_set_canvas_element_size("#canvas", static_cast<int>(std::lround(width * density)),
                                     static_cast<int>(std::lround(height * density)));
  return true;
}

void save(Page& page) {
  ImGuiIO& io = ImGui::GetIO();
  if (io.WantSaveIniSettings) {
    host_save("layout", ImGui::SaveIniSettingsToMemory());
    io.WantSaveIniSettings = false;
  }
  const std::string settings = settings_text(page.app->settings());
  if (settings != page.saved_settings) {
    host_save("settings", settings.c_str());
    page.saved_settings = settings;
  }
}

void draw(Page& page, double now) {
  page.screen.draw(*page.app, page.mirror, page.text_host);
  page.screen.show();
  page.publish_due = true;
  page.address_due = now + kAddressSeconds;
  save(page);
  if (const auto link = page.app->take_copied()) host_copy_link(link->c_str());
  if (page.app->dark() != page.shown_dark) {
    page.shown_dark = page.app->dark();
    host_theme(page.shown_dark ? 1 : 0);
  }
  host_drawn(++page.frames);
}

void tick() {
  Page& page = *g_page;
  const double now = now_seconds();
  const double elapsed = std::min(now - page.last_tick, 0.1);
  page.last_tick = now;
  if (page.screen.poll() || page.mirror.has_posted()) page.pacer.note_input(now);
  if (follow_canvas(page)) page.pacer.note_input(now);
  if (page.app->tick(elapsed)) page.pacer.note_progress();
  if (page.pacer.take_frame(now)) draw(page, now);
  if (page.screen.has_input_left()) page.pacer.note_progress();

  const bool busy = page.app->playing() || page.app->running_to_end();
  // While playing, ten times a second is often enough for a reader; at rest the last state counts.
  if (page.publish_due && (!busy || now - page.published_at > kPublishSeconds)) {
    host_publish(page.mirror.json().c_str());
    page.publish_due = false;
    page.published_at = now;
  }
  if (page.address_due > 0 && now >= page.address_due && !busy) {
    host_set_address(page.app->link().c_str());
    page.address_due = 0;
  }
}

void start() {
  g_page = new Page();
  Page& page = *g_page;
  double width = 0;
  double height = 0;
  emscripten_get_element_css_size("#canvas", &width, &height);
  std::string problem;
  if (!page.screen.open(static_cast<int>(width), static_cast<int>(height), 1, false, problem)) {
    host_failed(problem.c_str());
    return;
  }
  const std::string layout = taken(host_load("layout"));
  page.saved_settings = taken(host_load("settings"));
  if (!layout.empty()) ImGui::LoadIniSettingsFromMemory(layout.c_str(), layout.size());
  page.app = std::make_unique<App>(App::Start{.link = taken(host_address()),
                                              .settings = page.saved_settings,
                                              .system_dark = host_prefers_dark() != 0});
  page.shown_dark = !page.app->dark();
  page.text_host.edit = [](std::string_view id, std::string_view label, const ui::Rect& rect,
                           std::string_view value) {
    host_edit(std::string(id).c_str(), std::string(label).c_str(), static_cast<double>(rect.min.x),
              static_cast<double>(rect.min.y), static_cast<double>(rect.max.x - rect.min.x),
              static_cast<double>(rect.max.y - rect.min.y), std::string(value).c_str());
  };
  page.text_host.stop = [] { host_stop_editing(); };
  page.last_tick = now_seconds();
  follow_canvas(page);
  emscripten_set_main_loop(tick, 0, false);
}

}  // namespace
}  // namespace web::backend

using web::backend::g_page;

extern "C" {

/// An action on a control of the mirror.
EMSCRIPTEN_KEEPALIVE void orrery_post(const char* id, const char* kind, const char* value) {
  g_page->mirror.post({id, kind, value});
}

/// The address was changed by hand, or by the browser's back button.
EMSCRIPTEN_KEEPALIVE void orrery_open(const char* link) {
  g_page->app->open(link);
  g_page->pacer.note_progress();
}

EMSCRIPTEN_KEEPALIVE void orrery_system_dark(int dark) {
  g_page->app->set_system_dark(dark != 0);
  g_page->pacer.note_progress();
}

/// Compares the arena's pages before and after the next frame, which draws every panel.
EMSCRIPTEN_KEEPALIVE void orrery_check_frame() {
  g_page->app->check_next_frame();
  g_page->pacer.note_progress();
}
EMSCRIPTEN_KEEPALIVE const char* orrery_check_result() {
  return g_page->app->check_result().data();
}

/// Whether everything that happened so far has been drawn, published and put into the address.
EMSCRIPTEN_KEEPALIVE int orrery_idle() {
  const bool busy = g_page->app->playing() || g_page->app->running_to_end();
  const bool done = g_page->pacer.idle() && !g_page->publish_due && g_page->address_due == 0;
  return done && !busy && !g_page->mirror.has_posted() &&
         SDL_HasEvents(SDL_FIRSTEVENT, SDL_LASTEVENT) == SDL_FALSE;
}

EMSCRIPTEN_KEEPALIVE void orrery_stop() {
  emscripten_cancel_main_loop();
}

}  // extern "C"

int main() {
  web::backend::start();
  return 0;
}
