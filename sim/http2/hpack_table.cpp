#include "sim/http2/hpack_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sim::http2 {

namespace {

constexpr uint32_t kSlots = 256;

constexpr uint32_t slot_of(uint64_t hash) {
  return static_cast<uint32_t>(hash >> 56);
}

// Open addressing: the index of the first entry with a name that belongs into this slot or, if that
// was taken, into one before it; 0 if it is free.
constexpr std::array<uint8_t, kSlots> make_slots() {
  std::array<uint8_t, kSlots> slots{};
  std::string_view before;
  for (uint32_t index = 1; index <= kHpackStaticCount; ++index) {
    const std::string_view name = kHpackStaticTable[index - 1].name;
    if (name == std::exchange(before, name)) continue;
    uint32_t slot = slot_of(hpack_hash(name, 0));
    while (slots[slot] != 0) slot = (slot + 1) % kSlots;
    slots[slot] = static_cast<uint8_t>(index);
  }
  return slots;
}

constexpr std::array<uint8_t, kSlots> kNameSlots = make_slots();

}  // namespace

uint32_t hpack_static_name(std::string_view name, uint64_t hash) {
  for (uint32_t slot = slot_of(hash);; slot = (slot + 1) % kSlots) {
    const uint32_t index = kNameSlots[slot];
    if (index == 0 || hpack_equal(kHpackStaticTable[index - 1].name, name)) return index;
  }
}

void HpackTable::set_size_max(uint32_t size_max) {
  size_max_ = size_max;
  while (size_ > size_max_) evict_oldest();
}

bool HpackTable::push(uint32_t name_bytes, uint32_t value_bytes) {
  const uint64_t size = uint64_t{name_bytes} + value_bytes + kHpackEntryOverhead;
  while (count_ > 0 && size_ + size > size_max_) evict_oldest();
  if (size > size_max_) return false;
  if (count_ == places_.size()) {
    std::vector<Place> places(std::max<std::size_t>(16, places_.size() * 2));
    for (uint32_t age = 0; age < count_; ++age) {
      const uint64_t number = pushed_ - age;
      places[number & (places.size() - 1)] = places_[number & (places_.size() - 1)];
    }
    places_ = std::move(places);
  }
  ++pushed_;
  ++count_;
  places_[pushed_ & (places_.size() - 1)] = {end_, name_bytes, value_bytes};
  end_ += name_bytes + value_bytes;
  size_ += static_cast<uint32_t>(size);
  return true;
}

void HpackTable::make_room(uint64_t room) {
  // The buffer is twice what is needed, so that moving costs a constant time for each byte pushed.
  const uint32_t used = end_ - begin_;
  const uint64_t wanted = (used + room) * 2;
  if (wanted <= bytes_.size()) {
    std::memmove(bytes_.data(), bytes_.data() + (begin_ - base_), used);
  } else {
    std::vector<char> bytes(static_cast<std::size_t>(std::max<uint64_t>(wanted, 256)));
    if (used > 0) std::memcpy(bytes.data(), bytes_.data() + (begin_ - base_), used);
    bytes_ = std::move(bytes);
  }
  base_ = begin_;
}

void HpackTable::evict_oldest() {
  const Place& oldest = places_[(pushed_ - count_ + 1) & (places_.size() - 1)];
  const uint32_t bytes = oldest.name_bytes + oldest.value_bytes;
  begin_ += bytes;
  size_ -= bytes + kHpackEntryOverhead;
  --count_;
}

}  // namespace sim::http2
