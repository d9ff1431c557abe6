#include "engine/world/choice.h"

#include <algorithm>
#include <tuple>

#include "engine/world/check.h"
#include "engine/world/hash.h"

namespace engine {
namespace {

auto place_of(const ChoiceOverride& o) {
  return std::tuple(o.entity, o.kind, o.ordinal);
}

// Never 0, which marks an empty slot.
uint64_t counter_key(ChoiceKind kind, EntityKey entity) {
  const uint64_t key = combine(entity.value, static_cast<uint64_t>(kind));
  return key == 0 ? 1 : key;
}

}  // namespace

EntityKey derive(EntityKey parent, uint64_t ordinal) {
  return {mix64(parent.value ^ (ordinal * 0x9fb21c651e98df25U + 0x632be59bd9b4e019U))};
}

Choices::Taken Choices::take(ChoiceKind kind, EntityKey entity, uint32_t n) {
  ENGINE_CHECK(n > 0);
  const uint64_t key = counter_key(kind, entity);
  const uint64_t ordinal = next_ordinal(key);
  if (!overrides_.empty()) [[unlikely]] {
    const ChoiceOverride wanted{entity.value, ordinal, static_cast<uint32_t>(kind), 0};
    const auto at = std::lower_bound(
        overrides_.begin(), overrides_.end(), wanted,
        [](const ChoiceOverride& a, const ChoiceOverride& b) { return place_of(a) < place_of(b); });
    if (at != overrides_.end() && place_of(*at) == place_of(wanted)) {
      return {std::min(at->value, n - 1), ordinal};
    }
  }
  const uint64_t drawn = mix64(combine(seed_ ^ key, ordinal));
  return {static_cast<uint32_t>(((drawn >> 32) * n) >> 32), ordinal};
}

void Choices::override_with(const std::vector<ChoiceOverride>& overrides) {
  overrides_.assign(overrides.begin(), overrides.end());
  std::stable_sort(
      overrides_.begin(), overrides_.end(),
      [](const ChoiceOverride& a, const ChoiceOverride& b) { return place_of(a) < place_of(b); });
}

uint64_t Choices::next_ordinal(uint64_t key) {
  if ((used_ + 1) * uint64_t{2} > counters_.size()) grow();
  const size_t mask = counters_.size() - 1;
  for (size_t at = key & mask;; at = (at + 1) & mask) {
    Counter& counter = counters_[at];
    if (counter.key == key) return counter.draws++;
    if (counter.key == 0) {
      counter = {key, 1};
      ++used_;
      return 0;
    }
  }
}

void Choices::forget(ChoiceKind kind, EntityKey entity) {
  if (counters_.empty()) return;
  const uint64_t key = counter_key(kind, entity);
  const size_t mask = counters_.size() - 1;
  size_t hole = key & mask;
  while (counters_[hole].key != key) {
    if (counters_[hole].key == 0) return;
    hole = (hole + 1) & mask;
  }
  // Whatever was pushed past the hole on its way from its own place moves into it.
  for (size_t at = (hole + 1) & mask; counters_[at].key != 0; at = (at + 1) & mask) {
    const size_t home = counters_[at].key & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    counters_[hole] = counters_[at];
    hole = at;
  }
  counters_[hole] = {};
  --used_;
}

void Choices::grow() {
  std::vector<Counter> old = std::move(counters_);
  counters_.assign(old.empty() ? 16 : old.size() * 2, {});
  const size_t mask = counters_.size() - 1;
  for (const Counter& counter : old) {
    if (counter.key == 0) continue;
    size_t at = counter.key & mask;
    while (counters_[at].key != 0) at = (at + 1) & mask;
    counters_[at] = counter;
  }
}

}  // namespace engine
