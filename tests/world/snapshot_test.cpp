#include "engine/world/snapshot.h"

#include <catch_amalgamated.hpp>
#include <vector>

#include "engine/world/hash.h"

using namespace engine;

namespace {

Arena::Options small(uint8_t fill = 0) {
  Arena::Options options;
  options.reserve_bytes = size_t{64} << 20;
  options.limit_bytes = size_t{32} << 20;
  options.fill = fill;
  return options;
}

// What a world can see of its arena: the bytes of its blocks.
struct Mirror {
  std::vector<std::pair<char*, size_t>> blocks;
  [[nodiscard]] uint64_t digest() const {
    uint64_t digest = blocks.size();
    for (const auto& [at, size] : blocks) {
      digest = roll(digest, hash_bytes({at, size}), size);
    }
    return digest;
  }
};

}  // namespace

TEST_CASE("any snapshot can be restored, in any order, and the heap goes on from it") {
  const uint64_t seed = GENERATE(1, 2, 3);
  CAPTURE(seed);
  Arena arena(small());
  uint64_t draw = seed;
  const auto next = [&draw](uint64_t bound) {
    draw = mix64(draw + 1);
    return static_cast<size_t>(draw % bound);
  };
  Mirror mirror;
  const auto mutate = [&] {
    if (mirror.blocks.empty() || next(3) != 0) {
      const size_t size = 1 + next(next(4) == 0 ? 30'000 : 200);
      char* at = static_cast<char*>(arena.allocate(size));
      for (size_t i = 0; i < size; ++i) at[i] = static_cast<char>(next(256));
      mirror.blocks.emplace_back(at, size);
    } else {
      const size_t which = next(mirror.blocks.size());
      arena.free(mirror.blocks[which].first);
      mirror.blocks.erase(mirror.blocks.begin() + static_cast<ptrdiff_t>(which));
    }
  };
  struct Taken {
    Snapshot snapshot;
    Mirror mirror;
    uint64_t digest;
  };
  std::vector<Taken> taken;
  Snapshot base;
  for (int i = 0; i < 40; ++i) {
    const uint64_t mutations = 1 + next(30);
    for (uint64_t m = 0; m < mutations; ++m) mutate();
    base = Snapshot::take(arena, base);
    taken.push_back({base, mirror, mirror.digest()});
    if (next(3) == 0) {
      const Taken& past = taken[next(taken.size())];
      past.snapshot.restore(arena);
      base = past.snapshot;
      mirror = past.mirror;
      REQUIRE(mirror.digest() == past.digest);
    }
  }
  for (int i = 0; i < 100; ++i) {
    const Taken& past = taken[next(taken.size())];
    past.snapshot.restore(arena);
    REQUIRE(past.mirror.digest() == past.digest);
    mirror = past.mirror;
    mutate();
    mutate();
  }
}

TEST_CASE("a snapshot holds only the pages that changed since the one before") {
  Arena arena(small());
  constexpr size_t kPages = 512;
  char* block = static_cast<char*>(arena.allocate(kPages * kPageBytes));
  for (size_t i = 0; i < kPages; ++i) block[i * kPageBytes] = 1;
  const Snapshot first = Snapshot::take(arena, {});
  CHECK(first.changed_pages() >= kPages);
  block[3 * kPageBytes] = 2;
  block[400 * kPageBytes + 77] = 2;
  const Snapshot second = Snapshot::take(arena, first);
  CHECK(second.changed_pages() == 2);
  CHECK(second.own_bytes() < 16 * kPageBytes);
  CHECK(Snapshot::take(arena, second).changed_pages() == 0);
}

TEST_CASE("memory beyond a restored world reads as fresh again") {
  const auto fill = static_cast<uint8_t>(GENERATE(0x00, 0xA5));
  Arena arena(small(fill));
  arena.allocate(100);
  const Snapshot before = Snapshot::take(arena, {});
  constexpr size_t kSize = 3'000'000;
  char* first = static_cast<char*>(arena.allocate(kSize));
  for (size_t i = 0; i < kSize; ++i) first[i] = 7;
  before.restore(arena);
  const char* second = static_cast<char*>(arena.allocate(kSize));
  CHECK(second == first);
  size_t stale = 0;
  for (size_t i = 0; i < kSize; ++i) stale += static_cast<uint8_t>(second[i]) != fill;
  CHECK(stale == 0);
}

TEST_CASE("a snapshot counts anew what it alone holds when the one before it goes") {
  Arena arena(small());
  char* block = static_cast<char*>(arena.allocate(64 * kPageBytes));
  const Snapshot first = Snapshot::take(arena, {});
  for (size_t i = 0; i < 32; ++i) block[i * kPageBytes] = 1;
  const Snapshot second = Snapshot::take(arena, first);
  block[0] = 2;
  Snapshot third = Snapshot::take(arena, second);
  const size_t small_size = third.own_bytes();
  third.rebase(first);
  CHECK(third.own_bytes() >= small_size + 31 * kPageBytes);
}

TEST_CASE("memory is fresh again however often snapshots of different sizes were restored") {
  Arena arena(small());
  arena.allocate(100);
  const Snapshot lesser = Snapshot::take(arena, {});
  constexpr size_t kSize = 1'000'000;
  char* block = static_cast<char*>(arena.allocate(kSize));
  for (size_t i = 0; i < kSize; ++i) block[i] = 0x77;
  const Snapshot greater = Snapshot::take(arena, lesser);
  lesser.restore(arena);
  greater.restore(arena);
  lesser.restore(arena);
  const char* again = static_cast<char*>(arena.allocate(kSize));
  size_t stale = 0;
  for (size_t i = 0; i < kSize; ++i) stale += again[i] != 0;
  CHECK(stale == 0);
}
