// engine/world/snapshot.h: a world's past, a page at a time.
//
// Concept: a snapshot is a table of 4 KiB pages. Taking one compares the arena with the snapshot it
// descends from and copies only the pages that differ; the others, and whole groups of the table,
// are shared. Restoring compares again and writes only what differs. Nothing is asked of the MMU,
// so WebAssembly behaves the same. Host memory; the world does not know that it was copied.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/world/arena.h"

namespace engine {

class Snapshot {
 public:
  Snapshot() = default;

  /// Copies what differs from `base` (which may be empty). The arena must have been at `base`
  /// before.
  static Snapshot take(Arena& arena, const Snapshot& base);
  /// Puts the arena's bytes back. REQUIRES: taken of this arena.
  void restore(Arena& arena) const;

  [[nodiscard]] bool empty() const { return groups_.empty(); }
  /// Pages that take() had to copy, and the bytes of memory it allocated for itself.
  [[nodiscard]] uint32_t changed_pages() const { return changed_pages_; }
  [[nodiscard]] size_t own_bytes() const { return own_bytes_; }
  /// The snapshot that this one was taken on top of is going: counts again what only this one and
  /// later ones hold, compared with `base`, which now comes before it.
  void rebase(const Snapshot& base);

 private:
  static constexpr size_t kGroupPages = 64;
  struct Page {
    alignas(16) unsigned char bytes[kPageBytes];
  };
  struct Group {
    std::shared_ptr<const Page> pages[kGroupPages];
  };

  std::vector<std::shared_ptr<const Group>> groups_;
  size_t end_page_ = 0;
  uint32_t changed_pages_ = 0;
  size_t own_bytes_ = 0;
};

}  // namespace engine
