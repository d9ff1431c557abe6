#include "web/backend/screen.h"

#include <imgui.h>
#include <imgui_impl_opengl3.h>
#include <imgui_impl_sdl2.h>
#include <imgui_internal.h>

#if defined(__EMSCRIPTEN__)
#include <GLES3/gl3.h>
#else
#include <SDL_opengl.h>
#endif

#include <cmath>

#include "web/ui/theme.h"

namespace web::backend {
namespace {

int pixels(float css, float density) {
  return static_cast<int>(std::lround(css * density));
}

bool fail(std::string& problem, const char* what) {
  problem = std::string(what) + ": " + SDL_GetError();
  return false;
}

}  // namespace

Screen::~Screen() {
  if (context_ != nullptr) {
    ImGui_ImplOpenGL3_Shutdown();
    ImGui_ImplSDL2_Shutdown();
    ImGui::DestroyContext();
    SDL_GL_DeleteContext(context_);
  }
  if (window_ != nullptr) SDL_DestroyWindow(window_);
  SDL_Quit();
}

bool Screen::open(int width, int height, float density, bool hidden, std::string& problem) {
  // Otherwise SDL takes every key of the page, also those for other elements.
  SDL_SetHint("SDL_EMSCRIPTEN_KEYBOARD_ELEMENT", "#canvas");
  if (SDL_Init(SDL_INIT_VIDEO) != 0) return fail(problem, "no screen to draw on");
#if defined(__EMSCRIPTEN__)
  const char* const glsl = "#version 300 es";
  SDL_GL_SetAttribute(SDL_GL_CONTEXT_PROFILE_MASK, SDL_GL_CONTEXT_PROFILE_ES);
  SDL_GL_SetAttribute(SDL_GL_CONTEXT_MAJOR_VERSION, 3);
  SDL_GL_SetAttribute(SDL_GL_CONTEXT_MINOR_VERSION, 0);
  const int window_width = width;
  const int window_height = height;
#else
  const char* const glsl = "#version 130";
  SDL_GL_SetAttribute(SDL_GL_CONTEXT_MAJOR_VERSION, 3);
  SDL_GL_SetAttribute(SDL_GL_CONTEXT_MINOR_VERSION, 0);
  const int window_width = pixels(static_cast<float>(width), density);
  const int window_height = pixels(static_cast<float>(height), density);
#endif
  SDL_GL_SetAttribute(SDL_GL_DOUBLEBUFFER, 1);
  const Uint32 flags = SDL_WINDOW_OPENGL | SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI |
                       (hidden ? SDL_WINDOW_HIDDEN : SDL_WINDOW_SHOWN);
  window_ = SDL_CreateWindow("Orrery", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, window_width,
                             window_height, flags);
  if (window_ == nullptr) return fail(problem, "no window");
  context_ = SDL_GL_CreateContext(window_);
  if (context_ == nullptr) return fail(problem, "no OpenGL context");
  SDL_GL_SetSwapInterval(1);

  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  io.ConfigFlags |= ImGuiConfigFlags_DockingEnable;
  io.ConfigInputTextCursorBlink = false;
  io.ConfigWindowsMoveFromTitleBarOnly = true;
  io.ConfigDockingAlwaysTabBar = true;
  ImGui_ImplSDL2_InitForOpenGL(window_, context_);
  ImGui_ImplOpenGL3_Init(glsl);
  ui::load_fonts();
  resize(static_cast<float>(width), static_cast<float>(height), density);
  return true;
}

bool Screen::poll() {
  bool any = false;
  SDL_Event event;
  while (SDL_PollEvent(&event) != 0) {
    any = true;
    if (event.type == SDL_QUIT) quit_ = true;
    ImGui_ImplSDL2_ProcessEvent(&event);
  }
  return any;
}

bool Screen::resize(float width, float height, float density) {
  if (width == width_ && height == height_ && density == density_) return false;
  width_ = width;
  height_ = height;
  density_ = density;
  return true;
}

void Screen::draw(App& app, ui::Mirror& mirror, const ui::TextHost& host) {
  ImGuiIO& io = ImGui::GetIO();
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplSDL2_NewFrame();
  io.DisplaySize = ImVec2(width_, height_);
  io.DisplayFramebufferScale = ImVec2(density_, density_);
#if !defined(__EMSCRIPTEN__)
  if (density_ != 1) {
    // The window's own units are pixels; the pointer's place follows the other units.
    int x = 0;
    int y = 0;
    SDL_GetMouseState(&x, &y);
    io.AddMousePosEvent(static_cast<float>(x) / density_, static_cast<float>(y) / density_);
  }
#endif
  // A tab that was hidden for an hour has not held a key for an hour.
  constexpr float kLongestFrame = 0.5F;
  if (io.DeltaTime > kLongestFrame) io.DeltaTime = kLongestFrame;
  ImGui::NewFrame();
  app.draw(mirror, host);
  ImGui::Render();
  const ImVec4 ground = ImGui::ColorConvertU32ToFloat4(ui::palette().ground);
  glViewport(0, 0, pixels(width_, density_), pixels(height_, density_));
  glClearColor(ground.x, ground.y, ground.z, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

bool Screen::has_input_left() const {
  return ImGui::GetCurrentContext()->InputEventsQueue.Size > 0;
}

void Screen::show() {
  SDL_GL_SwapWindow(window_);
}

Pixels Screen::read() const {
  Pixels out;
  out.width = pixels(width_, density_);
  out.height = pixels(height_, density_);
  const size_t row = static_cast<size_t>(out.width) * 4;
  std::vector<uint8_t> rgba(row * static_cast<size_t>(out.height));
  glFinish();
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, out.width, out.height, GL_RGBA, GL_UNSIGNED_BYTE, rgba.data());
  out.rgb.reserve(rgba.size() / 4 * 3);
  for (int y = out.height - 1; y >= 0; --y) {
    const uint8_t* at = rgba.data() + static_cast<size_t>(y) * row;
    for (int x = 0; x < out.width; ++x, at += 4) out.rgb.insert(out.rgb.end(), at, at + 3);
  }
  return out;
}

}  // namespace web::backend
