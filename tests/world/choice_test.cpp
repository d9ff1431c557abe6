#include "engine/world/choice.h"

#include <catch_amalgamated.hpp>
#include <vector>

using namespace engine;

namespace {

constexpr EntityKey kLink{42};
constexpr EntityKey kDisk{43};

std::vector<uint32_t> draws(Choices& choices, EntityKey entity, int count, uint32_t n) {
  std::vector<uint32_t> values;
  for (int i = 0; i < count; ++i) {
    values.push_back(choices.take(ChoiceKind::kProgram, entity, n).value);
  }
  return values;
}

}  // namespace

TEST_CASE("one more draw by one entity shifts nothing for another") {
  Choices calm(7);
  const auto expected = draws(calm, kLink, 100, 1000);
  Choices busy(7);
  std::vector<uint32_t> found;
  for (int i = 0; i < 100; ++i) {
    draws(busy, kDisk, i % 3, 1000);
    busy.take(ChoiceKind::kYield, kLink, 5);
    found.push_back(busy.take(ChoiceKind::kProgram, kLink, 1000).value);
  }
  CHECK(found == expected);
}

TEST_CASE("another seed gives other draws, the same seed the same") {
  Choices a(1), b(1), c(2);
  const auto first = draws(a, kLink, 50, 1'000'000);
  CHECK(draws(b, kLink, 50, 1'000'000) == first);
  CHECK(draws(c, kLink, 50, 1'000'000) != first);
}

TEST_CASE("draws are spread evenly and stay below n") {
  Choices choices(3);
  constexpr uint32_t kSides = 6;
  constexpr int kRolls = 60'000;
  std::vector<int> seen(kSides);
  for (const uint32_t value : draws(choices, kLink, kRolls, kSides)) {
    REQUIRE(value < kSides);
    ++seen[value];
  }
  for (const int count : seen) {
    CHECK(count > 9'500);
    CHECK(count < 10'500);
  }
}

TEST_CASE("an override replaces exactly the draw that it names") {
  Choices plain(5);
  const auto expected = draws(plain, kLink, 10, 100);
  Choices edited(5);
  const uint32_t other = (expected[4] + 1) % 100;
  edited.override_with({{kDisk.value, 0, static_cast<uint32_t>(ChoiceKind::kProgram), 9},
                        {kLink.value, 4, static_cast<uint32_t>(ChoiceKind::kProgram), other},
                        {kLink.value, 5, static_cast<uint32_t>(ChoiceKind::kYield), 1}});
  auto wanted = expected;
  wanted[4] = other;
  CHECK(draws(edited, kLink, 10, 100) == wanted);
  CHECK(edited.take(ChoiceKind::kProgram, kDisk, 100).value == 9);
}

TEST_CASE("an override beyond the number of answers takes the last one") {
  Choices choices(5);
  choices.override_with({{kLink.value, 0, static_cast<uint32_t>(ChoiceKind::kProgram), 1000}});
  CHECK(choices.take(ChoiceKind::kProgram, kLink, 4).value == 3);
}

TEST_CASE("keys of children differ from their siblings' and their parent's") {
  const EntityKey parent = derive({}, 1);
  CHECK(derive(parent, 1) != derive(parent, 2));
  CHECK(derive(parent, 1) != parent);
  CHECK(derive(derive(parent, 1), 2) != derive(derive(parent, 2), 1));
}
