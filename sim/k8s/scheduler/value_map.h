// sim/k8s/scheduler/value_map.h: tables by JSON value.
//
// Concept: values are one word and know their hash, so a lookup compares words and touches no text.
// Determinism: places follow from hashes of contents, never from addresses; there is no iteration.
// Lifetime: a table holds its keys.

#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/json/value.h"

namespace sim::k8s::scheduler {

using json::Value;

/// Open addressing with linear probing; erasing closes the gap.
template <class T>
class ValueMap {
 public:
  /// Null if there is none. Valid until the next insertion or erasure.
  [[nodiscard]] const T* find(const Value& key) const {
    if (used_ == 0) return nullptr;
    const uint32_t at = place_of(key);
    return slots_[at].key ? &slots_[at].value : nullptr;
  }
  [[nodiscard]] T* find(const Value& key) { return const_cast<T*>(std::as_const(*this).find(key)); }
  /// What `key` has, made if need be. REQUIRES: a key that is not absent.
  T& operator[](const Value& key) {
    if (4 * (used_ + 1) > 3 * size()) grow();
    Slot& slot = slots_[place_of(key)];
    if (!slot.key) {
      slot.key = key;
      ++used_;
    }
    return slot.value;
  }
  void erase(const Value& key) {
    if (used_ == 0) return;
    uint32_t hole = place_of(key);
    if (!slots_[hole].key) return;
    slots_[hole] = {};
    --used_;
    const uint32_t mask = size() - 1;
    for (uint32_t at = (hole + 1) & mask; slots_[at].key; at = (at + 1) & mask) {
      const uint32_t home = home_of(slots_[at].key);
      // May it move to the hole, which lies before it but not before its home?
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      slots_[hole] = std::exchange(slots_[at], {});
      hole = at;
    }
  }
  void clear() {
    slots_.clear();
    used_ = 0;
  }
  [[nodiscard]] uint32_t count() const { return used_; }

 private:
  struct Slot {
    Value key;
    T value{};
  };
  [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(slots_.size()); }
  [[nodiscard]] uint32_t home_of(const Value& key) const {
    return static_cast<uint32_t>(key.hash() >> 32) & (size() - 1);
  }
  [[nodiscard]] uint32_t place_of(const Value& key) const {
    uint32_t at = home_of(key);
    while (slots_[at].key && slots_[at].key != key) at = (at + 1) & (size() - 1);
    return at;
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 8 : slots_.size() * 2);
    old.swap(slots_);
    for (Slot& slot : old) {
      if (slot.key) slots_[place_of(slot.key)] = std::move(slot);
    }
  }

  std::vector<Slot> slots_;
  uint32_t used_ = 0;
};

/// Small numbers for values: 0, 1, 2 in the order in which they were first seen.
class ValueIds {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  uint32_t id_of(const Value& value) {
    const auto next = static_cast<uint32_t>(values_.size());
    uint32_t& id = ids_[value];
    if (id == 0) {
      id = next + 1;
      values_.push_back(value);
    }
    return id - 1;
  }
  /// kNone if it has none.
  [[nodiscard]] uint32_t find(const Value& value) const {
    const uint32_t* const id = ids_.find(value);
    return id == nullptr ? kNone : *id - 1;
  }
  [[nodiscard]] const Value& value(uint32_t id) const { return values_[id]; }
  [[nodiscard]] uint32_t count() const { return static_cast<uint32_t>(values_.size()); }

 private:
  ValueMap<uint32_t> ids_;
  std::vector<Value> values_;
};

}  // namespace sim::k8s::scheduler
