// engine/world/arena.h: the one contiguous region in which everything mutable of a world lives.
//
// Concept: a region is reserved once and never moves. Page 0 holds the allocator's own state and
// the address of the world's root object, then comes a map with one entry a page, then the pages.
// Small blocks come from per-class free lists (last freed, first reused), larger ones from runs of
// pages. Because the allocator's state is inside, copying the used pages copies the world and its
// heap.
//
// Determinism: block addresses depend on the sequence of calls only; they never reach the hash.
// Memory handed out for the first time holds `fill`, so that a test can show nothing reads what it
// did not write. Under AddressSanitizer freed blocks are poisoned and reused late.
//
// Not modelled: blocks of a small class are never given back to another class, so memory that was
// once full of 64-byte blocks stays good for 64-byte blocks only.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace engine {

inline constexpr size_t kPageBytes = 4096;

#if defined(__SANITIZE_ADDRESS__)
#define ENGINE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ENGINE_ASAN 1
#endif
#endif

/// A region that arenas use one after the other, so that many short worlds need not reserve and
/// fault in memory each. Host memory.
class Region {
 public:
  Region() = default;
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  ~Region();

 private:
  friend class Arena;
  char* base_ = nullptr;
  size_t bytes_ = 0;
  size_t dirty_head_ = 0;   // bytes from the beginning that may hold something else than 0
  size_t dirty_begin_ = 0;  // and the stretch that may hold something else than `fill_`
  size_t dirty_end_ = 0;
  uint8_t fill_ = 0;
  bool in_use_ = false;
};

class Arena {
 public:
  struct Options {
    size_t reserve_bytes = kDefaultReserve;
    /// Soft limit, checked between steps by the world; must leave room below `reserve_bytes`.
    size_t limit_bytes = kDefaultReserve / 2;
    uint8_t fill = 0;
    /// Where to put the region, if the platform can choose; 0 leaves it to the platform.
    uintptr_t base_hint = 0;
    /// Where to take the region from and leave it afterwards; it outlives the arena. Null: its own.
    Region* region = nullptr;
  };
  static constexpr size_t kDefaultReserve =
      sizeof(void*) == 8 ? size_t{1} << 30 : size_t{192} << 20;

  /// Reserves the region. Aborts if the host has no address space left.
  explicit Arena(const Options& options);
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Returns `size` bytes aligned to 16 (or to `align`, a power of two up to a page). Never returns
  /// null: a region that is full ends the program with a message, which the soft limit makes rare.
  void* allocate(size_t size) {
#ifndef ENGINE_ASAN
    if (size - 1 < kSmallMax) [[likely]] {
      FreeBlock*& head = header().free_head[(size + 15) / 16];
      if (head != nullptr) [[likely]] {
        FreeBlock* const block = head;
        head = block->next;
        return block;
      }
    }
#endif
    return allocate_slow(size);
  }
  void* allocate_aligned(size_t size, size_t align);
  /// Takes back a block; its size is found from its address.
  void free(void* block);
  /// As free(), for a block of `size` bytes as asked for. REQUIRES: not null, owned.
  void free_sized(void* block, size_t size) {
#ifndef ENGINE_ASAN
    if (size - 1 < kSmallMax) [[likely]] {
      FreeBlock*& head = header().free_head[(size + 15) / 16];
      auto* const freed = static_cast<FreeBlock*>(block);
      freed->next = head;
      head = freed;
      return;
    }
#endif
    static_cast<void>(size);
    free(block);
  }

  [[nodiscard]] bool owns(const void* address) const {
    return reinterpret_cast<uintptr_t>(address) - reinterpret_cast<uintptr_t>(base_) < reserved_;
  }
  [[nodiscard]] bool over_limit() const { return header().carved_pages > limit_pages_; }
  [[nodiscard]] size_t limit_bytes() const { return limit_; }

  /// Bytes in pages that were ever handed out or hold the allocator's state.
  [[nodiscard]] size_t used_bytes() const;
  /// Bytes in blocks that are allocated now, rounded up to their class. Walks the free lists.
  [[nodiscard]] size_t live_bytes() const;

  /// The pages that make up the world's state are [0, head_pages()) and [first_data_page(),
  /// end_page()), counted from base(). What lies between is the unused part of the map.
  [[nodiscard]] char* base() const { return base_; }
  [[nodiscard]] size_t head_pages() const;
  [[nodiscard]] size_t first_data_page() const { return first_data_page_; }
  [[nodiscard]] size_t end_page() const;

  /// A stretch of pages divided into blocks of one size (the last may be short of it).
  struct Run {
    const char* begin = nullptr;
    const char* end = nullptr;
    size_t block_bytes = 0;
  };
  /// All of them, by address, for diagnosis: which block an address lies in. Host memory.
  [[nodiscard]] std::vector<Run> runs() const;
  /// The blocks of small classes that are free now, in no order. REQUIRES: raw access.
  [[nodiscard]] std::vector<const char*> free_blocks() const;

  /// Address of the world's root object, kept inside so that a restored arena finds it again.
  void set_root(void* root);
  [[nodiscard]] void* root() const;

  /// Call around any access that reads or writes the region as raw pages: lifts the sanitizer's
  /// poison, and puts it back from the free lists.
  void begin_raw_access();
  void end_raw_access();
  /// A hash of all bytes of the state: equal before and after whatever must not write to it.
  [[nodiscard]] uint64_t digest();
  /// After a restore: everything beyond end_page() is fresh memory again. REQUIRES: raw access.
  void refill_unused();

 private:
  static constexpr size_t kSmallMax = 512;  // classes 1 to 32: multiples of 16
  static constexpr unsigned kClasses = 49;
  static constexpr uint32_t kRunBins = 64;  // bin n holds free runs of n pages, bin 0 the longer

  struct FreeBlock {
    FreeBlock* next;
  };
  struct FreeRun;
  struct Header {
    void* root;
    uint32_t carved_pages;
    uint32_t run_bins[kRunBins];
    FreeBlock* free_head[kClasses];
    FreeBlock* free_tail[kClasses];  // kept under AddressSanitizer only, as are the counts
    uint32_t free_count[kClasses];
  };

  [[nodiscard]] Header& header() const { return *reinterpret_cast<Header*>(base_); }
  [[nodiscard]] char* data_page(uint32_t index) const {
    return base_ + (first_data_page_ + index) * kPageBytes;
  }
  void* allocate_slow(size_t size);
  void refill_class(unsigned size_class);
  uint32_t allocate_pages(uint32_t pages, unsigned size_class);
  void free_pages(uint32_t first, uint32_t pages);
  uint32_t carve(uint32_t pages);
  void link_run(uint32_t first, uint32_t pages);
  void unlink_run(uint32_t first);

  char* base_ = nullptr;
  size_t reserved_ = 0;
  size_t limit_ = 0;
  size_t limit_pages_ = 0;  // data pages that may be carved
  uint32_t* map_ =
      nullptr;  // one entry a data page: size class in the low 8 bits, run length above
  size_t first_data_page_ = 0;
  size_t dirty_end_page_ = 0;  // pages below it may hold something else than `fill_`
  uint8_t fill_ = 0;
  Region own_;
  Region& region_;
};

}  // namespace engine
