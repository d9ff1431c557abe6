// engine/world/output_log.h: what the simulated programs print, kept outside the arena.
//
// Chunks are indexed by step and by their offset in the whole output, which the world counts. When
// history is run again, what is printed is compared with what was recorded; a difference aborts.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace engine {

enum class Stream : uint8_t {
  kStdout = 1,
  kStderr = 2,
  // What leaves the world by another way than a terminal: not of a process, but of a connection.
  kGateway = 3,
  kGatewayEnd = 4,
};
constexpr bool is_terminal(Stream stream) {
  return stream == Stream::kStdout || stream == Stream::kStderr;
}

class OutputLog {
 public:
  struct Chunk {
    uint64_t step = 0;
    uint64_t offset = 0;  // of its first byte in the whole output
    uint32_t bytes = 0;
    uint32_t process = 0;
    Stream stream = Stream::kStdout;
  };

  /// Keeps at most about `budget_bytes`; the oldest half is dropped when it is exceeded.
  explicit OutputLog(size_t budget_bytes) : budget_bytes_(budget_bytes) {}

  void append(const Chunk& chunk, std::string_view text);

  /// Chunks in order, those of step <= `step` only: what had been printed by then.
  template <class Visit>
  void for_each_until(uint64_t step, Visit visit) const {
    for (const Chunk& chunk : chunks_) {
      if (chunk.step > step) return;
      visit(chunk, text_of(chunk));
    }
  }
  /// Chunks of one step. Cheap for a step near the end of what is recorded.
  template <class Visit>
  void for_each_of(uint64_t step, Visit visit) const {
    size_t first = chunks_.size();
    while (first > 0 && chunks_[first - 1].step >= step) --first;
    for (; first < chunks_.size() && chunks_[first].step == step; ++first) {
      visit(chunks_[first], text_of(chunks_[first]));
    }
  }
  /// Bytes dropped from the front under the budget.
  [[nodiscard]] uint64_t dropped_bytes() const { return first_offset_; }
  /// The past of a branch that leaves after `step`, when `offset` bytes had been printed.
  [[nodiscard]] OutputLog fork(uint64_t step, uint64_t offset) const;

 private:
  [[nodiscard]] std::string_view text_of(const Chunk& chunk) const {
    return std::string_view(text_).substr(static_cast<size_t>(chunk.offset - first_offset_),
                                          chunk.bytes);
  }
  void drop_half();

  size_t budget_bytes_;
  std::string text_;
  std::vector<Chunk> chunks_;
  uint64_t first_offset_ = 0;  // offset of text_[0]
  uint64_t end_offset_ = 0;
};

}  // namespace engine
