// web/backend/screen.h: a window with SDL2, OpenGL and ImGui, the part that browser and desktop
// share.
//
// ImGui's units are CSS pixels: `density` pixels of the screen are one of them, and letters are
// made at that density. Does not: decide when to draw.

#pragma once

#include <SDL.h>

#include <cstdint>
#include <string>
#include <vector>

#include "web/app/app.h"
#include "web/ui/mirror.h"

namespace web::backend {

struct Pixels {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;  // rows from the top
};

class Screen {
 public:
  Screen() = default;
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// False and a message if the machine cannot show it. `width` and `height` in CSS pixels.
  bool open(int width, int height, float density, bool hidden, std::string& problem);

  /// Hands the waiting events to ImGui. True if there were any.
  bool poll();
  [[nodiscard]] bool wants_to_quit() const { return quit_; }

  /// The size in CSS pixels, and how many pixels of the screen make one. True if that is a change.
  bool resize(float width, float height, float density);
  void draw(App& app, ui::Mirror& mirror, const ui::TextHost& host);
  /// Whether ImGui still holds back input for later frames, as it does with quick presses of a key.
  [[nodiscard]] bool has_input_left() const;
  void show();
  /// What the last draw() drew. REQUIRES: before show().
  [[nodiscard]] Pixels read() const;
  [[nodiscard]] SDL_Window* window() const { return window_; }

 private:
  SDL_Window* window_ = nullptr;
  SDL_GLContext context_ = nullptr;
  float width_ = 0;
  float height_ = 0;
  float density_ = 1;
  bool quit_ = false;
};

}  // namespace web::backend
