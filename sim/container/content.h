// sim/container/content.h: the bytes of a file, of which only some need be held.
//
// Concept: a Content has a size and holds stretches of its bytes; what is not held reads as zeros.
// So a binary of 80 MB costs nothing, and a file written far beyond its end has a hole. A big file
// that stands for something says for what, so that two of one size have different digests.
// Lifetime: counted. A layer's content is sealed: whoever wants to write clones it first.
// Determinism: the digest is over sizes and bytes; a hole is not the same as zeros that were
// written, although both read alike.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "engine/sync/counted.h"
#include "sim/container/digest.h"

namespace sim::container {

/// The largest file, as of ext4 with blocks of 4 KiB.
inline constexpr int64_t kFileBytesMax = int64_t{16} << 40;
/// A read gives at most so many bytes; ask again for more.
inline constexpr int64_t kReadBytesMax = int64_t{16} << 20;

class Content final : public engine::Counted<Content> {
 public:
  /// All of whose bytes are held.
  static engine::Ref<Content> of_text(std::string text);
  /// `size` bytes that are not held. `stands_for` says what they are: "busybox 1.36.1
  /// /bin/busybox".
  static engine::Ref<Content> of_size(int64_t size, std::string_view stands_for);

  [[nodiscard]] int64_t size() const { return size_; }
  /// How many bytes are really held.
  [[nodiscard]] int64_t held_bytes() const;
  /// At most `length` bytes from `offset` on; fewer at the end, and never more than kReadBytesMax.
  [[nodiscard]] std::string read(int64_t offset, int64_t length) const;
  /// Adds everything that makes this content what it is.
  void add_to(Sha256& hash) const;

  /// Whether it can no longer change, because something else shares it.
  [[nodiscard]] bool sealed() const { return sealed_; }
  void seal() { sealed_ = true; }
  /// The same content, to be written to.
  [[nodiscard]] engine::Ref<Content> clone() const;
  /// REQUIRES: not sealed; 0 <= offset, and the end is at most kFileBytesMax.
  void write(int64_t offset, std::string_view bytes);
  /// Cuts, or grows by a hole. REQUIRES: not sealed; 0 <= size <= kFileBytesMax.
  void truncate(int64_t size);

 private:
  int64_t size_ = 0;
  std::map<int64_t, std::string> held_;  // by offset; neither empty nor touching
  std::string stands_for_;
  int64_t stands_for_bytes_ = 0;  // from the beginning
  bool sealed_ = false;
};

}  // namespace sim::container
