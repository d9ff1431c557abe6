#include "engine/world/snapshot.h"

#include <algorithm>
#include <cstring>

#include "engine/world/check.h"

namespace engine {
namespace {

bool same_page(const void* a, const void* b) {
#if defined(__EMSCRIPTEN__)
  // musl's memcmp goes byte by byte; eight words at a time let the compiler keep the loop tight.
  const auto* x = static_cast<const uint64_t*>(a);
  const auto* y = static_cast<const uint64_t*>(b);
  for (size_t i = 0; i < kPageBytes / sizeof(uint64_t); i += 8) {
    uint64_t differs = 0;
    for (size_t k = 0; k < 8; ++k) differs |= x[i + k] ^ y[i + k];
    if (differs != 0) return false;
  }
  return true;
#else
  return std::memcmp(a, b, kPageBytes) == 0;
#endif
}

// The next page of the arena's state after `page`: the unused part of its map is skipped.
size_t next_page(const Arena& arena, size_t page) {
  ++page;
  return page == arena.head_pages() ? arena.first_data_page() : page;
}

}  // namespace

Snapshot Snapshot::take(Arena& arena, const Snapshot& base) {
  arena.begin_raw_access();
  Snapshot taken;
  taken.end_page_ = arena.end_page();
  taken.groups_ = base.groups_;
  taken.groups_.resize((taken.end_page_ + kGroupPages - 1) / kGroupPages);
  taken.own_bytes_ = sizeof(Snapshot) + taken.groups_.size() * sizeof(taken.groups_[0]);
  Group* open = nullptr;  // this snapshot's own copy of the group at hand
  size_t open_index = SIZE_MAX;
  for (size_t page = 0; page < taken.end_page_; page = next_page(arena, page)) {
    const size_t g = page / kGroupPages;
    const char* bytes = arena.base() + page * kPageBytes;
    const Group* group = taken.groups_[g].get();
    if (group != nullptr) {
      const Page* before = group->pages[page % kGroupPages].get();
      if (before != nullptr && same_page(before->bytes, bytes)) continue;
    }
    if (open_index != g) {
      auto copy = group == nullptr ? std::make_shared<Group>() : std::make_shared<Group>(*group);
      open = copy.get();
      open_index = g;
      taken.groups_[g] = std::move(copy);
      taken.own_bytes_ += sizeof(Group);
    }
    auto fresh = std::make_shared<Page>();
    std::memcpy(fresh->bytes, bytes, kPageBytes);
    open->pages[page % kGroupPages] = std::move(fresh);
    ++taken.changed_pages_;
    taken.own_bytes_ += sizeof(Page);
  }
  arena.end_raw_access();
  return taken;
}

void Snapshot::rebase(const Snapshot& base) {
  own_bytes_ = sizeof(Snapshot) + groups_.size() * sizeof(groups_[0]);
  for (size_t g = 0; g < groups_.size(); ++g) {
    const Group* before = g < base.groups_.size() ? base.groups_[g].get() : nullptr;
    const Group* group = groups_[g].get();
    if (group == nullptr || group == before) continue;
    own_bytes_ += sizeof(Group);
    for (size_t i = 0; i < kGroupPages; ++i) {
      const Page* page = group->pages[i].get();
      if (page != nullptr && (before == nullptr || before->pages[i].get() != page)) {
        own_bytes_ += sizeof(Page);
      }
    }
  }
}

void Snapshot::restore(Arena& arena) const {
  ENGINE_CHECK(!empty());
  arena.begin_raw_access();
  const auto put_back = [&](size_t page) {
    const Page* stored = groups_[page / kGroupPages]->pages[page % kGroupPages].get();
    ENGINE_CHECK(stored != nullptr);
    char* bytes = arena.base() + page * kPageBytes;
    if (!same_page(stored->bytes, bytes)) std::memcpy(bytes, stored->bytes, kPageBytes);
  };
  // Page 0 first: it says how many pages the restored world has.
  put_back(0);
  ENGINE_CHECK(arena.end_page() == end_page_);
  for (size_t page = next_page(arena, 0); page < end_page_; page = next_page(arena, page)) {
    put_back(page);
  }
  arena.refill_unused();
  arena.end_raw_access();
}

}  // namespace engine
