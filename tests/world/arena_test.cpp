#include "engine/world/arena.h"

#include <catch_amalgamated.hpp>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <vector>

#include "engine/world/hash.h"
#include "engine/world/world.h"
#include "tests/support/death.h"

using namespace engine;

namespace {

Arena::Options small() {
  Arena::Options options;
  options.reserve_bytes = size_t{64} << 20;
  options.limit_bytes = size_t{32} << 20;
  return options;
}

WorldOptions small_world() {
  WorldOptions options;
  options.arena = small();
  return options;
}

struct alignas(64) Wide {
  char bytes[100];
};

}  // namespace

TEST_CASE("blocks keep their contents, overlap nothing and are aligned, under random use") {
  const uint64_t seed = GENERATE(1, 2, 3, 4);
  CAPTURE(seed);
  Arena arena(small());
  std::map<char*, std::pair<size_t, unsigned char>> live;
  uint64_t draw = seed;
  const auto next = [&draw](uint64_t bound) {
    draw = mix64(draw + 1);
    return static_cast<size_t>(draw % bound);
  };
  const auto intact = [](char* at, size_t size, unsigned char mark) {
    for (size_t i = 0; i < size; ++i) {
      if (static_cast<unsigned char>(at[i]) != mark) return false;
    }
    return true;
  };
  for (int i = 0; i < 20'000; ++i) {
    if (live.size() > 200 || (!live.empty() && next(5) < 2)) {
      auto victim = live.begin();
      std::advance(victim, static_cast<int>(next(live.size())));
      REQUIRE(intact(victim->first, victim->second.first, victim->second.second));
      arena.free(victim->first);
      live.erase(victim);
      continue;
    }
    const size_t size = next(10) == 0 ? 1 + next(60'000) : next(10) < 3 ? next(9'000) : next(300);
    char* block = static_cast<char*>(arena.allocate(size));
    REQUIRE(arena.owns(block));
    REQUIRE(reinterpret_cast<uintptr_t>(block) % 16 == 0);
    const auto after = live.lower_bound(block);
    if (after != live.end()) REQUIRE(block + size <= after->first);
    if (after != live.begin()) {
      const auto before = std::prev(after);
      REQUIRE(before->first + before->second.first <= block);
    }
    const auto mark = static_cast<unsigned char>(next(256));
    std::memset(block, mark, size);
    live[block] = {size, mark};
  }
  for (const auto& [block, what] : live) {
    REQUIRE(intact(block, what.first, what.second));
    arena.free(block);
  }
  CHECK(arena.live_bytes() == 0);
}

TEST_CASE("large blocks that are freed merge, so the arena does not grow without end") {
  Arena arena(small());
  const auto cycle = [&arena] {
    std::vector<void*> blocks;
    for (size_t i = 1; i <= 20; ++i) blocks.push_back(arena.allocate(i * 10'000));
    for (size_t i = 0; i < blocks.size(); i += 2) arena.free(blocks[i]);
    for (size_t i = 1; i < blocks.size(); i += 2) arena.free(blocks[i]);
    arena.free(arena.allocate(1'500'000));
  };
  cycle();
  const size_t used = arena.used_bytes();
  for (int i = 0; i < 50; ++i) cycle();
  CHECK(arena.used_bytes() == used);
  CHECK(arena.live_bytes() == 0);
}

TEST_CASE("memory that is handed out for the first time holds the fill byte") {
  const auto fill = static_cast<uint8_t>(GENERATE(0x00, 0xA5));
  Arena::Options options = small();
  options.fill = fill;
  Arena arena(options);
  constexpr size_t kSize = 20'000;
  const auto* block = static_cast<unsigned char*>(arena.allocate(kSize));
  size_t other = 0;
  for (size_t i = 0; i < kSize; ++i) other += block[i] != fill;
  CHECK(other == 0);
}

TEST_CASE("the arena says when it is over its soft limit") {
  Arena::Options options = small();
  options.limit_bytes = size_t{1} << 20;
  Arena arena(options);
  CHECK_FALSE(arena.over_limit());
  arena.allocate(size_t{2} << 20);
  CHECK(arena.over_limit());
}

TEST_CASE(
    "every form of new inside a scope takes from that world's arena, and outside from the host") {
  World world(small_world());
  const auto owned = [&](const void* block) { return world.arena().owns(block); };
  CHECK_FALSE(owned(std::make_unique<int>(1).get()));
  const size_t before = world.arena().live_bytes();
  bool all_owned = true;
  bool aligned = false;
  {
    const World::Scope scope(world);
    auto* one = new int(1);
    auto* many = new int[100];
    auto* wide = new Wide;
    auto* wides = new Wide[3];
    auto* quiet = new (std::nothrow) int(2);
    auto* quiet_many = new (std::nothrow) int[7];
    all_owned = owned(one) && owned(many) && owned(wide) && owned(wides) && owned(quiet) &&
                owned(quiet_many);
    aligned =
        reinterpret_cast<uintptr_t>(wide) % 64 == 0 && reinterpret_cast<uintptr_t>(wides) % 64 == 0;
    delete one;
    delete[] many;
    delete wide;
    delete[] wides;
    delete quiet;
    delete[] quiet_many;
  }
  CHECK(all_owned);
  CHECK(aligned);
  CHECK(world.arena().live_bytes() == before);
  CHECK_FALSE(owned(std::make_unique<int>(1).get()));
}

TEST_CASE("two worlds live side by side and the address tells which one owns a block") {
  World first(small_world());
  World second(small_world());
  int* in_first = nullptr;
  int* in_second = nullptr;
  {
    const World::Scope outer(first);
    in_first = new int(1);
    {
      const World::Scope inner(second);
      in_second = new int(2);
    }
    const std::unique_ptr<int> again(new int(3));
    CHECK(World::owning(again.get()) == &first);
  }
  const int on_host = 0;
  CHECK(World::owning(in_first) == &first);
  CHECK(World::owning(in_second) == &second);
  CHECK(World::owning(&on_host) == nullptr);
}

TEST_CASE("deleting a world's block outside its scope aborts") {
  CHECK_ABORTS("a world's block is deleted outside its scope", [] {
    World world(small_world());
    void* block = nullptr;
    {
      const World::Scope scope(world);
      block = ::operator new(8);
    }
    ::operator delete(block);
  });
}

TEST_CASE("deleting a host block inside a world's scope aborts") {
  CHECK_ABORTS("a host block is deleted inside a world's scope", [] {
    World world(small_world());
    void* block = ::operator new(8);
    const World::Scope scope(world);
    ::operator delete(block);
  });
}

TEST_CASE("outgrowing the reserved region within one step ends the program with the reason") {
  CHECK_ABORTS("the world outgrew its arena", [] {
    Arena arena(small());
    for (;;) arena.allocate(size_t{1} << 20);
  });
}
