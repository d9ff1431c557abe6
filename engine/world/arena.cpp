#include "engine/world/arena.h"

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "engine/world/check.h"
#include "engine/world/hash.h"

#if defined(__EMSCRIPTEN__)
#define ENGINE_ARENA_MAPPED 0
#else
#define ENGINE_ARENA_MAPPED 1
#include <sys/mman.h>
#endif

#ifdef ENGINE_ASAN
#include <sanitizer/asan_interface.h>
#define ENGINE_POISON(address, size) ASAN_POISON_MEMORY_REGION(address, size)
#define ENGINE_UNPOISON(address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#define ENGINE_NO_ASAN __attribute__((no_sanitize("address"), noinline))
#else
#define ENGINE_POISON(address, size) (static_cast<void>(address), static_cast<void>(size))
#define ENGINE_UNPOISON(address, size) (static_cast<void>(address), static_cast<void>(size))
#define ENGINE_NO_ASAN
#endif

namespace engine {
namespace {

constexpr size_t kSmallest = 512;    // the largest of classes 1 to 32, multiples of 16
constexpr size_t kMediumMax = 8192;  // classes 33 to 48: four to each doubling
constexpr unsigned kFirstMedium = 33;
constexpr unsigned kFreeRun = 0;     // page map: first or last page of a free run, or inside one
constexpr unsigned kLargeRun = 254;  // page map: first page of a large block
constexpr uint32_t kMediumSlabPages = 8;
constexpr uint32_t kNoPage = UINT32_MAX;
constexpr int kOutgrownExit = 4;  // the command line's code for a limit
#ifdef ENGINE_ASAN
constexpr uint32_t kQuarantine = 128;  // freed blocks of a class that wait before one is reused
#else
constexpr uint32_t kQuarantine = 0;
#endif

constexpr unsigned class_of(size_t size) {
  if (size <= kSmallest) return size == 0 ? 1 : static_cast<unsigned>((size + 15) / 16);
  const auto log =
      static_cast<unsigned>(std::bit_width(size - 1) - 1);  // 2^log < size <= 2^(log+1)
  const auto quarter = static_cast<unsigned>((size - 1) >> (log - 2)) & 3;
  return kFirstMedium + (log - 9) * 4 + quarter;
}

constexpr size_t size_of_class(unsigned size_class) {
  if (size_class < kFirstMedium) return size_class * size_t{16};
  const unsigned step = size_class - kFirstMedium;
  return (size_t{512} << (step / 4)) + (step % 4 + 1) * (size_t{128} << (step / 4));
}

static_assert(class_of(1) == 1 && class_of(16) == 1 && class_of(17) == 2 && class_of(512) == 32);
static_assert(class_of(513) == 33 && size_of_class(33) == 640 && class_of(640) == 33);
static_assert(class_of(641) == 34 && class_of(1024) == 36 && class_of(1025) == 37);
static_assert(size_of_class(48) == kMediumMax && class_of(kMediumMax) == 48);

constexpr uint32_t entry(unsigned size_class, uint32_t run) {
  return run << 8 | size_class;
}
constexpr unsigned class_in(uint32_t map_entry) {
  return map_entry & 0xff;
}
constexpr uint32_t run_in(uint32_t map_entry) {
  return map_entry >> 8;
}

// The header's page, and as much of the map as describes `carved` data pages.
constexpr size_t head_pages_for(size_t carved) {
  return 1 + (carved * sizeof(uint32_t) + kPageBytes - 1) / kPageBytes;
}

size_t round_up(size_t value, size_t unit) {
  return (value + unit - 1) / unit * unit;
}

void* reserve(size_t bytes, uintptr_t hint) {
#if ENGINE_ARENA_MAPPED
  void* at = mmap(reinterpret_cast<void*>(hint), bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ENGINE_CHECK(at != MAP_FAILED);
  return at;
#else
  static_cast<void>(hint);
  void* at = std::aligned_alloc(kPageBytes, bytes);
  ENGINE_CHECK(at != nullptr);
  return at;
#endif
}

void release(void* at, size_t bytes) {
#if ENGINE_ARENA_MAPPED
  munmap(at, bytes);
#else
  static_cast<void>(bytes);
  std::free(at);
#endif
}

}  // namespace

struct Arena::FreeRun {
  uint32_t next;  // data page of the neighbour in the bin's list, kNoPage at its end
  uint32_t prev;
};

Arena::Arena(const Options& options)
    : reserved_(round_up(options.reserve_bytes, kPageBytes)),
      limit_(options.limit_bytes),
      fill_(options.fill),
      region_(options.region == nullptr ? own_ : *options.region) {
  static_assert(sizeof(Header) <= kPageBytes && kSmallMax == kSmallest);
  ENGINE_CHECK(limit_ < reserved_);
  ENGINE_CHECK(!region_.in_use_);
  region_.in_use_ = true;
  const bool used_before = region_.base_ != nullptr;
  if (used_before) {
    ENGINE_CHECK(region_.bytes_ == reserved_ && region_.fill_ == fill_);
    std::memset(region_.base_, 0, region_.dirty_head_);
    std::memset(region_.base_ + region_.dirty_begin_, fill_,
                region_.dirty_end_ - region_.dirty_begin_);
  } else {
    region_.base_ = static_cast<char*>(reserve(reserved_, options.base_hint));
    region_.bytes_ = reserved_;
    region_.fill_ = fill_;
  }
  base_ = region_.base_;
  const size_t pages = reserved_ / kPageBytes;
  first_data_page_ = 1 + round_up(pages * sizeof(uint32_t), kPageBytes) / kPageBytes;
  dirty_end_page_ = first_data_page_;
  // A page of the map describes 1,024 data pages, and one more page is the header's.
  constexpr size_t kDescribed = kPageBytes / sizeof(uint32_t);
  if (limit_ > kPageBytes) limit_pages_ = (limit_ / kPageBytes - 1) * kDescribed / (kDescribed + 1);
#if !ENGINE_ARENA_MAPPED
  if (!used_before) std::memset(base_, 0, first_data_page_ * kPageBytes);
#endif
  map_ = reinterpret_cast<uint32_t*>(base_ + kPageBytes);
  for (uint32_t& bin : header().run_bins) bin = kNoPage;
}

Arena::~Arena() {
  // Only what was carved was ever poisoned; the sanitizer's shadow of the rest stays untouched.
  ENGINE_UNPOISON(base_, dirty_end_page_ * kPageBytes);
  region_.dirty_head_ = head_pages_for(dirty_end_page_ - first_data_page_) * kPageBytes;
  region_.dirty_begin_ = first_data_page_ * kPageBytes;
  region_.dirty_end_ = dirty_end_page_ * kPageBytes;
  region_.in_use_ = false;
}

Region::~Region() {
  ENGINE_CHECK(!in_use_);
  if (base_ != nullptr) release(base_, bytes_);
}

size_t Arena::used_bytes() const {
  return (head_pages() + header().carved_pages) * kPageBytes;
}

size_t Arena::head_pages() const {
  return head_pages_for(header().carved_pages);
}

size_t Arena::end_page() const {
  return first_data_page_ + header().carved_pages;
}

void Arena::set_root(void* root) {
  header().root = root;
}
void* Arena::root() const {
  return header().root;
}

ENGINE_NO_ASAN void* Arena::allocate_slow(size_t size) {
  if (size > kMediumMax) {
    const auto pages = static_cast<uint32_t>((size + kPageBytes - 1) / kPageBytes);
    char* block = data_page(allocate_pages(pages, kLargeRun));
    ENGINE_UNPOISON(block, pages * kPageBytes);
    return block;
  }
  const unsigned size_class = class_of(size);
  Header& h = header();
  if (h.free_head[size_class] == nullptr ||
      (kQuarantine > 0 && h.free_count[size_class] <= kQuarantine)) [[unlikely]] {
    refill_class(size_class);
  }
  FreeBlock* block = h.free_head[size_class];
  h.free_head[size_class] = block->next;
  if constexpr (kQuarantine > 0) {
    --h.free_count[size_class];
    ENGINE_UNPOISON(block, size_of_class(size_class));
  }
  return block;
}

void* Arena::allocate_aligned(size_t size, size_t align) {
  if (align <= 16) return allocate(size);
  ENGINE_CHECK(align <= kPageBytes && std::has_single_bit(align));
  // Runs of pages are aligned to a page; only power-of-two classes of at most a page keep an
  // alignment.
  size_t rounded = std::bit_ceil(size < align ? align : size);
  if (rounded > kSmallMax) rounded = rounded <= kMediumMax ? kMediumMax + 1 : rounded;
  return allocate(rounded);
}

ENGINE_NO_ASAN void Arena::free(void* block) {
  if (block == nullptr) return;
  const size_t offset = static_cast<size_t>(static_cast<char*>(block) - base_);
  const size_t page = offset / kPageBytes;
  ENGINE_CHECK(page >= first_data_page_ && page < end_page());
  const auto index = static_cast<uint32_t>(page - first_data_page_);
  const unsigned size_class = class_in(map_[index]);
  if (size_class == kLargeRun) {
    free_pages(index, run_in(map_[index]));
    return;
  }
  ENGINE_CHECK(size_class != kFreeRun);
  Header& h = header();
  auto* freed = static_cast<FreeBlock*>(block);
  if constexpr (kQuarantine > 0) {
    freed->next = nullptr;
    if (h.free_head[size_class] == nullptr) {
      h.free_head[size_class] = freed;
    } else {
      h.free_tail[size_class]->next = freed;
    }
    h.free_tail[size_class] = freed;
    ++h.free_count[size_class];
    ENGINE_POISON(freed, size_of_class(size_class));
  } else {
    freed->next = h.free_head[size_class];
    h.free_head[size_class] = freed;
  }
}

// Gives the class a slab of fresh blocks, lowest address first, ahead of what waits for reuse.
ENGINE_NO_ASAN void Arena::refill_class(unsigned size_class) {
  const size_t size = size_of_class(size_class);
  const uint32_t pages = size_class < kFirstMedium ? 1 : kMediumSlabPages;
  const uint32_t first = allocate_pages(pages, size_class);
  char* slab = data_page(first);
  ENGINE_UNPOISON(slab, pages * kPageBytes);
  const size_t count = pages * kPageBytes / size;
  Header& h = header();
  FreeBlock* waiting = h.free_head[size_class];
  for (size_t i = count; i-- > 0;) {
    auto* block = reinterpret_cast<FreeBlock*>(slab + i * size);
    block->next = i + 1 == count ? waiting : reinterpret_cast<FreeBlock*>(slab + (i + 1) * size);
    if (kQuarantine > 0 && waiting == nullptr && i + 1 == count) h.free_tail[size_class] = block;
  }
  h.free_head[size_class] = reinterpret_cast<FreeBlock*>(slab);
  if (kQuarantine > 0) h.free_count[size_class] += static_cast<uint32_t>(count);
  ENGINE_POISON(slab, pages * kPageBytes);
}

// Returns the first data page of a run of exactly `pages`, marked in the map with its class.
ENGINE_NO_ASAN uint32_t Arena::allocate_pages(uint32_t pages, unsigned size_class) {
  Header& h = header();
  uint32_t found = kNoPage;
  for (uint32_t bin = pages; bin < kRunBins && found == kNoPage; ++bin) found = h.run_bins[bin];
  for (uint32_t at = h.run_bins[0]; found == kNoPage && at != kNoPage;
       at = reinterpret_cast<FreeRun*>(data_page(at))->next) {
    if (run_in(map_[at]) >= pages) found = at;
  }
  if (found == kNoPage) {
    found = carve(pages);
  } else {
    const uint32_t run = run_in(map_[found]);
    unlink_run(found);
    if (run > pages) link_run(found + pages, run - pages);
  }
  if (size_class == kLargeRun) {
    // Only the ends carry the run: the first for free(), the last for the neighbour above.
    map_[found + pages - 1] = entry(kLargeRun, pages);
    map_[found] = entry(kLargeRun, pages);
  } else {
    for (uint32_t i = 0; i < pages; ++i) map_[found + i] = entry(size_class, pages);
  }
  return found;
}

ENGINE_NO_ASAN void Arena::free_pages(uint32_t first, uint32_t pages) {
  ENGINE_POISON(data_page(first), pages * kPageBytes);
  if (first > 0 && class_in(map_[first - 1]) == kFreeRun) {
    const uint32_t below = run_in(map_[first - 1]);
    unlink_run(first - below);
    first -= below;
    pages += below;
  }
  const uint32_t after = first + pages;
  if (after < header().carved_pages && class_in(map_[after]) == kFreeRun) {
    pages += run_in(map_[after]);
    unlink_run(after);
  }
  link_run(first, pages);
}

uint32_t Arena::carve(uint32_t pages) {
  Header& h = header();
  const uint32_t first = h.carved_pages;
  if ((first_data_page_ + first + pages) * kPageBytes > reserved_) {
    // Between steps the soft limit stops a run in order; within one there is nobody to return to.
    std::fprintf(stderr, "the world outgrew its arena of %zu MiB within one step\n",
                 reserved_ >> 20);
    std::fflush(stderr);
    std::_Exit(kOutgrownExit);
  }
  h.carved_pages += pages;
  char* at = data_page(first);
  const size_t end = end_page();
  if (end > dirty_end_page_) dirty_end_page_ = end;
  // What the system has mapped is zero, and so is what another arena has left.
  if (fill_ != 0 || !ENGINE_ARENA_MAPPED) {
    ENGINE_UNPOISON(at, pages * kPageBytes);
    std::memset(at, fill_, pages * kPageBytes);
  }
  return first;
}

ENGINE_NO_ASAN void Arena::link_run(uint32_t first, uint32_t pages) {
  map_[first] = map_[first + pages - 1] = entry(kFreeRun, pages);
  uint32_t& bin = header().run_bins[pages < kRunBins ? pages : 0];
  auto* run = reinterpret_cast<FreeRun*>(data_page(first));
  run->prev = kNoPage;
  run->next = bin;
  if (bin != kNoPage) reinterpret_cast<FreeRun*>(data_page(bin))->prev = first;
  bin = first;
}

ENGINE_NO_ASAN void Arena::unlink_run(uint32_t first) {
  const uint32_t pages = run_in(map_[first]);
  auto* run = reinterpret_cast<FreeRun*>(data_page(first));
  if (run->prev != kNoPage) {
    reinterpret_cast<FreeRun*>(data_page(run->prev))->next = run->next;
  } else {
    header().run_bins[pages < kRunBins ? pages : 0] = run->next;
  }
  if (run->next != kNoPage) reinterpret_cast<FreeRun*>(data_page(run->next))->prev = run->prev;
}

ENGINE_NO_ASAN size_t Arena::live_bytes() const {
  const Header& h = header();
  size_t live = 0;
  for (uint32_t page = 0; page < h.carved_pages;) {
    const unsigned size_class = class_in(map_[page]);
    const uint32_t run = run_in(map_[page]);
    if (size_class == kLargeRun) live += run * kPageBytes;
    if (size_class != kLargeRun && size_class != kFreeRun) {
      live += run * kPageBytes / size_of_class(size_class) * size_of_class(size_class);
    }
    page += run;
  }
  for (unsigned size_class = 1; size_class < kClasses; ++size_class) {
    for (FreeBlock* at = h.free_head[size_class]; at != nullptr; at = at->next) {
      live -= size_of_class(size_class);
    }
  }
  return live;
}

std::vector<Arena::Run> Arena::runs() const {
  std::vector<Run> all;
  for (uint32_t page = 0; page < header().carved_pages;) {
    const uint32_t pages = run_in(map_[page]);
    const unsigned size_class = class_in(map_[page]);
    const bool whole = size_class == kLargeRun || size_class == kFreeRun;
    all.push_back({data_page(page), data_page(page + pages),
                   whole ? pages * kPageBytes : size_of_class(size_class)});
    page += pages;
  }
  return all;
}

std::vector<const char*> Arena::free_blocks() const {
  std::vector<const char*> all;
  for (const FreeBlock* head : header().free_head) {
    for (const FreeBlock* at = head; at != nullptr; at = at->next) {
      all.push_back(reinterpret_cast<const char*>(at));
    }
  }
  return all;
}

void Arena::begin_raw_access() {
  ENGINE_UNPOISON(base_, end_page() * kPageBytes);
}

ENGINE_NO_ASAN void Arena::end_raw_access() {
#ifdef ENGINE_ASAN
  const Header& h = header();
  for (unsigned size_class = 1; size_class < kClasses; ++size_class) {
    for (FreeBlock* at = h.free_head[size_class]; at != nullptr;) {
      FreeBlock* next = at->next;
      ENGINE_POISON(at, size_of_class(size_class));
      at = next;
    }
  }
  for (const uint32_t bin : h.run_bins) {
    for (uint32_t at = bin; at != kNoPage;) {
      const uint32_t next = reinterpret_cast<FreeRun*>(data_page(at))->next;
      ENGINE_POISON(data_page(at), run_in(map_[at]) * kPageBytes);
      at = next;
    }
  }
#endif
}

uint64_t Arena::digest() {
  begin_raw_access();
  uint64_t digest = 0;
  for (size_t page = 0; page < end_page(); ++page) {
    if (page == head_pages()) page = first_data_page_;
    if (page >= end_page()) break;
    digest = roll(digest, hash_bytes({base_ + page * kPageBytes, kPageBytes}), page);
  }
  end_raw_access();
  return digest;
}

void Arena::refill_unused() {
  const size_t end = end_page();
  if (end >= dirty_end_page_) {
    dirty_end_page_ = end;
    return;
  }
  char* at = base_ + end * kPageBytes;
  const size_t bytes = (dirty_end_page_ - end) * kPageBytes;
  ENGINE_UNPOISON(at, bytes);
  std::memset(at, fill_, bytes);
  // The map's entries for these pages lie in pages that the restore has put back, or beyond the
  // restored head; the latter must read as zero again.
  const size_t head = head_pages();
  const size_t dirty_head = head_pages_for(dirty_end_page_ - first_data_page_);
  std::memset(base_ + head * kPageBytes, 0, (dirty_head - head) * kPageBytes);
  dirty_end_page_ = end;
}

}  // namespace engine
