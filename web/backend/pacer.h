// web/backend/pacer.h: when a frame is worth drawing.
//
// After input or progress three frames are drawn, as controls take up to that long to settle, and
// two more when the pointer has rested long enough for a tooltip. Then nothing until something
// happens.

#pragma once

namespace web::backend {

class Pacer {
 public:
  /// Something from outside happened at `now` (seconds): a key, the pointer, a resize.
  void note_input(double now) {
    frames_ = kFramesAfter;
    rest_at_ = now + kRestSeconds;
  }
  /// What is shown has changed.
  void note_progress() { frames_ = kFramesAfter; }

  /// Whether to draw now. Counts the frame.
  bool take_frame(double now) {
    if (rest_at_ > 0 && now >= rest_at_) {
      rest_at_ = 0;
      if (frames_ < kFramesAtRest) frames_ = kFramesAtRest;
    }
    if (frames_ == 0) return false;
    --frames_;
    return true;
  }
  /// Whether there is nothing left to draw for now.
  [[nodiscard]] bool idle() const { return frames_ == 0; }
  /// When the next frame is due although nothing happens; 0: never.
  [[nodiscard]] double rest_at() const { return rest_at_; }

 private:
  static constexpr int kFramesAfter = 3;
  static constexpr int kFramesAtRest = 2;
  static constexpr double kRestSeconds = 0.45;
  int frames_ = kFramesAfter;
  double rest_at_ = 0;
};

}  // namespace web::backend
